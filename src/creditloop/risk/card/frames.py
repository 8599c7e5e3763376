"""Score a frame at once (批量评分): a number of its place for every value, then tables by place.

Places are found by comparing a column with each cut, which is faster than searching where cuts are few; the
work is done some thousand rows at a time, so that it stays near the processor, and in two threads. Units are
int64. What has no bin is told by a state, as one case is.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.formula import Kind, State
from creditloop.risk.binning.bins import NUMBERS
from creditloop.risk.card.pairs import PairTable
from creditloop.risk.card.parts import FittedFeature
from creditloop.risk.card.placing import Places
from creditloop.risk.card.tables import CardTables
from creditloop.risk.measures.outcomes import Ints

States = npt.NDArray[np.uint8]

_ROWS = 1 << 15
"""Rows done at a time: a column of them fits the nearer caches."""
_THREADS = 2
_CUTS_COMPARED = 40
"""Cuts up to which comparing with each is faster than searching."""
_TEXTS = (pl.String, pl.Categorical, pl.Enum)
_WIDE = (pl.UInt64, pl.Int128, pl.UInt128)
_OK, _NULL, _BROKEN = State.OK.value, State.NULL_REFER.value, State.BROKEN_INPUT.value


@dataclass(frozen=True, slots=True)
class FeatureColumn:
    """A feature's column of a frame, ready to be placed.

    Attributes:
        values: (n,) int64 of a number, 0 where it is not there; of words the numbers of their places.
        there: (n,) whether there is a value to be placed; None: everywhere.
        state: (n,) how each came out before its bin is known; None: everywhere OK.
    """

    places: Places
    values: npt.NDArray[np.int64]
    there: npt.NDArray[np.bool_] | None
    state: States | None

    def placed(self, start: int, stop: int) -> Ints:
        """Return the place of each value of some rows."""
        values = self.values[start:stop]
        if self.places.cuts:
            found = _compared(values, self.places.cuts)
            if self.there is not None:
                found[~self.there[start:stop]] = self.places.missing
            return found
        return values

    def join_state(self, worst: States, place: Ints, start: int, stop: int) -> None:
        """Raise the worst states of some rows to this feature's."""
        if self.state is not None:
            np.maximum(worst, self.state[start:stop], out=worst)
        if self.has_gap:
            np.maximum(worst, np.where(self._gaps()[place], _NULL, _OK).astype(np.uint8), out=worst)

    @property
    def has_gap(self) -> bool:
        """Whether one of its values, or a null, may have no bin."""
        met = self.places.bins[0]
        if self.places.cuts:  # the first and last place are outside int64
            met = met[1:-2] if self.there is None else met[1:-2] + met[-1:]
        return None in met

    def has_bin(self, place: Ints) -> npt.NDArray[np.bool_]:
        """Return which rows have points of this feature."""
        there = ~self._gaps()[place]
        return there if self.state is None else there & (self.state == _OK)

    def _gaps(self) -> npt.NDArray[np.bool_]:
        return np.array([own is None for own in self.places.bins[0]], dtype=np.bool_)


def feature_column(frame: pl.DataFrame, places: Places) -> FeatureColumn:
    """Read a feature's column; one that is absent or not of its kind is broken on every row."""
    name, kind = places.feature.name, places.feature.kind
    told = told_states(frame, name)
    series = frame.get_column(name) if name in frame.columns else None
    if series is None or not _fits(series.dtype, kind):
        broken = np.full(frame.height, _BROKEN, dtype=np.uint8)
        return FeatureColumn(
            places, np.zeros(frame.height, np.int64), np.zeros(frame.height, np.bool_), broken
        )
    if kind in NUMBERS:
        return _number_column(series, places, told)
    return FeatureColumn(places, _word_places(series, places), None, _joined(told, None))


def _number_column(series: pl.Series, places: Places, told: States | None) -> FeatureColumn:
    numbers = series.cast(pl.Int64, strict=False) if series.dtype != pl.Int64 else series
    broken = None
    if series.dtype in _WIDE and numbers.null_count() != series.null_count():
        broken = np.where((numbers.is_null() & series.is_not_null()).to_numpy(), _BROKEN, _OK).astype(
            np.uint8
        )
    there = None
    if numbers.null_count():
        there = numbers.is_not_null().to_numpy()
        numbers = numbers.fill_null(0)
    return FeatureColumn(places, numbers.to_numpy(), there, _joined(told, broken))


def _word_places(series: pl.Series, places: Places) -> Ints:
    if series.dtype == pl.Null:
        return np.full(len(series), places.missing, dtype=np.int64)
    words = series if series.dtype == pl.Boolean else series.cast(pl.String)
    found = words.replace_strict(
        list(places.words), list(places.words.values()), default=places.missing, return_dtype=pl.Int64
    )
    return found.fill_null(places.missing).to_numpy()


def _fits(dtype: pl.DataType, kind: Kind) -> bool:
    if dtype == pl.Null:
        return True
    if kind in NUMBERS:
        return dtype.is_integer()
    return dtype.base_type() in _TEXTS if kind is Kind.TEXT else dtype == pl.Boolean


def told_states(frame: pl.DataFrame, name: str) -> States | None:
    """Return what a frame's column tells of a feature, (n,), 0 where it did not fail; None without one.

    See `working.told_state`.
    """
    column = f"{name}__state"
    if column not in frame.columns:
        return None
    told = frame.get_column(column)
    if not told.dtype.is_integer():
        return np.full(frame.height, _BROKEN, dtype=np.uint8)
    known = told.is_between(_OK, _BROKEN)
    failed = pl.when(told < State.OVERFLOW.value).then(_OK).otherwise(told)
    return pl.select(pl.when(known).then(failed).otherwise(_BROKEN).cast(pl.UInt8)).to_series().to_numpy()


def _joined(one: States | None, other: States | None) -> States | None:
    if one is None or other is None:
        return other if one is None else one
    return np.maximum(one, other)


def _compared(values: Ints, cuts: Sequence[int]) -> Ints:
    """Return the place of numbers; the first and the last cut are outside int64."""
    inner = cuts[1:-1]
    if len(inner) > _CUTS_COMPARED:
        return np.searchsorted(np.array(inner, dtype=np.int64), values, side="right") + 1
    found = np.ones(len(values), dtype=np.uint8)
    least = np.empty(len(values), dtype=np.bool_)
    for cut in inner:
        np.greater_equal(values, cut, out=least)
        np.add(found, least.view(np.uint8), out=found)
    return found.astype(np.intp)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameScores:
    """What a card says of every row of a frame.

    Attributes:
        units: (n,) int64, the sum; to be read only where the state is OK, 0.
        state: (n,) uint8, the worst state of a row.
        by_feature, by_pair: points of each table, if they were asked for; null where it has none.
    """

    units: Ints
    state: States
    by_feature: tuple[pl.Series, ...]
    by_pair: tuple[pl.Series, ...]


def score_rows(
    frame: pl.DataFrame,
    *,
    tables: CardTables,
    base: int,
    features: Sequence[FittedFeature],
    pairs: Sequence[PairTable],
    working: bool,
) -> FrameScores:
    """Score every row; see `Card.score_frame`."""
    columns = [feature_column(frame, places) for places in tables.places]
    points = [
        _by_place(column.places, [part.points for part in entry.bins])
        for column, entry in zip(columns, features, strict=True)
    ]
    cells = [
        np.array([cell[0] if cell else 0 for cell in crossing.cells], np.int64)
        for crossing in tables.crossings
    ]
    units = np.full(frame.height, base, dtype=np.int64)
    state = np.zeros(frame.height, dtype=np.uint8)

    def score_some(start: int) -> None:
        stop = min(start + _ROWS, frame.height)
        placed = [column.placed(start, stop) for column in columns]
        own, worst = units[start:stop], state[start:stop]
        for column, place, table in zip(columns, placed, points, strict=True):
            own += table[place]
            column.join_state(worst, place, start, stop)
        for crossing, table in zip(tables.crossings, cells, strict=True):
            own += table[placed[crossing.first] * crossing.width + placed[crossing.second]]

    in_parts(score_some, frame.height)
    kept = _working(columns, points, cells, tables, frame.height) if working else ((), ())
    return FrameScores(units=units, state=state, by_feature=kept[0], by_pair=kept[1])


def in_parts(work: Callable[[int], None], rows: int) -> None:
    """Do work on some rows at a time, given where they start; a few rows without threads."""
    starts = range(0, rows, _ROWS)
    if len(starts) <= _THREADS:
        for start in starts:
            work(start)
        return
    with ThreadPoolExecutor(_THREADS) as threads:
        for _ in threads.map(work, starts):
            pass


def _by_place(places: Places, by_bin: Sequence[int]) -> Ints:
    """Return what each place gives, 0 where it has no bin."""
    return np.array([0 if own is None else by_bin[own] for own in places.bins[0]], dtype=np.int64)


def _working(
    columns: Sequence[FeatureColumn],
    points: Sequence[Ints],
    cells: Sequence[Ints],
    tables: CardTables,
    rows: int,
) -> tuple[tuple[pl.Series, ...], tuple[pl.Series, ...]]:
    """Return the points of each feature's table and of each pair's."""
    placed = [column.placed(0, rows) for column in columns]
    there = [column.has_bin(place) for column, place in zip(columns, placed, strict=True)]
    own = (_kept(table[place], bins) for table, place, bins in zip(points, placed, there, strict=True))
    both = (
        _kept(
            table[placed[crossing.first] * crossing.width + placed[crossing.second]],
            there[crossing.first] & there[crossing.second],
        )
        for crossing, table in zip(tables.crossings, cells, strict=True)
    )
    return tuple(own), tuple(both)


def _kept(points: Ints, there: npt.NDArray[np.bool_]) -> pl.Series:
    return pl.select(pl.when(pl.Series(there)).then(pl.Series(points))).to_series()
