"""How a lender's part came about (出资方分摊): its share of running totals, rounded, less what it was."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from creditloop.book.explaining.steps import Explanation, How, Step, Term
from creditloop.book.loans import LoanAccount
from creditloop.book.loans.lenders import RESULT
from creditloop.book.loans.postings import RECEIVABLE
from creditloop.book.split import Shares
from creditloop.kernel.errors import InputError

Balances = Mapping[LoanAccount, int]


def explain_split(
    *, before: int, after: int, shares: Shares, lender: str, day: date, what: str, event_id: str | None = None
) -> Explanation:
    """Return how a lender's part of a running total grew.

    Args:
        before, after: the total, units; of an accrual all income ever accrued.
        what: names the total.
    """
    step = _share(before, after, shares, lender, day, event_id, None, 1)
    return Explanation(what=what, subject=lender, amount=step.amount, steps=(step,))


def explain_lender_leg(
    *,
    account: LoanAccount,
    lender: str,
    amount: int,
    before: tuple[Balances, int],
    after: tuple[Balances, int],
    shares: Shares,
    day: date,
    event_id: str,
) -> Explanation:
    """Return how what an event posted for a lender on an account came about.

    Args:
        account: one of the partners' two, or income or a loss of ours.
        amount: as posted, debit positive.
        before, after: the loan's balances and what was paid out in all, without the event and with it.
    Raises: InputError if the account is not split: it stands with us alone.
    """
    old, new = _totals(*before), _totals(*after)
    if account in RESULT and lender == shares.parties[0]:
        wanted = {account: -1}
    elif account is LoanAccount.PARTNER_SETTLEMENT and lender != shares.parties[0]:
        wanted = {LoanAccount.CLEARING: -1}
    elif account is LoanAccount.PARTNER_PAYABLE and lender != shares.parties[0]:
        wanted = {LoanAccount.LOAN_PRINCIPAL: -1, **dict.fromkeys(RESULT, -1), LoanAccount.CLEARING: 1}
    elif account is LoanAccount.CLEARING and lender == shares.parties[0]:
        return _clearing(amount, before, after, shares, day, event_id)
    else:
        raise InputError("this account is not split among lenders", got=f"{account} of {lender}")
    steps = [
        _share(old[total], new[total], shares, lender, day, event_id, total, sign)
        for total, sign in wanted.items()
        if old[total] != new[total]
    ]
    return Explanation(what=account.value, subject=lender, amount=amount, steps=tuple(steps))


def _totals(balances: Balances, disbursed: int) -> dict[LoanAccount, int]:
    """Return the running totals that are split: paid out, each income and loss, and what was collected.

    Paid out stands under the principal's account, collected under the clearing account.
    """
    results = {account: -balances.get(account, 0) for account in RESULT}
    owed = sum(balances.get(account, 0) for account in RECEIVABLE)
    collected = disbursed + sum(results.values()) - owed
    return {**results, LoanAccount.LOAN_PRINCIPAL: disbursed, LoanAccount.CLEARING: collected}


def _clearing(
    amount: int,
    before: tuple[Balances, int],
    after: tuple[Balances, int],
    shares: Shares,
    day: date,
    event_id: str,
) -> Explanation:
    """Return what moved of our money: what went in or out, less what the partners funded of a pay-out."""
    moved = after[0].get(LoanAccount.CLEARING, 0) - before[0].get(LoanAccount.CLEARING, 0)
    steps = [
        Step(
            how=How.MOVED,
            amount=moved,
            result=moved,
            added=moved,
            day=day,
            event_id=event_id,
            account=LoanAccount.CLEARING,
        )
    ]
    if before[1] != after[1]:
        steps += [
            _share(before[1], after[1], shares, lender, day, event_id, LoanAccount.LOAN_PRINCIPAL, 1)
            for lender in shares.parties[1:]
        ]
    return Explanation(
        what=LoanAccount.CLEARING.value, subject=shares.parties[0], amount=amount, steps=tuple(steps)
    )


def _share(
    before: int,
    after: int,
    shares: Shares,
    lender: str,
    day: date,
    event_id: str | None,
    account: LoanAccount | None,
    sign: int,
) -> Step:
    at = shares.parties.index(lender)
    result, was = sign * shares.parts(after)[at], sign * shares.parts(before)[at]
    term = Term(base=sign * after, part=Fraction(shares.share(lender)))
    return Step(
        how=How.SHARE,
        amount=result - was,
        result=result,
        was=was,
        day=day,
        event_id=event_id,
        terms=(term,),
        account=account,
    )
