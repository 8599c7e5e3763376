"""Swap sets by hand; intervals against a bootstrap of the rows themselves; planted differences are told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.errors import InputError
from creditloop.risk import swap_set
from creditloop.risk.measures.swap_set import rate_interval, swap_set_from_counts

CASES = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=30)


def test_by_hand() -> None:
    told = swap_set(
        champion=[1, 1, 1, 0, 0, 0, 0, 0],
        challenger=[1, 0, 0, 1, 1, 0, 1, 0],
        bad=[0, 1, 0, 0, 0, 1, 1, 1],
        draws=200,
        seed=1,
    )
    assert (told.rows, told.bad) == (8, 4)
    assert (told.champion.rows, told.champion.bad, told.champion.share) == (3, 1, 3 / 8)
    assert (told.challenger.rows, told.challenger.bad, told.challenger.bad_rate) == (4, 1, 0.25)
    assert (told.swap_in.rows, told.swap_in.bad) == (3, 1)
    assert (told.swap_out.rows, told.swap_out.bad) == (2, 1)
    assert (told.both.rows, told.both.bad) == (1, 0)
    assert (told.neither.rows, told.neither.bad) == (2, 2)
    assert told.approval_difference.estimate == pytest.approx(1 / 8)
    assert told.bad_rate_difference is not None
    assert told.bad_rate_difference.estimate == pytest.approx(1 / 4 - 1 / 3)
    assert told.swap_difference is not None
    assert told.swap_difference.estimate == pytest.approx(1 / 3 - 1 / 2)
    assert told.approval_ratio is not None
    assert told.approval_ratio.estimate == pytest.approx(4 / 3)
    assert told.bad_rate_change is not None
    assert told.bad_rate_change.estimate == pytest.approx(0.25 / (1 / 3) - 1)


def test_changes_are_relative_to_the_champion() -> None:
    # the champion approves 1,000 with 100 bad; the challenger 2,000 with 100 bad: twice as many, half as bad
    told = swap_set_from_counts(
        counts=[[[3_000, 500], [1_100, 20]], [[100, 20], [800, 80]]], draws=2_000, seed=1
    )
    assert told.approval_ratio is not None
    assert told.bad_rate_change is not None
    assert told.approval_ratio.estimate == 2.0
    assert told.bad_rate_change.estimate == pytest.approx(-0.5)
    assert told.approval_ratio.low < 2 < told.approval_ratio.high
    assert told.bad_rate_change.low < -0.5 < told.bad_rate_change.high


def test_nothing_is_a_multiple_of_nobody() -> None:
    nobody = swap_set_from_counts(counts=[[[30, 5], [11, 2]], [[0, 0], [0, 0]]], draws=500, seed=1)
    assert (nobody.approval_ratio, nobody.bad_rate_change) == (None, None)
    never_bad = swap_set_from_counts(counts=[[[30, 5], [11, 2]], [[4, 0], [5, 0]]], draws=500, seed=1)
    assert never_bad.approval_ratio is not None
    assert never_bad.bad_rate_change is None


@given(CASES)
def test_the_parts_add_up(cases: list[tuple[bool, bool, bool]]) -> None:
    champion, challenger, bad = ([case[i] for case in cases] for i in range(3))
    told = swap_set(champion=champion, challenger=challenger, bad=bad, draws=100, seed=3)
    assert told.champion.rows == told.both.rows + told.swap_out.rows == sum(champion)
    assert told.challenger.rows == told.both.rows + told.swap_in.rows == sum(challenger)
    assert told.champion.bad == told.both.bad + told.swap_out.bad
    parts = (told.both, told.swap_in, told.swap_out, told.neither)
    assert sum(part.rows for part in parts) == len(cases)
    assert sum(part.bad for part in parts) == sum(bad)
    assert (told.bad_rate_difference is None) >= (not any(champion) or not any(challenger))
    again = swap_set(champion=champion, challenger=challenger, bad=bad, draws=100, seed=3)
    assert again == told


def planted(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    risk = rng.random(rows)
    bad = rng.random(rows) < 0.4 * risk
    return risk + rng.normal(0, 0.5, rows) < 0.6, risk < 0.6, bad


def test_the_interval_is_that_of_resampled_rows() -> None:
    champion, challenger, bad = planted(2_000, 1)
    told = swap_set(champion=champion, challenger=challenger, bad=bad, draws=4_000, seed=2)
    rng = np.random.default_rng(3)
    drawn = []
    for _ in range(4_000):
        rows = rng.integers(0, 2_000, 2_000)
        drawn.append(bad[rows][challenger[rows]].mean() - bad[rows][champion[rows]].mean())
    low, high = np.percentile(drawn, (2.5, 97.5))
    assert told.bad_rate_difference is not None
    assert told.bad_rate_difference.low == pytest.approx(low, abs=0.0015)
    assert told.bad_rate_difference.high == pytest.approx(high, abs=0.0015)
    assert told.bad_rate_difference.tells
    assert told.bad_rate_difference.draws == 4_000


def test_a_strategy_beside_itself_swaps_nobody() -> None:
    champion, _, bad = planted(500, 4)
    told = swap_set(champion=champion, challenger=champion, bad=bad, draws=200, seed=5)
    assert told.swap_in.rows == told.swap_out.rows == 0
    assert told.swap_in.bad_rate is None
    assert told.swap_difference is None
    assert (told.approval_difference.low, told.approval_difference.high) == (0, 0)
    assert not told.approval_difference.tells


def test_a_strategy_that_approves_nobody_has_no_bad_rate() -> None:
    told = swap_set(champion=[1, 1], challenger=[0, 0], bad=[0, 1], draws=100, seed=0)
    assert told.challenger.bad_rate is None
    assert told.bad_rate_difference is None
    assert told.approval_difference.estimate == -1


@pytest.mark.parametrize(
    ("champion", "challenger", "bad", "draws", "seed", "message"),
    [
        ([], [], [], 100, 1, "bad must be one column with rows"),
        ([1], [1, 0], [1, 0], 100, 1, "must have the same rows"),
        ([1, None], [1, 0], [1, 0], 100, 1, "champion must hold 0 or 1"),
        ([1, 0], [1, 2], [1, 0], 100, 1, "challenger must hold 0 or 1"),
        ([1, 0], [1, 0], [1, 0], 99, 1, "a bootstrap needs draws"),
        ([1, 0], [1, 0], [1, 0], 100, -1, "a bootstrap needs draws"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    champion: list[int], challenger: list[int], bad: list[int], draws: int, seed: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        swap_set(champion=champion, challenger=challenger, bad=bad, draws=draws, seed=seed)


@given(CASES)
def test_counts_say_what_the_rows_say(cases: list[tuple[bool, bool, bool]]) -> None:
    champion, challenger, bad = (list(column) for column in zip(*cases, strict=True))
    counts = np.zeros((2, 2, 2), dtype=np.int64)
    for case in cases:
        counts[tuple(int(one) for one in case)] += 1
    rows = swap_set(champion=champion, challenger=challenger, bad=bad, draws=100, seed=3)
    assert swap_set_from_counts(counts=counts, draws=100, seed=3) == rows


@pytest.mark.parametrize(
    "counts",
    [
        np.zeros((2, 2, 2), np.int64),
        np.ones((2, 2), np.int64),
        -np.ones((2, 2, 2), np.int64),
        np.ones((2, 2, 2)),
    ],
    ids=["nobody", "another shape", "below nought", "no whole numbers"],
)
def test_what_are_no_counts_is_refused(counts: np.ndarray) -> None:
    with pytest.raises(InputError, match="eight kinds"):
        swap_set_from_counts(counts=counts, draws=100, seed=1)


def test_a_rate_lies_between_its_ends() -> None:
    told = rate_interval(bad=30, rows=100, draws=2_000, seed=1)
    assert told is not None
    assert told.estimate == 0.3
    # the normal approximation: 0.3 plus and minus 1.96 times the root of 0.3 * 0.7 / 100
    assert told.low == pytest.approx(0.21, abs=0.02)
    assert told.high == pytest.approx(0.39, abs=0.02)
    assert rate_interval(bad=0, rows=0, draws=100, seed=1) is None
    with pytest.raises(InputError, match="some of the rows"):
        rate_interval(bad=2, rows=1, draws=100, seed=1)
