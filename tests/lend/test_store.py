"""Limits are recorded once, found again, and never changed; a raise holds only when it is accepted."""

from datetime import date, timedelta

import polars as pl
import psycopg
import pytest
from tests.lend.limit_rows import (
    MIGRATED,
    NOW,
    PRODUCT,
    REVIEWED,
    carry,
    dates,
    decision_id,
    decisions,
    grant,
)

from creditloop.kernel.errors import ConflictingRepeat, OutOfOrder, UnknownId
from creditloop.kernel.storage import Connection
from creditloop.lend import (
    TABLES,
    LendBatch,
    check_taken_over,
    find_agreements,
    find_batches,
    find_letters,
    find_limit_history,
    find_offers,
    find_position,
    lend_counts,
    limits_in_force,
    record_answers,
)

LIMITS = {"keep1": 500, "raise1": 500, "freeze1": 500, "refer1": 500, "late1": 500}
GIVEN = decisions(
    ("keep1", "keep", 500, 500),
    ("raise1", "raise", 500, 700),
    ("freeze1", "freeze", 500, None),
    ("refer1", "refer", 500, None),
    ("late1", "collections", 500, None),
)
JULY = date(2005, 7, 15)


def answer(connection: Connection, *, accepted: bool, on: date = JULY, source: str = "script/1") -> LendBatch:
    return record_answers(
        connection,
        party_ids=["raise1"],
        accepted=accepted,
        source=source,
        product=PRODUCT,
        dates=dates(on),
        simulated=True,
        now=NOW,
    )


def test_who_has_no_limit_is_told_before_anything_is_decided(database: Connection) -> None:
    grant(database, **LIMITS)
    check_taken_over(database, party_ids=LIMITS, on=MIGRATED)
    with pytest.raises(OutOfOrder, match="never taken over") as caught:
        check_taken_over(database, party_ids=["keep1", "nobody"], on=REVIEWED)
    assert caught.value.where == {"party": "nobody"}
    assert "1 of 2" in str(caught.value.got)
    with pytest.raises(OutOfOrder, match="never taken over"):
        check_taken_over(database, party_ids=LIMITS, on=MIGRATED - timedelta(days=1))


def rows(connection: Connection) -> list[int]:
    found = [connection.execute(f"SELECT count(*) FROM {table.name}".encode()).fetchone() for table in TABLES]
    return [row[0] for row in found if row is not None]


def test_limits_are_taken_over_once(database: Connection) -> None:
    first = grant(database, **LIMITS)
    assert grant(database, **LIMITS) == first
    assert (first.events, first.kind, first.dates.business_date) == (5, "migration", MIGRATED)
    assert rows(database) == [1, 0, 5, 0, 0]
    with pytest.raises(ConflictingRepeat, match="other limits were taken over"):
        grant(database, **(LIMITS | {"keep1": 501}))
    frame = limits_in_force(database, on=MIGRATED)
    assert frame["limit_fen"].to_list() == [500] * 5
    assert limits_in_force(database, on=MIGRATED - timedelta(days=1)).is_empty()


def test_a_review_is_carried_out_once(database: Connection) -> None:
    grant(database, **LIMITS)
    first = carry(database, GIVEN)
    assert carry(database, GIVEN) == first
    assert (first.acts, first.events, first.agreements, first.letters) == (5, 3, 1, 2)
    counts = lend_counts(database)
    assert counts["acts"] == {"freeze": 1, "keep": 1, "none": 1, "offer": 1, "wait": 1}
    assert counts["events"] == {"frozen": 1, "granted": 5, "kept": 1, "offered": 1}
    assert lend_counts(database, batch_id=first.batch_id)["events"] == {"frozen": 1, "kept": 1, "offered": 1}
    assert [batch.kind for batch in find_batches(database)] == ["migration", "decisions"]


def test_a_raise_nobody_accepted_stays_an_offer(database: Connection) -> None:
    grant(database, **LIMITS)
    carry(database, GIVEN)
    assert find_offers(database, on=REVIEWED)["party_id"].to_list() == ["raise1"]
    position = find_position(database, party_id="raise1", owed_fen=100, on=date(2005, 12, 31))
    assert (position.limit_fen, position.offered_fen, position.available_fen) == (500, 700, 400)
    assert find_agreements(database, party_id="raise1") == ()


def test_an_accepted_raise_holds_from_its_day(database: Connection) -> None:
    grant(database, **LIMITS)
    carry(database, GIVEN)
    first = answer(database, accepted=True)
    assert answer(database, accepted=True) == first
    before = find_position(database, party_id="raise1", owed_fen=0, on=JULY - timedelta(days=1))
    after = find_position(database, party_id="raise1", owed_fen=0, on=JULY)
    assert (before.limit_fen, after.limit_fen, after.offered_fen) == (500, 700, None)
    (agreement,) = find_agreements(database, party_id="raise1")
    assert (agreement.limit_fen, agreement.basis.value, agreement.simulated) == (700, "accepted", True)
    assert agreement.rate_annual_nano == 72_000_000
    assert agreement.decision_id == decision_id("raise1")
    history = find_limit_history(database, party_id="raise1")
    assert [event.kind.value for event in history] == ["granted", "offered", "raised"]
    assert sum(event.change_fen for event in history) == 700
    with pytest.raises(ConflictingRepeat, match="recorded otherwise"):
        answer(database, accepted=False)
    with pytest.raises(OutOfOrder, match="no raise is on offer"):
        answer(database, accepted=True, source="script/2")


def test_a_declined_raise_leaves_the_limit(database: Connection) -> None:
    grant(database, **LIMITS)
    carry(database, GIVEN)
    assert answer(database, accepted=False).agreements == 0
    position = find_position(database, party_id="raise1", owed_fen=0, on=JULY)
    assert (position.limit_fen, position.offered_fen) == (500, None)


def test_a_frozen_limit_has_nothing_available_and_a_letter_in_both_languages(database: Connection) -> None:
    grant(database, **LIMITS)
    carry(database, GIVEN)
    position = find_position(database, party_id="freeze1", owed_fen=100, on=REVIEWED)
    assert (position.frozen, position.available_fen, position.consumed_fen) == (True, 0, 100)
    assert find_position(database, party_id="freeze1", owed_fen=100, on=MIGRATED).available_fen == 400
    letters = find_letters(database, party_id="freeze1")
    assert [letter.language for letter in letters] == ["zh", "en"]
    assert find_letters(database, party_id="keep1") == ()


def test_a_second_review_releases_and_one_back_in_time_is_refused(database: Connection) -> None:
    grant(database, **LIMITS)
    carry(database, GIVEN)
    again = decisions(("freeze1", "keep", 500, 500), number=1)
    with pytest.raises(OutOfOrder, match="changed on a later day"):
        carry(database, again, on=MIGRATED, source="early")
    carry(database, again, on=JULY, source="july")
    history = find_limit_history(database, party_id="freeze1")
    assert [event.kind.value for event in history] == ["granted", "frozen", "released"]
    with pytest.raises(OutOfOrder, match="changed on a later day"):
        carry(database, decisions(("freeze1", "freeze", 500, None), number=2), source="back")


def test_an_answer_before_the_offer_is_refused(database: Connection) -> None:
    grant(database, **LIMITS)
    carry(database, GIVEN)
    with pytest.raises(OutOfOrder, match="changed on a later day"):
        answer(database, accepted=True, on=MIGRATED)


def test_strangers_are_unknown(database: Connection) -> None:
    grant(database, **LIMITS)
    with pytest.raises(UnknownId, match="has no limit"):
        find_limit_history(database, party_id="nobody")
    with pytest.raises(UnknownId, match="had no limit by then"):
        find_position(database, party_id="keep1", owed_fen=0, on=date(2005, 1, 1))
    with pytest.raises(UnknownId, match="has no limit"):
        carry(database, decisions(("nobody", "keep", 1, 1)))
    assert rows(database) == [1, 0, 5, 0, 0]


@pytest.mark.parametrize("table", [table.name for table in TABLES])
@pytest.mark.parametrize("change", ["UPDATE {} SET row_no = row_no", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nothing_is_changed_or_removed(database: Connection, table: str, change: str) -> None:
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="is append-only"):
        database.execute(change.format(table).encode())


def test_every_column_is_listed_and_rows_are_numbered_densely(database: Connection) -> None:
    grant(database, **LIMITS)
    carry(database, GIVEN)
    for table in TABLES:
        schema, name = table.name.split(".")
        query = (
            "SELECT column_name FROM information_schema.columns WHERE (table_schema, table_name) = (%s, %s)"
        )
        columns = database.execute(query.encode(), [schema, name]).fetchall()
        assert {column for (column,) in columns} == {*table.columns, *table.unhashed}
        numbers = f"SELECT batch_id::text, row_no FROM {table.name} ORDER BY batch_id, row_no"
        found = pl.DataFrame(
            database.execute(numbers.encode()).fetchall(), schema=["batch_id", "row_no"], orient="row"
        )
        for _, part in found.group_by("batch_id", maintain_order=True):
            assert part["row_no"].to_list() == list(range(part.height))
