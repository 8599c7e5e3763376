"""Columns that must not be fitted are named, each with what is wrong; what can be fitted is not."""

import numpy as np
import polars as pl
import pytest

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk import CardFeature, ColumnFault, ColumnFinding, Direction, column_findings

ROWS = 1_000
RANDOM = np.random.default_rng(4)
BAD = RANDOM.random(ROWS) < 0.2
NOISE = RANDOM.integers(0, 900, ROWS)


def found(
    values: object, kind: Kind = Kind.INTEGER, bad: object = BAD, special: tuple[int, ...] = ()
) -> list[ColumnFinding]:
    frame = pl.DataFrame({"fine": NOISE, "x": values}, strict=False)
    features = [
        CardFeature(name="fine", kind=Kind.INTEGER, direction=Direction.NONE, zh="好", en="fine"),
        CardFeature(name="x", kind=kind, direction=Direction.NONE, zh="特征", en="x", special=special),
    ]
    return list(column_findings(frame=frame, bad=bad, features=features))  # type: ignore[arg-type]


SPOILT = np.where(np.arange(ROWS) == 7, np.inf, NOISE.astype(np.float64))
NO_NUMBER = np.where(np.arange(ROWS) < 3, np.nan, NOISE.astype(np.float64))
HUGE = np.where(np.arange(ROWS) < 2, 1e11, NOISE.astype(np.float64))
HALVES = pl.Series([None, 1] * (ROWS // 2))


@pytest.mark.parametrize(
    ("values", "kind", "fault", "count"),
    [
        ([None] * ROWS, Kind.INTEGER, ColumnFault.ALL_MISSING, ROWS),
        ([None] * ROWS, Kind.TEXT, ColumnFault.ALL_MISSING, ROWS),
        ([3] * ROWS, Kind.INTEGER, ColumnFault.CONSTANT, ROWS),
        (["a"] * ROWS, Kind.TEXT, ColumnFault.CONSTANT, ROWS),
        ([True] * ROWS, Kind.BOOLEAN, ColumnFault.CONSTANT, ROWS),
        (NOISE.copy(), Kind.INTEGER, ColumnFault.DUPLICATE, ROWS),
        ([f"w{number:05d}" for number in range(ROWS)], Kind.TEXT, ColumnFault.MANY_WORDS, ROWS),
        (SPOILT, Kind.NANO, ColumnFault.NOT_FINITE, 1),
        (NO_NUMBER, Kind.MONEY, ColumnFault.NOT_FINITE, 3),
        (HUGE, Kind.NANO, ColumnFault.OUT_OF_RANGE, 2),
        (
            pl.Series([2**64 - 1] + [1] * (ROWS - 1), dtype=pl.UInt64),
            Kind.INTEGER,
            ColumnFault.OUT_OF_RANGE,
            1,
        ),
        (NOISE / 2, Kind.NANO, ColumnFault.NOT_OF_KIND, ROWS),
        (["1"] * ROWS, Kind.INTEGER, ColumnFault.NOT_OF_KIND, ROWS),
        (BAD.astype(np.int64), Kind.INTEGER, ColumnFault.TARGET, ROWS),
        (~BAD, Kind.BOOLEAN, ColumnFault.TARGET, ROWS),
        (np.where(BAD, "late", "paid"), Kind.TEXT, ColumnFault.TARGET, ROWS),
        (np.where(BAD, NOISE + 5_000, NOISE), Kind.MONEY, ColumnFault.TARGET, ROWS),
        (pl.Series(np.where(BAD, 1, 0)).replace({0: None}), Kind.INTEGER, ColumnFault.TARGET, ROWS),
    ],
    ids=range(18),
)
def test_each_is_named(values: object, kind: Kind, fault: ColumnFault, count: int) -> None:
    (one,) = found(values, kind)
    assert (one.column, one.fault, one.count) == ("x", fault, count)
    assert one.same_as == ("fine" if fault is ColumnFault.DUPLICATE else None)
    assert one.en.startswith("x ")
    assert one.zh.startswith("x ")
    assert one.leaves_out == (fault is not ColumnFault.MANY_WORDS)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (NOISE[::-1].copy(), Kind.INTEGER),
        (HALVES, Kind.INTEGER),
        (np.where(BAD ^ (np.arange(ROWS) == 3), 1, 0), Kind.INTEGER),
        ([f"w{number % 60}" for number in range(ROWS)], Kind.TEXT),
        (np.arange(ROWS), Kind.INTEGER),
    ],
    ids=["turned round", "there or not", "one row is wrong", "few words", "a key"],
)
def test_what_can_be_fitted_is_not_named(values: object, kind: Kind) -> None:
    assert found(values, kind) == []


@pytest.mark.parametrize("share", [0.002, 0.01, 0.03, 0.5])
def test_numbers_each_once_are_not_the_target_however_rare_the_bads(share: float) -> None:
    values = RANDOM.permutation(10_000)
    feature = CardFeature(name="x", kind=Kind.INTEGER, direction=Direction.NONE, zh="数", en="x")
    frame, bad = pl.DataFrame({"x": values}), RANDOM.random(10_000) < share
    assert column_findings(frame=frame, bad=bad, features=[feature]) == ()
    last = pl.DataFrame({"x": np.where(bad, 10_000 + values, values)})
    assert [one.fault for one in column_findings(frame=last, bad=bad, features=[feature])] == [
        ColumnFault.TARGET
    ]


def test_a_target_behind_a_special_code_is_named() -> None:
    values = np.where(BAD, 9_999, NOISE)
    assert [one.fault for one in found(values, special=(9_999,))] == [ColumnFault.TARGET]


def test_one_outcome_is_named_first() -> None:
    told = found([3] * ROWS, bad=np.zeros(ROWS))
    assert [(one.column, one.fault) for one in told] == [
        ("bad", ColumnFault.ONE_CLASS),
        ("x", ColumnFault.CONSTANT),
    ]


def test_ten_thousand_words_are_named() -> None:
    words = pl.Series("x", [f"w{number}" for number in range(10_000)] * 2)
    feature = CardFeature(name="x", kind=Kind.TEXT, direction=Direction.NONE, zh="城市", en="town")
    bad = RANDOM.random(20_000) < 0.2
    (one,) = column_findings(frame=words.to_frame(), bad=bad, features=[feature])
    assert (one.fault, one.count) == (ColumnFault.MANY_WORDS, 10_000)
    assert one.en == "x has too many words: the rare ones are one group (10000)"


def test_what_is_no_sample_is_refused() -> None:
    feature = CardFeature(name="y", kind=Kind.TEXT, direction=Direction.NONE, zh="城市", en="town")
    with pytest.raises(InputError, match="the frame lacks features"):
        column_findings(frame=pl.DataFrame({"x": [1]}), bad=[1], features=[feature])
    with pytest.raises(InputError, match="the frame and bad must have the same rows"):
        column_findings(frame=pl.DataFrame({"y": ["a"]}), bad=[1, 0], features=[feature])
