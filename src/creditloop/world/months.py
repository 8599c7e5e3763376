"""The town's calendar (日历): its days, months and Spring Festivals.

Days are days since 1970-01-01, as Parquet keeps them; the town begins on the first day of a year.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from creditloop.world.draws import Floats, Ints

_EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Return a date as days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def date_of(number: int) -> date:
    """Return the date of a day number."""
    return date.fromordinal(number + _EPOCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """The months of the town.

    Attributes:
        starts: first day of each month, and of the month after the last: (months + 1,).
        of_year: month of the year, 0 to 11.
        festival: whether a Spring Festival (春节) falls into the month.
    """

    starts: Ints
    of_year: Ints
    festival: Floats

    @property
    def count(self) -> int:
        """How many months."""
        return len(self.of_year)

    @property
    def first(self) -> int:
        """The town's first day."""
        return int(self.starts[0])

    @property
    def last(self) -> int:
        """The town's last day."""
        return int(self.starts[-1]) - 1

    @property
    def ends(self) -> Ints:
        """Last day of each month."""
        return self.starts[1:] - 1

    @property
    def lengths(self) -> Ints:
        """Days of each month."""
        return np.diff(self.starts)

    def of(self, days: Ints) -> Ints:
        """Return the month each day lies in; -1 before the first, `count` after the last."""
        return np.searchsorted(self.starts, days, side="right").astype(np.int64) - 1


def months_of(*, first_year: int, years: int, festivals: tuple[date, ...]) -> Months:
    """Return the months of so many years; `festivals` are the first days of the lunar years."""
    firsts = [date(first_year + index // 12, index % 12 + 1, 1) for index in range(12 * years + 1)]
    with_festival = {(day.year, day.month) for day in festivals}
    return Months(
        starts=np.array([day_number(day) for day in firsts], dtype=np.int64),
        of_year=np.arange(12 * years, dtype=np.int64) % 12,
        festival=np.array([float((day.year, day.month) in with_festival) for day in firsts[:-1]]),
    )
