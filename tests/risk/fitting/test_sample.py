import polars as pl
import pytest
from tests.risk.boosting.boosted_sample import feature

from creditloop.kernel.errors import InputError
from creditloop.risk.fitting.sample import check_sample

FEATURES = (feature("late"), feature("use"))
FRAME = pl.DataFrame({"late": [0, 1, None], "use": [3, 4, 5]})


def test_a_frame_that_can_be_fitted_on_passes():
    check_sample(FRAME, FEATURES, rows=3)
    check_sample(FRAME.with_columns(late__state=pl.Series([0, 1, 3], dtype=pl.UInt8)), FEATURES, rows=3)


@pytest.mark.parametrize("states", [[0, 4, 0], [0, None, 0], [0, -1, 0], ["ok", "ok", "ok"], [0.0, 0.0, 0.0]])
def test_a_row_whose_feature_failed_or_does_not_say_is_refused(states):
    with pytest.raises(InputError, match="could not be computed"):
        check_sample(FRAME.with_columns(late__state=pl.Series(states)), FEATURES, rows=3)


@pytest.mark.parametrize(
    ("frame", "features", "rows", "words"),
    [
        (FRAME, (), 3, "no feature is offered"),
        (FRAME, (FEATURES[0], FEATURES[0]), 3, "offered twice"),
        (FRAME.drop("use"), FEATURES, 3, "lacks features"),
        (FRAME, FEATURES, 4, "the same rows"),
    ],
)
def test_what_does_not_fit_is_named(frame, features, rows, words):
    with pytest.raises(InputError, match=words):
        check_sample(frame, features, rows=rows)
