from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.book.flows.small_loans import FIRST, INDEX, MONTHLY, STEPS, lines, small

from creditloop.book.calendars import Cycle
from creditloop.book.flows import (
    FlowKind,
    PrincipalStep,
    RateStep,
    Repayment,
    Reset,
    Side,
    Step,
    Terms,
    Trade,
    Unscheduled,
    flows,
    standing,
)
from creditloop.kernel.errors import InputError

TABLES = {
    "interest first": (
        small(maturity=date(2024, 3, 1)),
        """
        01-01 disbursed -100000 | 100000 0
        02-01 interest_due 1000 | 100000 0
        03-01 interest_due 1000 | 100000 0
        03-01 matured 100000 | 0 0
        """,
    ),
    "equal principal": (
        small(repayment=Repayment.EQUAL_PRINCIPAL, principal_steps=STEPS, maturity=date(2024, 4, 1)),
        """
        01-01 disbursed -100000 | 100000 0
        02-01 principal_due 33333 | 66667 1000
        02-01 interest_due 1000 | 66667 0
        03-01 principal_due 33333 | 33334 667
        03-01 interest_due 667 | 33334 0
        04-01 interest_due 333 | 33334 0
        04-01 matured 33334 | 0 0
        """,
    ),
    "equal instalment": (
        small(repayment=Repayment.EQUAL_INSTALMENT, principal_steps=STEPS, maturity=date(2024, 4, 1)),
        """
        01-01 disbursed -100000 | 100000 0
        01-31 payment_fixed 0 | 100000 967
        02-01 principal_due 33002 | 66998 1000
        02-01 interest_due 1000 | 66998 0
        03-01 principal_due 33332 | 33666 670
        03-01 interest_due 670 | 33666 0
        04-01 interest_due 337 | 33666 0
        04-01 matured 33666 | 0 0
        """,
    ),
    "fixed payment until it is repaid": (
        small(repayment=Repayment.FIXED_PAYMENT, principal_steps=STEPS, maturity=None, payment=400_00),
        """
        01-01 disbursed -100000 | 100000 0
        02-01 principal_due 39000 | 61000 1000
        02-01 interest_due 1000 | 61000 0
        03-01 principal_due 39390 | 21610 610
        03-01 interest_due 610 | 21610 0
        04-01 interest_due 216 | 21610 0
        04-01 matured 21610 | 0 0
        """,
    ),
    "a payment below the interest lets the principal grow": (
        small(
            repayment=Repayment.FIXED_PAYMENT,
            principal_steps=STEPS,
            maturity=date(2024, 3, 1),
            payment=5_00,
        ),
        """
        01-01 disbursed -100000 | 100000 0
        02-01 principal_due -500 | 100500 1000
        02-01 interest_due 1000 | 100500 0
        03-01 interest_due 1005 | 100500 0
        03-01 matured 100500 | 0 0
        """,
    ),
    "drawn and repaid in steps": (
        small(
            repayment=Repayment.STEPPED,
            maturity=None,
            principal_steps=(
                PrincipalStep(anchor=FIRST, amount=500_00, drawn=True),
                PrincipalStep(anchor=date(2024, 3, 1), cycle=MONTHLY, amount=750_00),
            ),
        ),
        """
        01-01 disbursed -100000 | 100000 0
        02-01 principal_drawn -50000 | 150000 1000
        02-01 interest_due 1000 | 150000 0
        03-01 principal_due 75000 | 75000 1500
        03-01 interest_due 1500 | 75000 0
        04-01 interest_due 750 | 75000 0
        04-01 matured 75000 | 0 0
        """,
    ),
    "repaid before its last day": (
        small(
            repayment=Repayment.EQUAL_PRINCIPAL,
            principal_steps=STEPS,
            payment=600_00,
            maturity=date(2024, 5, 1),
        ),
        """
        01-01 disbursed -100000 | 100000 0
        02-01 principal_due 60000 | 40000 1000
        02-01 interest_due 1000 | 40000 0
        03-01 principal_due 40000 | 0 400
        03-01 interest_due 400 | 0 0
        04-01 principal_due 0 | 0 0
        04-01 interest_due 0 | 0 0
        05-01 interest_due 0 | 0 0
        05-01 matured 0 | 0 0
        """,
    ),
    "capitalised, then paid": (
        small(maturity=date(2024, 4, 1), capitalised_until=date(2024, 2, 16)),
        """
        01-01 disbursed -100000 | 100000 0
        02-01 interest_capitalised 0 | 101000 0
        02-16 interest_capitalised 0 | 101505 0
        03-01 interest_due 508 | 101505 0
        04-01 interest_due 1015 | 101505 0
        04-01 matured 101505 | 0 0
        """,
    ),
    "the last day bears interest too": (
        small(maturity=date(2024, 1, 31), maturity_closes_day=True, interest_steps=()),
        """
        01-01 disbursed -100000 | 100000 0
        01-31 interest_due 1000 | 100000 0
        01-31 matured 100000 | 0 0
        """,
    ),
}


@pytest.mark.parametrize(("terms", "expected"), TABLES.values(), ids=TABLES)
def test_known_loans(terms: Terms, expected: str) -> None:
    assert lines(flows(terms=terms)) == [line.strip() for line in expected.strip().splitlines()]


@pytest.mark.parametrize("terms", [terms for terms, _ in TABLES.values()], ids=TABLES)
def test_the_borrowers_book_is_the_lenders_with_the_other_sign(terms: Terms) -> None:
    lent = flows(terms=terms)
    borrowed = flows(terms=replace(terms, side=Side.BORROWER))
    assert [(-row.amount, -row.principal, -row.accrued) for row in borrowed] == [
        (row.amount, row.principal, row.accrued) for row in lent
    ]


def test_a_buyer_sees_what_comes_after_the_purchase() -> None:
    bought = small(purchase=Trade(day=date(2024, 2, 16), price=990_00))
    assert lines(flows(terms=bought))[:2] == [
        "02-16 purchased -99500 | 100000 500",
        "03-01 interest_due 1000 | 100000 0",
    ]


def test_a_sale_ends_the_loan_with_the_interest_of_its_day() -> None:
    sold = small(termination=Trade(day=date(2024, 2, 16), price=990_00, closes_day=True))
    assert lines(flows(terms=sold))[-1] == "02-16 terminated 99533 | 0 0"


def test_nothing_is_paid_after_a_default() -> None:
    gone = Unscheduled(kind=FlowKind.DEFAULTED, day=date(2024, 2, 10))
    rows = flows(terms=small(), unscheduled=[gone])
    assert [row.amount for row in rows if row.day > date(2024, 2, 10)] == [0] * 4
    assert rows[1].amount == 1000


def test_an_open_loan_is_worked_out_up_to_a_day() -> None:
    saving = small(maturity=None, open_ended=True, always_capitalised=True)
    with pytest.raises(InputError, match="no last day"):
        flows(terms=saving)
    assert lines(flows(terms=saving, until=date(2024, 3, 15)))[1:] == [
        "02-01 interest_capitalised 0 | 101000 0",
        "03-01 interest_capitalised 0 | 102010 0",
    ]


def test_what_a_loan_stands_at_on_a_day() -> None:
    terms = small(repayment=Repayment.EQUAL_PRINCIPAL, principal_steps=STEPS, payment=250_00)
    state = standing(terms=terms, day=date(2024, 2, 16))
    assert (state.principal, state.accrued) == (750_00, (375, 1))
    assert standing(terms=terms, day=date(2023, 12, 31)).principal == 0
    assert standing(terms=terms, day=date(2025, 1, 1)).principal == 0
    with pytest.raises(InputError, match="not open then"):
        standing(terms=terms, day=date(2023, 12, 30))


LOANS = st.builds(
    small,
    repayment=st.sampled_from([Repayment.EQUAL_PRINCIPAL, Repayment.EQUAL_INSTALMENT]),
    principal=st.integers(1, 10**11),
    rate=st.decimals("0", "0.4", places=5),
    maturity=st.dates(date(2024, 3, 2), date(2027, 1, 1)),
    principal_steps=st.just(STEPS),
    interest_steps=st.sampled_from([STEPS, ()]),
    carry_remainders=st.booleans(),
) | st.builds(
    small,
    principal=st.integers(1, 10**11),
    rate=st.decimals("0", "0.4", places=5),
    maturity=st.dates(date(2024, 3, 2), date(2027, 1, 1)),
    interest_steps=st.sampled_from([STEPS, (), (Step(anchor=FIRST, cycle=Cycle(days=20)),)]),
    carry_remainders=st.booleans(),
)
EVENTS = st.lists(
    st.builds(
        Unscheduled,
        kind=st.just(FlowKind.PREPAID),
        day=st.integers(1, 700).map(lambda days: date(2024, 1, 1) + timedelta(days=days)),
        amount=st.integers(0, 10**10),
    ),
    max_size=4,
)
PRINCIPAL = {FlowKind.DISBURSED, FlowKind.PRINCIPAL_DUE, FlowKind.PREPAID, FlowKind.MATURED}


@given(terms=LOANS, events=EVENTS)
@settings(max_examples=60)
def test_principal_comes_back_whatever_is_prepaid(terms: Terms, events: list[Unscheduled]) -> None:
    rows = flows(terms=terms, unscheduled=events)
    assert sum(row.amount for row in rows if row.kind in PRINCIPAL) == 0
    assert (rows[-1].principal, rows[-1].accrued) == (0, 0)
    assert [row.day for row in rows] == sorted(row.day for row in rows)


@given(terms=LOANS, rate=st.decimals("0", "0.4", places=5))
@settings(max_examples=40)
def test_a_higher_rate_never_costs_less(terms: Terms, rate: Decimal) -> None:
    assert terms.rate is not None
    low, high = sorted((terms.rate, rate))
    cost = [sum(row.amount for row in flows(terms=replace(terms, rate=one))) for one in (low, high)]
    slack = len(flows(terms=terms))  # each date rounds to the fen
    assert cost[0] <= cost[1] + slack


@given(terms=LOANS, day=st.dates(date(2024, 1, 1), date(2024, 3, 1)))
@settings(max_examples=40)
def test_looking_at_a_loan_changes_nothing(terms: Terms, day: date) -> None:
    looked = Unscheduled(kind=FlowKind.OBSERVED, day=day)
    rows = [row for row in flows(terms=terms, unscheduled=[looked]) if row.kind is not FlowKind.OBSERVED]
    assert rows == flows(terms=terms)


def test_a_reset_reads_the_market_and_refixes_the_instalment() -> None:
    rows = flows(
        terms=small(
            repayment=Repayment.EQUAL_INSTALMENT,
            principal_steps=STEPS,
            rate_steps=(RateStep(anchor=date(2024, 3, 1)),),
            reset=Reset(index="LPR"),
        ),
        market=INDEX,
    )
    kinds = [row.kind for row in rows if row.day == date(2024, 3, 1)]
    assert kinds == [
        FlowKind.PRINCIPAL_DUE,
        FlowKind.INTEREST_DUE,
        FlowKind.RATE_RESET,
        FlowKind.PAYMENT_FIXED,
    ]
    assert rows[-1].rate == (3, 50)
    payments = {
        day: sum(row.amount for row in rows if row.day == day) for day in (date(2024, 3, 1), date(2024, 4, 1))
    }
    assert payments[date(2024, 3, 1)] > payments[date(2024, 4, 1)]
