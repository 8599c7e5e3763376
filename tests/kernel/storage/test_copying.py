"""The bulk door: what goes in comes out, whatever the text, and a failing row lets none in."""

import math
from collections.abc import Callable, Iterator
from datetime import UTC

import polars as pl
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.storage import Connection, connect, copy_frame, copy_rows

TABLE = 'town.odd "name"'
SCHEMA = {
    "text": pl.String,
    "other text": pl.String,
    "number": pl.Int64,
    'a "flag"': pl.Boolean,
    "day": pl.Date,
    "moment": pl.Datetime("us", "UTC"),
    "ratio": pl.Float64,
}
_NASTY = [
    "",
    "\\N",
    "\\.",
    "NULL",
    '"',
    '""',
    "\n",
    "\r\n",
    "\\.\n",
    "a\n\\.\nb",
    ",",
    "\t",
    "'",
    "\\",
    " ",
    "中",
    "\u2028",
    "\ufeff",
]
TEXT = st.sampled_from(_NASTY) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8
)
ROWS = st.lists(
    st.tuples(
        st.none() | TEXT,
        st.none() | TEXT,
        st.none() | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([-(2**63), 2**63 - 1, 0]),
        st.none() | st.booleans(),
        st.none() | st.dates(),
        st.none() | st.datetimes(timezones=st.just(UTC)),
        st.none() | st.floats(allow_nan=False),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def town(make_database: Callable[[], str]) -> Iterator[Connection]:
    """A database with one table of every kind of column, oddly named."""
    with connect(make_database()) as connection:
        connection.execute(
            'CREATE SCHEMA town; CREATE TABLE town."odd ""name""" ('
            "line_no integer GENERATED ALWAYS AS IDENTITY, text text,"
            ' "other text" text, number bigint, "a ""flag""" boolean, day date, moment timestamptz,'
            " ratio double precision);"
            "CREATE TABLE town.house (number bigint PRIMARY KEY, name text)"
        )
        connection.commit()
        yield connection


def kept(connection: Connection) -> list[tuple[object, ...]]:
    """Read back what is in the table, in the order it was put in, and leave it empty."""
    names = ", ".join('"' + name.replace('"', '""') + '"' for name in SCHEMA)
    rows = connection.execute(f'SELECT {names} FROM town."odd ""name""" ORDER BY line_no').fetchall()
    connection.rollback()
    return rows


@given(ROWS)
def test_a_frame_comes_back_as_it_went_in(town: Connection, rows: list[tuple[object, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    assert copy_frame(town, table=TABLE, frame=frame) == len(rows)
    assert kept(town) == rows


@given(ROWS)
def test_rows_come_back_as_they_went_in(town: Connection, rows: list[tuple[object, ...]]) -> None:
    assert copy_rows(town, table=TABLE, columns=list(SCHEMA), rows=iter(rows)) == len(rows)
    assert kept(town) == rows


@pytest.mark.parametrize("name", list(SCHEMA))
@pytest.mark.parametrize("count", [1, 2])
def test_a_lone_column_of_nothing_is_rows_of_null(town: Connection, name: str, count: int) -> None:
    frame = pl.DataFrame({name: [None] * count}, schema={name: SCHEMA[name]})
    assert copy_frame(town, table=TABLE, frame=frame) == count
    assert kept(town) == [(None,) * len(SCHEMA)] * count


def test_a_lone_empty_text_is_not_null(town: Connection) -> None:
    copy_frame(town, table=TABLE, frame=pl.DataFrame({"text": ["", None]}))
    assert [row[0] for row in kept(town)] == ["", None]


def test_not_a_number_stays_one(town: Connection) -> None:
    copy_frame(town, table=TABLE, frame=pl.DataFrame({"ratio": [math.nan, None]}))
    first, second = (row[-1] for row in kept(town))
    assert math.isnan(first)
    assert second is None


def test_a_frame_longer_than_a_piece_arrives_whole_and_in_order(town: Connection) -> None:
    frame = pl.DataFrame({"number": range(120_001)}).with_columns(
        text=pl.lit("行") + pl.col("number").cast(pl.String)
    )
    assert copy_frame(town, table=TABLE, frame=frame) == 120_001
    found = town.execute(
        "SELECT count(*), sum(number), bool_and(text = '行' || number), bool_and(line_no - number ="
        ' (SELECT min(line_no) FROM town."odd ""name""")) FROM town."odd ""name"""'
    ).fetchone()
    town.rollback()
    assert found == (120_001, 120_000 * 120_001 // 2, True, True)


@pytest.mark.parametrize("door", ["rows", "frame"])
def test_a_failing_row_lets_none_in(town: Connection, door: str) -> None:
    pairs = [(1, "a"), (2, "b"), (1, "again")]
    with pytest.raises(psycopg.errors.UniqueViolation):
        if door == "rows":
            copy_rows(town, table="town.house", columns=["number", "name"], rows=pairs)
        else:
            copy_frame(
                town, table="town.house", frame=pl.DataFrame(pairs, schema=["number", "name"], orient="row")
            )
    town.rollback()
    assert town.execute("SELECT count(*) FROM town.house").fetchone() == (0,)
    town.rollback()


def test_a_source_of_rows_that_breaks_lets_none_in(town: Connection) -> None:
    def breaking() -> Iterator[tuple[int, str]]:
        yield 1, "a"
        raise RuntimeError("the file ended early")

    with pytest.raises(RuntimeError, match="the file ended early"):
        copy_rows(town, table="town.house", columns=["number", "name"], rows=breaking())
    town.rollback()
    assert town.execute("SELECT count(*) FROM town.house").fetchone() == (0,)
    town.rollback()


def test_nothing_is_copied_without_a_commit_by_the_caller(town: Connection) -> None:
    copy_rows(town, table="town.house", columns=["number", "name"], rows=[(1, "a")])
    with connect(town.info.dsn) as other:
        assert other.execute("SELECT count(*) FROM town.house").fetchone() == (0,)
    town.rollback()
