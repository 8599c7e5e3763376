"""The challenger (挑战者): trees of any depth, better at times, not to be read.

Grown by folds as a card is, but over the values themselves and without the limit of two splits. It decides
nothing: it says what a card's readability costs. One row is judged through LightGBM's own single-row entry,
which skips the frame, the copies and the threads of the ordinary one.
"""

import ctypes
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.formula import State
from creditloop.kernel.errors import InputError, StateError
from creditloop.risk.binning import CardFeature, ColumnFinding
from creditloop.risk.binning.bins import NUMBERS
from creditloop.risk.boosting.cards import check_folds
from creditloop.risk.boosting.encoding import Encoding, encoded
from creditloop.risk.boosting.settings import BoostSettings
from creditloop.risk.boosting.training import Grown, fold_of, grow
from creditloop.risk.card.frames import told_states
from creditloop.risk.card.placing import CLASSES
from creditloop.risk.card.working import told_state
from creditloop.risk.fitting.sample import checked_columns
from creditloop.risk.measures.outcomes import Floats, checked_bad, checked_both_classes

LIGHTGBM = lightgbm.basic._LIB  # type: ignore[attr-defined]
"""The library itself: the package has no public door to its single-row entry."""
_INT64 = range(-(2**63), 2**63)
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
        findings: as of `BoostedCard`.
    """

    encoding: Encoding
    grown: Grown
    tried: tuple[TriedGrowth, ...]
    chosen: str
    findings: tuple[ColumnFinding, ...]

    @property
    def out_of_fold(self) -> Floats:
        """Log-odds of bad of each row of the sample by the model that never saw it, (n,) float."""
        return self.grown.out_of_fold

    def log_odds(self, frame: pl.DataFrame) -> Floats:
        """Return the log-odds of bad of a frame's rows, (n,) float; nan where a feature failed.

        Args:
            frame: a column for each feature; one called `<feature>__state` (see `formula.State`) tells how
                it came out: from 4, overflow, its null is no missing value, and the row gets no answer, as a
                card refers it.
        Raises: InputError for a column that is absent or not of its feature's kind.
        """
        found = self.grown.log_odds(self.encoding.values(frame))
        for entry in self.encoding.features:
            if (told := told_states(frame, entry.name)) is not None:
                found[told != State.OK] = np.nan
        return found

    def single_row(self) -> "RowScorer":
        """Return what judges one row at a time."""
        return RowScorer(self)


class RowScorer:
    """Judges one row at a time, in tens of microseconds; not to be shared between threads."""

    def __init__(self, challenger: Challenger) -> None:
        """Set up LightGBM's single-row entry for each model."""
        self._handles = list[ctypes.c_void_p]()  # first, since `close` reads it whatever fails below
        features = challenger.encoding.features
        self._inputs = [
            (entry.name, CLASSES[entry.kind], _word_codes(challenger.encoding, number))
            for number, entry in enumerate(features)
        ]
        self._states = [f"{entry.name}__state" for entry in features]
        self._row = np.full(len(features), np.nan)
        self._answer, self._length = ctypes.c_double(), ctypes.c_int64()
        self._pointers = (
            self._row.ctypes.data_as(ctypes.c_void_p),
            ctypes.byref(self._length),
            ctypes.byref(self._answer),
        )
        self._models = challenger.grown.models  # kept alive as long as the handles
        for model in self._models:
            self._handles.append(_fast_entry(model, self._row, challenger.grown.rounds))

    def log_odds(self, row: Mapping[str, object]) -> float:
        """Return the log-odds of bad of one row, nan where a feature failed: what `Challenger.log_odds` says.

        Args:
            row: plain values by feature, all of them; None is missing, as is a word the sample did not hold.
                `<feature>__state` tells how a feature came out.
        Raises: InputError for a feature that is not given or not of its kind; StateError if it was closed.
        """
        if not self._handles:
            raise StateError("the scorer was closed")
        for place, (name, kind, words) in enumerate(self._inputs):
            self._row[place] = _plain_value(row, name, kind, words)
        if any(told_state(row, name) for name in self._states if name in row):
            return math.nan
        total = 0.0
        for handle in self._handles:
            _checked(LIGHTGBM.LGBM_BoosterPredictForMatSingleRowFast(handle, *self._pointers))
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
    columns = checked_columns(frame, outcomes, features, prebins_max=settings.prebins_max)
    encoding, _ = encoded(frame, outcomes, features=columns.features, prebins_max=settings.prebins_max)
    matrix = encoding.values(frame)
    fold = fold_of(outcomes, folds=settings.folds, seed=settings.seed)
    grown = [
        grow(
            matrix,
            outcomes,
            fold,
            growth=growth,
            constraints=None,
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
    return Challenger(
        encoding=encoding,
        grown=grown[best],
        tried=tried,
        chosen=tried[best].name,
        findings=columns.findings,
    )


def _plain_value(
    row: Mapping[str, object], name: str, kind: type, words: Mapping[object, float] | None
) -> float:
    """Return a value as trees read it, nan for the missing."""
    if name not in row:
        raise InputError("the row lacks a feature", got=name, hint="what is missing is given as None")
    value = row[name]
    if value is None:
        return math.nan
    if type(value) is not kind or (kind is int and value not in _INT64):
        raise InputError(f"{name} is not of its kind", got=type(value).__name__, expected=kind.__name__)
    if words is not None:
        return words.get(value, math.nan)
    assert isinstance(value, int), "a kind is of whole numbers or of words"
    return float(value)


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
        raise InputError("LightGBM cannot judge a single row", got=LIGHTGBM.LGBM_GetLastError().decode())
