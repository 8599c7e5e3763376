"""A database counts as Polars does, to the byte: numbers, special codes, words, true and false, nulls."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import duckdb
import polars as pl
import pytest
from tests.risk.binning.test_counting import columns, outcomes, told

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk import (
    BinLimits,
    CardFeature,
    Direction,
    bin_counts,
    bits_within,
    cells_query,
    count_values,
    counts_from_rows,
    counts_query,
    merged,
)

KINDS = ("few", "codes", "wide", "tail", "far", "words", "flags")
ENDS = pl.Series([-(2**63), 2**63 - 1, -(2**63) + 1, 0, None, 255, 256, -255, -256] * 1_000)


def made() -> tuple[pl.DataFrame, list[CardFeature]]:
    named = {kind: columns(kind) for kind in KINDS}
    features = [
        CardFeature(
            name=kind,
            kind=one.kind,
            direction=one.direction,
            zh="特征",
            en="feature",
            special=one.special,
        )
        for kind, (_, one) in named.items()
    ]
    features.append(
        CardFeature(name="ends", kind=Kind.INTEGER, direction=Direction.NONE, zh="极值", en="ends")
    )
    frame = pl.DataFrame({kind: column for kind, (column, _) in named.items()} | {"ends": ENDS})
    return frame.with_columns(bad=pl.Series(outcomes())), features


FRAME, FEATURES = made()


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        rows = FRAME.with_columns(part=pl.int_range(len(FRAME)) % 3)
        connection.register("given", rows.to_arrow())
        connection.execute("create schema bank")
        connection.execute("create table bank.rows as select * from given")
        for part in range(3):
            connection.execute(f"create table part_{part} as select * from given where part = {part}")
        yield connection


@pytest.fixture(scope="module")
def asked(database: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return database.execute(cells_query(table="bank.rows", features=FEATURES)).fetchall()


@pytest.mark.parametrize("cells_max", [1024, 2**20])
def test_a_database_counts_as_polars_does(
    database: duckdb.DuckDBPyConnection, asked: list[tuple[object, ...]], cells_max: int
) -> None:
    bits = bits_within(rows=asked, cells_max=cells_max)
    rows = database.execute(
        counts_query(table="bank.rows", features=FEATURES, bad="bad", bits=bits)
    ).fetchall()
    found = counts_from_rows(rows=rows, features=FEATURES, bits=bits, cells_max=cells_max)
    limits = BinLimits(prebins_max=16, bins_max=5, rows_min=100)
    for one in FEATURES:
        wanted = count_values(
            values=FRAME[one.name], bad=FRAME["bad"].to_numpy(), feature=one, cells_max=cells_max
        )
        assert told(found[one.name]) == told(wanted)
        assert bin_counts(counts=found[one.name], limits=limits) == bin_counts(counts=wanted, limits=limits)
    if cells_max == 1024:
        assert min(bits.values()) < 63, "some column must have been put into cells by the database"
        exact = database.execute(counts_query(table="bank.rows", features=FEATURES, bad="bad")).fetchall()
        again = counts_from_rows(rows=exact, features=FEATURES, cells_max=cells_max)
        assert [told(again[one.name]) for one in FEATURES] == [told(found[one.name]) for one in FEATURES]


@pytest.mark.parametrize("cells_max", [1024, 2**20])
def test_another_database_counts_the_same(cells_max: int) -> None:
    kinds = {Kind.TEXT: "text", Kind.BOOLEAN: "boolean"}
    columns = ", ".join(f'"{one.name}" {kinds.get(one.kind, "bigint")}' for one in FEATURES)
    rows = FRAME.select(*(one.name for one in FEATURES), "bad").rows()
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"create table given ({columns}, bad boolean)")
        connection.executemany(f"insert into given values ({', '.join('?' * (len(FEATURES) + 1))})", rows)
        bits = bits_within(
            rows=connection.execute(cells_query(table="given", features=FEATURES)).fetchall(),
            cells_max=cells_max,
        )
        query = counts_query(table="given", features=FEATURES, bad="bad", bits=bits)
        found = counts_from_rows(
            rows=connection.execute(query).fetchall(), features=FEATURES, bits=bits, cells_max=cells_max
        )
    for one in FEATURES:
        wanted = count_values(
            values=FRAME[one.name], bad=FRAME["bad"].to_numpy(), feature=one, cells_max=cells_max
        )
        assert told(found[one.name]) == told(wanted)


def test_parts_counted_in_the_database_and_in_polars_add_up(database: duckdb.DuckDBPyConnection) -> None:
    query = [counts_query(table=f"part_{part}", features=FEATURES, bad="bad") for part in range(2)]
    parts = [counts_from_rows(rows=database.execute(one).fetchall(), features=FEATURES) for one in query]
    last = FRAME.filter(pl.int_range(len(FRAME)) % 3 == 2)
    for one in FEATURES:
        rest = count_values(values=last[one.name], bad=last["bad"].to_numpy(), feature=one)
        whole = count_values(values=FRAME[one.name], bad=FRAME["bad"].to_numpy(), feature=one)
        assert told(merged(parts=[parts[0][one.name], rest, parts[1][one.name]])) == told(whole)


def test_names_are_quoted() -> None:
    text = counts_query(table='od"d.table', features=FEATURES[:1], bad='b"ad')
    assert 'from "od""d"."table"' in text
    assert 'cast("b""ad" as integer)' in text


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(InputError, match="features to count are named once each"):
        counts_query(table="t", features=[FEATURES[0], FEATURES[0]], bad="bad")
    with pytest.raises(InputError, match="features to count are named once each"):
        counts_query(table="t", features=[], bad="bad")
    with pytest.raises(InputError, match="no such digits"):
        counts_query(table="t", features=FEATURES[:1], bad="bad", bits={"few": 5})
    with pytest.raises(InputError, match="only numbers fall into cells"):
        cells_query(table="t", features=[one for one in FEATURES if one.kind is Kind.TEXT])
    with pytest.raises(InputError, match="a count is of no feature asked for"):
        counts_from_rows(rows=[("other", None, 1, 1, None, 1, 1)], features=FEATURES)
