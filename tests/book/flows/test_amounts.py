from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.book.flows.small_loans import FIRST, MONTHLY, STEPS, small

from creditloop.book.calendars import Cycle
from creditloop.book.flows import NO_MARKET, Fee, Repayment, Scaling, Step, Terms
from creditloop.book.flows.amounts import Run, accrue, equal_instalment, equal_principal, opening
from creditloop.book.flows.dates import life_of

RUNNING = {"opened_on": date(2024, 2, 15)}
LEVEL = {"repayment": Repayment.EQUAL_INSTALMENT, "principal_steps": STEPS}


def run_of(terms: Terms) -> Run:
    return Run(terms=terms, market=NO_MARKET, life=life_of(terms, unscheduled=(), until=None))


@pytest.mark.parametrize(
    ("changes", "accrued"),
    [
        ({}, (140_00, 30)),  # 14 days of 10 yuan a month since 1 February
        ({"accrued": 7_00}, (700, 1)),
        ({"interest_steps": ()}, (440_00, 30)),  # 44 days since the disbursement
        ({"interest_steps": (Step(cycle=Cycle(months=3)),)}, (440_00, 30)),
        ({"interest_steps": (Step(anchor=date(2024, 3, 1), cycle=MONTHLY),)}, (0, 1)),
        ({"always_capitalised": True}, (0, 1)),
        ({"rate": None}, (0, 1)),
    ],
)
def test_interest_at_the_opening(changes: dict[str, object], accrued: tuple[int, int]) -> None:
    state = opening(run_of(small(**RUNNING, **changes)))
    assert state.principal == 1000_00
    assert state.accrued[0] * accrued[1] == accrued[0] * state.accrued[1]


def test_before_the_disbursement_nothing_is_owed() -> None:
    state = opening(run_of(small()))
    assert (state.principal, state.accrued, state.payment) == (0, (0, 1), None)


def test_a_day_is_counted_once() -> None:
    run = run_of(small(**RUNNING, fee=Fee(rate=Decimal("0.036"))))
    state, elapsed = accrue(run, opening(run), date(2024, 3, 1))
    assert elapsed == (16, 360)
    assert state.accrued == (1000, 1)
    assert state.fee_accrued == (160, 1)
    assert accrue(run, state, date(2024, 3, 1)) == (state, (0, 1))
    assert accrue(run, state, date(2024, 2, 1))[0] is state


def test_between_call_and_settlement_nothing_is_counted() -> None:
    run = run_of(small(**RUNNING))
    settling = replace(opening(run), settling=(100, 1))
    state, elapsed = accrue(run, settling, date(2024, 3, 1))
    assert (state.accrued, elapsed) == (settling.accrued, (0, 1))
    assert state.accrued_to == date(2024, 3, 1)


def test_an_equal_instalment_repays_what_is_left() -> None:
    run = run_of(small(**LEVEL, **RUNNING))
    state = opening(run)
    amount = equal_instalment(run, state, day=date(2024, 2, 16))
    assert state.payment == amount
    balance = 1000_00.0
    for _ in range(3):  # March, April, May
        balance = balance * 1.01 - amount
    assert abs(balance) < 2
    assert equal_instalment(run, state, day=date(2024, 6, 1)) == 1000_00, "no date is left: all of it"
    assert equal_instalment(run, replace(state, principal=0), day=FIRST) == 0


def test_a_balloon_is_left_where_the_loan_ends_before_it_is_repaid() -> None:
    short = small(**LEVEL, amortised_by=date(2025, 1, 1))
    run = run_of(short)
    assert run.life.last == date(2024, 5, 1)
    assert equal_instalment(run, opening(run_of(small(**LEVEL, **RUNNING))), day=FIRST) < 100_00


def test_equal_principal_is_the_outstanding_over_the_dates_left() -> None:
    run = run_of(small(repayment=Repayment.EQUAL_PRINCIPAL, principal_steps=STEPS, **RUNNING))
    assert equal_principal(run, opening(run), day=date(2024, 2, 16)) == 333_33
    assert equal_principal(run, opening(run), day=date(2025, 1, 1)) == 1000_00


def test_scaling_stands_at_its_opening_value() -> None:
    scaling = Scaling(
        index="CPI",
        index_at_start=Decimal(100),
        scales_interest=True,
        scales_principal=True,
        interest_at_opening=Decimal("1.5"),
    )
    state = opening(run_of(small(**RUNNING, scaling=scaling)))
    assert (state.interest_scaling, state.principal_scaling) == ((3, 2), (1, 1))
