"""Cycles (周期): how often something comes due, and the dates that follow from it.

Dates are counted from the anchor, never from the date before, so that a 31st comes back after February.
Where the end does not fall on a date of the cycle the last period is a stub (残期): short, a period of its
own; long, joined to the one before it. Source: ACTUS technical specification, §§ schedule, array schedule,
end of month shift convention.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count

from creditloop.kernel.dates import add_months, month_end
from creditloop.kernel.errors import InputError


class Stub(StrEnum):
    """What becomes of a last period that is shorter than the cycle."""

    SHORT = "short"
    """It stands as a period of its own."""
    LONG = "long"
    """It is joined to the period before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """A period that repeats: whole months or whole days, one of the two.

    Attributes:
        months: length in months, > 0, or 0 if it is in days; a year is 12.
        days: length in days, > 0, or 0 if it is in months; a week is 7.
        stub: what becomes of a last period that is shorter.
    """

    months: int = 0
    days: int = 0
    stub: Stub = Stub.SHORT

    def __post_init__(self) -> None:
        if min(self.months, self.days) != 0 or max(self.months, self.days) <= 0:
            raise InputError(
                "no such cycle",
                got=f"{self.months} months, {self.days} days",
                expected="months > 0 or days > 0, not both",
            )

    def after(self, anchor: date, *, times: int = 1, end_of_month: bool = False) -> date:
        """Return the date so many cycles after an anchor (before it, if negative).

        Args:
            end_of_month: an anchor on a month's last day keeps to the last day of every month.

        >>> Cycle(months=1).after(date(2024, 1, 31), times=1)
        datetime.date(2024, 2, 29)
        >>> Cycle(months=1).after(date(2024, 4, 30), times=1, end_of_month=True)
        datetime.date(2024, 5, 31)
        """
        if self.days:
            return _days_after(anchor, self.days * times)
        moved = add_months(anchor, self.months * times)
        if end_of_month and anchor == month_end(anchor.year, anchor.month):
            return month_end(moved.year, moved.month)
        return moved


def _days_after(anchor: date, days: int) -> date:
    try:
        return anchor + timedelta(days=days)
    except OverflowError as error:
        raise InputError("the calendar ends before", got=f"{anchor} and {days} days") from error


def dates_of_cycle(
    *, anchor: date, end: date, cycle: Cycle | None, end_of_month: bool = False, include_end: bool = True
) -> list[date]:
    """Return the dates of a cycle from its anchor to an end, in order.

    Args:
        anchor: the first date.
        end: the last; an anchor after it gives only the end, or nothing.
        cycle: None gives the anchor and the end alone.
        end_of_month: see `Cycle.after`.
        include_end: whether the end itself is one of the dates; the dates of a cycle that reach it, and a
            long stub, are the same without it.

    >>> dates = dates_of_cycle(anchor=date(2024, 1, 31), end=date(2024, 4, 15), cycle=Cycle(months=1))
    >>> [day.isoformat() for day in dates]
    ['2024-01-31', '2024-02-29', '2024-03-31', '2024-04-15']
    """
    dates = [anchor] if anchor < end else []
    reached = anchor
    if cycle is not None and anchor < end:
        for times in count(1):
            reached = cycle.after(anchor, times=times, end_of_month=end_of_month)
            if reached >= end:
                break
            dates.append(reached)
        if cycle.stub is Stub.LONG and reached > end and len(dates) > 1:
            dates.pop()
    return [*dates, end] if include_end else dates


def dates_of_cycles(
    *, anchors: Sequence[date], end: date, cycles: Sequence[Cycle | None], end_of_month: bool = False
) -> list[list[date]]:
    """Return the dates of stepped cycles (分段周期): each runs from its anchor until the next anchor begins.

    Args:
        anchors: first dates of the steps, ascending.
        cycles: one for each step, or one for all of them.
    Returns: the dates of each step; the end belongs to the last one.
    Raises: InputError if there are neither one cycle nor as many as anchors.
    """
    if len(cycles) not in {1, len(anchors)}:
        raise InputError("steps and cycles do not fit", got=f"{len(anchors)} anchors, {len(cycles)} cycles")
    each = list(cycles) * len(anchors) if len(cycles) == 1 else list(cycles)
    steps = []
    for number, (anchor, cycle) in enumerate(zip(anchors, each, strict=True)):
        last = number == len(anchors) - 1
        until = end if last else min(anchors[number + 1], end)
        steps.append(
            dates_of_cycle(anchor=anchor, end=until, cycle=cycle, end_of_month=end_of_month, include_end=last)
        )
    return steps
