import re
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from creditloop.formula import Input, Kind, NullPolicy, Program, Step, compile_program
from creditloop.formula.duckdb_target import duckdb_columns, duckdb_sql
from creditloop.formula.polars_target import polars_columns
from creditloop.formula.targets import DuckdbTarget, PythonTarget
from creditloop.kernel.errors import InputError, UnknownId

KINDS = list(Kind)
PROGRAM = compile_program(
    inputs=[Input(f"a_{kind.value}", kind, NullPolicy.NO_MATCH) for kind in KINDS],
    steps=[Step(f"is_{kind.value}", f"a_{kind.value} = a_{kind.value}") for kind in KINDS],
)
NUMBERS = {"is_integer", "is_money", "is_nano"}
SHARE = compile_program(inputs=[Input("n", Kind.INTEGER)], steps=[Step("s", "n / 3"), Step("t", "s > 0.3")])


@pytest.mark.parametrize(
    ("column", "taken"),
    [
        ("1::TINYINT", NUMBERS),
        ("1::UINTEGER", NUMBERS),
        ("1::BIGINT", NUMBERS),
        ("9223372036854775807::UBIGINT", NUMBERS),
        ("9223372036854775808::UBIGINT", set()),
        ("'-9223372036854775808'::HUGEINT", NUMBERS),
        ("'-9223372036854775809'::HUGEINT", set()),
        ("'340282366920938463463374607431768211455'::UHUGEINT", set()),
        ("1::DOUBLE", set()),
        ("1::DECIMAL(10, 0)", set()),
        ("'1'::VARCHAR", {"is_text"}),
        ("'1'::ENUM('1', '2')", {"is_text"}),
        ("true", {"is_boolean"}),
        ("DATE '2005-06-30'", {"is_date"}),
        ("TIMESTAMP '2005-06-30'", set()),
        ("'1'::BLOB", set()),
        ("[1]", set()),
        ("['1']", set()),
        ("['1']::VARCHAR[1]", set()),
        ("['1']::ENUM('1', '2')[]", set()),
    ],
)
def test_a_column_of_another_type_breaks_the_declaration_on_every_row(column: str, taken: set[str]) -> None:
    with duckdb.connect() as connection:
        relation = connection.sql(f"SELECT {', '.join(f'{column} AS a_{kind.value}' for kind in KINDS)}")
        found = duckdb_columns(PROGRAM, relation, keep=[]).pl()
    states = {step.name: found[step.state_name].to_list() for step in PROGRAM.steps}
    assert {name for name, told in states.items() if told == [0]} == taken
    assert all(told == [6] for name, told in states.items() if name not in taken)


def test_a_column_of_nulls_is_null_and_an_absent_one_is_broken() -> None:
    with duckdb.connect() as connection:
        found = duckdb_columns(PROGRAM, connection.sql("SELECT NULL AS a_integer, 1 AS x")).pl()
    assert found["is_integer__state"].to_list() == [2]
    assert found["is_money__state"].to_list() == [6]


def test_a_date_no_date_can_be_is_broken() -> None:
    days = "(VALUES ('infinity'::DATE), ('0001-01-01'::DATE), ('9999-12-31'::DATE), ('10000-01-01'::DATE))"
    with duckdb.connect() as connection:
        relation = connection.sql(f"SELECT a_date FROM {days} AS t(a_date)")
        found = duckdb_columns(PROGRAM, relation, steps=["is_date"], keep=[]).fetchall()
    assert found == [(None, 6), (True, 0), (True, 0), (None, 6)]


def test_the_relation_keeps_its_columns_and_gains_two_a_step() -> None:
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT * FROM (VALUES ('a', 1), ('b', NULL)) AS t(id, n)")
        found = duckdb_columns(SHARE, relation)
        assert found.columns == ["id", "n", "s", "s__state", "t", "t__state"]
        assert [str(kind) for kind in found.types[2:]] == ["BIGINT", "UTINYINT", "BOOLEAN", "UTINYINT"]
        assert sorted(found.fetchall()) == [
            ("a", 1, 333_333_333, 0, True, 0),
            ("b", None, None, 3, None, 3),
        ]
        some = duckdb_columns(SHARE, relation, steps=["t"], states=False, keep=["id"])
        assert sorted(some.fetchall()) == [("a", True), ("b", None)]


def test_two_relations_of_one_connection_do_not_disturb_each_other() -> None:
    with duckdb.connect() as connection:
        one, other = (duckdb_columns(SHARE, connection.sql(f"SELECT {n} AS n"), keep=[]) for n in (3, 6))
        assert (one.fetchall(), other.fetchall()) == (
            [(1_000_000_000, 0, True, 0)],
            [(2_000_000_000, 0, True, 0)],
        )


def test_names_are_refused_that_duckdb_cannot_tell_apart_or_find() -> None:
    for name in ("s", "S", "t__state"):
        with pytest.raises(InputError, match="columns of the steps' names"):
            duckdb_sql(SHARE, relation="r", schema={name: "BIGINT"})
    with pytest.raises(InputError, match="no such column to keep"):
        duckdb_sql(SHARE, relation="r", schema={"n": "BIGINT"}, keep=["m"])
    with pytest.raises(UnknownId, match="no such step"):
        duckdb_sql(SHARE, relation="r", schema={"n": "BIGINT"}, steps=["u"])


def test_the_target_tells_names_apart_that_differ_only_in_case() -> None:
    inputs = [Input("n", Kind.INTEGER), Input("N", Kind.INTEGER)]
    program = compile_program(inputs=inputs, steps=[Step("s", "n - N"), Step("S", "N - n")])
    rows = [{"n": 5, "N": 3}, {"n": 1}]
    assert DuckdbTarget().answers(program, rows) == PythonTarget().answers(program, rows)


def test_columns_that_look_like_ours_are_left_alone() -> None:
    with duckdb.connect() as connection:
        relation = connection.sql("""SELECT 7 AS "__v0", 8 AS "__S1", 9 AS "a ""b", 3 AS n""")
        assert duckdb_columns(SHARE, relation).fetchall() == [(7, 8, 9, 3, 10**9, 0, True, 0)]


@pytest.mark.parametrize("collation", ["NOCASE", "NOACCENT"])
def test_texts_are_compared_by_their_bytes_whatever_the_session_collates(collation: str) -> None:
    inputs = [Input("s", Kind.TEXT), Input("g", Kind.TEXT, values=("A", "B"))]
    texts = ["s = 'A'", "s != 'A'", "s in ['A', 'x']", "contains(s, 'A')", "g = 'A'", "s = lower(s)"]
    program = compile_program(inputs=inputs, steps=[Step(f"s{n}", text) for n, text in enumerate(texts)])
    rows: list[dict[str, object]] = [{"s": s, "g": g} for s in ("a", "A", "Á") for g in ("a", "A")]
    with duckdb.connect() as connection:
        connection.execute(f"SET default_collation = '{collation}'")
        connection.execute("CREATE TABLE t (place INTEGER, s VARCHAR, g VARCHAR)")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?, ?)", [[n, *row.values()] for n, row in enumerate(rows)]
        )
        found = duckdb_columns(program, connection.table("t"), keep=["place"]).order("place").fetchall()
    assert [row[1:] for row in found] == PythonTarget().answers(program, rows)


def everything() -> Program:
    kinds = {"n": Kind.INTEGER, "m": Kind.INTEGER, "a": Kind.MONEY, "d": Kind.DATE}
    texts = ["n / m", "round(n, 7)", "a * 0.3", "ceil(a, yuan(1))", "n * m + n", "d + n", "add_months(d, n)"]
    return compile_program(
        inputs=[Input(name, kind) for name, kind in kinds.items()],
        steps=[Step(f"s{i}", text) for i, text in enumerate(texts)],
    )


def test_no_float_and_no_rounding_of_the_engine_is_in_the_text() -> None:
    types = {"n": "BIGINT", "m": "BIGINT", "a": "BIGINT", "d": "DATE"}
    sql = duckdb_sql(everything(), relation="r", schema=types)
    assert "HUGEINT" in sql
    assert not re.search(r"DOUBLE|FLOAT|DECIMAL|round|floor|ceil| / |[0-9]\.[0-9]", sql)


def test_nothing_raises_at_the_ends_of_the_ranges() -> None:
    ends = [-(2**63), 2**63 - 1, -1, 0, 1]
    days = [date.min, date.max]
    rows = [{"n": n, "m": m, "a": a, "d": d} for n in ends for m in ends for a in ends for d in days]
    assert DuckdbTarget().answers(everything(), rows) == PythonTarget().answers(everything(), rows)


def test_a_program_of_many_steps_one_on_another_is_one_select() -> None:
    steps = [
        Step("s0", "n"),
        *(Step(f"s{i}", f"if s{i - 1} > {i} then s{i - 1} else n - {i}") for i in range(1, 80)),
    ]
    program = compile_program(inputs=[Input("n", Kind.INTEGER)], steps=steps)
    rows: list[dict[str, object]] = [{"n": 40}, {"n": None}, {}]
    assert DuckdbTarget().answers(program, rows) == PythonTarget().answers(program, rows)


def test_parquet_is_read_and_written_without_going_through_python(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": range(5000)})
    frame.write_parquet(tmp_path / "in.parquet", row_group_size=500)
    sql = duckdb_sql(
        SHARE, relation=f"read_parquet('{tmp_path / 'in.parquet'}')", schema={"n": "BIGINT"}, keep=["n"]
    )
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({sql}) TO '{tmp_path / 'out.parquet'}' (FORMAT parquet)")
    found = pl.read_parquet(tmp_path / "out.parquet").sort("n")
    assert found.equals(polars_columns(SHARE, frame))
