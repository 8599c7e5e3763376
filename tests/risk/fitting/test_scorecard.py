"""Fitting: planted truth is found, points are whole and follow the direction, what does not fit is named."""

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.risk.card_texts import FEATURES, SETTINGS, sample

from creditloop.formula import Kind
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError
from creditloop.risk import (
    Card,
    CardFeature,
    Direction,
    FittedCard,
    LeftOut,
    auc,
    card_text,
    fit_card,
    read_card,
)


def fit(frame: pl.DataFrame, bad: np.ndarray, features: object = FEATURES, **settings: int) -> FittedCard:
    return fit_card(frame=frame, bad=bad, features=features, settings=replace(SETTINGS, **settings))  # type: ignore[arg-type]


def read(one: FittedCard) -> Card:
    text = card_text(one, card="c", product="p", title={"zh": "卡", "en": "card"}, facts={})
    return read_card(parse_document(text, path="c.yaml"))


def number(name: str, direction: Direction = Direction.NONE) -> CardFeature:
    return CardFeature(name=name, kind=Kind.INTEGER, direction=direction, zh="数", en="number")


FRAME, BAD = sample()
FITTED = fit(FRAME, BAD)


def test_what_matters_is_kept_and_noise_is_left_out() -> None:
    assert {entry.feature.name for entry in FITTED.features} >= {"late", "use", "work", "owner"}
    assert [(entry.name, entry.reason) for entry in FITTED.dropped if entry.name == "noise"] == [
        ("noise", LeftOut.IV_BELOW)
    ]
    assert len(FITTED.features) + len(FITTED.dropped) == len(FEATURES)


def test_points_follow_the_direction_stated_and_coefficients_are_positive() -> None:
    for entry in FITTED.features:
        points = [part.points for part in entry.present]
        if entry.feature.direction is Direction.UP:
            assert points == sorted(points, reverse=True)
        if entry.feature.direction is Direction.DOWN:
            assert points == sorted(points)
        assert entry.coefficient_nano > 0
        assert sum(part.rows for part in entry.bins) == FITTED.rows
        assert sum(part.bad for part in entry.bins) == FITTED.bad


def test_points_are_the_scale_times_coefficient_times_woe_rounded_once() -> None:
    factor = 20 / math.log(2)
    for entry in FITTED.features:
        for part in entry.bins:
            exact = factor * entry.coefficient_nano / 1e9 * part.woe_nano / 1e9
            assert abs(part.points - exact) <= 0.5


def test_the_score_means_the_odds_that_the_scale_says() -> None:
    frame, bad = sample(rows=60_000, seed=9)
    card = read(fit(frame, bad))
    scored = card.score_frame(frame).with_columns(bad=pl.Series(bad))
    middle = scored.filter(pl.col("score").is_between(545, 560))
    rate = 1 / (1 + 20 * 2 ** ((middle["score"].mean() - 600) / 20))
    assert middle.height > 5_000
    assert rate == pytest.approx(middle["bad"].mean(), abs=0.02)


def test_planted_truth_is_found_on_rows_not_seen() -> None:
    later, outcomes = sample(rows=4_000, seed=6)
    planted = later.select(
        -0.9 * pl.col("late") - 1.8 * (pl.col("use").fill_null(500_000_000) / 1e9)
        + pl.col("limit").fill_null(30_000_000) / 6e7 - 0.8 * (pl.col("work") == "farmer")
        + 0.7 * pl.col("owner")
    ).to_series()  # fmt: skip
    scored = read(FITTED).score_frame(later)
    assert scored["score"].null_count() == 0
    assert auc(score=scored["score"], bad=outcomes) > auc(score=planted, bad=outcomes) - 0.015


def test_bands_hold_the_samples_scores_and_their_observed_rate() -> None:
    scored = read(FITTED).score_frame(FRAME).with_columns(bad=pl.Series(BAD))
    pds = [band.pd_nano for band in FITTED.bands]
    assert pds == sorted(set(pds), reverse=True)
    assert 3 <= len(pds) <= SETTINGS.bands_max
    for band in FITTED.bands:
        seen = scored.filter(pl.col("pd_nano") == band.pd_nano)
        assert (seen.height, seen["bad"].sum()) == (band.rows, band.bad)
        assert band.pd_nano == round(band.bad / band.rows * 1e9)
        assert band.rows >= SETTINGS.share_min_nano * FITTED.rows // 10**9


def test_a_feature_that_only_repeats_another_turns_round_and_is_left_out() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 6, 4_000)
    bad = rng.random(4_000) < 0.05 + 0.12 * truth
    echo = np.where(rng.random(4_000) < 0.25, rng.integers(0, 6, 4_000), truth)
    worse = truth + 3 * bad.astype(np.int64)  # knows the outcome, so that the echo has nothing to add
    frame = pl.DataFrame({"worse": worse, "truth": truth, "echo": echo})
    one = fit(frame, bad, [number(name, Direction.UP) for name in ("worse", "truth", "echo")])
    assert [entry.feature.name for entry in one.features] == ["worse"]
    assert {entry.reason for entry in one.dropped} == {LeftOut.WRONG_SIGN}


def test_what_a_whole_point_does_not_move_is_left_out() -> None:
    rng = np.random.default_rng(4)
    strong, weak = rng.integers(0, 5, 20_000), rng.integers(0, 2, 20_000)
    bad = rng.random(20_000) < 0.05 + 0.15 * strong + 0.012 * weak
    frame = pl.DataFrame({"strong": strong, "weak": weak})
    one = fit(frame, bad, [number("strong"), number("weak")], iv_min_nano=0, points_to_double_odds=2)
    assert [(entry.name, entry.reason) for entry in one.dropped] == [("weak", LeftOut.NO_POINTS)]
    assert {entry.feature.name for entry in read(one).features} == {"strong"}


def test_a_direction_that_the_sample_contradicts_leaves_one_bin() -> None:
    one = fit(FRAME, BAD, [number("late", Direction.DOWN), number("noise"), *FEATURES[1:2]])
    assert ("late", LeftOut.ONE_BIN) in {(entry.name, entry.reason) for entry in one.dropped}


def test_cuts_between_the_pre_bins_are_worth_more_and_are_told() -> None:
    plain, moved = (
        fit(FRAME, BAD, FEATURES[1:3], prebins_max=8, refined=refined) for refined in (False, True)
    )
    worth = [{entry.feature.name: entry.iv_nano for entry in one.features} for one in (plain, moved)]
    assert all(worth[1][name] >= worth[0][name] for name in worth[0])
    assert sum(worth[1].values()) > sum(worth[0].values())
    assert (read(plain).settings.refined, read(moved).settings.refined) == (False, True)


def test_the_order_of_the_rows_does_not_matter() -> None:
    order = np.random.default_rng(1).permutation(len(BAD))
    assert fit(FRAME[order.tolist()], BAD[order]) == FITTED


@pytest.mark.parametrize(
    ("frame", "bad", "features", "message"),
    [
        (FRAME, BAD[:-1], FEATURES, "the frame and bad must have the same rows"),
        (FRAME, np.zeros(len(BAD)), FEATURES, "both outcomes must occur"),
        (FRAME, np.ones(len(BAD)), FEATURES, "both outcomes must occur"),
        (FRAME, BAD * 2, FEATURES, "bad must hold 0 or 1"),
        (FRAME, [None, *BAD[1:]], FEATURES, "bad must hold 0 or 1"),
        (FRAME[:0], [], FEATURES, "bad must be one column with rows"),
        (FRAME.drop("use"), BAD, FEATURES, "the frame lacks features"),
        (FRAME, BAD, [*FEATURES, FEATURES[0]], "a feature is offered twice"),
        (FRAME, BAD, [], "no feature is offered"),
        (FRAME, BAD, [FEATURES[-1]], "no feature is left"),
        (FRAME.with_columns(pl.col("use") / 1e9), BAD, FEATURES, "use is not of its kind"),
        (
            FRAME.with_columns(use__state=pl.lit(5)),
            BAD,
            FEATURES,
            "features could not be computed in some rows",
        ),
    ],
    ids=range(12),
)
def test_what_cannot_be_fitted_is_refused(
    frame: pl.DataFrame, bad: object, features: object, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        fit_card(frame=frame, bad=bad, features=features, settings=SETTINGS)  # type: ignore[arg-type]


def test_special_codes_and_a_valley_are_fitted_and_read_back() -> None:
    random = np.random.default_rng(12)
    age, late = random.integers(18, 80, 6_000), random.integers(0, 6, 6_000)
    late = np.where(random.random(6_000) < 0.1, 98, late)
    badness = 0.05 + 0.004 * np.abs(age - 45) + np.where(late == 98, 0.3, 0.04 * late)
    bad = random.random(6_000) < badness
    features = [
        number("age", Direction.VALLEY),
        replace(number("late", Direction.UP), special=(96, 98)),
    ]
    one = fit(pl.DataFrame({"age": age, "late": late}), bad, features)
    ages, codes = (entry.bins for entry in one.features)
    points = [part.points for part in ages]
    assert points.index(max(points)) not in {0, len(points) - 1}
    assert [part.special for part in codes if part.special] == [(98,), (96,)]
    assert sum(part.rows for part in codes) == 6_000
    worst = min(codes, key=lambda part: part.points)
    assert worst.special == (98,)
    scored = read(one).score_frame(pl.DataFrame({"age": [45, 45, 45], "late": [0, 96, 98]}))
    assert scored["score"].to_list()[2] == min(scored["score"].to_list())


def test_ten_thousand_words_are_grouped_and_rare_ones_say_little() -> None:
    random = np.random.default_rng(13)
    rare = random.integers(0, 10_000, 12_000)
    work = np.where(random.random(12_000) < 0.5, "farmer", "smith")
    words = np.where(random.random(12_000) < 0.6, work, np.char.add("w", rare.astype(str)))
    bad = random.random(12_000) < np.where(words == "smith", 0.3, 0.1)
    town = CardFeature(name="town", kind=Kind.TEXT, direction=Direction.NONE, zh="城市", en="town")
    one = fit(pl.DataFrame({"town": words}), bad, [town], bins_max=5)
    (entry,) = one.features
    assert sorted(word for part in entry.bins for word in part.values) == sorted(set(words.tolist()))
    smith = next(part for part in entry.bins if "smith" in part.values)
    assert smith.points == min(part.points for part in entry.bins)


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (BAD.astype(np.int64), "twin tells good from bad as the target does"),
        (np.where(BAD, 10**6, FRAME["noise"]), "twin tells good from bad as the target does"),
        (FRAME["noise"], "twin is row by row the same as noise"),
    ],
    ids=["target", "made of the target", "duplicate"],
)
def test_the_target_or_a_copy_among_the_features_is_refused(made: object, named: str) -> None:
    frame = FRAME.with_columns(twin=pl.Series(made))
    with pytest.raises(InputError, match="columns must not be fitted as they are") as caught:
        fit(frame, BAD, [*FEATURES, number("twin")])
    assert named in caught.value.message
    assert str(caught.value.hint).endswith(": twin")


def test_a_date_is_no_feature() -> None:
    with pytest.raises(InputError, match="a scorecard reads no date"):
        CardFeature(name="opened", kind=Kind.DATE, direction=Direction.NONE, zh="开户日", en="opened")
