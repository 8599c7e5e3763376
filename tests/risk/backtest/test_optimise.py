"""The optimiser finds what was planted, says what it was chosen on, and changes dated values only."""

import difflib
from random import Random

import polars as pl
import pytest
from backtest_texts import PLAN, STRATEGY, cases, document, plan
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk import read_policy
from creditloop.risk.backtest import Optimum, optimise

BOTH = PLAN.replace(
    "    - {parameter: score_min, over: score}\n",
    "    - {parameter: score_min, step: 10, reach: 60}\n"
    "    - {parameter: lenders_max, values: [3, 4, 5, 6]}\n",
)


def planted(rows: int, *, good_from: int, seed: int = 1) -> pl.DataFrame:
    """Cases that turn bad below a score and practically never from it on."""
    random = Random(seed)
    told = []
    for number in range(rows):
        score = random.randrange(440, 640, 2)
        bad = random.random() < (0.6 if score < good_from else 0.02)
        told.append((f"p{number}", score, random.choice([1, 2, 4, 5, 6]), 100_000, bad, 9, "2023-01", "web"))
    return cases(told)


def found(frame: pl.DataFrame, *, text: str = PLAN, policy: str = STRATEGY) -> Optimum:
    return optimise(plan=plan(text), document=document(policy), cases=frame)


def test_a_planted_cut_off_is_found_exactly() -> None:
    text = PLAN.replace("objective: approvals", "objective: profit")
    told = found(planted(4_000, good_from=512), text=text)
    assert told.method == "exact sweep"
    assert told.chosen is not None
    assert told.chosen.values == {"score_min": 512}
    assert told.chosen.held_out.bad_rate_nano is not None
    assert told.chosen.held_out.bad_rate_nano < 40_000_000


def test_the_proposed_text_differs_by_one_dated_value_with_its_source() -> None:
    told = found(
        planted(4_000, good_from=512), text=PLAN.replace("objective: approvals", "objective: profit")
    )
    assert told.document_text is not None
    lines = difflib.ndiff(STRATEGY.splitlines(), told.document_text.splitlines())
    changed = [line for line in lines if line[0] != " "]
    assert len(changed) == 1
    assert changed[0].startswith(
        '+       - {from: 2024-02-01, value: 512, source: {title: "proposed by optimise'
    )
    policy = parse_document(told.document_text, path="strategy.yaml")
    assert read_policy(policy, rules_as_of=plan().optimise.effective_from).name == "small_loans"  # type: ignore[union-attr]


def test_the_sweep_gives_what_deciding_outright_gives() -> None:
    frame = planted(300, good_from=520)
    swept = found(frame)
    outright = found(
        frame,
        text=PLAN.replace("over: score", f"values: {sorted(set(frame['score'].to_list()))}"),
    )
    assert (swept.method, outright.method) == ("exact sweep", "whole grid")
    by_value = {trial.values["score_min"]: trial for trial in outright.frontier}
    assert by_value == {trial.values["score_min"]: trial for trial in swept.frontier}
    assert (swept.chosen, swept.current) == (outright.chosen, outright.current)


def test_a_cut_off_that_does_more_than_compare_is_searched_instead() -> None:
    policy = STRATEGY.replace(
        "when: wanted > parameter.limit_max", "when: wanted > yuan(2) * parameter.score_min"
    )
    assert found(planted(300, good_from=520), policy=policy).method in {"whole grid", "coordinate search"}


def test_several_numbers_are_found_together() -> None:
    frame = planted(3_000, good_from=480).with_columns(
        late=pl.when(pl.col("lenders") > 4).then(pl.lit(value=True)).otherwise(pl.col("late"))
    )
    told = found(frame, text=BOTH.replace("objective: approvals", "objective: profit"))
    assert told.method == "whole grid"
    assert told.tried == 13 * 4
    assert told.chosen is not None
    assert told.chosen.values == {"score_min": 480, "lenders_max": 4}


def test_a_coordinate_search_finds_it_too_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("creditloop.risk.backtest.search.GRID_MAX", 10)
    frame = planted(1_000, good_from=480)
    text = BOTH.replace("objective: approvals", "objective: profit").replace(
        "  split:", "  restarts: 2\n  seed: 3\n  split:"
    )
    told = found(frame, text=text)
    assert told.method == "coordinate search"
    assert told.tried < 13 * 4
    assert told.chosen is not None
    assert told.chosen.values["score_min"] == 480
    assert told == found(frame, text=text)


def test_constraints_hold_on_the_part_chosen_on_and_the_other_is_told() -> None:
    frame = planted(2_000, good_from=600)
    told = found(frame)
    assert told.broken  # what is in force has too many bads
    assert told.chosen is not None
    part = told.chosen.chosen_on
    assert part.bad * 10 <= part.known * 3
    assert part.rows + told.chosen.held_out.rows == frame.height
    assert told.held_out_broken == {} or set(told.held_out_broken) == {"bad_rate_at_most"}


def test_money_bounds_count_in_proportion_on_a_part() -> None:
    frame = planted(400, good_from=440)
    text = PLAN.replace("{bad_rate_at_most: bad_max}", "{exposure_at_most: loss_max}")
    told = found(frame, text=text)
    assert told.chosen is not None
    part = told.chosen.chosen_on
    assert part.exposure_fen * frame.height <= 9_000_000 * part.rows
    assert told.broken


def test_where_nothing_keeps_the_bounds_nothing_is_proposed() -> None:
    frame = planted(200, good_from=440).with_columns(late=pl.lit(value=True))
    told = found(frame)
    assert (told.chosen, told.document_text) == (None, None)
    assert told.frontier


def test_the_values_in_force_may_be_the_best() -> None:
    frame = planted(2_000, good_from=500)
    told = found(frame, text=PLAN.replace("objective: approvals", "objective: profit"))
    assert told.chosen == told.current
    assert told.document_text is None


@settings(deadline=None, max_examples=4)
@given(st.integers(0, 10_000))
def test_nothing_on_the_frontier_is_beaten(seed: int) -> None:
    told = found(planted(60, good_from=520, seed=seed))
    points = [(t.chosen_on.approved, t.chosen_on.bad_rate_nano or 0) for t in told.frontier]
    for one in points:
        assert not any(other[0] >= one[0] and other[1] <= one[1] and other != one for other in points)


@pytest.mark.parametrize(
    ("text", "frame", "error", "message"),
    [
        (PLAN[: PLAN.index("optimise:")], cases(), InputError, "no part `optimise`"),
        (
            PLAN.replace("parameter: score_min", "parameter: height"),
            cases(),
            PolicyError,
            "no number of this name",
        ),
        (PLAN.replace("over: score", "over: channel"), cases(), InputError, "whole numbers"),
        (PLAN, cases().with_columns(id=pl.lit(None, pl.String)), InputError, "needs its key"),
        (PLAN, cases().head(1), InputError, "one part of the split is empty"),
        (PLAN.replace("2024-02-01", "2023-02-01"), cases(), InputError, "after the rules they change"),
        (PLAN.replace("over: score", "values: [500]"), cases(), InputError, "nothing to try"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    text: str, frame: pl.DataFrame, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        found(frame, text=text)


def test_borders_stay_in_order() -> None:
    text = BOTH.replace("  split:", "  ordered: [[lenders_max, score_min]]\n  split:")
    assert found(planted(100, good_from=480), text=text).tried == 13 * 4
    wrong = BOTH.replace("  split:", "  ordered: [[score_min, lenders_max]]\n  split:")
    with pytest.raises(InputError, match="not in the order"):
        found(planted(100, good_from=480), text=wrong)


def test_a_strategy_that_changes_of_itself_until_then_is_refused() -> None:
    """Else the proposal would be praised for a change that comes without it."""
    policy = STRATEGY.replace(
        "value: 6\n        source: {title: a choice of this test}\n",
        "value: 6\n        source: {title: a choice of this test}\n"
        "      - {from: 2024-01-15, value: 9, source: {title: a choice of this test}}\n",
    )
    assert policy != STRATEGY
    with pytest.raises(InputError, match="changes of itself"):
        found(planted(300, good_from=520), policy=policy)


def test_a_sweep_is_given_up_if_its_choice_is_not_what_deciding_outright_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the cut-offs that are tried outright a strategy may do something else at one of them."""
    frame = planted(300, good_from=520)
    best = found(frame).chosen
    assert best is not None
    odd = STRATEGY.replace(
        "when: lenders > parameter.lenders_max",
        f"when: lenders > parameter.lenders_max or parameter.score_min = {best.values['score_min']}",
    )
    monkeypatch.setattr("creditloop.risk.backtest.sweep.PROBES", 2)
    told = found(frame, policy=odd)
    assert told.method == "whole grid"
    assert told.chosen is not None
    assert told.chosen.values != best.values
