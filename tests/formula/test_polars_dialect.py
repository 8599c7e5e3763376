"""An input is read from its column in the kind's own type, and what the type of the column allows is told."""

from datetime import date

import polars as pl
import pytest

from creditloop.formula import Input, Kind
from creditloop.formula.polars_dialect import DTYPES, PolarsDialect

DAY = date(2005, 6, 30)


@pytest.mark.parametrize(
    ("kind", "dtype", "values", "valid"),
    [
        (Kind.INTEGER, pl.Int64(), [1, None], None),
        (Kind.MONEY, pl.Int8(), [1, None], None),
        (Kind.NANO, pl.UInt32(), [1, None], None),
        (Kind.INTEGER, pl.Null(), [None, None], None),
        (Kind.INTEGER, pl.UInt64(), [1, 2**63], [True, False]),
        (Kind.MONEY, pl.Int128(), [1, -(2**63) - 1], [True, False]),
        (Kind.NANO, pl.UInt128(), [1, 2**63], [True, False]),
        (Kind.TEXT, pl.String(), ["x", None], None),
        (Kind.TEXT, pl.Categorical(), ["x", None], None),
        (Kind.TEXT, pl.Enum(["x"]), ["x", None], None),
        (Kind.TEXT, pl.Null(), [None, None], None),
        (Kind.BOOLEAN, pl.Boolean(), [True, None], None),
        (Kind.BOOLEAN, pl.Null(), [None, None], None),
        (Kind.DATE, pl.Date(), [DAY, date.max], [True, True]),
        (Kind.DATE, pl.Null(), [None, None], None),
    ],
)
def test_a_column_is_read_in_the_kinds_own_type(
    kind: Kind, dtype: pl.DataType, values: list[object], valid: list[bool] | None
) -> None:
    frame = pl.DataFrame([pl.Series("x", values, dtype=dtype)])
    column = PolarsDialect(frame.schema).input(Input("x", kind))
    assert column is not None
    told = frame.select(column.value)["x"]
    assert told.dtype == DTYPES[kind]
    assert (column.valid is None) == (valid is None)
    if column.valid is not None:
        assert frame.select(column.valid)["x"].to_list() == valid
    else:
        assert told.to_list() == values


@pytest.mark.parametrize("dtype", [pl.Int64(), pl.UInt64(), pl.Int128()])
def test_a_declared_value_in_a_column_that_holds_it_is_valid(dtype: pl.DataType) -> None:
    frame = pl.DataFrame([pl.Series("x", [1, 2, 3, 2**63 - 1], dtype=dtype)])
    column = PolarsDialect(frame.schema).input(Input("x", Kind.INTEGER, values=(1, 3)))
    assert column is not None and column.valid is not None
    assert frame.select(column.valid)["x"].to_list() == [True, False, True, False]


def test_without_a_column_of_its_kind_there_is_no_input() -> None:
    dialect = PolarsDialect(pl.Schema({"x": pl.Float64()}))
    assert dialect.input(Input("x", Kind.INTEGER)) is None
    assert dialect.input(Input("y", Kind.INTEGER)) is None
