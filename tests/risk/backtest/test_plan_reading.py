"""A plan is read strictly: what is wrong is named with its place."""

import pytest
from backtest_texts import PLAN, plan

from creditloop.kernel.errors import PolicyError
from creditloop.risk.backtest import Population


def test_a_plan_says_what_its_text_says() -> None:
    found = plan()
    assert (found.name, found.key, found.cases_path) == ("small_loans_2023", "id", "cases.parquet")
    assert found.outcome.population is Population.THROUGH_THE_DOOR
    assert found.dimensions == ("month", "channel")
    assert [entry.parameter.value for entry in found.numbers][:2] == [500_000_000, 100_000_000]
    assert [step.name for step in found.formulas] == ["amount", "loss", "profit"]
    assert found.assumptions[0].multiplier_nano == 2 * 10**9
    assert found.optimise is not None
    assert found.optimise.moves[0].over == "score"
    assert found.optimise.choose_share_nano == 500_000_000
    assert found.optimise.constraints[0].bound == 300_000_000


def test_a_plan_needs_neither_money_nor_score_nor_months() -> None:
    lines = PLAN.splitlines(keepends=True)
    start, end = lines.index("money:\n"), lines.index("assumptions: [double]\n")
    text = "".join(
        line for line in [*lines[:start], *lines[end:]] if not line.startswith(("month:", "segments:"))
    )
    found = plan(text)
    assert (found.formulas, found.score, found.dimensions) == ((), None, ())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("simulated: true", "simulate: true", "unknown key 'simulate'"),
        ("rules_as_of: 2024-01-01\n", "", "'rules_as_of' is missing"),
        ("bootstrap: {draws: 200, seed: 7}", "bootstrap: {draws: 20, seed: 7}", "number out of range"),
        ("population: through_the_door", "population: everybody", "not one of the words"),
        ("refers: [refer]", "refers: [refer, decline]", "means one thing"),
        ("assumptions: [double]", "assumptions: [triple]", "no such number"),
        ("assumptions: [double]", "assumptions: [loss_max]", "no such number"),
        ("value: 2.0, source: {title: a choice of this test}", "value: 2.0", "'source' is missing"),
        ("[{from: 2020-01-01, value: 2.0", "[{from: 2030-01-01, value: 2.0", "nothing is in force"),
        ("value: 2.0,", "value: -2.0,", "from 0 on"),
        ("value: 2.0,", "value: soon,", "soon"),
        ("score: {column: score}", "score: {column: score, step: 0}", "number out of range"),
        ("  column: late\n", "  column: late\n  known_when: years >= 1\n", "years"),
        ("  column: late\n", "  column: late\n  known_when: months + 1\n", "another kind"),
        ("profit: amount * parameter.margin - loss", "profit: [1]", "expected text"),
        ("segments: [channel]", "segments: [channel, channel]", "cannot be told by"),
        ("segments: [channel]", "segments: [rows]", "cannot be told by"),
        ("objective: approvals", "objective: fame", "not one of the words"),
        ("{bad_rate_at_most: bad_max}", "{bad_rate_at_least: bad_max}", "unknown key"),
        ("{bad_rate_at_most: bad_max}", "{loss_at_most: bad_max}", "no such number"),
        ("score_min, over: score}", "score_min}", "one way of moving"),
        ("score_min, over: score}", "score_min, over: score, values: [1]}", "one way of moving"),
        ("score_min, over: score}", "score_min, values: [2, 1]}", "ascending order"),
        ("score_min, over: score}", "score_min, step: 5, reach: 4}", "number out of range"),
        ("choose_share: half", "choose_share: double", "both parts"),
        ("  split: {salt: t, choose_share: half}\n", "", "'split' is missing"),
        ("    - {parameter: score_min, over: score}", "    []", "stands once"),
        ("  effective_from: 2024-02-01", "  effective_from: soon", "expected a date"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, message: str) -> None:
    assert old in PLAN
    with pytest.raises(PolicyError, match=message) as caught:
        plan(PLAN.replace(old, new))
    assert caught.value.where["file"] == "plan.yaml"
    assert caught.value.where["line"]


def test_an_order_is_between_numbers_that_move() -> None:
    for wrong in ("[[score_min, other]]", "[[score_min]]"):
        with pytest.raises(PolicyError):
            plan(PLAN.replace("  split:", f"  ordered: {wrong}\n  split:"))


def test_a_formula_may_not_be_called_as_a_column_is() -> None:
    text = PLAN.replace("  months: {kind: integer", "  amount: {kind: money}\n  months: {kind: integer")
    with pytest.raises(Exception, match="name of a formula"):
        plan(text).money_program({})
