"""Scores and outcomes are checked once: what is not a number, not 0 or 1, or not as long is refused."""

import numpy as np
import polars as pl
import pytest

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.outcomes import checked_bad, counts_by_score


def test_goods_and_bads_are_counted_by_score_the_riskiest_first() -> None:
    counts = counts_by_score(score=pl.Series([3, 1, 3, 2]), bad=pl.Series([False, True, True, False]))
    assert counts.scores.tolist() == [1, 2, 3]
    assert counts.goods.tolist() == [0, 1, 1]
    assert counts.bads.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    "bad", [[0, 1], [0.0, 1.0], [False, True], np.array([0, 1], dtype=np.int8), pl.Series([0, 1])]
)
def test_outcomes_may_be_written_in_many_ways(bad: object) -> None:
    assert checked_bad(bad).tolist() == [False, True]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("score", "bad", "message"),
    [
        ([], [], "bad must be one column with rows"),
        ([1, 2], [[0, 1]], "bad must be one column with rows"),
        ([1, 2], [0, 2], "bad must hold 0 or 1"),
        ([1, 2], [0, None], "bad must hold 0 or 1"),
        ([1, 2], pl.Series([0, None]), "bad must hold 0 or 1"),
        ([1, 2], ["0", "1"], "bad must hold 0 or 1"),
        ([1, 2, 3], [0, 1], "score and bad must have the same rows"),
        ([1, None], [0, 1], "score must be a number"),
        (pl.Series([1, None]), [0, 1], "score must be a number"),
        ([1, float("inf")], [0, 1], "score must be a number"),
        (["1", "2"], [0, 1], "score must be a number"),
        ([1, 2], [0, 0], "both outcomes must occur"),
        ([1, 2], [1, 1], "both outcomes must occur"),
    ],
)
def test_what_is_no_sample_is_refused(score: object, bad: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        counts_by_score(score=score, bad=bad)  # type: ignore[arg-type]
