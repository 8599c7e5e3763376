"""A loan's life in moments (借据轨迹): how its rows stood before each event that counts, and after it.

Rows are the replay's own. Within a moment's days no event happens, so the rows of one moment's end are those
of its beginning, in the same order; from before an event to after it rows are matched by their periods.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from creditloop.book.loans import (
    DueDatesMoved,
    LoanEvent,
    LoanRules,
    LoanTerms,
    Rescheduled,
    Reversed,
    in_order,
)
from creditloop.book.loans.events import reversals
from creditloop.book.loans.replay import run
from creditloop.book.loans.rows import OpenRow, RowKind, Working
from creditloop.kernel.errors import InputError, UnknownId


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An event of a loan, and the days after it until the next one.

    Attributes:
        before, after: the loan on the event's value date, without it and with it.
        end: the loan with it on `until`, the next event's value date or the last day of the trace.
        came_from: for each row after the event, the place of the same row before it; None for a new one.
    """

    event: LoanEvent
    before: Working | None
    after: Working
    end: Working
    until: date
    came_from: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A loan's moments in the order in which its events count; undone events are not among them."""

    terms: LoanTerms
    rules: LoanRules
    as_of: date
    moments: tuple[Moment, ...]

    @property
    def last(self) -> Working:
        """The loan on the last day of the trace."""
        return self.moments[-1].end

    def row_at(self, due: date, number: int | None = None) -> int:
        """Return the place of the row of a due date, from 0.

        Args:
            number: place itself, from 1, where several rows fall due together.
        Raises: UnknownId if there is none.
        """
        rows = self.last.rows
        if number is not None and 1 <= number <= len(rows) and rows[number - 1].due == due:
            return number - 1
        for place, row in enumerate(rows):
            if row.due == due and number is None:
                return place
        raise UnknownId("nothing of the loan falls due on this day", got=due)

    def line_of(self, place: int) -> list[tuple[Moment, int]]:
        """Return in which moments a row of the end is there, with its place in each, oldest first."""
        found: list[tuple[Moment, int]] = []
        at: int | None = place
        for moment in reversed(self.moments):
            if at is None:
                break
            found.append((moment, at))
            at = moment.came_from[at]
        return found[::-1]


def trace_of(*, terms: LoanTerms, rules: LoanRules, events: Sequence[LoanEvent], as_of: date) -> Trace:
    """Return a loan's moments up to a day.

    Args:
        events: the history; those with a later value date are left out.
    Raises: InputError if nothing is left, or the rules plan before events.
    """
    if rules.plan_first:
        raise InputError("only a loan whose events meet their own days is explained", got="plan_first")
    history = [event for event in in_order(events) if event.value_date <= as_of]
    undone = reversals(history)
    live = [event for event in history if event.id not in undone and not isinstance(event, Reversed)]
    if not live:
        raise InputError("no event of the loan counts by this day", got=as_of)
    days = [event.value_date for event in live] + [as_of]
    moments = []
    before: Working | None = None
    for number, (event, (day, until)) in enumerate(zip(live, pairwise(days), strict=True), start=1):
        after = run(terms=terms, rules=rules, events=live[:number], as_of=day)
        end = after if until == day else run(terms=terms, rules=rules, events=live[:number], as_of=until)
        came_from = _matched([] if before is None else before.rows, after.rows, event)
        moments.append(
            Moment(event=event, before=before, after=after, end=end, until=until, came_from=came_from)
        )
        before = end
    return Trace(terms=terms, rules=rules, as_of=as_of, moments=tuple(moments))


def _matched(before: Sequence[OpenRow], after: Sequence[OpenRow], event: LoanEvent) -> tuple[int | None, ...]:
    """Match rows by period and kind, then by either end of the period; the rest are new."""
    found: dict[int, int] = _moved(before, after, event)
    for key in (_period, _start, _due):
        free = [place for place in range(len(before)) if place not in set(found.values())]
        for place, row in enumerate(after):
            if place in found:
                continue
            same = next((one for one in free if key(before[one]) == key(row)), None)
            if same is not None:
                found[place] = same
                free.remove(same)
    return tuple(found.get(place) for place in range(len(after)))


def _period(row: OpenRow) -> tuple[object, ...]:
    return row.start, row.due, row.kind


def _start(row: OpenRow) -> tuple[object, ...]:
    return row.start, row.kind


def _due(row: OpenRow) -> tuple[object, ...]:
    return row.due, row.kind


def _moved(before: Sequence[OpenRow], after: Sequence[OpenRow], event: LoanEvent) -> dict[int, int]:
    """Match rows whose dates an event moved: they keep their order."""
    if isinstance(event, DueDatesMoved):
        goes = dict(event.moves)
        wanted = [(goes.get(row.due, row.due), row.kind, place) for place, row in enumerate(before)]
    elif isinstance(event, Rescheduled):
        later = [place for place, row in enumerate(before) if row.kind is RowKind.INSTALMENT]
        now = [place for place, row in enumerate(after) if row.kind is RowKind.INSTALMENT]
        return dict(zip(now, later, strict=False))
    else:
        return {}
    found: dict[int, int] = {}
    for due, kind, place in wanted:
        for at, row in enumerate(after):
            if at not in found and (row.due, row.kind) == (due, kind):
                found[at] = place
                break
    return found
