"""Balanced postings of a loan's events (分录): debit positive, zero legs left out, sum zero or nothing.

The accounts are the loan book's; a bank maps them to its own codes. Income is recognised by accruals alone,
so a receivable may stand on the other side for the days between a payment in advance and its accrual.
"""

from collections.abc import Iterable
from enum import StrEnum

from creditloop.book.loans.events import (
    Accrued,
    ChargedBack,
    CreditRefunded,
    Disbursed,
    LoanEvent,
    Prepaid,
    Refunded,
    Repaid,
    Restructured,
    Waived,
    WrittenOff,
)
from creditloop.book.loans.rows import Settled
from creditloop.book.loans.rules import Part, PaymentKind
from creditloop.kernel.errors import BookError


class LoanAccount(StrEnum):
    """The accounts of the loan book (科目)."""

    LOAN_PRINCIPAL = "loan_principal"
    """贷款本金: asset."""
    INTEREST_RECEIVABLE = "interest_receivable"
    """应收利息: asset."""
    FEE_RECEIVABLE = "fee_receivable"
    """应收费用: asset."""
    PENALTY_RECEIVABLE = "penalty_receivable"
    """应收罚息: asset."""
    CLEARING = "clearing"
    """资金过渡: money in and out."""
    CUSTOMER_SUSPENSE = "customer_suspense"
    """客户溢缴款: liability, what is overpaid."""
    INTEREST_INCOME = "interest_income"
    """利息收入."""
    FEE_INCOME = "fee_income"
    """费用收入."""
    PENALTY_INCOME = "penalty_income"
    """罚息收入."""
    GOODWILL_EXPENSE = "goodwill_expense"
    """让利支出: credits the bank gives, and what it waives."""
    WRITTEN_OFF = "written_off"
    """核销损失."""
    RECOVERY_INCOME = "recovery_income"
    """收回已核销."""
    PARTNER_PAYABLE = "partner_payable"
    """应付合作方: what a partner will get as the customer pays."""
    PARTNER_SETTLEMENT = "partner_settlement"
    """待划付合作方: collected for a partner, to be remitted."""


Leg = tuple[LoanAccount, int]
"""Account and signed units; a debit is positive."""

RECEIVABLE = (
    LoanAccount.PENALTY_RECEIVABLE,
    LoanAccount.FEE_RECEIVABLE,
    LoanAccount.INTEREST_RECEIVABLE,
    LoanAccount.LOAN_PRINCIPAL,
)
"""The account in which each `Part` is owed."""
_INCOME = (LoanAccount.PENALTY_INCOME, LoanAccount.FEE_INCOME, LoanAccount.INTEREST_INCOME)


def legs_of(*, settled: Settled, balances: dict[LoanAccount, int]) -> tuple[Leg, ...]:
    """Return the postings of an event.

    Args:
        settled: what the event did.
        balances: of the accounts before it; a write-off empties the receivables.
    Raises: BookError if the legs do not add up to zero.
    """
    if isinstance(settled.event, Accrued):
        return _accrual_legs(settled)
    amounts: dict[LoanAccount, int] = {}
    for account, units in _raw_legs(settled, balances):
        amounts[account] = amounts.get(account, 0) + units
    legs = tuple((account, units) for account, units in amounts.items() if units)
    check_balanced(legs=legs, event=settled.event)
    return legs


def _accrual_legs(settled: Settled) -> tuple[Leg, ...]:
    """Return the postings of an accrual, of which a loan has thousands: they balance pair by pair."""
    legs: list[Leg] = []
    for income, receivable, units in zip(_INCOME, RECEIVABLE, settled.parts, strict=False):
        if units:
            legs += ((receivable, units), (income, -units))
    return tuple(legs)


def check_balanced(*, legs: Iterable[Leg], event: LoanEvent) -> None:
    """Raise BookError if the legs of an event do not add up to zero."""
    total = sum(units for _, units in legs)
    if total:
        raise BookError("postings of an event do not add up", got=total, expected=0, where={"id": event.id})


def _raw_legs(settled: Settled, balances: dict[LoanAccount, int]) -> Iterable[Leg]:
    event = settled.event
    if isinstance(event, Disbursed):
        yield LoanAccount.LOAN_PRINCIPAL, event.amount
        yield LoanAccount.CLEARING, -event.amount
        yield LoanAccount.CUSTOMER_SUSPENSE, settled.covered
        yield from ((RECEIVABLE[part], -units) for _, part, units in settled.taken)
    elif isinstance(event, Repaid | Prepaid):
        yield from _payment(settled, _source(event), event.amount)
    elif isinstance(event, Refunded):
        yield LoanAccount.CLEARING, -(sum(settled.parts) + settled.covered)
        yield LoanAccount.CUSTOMER_SUSPENSE, settled.covered
        if settled.after_write_off:
            yield LoanAccount.RECOVERY_INCOME, sum(settled.parts)
        else:
            yield from zip(RECEIVABLE, settled.parts, strict=True)
    elif isinstance(event, CreditRefunded | ChargedBack):
        yield from _owed_again(settled, event.amount)
    elif isinstance(event, Waived):
        yield LoanAccount.GOODWILL_EXPENSE, sum(settled.parts)
        yield from ((account, -units) for account, units in zip(RECEIVABLE, settled.parts, strict=True))
    elif isinstance(event, Restructured):
        yield LoanAccount.LOAN_PRINCIPAL, settled.parts[Part.INTEREST]
        yield LoanAccount.INTEREST_RECEIVABLE, -settled.parts[Part.INTEREST]
    elif isinstance(event, WrittenOff):
        for account in RECEIVABLE:
            yield account, -balances.get(account, 0)
            yield LoanAccount.WRITTEN_OFF, balances.get(account, 0)


def _source(event: Repaid | Prepaid) -> LoanAccount:
    goodwill = isinstance(event, Repaid) and event.kind is PaymentKind.GOODWILL_CREDIT
    return LoanAccount.GOODWILL_EXPENSE if goodwill else LoanAccount.CLEARING


def _payment(settled: Settled, source: LoanAccount, amount: int) -> Iterable[Leg]:
    yield source, amount
    yield LoanAccount.CUSTOMER_SUSPENSE, settled.covered - settled.overpaid
    if settled.after_write_off:
        yield LoanAccount.RECOVERY_INCOME, -sum(settled.parts)
    else:
        yield from ((account, -units) for account, units in zip(RECEIVABLE, settled.parts, strict=True))


def _owed_again(settled: Settled, amount: int) -> Iterable[Leg]:
    """Money goes out: first from what is overpaid, the rest is owed, less what the credit settled."""
    yield LoanAccount.CLEARING, -amount
    yield LoanAccount.CUSTOMER_SUSPENSE, settled.covered
    left = amount - settled.covered
    if settled.after_write_off:
        yield LoanAccount.RECOVERY_INCOME, left
        return
    for part in (Part.PENALTY, Part.FEE, Part.INTEREST):
        used = sum(units for _, of, units in settled.taken if of is part)
        units = min(left, max(0, settled.parts[part] - used))
        yield RECEIVABLE[part], units
        left -= units
    yield LoanAccount.LOAN_PRINCIPAL, left
