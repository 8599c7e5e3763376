import numpy as np
import pytest
from tests.risk.boosting.boosted_sample import FEATURES, growth, sample, settings

from creditloop.kernel.errors import InputError
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


def test_a_word_that_was_not_seen_is_missing(challenger):
    scorer = challenger.single_row()
    row = {"late": 1, "left": 2, "right": 3, "noise": 4}
    assert scorer.log_odds({**row, "word": "moon"}) == scorer.log_odds(row)


def test_a_value_that_is_no_whole_number_is_named(challenger):
    with pytest.raises(InputError, match="late is no whole number"):
        challenger.single_row().log_odds({"late": "two"})
