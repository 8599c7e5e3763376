from datetime import date

import polars as pl
import pytest
from card_rows import statement_rows

from creditloop.book.rows import (
    OPENING_COLUMNS,
    STATEMENT_COLUMNS,
    check_currency,
    check_month_end,
    checked_rows,
    rows_hash,
)
from creditloop.kernel.errors import InputError

GOOD = {"c/2": (500, 100), "c/1": (-20, 0), "c/3": (0, 0)}


def changed(row: int, field: str, value: object) -> pl.DataFrame:
    rows = statement_rows(GOOD)
    values = rows[field].to_list()
    values[row] = value
    return rows.with_columns(pl.Series(field, values, dtype=rows.schema[field]))


def test_good_rows_come_back_sorted_with_just_the_columns_asked_for() -> None:
    rows = statement_rows(GOOD).with_columns(note=pl.lit("x"))
    assert checked_rows(rows, columns=STATEMENT_COLUMNS).rows() == [
        ("c/1", "file/c/1", -20, 0),
        ("c/2", "file/c/2", 500, 100),
        ("c/3", "file/c/3", 0, 0),
    ]
    assert checked_rows(rows, columns=OPENING_COLUMNS).columns == ["party_id", "source_ref", "bill_fen"]


@pytest.mark.parametrize(
    ("row", "field", "value", "message"),
    [
        (1, "party_id", None, "party_id is missing"),
        (1, "party_id", "", "party_id is empty"),
        (1, "party_id", "c\t1", "party_id holds a control character"),
        (1, "party_id", "c/2", "a party stands twice"),
        (2, "source_ref", None, "source_ref is missing"),
        (2, "source_ref", "", "source_ref is empty"),
        (2, "source_ref", "a\nb", "source_ref holds a control character"),
        (2, "source_ref", "a\x7f", "source_ref holds a control character"),
        (0, "bill_fen", None, "bill_fen is missing"),
        (0, "bill_fen", -(2**63), "bill_fen does not fit the book"),
        (0, "payment_fen", None, "payment_fen is missing"),
        (0, "payment_fen", -1, "a payment is negative"),
    ],
)
def test_a_bad_row_is_named(row: int, field: str, value: object, message: str) -> None:
    rows = changed(row, field, value)
    with pytest.raises(InputError, match=message) as caught:
        checked_rows(rows, columns=STATEMENT_COLUMNS)
    assert caught.value.where == {"row": row + 1, "party": rows["party_id"][row], "field": field}
    assert caught.value.got == repr(value)


def test_the_first_of_many_bad_rows_is_named_and_they_are_counted() -> None:
    rows = statement_rows(GOOD).with_columns(bill_fen=pl.lit(None, dtype=pl.Int64))
    with pytest.raises(InputError, match=r"bill_fen is missing \(3 rows; this is the first\)") as caught:
        checked_rows(rows, columns=STATEMENT_COLUMNS)
    assert caught.value.where["party"] == "c/2"


@pytest.mark.parametrize("field", STATEMENT_COLUMNS)
def test_a_missing_column_is_named(field: str) -> None:
    with pytest.raises(InputError, match="a column is missing") as caught:
        checked_rows(statement_rows(GOOD).drop(field), columns=STATEMENT_COLUMNS)
    assert caught.value.where == {"field": field}


@pytest.mark.parametrize(
    ("field", "dtype"),
    [
        ("bill_fen", pl.Float64),
        ("bill_fen", pl.Int32),
        ("payment_fen", pl.String),
        ("party_id", pl.Categorical),
    ],
)
def test_a_column_of_another_type_is_refused(field: str, dtype: type[pl.DataType]) -> None:
    rows = statement_rows(GOOD).with_columns(pl.col(field).cast(dtype))
    with pytest.raises(InputError, match="a column has the wrong type") as caught:
        checked_rows(rows, columns=STATEMENT_COLUMNS)
    assert caught.value.where == {"field": field}


def test_no_rows_are_refused() -> None:
    with pytest.raises(InputError, match="there are no rows to post"):
        checked_rows(statement_rows(GOOD).clear(), columns=STATEMENT_COLUMNS)


def test_the_hash_is_of_the_rows_whatever_their_order() -> None:
    rows = checked_rows(statement_rows(GOOD), columns=STATEMENT_COLUMNS)
    backwards = checked_rows(statement_rows(GOOD).reverse(), columns=STATEMENT_COLUMNS)
    assert rows_hash(rows) == rows_hash(backwards)
    hashes = {rows_hash(rows)}
    for field, value in (("bill_fen", 501), ("payment_fen", 101), ("source_ref", "x"), ("party_id", "c/9")):
        hashes.add(rows_hash(checked_rows(changed(0, field, value), columns=STATEMENT_COLUMNS)))
    assert len(hashes) == 5


@pytest.mark.parametrize("day", [date(2005, 4, 30), date(2004, 2, 29), date(2005, 2, 28), date(2005, 12, 31)])
def test_a_months_last_day(day: date) -> None:
    assert check_month_end(day) == day


@pytest.mark.parametrize("day", [date(2005, 4, 29), date(2004, 2, 28), date(2005, 5, 1)])
def test_another_day_is_refused(day: date) -> None:
    with pytest.raises(InputError, match="a month's last day"):
        check_month_end(day)


@pytest.mark.parametrize("code", ["", "twd", "TW", "TWDX", "TW1", "TWD\n"])
def test_what_is_not_a_currency_is_refused(code: str) -> None:
    assert check_currency("TWD") == "TWD"
    with pytest.raises(InputError, match="not a currency"):
        check_currency(code)
