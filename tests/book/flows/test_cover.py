from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.book.flows.small_loans import FIRST, INDEX, MONTHLY, STEPS, small

from creditloop.book.calendars import MONDAY_TO_FRIDAY, BusinessDayConvention
from creditloop.book.flows import (
    Asset,
    Cover,
    Covered,
    CoverFlow,
    Default,
    Exposure,
    Fee,
    FlowKind,
    Market,
    Notice,
    Repayment,
    Side,
    Step,
    Trade,
    cover_flows,
)
from creditloop.book.interest import FEN
from creditloop.kernel.errors import InputError

LOAN = small(repayment=Repayment.EQUAL_PRINCIPAL, principal_steps=STEPS, payment=250_00)
GONE = Default(loan_id="L1", day=date(2024, 3, 16), performance="DF")
GUARANTEE = Cover(
    scale=FEN,
    opened_on=date(2023, 12, 31),
    covered=[Covered(loan_id="L1", terms=LOAN), Covered(loan_id="L2", terms=small(principal=500_00))],
    performances=frozenset({"DF"}),
    purchase=Trade(day=date(2024, 1, 1), price=10_00),
)
PRICES = Market(series={"GOLD": [(date(2024, 1, 1), Decimal("450.00"))]})


def lines(rows: list[CoverFlow]) -> list[str]:
    return [f"{row.day:%m-%d} {row.kind} {row.amount} | {row.principal} {row.called}" for row in rows]


def test_a_guarantee_pays_what_the_loans_stand_at() -> None:
    assert lines(cover_flows(cover=GUARANTEE, defaults=[GONE])) == [
        "01-01 purchased -1000 | 150000 0",
        "03-16 called 0 | 100000 100000",
        "03-16 settled 100000 | 0 100000",
    ]


def test_the_guarantor_pays_what_the_protected_one_receives() -> None:
    sold = replace(GUARANTEE, side=Side.BORROWER)
    pairs = zip(
        cover_flows(cover=GUARANTEE, defaults=[GONE]), cover_flows(cover=sold, defaults=[GONE]), strict=True
    )
    assert all((ours.amount, ours.called) == (-theirs.amount, -theirs.called) for ours, theirs in pairs)


@pytest.mark.parametrize(
    "default",
    [
        replace(GONE, loan_id="L3"),
        replace(GONE, performance="DQ"),
        replace(GONE, day=date(2024, 6, 1)),
        replace(GONE, day=date(2023, 12, 31)),
    ],
)
def test_other_events_do_not_call_it(default: Default) -> None:
    assert lines(cover_flows(cover=GUARANTEE, defaults=[default]))[1:] == ["05-01 matured 0 | 0 0"]


def test_a_part_is_covered_with_interest_and_settled_later_on_a_business_day() -> None:
    cover = replace(
        GUARANTEE,
        coverage=Decimal("0.5"),
        exposure=Exposure.PRINCIPAL_AND_INTEREST,
        settlement=Notice(days=15),
        convention=BusinessDayConvention.FOLLOWING,
        business_days=MONDAY_TO_FRIDAY,
    )
    called, settled = cover_flows(cover=cover, defaults=[GONE])[1:]
    assert called.principal == 502_50  # half of 1,000 yuan and 15 days at 1 % a month
    assert (settled.day, settled.amount) == (date(2024, 4, 1), 502_50)  # 31 March is a Sunday
    on_top = replace(cover, interest_to_settlement=True)
    assert cover_flows(cover=on_top, defaults=[GONE])[-1].amount == 502_50 + 4_67  # 14 days of 10 yuan


def test_collateral_pays_no_more_than_it_is_worth() -> None:
    collateral = replace(
        GUARANTEE, purchase=None, assets=[Asset(index="GOLD"), Asset(index="GOLD", quantity=Decimal("0.5"))]
    )
    rows = cover_flows(cover=collateral, defaults=[GONE], market=PRICES)
    assert lines(rows) == ["03-16 called 0 | 100000 67500", "03-16 settled 67500 | 0 67500"]


def test_a_stated_amount_needs_no_terms_of_the_loan() -> None:
    stated = replace(
        GUARANTEE, covered=[Covered(loan_id="L1")], principal=800_00, maturity=date(2024, 12, 31)
    )
    assert cover_flows(cover=stated, defaults=[GONE])[-1].amount == 800_00
    assert cover_flows(cover=stated, until=date(2024, 6, 1))[-1].kind is FlowKind.PURCHASED


def test_the_market_values_the_loan() -> None:
    valued = replace(
        GUARANTEE,
        covered=[Covered(loan_id="L1", terms=LOAN, index="CPI")],
        exposure=Exposure.MARKET_VALUE,
    )
    assert cover_flows(cover=valued, defaults=[GONE], market=INDEX)[-1].amount == 150_00


def test_fees_are_due_until_the_call() -> None:
    steps = (Step(anchor=FIRST, cycle=MONTHLY),)
    by_amount = replace(GUARANTEE, fee=Fee(amount=2_00), fee_steps=steps)
    fees = [row for row in cover_flows(cover=by_amount, defaults=[GONE]) if row.kind is FlowKind.FEE_DUE]
    assert [(row.day.month, row.amount) for row in fees] == [(2, 2_00), (3, 2_00)]
    by_rate = replace(GUARANTEE, fee=Fee(rate=Decimal("0.0365")), fee_steps=steps)
    fees = [row for row in cover_flows(cover=by_rate) if row.kind is FlowKind.FEE_DUE]
    assert [row.amount for row in fees] == [388, 290, 233, 0]  # 31, 29, 31 days; at the end nothing is owed


def test_what_cannot_be_worked_out_is_refused() -> None:
    with pytest.raises(InputError, match="no last day"):
        cover_flows(cover=replace(GUARANTEE, covered=[Covered(loan_id="L1")]))
    with pytest.raises(InputError, match="not stated"):
        cover_flows(
            cover=replace(GUARANTEE, covered=[Covered(loan_id="L1")], maturity=date(2024, 12, 31)),
            defaults=[GONE],
        )
