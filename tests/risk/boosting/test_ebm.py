"""An explainable boosting machine as a card; ebm.json holds one of interpret-core 0.7.8."""

import json
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.risk.boosting.boosted_sample import SOURCE, feature, sample

from creditloop.formula import Kind
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError
from creditloop.risk import card_text, read_card
from creditloop.risk.binning import BinLimits
from creditloop.risk.boosting import compile_ebm
from creditloop.risk.boosting.ebm import whole_cut
from creditloop.risk.card import LearnerSettings, Scale

RECORDED = json.loads(Path(__file__).with_name("ebm.json").read_text("utf-8"))
KINDS = {"use": Kind.NANO, "word": Kind.TEXT, "owner": Kind.BOOLEAN, "paid": Kind.MONEY}
FEATURES = tuple(feature(name, kind=KINDS.get(name, Kind.INTEGER)) for name in RECORDED["rows"])
SETTINGS = LearnerSettings(
    score_at=600, odds_at=20, points_to_double_odds=20, learner={"pairs": 4}, source=SOURCE
)
BANDS = BinLimits(prebins_max=64, bins_max=8, rows_min=30)
DECIMALS = 4


def machine(**changed):
    names = (
        "feature_names_in_",
        "feature_types_in_",
        "bins_",
        "term_features_",
        "term_scores_",
        "intercept_",
    )
    return SimpleNamespace(**{**{name: RECORDED[name] for name in names}, "link_": "logit", **changed})


def rows():
    return pl.DataFrame(RECORDED["rows"]), np.array(RECORDED["bad"], dtype=bool)


def compiled(*, fitted=None, features=FEATURES, frame=None, bad=None):
    own, outcomes = rows()
    return compile_ebm(
        machine=machine() if fitted is None else fitted,
        frame=own if frame is None else frame,
        bad=outcomes if bad is None else bad,
        features=features,
        settings=SETTINGS,
        decimals=DECIMALS,
        bands=BANDS,
    )


def read(card):
    text = card_text(card, card="machine", product="loan", title={"zh": "机", "en": "machine"}, facts={})
    return read_card(parse_document(text, path="machine.yaml"))


def log_odds(card, frame):
    """Return the log-odds of bad by the document that is the card."""
    scale = Scale.of(card.settings, decimals=card.decimals)
    answers = read(card).score_frame(frame, exact=True)
    assert (answers["score_state"] == 0).all()
    return np.array([-scale.log_odds(nano) for nano in answers["score_nano"].to_list()])


def rounding(card):
    """Return how far units may be from the machine: half of one a table, and half of the base."""
    tables = len(RECORDED["term_features_"]) + 1
    return tables * 0.5 / 10**DECIMALS / Scale.of(card.settings).factor + 1e-9


def test_the_card_says_what_the_machine_said():
    card = compiled()
    frame, _ = rows()
    assert card.method == "ebm"
    assert len(card.pairs) == 4
    apart = np.abs(log_odds(card, frame) - np.array(RECORDED["decision_function"])).max()
    assert apart < rounding(card)


def test_special_codes_keep_the_scores_of_their_interval():
    coded = [feature("late", special=(2, 96)), *FEATURES[1:]]
    card = compiled(features=coded)
    frame, _ = rows()
    late = next(entry for entry in card.features if entry.feature.name == "late")
    assert [part.special for part in late.bins if part.special] == [(2,), (96,)]
    apart = np.abs(log_odds(card, frame) - np.array(RECORDED["decision_function"])).max()
    assert apart < rounding(card)
    most = next(part for part in late.bins if part.special == (96,))
    assert most.points == late.ordered[-1].points  # 96 lies beyond the last cut


def test_what_no_row_held_keeps_the_score_of_the_machine():
    frame, bad = rows()
    whole, part = compiled(), compiled(frame=frame.head(300), bad=bad[:300])
    assert (log_odds(whole, frame) == log_odds(part, frame)).all()


def test_a_word_never_seen_is_missing():
    frame, _ = rows()
    card = compiled()
    unseen, missing = (
        log_odds(card, frame.with_columns(pl.lit(word, dtype=pl.String).alias("word")))
        for word in ("moon", None)
    )
    assert (unseen == missing).all()


def test_a_whole_number_never_listed_is_unknown_to_the_machine():
    card = compiled()
    months = next(entry for entry in card.features if entry.feature.name == "months")
    assert [(part.low, part.high) for part in months.ordered] == [
        (None, 0),
        (0, 1),
        (1, 2),
        (2, 3),
        (3, 4),
        (4, None),
    ]
    assert {months.ordered[0].points, months.ordered[-1].points} == {0}


@given(cut=st.floats(min_value=-(2.0**62), max_value=2.0**62, allow_subnormal=False))
def test_a_whole_cut_is_the_least_number_that_float64_puts_there(cut):
    least = whole_cut(cut)
    assert float(least) >= cut > float(least - 1)


@pytest.mark.parametrize("cut", [2.0**53, 2.0**53 + 2, 2.0**60, -(2.0**60), 1e18 + 128])
def test_where_floats_are_coarser_than_whole_numbers_the_cut_follows_them(cut):
    least = whole_cut(cut)
    assert float(least) >= cut > float(least - 1)
    assert least <= cut


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"link_": "identity"}, "log-odds of two classes"),
        ({"intercept_": [0.1, 0.2, 0.3]}, "log-odds of two classes"),
        ({"feature_names_in_": [*RECORDED["feature_names_in_"][1:], "late"]}, "other features"),
        ({"term_features_": [[0, 1, 2], *RECORDED["term_features_"][1:]]}, "one feature or two"),
        ({"term_scores_": [[0.0, 1.0], *RECORDED["term_scores_"][1:]]}, "do not fill its bins"),
        ({"feature_types_in_": ["nominal", *RECORDED["feature_types_in_"][1:]]}, "not of its type"),
        ({"bins_": [[[2.0, 1.0]], *RECORDED["bins_"][1:]]}, "do not fit late"),
        ({"bins_": [[[0.5, float("nan")]], *RECORDED["bins_"][1:]]}, "do not fit late"),
        (
            {"bins_": [*RECORDED["bins_"][:5], [{"0.5": 1, "1.5": 2}]]},
            "no whole number of months",
        ),
        ({"term_scores_": [np.negative(scores) for scores in RECORDED["term_scores_"]]}, "lower for bads"),
    ],
)
def test_a_machine_of_another_kind_is_refused(changed, words):
    with pytest.raises(InputError, match=words):
        compiled(fitted=machine(**changed))


def steeper(slope):
    """Return the machine with a table of `late` that rises by so much more a cell."""
    own, *rest = RECORDED["term_scores_"]
    return machine(term_scores_=[np.array(own) + slope * np.arange(len(own)), *rest])


def stated(direction):
    return [feature("late", direction=direction), *FEATURES[1:]]


@pytest.mark.parametrize(("slope", "direction"), [(0.0, "up"), (0.0, "down"), (0.0, "peak"), (1.0, "down")])
def test_a_machine_that_goes_against_a_direction_stated_is_refused(slope, direction):
    with pytest.raises(InputError, match="the machine goes against the direction of late"):
        compiled(fitted=steeper(slope), features=stated(direction))


@pytest.mark.parametrize(("slope", "direction"), [(0.1, "up"), (0.1, "peak"), (0.0, "valley")])
def test_a_machine_that_goes_as_stated_says_what_it_said_and_the_card_is_read(slope, direction):
    frame, _ = rows()
    plain, held = (
        compiled(fitted=steeper(slope), features=features) for features in (FEATURES, stated(direction))
    )
    assert np.abs(log_odds(plain, frame) - log_odds(held, frame)).max() < 2 * rounding(held)
    late = next(entry for entry in read(held).features if entry.feature.name == "late")
    points = [part.points for part in late.ordered]
    assert direction not in {"up", "down"} or points == sorted(points, reverse=direction == "up")


def test_cuts_do_not_part_words():
    with pytest.raises(InputError, match="do not fit late"):
        compiled(features=[feature("late", kind=Kind.TEXT), *FEATURES[1:]])


def test_a_machine_that_says_nothing_makes_no_card():
    flat = [np.zeros_like(scores) for scores in RECORDED["term_scores_"]]
    with pytest.raises(InputError, match="no table of the machine"):
        compiled(fitted=machine(term_scores_=flat))


def test_the_library_itself_agrees():
    glassbox = pytest.importorskip("interpret.glassbox")
    frame, bad = sample(rows=1_500)
    features = [feature(name, kind=Kind.TEXT if name == "word" else Kind.INTEGER) for name in frame.columns]
    table = frame.with_columns(pl.col(pl.Int64).cast(pl.Float64)).to_pandas(use_pyarrow_extension_array=False)
    types = ["nominal" if name == "word" else "continuous" for name in frame.columns]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = glassbox.ExplainableBoostingClassifier(
            interactions=2, outer_bags=2, max_rounds=50, random_state=1, n_jobs=1, feature_types=types
        ).fit(table, bad)
        said = fitted.decision_function(table)
    card = compiled(fitted=fitted, features=features, frame=frame, bad=bad)
    assert np.abs(log_odds(card, frame) - said).max() < rounding(card)
