"""Discrimination against brute force over all pairs and cuts, and by hand; ties count exactly."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.kernel.errors import InputError
from creditloop.risk import auc, gains, gini, ks, lift_table, roc_points

SAMPLES = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: len({bad for _, bad in rows}) == 2
)
Rows = list[tuple[int, bool]]


def columns(rows: Rows) -> dict[str, list[int]]:
    return {"score": [score for score, _ in rows], "bad": [int(bad) for _, bad in rows]}


@given(SAMPLES)
def test_the_area_is_the_share_of_pairs_in_order(rows: Rows) -> None:
    goods, bads = ([score for score, bad in rows if bad is kind] for kind in (False, True))
    twice = sum(2 * (good > bad) + (good == bad) for good in goods for bad in bads)
    assert auc(**columns(rows)) == float(Fraction(twice, 2 * len(goods) * len(bads)))
    assert gini(**columns(rows)) == pytest.approx(float(Fraction(twice, len(goods) * len(bads)) - 1))


@given(SAMPLES)
def test_the_distance_is_the_largest_over_all_cuts(rows: Rows) -> None:
    goods, bads = ([score for score, bad in rows if bad is kind] for kind in (False, True))
    distances = {
        cut: abs(
            Fraction(sum(score <= cut for score in bads), len(bads))
            - Fraction(sum(score <= cut for score in goods), len(goods))
        )
        for cut in {score for score, _ in rows}
    }
    told = ks(**columns(rows))
    assert told.value == pytest.approx(float(max(distances.values())))
    assert told.score == min(cut for cut, value in distances.items() if value == max(distances.values()))


@given(SAMPLES)
def test_the_area_under_the_curve_is_the_area(rows: Rows) -> None:
    points = roc_points(**columns(rows))
    assert points[0] == (None, 0, 0)
    assert points[-1][1:] == (1, 1)
    area = np.trapezoid([point.share_bad for point in points], [point.share_good for point in points])
    assert area == pytest.approx(auc(**columns(rows)))


@settings(max_examples=50)
@given(rows=SAMPLES, share=st.floats(0.05, 1), seed=st.integers(0, 1000))
def test_gains_are_the_mean_over_the_orders_of_equals(rows: Rows, share: float, seed: int) -> None:
    alerts = int(share * len(rows) + 0.5)
    if not alerts:
        return
    told = gains(**columns(rows), shares=[share])[0]
    ordered = sorted(rows)
    last = ordered[alerts - 1][0]
    below = [bad for score, bad in rows if score < last]
    equal = [bad for score, bad in rows if score == last]
    caught = sum(below) + Fraction(sum(equal) * (alerts - len(below)), len(equal))
    total = sum(bad for _, bad in rows)
    assert told.alerts == alerts
    assert told.score == last
    assert told.bad_caught == pytest.approx(float(caught))
    assert told.recall == pytest.approx(float(caught / total))
    assert told.precision == pytest.approx(float(caught / alerts))
    if alerts < len(rows):
        assert told.bad_rate_rest == pytest.approx(float((total - caught) / (len(rows) - alerts)))
    else:
        assert told.bad_rate_rest is None
    order = np.random.default_rng(seed).permutation(len(rows))
    assert gains(**columns([rows[i] for i in order]), shares=[share])[0] == told


def test_a_perfect_a_useless_and_a_reversed_score() -> None:
    bad = [1, 1, 0, 0]
    assert auc(score=[1, 2, 3, 4], bad=bad) == 1
    assert auc(score=[7, 7, 7, 7], bad=bad) == 0.5
    assert auc(score=[4, 3, 2, 1], bad=bad) == 0
    assert ks(score=[1, 2, 3, 4], bad=bad) == (1, 2)
    assert ks(score=[7, 7, 7, 7], bad=bad) == (0, 7)


def test_a_large_sample_is_counted_in_whole_numbers() -> None:
    score = np.arange(3_000_000)
    bad = score % 2 == 0
    assert auc(score=score, bad=bad) == pytest.approx(0.5 + 0.5 / 1_500_000, abs=1e-12)


@pytest.mark.parametrize("share", [0, -0.1, 1.1, 0.001, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="a share of alerts"):
        gains(score=[1, 2], bad=[0, 1], shares=[share])


def test_lift_by_hand() -> None:
    table = lift_table(score=[1, 2, 3, 4, 5, 6, 7, 8], bad=[1, 1, 1, 0, 0, 1, 0, 0], bands=2)
    first, second = table
    assert first == (1, 4, 4, 3, 0.75, 1.5, 0.75)
    assert second == (5, 8, 4, 1, 0.25, 0.5, 1.0)


@given(rows=SAMPLES, bands=st.integers(1, 9))
def test_bands_of_a_lift_table_never_part_equals_and_hold_all_rows(rows: Rows, bands: int) -> None:
    table = lift_table(**columns(rows), bands=bands)
    assert len(table) <= bands
    assert sum(band.rows for band in table) == len(rows)
    assert sum(band.bad for band in table) == sum(bad for _, bad in rows)
    for one, other in pairwise(table):
        assert one.score_high < other.score_low
    assert table[-1].bad_captured == 1


def test_a_table_has_bands() -> None:
    with pytest.raises(InputError, match="a table has bands"):
        lift_table(score=[1, 2], bad=[0, 1], bands=0)
