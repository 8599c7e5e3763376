import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql
from sealed_world import LETTER, NOW, POSTING

from creditloop.evidence.hashing import leaf_hash
from creditloop.evidence.rows import (
    count_batch_rows,
    count_rows,
    pin_settings,
    read_rows,
    row_hash,
    row_hashes,
    row_prefix,
    use_indexes,
    value_texts,
)

ALL = sql.SQL("true")
BATCH = uuid.UUID(int=1)


def read_letters(database):
    pin_settings(database)
    return list(read_rows(database, table=LETTER.name, columns=LETTER.columns, condition=ALL))


def insert_letter(database, *, body, received_at=None, picture=None, answered=None, rate=None, ratio=None):
    database.execute(
        "INSERT INTO sealed_example.letter"
        " (row_no, letter_no, body, received_at, picture, answered, rate, ratio, batch_id)"
        " VALUES (0, 7, %s, %s, %s, %s, %s, %s, %s)",
        (body, received_at, picture, answered, rate, ratio, BATCH),
    )


def test_row_text_v1_is_fixed(database, empty_world):
    """These bytes are what the past was sealed with: this test never changes."""
    insert_letter(
        database,
        body="a\tb\nc\\d\re中",
        received_at=NOW,
        picture=b"\x00\xff",
        answered=True,
        rate="0.5",
        ratio=0.1,
    )
    ((batch, row_no, text),) = read_letters(database)
    assert (batch, row_no) == (str(BATCH).encode(), b"0")
    assert (
        text
        == (
            "7\ta\\tb\\nc\\\\d\\re中\t2026-01-05 09:30:00+00\t\\\\x00ff\tt\t0.500000000\t0.1\t0\t"
            "00000000-0000-0000-0000-000000000001"
        ).encode()
    )


def test_row_text_does_not_depend_on_the_session(database, empty_world):
    insert_letter(database, body="\\N", received_at=NOW, picture=b"x", ratio=1 / 3)
    (before,) = read_letters(database)
    for setting in (
        "DateStyle = 'German'",
        "TimeZone = 'Asia/Shanghai'",
        "bytea_output = 'escape'",
        "extra_float_digits = -5",
        "client_encoding = 'GB18030'",
    ):
        database.execute(f"SET {setting}".encode())
    assert read_letters(database) == [before]


@pytest.mark.parametrize("body", ["\\N", "\\\\N", "N", "", "\\", "\\.", "\n", "\\n"])
def test_texts_that_look_alike_differ(database, empty_world, body):
    insert_letter(database, body=body)
    ((*_, text),) = read_letters(database)
    assert value_texts(text)[1] == body
    database.execute("ALTER TABLE sealed_example.letter DISABLE TRIGGER append_only")
    database.execute("UPDATE sealed_example.letter SET body = NULL")
    ((*_, other),) = read_letters(database)
    assert text != other
    assert value_texts(other)[1] is None


@given(st.lists(st.binary(max_size=40), max_size=9), st.binary(min_size=9 * 16, max_size=9 * 16))
def test_a_row_hash_is_the_leaf_hash_of_salt_name_and_text(texts, salts):
    prefix = row_prefix("book.posting")
    singly = [row_hash(salts[no * 16 : no * 16 + 16], prefix, text) for no, text in enumerate(texts)]
    assert row_hashes(salts[: 16 * len(texts)], prefix, texts) == singly
    for no, text in enumerate(texts):
        assert singly[no] == leaf_hash(salts[no * 16 : no * 16 + 16] + b"book.posting\x00" + text)


def test_rows_come_in_order_of_batch_and_number(database, world):
    pin_settings(database)
    rows = list(read_rows(database, table=POSTING.name, columns=POSTING.columns, condition=ALL))
    places = [(batch, int(row_no)) for batch, row_no, _ in rows]
    assert places == sorted(places)
    assert len(rows) == count_rows(database, table=POSTING.name) == 1218


def test_batches_are_counted_over_tables_and_one_without_rows_is_left_out(database, world):
    tables, first = [POSTING.name, "kernel.document"], world.batches[0]
    counts = count_batch_rows(database, tables=tables, batch_ids=[*world.batches, uuid.uuid4()])
    assert counts[first, POSTING.name] == 12
    assert {table for _, table in counts} == {POSTING.name}
    assert sum(counts.values()) == 1218
    assert count_batch_rows(database, tables=[], batch_ids=[first]) == {}
    assert count_batch_rows(database, tables=tables, batch_ids=[]) == {}


def test_settings_end_with_the_transaction(database):
    before = database.execute("SELECT current_setting('IntervalStyle')").fetchone()
    database.rollback()
    database.execute("SET LOCAL IntervalStyle = 'iso_8601'")
    pin_settings(database)
    use_indexes(database, False)
    assert database.execute("SHOW IntervalStyle").fetchone() == ("postgres",)
    assert database.execute("SHOW enable_indexscan").fetchone() == ("off",)
    database.rollback()
    assert database.execute("SHOW IntervalStyle").fetchone() == before
    assert database.execute("SHOW enable_indexscan").fetchone() == ("on",)
