"""Corrections (更正): what a backdated or undone event changes, line by line, and what is posted for it.

History is never updated. The loan is replayed with the event and without it; every later amount that differs
is a line, with what it was, what it is and why; the difference of the postings is what the book posts today.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditloop.book.loans.events import LoanEvent, Reversed, append
from creditloop.book.loans.postings import Leg, LoanAccount, check_balanced
from creditloop.book.loans.replay import replay
from creditloop.book.loans.rules import LoanRules, Part
from creditloop.book.loans.state import DueRow, LoanState, Settlement
from creditloop.book.loans.terms import LoanTerms
from creditloop.kernel.errors import InputError

_PART_NAMES = tuple(part.name.lower() for part in Part)


class Subject(StrEnum):
    """What a line of a difference speaks of."""

    EVENT = "event"
    """What an event settled or recognised."""
    ROW = "row"
    """What falls due on a date."""
    LOAN = "loan"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceLine:
    """One amount that is another one now.

    Attributes:
        subject, name: e.g. EVENT and its id, ROW and its due date.
        day: its value date or due date; what: the part or the figure.
        was, now: units (days for dpd); why: the event that changed it, in words.
    """

    subject: Subject
    name: str
    day: date
    what: str
    was: int
    now: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What booking one event changes.

    Attributes:
        before, after: the loan without and with it.
        lines: every amount that differs, by day; the event's own are first.
        legs: what the book posts for it today: the event's own postings and all differences, sum zero.
    """

    event: LoanEvent
    before: LoanState
    after: LoanState
    lines: tuple[DifferenceLine, ...]
    legs: tuple[Leg, ...]


def correct(
    *,
    terms: LoanTerms,
    rules: LoanRules,
    history: Sequence[LoanEvent],
    event: LoanEvent,
    as_of: date,
    before: LoanState | None = None,
    recognised: bool = False,
) -> Correction:
    """Return what one more event changes as of a day; booking nothing.

    Args:
        before: the loan as of that day without the event, where it is at hand; None: it is replayed.
        recognised: see `replay`.
    Raises: what `append` and `replay` raise; InputError if `before` is of another day.
    """
    if before is None:
        before = replay(terms=terms, rules=rules, events=history, as_of=as_of, recognised=recognised)
    if before.as_of != as_of:
        raise InputError("the loan before is of another day", got=before.as_of, expected=as_of)
    longer = append(history=history, event=event)
    after = replay(terms=terms, rules=rules, events=longer, as_of=as_of, recognised=recognised)
    return correction_of(event=event, before=before, after=after)


def correction_of(*, event: LoanEvent, before: LoanState, after: LoanState) -> Correction:
    """Return what an event changes, from the loan without it and with it.

    Raises: BookError if the difference of the postings does not add up to zero.
    """
    legs = tuple(
        (account, after.balances.get(account, 0) - before.balances.get(account, 0)) for account in LoanAccount
    )
    posted = tuple(leg for leg in legs if leg[1])
    check_balanced(legs=posted, event=event)
    lines = difference(before=before, after=after, event=event)
    return Correction(event=event, before=before, after=after, lines=lines, legs=posted)


def difference(*, before: LoanState, after: LoanState, event: LoanEvent) -> tuple[DifferenceLine, ...]:
    """Return every amount that differs between two states of a loan, the event named as the reason."""
    why = f"{_words(event)} {event.id} counts from {event.value_date}, booked on {event.booked_on}"
    lines = _event_lines(before, after, why)
    lines += _row_lines(before.rows, after.rows, why)
    lines.sort(key=lambda line: (line.name != event.id, line.day))
    for what, was, now in (
        ("owed", before.open_units, after.open_units),
        ("overpaid", before.overpaid, after.overpaid),
        ("dpd", before.dpd, after.dpd),
    ):
        lines += _line(Subject.LOAN, "loan", after.as_of, what, was, now, why)
    return tuple(lines)


def _words(event: LoanEvent) -> str:
    if isinstance(event, Reversed):
        return f"the reversal of {event.event_id},"
    return type(event).__name__.lower()


def _line(
    subject: Subject, name: str, day: date, what: str, was: int, now: int, why: str
) -> list[DifferenceLine]:
    if was == now:
        return []
    return [DifferenceLine(subject=subject, name=name, day=day, what=what, was=was, now=now, why=why)]


def _event_lines(before: LoanState, after: LoanState, why: str) -> list[DifferenceLine]:
    lines: list[DifferenceLine] = []
    older = {one.event.id: one for one in before.settlements}
    for one in after.settlements:
        known = older.get(one.event.id)
        if known is not None and _same(known, one):
            continue
        was = _figures(known)
        for what, now in _figures(one).items():
            lines += _line(
                Subject.EVENT, one.event.id, one.event.value_date, what, was.get(what, 0), now, why
            )
    return lines


def _same(left: Settlement, right: Settlement) -> bool:
    return (left.parts, left.overpaid, left.reversed_by) == (right.parts, right.overpaid, right.reversed_by)


def _figures(settlement: Settlement | None) -> dict[str, int]:
    if settlement is None or settlement.reversed_by is not None:
        return dict.fromkeys(("overpaid", *_PART_NAMES), 0)
    return {"overpaid": settlement.overpaid, **dict(zip(_PART_NAMES, settlement.parts, strict=True))}


def _row_lines(before: Sequence[DueRow], after: Sequence[DueRow], why: str) -> list[DifferenceLine]:
    lines: list[DifferenceLine] = []
    was, now = _by_due(before), _by_due(after)
    for day in sorted({due for due, _ in (*was, *now)}):
        for kind in sorted({kind for due, kind in (*was, *now) if due == day}):
            older, newer = was.get((day, kind), {}), now.get((day, kind), {})
            for what in newer or older:
                lines += _line(
                    Subject.ROW, f"{kind} {day}", day, what, older.get(what, 0), newer.get(what, 0), why
                )
    return lines


def _by_due(rows: Sequence[DueRow]) -> dict[tuple[date, str], dict[str, int]]:
    found: dict[tuple[date, str], dict[str, int]] = {}
    for row in rows:
        figures = found.setdefault((row.due, row.kind.value), {})
        for part in Part:
            name = part.name.lower()
            figures[f"{name} due"] = figures.get(f"{name} due", 0) + row.amounts[part]
            figures[f"{name} paid"] = figures.get(f"{name} paid", 0) + row.paid[part]
    return found
