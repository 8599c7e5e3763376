"""Cases that flip between two strategies: counted exactly on past cases, shown on boundary cases."""

import polars as pl
import pytest
from tests.risk.strategy_texts import TEXT, strategy

from creditloop.kernel.errors import UnknownId
from creditloop.risk.checking.flips import REFERS, FlipKind, boundary_cases, find_boundary_flips, find_flips

STRICTER = TEXT.replace("lenders > 5", "lenders > 3")
CASES = pl.DataFrame(
    {
        "age": [30, 30, 30, 19, None, 30],
        "income": [500_000] * 6,
        "id_token": ["a"] * 6,
        "lenders": [2, 4, 5, 4, 4, 9],
        "score": [700] * 6,
        "another": [1.5] * 6,
    }
)


def test_flips_are_counted_by_outcome_and_rule_with_both_workings() -> None:
    flips = find_flips(strategy(), strategy(STRICTER), CASES, outcome="outcome", most=1)
    assert (flips.rows, flips.flipped) == (6, 2)
    assert flips.kinds == {FlipKind("approve", "refer", "final.otherwise", "final.F_2"): 2}
    assert flips.outcomes == {
        ("approve", "approve"): 1,
        ("approve", "refer"): 2,
        ("decline", "decline"): 1,
        (REFERS, REFERS): 1,
        ("refer", "refer"): 1,
    }
    (first,) = flips.first
    assert first.row["lenders"] == 4
    assert "another" not in first.row
    assert (first.old.outputs["outcome"], first.new.outputs["outcome"]) == ("approve", "refer")
    record = flips.as_record(most=1)
    assert record["flipped"] == 2
    assert set(record) == {"outcome", "rows", "flipped", "outcomes", "kinds", "first"}


def test_a_strategy_flips_nothing_against_itself() -> None:
    assert find_flips(strategy(), strategy(), CASES, outcome="outcome", most=5).flipped == 0
    assert find_boundary_flips(strategy(), strategy(), outcome="outcome", rows_max=400, seed=1).flipped == 0


def test_boundary_cases_show_one_case_of_each_flip() -> None:
    flips = find_boundary_flips(strategy(), strategy(STRICTER), outcome="outcome", rows_max=6_000, seed=1)
    kind = FlipKind("approve", "refer", "final.otherwise", "final.F_2")
    assert kind in flips.kinds
    example = next(each for each in flips.first if each.kind == kind)
    assert example.row["lenders"] in {4, 5}
    assert len(flips.first) == len(flips.kinds)


def test_a_referral_is_an_outcome_of_its_own() -> None:
    answered = TEXT.replace("age < parameter.age_min", "(age ?? 30) < parameter.age_min")
    flips = find_flips(strategy(), strategy(answered), CASES, outcome="outcome", most=5)
    assert {(kind.old, kind.new): count for kind, count in flips.kinds.items()} == {(REFERS, "approve"): 1}


def test_an_outcome_of_numbers_is_compared_too() -> None:
    higher = TEXT.replace("income * 12", "income * 13")
    flips = find_flips(strategy(), strategy(higher), CASES, outcome="limit_fen", most=0)
    assert flips.flipped == 0, "both are capped"
    lower = TEXT.replace("yuan(50000)", "yuan(40000)")
    flips = find_flips(strategy(), strategy(lower), CASES, outcome="limit_fen", most=0)
    assert {(kind.old, kind.new) for kind in flips.kinds} == {("5000000", "4000000")}
    assert flips.first == ()


def test_strategies_of_other_inputs_are_compared() -> None:
    other = TEXT.replace("lenders", "debts")
    rows = list(boundary_cases([strategy(), strategy(other)], rows_max=40, seed=1))
    assert len(rows) == 40
    assert any({"lenders", "debts"} <= row.keys() for row in rows)
    assert find_boundary_flips(strategy(), strategy(other), outcome="outcome", rows_max=400, seed=1).flipped


def test_an_output_there_is_not_is_refused() -> None:
    with pytest.raises(UnknownId, match="gives no such output"):
        find_flips(strategy(), strategy(), CASES, outcome="grade", most=1)
    with pytest.raises(UnknownId, match="gives no such output"):
        find_boundary_flips(strategy(), strategy(), outcome="grade", rows_max=10, seed=1)
