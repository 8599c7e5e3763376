"""Cuts are the roundest there are; rare words gather about the mean; quantiles have no gaps."""

import math

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from creditloop.formula import Kind
from creditloop.risk import CardFeature, Direction, ValueCounts, count_values
from creditloop.risk.binning.cutting import grouped, grouped_words, quantiles, roundest, summed

WORK = CardFeature(name="work", kind=Kind.TEXT, direction=Direction.NONE, zh="职业", en="work")


@given(above=st.integers(-(10**12), 10**12), width=st.integers(1, 10**12))
def test_a_cut_is_the_roundest_there_is(above: int, width: int) -> None:
    most = above + width
    cut = roundest(above=above, most=most)
    assert above < cut <= most

    def zeros(number: int) -> float:
        return math.inf if number == 0 else len(str(number)) - len(str(number).rstrip("0"))

    step = 10 ** (int(zeros(cut)) + 1) if cut else 0
    assert cut == 0 or most - most % step <= above, "there is no rounder one"


def test_rare_words_are_one_group_near_the_mean() -> None:
    rare = [f"rare {number:03d}" for number in range(200)]
    words = ["safe"] * 400 + ["risky"] * 400 + rare
    bad = np.array(
        [False] * 380 + [True] * 20 + [False] * 280 + [True] * 120 + [False, False, False, True] * 50
    )
    counts = count_values(values=pl.Series("work", words), bad=bad, feature=WORK)
    for group in (grouped_words(counts, prebins_max=8), grouped(counts, prebins_max=8)):
        number = dict(zip(counts.words, group.tolist(), strict=True))
        assert len({number[word] for word in rare}) == 1, "whether a rare word was bad does not matter"
        assert len(set(number.values())) == 3
    assert sorted(["safe", rare[0], "risky"], key=grouped_number(counts).__getitem__) == [
        "safe",
        rare[0],
        "risky",
    ]


def grouped_number(counts: ValueCounts) -> dict[str | bool, int]:
    return dict(zip(counts.words, grouped_words(counts, prebins_max=8).tolist(), strict=True))


def test_few_words_stand_by_their_odds_safest_first() -> None:
    bad = np.array([1, 0, 0, 0, 1, 1, 0, 0], dtype=np.bool_)
    counts = count_values(values=pl.Series("work", list("aaabbbcc")), bad=bad, feature=WORK)
    assert grouped(counts, prebins_max=8).tolist() == [1, 2, 0]


@given(rows=st.lists(st.integers(1, 50), min_size=1, max_size=60), prebins_max=st.integers(2, 20))
def test_quantiles_are_numbered_from_nought_without_gaps(rows: list[int], prebins_max: int) -> None:
    group = quantiles(np.array(rows), prebins_max)
    assert group[0] == 0
    assert set(np.diff(group)) <= {0, 1}
    assert group[-1] < prebins_max
    assert summed(np.array(rows), group).tolist() == [
        sum(count for count, at in zip(rows, group, strict=True) if at == number)
        for number in range(int(group[-1]) + 1)
    ]
