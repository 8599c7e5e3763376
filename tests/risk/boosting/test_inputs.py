"""What must not be fitted is refused by every learner alike, by name; what only cannot help is told."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.risk.boosting.boosted_sample import FEATURES, feature, growth, sample, settings
from tests.risk.card_texts import SETTINGS

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk import ColumnFault, LeftOut, fit_card
from creditloop.risk.boosting import fit_boosted_card, fit_challenger

FRAME, BAD = sample(rows=1_200)
QUICK = settings(rounds_max=20, crossing=None, growths=(growth(),))


def card(frame, bad, features):
    return fit_card(frame=frame, bad=bad, features=features, settings=replace(SETTINGS, iv_min_nano=0))


def boosted(frame, bad, features):
    return fit_boosted_card(frame=frame, bad=bad, features=features, settings=QUICK)


def challenger(frame, bad, features):
    return fit_challenger(frame=frame, bad=bad, features=features, settings=QUICK)


ALL = pytest.mark.parametrize("fit", [card, boosted, challenger])
COLUMNS = {
    "is row by row the same as late": FRAME["late"],
    "tells good from bad as the target does": pl.Series(BAD.astype(np.int64)),
    "holds infinite values": pl.Series(np.where(np.arange(len(BAD)) == 7, np.inf, 1.5)),
    "is not of its kind": FRAME["word"],
    "holds values beyond 64-bit whole numbers": pl.Series(
        [2**64 - 1] + [1] * (len(BAD) - 1), dtype=pl.UInt64
    ),
}


@ALL
@pytest.mark.parametrize("words", COLUMNS)
def test_columns_that_would_make_a_model_of_nothing_are_refused(fit, words):
    frame = FRAME.with_columns(odd=COLUMNS[words])
    with pytest.raises(InputError, match=f"must not be fitted as they are: odd {words}") as caught:
        fit(frame, BAD, [*FEATURES, feature("odd")])
    assert caught.value.got == ["odd"]


@ALL
@pytest.mark.parametrize("outcome", [0, 1])
def test_one_outcome_is_refused(fit, outcome):
    with pytest.raises(InputError, match="both outcomes must occur"):
        fit(FRAME, np.full(len(BAD), outcome), FEATURES)


SILENT = FRAME.with_columns(same=pl.lit(7), gone=pl.lit(None, dtype=pl.Int64))
OFFERED = [*FEATURES, feature("same"), feature("gone")]


@pytest.mark.parametrize("fit", [card, boosted])
def test_a_card_tells_columns_of_one_value_or_none_among_the_dropped(fit):
    fitted = fit(SILENT, BAD, OFFERED)
    dropped = fitted.dropped if fit is card else fitted.card.dropped
    assert [(one.name, one.reason) for one in dropped[:2]] == [
        ("same", LeftOut.ONE_BIN),
        ("gone", LeftOut.ONE_BIN),
    ]


@pytest.mark.parametrize("fit", [boosted, challenger])
def test_columns_that_say_nothing_are_left_out_and_told(fit):
    fitted = fit(SILENT, BAD, OFFERED)
    assert [(one.column, one.fault) for one in fitted.findings] == [
        ("same", ColumnFault.CONSTANT),
        ("gone", ColumnFault.ALL_MISSING),
    ]
    alone = fit(FRAME, BAD, FEATURES)
    assert alone.findings == ()
    assert (fitted.log_odds(FRAME) == alone.log_odds(FRAME)).all()  # it does not even read them


@pytest.mark.parametrize("fit", [boosted, challenger])
def test_ten_thousand_words_are_told_and_grouped(fit):
    draw = np.random.default_rng(2)
    words = pl.Series([f"w{number}" for number in draw.permutation(10_000)])
    bad = draw.random(10_000) < 0.2
    frame = pl.DataFrame({"word": words, "late": draw.integers(0, 4, 10_000) + 2 * bad})
    fitted = fit(frame, bad, [feature("word", kind=Kind.TEXT), feature("late")])
    assert [(one.column, one.fault, one.count) for one in fitted.findings] == [
        ("word", ColumnFault.MANY_WORDS, 10_000)
    ]


@ALL
def test_nothing_but_columns_that_say_nothing_is_refused_by_name(fit):
    with pytest.raises(InputError, match="no feature is left: same has one value only") as caught:
        fit(SILENT, BAD, OFFERED[-2:])
    assert "gone is missing in every row" in caught.value.message


@ALL
def test_rows_whose_feature_failed_are_refused(fit):
    with pytest.raises(InputError, match="could not be computed"):
        fit(FRAME.with_columns(late__state=pl.lit(5)), BAD, FEATURES)
