"""A scorecard in use (评分卡): score one case with its working, or a frame, by the same tables.

The score is the base and the points of one bin a feature and of one cell a pair, added in whole units and
rounded to whole points once, half away from zero; higher is safer. The pd is that of the score's band. A null
takes the points of the feature's missing bin if the card has one, and refers otherwise; a feature that is
absent, not of its kind, or could not be computed always refers. What a feature cost is told as the points
lost to the best bin: that is the reason given, the most costly first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from creditloop.formula import Input
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NANO
from creditloop.risk.card.frames import feature_column, score_rows
from creditloop.risk.card.pairs import PairTable
from creditloop.risk.card.parts import CardMethod, DroppedFeature, FittedFeature, ScoreBand
from creditloop.risk.card.scaling import rounded_score, rounded_scores
from creditloop.risk.card.settings import FitSettings, LearnerSettings
from creditloop.risk.card.tables import CardTables
from creditloop.risk.card.working import CardScore

__all__ = ["ANSWERS", "BinCount", "Card", "CardScore", "points_column"]

SCORE, SCORE_NANO, PD, SCORE_STATE = "score", "score_nano", "pd_nano", "score_state"
ANSWERS = (SCORE, SCORE_NANO, PD, SCORE_STATE)
"""Columns of a card's answer."""
_REFERS_LABEL = "转人工 refers"


def points_column(*features: str) -> str:
    """Return the column of the points of a feature's table, or of a pair's."""
    return f"points_{'__'.join(features)}"


class BinCount(NamedTuple):
    """Rows of the fit sample (expected) and of another (actual) in one bin."""

    label: str
    expected: int
    actual: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A scorecard as read from its document; made by `read_card`.

    Attributes:
        facts: what it was fitted on and for: data, dates, outcome definition, what the sample is not.
        method: how its points were found.
        decimals: of a point; base and points are in units of 10^-decimals points.
        score_at, odds_at, points_to_double_odds: the scale it was fitted to.
        rows, bad: of the fit sample.
        pairs: tables of two of the features.
        dropped: features that were offered and are not in it, with the reason.
        bands: of the score in whole points, ascending, each with its pd.
        tables: what it does to a case, laid out for speed; made from the rest.
    """

    document: Document
    name: str
    product: str
    title_zh: str
    title_en: str
    facts: Mapping[str, object]
    method: CardMethod
    decimals: int
    base: int
    score_at: int
    odds_at: int
    points_to_double_odds: int
    rows: int
    bad: int
    settings: FitSettings | LearnerSettings
    features: tuple[FittedFeature, ...]
    pairs: tuple[PairTable, ...]
    dropped: tuple[DroppedFeature, ...]
    bands: tuple[ScoreBand, ...]
    tables: CardTables = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tables = CardTables(
            base=self.base,
            decimals=self.decimals,
            features=self.features,
            pairs=self.pairs,
            bands=self.bands,
        )
        object.__setattr__(self, "tables", tables)

    @property
    def hash(self) -> str:
        """SHA-256 of the document's text, in hex: the card's version."""
        return self.document.hash

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What it reads; a null refers unless its feature has a bin for it."""
        return tuple(Input(entry.feature.name, entry.feature.kind) for entry in self.features)

    @property
    def units_least(self) -> int:
        """The sum of the worst of every table, in units: with pairs perhaps less than any case has."""
        own = (min(part.points for part in entry.bins) for entry in self.features)
        return self.base + sum(own) + sum(pair.least for pair in self.pairs)

    @property
    def units_most(self) -> int:
        """The sum of the best of every table, in units: with pairs perhaps more than any case has."""
        own = (max(part.points for part in entry.bins) for entry in self.features)
        return self.base + sum(own) + sum(pair.most for pair in self.pairs)

    @property
    def score_least(self) -> int:
        """The lowest score there is; with pairs no score is lower."""
        return rounded_score(self.units_least, self.decimals)

    @property
    def score_most(self) -> int:
        """The highest score there is; with pairs no score is higher."""
        return rounded_score(self.units_most, self.decimals)

    def score(self, row: Mapping[str, object]) -> CardScore:
        """Score one case, with its working; the same answer as `score_frame` gives of the row.

        Args:
            row: plain values by feature; other keys are ignored, but `<feature>__state` (see `formula.State`)
                tells how the feature came out: from 4, overflow, its null is not a missing value but refers.
        """
        return self.tables.score(row)

    def score_frame(self, frame: pl.DataFrame, *, working: bool = False, exact: bool = False) -> pl.DataFrame:
        """Score every row of a frame; see docs/scorecard.md for what its columns may hold.

        Args:
            working: keep the points of every table, `points_<feature>` and `points_<feature>__<feature>`, in
                units, as well.
            exact: keep `score_nano`, the sum before it is rounded to whole points, as well.
        Returns: the frame with `score` and `pd_nano` (Int64, null where the case refers) and `score_state`
            (UInt8, 0 is scored). A column `<feature>__state` is heeded as by `score`.
        Raises: InputError if the frame has columns of these names.
        """
        names = [entry.feature.name for entry in self.features]
        pairs = [pair.features for pair in self.pairs]
        kept = [points_column(name) for name in names] + [points_column(*pair) for pair in pairs]
        answers = {*kept, *ANSWERS} - (set() if exact else {SCORE_NANO})
        if taken := sorted(answers & set(frame.columns)):
            raise InputError("the frame has columns of the card's answer", got=taken)
        told = score_rows(
            frame,
            tables=self.tables,
            base=self.base,
            features=self.features,
            pairs=self.pairs,
            working=working,
        )
        points = (*told.by_feature, *told.by_pair)
        return frame.with_columns(
            *(column.alias(name) for name, column in zip(kept, points, strict=False)),
            *self._answers(told.units, told.state, exact=exact),
        )

    def _answers(self, units: np.ndarray, state: np.ndarray, *, exact: bool) -> list[pl.Series]:
        scores = rounded_scores(units, self.decimals)
        cuts = [band.high for band in self.bands if band.high is not None]
        pds = np.array([band.pd_nano for band in self.bands], dtype=np.int64)
        pd = pds[np.searchsorted(np.array(cuts, dtype=np.int64), scores, side="right")]
        answers = {SCORE: scores, PD: pd}
        if exact:
            answers[SCORE_NANO] = units * (NANO // 10**self.decimals)
        columns = [pl.Series(name, values) for name, values in answers.items()]
        if state.any():
            scored = pl.Series(state == 0)
            columns = [pl.select(pl.when(scored).then(one).alias(one.name)).to_series() for one in columns]
        return [*columns, pl.Series(SCORE_STATE, state)]

    def bin_counts(self, frame: pl.DataFrame) -> dict[str, tuple[BinCount, ...]]:
        """Count a frame's rows by bin beside the fit sample's, for csi; under `score`, by band, for psi.

        Rows that refer stand in a line of their own, which the fit sample has no rows in.

        Raises: InputError if the frame has none of the features.
        """
        read = self._read(frame)
        found = dict[str, tuple[BinCount, ...]]()
        for entry, places in zip(self.features, self.tables.places, strict=True):
            column = feature_column(read, places)
            place = column.placed(0, read.height)
            numbers = np.array([-1 if own is None else own for own in places.bins[0]], dtype=np.int64)[place]
            numbers = np.where(column.has_bin(place), numbers, -1)
            labels = [(part.label(entry.feature.kind), part.rows) for part in entry.bins]
            found[entry.feature.name] = _counts(numbers, labels)
        scores = self.score_frame(read)[SCORE]
        cuts = np.array([band.high for band in self.bands[:-1]], dtype=np.int64)
        bands = np.searchsorted(cuts, scores.fill_null(0).to_numpy(), side="right")
        bands = np.where(scores.is_null().to_numpy(), -1, bands)
        return {**found, SCORE: _counts(bands, [(band.label, band.rows) for band in self.bands])}

    def _read(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return what the card reads of a frame, which may hold its scores already."""
        names = {entry.feature.name for entry in self.features}
        if not names & set(frame.columns):
            raise InputError(
                "the frame has none of the card's features", got=frame.columns, expected=sorted(names)
            )
        return frame.select(name for name in frame.columns if name.removesuffix("__state") in names)


def _counts(numbers: np.ndarray, labels: Sequence[tuple[str, int]]) -> tuple[BinCount, ...]:
    """Count rows by the number of their bin; -1 refers."""
    seen = np.bincount(numbers + 1, minlength=len(labels) + 1).tolist()
    counts = [BinCount(label, rows, seen[number + 1]) for number, (label, rows) in enumerate(labels)]
    return (*counts, BinCount(_REFERS_LABEL, 0, seen[0]))
