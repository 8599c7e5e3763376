from datetime import date

import pytest
from tests.book.flows.small_loans import FIRST, MONTHLY, STEPS, small

from creditloop.book.calendars import Cycle
from creditloop.book.flows import FlowKind, Notice, PrincipalStep, Repayment, Step, Terms, Unscheduled
from creditloop.book.flows.dates import Life, interest_dates, life_of, principal_dates, step_dates
from creditloop.kernel.errors import InputError

EQUAL = {"maturity": None, "repayment": Repayment.EQUAL_PRINCIPAL, "principal_steps": STEPS}
FIXED = {**EQUAL, "repayment": Repayment.FIXED_PAYMENT}
STEPPED = {"maturity": None, "repayment": Repayment.STEPPED}


def last_of(terms: Terms, *events: Unscheduled, until: date | None = None) -> Life:
    return life_of(terms, unscheduled=events, until=until)


@pytest.mark.parametrize(
    ("terms", "last"),
    [
        (small(), date(2024, 5, 1)),
        (small(**EQUAL, payment=100_00), date(2024, 11, 1)),
        (small(**EQUAL, payment=300_00), date(2024, 5, 1)),  # three whole ones and a smaller one
        (small(**{**EQUAL, "opened_on": date(2024, 2, 15)}, payment=500_00), date(2024, 4, 1)),
        (small(**FIXED, payment=700_00), date(2024, 3, 1)),
        (small(**FIXED, payment=110_00), date(2024, 11, 1)),  # 100 yuan of principal in the first
        (small(**EQUAL, payment=1_00, amortised_by=date(2024, 9, 1)), date(2024, 9, 1)),
        (
            small(**STEPPED, principal_steps=(PrincipalStep(anchor=FIRST, cycle=MONTHLY, amount=400_00),)),
            date(2024, 4, 1),
        ),
        (
            small(
                **STEPPED,
                principal_steps=(
                    PrincipalStep(anchor=FIRST, cycle=MONTHLY, amount=200_00, drawn=True),
                    PrincipalStep(anchor=date(2024, 4, 1), cycle=Cycle(months=3), amount=700_00),
                ),
            ),
            date(2024, 7, 1),
        ),
    ],
)
def test_the_last_day(terms: Terms, last: date) -> None:
    assert last_of(terms) == Life(end=last, last=last)


def test_a_call_ends_a_loan_after_its_notice() -> None:
    called = Unscheduled(kind=FlowKind.CALLED, day=date(2024, 3, 10))
    on_call = small(maturity=None, notice=Notice(days=31))
    assert last_of(on_call, called).last == date(2024, 4, 10)
    assert last_of(on_call, called).called_on == called.day
    assert last_of(on_call, until=date(2024, 6, 1)) == Life(end=date(2024, 6, 1), last=None)
    assert last_of(small(notice=Notice(months=1)), called).last == date(2024, 4, 10)
    assert last_of(small(), called).called_on is None, "not every loan can be called"


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (small(maturity=None), "no last day"),
        (small(maturity=None, open_ended=True), "no last day"),
        (small(**EQUAL), "no last day"),
        (small(**FIXED, payment=10_00), "do not cover the interest"),
        (
            small(**STEPPED, principal_steps=(PrincipalStep(anchor=FIRST, amount=400_00),)),
            "do not repay",
        ),
        (
            small(
                **STEPPED,
                principal_steps=(PrincipalStep(anchor=FIRST, cycle=Cycle(days=1), amount=1, drawn=True),),
            ),
            "do not repay",
        ),
    ],
)
def test_a_loan_that_never_ends_is_refused(terms: Terms, message: str) -> None:
    with pytest.raises(InputError, match=message):
        last_of(terms)


def test_steps_hold_until_the_next_begins() -> None:
    steps = (Step(anchor=FIRST, cycle=MONTHLY), Step(anchor=date(2024, 4, 1), cycle=Cycle(months=2)))
    dated = step_dates(small(), steps, end=date(2024, 9, 1), include_end=True)
    assert [(steps.index(step), day.month) for step, day in dated] == [
        (0, 2),
        (0, 3),
        (1, 4),
        (1, 6),
        (1, 8),
        (1, 9),
    ]
    assert step_dates(small(), (Step(anchor=FIRST),), end=date(2024, 9, 1)) == [(Step(anchor=FIRST), FIRST)]
    (first,) = (day for _, day in step_dates(small(), (Step(cycle=MONTHLY),), end=date(2024, 2, 2)))
    assert first == FIRST, "without an anchor it is one cycle after the disbursement"


@pytest.mark.parametrize(
    ("changes", "paid", "added"),
    [
        ({}, [2, 3, 4, 5], []),
        ({"interest_steps": ()}, [5], []),
        ({"rate": None}, [], []),
        ({"always_capitalised": True}, [5], [2, 3, 4]),
        ({"capitalised_until": date(2024, 3, 1)}, [4, 5], [2, 3]),
        ({"capitalised_until": date(2024, 6, 1)}, [5], [2, 3, 4]),
        ({"capitalised_until": date(2024, 1, 15)}, [2, 3, 4, 5], [1]),
        ({"interest_steps": (), "principal_steps": STEPS, "repayment": Repayment.EQUAL_PRINCIPAL}, [5], []),
        (
            {
                "interest_steps": (),
                "principal_steps": STEPS,
                "repayment": Repayment.FIXED_PAYMENT,
                "payment": 1,
            },
            [2, 3, 4, 5],
            [],
        ),
    ],
)
def test_when_interest_is_due(changes: dict[str, object], paid: list[int], added: list[int]) -> None:
    terms = small(**changes)
    found = interest_dates(terms, life=last_of(terms))
    assert ([day.month for day in found[0]], [day.month for day in found[1]]) == (paid, added)


def test_principal_dates_hold_the_end() -> None:
    assert len(principal_dates(small(**EQUAL, payment=100_00), end=date(2024, 11, 1))) == 10
