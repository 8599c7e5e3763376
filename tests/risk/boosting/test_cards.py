import dataclasses

import numpy as np
import polars as pl
import pytest
from tests.risk.boosting.boosted_sample import FEATURES, feature, growth, sample, settings

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError
from creditloop.risk import auc, card_text, read_card
from creditloop.risk.boosting import fit_boosted_card


@pytest.fixture(scope="module")
def fitted():
    frame, bad = sample()
    return fit_boosted_card(frame=frame, bad=bad, features=FEATURES, settings=settings())


def document(fitted):
    title = {"zh": "示例", "en": "example"}
    return card_text(fitted.card, card="boosted", product="loan", title=title, facts={})


def test_what_is_planted_is_found_out_of_sample(fitted):
    frame, bad = sample(seed=4)
    log_odds = fitted.log_odds(frame)
    late = frame["late"].fill_null(5).to_numpy()
    together = np.where((frame["left"].to_numpy() < 5) == (frame["right"].to_numpy() < 5), 1.0, -1.0)
    truth = 0.5 * late + 0.8 * (frame["word"].to_numpy() == "farm") + 0.9 * together
    assert auc(score=-log_odds, bad=bad) > auc(score=-truth, bad=bad) - 0.01


def test_the_pair_that_matters_only_together_has_a_table(fitted):
    spread = {pair.features: pair.most - pair.least for pair in fitted.card.pairs}
    assert max(spread, key=spread.__getitem__) == ("left", "right")


def test_the_card_as_read_scores_what_the_tables_say(fitted):
    frame, _ = sample(seed=9)
    card = read_card(parse_document(document(fitted), path="boosted.yaml"))
    units = fitted.units.total(frame)
    score = card.score_frame(frame)["score"].to_numpy()
    whole = np.sign(units) * ((np.abs(units) * 2 + 100) // 200)
    assert (score == whole).all()
    one = frame.row(17, named=True)
    assert card.score(one).score == whole[17]


def test_what_the_sample_never_missed_refers(fitted):
    card = read_card(parse_document(document(fitted), path="boosted.yaml"))
    row = sample(seed=9)[0].row(0, named=True)
    assert card.score({**row, "left": None}).refers
    assert card.score({**row, "word": "moon"}).refers
    assert not card.score({**row, "late": None}).refers  # the sample had such rows


def test_the_same_rows_give_the_same_card_to_the_byte(fitted):
    frame, bad = sample()
    again = fit_boosted_card(frame=frame, bad=bad, features=FEATURES, settings=settings())
    assert document(again) == document(fitted)


def test_out_of_fold_answers_are_honest(fitted):
    _, bad = sample()
    frame, other = sample(seed=21)
    out_of_fold = auc(score=-fitted.out_of_fold, bad=bad)
    assert out_of_fold == pytest.approx(auc(score=-fitted.log_odds(frame), bad=other), abs=0.03)


def test_points_double_the_odds_on_rows_it_never_saw(fitted):
    frame, bad = sample(rows=40_000, seed=31)
    log_odds = fitted.log_odds(frame)
    safe, risky = log_odds < np.quantile(log_odds, 0.3), log_odds > np.quantile(log_odds, 0.7)
    for rows in (safe, risky):
        said = (1 / (1 + np.exp(-log_odds[rows]))).mean()
        assert bad[rows].mean() == pytest.approx(said, rel=0.1)


def test_pairs_max_none_leaves_only_tables_of_one_feature():
    frame, bad = sample()
    alone = fit_boosted_card(frame=frame, bad=bad, features=FEATURES, settings=settings(pairs_max=0))
    assert alone.card.pairs == ()


def test_learners_are_weighed_by_what_they_say_out_of_fold():
    frame, bad = sample()
    shy = growth(name="shy", rows_min=1_500)
    found = fit_boosted_card(
        frame=frame, bad=bad, features=FEATURES, settings=settings(growths=(growth(), shy))
    )
    keen, other, crosswise = found.learners
    assert [learner.name for learner in found.learners] == ["keen", "shy", "crosswise"]
    assert other.loss > keen.loss > crosswise.loss
    assert crosswise.weight > 0.5 > max(keen.weight, other.weight)


def test_without_crosswise_cuts_what_matters_only_together_is_found_late():
    frame, bad = sample()
    unseen, other = sample(seed=4)
    fits = [
        fit_boosted_card(frame=frame, bad=bad, features=FEATURES, settings=settings(crossing=crossing))
        for crossing in (None, settings().crossing)
    ]
    without, crossed = (auc(score=-found.log_odds(unseen), bad=other) for found in fits)
    assert crossed > without + 0.01


def test_a_stated_direction_holds_the_points():
    frame, bad = sample()
    turned = [dataclasses.replace(FEATURES[0], direction="down"), *FEATURES[1:]]
    found = fit_boosted_card(frame=frame, bad=bad, features=turned, settings=settings(pairs_max=0))
    late = next((entry for entry in found.card.features if entry.feature.name == "late"), None)
    points = [part.points for part in late.ordered] if late is not None else [0]
    assert points == sorted(points)  # the data say the contrary, so there is nothing left to say


def test_special_codes_have_a_bin_of_their_own():
    frame, bad = sample()
    coded = frame.with_columns(pl.when(pl.arange(pl.len()) % 7 == 0).then(98).otherwise("left").alias("left"))
    features = [*FEATURES[:2], feature("left", special=(98,)), *FEATURES[3:]]
    found = fit_boosted_card(frame=coded, bad=bad, features=features, settings=settings())
    left = next(entry for entry in found.card.features if entry.feature.name == "left")
    assert [part.special for part in left.bins if part.special] == [(98,)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame, bad: (frame, np.zeros(len(bad))), "both outcomes"),
        (lambda frame, bad: (frame.drop("late"), bad), "lacks features"),
        (lambda frame, bad: (frame.head(40), np.arange(40) < 2), "too few of one outcome"),
        (lambda frame, bad: (frame.with_columns(pl.col("word").alias("late")), bad), "not of its kind"),
    ],
)
def test_bad_input_is_named(change, words):
    frame, bad = change(*sample())
    with pytest.raises(InputError, match=words):
        fit_boosted_card(frame=frame, bad=bad, features=FEATURES, settings=settings())


def test_a_feature_of_one_value_makes_no_card():
    frame, bad = sample()
    same = frame.with_columns(pl.lit(7, dtype=pl.Int64).alias("noise"))
    with pytest.raises(InputError, match="no feature is left"):
        fit_boosted_card(frame=same, bad=bad, features=FEATURES[-1:], settings=settings())
