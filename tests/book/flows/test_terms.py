from datetime import date

import pytest
from tests.book.flows.small_loans import STEPS, small

from creditloop.book.calendars import Cycle
from creditloop.book.flows import Notice, Repayment, Side, Step
from creditloop.kernel.errors import InputError


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"principal": -1}, "principal below zero"),
        ({"payment": -1}, "payment below zero"),
        ({"principal_steps": STEPS}, "at maturity, and before"),
        ({"repayment": Repayment.STEPPED, "principal_steps": STEPS}, "steps with amounts"),
    ],
)
def test_terms_that_cannot_be_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        small(**changes)


def test_a_step_begins_at_its_anchor_or_a_cycle_after_the_disbursement() -> None:
    disbursed = date(2024, 1, 31)
    assert Step(anchor=date(2024, 3, 1)).first(disbursed_on=disbursed) == date(2024, 3, 1)
    assert Step(cycle=Cycle(months=1)).first(disbursed_on=disbursed) == date(2024, 2, 29)
    with pytest.raises(InputError, match="anchor or a cycle"):
        Step()


def test_a_notice_is_counted_from_the_call() -> None:
    assert Notice(months=1, days=2).settled_on(called_on=date(2024, 1, 31)) == date(2024, 3, 2)
    assert Notice().settled_on(called_on=date(2024, 1, 31)) == date(2024, 1, 31)


def test_sides_and_payments() -> None:
    assert small().sign == 1
    assert small(side=Side.BORROWER).sign == -1
    assert small(repayment=Repayment.FIXED_PAYMENT, payment=1).pays_total
    assert not small(repayment=Repayment.EQUAL_PRINCIPAL).pays_total
