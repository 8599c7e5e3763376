"""Business days (工作日), and where a date goes that falls on none.

A calendar knows its weekend, its holidays and the weekends on which people work (调休). Its holidays are
known for some years only; past them it answers by its weekend if it says so, and refuses if it does not.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from creditloop.kernel.errors import InputError

SATURDAY, SUNDAY = 5, 6
_DAY = timedelta(days=1)
_SEARCH_DAYS_MAX = 60
"""Longest stretch without a business day that is looked across; holidays last about nine days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessDays:
    """Which days are business days.

    Attributes:
        weekend: days of the week that are none, Monday is 0.
        holidays: further days that are none.
        working_weekends: days of the weekend that are business days nevertheless.
        known: first and last day for which holidays are known; None if they are known for ever.
        weekends_beyond: past `known`, whether the weekend alone decides; if not, asking is refused.
    """

    weekend: AbstractSet[int] = frozenset({SATURDAY, SUNDAY})
    holidays: AbstractSet[date] = frozenset()
    working_weekends: AbstractSet[date] = frozenset()
    known: tuple[date, date] | None = None
    weekends_beyond: bool = False

    def __post_init__(self) -> None:
        if not self.weekend <= set(range(6 + 1)) or len(self.weekend) > SUNDAY:
            raise InputError(
                "no such weekend", got=sorted(self.weekend), expected="days 0 to 6, not all of them"
            )
        both = self.holidays & self.working_weekends
        if both:
            raise InputError("a day is a holiday and worked", got=sorted(both)[0])
        idle = [day for day in self.working_weekends if day.weekday() not in self.weekend]
        if idle:
            raise InputError("a working weekend on a weekday", got=min(idle))

    def is_business_day(self, day: date) -> bool:
        """Return whether a day is a business day.

        Raises: InputError if its year's holidays are not known and the calendar does not say what then.
        """
        if self.known is not None and not self.known[0] <= day <= self.known[1] and not self.weekends_beyond:
            raise InputError(
                "the calendar does not know this day's holidays",
                got=day,
                expected=f"{self.known[0]} to {self.known[1]}",
            )
        if day in self.working_weekends:
            return True
        return day.weekday() not in self.weekend and day not in self.holidays

    def next_business_day(self, day: date) -> date:
        """Return the day itself if it is a business day, otherwise the first one after it."""
        return self._nearest(day, _DAY)

    def previous_business_day(self, day: date) -> date:
        """Return the day itself if it is a business day, otherwise the last one before it."""
        return self._nearest(day, -_DAY)

    def _nearest(self, day: date, step: timedelta) -> date:
        for distance in range(_SEARCH_DAYS_MAX):
            candidate = day + distance * step
            if self.is_business_day(candidate):
                return candidate
        raise InputError("no business day near", got=day, expected=f"one within {_SEARCH_DAYS_MAX} days")


EVERY_DAY = BusinessDays(weekend=frozenset())
"""Every day is a business day."""
MONDAY_TO_FRIDAY = BusinessDays()
"""Weekdays are business days; no holidays."""


class BusinessDayConvention(StrEnum):
    """Where a date goes that is no business day.

    Whether interest runs to the date as planned or as moved is another question: see the terms'
    `accrue_to_planned_day`.
    """

    NONE = "none"
    """It stays."""
    FOLLOWING = "following"
    """To the next business day."""
    MODIFIED_FOLLOWING = "modified_following"
    """To the next business day; to the one before, if the next is in another month."""
    PRECEDING = "preceding"
    """To the business day before."""
    MODIFIED_PRECEDING = "modified_preceding"
    """To the business day before; to the next, if the one before is in another month."""


def shift(*, day: date, convention: BusinessDayConvention, business_days: BusinessDays) -> date:
    """Return where a date goes under a convention.

    >>> saturday = date(2024, 8, 31)
    >>> shift(
    ...     day=saturday,
    ...     convention=BusinessDayConvention.MODIFIED_FOLLOWING,
    ...     business_days=MONDAY_TO_FRIDAY,
    ... )
    datetime.date(2024, 8, 30)
    """
    if convention is BusinessDayConvention.NONE:
        return day
    forward = convention in {BusinessDayConvention.FOLLOWING, BusinessDayConvention.MODIFIED_FOLLOWING}
    ways = (business_days.next_business_day, business_days.previous_business_day)
    first, second = ways if forward else ways[::-1]
    moved = first(day)
    modified = convention in {
        BusinessDayConvention.MODIFIED_FOLLOWING,
        BusinessDayConvention.MODIFIED_PRECEDING,
    }
    return second(day) if modified and moved.month != day.month else moved
