from datetime import date
from decimal import Decimal

import pytest
from tests.book.flows.small_loans import FIRST, INDEX, MONTHLY, STEPS, lines, small

from creditloop.book.flows import (
    Fee,
    FlowKind,
    InterestBase,
    Notice,
    Penalty,
    PenaltyKind,
    RateStep,
    Repayment,
    Reset,
    Scaling,
    Step,
    Terms,
    Unscheduled,
    flows,
)
from creditloop.book.flows.transitions import TRANSITIONS
from creditloop.kernel.errors import InputError

PREPAID = Unscheduled(kind=FlowKind.PREPAID, day=date(2024, 2, 16), amount=400_00)
EQUAL = {"repayment": Repayment.EQUAL_PRINCIPAL, "principal_steps": STEPS}
LEVEL = {"repayment": Repayment.EQUAL_INSTALMENT, "principal_steps": STEPS}


def of(kind: FlowKind, terms: Terms, *events: Unscheduled) -> list[str]:
    return lines(row for row in flows(terms=terms, market=INDEX, unscheduled=events) if row.kind is kind)


def test_every_kind_has_its_transition() -> None:
    assert set(TRANSITIONS) == set(FlowKind)


def test_a_prepayment_takes_principal_off_and_interest_follows() -> None:
    assert of(FlowKind.PREPAID, small(), PREPAID) == ["02-16 prepaid 40000 | 60000 500"]
    assert of(FlowKind.INTEREST_DUE, small(), PREPAID)[1] == "03-01 interest_due 800 | 60000 0"


def test_a_prepayment_takes_no_more_than_is_outstanding() -> None:
    much = Unscheduled(kind=FlowKind.PREPAID, day=date(2024, 2, 16), amount=5000_00)
    assert of(FlowKind.PREPAID, small(), much) == ["02-16 prepaid 100000 | 0 500"]
    assert of(FlowKind.MATURED, small(), much) == ["05-01 matured 0 | 0 0"]


@pytest.mark.parametrize("kind", [EQUAL, LEVEL], ids=["equal principal", "equal instalment"])
def test_a_prepayment_shortens_the_loan_or_shrinks_its_payments(kind: dict[str, object]) -> None:
    shorter = flows(terms=small(**kind), unscheduled=[PREPAID])
    smaller = flows(terms=small(**kind, refix_after_prepayment=True), unscheduled=[PREPAID])
    last = [rows[-1].amount for rows in (shorter, smaller)]
    assert last[0] < last[1]
    due = [[row.amount for row in rows if row.kind is FlowKind.PRINCIPAL_DUE] for rows in (shorter, smaller)]
    assert due[0][0] == due[1][0]
    assert due[0][1] > due[1][1]


def test_planned_prepayments_read_their_amount() -> None:
    planned = small(prepayment_steps=(Step(anchor=FIRST, cycle=MONTHLY),), prepayment_index="PREPAID")
    assert of(FlowKind.PREPAID, planned)[0] == "02-01 prepaid 10000 | 90000 1000"


@pytest.mark.parametrize(
    ("penalty", "amount"),
    [
        (Penalty(kind=PenaltyKind.AMOUNT, amount=50_00), 5000),
        (Penalty(kind=PenaltyKind.PRINCIPAL, rate=Decimal("0.024")), 100),  # 15 days of 2.4 %
        (Penalty(kind=PenaltyKind.INTEREST_DIFFERENCE), 0),  # the market pays more
    ],
)
def test_penalties_for_paying_early(penalty: Penalty, amount: int) -> None:
    terms = small(penalty=penalty, reset=Reset(index="LPR"))
    assert of(FlowKind.PENALTY_DUE, terms, PREPAID) == [f"02-16 penalty_due {amount} | 100000 500"]


def test_a_penalty_is_the_interest_the_bank_loses() -> None:
    terms = small(
        rate=Decimal("0.30"), penalty=Penalty(kind=PenaltyKind.INTEREST_DIFFERENCE), reset=Reset(index="LPR")
    )
    assert of(FlowKind.PENALTY_DUE, terms, PREPAID) == ["02-16 penalty_due 250 | 100000 1250"]


def test_fees_by_amount_and_by_rate() -> None:
    fee = small(fee=Fee(amount=8_00), fee_steps=STEPS)
    assert [line.split()[2] for line in of(FlowKind.FEE_DUE, fee)] == ["800"] * 4
    rate = small(fee=Fee(rate=Decimal("0.036")), fee_steps=STEPS)
    assert [line.split()[2] for line in of(FlowKind.FEE_DUE, rate, PREPAID)] == ["300", "240", "180", "180"]
    with pytest.raises(InputError, match="state none"):
        flows(terms=small(fee_steps=STEPS))


def test_a_rate_is_reset_within_its_bounds_and_fixed_where_it_is_known() -> None:
    steps = (RateStep(anchor=FIRST, cycle=MONTHLY),)
    reset = Reset(index="LPR", spread=Decimal("0.01"), fixed_rate=Decimal("0.2"), change_max=Decimal("0.01"))
    rows = flows(terms=small(rate_steps=steps, reset=reset), market=INDEX)
    rates = {
        row.day.month: row.rate for row in rows if row.kind in {FlowKind.RATE_FIXED, FlowKind.RATE_RESET}
    }
    assert rates == {2: (1, 5), 3: (7, 100), 4: (7, 100)}


def test_steps_of_the_rate_state_it_or_its_spread() -> None:
    steps = (
        RateStep(anchor=FIRST, rate=Decimal("0.24")),
        RateStep(anchor=date(2024, 3, 1), spread=Decimal("0.06")),
    )
    rows = flows(terms=small(rate_steps=steps, reset=Reset(index="LPR")), market=INDEX)
    assert [row.amount for row in rows if row.kind is FlowKind.INTEREST_DUE] == [1000, 2000, 1000, 1000]


def test_a_stated_instalment_follows_the_rate_too() -> None:
    steps = (RateStep(anchor=FIRST, rate=Decimal(0)),)
    rows = flows(terms=small(**LEVEL, payment=300_00, rate_steps=steps))
    assert [row.amount for row in rows if row.kind is FlowKind.PRINCIPAL_DUE] == [290_00, 236_67, 236_67]


def test_the_base_of_interest_can_lag_or_stay() -> None:
    def interest(base: InterestBase) -> list[int]:
        terms = small(
            **EQUAL,
            payment=250_00,
            interest_base=base,
            base_steps=(Step(anchor=date(2024, 3, 1), cycle=MONTHLY),)
            if base is InterestBase.LAGGING
            else (),
        )
        return [row.amount for row in flows(terms=terms) if row.kind is FlowKind.INTEREST_DUE]

    assert interest(InterestBase.OUTSTANDING) == [1000, 750, 500, 250]
    assert interest(InterestBase.LAGGING) == [1000, 1000, 500, 250]
    assert interest(InterestBase.AT_DISBURSEMENT) == [1000] * 4


def test_amounts_follow_an_index() -> None:
    scaling = Scaling(index="CPI", index_at_start=Decimal(100), scales_interest=True, scales_principal=True)
    rows = flows(terms=small(scaling=scaling, scaling_steps=(Step(anchor=date(2024, 3, 1)),)), market=INDEX)
    due = {FlowKind.INTEREST_DUE, FlowKind.MATURED}
    assert [row.amount for row in rows if row.kind in due] == [1000, 1000, 1500, 1500, 150000]


def test_a_call_fixes_the_interest_that_its_settlement_pays() -> None:
    called = Unscheduled(kind=FlowKind.CALLED, day=date(2024, 2, 16))
    on_call = {"maturity": None, "always_capitalised": True}
    later = flows(terms=small(**on_call, notice=Notice(months=1)), unscheduled=[called])
    assert lines(later)[-3:] == [
        "02-16 called 0 | 101000 0",
        "03-16 interest_due 505 | 101000 0",
        "03-16 settled 101000 | 0 0",
    ]
    at_once = flows(terms=small(**on_call, notice=Notice()), unscheduled=[called])
    assert lines(at_once)[-3:] == [
        "02-16 called 0 | 101000 505",
        "02-16 interest_due 505 | 101000 0",
        "02-16 settled 101000 | 0 0",
    ]


def test_interest_whose_first_date_lies_before_the_loan_is_counted_from_there() -> None:
    early = small(interest_steps=(Step(anchor=date(2023, 12, 1), cycle=MONTHLY),))
    assert of(FlowKind.DISBURSED, early) == ["01-01 disbursed -100000 | 100000 1000"]
    stated = small(accrued=3_00, discount=-20_00)
    assert of(FlowKind.DISBURSED, stated) == ["01-01 disbursed -98000 | 100000 300"]


def test_withdrawals_and_repayments_of_an_open_account() -> None:
    events = [
        Unscheduled(kind=FlowKind.PRINCIPAL_DRAWN, day=date(2024, 1, 10), amount=100_00),
        Unscheduled(kind=FlowKind.PRINCIPAL_DUE, day=date(2024, 1, 20), amount=300_00),
    ]
    terms = small(maturity=None, open_ended=True, always_capitalised=True)
    rows = flows(terms=terms, unscheduled=events, until=date(2024, 1, 25))
    assert [row.amount for row in rows] == [-1000_00, -100_00, 300_00]
    assert rows[-1].principal == 800_00


def test_principal_that_is_due_without_an_amount_is_refused() -> None:
    with pytest.raises(InputError, match="no payment is fixed"):
        flows(terms=small(repayment=Repayment.FIXED_PAYMENT, principal_steps=STEPS))
