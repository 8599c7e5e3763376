"""Schemas and migrations: both ways lead to one database, and history is not rewritten."""

import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.storage import Connection, Room, connect, migrate
from creditloop.service.rooms import ROOMS

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)

CATALOGUE = {
    "schema": """
        SELECT nspname, nspacl, obj_description(oid, 'pg_namespace') FROM pg_namespace
        WHERE nspname = ANY(%(schemas)s)""",
    "relation": """
        SELECT nspname, relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity, relreplident,
            reloptions, relacl, pg_get_partkeydef(class.oid), pg_get_expr(relpartbound, class.oid),
            obj_description(class.oid, 'pg_class')
        FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = relnamespace
        WHERE nspname = ANY(%(schemas)s) AND relkind <> 'i'""",
    "column": """
        SELECT nspname, relname, rank() OVER (PARTITION BY class.oid ORDER BY attnum), attname,
            format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attcompression,
            attstorage, pg_get_expr(adbin, adrelid), attcollation::regcollation, attacl,
            col_description(class.oid, attnum)
        FROM pg_attribute JOIN pg_class AS class ON class.oid = attrelid
        JOIN pg_namespace AS space ON space.oid = relnamespace
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE nspname = ANY(%(schemas)s) AND attnum > 0 AND NOT attisdropped AND relkind NOT IN ('i', 'S')""",
    "constraint": """
        SELECT nspname, conrelid::regclass, conname, contype, convalidated, condeferrable, condeferred,
            pg_get_constraintdef(con.oid), obj_description(con.oid, 'pg_constraint')
        FROM pg_constraint AS con JOIN pg_namespace AS space ON space.oid = connamespace
        WHERE nspname = ANY(%(schemas)s)""",
    "index": """
        SELECT nspname, relname, indisvalid, indisunique, indisclustered, indisreplident, reloptions,
            pg_get_indexdef(indexrelid), obj_description(indexrelid, 'pg_class')
        FROM pg_index JOIN pg_class AS class ON class.oid = indexrelid
        JOIN pg_namespace AS space ON space.oid = relnamespace
        WHERE nspname = ANY(%(schemas)s)""",
    "trigger": """
        SELECT nspname, relname, tgname, tgenabled, pg_get_triggerdef(trigger.oid),
            obj_description(trigger.oid, 'pg_trigger')
        FROM pg_trigger AS trigger JOIN pg_class AS class ON class.oid = tgrelid
        JOIN pg_namespace AS space ON space.oid = relnamespace
        WHERE nspname = ANY(%(schemas)s) AND NOT tgisinternal""",
    "function": """
        SELECT nspname, proname, pg_get_function_identity_arguments(proc.oid), prokind, proacl,
            CASE WHEN prokind <> 'a' THEN pg_get_functiondef(proc.oid) END,
            obj_description(proc.oid, 'pg_proc')
        FROM pg_proc AS proc JOIN pg_namespace AS space ON space.oid = pronamespace
        WHERE nspname = ANY(%(schemas)s)""",
    "view": """
        SELECT nspname, relname, pg_get_viewdef(class.oid)
        FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = relnamespace
        WHERE nspname = ANY(%(schemas)s) AND relkind IN ('v', 'm')""",
    "rule": """
        SELECT nspname, relname, rulename, ev_enabled, pg_get_ruledef(rule.oid)
        FROM pg_rewrite AS rule JOIN pg_class AS class ON class.oid = ev_class
        JOIN pg_namespace AS space ON space.oid = relnamespace
        WHERE nspname = ANY(%(schemas)s)""",
    "sequence": """
        SELECT nspname, relname, format_type(seqtypid, NULL), seqstart, seqincrement, seqmax, seqmin,
            seqcache, seqcycle
        FROM pg_sequence JOIN pg_class AS class ON class.oid = seqrelid
        JOIN pg_namespace AS space ON space.oid = relnamespace
        WHERE nspname = ANY(%(schemas)s)""",
    "type": """
        SELECT nspname, typname, typtype, typnotnull, typdefault, format_type(typbasetype, typtypmod),
            (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = type.oid),
            typacl
        FROM pg_type AS type JOIN pg_namespace AS space ON space.oid = typnamespace
        WHERE nspname = ANY(%(schemas)s)""",
    "policy": "SELECT schemaname, tablename, policyname, cmd, roles, qual, with_check FROM pg_policies",
    "extension": "SELECT extname, extversion FROM pg_extension",
    "event trigger": "SELECT evtname, evtevent, evtenabled FROM pg_event_trigger",
}
"""What a database is made of. The history of migrations itself is left out: only one of the two has it."""


def catalogue(connection: Connection) -> set[str]:
    """List everything a database is made of, one line a thing."""
    found = connection.execute(
        "SELECT array_agg(nspname::text) FROM pg_namespace"
        " WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'migration')"
    ).fetchone()
    assert found is not None
    return {
        f"{kind} {row}"
        for kind, query in CATALOGUE.items()
        for row in connection.execute(query, {"schemas": found[0]})
    }


@pytest.fixture
def from_schemas(make_database: Callable[[], str]) -> str:
    """Address of a database built from the rooms' schema files."""
    url = make_database()
    with connect(url) as connection:
        for room in ROOMS:
            connection.execute(room.schema().encode())
    return url


def test_schema_files_and_migrations_give_the_same_database(from_schemas: str, empty_url: str) -> None:
    with connect(from_schemas) as one, connect(empty_url) as other:
        migrate(other, rooms=ROOMS, now=NOW)
        built, migrated = catalogue(one), catalogue(other)
    assert len(built) > 40
    assert sorted(built - migrated) == []
    assert sorted(migrated - built) == []


def test_every_room_has_tables_of_its_own_schema(from_schemas: str) -> None:
    with connect(from_schemas) as connection:
        lines = catalogue(connection)
    for room in ROOMS:
        schema = room.package.removesuffix(".storage").rpartition(".")[2]
        assert any(line.startswith(f"relation ('{schema}',") for line in lines), room.package


CHANGES = [
    "CREATE SCHEMA extra",
    "CREATE TABLE kernel.extra ()",
    "CREATE TABLE public.extra ()",
    "ALTER TABLE kernel.delivery ADD COLUMN extra text",
    "ALTER TABLE kernel.delivery ALTER COLUMN attempts TYPE bigint",
    "ALTER TABLE kernel.delivery ALTER COLUMN attempts SET DEFAULT 1",
    "ALTER TABLE kernel.delivery ALTER COLUMN attempts DROP NOT NULL",
    "ALTER TABLE kernel.delivery RENAME COLUMN attempts TO tries",
    "ALTER TABLE kernel.fact ALTER COLUMN fact_no SET GENERATED BY DEFAULT",
    'ALTER TABLE kernel.fact ALTER COLUMN kind TYPE text COLLATE "C"',
    "ALTER TABLE kernel.fact DROP CONSTRAINT fact_check",
    "ALTER TABLE kernel.fact ADD CHECK (row_no >= 0)",
    "ALTER TABLE kernel.fact ADD CHECK (row_no >= 0) NOT VALID",
    "ALTER TABLE kernel.delivery DROP CONSTRAINT delivery_fact_id_fkey",
    "DROP INDEX kernel.delivery_open",
    "CREATE INDEX extra ON kernel.fact (kind)",
    "ALTER INDEX kernel.delivery_open SET (fillfactor = 50)",
    "DROP TRIGGER append_only ON kernel.fact",
    "ALTER TABLE kernel.fact DISABLE TRIGGER append_only",
    "CREATE OR REPLACE FUNCTION kernel.refuse_change() RETURNS trigger"
    " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE FUNCTION kernel.extra() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE VIEW kernel.extra AS SELECT 1 AS one",
    "CREATE RULE extra AS ON INSERT TO kernel.fact DO INSTEAD NOTHING",
    "CREATE TYPE kernel.extra AS ENUM ('a')",
    "CREATE DOMAIN kernel.extra AS text",
    "CREATE SEQUENCE kernel.extra",
    "ALTER SEQUENCE kernel.fact_fact_no_seq INCREMENT BY 2",
    "ALTER TABLE kernel.fact ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE kernel.fact SET (fillfactor = 50)",
    "ALTER TABLE kernel.delivery SET UNLOGGED",
    "GRANT SELECT ON kernel.fact TO PUBLIC",
    "COMMENT ON TABLE kernel.fact IS 'extra'",
]


def test_the_comparison_sees_every_kind_of_change(from_schemas: str) -> None:
    unseen = []
    with connect(from_schemas) as connection:
        before = catalogue(connection)
        for change in CHANGES:
            connection.execute(change.encode())
            if catalogue(connection) == before:
                unseen.append(change)
            connection.rollback()
    assert unseen == []


@pytest.fixture
def own_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Room]:
    """Write a room of the test's own: keyword arguments are migrations by file name, without `.sql`."""
    monkeypatch.syspath_prepend(str(tmp_path))
    package = f"room_{uuid.uuid4().hex}"

    def write(**migrations: str) -> Room:
        folder = tmp_path / package / "migrations"
        folder.mkdir(parents=True, exist_ok=True)
        (folder.parent / "__init__.py").touch()
        for file in folder.iterdir():
            file.unlink()
        for name, text in migrations.items():
            (folder / f"{name.removeprefix('m')}.sql").write_text(text, encoding="utf-8")
        return Room(package=package)

    return write


FIRST, SECOND = "CREATE SCHEMA town;", "CREATE TABLE town.house (number integer); -- 50 %, or %s"


def test_migrations_are_applied_once_each_in_order(empty_url: str, own_room: Callable[..., Room]) -> None:
    with connect(empty_url) as connection:
        room = own_room(m0001_pre_first=FIRST)
        assert [step.number for step in migrate(connection, rooms=[room], now=NOW)] == [1]
        room = own_room(
            m0003_post_third="DROP TABLE town.house;", m0002_pre_second=SECOND, m0001_pre_first=FIRST
        )
        steps = migrate(connection, rooms=[room], now=NOW)
        assert [(step.number, step.phase, step.name) for step in steps] == [
            (2, "pre", "second"),
            (3, "post", "third"),
        ]
        assert migrate(connection, rooms=[room], now=NOW) == []
        rows = connection.execute(
            "SELECT number, applied_at FROM migration.applied ORDER BY number"
        ).fetchall()
    assert rows == [(1, NOW), (2, NOW), (3, NOW)]


def test_an_edited_migration_is_refused(empty_url: str, own_room: Callable[..., Room]) -> None:
    with connect(empty_url) as connection:
        migrate(connection, rooms=[own_room(m0001_pre_first=FIRST)], now=NOW)
        room = own_room(m0001_pre_first=FIRST + " ", m0002_pre_second=SECOND)
        with pytest.raises(StateError, match="an applied migration was edited") as caught:
            migrate(connection, rooms=[room], now=NOW)
        assert caught.value.where == {"room": room.package, "migration": 1}
        assert connection.execute("SELECT to_regclass('town.house')").fetchone() == (None,)


def test_a_database_ahead_of_the_code_is_refused(empty_url: str, own_room: Callable[..., Room]) -> None:
    with connect(empty_url) as connection:
        migrate(connection, rooms=[own_room(m0001_pre_first=FIRST, m0002_pre_second=SECOND)], now=NOW)
        with pytest.raises(StateError, match="the database is ahead of this code"):
            migrate(connection, rooms=[own_room(m0001_pre_first=FIRST)], now=NOW)


def test_a_failing_migration_leaves_nothing(empty_url: str, own_room: Callable[..., Room]) -> None:
    room = own_room(m0001_pre_first=FIRST, m0002_pre_second=SECOND, m0003_pre_bad="SELECT 1/0;")
    with connect(empty_url) as connection:
        with pytest.raises(Exception, match="division by zero"):
            migrate(connection, rooms=[room], now=NOW)
        connection.commit()
        assert connection.execute(
            "SELECT to_regnamespace('town'), to_regnamespace('migration')"
        ).fetchone() == (
            None,
            None,
        )


@pytest.mark.parametrize("name", ["first", "1_pre_first", "0001_first", "0001_mid_first", "0001_pre_First"])
def test_a_file_that_is_no_migration_is_refused(name: str, own_room: Callable[..., Room]) -> None:
    with pytest.raises(InputError, match="not a migration's name"):
        own_room(**{name: FIRST}).migrations()


def test_a_number_used_twice_is_refused(own_room: Callable[..., Room]) -> None:
    with pytest.raises(InputError, match="two migrations have one number"):
        own_room(m0001_pre_a=FIRST, m0001_post_b=SECOND).migrations()


MIGRATOR = textwrap.dedent("""
    import sys
    from datetime import datetime, UTC
    from creditloop.kernel.storage import Room, connect, migrate
    url, package, path = sys.argv[1:]
    sys.path.insert(0, path)
    with connect(url) as connection:
        print(len(migrate(connection, rooms=[Room(package=package)], now=datetime(2026, 1, 5, tzinfo=UTC))))
""")


def test_processes_that_start_at_once_migrate_once(
    empty_url: str, own_room: Callable[..., Room], tmp_path: Path
) -> None:
    room = own_room(m0001_pre_first=FIRST + "SELECT pg_sleep(1);", m0002_pre_second=SECOND)
    command = [sys.executable, "-c", MIGRATOR, empty_url, room.package, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    applied = sorted(process.communicate(timeout=60)[0].strip() for process in processes)
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert applied == ["0", "0", "2"]
