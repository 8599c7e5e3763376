"""Each lender's part of a joint loan (联合贷款分摊): a function of running totals, so that nothing drifts.

What a partner is owed follows from totals over the loan's whole life: what was paid out, what was earned,
lost and collected. Each total is split by the shares and rounded once; what an event posts for a partner is
the difference it makes. So every cumulative part stays within a fen of the share, over any number of events.

    partner_payable      what the partner will get as the customer pays: paid out + earned - lost - collected
    partner_settlement   what was collected for the partner and is to be remitted
"""

from collections.abc import Mapping

from creditloop.book.loans.postings import RECEIVABLE, LoanAccount
from creditloop.book.split import Shares

RESULT = (
    LoanAccount.INTEREST_INCOME,
    LoanAccount.FEE_INCOME,
    LoanAccount.PENALTY_INCOME,
    LoanAccount.GOODWILL_EXPENSE,
    LoanAccount.WRITTEN_OFF,
    LoanAccount.RECOVERY_INCOME,
)
"""Income and losses, of which every lender bears a part (损益科目)."""

LenderLeg = tuple[LoanAccount, str, int]
"""Account, lender and signed units; a debit is positive."""


def lender_legs(
    *,
    before: Mapping[LoanAccount, int],
    after: Mapping[LoanAccount, int],
    disbursed: tuple[int, int],
    shares: Shares,
) -> tuple[LenderLeg, ...]:
    """Return what is posted for each lender as a loan's balances change.

    Args:
        before, after: balances of the accounts of the whole loan, debit positive.
        disbursed: paid out in all, before and after.
        shares: the lenders, ourselves first.
    Returns: legs that add up to zero, by account and lender; accounts but the partners' are ours.
    """
    old, new = _standing(before, disbursed[0], shares), _standing(after, disbursed[1], shares)
    keys = sorted(
        {*old, *new}, key=lambda key: (list(LoanAccount).index(key[0]), shares.parties.index(key[1]))
    )
    moved = (
        (account, lender, new.get((account, lender), 0) - old.get((account, lender), 0))
        for account, lender in keys
    )
    return tuple(leg for leg in moved if leg[2])


def _standing(
    balances: Mapping[LoanAccount, int], disbursed: int, shares: Shares
) -> dict[tuple[LoanAccount, str], int]:
    """Return every lender's balances out of those of the whole loan."""
    own, partners = shares.parties[0], shares.parties[1:]
    found = {(account, own): units for account, units in balances.items()}
    if not partners:
        return found
    earned = {account: -balances.get(account, 0) for account in RESULT}
    owed = sum(balances.get(account, 0) for account in RECEIVABLE)
    collected = _split(disbursed + sum(earned.values()) - owed, shares)
    funded = _split(disbursed, shares)
    parts = {account: _split(units, shares) for account, units in earned.items()}
    for lender in partners:
        due = funded[lender] + sum(part[lender] for part in parts.values()) - collected[lender]
        found[LoanAccount.PARTNER_PAYABLE, lender] = -due
        found[LoanAccount.PARTNER_SETTLEMENT, lender] = -collected[lender]
    for account, part in parts.items():
        found[account, own] = -part[own]
    clearing = LoanAccount.CLEARING, own
    found[clearing] = found.get(clearing, 0) + sum(funded[lender] for lender in partners)
    return found


def _split(units: int, shares: Shares) -> dict[str, int]:
    """Split a running total among the lenders."""
    return dict(zip(shares.parties, shares.parts(units), strict=True))
