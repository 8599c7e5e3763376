"""What a replay came to, as a state: rows, settlements with their postings, balances, what is missing."""

from collections.abc import Iterable
from datetime import date
from types import MappingProxyType

from creditloop.book.loans.events import Reversed
from creditloop.book.loans.postings import LoanAccount, legs_of
from creditloop.book.loans.rows import OpenRow, Settled, Working, missing_by_row, whole_income
from creditloop.book.loans.rules import Part, Parts
from creditloop.book.loans.state import AllocationLine, DueRow, LoanState, LoanStatus, Settlement


def state_of(
    work: Working, undone: dict[str, Reversed], before: dict[str, Settled], as_of: date
) -> LoanState:
    """Return the state that a replay came to.

    Args:
        undone: what was undone, by id, with its reversal; before: what that had done until then.
    """
    numbers = {id(row): number for number, row in enumerate(work.rows, start=1)}
    balances: dict[LoanAccount, int] = {}
    settlements = []
    for settled in work.settled:
        settlement = _settlement(settled, numbers, balances)
        for account, units in settlement.legs:
            balances[account] = balances.get(account, 0) + units
        settlements.append(settlement)
    for event_id, settled in before.items():
        settlements.append(_settlement(settled, {}, {}, reversed_by=undone[event_id].id))
    settlements.sort(key=lambda one: (one.event.value_date, one.event.sequence))
    missing = [now - known for now, known in zip(whole_income(work), work.recognised, strict=True)]
    return LoanState(
        as_of=as_of,
        status=_status(work),
        rows=tuple(_due_row(row, number) for number, row in enumerate(work.rows, start=1)),
        settlements=tuple(settlements),
        disbursed=work.disbursed,
        overpaid=work.overpaid,
        dpd=work.dpd(as_of),
        written_off=work.written_off,
        income_missing=_four(missing),
        income_by_row=tuple(missing_by_row(work=work, until=as_of)),
        balances=MappingProxyType(balances),
    )


def _status(work: Working) -> LoanStatus:
    if not work.planned:
        return LoanStatus.APPROVED
    if work.open_units > 0:
        return LoanStatus.ACTIVE
    return LoanStatus.OVERPAID if work.overpaid > 0 else LoanStatus.CLOSED


def _settlement(
    settled: Settled,
    numbers: dict[int, int],
    balances: dict[LoanAccount, int],
    reversed_by: str | None = None,
) -> Settlement:
    lines = [
        AllocationLine(row=numbers.get(id(row), 0), due=row.due, part=part, units=units)
        for row, part, units in settled.taken
    ]
    return Settlement(
        event=settled.event,
        amount=settled.amount,
        parts=_four(settled.parts),
        overpaid=settled.overpaid,
        covered=settled.covered,
        balance=settled.balance,
        lines=tuple(lines),
        legs=legs_of(settled=settled, balances=balances),
        reversed_by=reversed_by,
    )


def _four(units: Iterable[int]) -> Parts:
    penalty, fee, interest, principal = units
    return penalty, fee, interest, principal


def _due_row(row: OpenRow, number: int) -> DueRow:
    return DueRow(
        nr=number,
        start=row.start,
        due=row.due,
        kind=row.kind,
        amounts=_four(row.due_of(part) for part in Part),
        credited=_four(row.credited),
        paid=_four(row.paid),
        waived=_four(row.waived),
        in_advance=row.in_advance,
        late=row.late,
        paid_on=row.settled_on,
        bears_overdue_charge=row.bears_overdue_charge,
    )
