"""The doors: the vectorised reading gives what each value's own door gives, and nothing is guessed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.data.contracts import ColumnType
from creditloop.data.doors import typed
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import FEN_MAX, fen_from_float, fen_from_text, text_from_fen

FAULT = "fault"


def read(values: list[object], column_type: ColumnType, dtype: pl.DataType | None = None) -> list[object]:
    """Read values through a door; FAULT stands where there is one."""
    result = typed(pl.Series("cells", values, dtype=dtype), column_type=column_type)
    return [
        FAULT if fault else value
        for value, fault in zip(result.values.to_list(), result.fault.to_list(), strict=True)
    ]


CASES = [
    (ColumnType.INTEGER, None, [("1", 1), ("-3", -3), ("0", 0), ("1.0", 1), ("12.00", 12), ("007", FAULT)]),
    (ColumnType.INTEGER, None, [("+4", FAULT), (" 5", FAULT), ("1e3", FAULT), ("", FAULT), ("1.5", FAULT)]),
    (
        ColumnType.INTEGER,
        None,
        [(str(2**63 - 1), 2**63 - 1), (str(2**63), FAULT), ("9" * 30, FAULT), ("١", FAULT)],
    ),
    (
        ColumnType.INTEGER,
        pl.Float64(),
        [(1.0, 1), (1.5, FAULT), (float("nan"), FAULT), (float("-inf"), FAULT)],
    ),
    (ColumnType.INTEGER, pl.Float64(), [(2.0**53 - 1, 2**53 - 1), (2.0**53, FAULT), (None, None), (-0.0, 0)]),
    (ColumnType.INTEGER, pl.UInt64(), [(7, 7), (2**63, FAULT)]),
    (ColumnType.INTEGER, None, [(Decimal("3.00"), 3), (Decimal("3.10"), FAULT)]),
    (
        ColumnType.MONEY,
        None,
        [("1", 100), ("-0.05", -5), ("+7.5", 750), ("1,234.5", 123_450), ("1.2300", 123)],
    ),
    (
        ColumnType.MONEY,
        None,
        [("1.234", FAULT), ("1,23", FAULT), ("¥5", FAULT), (".5", FAULT), ("5.", FAULT)],
    ),
    (
        ColumnType.MONEY,
        None,
        [("92233720368547758.07", FEN_MAX), ("92233720368547758.08", FAULT), ("1e3", FAULT)],
    ),
    (ColumnType.MONEY, pl.Float64(), [(20000.1, 2_000_010), (0.1 + 0.2, FAULT), (-3.0, -300), (1e22, FAULT)]),
    (ColumnType.MONEY, pl.Int64(), [(FEN_MAX // 100, FEN_MAX // 100 * 100), (FEN_MAX // 100 + 1, FAULT)]),
    (ColumnType.MONEY, None, [(Decimal("1.20"), 120), (Decimal("-3.456"), FAULT)]),
    (ColumnType.TEXT, None, [("a b ", "a b "), ("b\0", FAULT), ("中", "中")]),
    (ColumnType.CODE, pl.Int64(), [(1, "1"), (-2, "-2")]),
    (ColumnType.BOOLEAN, None, [("true", True), ("FALSE", False), ("1", True), ("0", False), ("yes", FAULT)]),
    (ColumnType.BOOLEAN, pl.Int64(), [(1, True), (0, False), (2, FAULT)]),
    (ColumnType.DATE, None, [("2024-02-29", date(2024, 2, 29)), ("2023-02-29", FAULT), ("20240229", FAULT)]),
    (ColumnType.DATE, None, [("2024-02-29 00:00:00", FAULT), ("29.02.2024", FAULT), ("0000-01-01", FAULT)]),
    (ColumnType.INSTANT, None, [("2024-01-01T08:00:00+08:00", datetime(2024, 1, 1, tzinfo=UTC))]),
    (ColumnType.INSTANT, None, [("2024-01-01 00:00:00.000001Z", datetime(2024, 1, 1, 0, 0, 0, 1, UTC))]),
    (
        ColumnType.INSTANT,
        None,
        [("2024-01-01T00:00:00", FAULT), ("2024-01-01", FAULT), ("2024-13-01T00:00Z", FAULT)],
    ),
    (ColumnType.INSTANT, None, [("0001-01-01T00:00:00+14:00", FAULT)]),
    (
        ColumnType.INSTANT,
        pl.Datetime("ns", "UTC"),
        [(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC))],
    ),
    *((column_type, pl.Null(), [(None, None)]) for column_type in ColumnType),
]


@pytest.mark.parametrize(("column_type", "dtype", "pairs"), CASES)
def test_cells_become_values_or_faults(
    column_type: ColumnType, dtype: pl.DataType | None, pairs: list[tuple[object, object]]
) -> None:
    assert read([cell for cell, _ in pairs], column_type, dtype) == [value for _, value in pairs]


def test_an_instant_finer_than_a_microsecond_is_a_fault() -> None:
    cells = pl.Series([1_000_000_001, 1_000_000_000]).cast(pl.Datetime("ns", "UTC"))
    assert typed(cells, column_type=ColumnType.INSTANT).fault.to_list() == [True, False]


@given(st.lists(st.integers(-FEN_MAX, FEN_MAX)))
def test_money_written_as_text_is_read_back(amounts: list[int]) -> None:
    texts = [text_from_fen(amount) for amount in amounts]
    assert read(list(texts), ColumnType.MONEY, pl.String()) == amounts


@given(st.lists(st.text(alphabet="0123456789.,-+e ", max_size=24)))
def test_money_is_what_the_kernels_door_says(texts: list[str]) -> None:
    def door(text: str) -> object:
        try:
            return fen_from_text(text)
        except InputError:
            return FAULT

    assert read(list(texts), ColumnType.MONEY, pl.String()) == [door(text) for text in texts]


@given(st.lists(st.floats() | st.integers(-(10**12), 10**12).map(lambda fen: fen / 100)))
def test_floats_are_what_the_kernels_door_says(amounts: list[float]) -> None:
    def door(amount: float) -> object:
        try:
            return fen_from_float(amount)
        except InputError:
            return FAULT

    assert read(list(amounts), ColumnType.MONEY, pl.Float64()) == [door(amount) for amount in amounts]


@given(st.lists(st.integers(-(2**65), 2**65)))
def test_integers_are_kept_or_refused_whole(numbers: list[int]) -> None:
    expected = [number if abs(number) < 2**63 else FAULT for number in numbers]
    assert read([str(number) for number in numbers], ColumnType.INTEGER, pl.String()) == expected
