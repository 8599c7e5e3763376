"""A strategy beside a baseline: known counts, equal approvals, seeded intervals, refused frames."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured_cases import BASELINE, decided

from creditloop.kernel.errors import InputError
from creditloop.oversight import NOTE, compare, cutoff_for

#                  score  strategy  baseline  bad
CASES = decided(
    [600, 590, 580, 570, 560, 550, 540, 530],
    [True, True, True, True, False, False, False, False],
    [True, False, True, False, True, False, True, False],
    [False, False, False, True, True, False, True, True],
)


def lines(frame: pl.DataFrame = CASES, **changed: object) -> tuple:
    asked = {"baselines": [BASELINE], "outcomes": ["first"], "draws": 200, "seed": 7} | changed
    return compare(frame=frame, **asked)


def test_counts_are_those_one_can_count_by_hand() -> None:
    own, equal = lines()
    assert (own.rows, own.bads, own.approvals_at, own.score_cutoff) == (8, 4, "own", None)
    assert (own.baseline_approved, own.baseline_bads) == (4, 2)
    assert (own.strategy_approved, own.strategy_bads) == (4, 1)
    assert (own.swap_in, own.swap_in_bads, own.swap_out, own.swap_out_bads) == (2, 1, 2, 2)
    assert own.bad_rate_change_nano == -250_000_000
    assert own.approval_change_nano == 0
    assert own.swap_change_nano == -500_000_000
    assert (equal.approvals_at, equal.score_cutoff, equal.strategy_approved) == ("equal", 570, 4)


def test_every_line_carries_the_note_and_its_rates() -> None:
    for line in lines():
        record = line.as_record()
        assert record["note"] == NOTE
        assert record["baseline_bad_rate_nano"] == 500_000_000
        assert record["strategy_bad_rate_nano"] == 250_000_000


def test_the_same_seed_gives_the_same_intervals_and_another_seed_others() -> None:
    many = pl.concat([CASES] * 50)
    first, again, other = lines(many), lines(many), lines(many, seed=8)
    assert first == again
    assert first != other
    estimates = [replace(line, bad_rate_change_low_nano=0, bad_rate_change_high_nano=0) for line in first]
    assert {line.bad_rate_change_nano for line in estimates} == {line.bad_rate_change_nano for line in other}
    for line in first:
        assert line.bad_rate_change_low_nano < line.bad_rate_change_nano < line.bad_rate_change_high_nano


def test_a_strategy_equal_to_its_baseline_changes_nothing() -> None:
    own, _ = lines(CASES.with_columns(b=pl.col("approved")))
    assert (own.swap_in, own.swap_out) == (0, 0)
    assert own.bad_rate_change_nano == own.bad_rate_change_low_nano == own.bad_rate_change_high_nano == 0
    assert own.swap_change_nano is None


def test_a_baseline_that_approves_nobody_leaves_the_rates_open() -> None:
    own, equal = lines(CASES.with_columns(b=pl.lit(value=False)))
    assert own.bad_rate_change_nano is None
    assert own.as_record()["baseline_bad_rate_nano"] is None
    assert (equal.strategy_approved, equal.score_cutoff) == (0, None)


def test_cases_the_card_cannot_score_are_never_approved_by_score_alone() -> None:
    frame = CASES.with_columns(score=pl.when(pl.col("score") == 600).then(None).otherwise("score"))
    _, equal = lines(frame)
    assert (equal.score_cutoff, equal.strategy_approved) == (560, 4)


def test_equal_approvals_are_the_nearest_there_are() -> None:
    tied = pl.Series([600, 600, 600, 500])
    assert cutoff_for(tied, approvals=1) is None  # 0 is nearer than 3
    assert cutoff_for(tied, approvals=2) == 600
    assert cutoff_for(tied, approvals=4) == 500
    assert cutoff_for(pl.Series([None, None], dtype=pl.Int64), approvals=1) is None


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.data())
def test_no_other_cutoff_comes_nearer(scores: list[int], data: st.DataObject) -> None:
    wanted = data.draw(st.integers(0, len(scores)))
    cutoff = cutoff_for(pl.Series(scores), approvals=wanted)
    reached = 0 if cutoff is None else sum(score >= cutoff for score in scores)
    counts = {0, *(sum(score >= other for score in scores) for other in scores)}
    assert abs(reached - wanted) == min(abs(count - wanted) for count in counts)


@pytest.mark.parametrize(
    ("frame", "changed", "message"),
    [
        (CASES.drop("score"), {}, "lacks the column 'score'"),
        (CASES.with_columns(pl.col("approved").cast(pl.Int64)), {}, "'approved' as another type"),
        (CASES.with_columns(first=pl.lit(None, pl.Boolean)), {}, "'first' does not say of every case"),
        (CASES.clear(), {}, "nothing to compare"),
        (CASES, {"baselines": []}, "nothing to compare"),
        (CASES, {"outcomes": []}, "nothing to compare"),
        (CASES, {"draws": 1}, "bootstrap"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    frame: pl.DataFrame, changed: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        lines(frame, **changed)
