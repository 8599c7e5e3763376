"""Moved numbers: what is tried of each, in which order they must stay, and the policy they make."""

from datetime import date

import pytest
from tests.risk.backtest_texts import STRATEGY, document, strategy

from creditloop.formula import Kind
from creditloop.kernel.errors import PolicyError
from creditloop.risk.backtest import Move, in_order, number_in_force, proposed_policy, proposed_text

NEXT = date(2024, 2, 1)


def test_what_is_written_of_a_move_holds_the_value_in_force() -> None:
    assert Move(parameter="score_min", step=10, reach=25).written(500) == (480, 490, 500, 510, 520)
    assert Move(parameter="score_min", values=(480, 520)).written(500) == (480, 500, 520)
    assert Move(parameter="score_min", over="score").written(500) is None


def test_numbers_of_a_group_ascend() -> None:
    values = {"low": 1, "high": 2, "top": 2}
    assert in_order(values, groups=[("low", "high"), ("low", "top")])
    assert not in_order(values, groups=[("low", "high", "top")])
    assert in_order(values, groups=[])


def test_a_proposed_policy_is_the_text_with_its_values_in_force() -> None:
    values = {"score_min": "520", "limit_max": "yuan(3000)"}
    proposed = proposed_policy(document(), values=values, effective_from=NEXT, source="a test")
    assert proposed.document.text == proposed_text(
        document(), values=values, effective_from=NEXT, source="a test"
    )
    assert number_in_force(proposed, "score_min") == (Kind.INTEGER, 520)
    assert number_in_force(proposed, "limit_max") == (Kind.MONEY, 300_000)
    assert number_in_force(strategy(), "score_min") == (Kind.INTEGER, 500)
    assert proposed.rules_as_of == NEXT
    assert len(proposed.document.text.splitlines()) == len(STRATEGY.splitlines()) + 2


def test_a_number_there_is_not_cannot_move() -> None:
    with pytest.raises(PolicyError, match="no number of this name"):
        number_in_force(strategy(), "score_max")
