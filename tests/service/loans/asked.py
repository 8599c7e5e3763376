"""Loans as tests ask for them: a bank's clock, a borrower who may draw, an agreement that is signed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.service.small_bank import Clock

from creditloop.book.plan import RepaymentMethod
from creditloop.lend.products import Customer, LenderPosition
from creditloop.service.bank import Bank
from creditloop.service.loans import (
    BorrowerFacts,
    LoanAgreement,
    LoanAsked,
    Opening,
    agreement_of,
    open_agreed,
    quoted_loan,
)
from creditloop.service.places import Places

START = date(2026, 1, 5)
"""The day on which a small bank's clock stands."""
PARTY = "small_cards/1"
RETAIL = LoanAsked(
    product="retail_line",
    method=RepaymentMethod.EQUAL_INSTALMENT,
    amount_fen=1_200_000,
    rate_annual=Decimal("0.108"),
    start=START,
    term_months=12,
)
"""Twelve thousand over a year, lent three to seven with a partner."""
BULLET = LoanAsked(
    product="bullet_loan",
    method=RepaymentMethod.BULLET,
    amount_fen=5_000_000,
    rate_annual=Decimal("0.06"),
    start=START,
    term_months=6,
)
"""Fifty thousand at the end of half a year, with a fee on what is repaid early."""
WORKING_CAPITAL = LoanAsked(
    product="sme_working_capital",
    method=RepaymentMethod.EQUAL_PRINCIPAL,
    amount_fen=10_000_000,
    rate_annual=Decimal("0.06"),
    start=START,
    term_months=12,
)
"""A hundred thousand to a firm, due on the 20th of each month for the first time after two weeks."""
_TOLD = LenderPosition(
    net_tier1_fen=10**13,
    loans_fen=10**14,
    colending_fen=10**12,
    with_partner_fen={"own": 10**12, "partner_bank": 10**12},
)
MAY_DRAW = BorrowerFacts(
    customer=Customer.PERSON,
    limit_fen=5_000_000,
    owed_fen=0,
    frozen=False,
    dpd=0,
    loan_purpose="consumption",
    region="r01",
    consumer_unsecured_fen=0,
    good_credit_large_need=None,
    lenders={"own": _TOLD, "partner_bank": _TOLD},
)
"""Somebody who may draw; made up (simulated)."""


def agreed(places: Places, *, loan_id: str = "L-1", asked: LoanAsked = RETAIL, **other: Any) -> LoanAgreement:
    """Return an agreement with our customer."""
    quoted = quoted_loan(places, asked=replace(asked, **other))
    return agreement_of(quoted, loan_id=loan_id, party_id=PARTY)


def opened(bank: Bank, *, loan_id: str = "L-1", asked: LoanAsked = RETAIL, **other: Any) -> Opening:
    """Open a loan as it was agreed."""
    agreement = agreed(bank.places, loan_id=loan_id, asked=asked, **other)
    facts = MAY_DRAW if asked is RETAIL else replace(MAY_DRAW, lenders={}, loan_purpose="business")
    if asked is WORKING_CAPITAL:
        facts = replace(facts, customer=Customer.FIRM, limit_fen=20_000_000)
    with bank.work() as work:
        return open_agreed(work, agreement=agreement, facts=facts, signed_hash=agreement.hash)


def move_clock(bank: Bank, day: date, *, hour: int = 10) -> None:
    """Set a small bank's clock to an hour of a day in Beijing."""
    clock = bank.clock
    assert isinstance(clock, Clock)
    clock.at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=8)
