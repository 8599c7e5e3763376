from datetime import date
from decimal import Decimal

import pytest
from tests.book.loans.loan_histories import ORDER, PRINCIPAL_FIRST, rules_of

from creditloop.book.loans import Allocation, DpdSwitch, PaymentKind, PenaltyVariant, cells_of
from creditloop.kernel.errors import PolicyError


def test_an_allocation_names_each_cell_once():
    cells = cells_of(order=ORDER)
    with pytest.raises(PolicyError, match="twelve cells"):
        Allocation(cells=(*cells[:-1], cells[0]))
    with pytest.raises(PolicyError):
        Allocation(cells=cells[:4])


def test_days_past_due_choose_the_order_before_the_kind_of_payment():
    plain, second, third = (Allocation(cells=cells_of(order=ORDER)) for _ in range(3))
    first = Allocation(cells=cells_of(order=PRINCIPAL_FIRST))
    rules = rules_of(
        by_kind={PaymentKind.GOODWILL_CREDIT: second},
        by_dpd=(DpdSwitch(above_dpd=90, allocation=first), DpdSwitch(above_dpd=30, allocation=third)),
        allocation=plain,
    )
    assert rules.allocation_for(kind=PaymentKind.REPAYMENT, dpd=30) is plain
    assert rules.allocation_for(kind=PaymentKind.GOODWILL_CREDIT, dpd=0) is second
    assert rules.allocation_for(kind=PaymentKind.GOODWILL_CREDIT, dpd=31) is third
    assert rules.allocation_for(kind=PaymentKind.REPAYMENT, dpd=91) is first


def test_penalty_variants_are_in_order_and_in_range():
    older = PenaltyVariant(valid_from=date(2020, 1, 1), multiple=Decimal("1.5"))
    with pytest.raises(PolicyError, match="overlap"):
        rules_of(penalties=(older, older))
    with pytest.raises(PolicyError, match="out of range"):
        PenaltyVariant(valid_from=date(2020, 1, 1), multiple=Decimal("-1"))
    with pytest.raises(PolicyError, match="out of range"):
        rules_of(prepayment_fee=Decimal("-0.1"))
