"""The challenger (挑战者): trees of any depth, better at times, not to be read.

Grown by folds as a card is, but over the values themselves and without the limit of two splits. It decides
nothing: it says what a card's readability costs. One row is judged through LightGBM's own single-row entry,
which skips the frame, the copies and the threads of the ordinary one.
"""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.binning import CardFeature
from creditloop.risk.binning.bins import NUMBERS
from creditloop.risk.boosting.cards import check_folds
from creditloop.risk.boosting.encoding import Encoding, encoded
from creditloop.risk.boosting.settings import BoostSettings
from creditloop.risk.boosting.training import Constraints, Grown, fold_of, grow
from creditloop.risk.measures.outcomes import Floats, checked_bad, checked_both_classes

LIGHTGBM = lightgbm.basic._LIB  # type: ignore[attr-defined]
"""The library itself: the package has no public door to its single-row entry."""
_FLOAT64, _RAW_SCORE = 1, 1
"""LightGBM's C constants: C_API_DTYPE_FLOAT64, C_API_PREDICT_RAW_SCORE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedGrowth:
    """How one way of growing trees did.

    Attributes:
        loss: mean out-of-fold negative log-likelihood; `rounds`: trees of a model that this is at.
    """

    name: str
    loss: float
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenger:
    """A boosted model of any depth.

    Attributes:
        out_of_fold: (n,) float, log-odds of bad of the sample by models that never saw the row.
        tried: every way of growing; `chosen` is the name of the one taken.
    """

    encoding: Encoding
    grown: Grown
    tried: tuple[TriedGrowth, ...]
    chosen: str

    @property
    def out_of_fold(self) -> Floats:
        """Log-odds of bad of each row of the sample by the model that never saw it, (n,) float."""
        return self.grown.out_of_fold

    def log_odds(self, frame: pl.DataFrame) -> Floats:
        """Return the log-odds of bad of a frame's rows, (n,) float.

        Raises: InputError for a column that is absent or not of its feature's kind.
        """
        return self.grown.log_odds(_values(self.encoding, frame))

    def single_row(self) -> "RowScorer":
        """Return what judges one row at a time."""
        return RowScorer(self)


class RowScorer:
    """Judges one row at a time, in tens of microseconds; not to be shared between threads."""

    def __init__(self, challenger: Challenger) -> None:
        """Set up LightGBM's single-row entry for each model."""
        features = challenger.encoding.features
        self._words = [_word_codes(challenger.encoding, number) for number in range(len(features))]
        self._names = [entry.name for entry in features]
        self._row = np.full(len(features), np.nan)
        self._answer = ctypes.c_double()
        self._length = ctypes.c_int64()
        self._models = challenger.grown.models  # kept alive as long as the handles below
        self._handles = [_fast_entry(model, self._row, challenger.grown.rounds) for model in self._models]

    def log_odds(self, row: Mapping[str, object]) -> float:
        """Return the log-odds of bad of one row.

        Args:
            row: plain values by feature; None is missing, as is a word the sample did not hold.
        Raises: InputError for a value that is no whole number, where the feature is a number.
        """
        for place, (name, words) in enumerate(zip(self._names, self._words, strict=True)):
            value = row.get(name)
            if words is not None:
                self._row[place] = words.get(value, np.nan)
            elif value is None:
                self._row[place] = np.nan
            elif type(value) is int:
                self._row[place] = value
            else:
                raise InputError(f"{name} is no whole number", got=type(value).__name__)
        total = 0.0
        for handle in self._handles:
            _checked(
                LIGHTGBM.LGBM_BoosterPredictForMatSingleRowFast(
                    handle,
                    self._row.ctypes.data_as(ctypes.c_void_p),
                    ctypes.byref(self._length),
                    ctypes.byref(self._answer),
                )
            )
            total += self._answer.value
        return total / len(self._handles)

    def close(self) -> None:
        """Give LightGBM's entries back; the scorer cannot be used afterwards."""
        while self._handles:
            _checked(LIGHTGBM.LGBM_FastConfigFree(self._handles.pop()))

    def __del__(self) -> None:
        """Give back what was not given back."""
        self.close()


def fit_challenger(
    *, frame: pl.DataFrame, bad: npt.ArrayLike, features: Sequence[CardFeature], settings: BoostSettings
) -> Challenger:
    """Fit a challenger (挑战者模型): each growth of the settings is tried, the out-of-fold loss chooses.

    Words are read as their rank by bad rate in the sample; directions are not heeded.

    Raises: as `fit_boosted_card`.
    """
    outcomes = checked_both_classes(checked_bad(bad))
    check_folds(outcomes, settings.folds)
    encoding, _ = encoded(frame, outcomes, features=features, prebins_max=settings.prebins_max)
    matrix = _values(encoding, frame)
    fold = fold_of(outcomes, folds=settings.folds, seed=settings.seed)
    free = Constraints(depth=None, directions=[0] * len(features))
    grown = [
        grow(
            matrix,
            outcomes,
            fold,
            growth=growth,
            constraints=free,
            rounds_max=settings.rounds_max,
            seed=settings.seed,
        )
        for growth in settings.growths
    ]
    tried = tuple(
        TriedGrowth(name=growth.name, loss=one.loss, rounds=one.rounds)
        for growth, one in zip(settings.growths, grown, strict=True)
    )
    best = min(range(len(grown)), key=lambda place: grown[place].loss)
    return Challenger(encoding=encoding, grown=grown[best], tried=tried, chosen=tried[best].name)


def _values(encoding: Encoding, frame: pl.DataFrame) -> Floats:
    """Return values as float, words as the number of their pre-bin, nan for the missing."""
    coded = encoding.matrix(encoding.codes(frame))
    for number, feature in enumerate(encoding.features):
        if feature.kind in NUMBERS:
            coded[:, number] = frame[feature.name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return coded


def _word_codes(encoding: Encoding, number: int) -> dict[object, float] | None:
    if encoding.features[number].kind in NUMBERS:
        return None
    return {word: float(place) for place, part in enumerate(encoding.bins[number]) for word in part.values}


def _fast_entry(model: lightgbm.Booster, row: Floats, rounds: int) -> ctypes.c_void_p:
    handle = ctypes.c_void_p()
    _checked(
        LIGHTGBM.LGBM_BoosterPredictForMatSingleRowFastInit(
            model._handle,
            ctypes.c_int(_RAW_SCORE),
            ctypes.c_int(0),
            ctypes.c_int(rounds),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(len(row)),
            ctypes.c_char_p(b"num_threads=1"),
            ctypes.byref(handle),
        )
    )
    return handle


def _checked(status: int) -> None:
    if status != 0:
        raise InputError("LightGBM cannot judge a single row", got=LIGHTGBM.LGBM_GetLastError())
