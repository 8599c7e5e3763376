import numpy as np
import pytest

from creditloop.kernel.errors import InputError
from creditloop.risk import auc
from creditloop.risk.fusion import SOURCES_MAX, Fusion

NANO = 10**9
ROWS = 20_000


def sample(*, seed=7):
    """Two sources that say what the outcome is drawn from, and one that says nothing."""
    draw = np.random.default_rng(seed)
    one, other, noise = draw.normal(size=(3, ROWS))
    chance = 1 / (1 + np.exp(-(-1.5 + 1.0 * one + 0.5 * other)))
    return {"one": one, "other": other, "noise": noise}, draw.random(ROWS) < chance


def fused(log_odds, bad):
    return Fusion.fitted(log_odds=log_odds, bad=bad, ridge=1e-6)


def weights_of(fusion, *sources):
    found = next(entry for entry in fusion.sets if entry.sources == sources)
    return [found.intercept_nano / NANO, *(weight / NANO for weight in found.weights_nano)]


def test_planted_weights_are_found():
    log_odds, bad = sample()
    found = weights_of(fused(log_odds, bad), "one", "other", "noise")
    assert found == pytest.approx([-1.5, 1.0, 0.5, 0.0], abs=0.07)


def test_there_are_weights_for_every_set_of_sources_the_largest_first():
    log_odds, bad = sample()
    fusion = fused(log_odds, bad)
    assert [entry.sources for entry in fusion.sets] == [
        ("one", "other", "noise"),
        ("one", "other"),
        ("one", "noise"),
        ("other", "noise"),
        ("one",),
        ("other",),
        ("noise",),
    ]


def test_a_missing_source_answers_by_the_weights_of_the_others():
    log_odds, bad = sample()
    fusion = fused(log_odds, bad)
    intercept, weight = weights_of(fusion, "other")
    answer = fusion.log_odds({"other": [2.0]})
    assert answer[0] == pytest.approx(intercept + 2 * weight)
    given = {"one": [np.nan], "other": [2.0], "noise": [np.nan]}
    assert fusion.log_odds(given)[0] == answer[0]


def test_without_any_source_there_is_no_answer():
    log_odds, bad = sample()
    assert np.isnan(fused(log_odds, bad).log_odds({"one": [np.nan]})[0])


def test_losing_a_source_costs_no_more_than_the_source_is_worth():
    log_odds, bad = sample()
    fusion = fused(log_odds, bad)
    whole = auc(score=-fusion.log_odds(log_odds), bad=bad)
    without = auc(score=-fusion.log_odds({**log_odds, "one": np.full(ROWS, np.nan)}), bad=bad)
    alone = auc(score=-log_odds["other"], bad=bad)
    assert without >= alone - 0.002
    assert whole > without


def test_a_learner_that_speaks_the_wrong_way_round_has_no_weight():
    log_odds, bad = sample()
    turned = {**log_odds, "other": -log_odds["other"]}
    assert weights_of(fused(turned, bad), "one", "other", "noise")[2] == 0


def test_weights_of_a_set_come_from_the_rows_that_have_it():
    log_odds, bad = sample()
    half = log_odds["one"].copy()
    half[: ROWS // 2] = np.nan
    fusion = fused({"one": half, "other": log_odds["other"]}, bad)
    assert {entry.sources: entry.rows for entry in fusion.sets} == {
        ("one", "other"): ROWS // 2,
        ("one",): ROWS // 2,
        ("other",): ROWS,
    }


def test_a_set_the_sample_never_had_answers_by_the_largest_within_it():
    log_odds, bad = sample()
    first = np.arange(ROWS) < ROWS // 2
    apart = {
        "one": np.where(first, log_odds["one"], np.nan),
        "other": np.where(first, np.nan, log_odds["other"]),
    }
    fusion = fused(apart, bad)
    assert [entry.sources for entry in fusion.sets] == [("one",), ("other",)]
    intercept, weight = weights_of(fusion, "one")
    assert fusion.log_odds({"one": [1.0], "other": [9.0]})[0] == pytest.approx(intercept + weight)


@pytest.mark.parametrize(
    ("log_odds", "words"),
    [
        ({}, "cannot be fused"),
        ({f"source_{number}": [0.0, 1.0] for number in range(SOURCES_MAX + 1)}, "cannot be fused"),
        ({"one": [0.0]}, "answers of the source one"),
        ({"one": [0.0, np.inf]}, "answers of the source one"),
        ({"one": [np.nan, np.nan]}, "no source has rows"),
    ],
)
def test_bad_input_is_named(log_odds, words):
    with pytest.raises(InputError, match=words):
        fused(log_odds, [0, 1])


def test_none_of_the_sources_is_named():
    log_odds, bad = sample()
    with pytest.raises(InputError, match="not fused, or none"):
        fused(log_odds, bad).log_odds({"elsewhere": [1.0]})


def test_a_source_that_was_not_fused_is_not_taken_for_missing():
    log_odds, bad = sample()
    with pytest.raises(InputError, match="not fused"):
        fused(log_odds, bad).log_odds({"one": [1.0], "othr": [2.0]})
