"""The periods of many plans at once: due dates, days and interest factors in int64, period by period."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from creditloop.book.calendars import BusinessDayConvention, BusinessDays, shift
from creditloop.book.plan.periods import ACTUAL_BASES
from creditloop.book.plan.terms import InterestBy, PlanRules

Whole = NDArray[np.int64]
"""(n,) of int64, one for each loan."""
Days = NDArray[np.datetime64]
"""(n,) of datetime64[D]."""

NANO = 10**9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoanColumns:
    """What loans of one product add to its rules, column by column; see `PlanTerms` for what they mean.

    Attributes:
        principal_fen, rate_nano, count: (n,) of int64; a rate is its yearly fraction × 10^9.
        start, first_due: (n,) of datetime64[D].
        due_day: (n,) of int64, or None for the first due dates' own.
        amounts_fen: (count of the longest, n) of int64: what `steps` says of each instalment, for stepped and
            fixed-payment plans; what stands after a loan's last instalment is not looked at.
    """

    principal_fen: Whole
    rate_nano: Whole
    start: Days
    first_due: Days
    count: Whole
    due_day: Whole | None = None
    amounts_fen: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.principal_fen)

    def taken(self, at: slice | NDArray[np.bool_]) -> "LoanColumns":
        """Return some of the loans, in order."""
        return LoanColumns(
            principal_fen=self.principal_fen[at],
            rate_nano=self.rate_nano[at],
            start=self.start[at],
            first_due=self.first_due[at],
            count=self.count[at],
            due_day=None if self.due_day is None else self.due_day[at],
            amounts_fen=None if self.amounts_fen is None else self.amounts_fen[:, at],
        )


@dataclass(frozen=True, slots=True, eq=False)
class MonthTable:
    """First days and lengths of the months that some loans reach, as days and months since 1970."""

    first: int
    starts: Whole
    lengths: Whole

    @classmethod
    def of(cls, first: int, last: int) -> "MonthTable":
        """Return the table of the months from one to another."""
        months = np.arange(first, last + 2).astype("datetime64[M]")
        starts = months.astype("datetime64[D]").astype(np.int64)
        return cls(first, starts[:-1], np.diff(starts))

    def days(self, months: Whole, day: Whole) -> Whole:
        """Return a day of each month, or the month's last."""
        at = months - self.first
        return self.starts[at] + np.minimum(day, self.lengths[at]) - 1


@dataclass(slots=True)
class MovedDays:
    """Where days go by a convention, worked out once for each day that comes up."""

    convention: BusinessDayConvention
    business_days: BusinessDays
    known: dict[int, int] = field(default_factory=dict)

    def of(self, days: Whole) -> Whole:
        """Return each day, moved."""
        if self.convention is BusinessDayConvention.NONE or not len(days):
            return days
        base = int(days.min())
        seen = np.zeros(int(days.max()) - base + 1, dtype=np.bool_)
        seen[days - base] = True
        table = np.zeros(len(seen), dtype=np.int64)
        for at in np.flatnonzero(seen).tolist():
            table[at] = self._moved(base + at)
        return table[days - base]

    def _moved(self, day: int) -> int:
        if day not in self.known:
            moved = shift(
                day=np.datetime64(day, "D").item(),
                convention=self.convention,
                business_days=self.business_days,
            )
            self.known[day] = int(np.datetime64(moved, "D").astype(np.int64))
        return self.known[day]


@dataclass(frozen=True, slots=True, eq=False)
class PeriodColumns:
    """Periods of many plans.

    Attributes:
        due, days: (m, n) of int64; days since 1970, and actual days of interest periods.
        factors: (m, n) of int64, interest of one fen over each period, over `denominator`.
        regular_first: (n,), the first factor of a regular first period.
        denominator: (n,) of int64.
    """

    due: NDArray[np.int64]
    days: NDArray[np.int64]
    factors: NDArray[np.int64]
    regular_first: Whole
    denominator: Whole

    def taken(self, at: slice | NDArray[np.bool_]) -> "PeriodColumns":
        """Return the periods of some of the loans."""
        columns = (self.due, self.days, self.factors, self.regular_first, self.denominator)
        return PeriodColumns(*(column[..., at] for column in columns))

    def joined(self, count: Whole) -> "PeriodColumns":
        """Return each loan's periods as one, as a bullet has them."""
        within = np.arange(len(self.due))[:, np.newaxis] < count
        last = self.due[count - 1, np.arange(len(count))]
        days, factors = (np.where(within, column, 0).sum(axis=0) for column in (self.days, self.factors))
        return PeriodColumns(
            last[np.newaxis], days[np.newaxis], factors[np.newaxis], self.regular_first, self.denominator
        )


def are_whole(rules: PlanRules) -> bool:
    """Say whether plans of these rules are made in columns: days over a constant, no multiples."""
    return rules.day_count in ACTUAL_BASES and rules.multiple_fen == 1


def period_columns(*, rules: PlanRules, loans: LoanColumns, moved: MovedDays, size: int) -> PeriodColumns:
    """Return the periods of loans that have been checked; rows after a loan's last are as if it went on.

    Args:
        size: instalments of the longest.
    """
    start, first = loans.start.astype(np.int64), loans.first_due.astype(np.int64)
    months = loans.first_due.astype("datetime64[M]").astype(np.int64)
    each = rules.period.months
    earliest = min(int(loans.start.min().astype("datetime64[M]").astype(np.int64)), int(months.min()) - each)
    table = MonthTable.of(earliest, int(months.max()) + each * size)
    day = first - table.starts[months - table.first] + 1 if loans.due_day is None else loans.due_day
    due = np.empty((size, len(loans)), dtype=np.int64)
    days = np.empty_like(due)
    before = start
    for number in range(size):
        planned = table.days(months + each * number, day) if each else first + rules.period.days * number
        due[number] = moved.of(planned)
        end = planned if rules.accrue_to_planned_day else due[number]
        days[number] = end - before
        before = end
    before_first = table.days(months - each, day) if each else first - rules.period.days
    factors, regular, denominator = _factors(rules, loans, days, (start, before_first, first), table)
    factors[: rules.interest_free] = 0
    if rules.interest_free:
        regular = np.zeros_like(regular)
    return PeriodColumns(due, days, factors, regular, denominator)


def _factors(
    rules: PlanRules,
    loans: LoanColumns,
    days: NDArray[np.int64],
    first: tuple[Whole, Whole, Whole],
    table: MonthTable,
) -> tuple[NDArray[np.int64], Whole, Whole]:
    """Return factors of the periods, that of a regular first one, and the denominator of all.

    Args:
        first: the loans' start, where a regular first period would begin, and the first due date.
    """
    start, before_first, end = first
    common = np.gcd(loans.rate_nano, NANO)
    rate, below = loans.rate_nano // common, NANO // common
    basis = ACTUAL_BASES[rules.day_count]
    if rules.interest_by is InterestBy.DAYS:
        return rate * days, rate * (end - before_first), below * basis
    months = rules.period.months
    odd = start != before_first
    scale = np.where(odd, basis, 1)
    regular = rate * months * scale
    factors = np.repeat(regular[np.newaxis], len(days), axis=0)
    whole, left = _months_and_days(start, end, table)
    factors[0] = np.where(odd, rate * (whole * basis + 12 * left), regular)
    return factors, regular, below * 12 * scale


def _months_and_days(start: Whole, end: Whole, table: MonthTable) -> tuple[Whole, Whole]:
    """Return the whole months from a start to an end, and the days after the last of them."""
    first, last = (
        day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) for day in (start, end)
    )
    day = start - table.starts[first - table.first] + 1
    whole = last - first
    whole = whole - (table.days(first + whole, day) > end)
    return whole, end - table.days(first + whole, day)
