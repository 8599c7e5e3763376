"""Tables in whole units of points (整数分值), and the parts of the card they are written as.

The same numbers stand in arrays over pre-bins, which score a frame at once, and in the card, where neighbours
that say the same are one bin.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Self

import numpy as np
import polars as pl

from creditloop.risk.binning import Bin
from creditloop.risk.binning.bins import nano_from_float
from creditloop.risk.binning.merging import iv_parts, woe
from creditloop.risk.boosting.encoding import Encoding
from creditloop.risk.boosting.tables import AdditiveTables, Pair
from creditloop.risk.card.pairs import Cells, PairTable
from creditloop.risk.card.parts import DroppedFeature, FittedFeature, LeftOut
from creditloop.risk.card.scaling import Scale, half_away
from creditloop.risk.measures.outcomes import Bools, Ints

_Parts = tuple[tuple[FittedFeature, ...], tuple[PairTable, ...], tuple[DroppedFeature, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTables:
    """Points of every pre-bin, and of pairs of them, in whole units.

    Attributes:
        base: what every row is given.
        decimals: of a point; a unit is 10^-decimals points.
        mains: by the number of a feature, (bins,) int64; all features have one.
        pairs: by two numbers, (bins, bins) int64; none is 0 everywhere.
    """

    encoding: Encoding
    base: int
    decimals: int
    mains: dict[int, Ints]
    pairs: dict[Pair, Ints]

    @classmethod
    def rounded(
        cls, encoding: Encoding, tables: AdditiveTables, codes: Ints | None, *, scale: Scale, intercept: float
    ) -> Self:
        """Return tables as points on a scale, each cell rounded once, half away from zero.

        Args:
            tables: in log-odds of bad; `intercept` is added to them.
            codes: of the sample: a bin without a row of it says nothing, 0. None: all bins speak.
        """
        unit = -scale.factor * 10**scale.decimals
        seen = [
            np.ones(size, dtype=np.bool_)
            if codes is None
            else np.bincount(codes[:, number], minlength=size) > 0
            for number, size in enumerate(encoding.sizes)
        ]
        none = [np.zeros(size) for size in encoding.sizes]
        mains = {
            number: half_away(tables.mains.get(number, none[number]) * unit * seen[number])
            for number in range(len(encoding.sizes))
        }
        pairs = {
            (one, other): half_away(grid * unit * seen[one][:, None] * seen[other][None, :])
            for (one, other), grid in tables.pairs.items()
        }
        kept = {pair: grid for pair, grid in pairs.items() if grid.any()}
        return cls(
            encoding=encoding,
            base=scale.base(-intercept - tables.base),
            decimals=scale.decimals,
            mains=mains,
            pairs=kept,
        )

    def total(self, frame: pl.DataFrame) -> Ints:
        """Return the units of every row of a frame, base and points, (n,) int64.

        Raises: InputError for a column that is absent or not of its feature's kind.
        """
        codes = self.encoding.codes(frame)
        found = np.full(len(codes), self.base, dtype=np.int64)
        for number, points in self.mains.items():
            found += points[codes[:, number]]
        for (one, other), grid in self.pairs.items():
            found += grid[codes[:, one], codes[:, other]]
        return found


def card_parts(units: UnitTables, codes: Ints, bad: Bools) -> _Parts:
    """Return the card's features, its pairs, and the features that say nothing.

    Where no row of the sample was missing there is no bin of the missing: the card refers what it never saw.
    """
    units = _without_unseen_missing(units, codes)
    paired = {number for pair in units.pairs for number in pair}
    features, dropped = list[FittedFeature](), list[DroppedFeature]()
    for number, points in units.mains.items():
        entry = _feature(units, number, codes[:, number], bad, keep_two=number in paired)
        if number in paired or points.any():
            features.append(entry)
        else:
            dropped.append(
                DroppedFeature(name=entry.feature.name, iv_nano=entry.iv_nano, reason=LeftOut.NO_POINTS)
            )
    pairs = tuple(_pair(units, pair, codes, bad) for pair in sorted(units.pairs))
    return tuple(features), pairs, tuple(dropped)


def _without_unseen_missing(units: UnitTables, codes: Ints) -> UnitTables:
    ends = [
        None if (codes[:, number] == size - 1).any() else -1
        for number, size in enumerate(units.encoding.sizes)
    ]
    bins = tuple(parts[:end] for parts, end in zip(units.encoding.bins, ends, strict=True))
    return replace(
        units,
        encoding=replace(units.encoding, bins=bins),
        mains={number: points[: ends[number]] for number, points in units.mains.items()},
        pairs={(one, other): grid[: ends[one], : ends[other]] for (one, other), grid in units.pairs.items()},
    )


def _feature(units: UnitTables, number: int, codes: Ints, bad: Bools, *, keep_two: bool) -> FittedFeature:
    """Return a feature with its points; neighbours of equal points are one bin."""
    bins, points = units.encoding.bins[number], units.mains[number]
    group = _groups(bins, points[:, None])
    if keep_two and len(set(group.tolist())) < 2:
        group = np.arange(len(bins))
    size = int(group.max()) + 1
    rows = np.bincount(group[codes], minlength=size)
    bads = np.bincount(group[codes], weights=bad, minlength=size).astype(np.int64)
    goods, totals = rows - bads, (int((~bad).sum()), int(bad.sum()))
    said = np.where(rows > 0, woe(goods, bads, totals), 0.0)
    made = [
        replace(
            part,
            rows=int(rows[place]),
            bad=int(bads[place]),
            woe_nano=nano_from_float(float(said[place])),
            points=int(points[first]),
        )
        for place, (part, first) in enumerate(_joined(bins, group))
    ]
    return FittedFeature(
        feature=units.encoding.features[number],
        bins=tuple(made),
        iv_nano=nano_from_float(float(iv_parts(goods, bads, totals)[rows > 0].sum())),
    )


def _pair(units: UnitTables, pair: Pair, codes: Ints, bad: Bools) -> PairTable:
    """Return a pair's table; neighbouring rows, and columns, that are equal are one."""
    grid = units.pairs[pair]
    one, other = (units.encoding.bins[number] for number in pair)
    down, across = _groups(one, grid), _groups(other, grid.T)
    shape = int(down.max()) + 1, int(across.max()) + 1
    place = down[codes[:, pair[0]]] * shape[1] + across[codes[:, pair[1]]]
    seen = np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape)
    bads = np.bincount(place, weights=bad, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int64)
    rows, columns = list(_joined(one, down)), list(_joined(other, across))
    points = grid[np.ix_([first for _, first in rows], [first for _, first in columns])]
    return PairTable(
        features=(units.encoding.features[pair[0]].name, units.encoding.features[pair[1]].name),
        rows=tuple(part for part, _ in rows),
        columns=tuple(part for part, _ in columns),
        points=_cells(points),
        seen=_cells(seen),
        bad=_cells(bads),
    )


def _groups(bins: Sequence[Bin], said: Ints) -> Ints:
    """Number neighbouring bins of intervals, or of words, that say the same alike; the others stand alone.

    Args:
        said: (bins, k) what each says.
    """
    alike = [
        one.special == other.special == ()
        and not one.missing
        and not other.missing
        and bool((said[place] == said[place + 1]).all())
        for place, (one, other) in enumerate(pairwise(bins))
    ]
    return np.concatenate(([0], np.cumsum(~np.array(alike, dtype=np.bool_)))).astype(np.int64)


def _joined(bins: Sequence[Bin], group: Ints) -> Iterator[tuple[Bin, int]]:
    """Give each group as one bin, and the number of its first."""
    for _, members in groupby(range(len(bins)), key=lambda place: int(group[place])):
        places = list(members)
        first, last = bins[places[0]], bins[places[-1]]
        words = tuple(word for place in places for word in bins[place].values)
        yield replace(first, high=last.high, values=words), places[0]


def _cells(grid: Ints) -> Cells:
    return tuple(tuple(row) for row in grid.tolist())
