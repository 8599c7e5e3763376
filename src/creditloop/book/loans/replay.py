"""The replay (重放): terms, rules and events to the state of the loan, a pure function.

1. Undone events are left out. 2. Events count in order of value date, then of booking. 3. Before each one,
being overdue is charged for up to its day. 4. Its handler changes rows. 5. From what each event did follow
its postings, which add up to zero. A backdated event goes through the same five steps: the book posts the
difference (`corrections`).
"""

from collections.abc import Sequence
from datetime import date

from creditloop.book.loans.events import (
    Accrued,
    Charged,
    ChargedBack,
    CreditRefunded,
    Disbursed,
    DueDatesMoved,
    LoanEvent,
    Prepaid,
    RateReset,
    Reaged,
    Reamortised,
    Refunded,
    Repaid,
    Rescheduled,
    Restructured,
    Reversed,
    Waived,
    WrittenOff,
    in_order,
    reversals,
)
from creditloop.book.loans.outcome import state_of
from creditloop.book.loans.rows import (
    OpenRow,
    RowKind,
    Settled,
    Working,
    add_tranche,
    allocate,
    charge_overdue,
    crediting,
    earned,
    forget_grace,
    servicing,
)
from creditloop.book.loans.rules import LoanRules, Part, PaymentKind
from creditloop.book.loans.state import LoanState
from creditloop.book.loans.terms import LoanTerms
from creditloop.kernel.errors import InputError, OutOfOrder

_PLAN_EVENTS = (Disbursed, Charged, Rescheduled, DueDatesMoved)
"""What stands before any payment where the rules say plan first; charges last, on the whole plan."""

_NOT_AFTER_WRITE_OFF = (Disbursed, Accrued, Waived, Restructured, Reaged, Reamortised, RateReset, WrittenOff)
"""What presumes that a loan is on the books."""
RECOGNISED = "recognised by "
"""How the id of a recognition begins that is no event of the loan but the day end's."""


def replay(
    *,
    terms: LoanTerms,
    rules: LoanRules,
    events: Sequence[LoanEvent],
    as_of: date,
    recognised: bool = False,
) -> LoanState:
    """Return the loan as of a day.

    Args:
        events: the history, in any order; those with a later value date are left out.
        recognised: whether all income earned before the day is recognised, as the day end does; else what
            `Accrued` events say.

    Raises:
        InputError: if an event cannot be, e.g. names a due date that is not there.
        OutOfOrder: if an event comes before anything was paid out, or presumes what is written off.
        BookError: if postings do not add up.
    """
    return replayed(terms=terms, rules=rules, events=events, as_of=as_of, recognised=recognised)[1]


def replayed(
    *, terms: LoanTerms, rules: LoanRules, events: Sequence[LoanEvent], as_of: date, recognised: bool
) -> tuple[Working, LoanState]:
    """Return the rows as they stand with the loan's state; see `replay`."""
    history = [event for event in events if event.value_date <= as_of]
    undone = reversals(history)
    counted = _with_recognition(history, undone, as_of) if recognised else history
    work = run(terms=terms, rules=rules, events=counted, as_of=as_of)
    return work, state_of(work, undone, _before_reversal(terms, rules, history, undone), as_of)


def _with_recognition(history: list[LoanEvent], undone: dict[str, Reversed], as_of: date) -> list[LoanEvent]:
    """Return the history with all income recognised before a write-off, and as of the day on the books."""
    counted: list[LoanEvent] = []
    written_off = False
    for event in in_order(history):
        if isinstance(event, WrittenOff) and event.id not in undone:
            counted.append(_recognition(event.value_date, event.sequence))
            written_off = True
        counted.append(event)
    if history and not written_off:
        counted.append(_recognition(as_of, max(event.sequence for event in history) + 1))
    return counted


def _recognition(day: date, sequence: int) -> Accrued:
    return Accrued(id=f"{RECOGNISED}{day}", sequence=sequence, value_date=day, booked_on=day)


def run(*, terms: LoanTerms, rules: LoanRules, events: Sequence[LoanEvent], as_of: date) -> Working:
    """Replay events up to a day and return the rows as they then stand; for what reads them further."""
    undone = reversals(events)
    live = [event for event in in_order(events) if event.id not in undone]
    work = Working(terms=terms, rules=rules, rate=terms.rate)
    if rules.plan_first:
        planned = [event for event in live if isinstance(event, _PLAN_EVENTS)]
        for shaping in sorted(planned, key=lambda event: isinstance(event, Charged)):
            _plan(work, shaping)
    for event in live:
        if not isinstance(event, Reversed):
            _step(work, event)
    charge_overdue(work=work, until=as_of)
    return work


def _step(work: Working, event: LoanEvent) -> None:
    charge_overdue(work=work, until=event.value_date)
    if work.written_off and isinstance(event, _NOT_AFTER_WRITE_OFF):
        raise OutOfOrder(
            "a loan that is written off takes recoveries only",
            got=type(event).__name__,
            where={"id": event.id},
            hint="Reverse the write-off first.",
        )
    settled = Settled(event=event, amount=getattr(event, "amount", 0))
    if not work.rules.plan_first and isinstance(event, _PLAN_EVENTS):
        _plan(work, event)
    if not work.planned:
        raise OutOfOrder("a loan event before anything was paid out", where={"id": event.id})
    _apply(work, event, settled)
    if work.grace_from is not None and work.oldest_due(event.value_date) != work.grace_from:
        forget_grace(work)
    if not isinstance(event, Accrued | Repaid):
        work.recount()
    settled.balance = work.balance
    work.settled.append(settled)


def _plan(work: Working, event: LoanEvent) -> None:
    if isinstance(event, Disbursed):
        _positive(event, event.amount)
        work.disbursed += event.amount
        add_tranche(work=work, day=event.value_date, units=event.amount)
    elif isinstance(event, Charged):
        _charge(work, event)
    elif isinstance(event, Rescheduled):
        servicing.reschedule(work=work, event=event)
    elif isinstance(event, DueDatesMoved):
        servicing.move_due_dates(work=work, event=event)


def _positive(event: LoanEvent, amount: int) -> None:
    if amount <= 0:
        raise InputError("an amount is not positive", got=amount, expected="> 0", where={"id": event.id})


def _charge(work: Working, event: Charged) -> None:
    _positive(event, event.amount)
    if event.part not in (Part.FEE, Part.PENALTY):
        raise InputError("only fees and penalties are charged", got=event.part.name, where={"id": event.id})
    row = _row_for_charge(work, event)
    row.charged[event.part] += event.amount
    row.charges.append((event.due, event.part, event.amount))
    row.bears_overdue_charge = row.bears_overdue_charge or event.instalment_due is not None
    row.note(event.value_date)


def _row_for_charge(work: Working, event: Charged) -> OpenRow:
    if not work.planned:
        raise OutOfOrder("a charge before anything was paid out", where={"id": event.id})
    wanted = event.instalment_due or event.due
    for row in work.rows:
        if row.kind is not RowKind.DOWN_PAYMENT and wanted <= row.due:
            return row
    return crediting.extra_row(work=work, due=wanted)


def _disburse(work: Working, event: Disbursed, settled: Settled) -> None:
    crediting.settle_from_credit(work=work, settled=settled, day=event.value_date)
    work.balance += event.amount - settled.covered_principal


def _repay(work: Working, event: Repaid, settled: Settled) -> None:
    _positive(event, event.amount)
    left = _settle(work, settled, event, event.amount)
    settled.overpaid = settled.overpaid_left = left
    work.overpaid += left


def _settle(work: Working, settled: Settled, event: Repaid | Prepaid, units: int) -> int:
    """Settle rows with a payment as of its own day; return what is left over."""
    kind = event.kind if isinstance(event, Repaid) else PaymentKind.REPAYMENT
    rule = work.rules.allocation_for(kind=kind, dpd=work.dpd(event.value_date))
    left, taken = allocate(
        rows=work.rows, units=units, day=event.value_date, rule=rule, rounding=work.terms.scale.rounding
    )
    principal = 0
    for _, part, moved in taken:
        settled.parts[part] += moved
        principal += moved if part is Part.PRINCIPAL else 0
    settled.taken.extend(taken)
    settled.after_write_off = work.written_off
    if not work.written_off:
        work.balance -= principal
    return left


def _settle_charge(work: Working) -> None:
    """Let what was overpaid settle a charge that came later, as the payment it came from."""
    for older in work.settled:
        if older.overpaid_left > 0 and isinstance(older.event, Repaid | Prepaid):
            left = _settle(work, older, older.event, older.overpaid_left)
            used = older.overpaid_left - left
            older.overpaid_left = left
            older.overpaid -= used
            work.overpaid -= used


def _waive(work: Working, event: Waived, settled: Settled) -> None:
    _positive(event, event.amount)
    left = event.amount
    for row in work.rows:
        units = min(left, max(0, row.open_of(event.part)))
        row.waived[event.part] += units
        settled.parts[event.part] += units
        left -= units
        if units:
            row.note(event.value_date)
    if event.part is Part.PRINCIPAL:
        work.balance -= settled.parts[Part.PRINCIPAL]


def _accrue(work: Working, event: Accrued, settled: Settled) -> None:
    if event.parts is not None:
        settled.parts = list(event.parts)
    else:
        target = earned(work=work, until=event.value_date)
        settled.parts = [now - known for now, known in zip(target, work.recognised, strict=True)]
    for part, units in enumerate(settled.parts):
        work.recognised[part] += units
    settled.amount = sum(settled.parts)


def _write_off(work: Working, settled: Settled) -> None:
    settled.parts = [work.open_of(part) for part in Part]
    settled.amount = sum(settled.parts)
    work.written_off = True
    work.balance = 0


def _apply(work: Working, event: LoanEvent, settled: Settled) -> None:
    """Let an event change the rows."""
    match event:
        case Disbursed():
            _disburse(work, event, settled)
        case Repaid():
            _repay(work, event, settled)
        case Charged():
            _settle_charge(work)
        case Waived():
            _waive(work, event, settled)
        case Accrued():
            _accrue(work, event, settled)
        case WrittenOff():
            _write_off(work, settled)
        case Refunded():
            crediting.refund(work=work, event=event, settled=settled)
        case CreditRefunded():
            crediting.refund_credit(work=work, event=event, settled=settled)
        case ChargedBack():
            crediting.charge_back(work=work, event=event, settled=settled)
        case _:
            _change_plan(work, event, settled)


def _change_plan(work: Working, event: LoanEvent, settled: Settled) -> None:
    """Let an event change the plan."""
    match event:
        case Prepaid():
            _positive(event, event.amount)
            servicing.prepay(work=work, event=event, settled=settled)
        case RateReset():
            servicing.reset_rate(work=work, event=event)
        case Reaged():
            servicing.reage(work=work, event=event, settled=settled)
        case Reamortised():
            servicing.reamortise(work=work, event=event, settled=settled)
        case Restructured():
            servicing.restructure(work=work, event=event, settled=settled)
    for row in work.rows:
        if any(row.paid) or any(row.waived):
            row.note(event.value_date)


def _before_reversal(
    terms: LoanTerms, rules: LoanRules, history: Sequence[LoanEvent], undone: dict[str, Reversed]
) -> dict[str, Settled]:
    """Return what undone events had done before they were undone: the same replay of what was known then."""
    found: dict[str, Settled] = {}
    for event_id, reversal in undone.items():
        known = [event for event in history if event.sequence < reversal.sequence]
        work = run(terms=terms, rules=rules, events=known, as_of=reversal.booked_on)
        found.update({one.event.id: one for one in work.settled if one.event.id == event_id})
    return found
