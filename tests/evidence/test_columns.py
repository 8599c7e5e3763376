import dataclasses

import pytest
from sealed_world import LETTER, POLICY, POSTING, TABLES

from creditloop.evidence import columns_report, verify
from creditloop.kernel.storage import AppendOnlyTable

BARE = AppendOnlyTable(name="sealed_example.bare", key=(), columns=("batch_id", "row_no"))


@pytest.fixture
def database(standing_database):
    return standing_database


@pytest.fixture
def world(standing_world):
    return standing_world


def test_every_column_of_the_database_is_hashed_or_has_a_reason(database, world):
    report = columns_report(database, tables=TABLES)
    assert report.problems == ()
    schema = database.execute(
        "SELECT table_schema || '.' || table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'sealed_example'"
    ).fetchall()
    assert sorted((column.table, column.column) for column in report.columns) == sorted(schema)
    unhashed = {column.column: column.reason for column in report.columns if not column.hashed}
    assert unhashed == {"arrival": "the order of arrival, given by the database"}


def problems_of(database, *tables):
    report = columns_report(database, tables=tables)
    return [(problem.code, problem.table, problem.column) for problem in report.problems]


def test_a_column_neither_hashed_nor_listed_is_a_problem(database, world):
    forgotten = dataclasses.replace(LETTER, unhashed={})
    assert problems_of(database, forgotten) == [("column_unlisted", LETTER.name, "arrival")]


def test_a_listed_column_that_is_not_there_is_a_problem(database, world):
    more = dataclasses.replace(POLICY, columns=(*POLICY.columns, "weather"))
    unhashed = dataclasses.replace(POLICY, unhashed={"weather": "it changes"})
    for table in (more, unhashed):
        assert problems_of(database, table) == [("column_missing", POLICY.name, "weather")]


def test_a_table_that_is_not_there_or_no_table_is_a_problem(database, world):
    assert problems_of(database, BARE) == [("table_missing", BARE.name, None)]
    database.execute("CREATE VIEW sealed_example.bare AS SELECT batch_id, row_no FROM sealed_example.posting")
    assert ("table_missing", BARE.name, None) in problems_of(database, BARE)


@pytest.mark.parametrize(("table", "column"), [("posting", "batch_id"), ("posting", "row_no")])
def test_a_column_that_places_rows_has_its_type(database, world, table, column):
    database.execute(f"ALTER TABLE sealed_example.{table} ALTER {column} TYPE text".encode())
    assert problems_of(database, POSTING) == [("column_retyped", POSTING.name, column)]


def test_the_logs_own_columns_are_as_they_were_made(database, world):
    database.execute("ALTER TABLE evidence.entry ALTER body TYPE bytea USING convert_to(body, 'UTF8')")
    database.execute("ALTER TABLE evidence.chunk DROP COLUMN salts")
    database.execute("ALTER TABLE evidence.checkpoint ADD COLUMN mood text")
    assert problems_of(database) == [
        ("column_retyped", "evidence.entry", "body"),
        ("column_missing", "evidence.chunk", "salts"),
        ("column_unlisted", "evidence.checkpoint", "mood"),
    ]
    found = verify(database, folder=world.folder, tables=TABLES)
    assert [problem.code for problem in found.problems] == [
        "column_retyped",
        "column_missing",
        "column_unlisted",
    ]


def test_a_dropped_guard_function_is_a_problem_and_no_error(database, world):
    database.execute("DROP FUNCTION kernel.refuse_change CASCADE")
    assert {code for code, *_ in problems_of(database, *TABLES)} == {"guard_missing"}


def test_a_table_without_its_guard_is_a_problem(database, world):
    database.execute("CREATE TABLE sealed_example.bare (batch_id uuid, row_no integer)")
    assert problems_of(database, BARE) == [("guard_missing", BARE.name, None)]
    database.execute(
        "CREATE FUNCTION sealed_example.nod() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    )
    database.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE ON sealed_example.bare"
        " FOR EACH STATEMENT EXECUTE FUNCTION sealed_example.nod()"
    )
    assert problems_of(database, BARE, POSTING) == [("guard_missing", BARE.name, None)]


def test_the_logs_own_tables_are_guarded(database, world):
    for name in ("entry", "chunk", "checkpoint"):
        database.execute(f"ALTER TABLE evidence.{name} DISABLE TRIGGER append_only".encode())
    assert problems_of(database) == [
        ("guard_missing", f"evidence.{name}", None) for name in ("entry", "chunk", "checkpoint")
    ]


def test_a_table_whose_rows_may_be_hidden_is_a_problem(database, world):
    database.execute("ALTER TABLE sealed_example.policy ENABLE ROW LEVEL SECURITY")
    database.execute("ALTER TABLE evidence.chunk ENABLE ROW LEVEL SECURITY")
    assert sorted(problems_of(database, *TABLES)) == [
        ("table_filtered", "evidence.chunk", None),
        ("table_filtered", POLICY.name, None),
    ]
