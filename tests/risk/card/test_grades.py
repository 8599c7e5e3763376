"""Grades are the best cut there is: against every cut of a few scores."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from creditloop.kernel.errors import InputError
from creditloop.risk.card.grades import Grade, GradeAim, grade_scores


def drawn(rows: int = 400, levels: int = 9, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    score = rng.integers(0, levels, rows) ** 2 * 10 + 400
    bad = rng.random(rows) < 0.5 - score / 3000 + rng.normal(0, 0.02, rows)
    return score, bad


def cuts(grades: tuple[Grade, ...], score: np.ndarray) -> list[np.ndarray]:
    return [
        (score >= (-(10**9) if one.low is None else one.low))
        & (score < (10**9 if one.high is None else one.high))
        for one in grades
    ]


def variation(masks: list[np.ndarray], score: np.ndarray) -> float:
    return float(sum(((score[mask] - score[mask].mean()) ** 2).sum() for mask in masks))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_cut_varies_less(seed: int) -> None:
    score, bad = drawn(seed=seed)
    for count in (1, 2, 3, 4):
        got = grade_scores(
            score=score, bad=bad, grades=count, share_min_nano=50_000_000, aim=GradeAim.VARIANCE
        )
        best = dict[int, float]()
        levels = np.unique(score)
        for size in range(count):
            for chosen in combinations(levels[1:], size):
                masks = [(score >= low) & (score < high) for low, high in pairwise((-1, *chosen, 10**9))]
                rates = [bad[mask].mean() for mask in masks]
                if min(mask.sum() for mask in masks) >= 20 and rates == sorted(rates, reverse=True):
                    best[size + 1] = min(best.get(size + 1, np.inf), variation(masks, score))
        assert len(got) == max(best)
        assert variation(cuts(got, score), score) == pytest.approx(best[len(got)])


@pytest.mark.parametrize("aim", list(GradeAim))
def test_grades_hold_the_sample_and_are_safer_in_order(aim: GradeAim) -> None:
    rng = np.random.default_rng(3)
    score = rng.normal(600, 50, 5_000).astype(np.int64)
    bad = rng.random(5_000) < 1 / (1 + np.exp((score - 550) / 30))
    got = grade_scores(score=score, bad=bad, grades=8, share_min_nano=40_000_000, aim=aim)
    assert len(got) == 8
    assert [one.rows for one in got] == [int(mask.sum()) for mask in cuts(got, score)]
    assert [one.bad for one in got] == [int(bad[mask].sum()) for mask in cuts(got, score)]
    rates = [one.rate_nano for one in got]
    assert rates == sorted(rates, reverse=True)
    assert min(one.rows for one in got) >= 200
    assert got[0].low is None
    assert got[-1].high is None
    assert got[0].label.startswith("< ")


@pytest.mark.parametrize(
    "changed",
    [
        {"grades": 0},
        {"grades": 65},
        {"share_min_nano": 0},
        {"score": np.zeros(400)},
        {"score": np.zeros(3, int)},
    ],
)
def test_what_cannot_be_cut_is_refused(changed: dict[str, object]) -> None:
    score, bad = drawn()
    asked = {"score": score, "bad": bad, "grades": 3, "share_min_nano": 10**7, "aim": GradeAim.IV, **changed}
    with pytest.raises(InputError):
        grade_scores(**asked)  # type: ignore[arg-type]
