import numpy as np
import polars as pl
import pytest
from tests.risk.boosting.boosted_sample import FEATURES, feature, growth, sample, settings

from creditloop.kernel.errors import InputError, StateError
from creditloop.risk import auc
from creditloop.risk.boosting import fit_challenger


@pytest.fixture(scope="module")
def challenger():
    frame, bad = sample()
    wide = settings(growths=(growth(name="wide", leaves=15),), rounds_max=60)
    return fit_challenger(frame=frame, bad=bad, features=FEATURES, settings=wide)


def test_it_tells_good_from_bad_out_of_sample(challenger):
    frame, bad = sample(seed=4)
    assert auc(score=-challenger.log_odds(frame), bad=bad) > 0.7


def test_one_row_gets_the_answer_of_the_frame(challenger):
    frame, _ = sample(rows=200, seed=8)
    scorer = challenger.single_row()
    answers = [scorer.log_odds(row) for row in frame.iter_rows(named=True)]
    assert np.abs(answers - challenger.log_odds(frame)).max() < 1e-12
    scorer.close()


def test_states_and_special_codes_are_heeded_alike_by_row_and_frame(challenger):
    frame, _ = sample(rows=300, seed=12)
    states = np.random.default_rng(4).choice([0, 1, 3, 4, 6, 9], 300, p=[0.5, 0.1, 0.1, 0.1, 0.1, 0.1])
    odd = pl.Series([None, -1, *states[2:].tolist()])
    told = frame.with_columns(late__state=pl.Series(states), left__state=odd)
    answers = challenger.log_odds(told)
    scorer = challenger.single_row()
    rows = [scorer.log_odds(row) for row in told.iter_rows(named=True)]
    np.testing.assert_allclose(rows, answers, rtol=0, atol=1e-12)
    quiet = np.isin(states, (0, 1, 3)) & odd.is_between(0, 3).fill_null(value=False).to_numpy()
    assert (np.isnan(answers) == ~quiet).all()
    assert (answers[quiet] == challenger.log_odds(frame)[quiet]).all()


def test_special_codes_are_read_alike_by_row_and_frame():
    frame, bad = sample()
    coded = frame.with_columns(left=pl.when(pl.arange(pl.len()) % 7 == 0).then(98).otherwise("left"))
    features = [*FEATURES[:2], feature("left", special=(96, 98)), *FEATURES[3:]]
    found = fit_challenger(frame=coded, bad=bad, features=features, settings=settings(rounds_max=30))
    some = coded.head(100).with_columns(left=pl.when(pl.arange(pl.len()) == 3).then(96).otherwise("left"))
    scorer = found.single_row()
    rows = [scorer.log_odds(row) for row in some.iter_rows(named=True)]
    np.testing.assert_allclose(rows, found.log_odds(some), rtol=0, atol=1e-12)


ROW = {"late": 1, "word": "farm", "left": 2, "right": 3, "noise": 4}


def test_a_word_that_was_not_seen_is_missing(challenger):
    scorer = challenger.single_row()
    assert scorer.log_odds({**ROW, "word": "moon"}) == scorer.log_odds({**ROW, "word": None})


@pytest.mark.parametrize(
    "change", [{"late": "two"}, {"late": True}, {"late": 2.0}, {"word": 7}, {"left": 2**63}]
)
def test_a_value_that_is_not_of_its_kind_is_named(challenger, change):
    [name] = change
    with pytest.raises(InputError, match=f"{name} is not of its kind"):
        challenger.single_row().log_odds({**ROW, **change})


def test_a_feature_that_is_not_given_is_not_taken_for_missing(challenger):
    with pytest.raises(InputError, match="lacks a feature"):
        challenger.single_row().log_odds({name: value for name, value in ROW.items() if name != "late"})


def test_a_closed_scorer_says_so(challenger):
    scorer = challenger.single_row()
    scorer.close()
    with pytest.raises(StateError, match="closed"):
        scorer.log_odds(ROW)
