"""Counts of parts add up to the counts of the whole, to the byte, however parted and however coarse."""

from collections import Counter
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk import BinLimits, CardFeature, Direction, ValueCounts, bin_counts, count_values, merged
from creditloop.risk.binning.counting import BITS, cells

LIMITS = BinLimits(prebins_max=16, bins_max=5, rows_min=20, refined=True)


def feature(kind: Kind = Kind.INTEGER, special: tuple[int, ...] = ()) -> CardFeature:
    return CardFeature(
        name="x", kind=kind, direction=Direction.NONE, zh="特征", en="feature", special=special
    )


def told(counts: ValueCounts) -> tuple[object, ...]:
    arrays = (counts.least, counts.most, counts.goods, counts.bads)
    return (
        *(array.tolist() for array in arrays),
        *(counts.words, counts.special, counts.missing, counts.bits),
    )


@settings(max_examples=80, deadline=None)
@given(
    values=st.lists(st.none() | st.integers(-3, 3) | st.integers(-(2**63), 2**63 - 1), max_size=60),
    seed=st.integers(0, 99),
)
def test_every_value_is_counted(values: list[int | None], seed: int) -> None:
    bad = np.random.default_rng(seed).random(len(values)) < 0.3
    counts = count_values(
        values=pl.Series("x", values, dtype=pl.Int64), bad=bad, feature=feature(special=(2, -1))
    )
    seen = Counter(zip(values, bad.tolist(), strict=True))
    plain = sorted({value for value in values if value not in {None, 2, -1}})
    assert counts.least.tolist() == counts.most.tolist() == plain
    assert counts.goods.tolist() == [seen[value, False] for value in plain]
    assert counts.bads.tolist() == [seen[value, True] for value in plain]
    assert [tuple(one) for one in counts.special] == [
        (seen[code, False], seen[code, True]) for code in (-1, 2)
    ]
    assert tuple(counts.missing) == (seen[None, False], seen[None, True])
    assert counts.totals == (int((~bad).sum()), int(bad.sum()))


def columns(kind: str, rows: int = 9_000) -> tuple[pl.Series, CardFeature]:
    """A column of each kind, with special codes and nulls; the wide ones fall into many cells."""
    random = np.random.default_rng(7)
    drawn = random.normal(size=rows)
    values: dict[str, tuple[object, Kind, tuple[int, ...]]] = {
        "few": (np.rint(drawn * 3).astype(np.int64), Kind.INTEGER, ()),
        "codes": (np.where(drawn > 1.5, 98, np.rint(drawn * 9)).astype(np.int64), Kind.INTEGER, (96, 98)),
        "wide": (np.rint(drawn * 10**9).astype(np.int64), Kind.NANO, ()),
        "tail": (np.rint(np.exp(drawn * 8 + 10)).astype(np.int64), Kind.MONEY, (0,)),
        "far": (10**15 + np.rint(drawn * 10**6).astype(np.int64), Kind.INTEGER, ()),
        "words": ([f"w{int(abs(one) * 40)}" for one in drawn], Kind.TEXT, ()),
        "flags": ((drawn > 0.5).tolist(), Kind.BOOLEAN, ()),
    }
    given, of, special = values[kind]
    column = pl.Series("x", given).set(pl.Series(random.random(rows) < 0.1), None)
    return column, feature(of, special)


def outcomes(rows: int = 9_000) -> np.ndarray:
    return np.random.default_rng(7).normal(size=rows) + np.random.default_rng(8).normal(size=rows) > 1.4


@pytest.mark.parametrize("cells_max", [1024, 2**20])
@pytest.mark.parametrize("kind", ["few", "codes", "wide", "tail", "far", "words", "flags"])
def test_parts_add_up_to_the_whole(kind: str, cells_max: int) -> None:
    column, one = columns(kind)
    bad = outcomes()
    whole = count_values(values=column, bad=bad, feature=one, cells_max=cells_max)
    for edges in ([0, 1, 4_000, 9_000], [0, 8_990, 9_000], [0, 3_000, 6_000, 9_000]):
        parts = [
            count_values(values=column[a:b], bad=bad[a:b], feature=one, cells_max=cells_max)
            for a, b in pairwise(edges)
        ]
        assert told(merged(parts=parts, cells_max=cells_max)) == told(whole)
        assert told(merged(parts=parts[::-1], cells_max=cells_max)) == told(whole)
    found = bin_counts(counts=whole, limits=LIMITS)
    assert bin_counts(counts=merged(parts=parts, cells_max=cells_max), limits=LIMITS) == found
    assert sum(part.rows for part in found.bins) == len(column)
    assert len(whole.least) <= cells_max


def test_cells_lose_little() -> None:
    column, one = columns("tail")
    bad = outcomes()
    fine, coarse = (
        bin_counts(
            counts=count_values(values=column, bad=bad, feature=one, cells_max=cells_max), limits=LIMITS
        )
        for cells_max in (2**20, 1024)
    )
    assert coarse.iv_nano > 0.99 * fine.iv_nano > 0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=20), st.sampled_from(BITS))
def test_a_cell_keeps_the_leading_digits_and_the_order(values: list[int], bits: int) -> None:
    ordered = sorted(values)
    found = cells(np.array(ordered, dtype=np.int64), bits=bits).tolist()
    for value, cell in zip(ordered, found, strict=True):
        drop = max(abs(value).bit_length() - bits, 0)
        assert cell == (abs(value) >> drop << drop) * (-1 if value < 0 else 1)
    assert found == sorted(found)


def test_the_coarsest_step_is_coarse_enough_for_any_column() -> None:
    edges = np.concatenate([2**power + np.arange(8) * 2 ** max(power - 3, 0) for power in range(62)])
    every = np.unique(np.concatenate([edges, -edges]))
    assert len(np.unique(cells(every, bits=BITS[-1]))) < 1024


def test_what_cannot_be_counted_is_refused() -> None:
    column = pl.Series("x", [1, 2])
    with pytest.raises(InputError, match="x and bad must have the same rows"):
        count_values(values=column, bad=np.array([True]), feature=feature())
    counts = count_values(values=column, bad=np.array([True, False]), feature=feature())
    with pytest.raises(InputError, match="too few cells"):
        count_values(values=column, bad=np.array([True, False]), feature=feature(), cells_max=100)
    other = count_values(values=column, bad=np.array([True, False]), feature=feature(special=(9,)))
    for parts in ([], [counts, other]):
        with pytest.raises(InputError, match="counts of one feature can be merged"):
            merged(parts=parts)
