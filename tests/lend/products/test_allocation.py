"""The order in which a repayment settles: two orders of twelve cells, and when one becomes the other."""

from datetime import date
from itertools import product

import pytest
from lending_rules import edited, find

from creditloop.book.loans import Across, Due, Future, Part
from creditloop.kernel.errors import PolicyError
from creditloop.lend.products import allocation_rule
from creditloop.risk import read_policy

ON = date(2024, 6, 30)
PATH = "policies/lending/lend/allocation_interest_first.yaml"
RULE = allocation_rule(read_policy(find(PATH), rules_as_of=ON))
BAD = [
    ("in_advance.interest in_advance.principal\n", "in_advance.interest\n", "each of the twelve cells once"),
    ("past_due.fee past_due.penalty", "past_due.fee past_due.fee", "each of the twelve cells once"),
    ("past_due.fee past_due.penalty", "past_due.fee past_due.costs", "not an order of cells"),
    ("past_due.fee past_due.penalty", "past_due.fee late.penalty", "not an order of cells"),
    ("horizontal", "sideways", "not an order of cells"),
    ("next", "never", "not an order of cells"),
]


@pytest.mark.parametrize(
    ("dpd", "first", "across"),
    [
        (0, Part.FEE, Across.HORIZONTAL),
        (1, Part.FEE, Across.HORIZONTAL),
        (90, Part.FEE, Across.HORIZONTAL),
        (91, Part.PRINCIPAL, Across.VERTICAL),
        (361, Part.PRINCIPAL, Across.VERTICAL),
        (3_000, Part.PRINCIPAL, Across.VERTICAL),
    ],
)
def test_principal_comes_first_from_91_days(dpd: int, first: Part, across: Across) -> None:
    order = RULE.order(dpd)
    assert order.cells[0] == (Due.PAST_DUE, first)
    assert (order.across, order.future) == (across, Future.NEXT)
    assert sorted(order.cells) == sorted(product(Due, Part))


def test_the_book_is_handed_the_same_switch() -> None:
    assert [switch.above_dpd for switch in RULE.by_dpd] == [90]
    for dpd in range(0, 400):
        handed = [switch.allocation for switch in RULE.by_dpd if dpd > switch.above_dpd]
        assert RULE.order(dpd) == (handed[-1] if handed else RULE.allocation)
        decided = RULE.policy.decide({"dpd": dpd})["allocation_order"]
        assert decided == " ".join(f"{due.value}.{part.name.lower()}" for due, part in RULE.order(dpd).cells)


@pytest.mark.parametrize(("old", "new", "words"), BAD)
def test_a_bad_order_is_refused(old: str, new: str, words: str) -> None:
    with pytest.raises(PolicyError, match=words) as told:
        allocation_rule(read_policy(edited(PATH, (old, new)), rules_as_of=ON))
    assert told.value.where["file"] == PATH


def test_what_is_no_allocation_rule_is_refused() -> None:
    other = read_policy(find("policies/lending/lend/penalty_on_interest.yaml"), rules_as_of=ON)
    with pytest.raises(PolicyError, match="not an allocation rule"):
        allocation_rule(other)
