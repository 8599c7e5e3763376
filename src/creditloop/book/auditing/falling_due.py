"""What falls due after each event (各事件后的应还明细), for whoever recomputes a loan without our code.

A loan's events count in order of value date. An event that is backdated, or undone, makes those after it
count anew, and they leave other rows from its booking on. So a version is named by two events: the one that
made it, and the one with whose booking it became known. Rows keep their numbers from version to version, so
that what is settled of a row can be followed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from creditloop.book.calendars import Cycle
from creditloop.book.loans import (
    Across,
    Allocation,
    DueDatesMoved,
    Future,
    LoanEvent,
    LoanRules,
    LoanTerms,
    Part,
    Prepaid,
    Repaid,
    Rescheduled,
    Restructured,
    Reversed,
    RowKind,
    in_order,
)
from creditloop.book.loans.events import reversals
from creditloop.book.loans.replay import run
from creditloop.book.loans.rows import OpenRow, Working

Place = tuple[date, date, RowKind]
"""First day, due date and kind: by which a row is known again."""
DueRow = dict[str, object]
"""A row as it is exported: number, kind, dates; by part what falls due, without what days of being overdue
add; of the interest what is earned by the days of its period, not before it began anew, not owed again."""
Move = tuple[int, str, int]
"""Row, part and units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueVersion:
    """What falls due after an event.

    Attributes:
        known_from: sequence of the event with whose booking this became known.
        sequence: of the event that made it; rows: in the order in which they are settled.
        settled: row, part and units of what it settled, below zero where it opened again.
        credit: units by which it changes the customer's credit, apart from what a payment leaves over.
    """

    known_from: int
    sequence: int
    rows: tuple[DueRow, ...]
    settled: tuple[Move, ...]
    credit: int


@dataclass(frozen=True, slots=True)
class _Left:
    """What an event left: its rows by number and place, the last number given, and how they are exported."""

    numbers: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()
    last: int = 0
    rows: tuple[DueRow, ...] = ()
    settled: tuple[Move, ...] = ()
    credit: int = 0


def due_versions(*, terms: LoanTerms, rules: LoanRules, events: Sequence[LoanEvent]) -> Iterator[DueVersion]:
    """Give every version of what fell due, by the booking with which it became known, then as events count.

    Args:
        events: in the order in which they were booked.
    """
    left: dict[tuple[int, ...], _Left] = {(): _Left()}
    told: dict[int, _Left] = {}
    for booked in range(1, len(events) + 1):
        undone = reversals(events[:booked])
        counting = (event for event in in_order(events[:booked]) if event.id not in undone)
        live = [event for event in counting if not isinstance(event, Reversed)]
        counted: tuple[int, ...] = ()
        for number, event in enumerate(live, start=1):
            before, counted = left[counted], (*counted, event.sequence)
            if counted not in left:
                left[counted] = _after(terms, rules, live[:number], before)
            now = left[counted]
            if event.sequence in told and _same(told[event.sequence], now):
                continue
            told[event.sequence] = now
            yield DueVersion(
                known_from=booked,
                sequence=event.sequence,
                rows=now.rows,
                settled=now.settled,
                credit=now.credit,
            )


def _same(was: _Left, now: _Left) -> bool:
    return (was.rows, was.settled, was.credit) == (now.rows, now.settled, now.credit)


def _after(terms: LoanTerms, rules: LoanRules, live: Sequence[LoanEvent], before: _Left) -> _Left:
    """Return what the last of some events left."""
    event = live[-1]
    after = run(terms=terms, rules=rules, events=live, as_of=event.value_date)
    was = run(terms=terms, rules=rules, events=live[:-1], as_of=event.value_date)
    numbers, last = _numbered(event, before, was, after)
    paid = _paid(was, before.numbers)
    moved = {key: units - paid.pop(key, 0) for key, units in _paid(after, numbers).items()}
    moved |= {key: -units for key, units in paid.items()}
    if isinstance(event, Prepaid) and _is_plain(rules.allocation):
        due = {number for number, row in zip(numbers, after.rows, strict=True) if row.due <= event.value_date}
        moved = {key: units for key, units in moved.items() if key[0] not in due}
    return _Left(
        numbers=tuple(numbers),
        places=tuple((row.start, row.due, row.kind) for row in after.rows),
        last=last,
        rows=tuple(_exported(row, number) for row, number in zip(after.rows, numbers, strict=True)),
        settled=tuple((row, part, units) for (row, part), units in sorted(moved.items()) if units),
        credit=_credit(event, was, after),
    )


def _is_plain(order: Allocation) -> bool:
    """Whether an order goes from cell to cell, and to the next instalment where money comes in advance."""
    return order.across is not Across.BY_ROW and order.future is Future.NEXT


def _credit(event: LoanEvent, was: Working, after: Working) -> int:
    """Return what an event adds to the customer's credit; of a payment, what it uses of it."""
    if isinstance(event, Repaid | Prepaid):
        return -after.settled[-1].covered
    return after.overpaid - was.overpaid


def _paid(work: Working, numbers: Sequence[int]) -> dict[tuple[int, str], int]:
    return {
        (number, part.name.lower()): row.paid[part]
        for number, row in zip(numbers, work.rows, strict=True)
        for part in Part
    }


def _numbered(event: LoanEvent, before: _Left, was: Working, after: Working) -> tuple[list[int], int]:
    """Return the numbers of the rows after an event, and the last one given."""
    known = list(zip(before.places, before.numbers, strict=True))
    if isinstance(event, Restructured):
        known = [one for one, row in zip(known, was.rows, strict=True) if _outlives(was, row, event)]
    moved = [(_moved(place, event), number) for place, number in known]
    if isinstance(event, Rescheduled):
        moved = _rescheduled(moved, event, after.terms.cycle)
    last, numbers = before.last, []
    for row in after.rows:
        place = row.start, row.due, row.kind
        same = next((one for one in moved if _is(one[0], place, event)), None)
        if same is None:
            last += 1
            numbers.append(last)
        else:
            moved.remove(same)
            numbers.append(same[1])
    return numbers, last


def _outlives(work: Working, row: OpenRow, event: Restructured) -> bool:
    """Whether a restructuring leaves a row: it is due before, or something of it is settled or owed."""
    if row.due < event.value_date or row.settled_units:
        return True
    earned = row.interest_earned(event.value_date, work.terms.scale) if row.start < event.value_date else 0
    interest = row.open_of(Part.INTEREST) if row.due == event.value_date else earned
    return row.open_of(Part.PENALTY) + row.open_of(Part.FEE) + interest > 0


def _moved(place: Place, event: LoanEvent) -> Place:
    """Return where an event puts a row, as far as its dates alone say so."""
    start, due, kind = place
    if isinstance(event, Restructured) and due > event.value_date:
        return min(start, event.value_date), event.value_date, kind
    if isinstance(event, DueDatesMoved):
        for old, new in event.moves:
            if due == old and kind in (RowKind.INSTALMENT, RowKind.REAGED):
                due = new
            elif start == old and kind is not RowKind.DOWN_PAYMENT:
                start = new
    return start, due, kind


def _rescheduled(known: list[tuple[Place, int]], event: Rescheduled, cycle: Cycle) -> list[tuple[Place, int]]:
    """Return rows where a rescheduling puts them: instalments from one due date on follow the cycle."""
    found: list[tuple[Place, int]] = []
    later, start = 0, date.min
    for (first, due, kind), number in known:
        if event.to_due is None or kind is not RowKind.INSTALMENT or due < event.from_due:
            found.append(((first, due, kind), number))
            continue
        begins = start if later else first
        start = cycle.after(event.to_due, times=later)
        found.append(((begins, start, kind), number))
        later += 1
    return found


def _is(known: Place, place: Place, event: LoanEvent) -> bool:
    """Whether a row was there: only one is of extra charges; a prepayment begins a period anew."""
    if known[2] is RowKind.EXTRA:
        return place[2] is RowKind.EXTRA
    began_anew = isinstance(event, Prepaid) and place[0] == event.value_date
    return known == place or (began_anew and known[0] < place[0] < place[1] and known[1:] == place[1:])


def _exported(row: OpenRow, number: int) -> DueRow:
    overdue = {Part.PENALTY: row.overdue_units[0], Part.INTEREST: row.overdue_units[1]}
    return {
        "row": number,
        "kind": row.kind.value,
        "start": row.start.isoformat(),
        "due": row.due.isoformat(),
        **{part.name.lower(): row.due_of(part) - overdue.get(part, 0) for part in Part},
        "by_day": row.due_of(Part.INTEREST) - row.overdue_units[1] - row.ran - row.credited[Part.INTEREST],
    }
