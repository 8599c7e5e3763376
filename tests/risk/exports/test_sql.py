"""A card as SQL gives the same score in DuckDB, PostgreSQL and SQLite, at every edge."""

import sqlite3

import duckdb
import polars as pl
import psycopg
import pytest
from tests.risk.exports.edges import CARDS, ROWS, answered

from creditloop.kernel.errors import InputError
from creditloop.risk import Card
from creditloop.risk.exports import sql_select, sql_units

Answers = list[tuple[object, ...]]
_TYPES = {"String": "TEXT", "Boolean": "BOOLEAN"}
ENGINES = ("duckdb", "sqlite", "postgres")


def table_of(frame: pl.DataFrame) -> str:
    columns = (f'"{name}" {_TYPES.get(str(dtype), "BIGINT")}' for name, dtype in frame.schema.items())
    return f"CREATE TEMP TABLE cases ({', '.join(columns)})"


def in_duckdb(frame: pl.DataFrame, query: str) -> Answers:
    with duckdb.connect() as connection:
        connection.register("cases", frame.to_arrow())
        return connection.sql(query).fetchall()


def in_sqlite(frame: pl.DataFrame, query: str) -> Answers:
    connection = sqlite3.connect(":memory:")
    connection.execute(table_of(frame))
    connection.executemany(f"INSERT INTO cases VALUES ({', '.join('?' * frame.width)})", frame.iter_rows())
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def in_postgres(frame: pl.DataFrame, query: str, url: str) -> Answers:
    with psycopg.connect(url) as connection:
        connection.execute(table_of(frame))  # type: ignore[arg-type]
        with connection.cursor().copy("COPY cases FROM STDIN") as copy:
            for row in frame.iter_rows():
                copy.write_row(row)
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def compare(card: Card, engine: str, url: str, *, count: int) -> None:
    rows = answered(card, count=count)
    query = sql_select(card, table="cases", keys=["row"]) + "\nORDER BY 1"
    frame = rows.select("row", *card.tables.names)
    runs = {"duckdb": in_duckdb, "sqlite": in_sqlite}
    got = in_postgres(frame, query, url) if engine == "postgres" else runs[engine](frame, query)
    assert got == rows.select("row", "score", "pd_nano", "score_nano").rows()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", list(CARDS))
def test_the_same_score_in_every_engine(name: str, engine: str, server_url: str) -> None:
    compare(CARDS[name], engine, server_url, count=ROWS)


@pytest.mark.outside
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", list(CARDS))
def test_the_same_on_many_rows(name: str, engine: str, server_url: str) -> None:
    compare(CARDS[name], engine, server_url, count=30_000)


def test_a_state_tells_a_failure_from_a_null() -> None:
    card = CARDS["pairs"]
    rows = answered(card, count=300).drop("score", "pd_nano", "score_nano", "score_state")
    told = [(None, 0, 3, 4, 5, 6, -1, 9)[at % 8] for at in range(rows.height)]
    rows = rows.with_columns(pl.Series("f2__state", told))
    query = sql_select(card, table="cases", keys=["row"], states=["f2"]) + "\nORDER BY 1"
    want = card.score_frame(rows, exact=True).select("row", "score", "pd_nano", "score_nano").rows()
    assert in_duckdb(rows, query) == in_sqlite(rows, query) == want


def test_the_text_names_its_card_and_keys_are_names() -> None:
    card = CARDS["points"]
    text = sql_select(card, table="cases", keys=['odd"key', "select"])
    assert card.hash in text
    assert 'SELECT "odd""key", "select", score' in text
    assert sql_units(card).startswith(f"{card.base}\n  + CASE WHEN")
    with pytest.raises(InputError, match="no such feature"):
        sql_units(card, states=["age"])
