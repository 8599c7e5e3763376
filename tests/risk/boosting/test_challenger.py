import numpy as np
import pytest
from tests.risk.boosting.boosted_sample import FEATURES, growth, sample, settings

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
