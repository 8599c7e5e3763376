"""Loans whose lives are told by hand, for changes that are planted in the auditor's export."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from tests.book.invariants.loan_lives import START, Life
from tests.book.loan_store.stored_loans import RULES, terms

from creditloop.book.calendars import Cycle
from creditloop.book.loans import (
    Allocation,
    Charged,
    ChargedBack,
    CreditRefunded,
    DpdSwitch,
    LoanEvent,
    Part,
    Prepaid,
    RateReset,
    Refunded,
    Repaid,
    Restructured,
    Reversed,
    Waived,
    WrittenOff,
    cells_of,
)

PRINCIPAL_FIRST = Allocation(cells=cells_of(order=(Part.PRINCIPAL, Part.INTEREST, Part.FEE, Part.PENALTY)))
GRACE = replace(
    RULES,
    penalties=(replace(RULES.penalties[0], grace_days=5, grace_is_charged=False),),
    dpd_grace_days=5,
    by_dpd=(DpdSwitch(above_dpd=20, allocation=PRINCIPAL_FIRST),),
)
Step = tuple[type[LoanEvent], int, int, dict[str, object]]
"""Kind of event, day after the pay-out on which it is booked, days before from which it counts, values."""


def _life(*steps: Step, graced: bool = False) -> Life:
    life = Life(terms=terms(start=START), rules=GRACE if graced else RULES)
    for of, day, back, values in steps:
        life.today = START + timedelta(days=day)
        event = life.event(of, life.today - timedelta(days=back), **values)
        assert life.book(event) is not None, event
    return life


def named_lives() -> dict[str, Life]:
    """Return loans that are late, prepaid, found later, paid back, given new terms, lost."""
    fee: dict[str, object] = {"amount": 30_00, "part": Part.FEE}
    new_terms: dict[str, object] = {
        "first_due": START + timedelta(days=70),
        "cycle": Cycle(months=1),
        "count": 3,
        "rate": Decimal("0.05"),
        "capitalise": True,
    }
    return {
        "on time": _life(*((Repaid, day, 0, {"amount": 4_048_00}) for day in (29, 60, 90))),
        "late": _life(
            (Repaid, 48, 0, {"amount": 3_000_00}),
            (Charged, 58, 0, {**fee, "due": START + timedelta(days=58)}),
            (Waived, 59, 0, {"amount": 10_00, "part": Part.FEE}),
            (Repaid, 80, 0, {"amount": 2_222_22}),
            graced=True,
        ),
        "in grace": _life(
            (Repaid, 32, 0, {"amount": 4_100_00}), (Repaid, 100, 0, {"amount": 7_000_00}), graced=True
        ),
        "found later": _life(
            (Repaid, 45, 0, {"amount": 1_000_00}),
            (Repaid, 70, 35, {"amount": 3_000_00}),
            (Reversed, 75, 30, {"event_id": "e2"}),
        ),
        "prepaid, then a payment found": _life(
            (Prepaid, 40, 0, {"amount": 5_000_00}),
            (Prepaid, 64, 0, {"amount": 3_000_00}),
            (Repaid, 80, 50, {"amount": 500_00}),
            (Reversed, 85, 45, {"event_id": "e2"}),
        ),
        "another rate, undone": _life(
            (Repaid, 31, 0, {"amount": 4_000_00}),
            (RateReset, 40, 0, {"rate": Decimal("0.09")}),
            (Restructured, 50, 0, new_terms),
            (Reversed, 90, 50, {"event_id": "e3"}),
        ),
        "paid back": _life(
            (Repaid, 31, 0, {"amount": 13_000_00}),
            (CreditRefunded, 35, 0, {"amount": 500_00}),
            (Refunded, 40, 0, {"amount": 2_000_00}),
            (ChargedBack, 70, 10, {"amount": 1_000_00, "payment_id": "e2"}),
        ),
        "lost": _life((WrittenOff, 95, 0, {}), (Repaid, 100, 0, {"amount": 500_00})),
    }
