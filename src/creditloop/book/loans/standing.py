"""Where a loan stands as a business day begins (日初位置): what the close of the day starts from.

A replay of the loan's events says it, with all income earned before the day recognised. It is what the day
ends before have come to, day by day, unless an event of the day changed the loan; then it is where that event
left it. `Standing.to_come` are the instalments after the next one: where an event changes them, the book
stores a new version of the plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from creditloop.book.interest import Ratio
from creditloop.book.loans.events import LoanEvent
from creditloop.book.loans.postings import LoanAccount
from creditloop.book.loans.replay import replayed
from creditloop.book.loans.rows import OpenRow, RowKind, Working, added, earned_of
from creditloop.book.loans.rules import LoanRules, Part
from creditloop.book.loans.state import LoanState
from creditloop.book.loans.terms import LoanTerms
from creditloop.kernel.errors import StateError

_OF_ONE_DAY = (RowKind.PREPAYMENT, RowKind.DOWN_PAYMENT)
"""Rows that are due as soon as they are there, beside the instalments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCome:
    """An instalment to come, as it is still open.

    Attributes:
        start: first day of its period, the due date before it; due: its due date.
        principal, interest: what comes due with it.
        period_interest: what its period accrues, paid in advance or not.
    """

    start: date
    due: date
    principal: int
    interest: int
    period_interest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A loan as a day begins, in units; see `book.day_end.Positions` for the columns of the same names.

    Attributes:
        oldest_due: None if nothing that is due is unpaid.
        next: the instalment to come due next, on the day itself or later; None if none is left.
        accrued: what of its period's interest is accrued.
        to_come: the instalments after it.
        carried, waiting: penalty and interest for being overdue: the part of a unit that is carried, and
            what waits, unrounded, for the days of grace to pass.
        balances: of the accounts of the whole loan; disbursed: paid out in all.
        rate: yearly rate in force.
    """

    day: date
    due_principal: int
    due_interest: int
    oldest_due: date | None
    next: ToCome | None
    accrued: int
    to_come: tuple[ToCome, ...]
    carried: tuple[Ratio, Ratio]
    waiting: tuple[Ratio, Ratio]
    balances: Mapping[LoanAccount, int]
    disbursed: int
    rate: Decimal


def standing_of(
    *, terms: LoanTerms, rules: LoanRules, events: Sequence[LoanEvent], day: date
) -> tuple[LoanState, Standing]:
    """Return a loan's state and where it stands as a day begins, events of the day counted.

    Raises: what `replay` raises; StateError if two instalments accrue interest at the same time.
    """
    work, state = replayed(terms=terms, rules=rules, events=events, as_of=day, recognised=True)
    if work.written_off:
        return state, _off_the_books(work, state, day)
    ahead = _to_come(work, day)
    past = [row for row in work.rows if row.due < day]
    oldest = work.oldest_due(day)
    waits = oldest is not None and oldest == work.grace_from
    return state, Standing(
        day=day,
        due_principal=sum(max(0, row.open_of(Part.PRINCIPAL)) for row in past),
        due_interest=sum(row.own_interest_open for row in past),
        oldest_due=oldest if oldest != day else None,
        next=ahead[0][0] if ahead else None,
        accrued=ahead[0][1] if ahead else 0,
        to_come=tuple(one for one, _ in ahead[1:]),
        carried=(work.overdue_carried[0], work.overdue_carried[1]),
        waiting=_waiting(work) if waits else ((0, 1), (0, 1)),
        balances=state.balances,
        disbursed=work.disbursed,
        rate=work.rate,
    )


def _off_the_books(work: Working, state: LoanState, day: date) -> Standing:
    """Return where a loan that is written off stands: nothing of it comes due or accrues any more."""
    nothing: tuple[Ratio, Ratio] = ((0, 1), (0, 1))
    return Standing(
        day=day,
        due_principal=0,
        due_interest=0,
        oldest_due=None,
        next=None,
        accrued=0,
        to_come=(),
        carried=nothing,
        waiting=nothing,
        balances=state.balances,
        disbursed=work.disbursed,
        rate=work.rate,
    )


def _to_come(work: Working, day: date) -> list[tuple[ToCome, int]]:
    """Return what comes due from a day on, a place a due date, each with what of its interest is accrued."""
    found: list[tuple[ToCome, int]] = []
    start: date | None = None
    for due, group in groupby((row for row in work.rows if row.due >= day), key=lambda row: row.due):
        rows = [row for row in group if row.kind not in _OF_ONE_DAY or row.open_units > 0]
        if not rows:
            continue
        accruing = [row for row in rows if _whole_interest(row) > 0 and row.kind not in _OF_ONE_DAY]
        row = accruing[0] if accruing else rows[0]
        if len(accruing) > 1 or (accruing and start is not None and row.start != start):
            raise StateError(
                "two instalments of a loan accrue interest at the same time", got=[row.due for row in rows]
            )
        if accruing and row.start >= due:
            raise StateError(
                "an instalment that bears interest has no days", got=due, expected=f"after {row.start}"
            )
        one = ToCome(
            start=row.start if start is None else start,
            due=due,
            principal=sum(max(0, each.open_of(Part.PRINCIPAL)) for each in rows),
            interest=sum(max(0, each.open_of(Part.INTEREST)) for each in rows),
            period_interest=_whole_interest(row) - row.ran if accruing else 0,
        )
        earned = earned_of(work=work, row=row, until=day)[Part.INTEREST] - row.ran
        found.append((one, earned if accruing else 0))
        start = due
    return found


def _whole_interest(row: OpenRow) -> int:
    return row.due_of(Part.INTEREST) - row.credited[Part.INTEREST]


def _waiting(work: Working) -> tuple[Ratio, Ratio]:
    """Return what waits for the days of grace to pass, of all rows."""
    total: list[Ratio] = [(0, 1), (0, 1)]
    for row in work.rows:
        total = [added(one, other) for one, other in zip(total, row.overdue_waiting, strict=True)]
    return total[0], total[1]
