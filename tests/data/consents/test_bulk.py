"""Many records at once: taken as one by one, in their order, or none of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from creditloop.data.consents import (
    BulkRecorded,
    ConsentGiven,
    ConsentRecord,
    ConsentWithdrawn,
    LiveState,
    consent_records,
    cover_states,
    record_consent,
    record_consents,
)
from creditloop.kernel.errors import ConflictingRepeat
from creditloop.kernel.storage import Connection, connect

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


@pytest.fixture
def connection(lasting_url: str) -> Iterator[Connection]:
    with connect(lasting_url) as opened:
        yield opened
        opened.rollback()


def given(number: int, *, channel: str = "branch") -> ConsentGiven:
    return ConsentGiven(
        consent_id=f"given-{number}",
        party_id=f"customer/{number}",
        contracts=frozenset({"invoices", "patents"}),
        purposes=frozenset({"rule", "model"}),
        valid_from=NOW - timedelta(days=number),
        valid_until=None if number % 2 else NOW + timedelta(days=1),
        wording_version="1",
        wording_hash="0" * 64,
        channel=channel,
        evidence='form "7", line\n2\t\\N',
    )


def withdrawn(number: int) -> ConsentWithdrawn:
    return ConsentWithdrawn(
        consent_id=f"withdrawn-{number}",
        party_id=f"customer/{number}",
        contracts=frozenset({"invoices"}),
        purposes=frozenset({"rule"}),
        channel="mobile",
        evidence="call",
    )


RECORDS: list[ConsentRecord] = [given(1), given(2), withdrawn(1), given(3)]


def test_they_are_kept_as_they_were_said_in_one_batch(connection: Connection) -> None:
    taken = record_consents(connection, records=RECORDS, now=NOW)
    assert taken == BulkRecorded(batch_id=taken.batch_id, given=3, withdrawn=1, repeated=0)
    stored = [
        each for number in (1, 2, 3) for each in consent_records(connection, party_id=f"customer/{number}")
    ]
    stored.sort(key=lambda each: each.number)
    assert [each.record for each in stored] == RECORDS
    assert {(each.batch_id, each.recorded_at) for each in stored} == {(taken.batch_id, NOW)}
    rows = connection.execute(
        "SELECT row_no FROM data.consent WHERE batch_id = %s ORDER BY 1", [taken.batch_id]
    )
    assert [row for (row,) in rows] == [0, 1, 2, 3]
    states = cover_states(consent_records(connection, party_id="customer/1"), at=NOW)
    withdrawn_now = {(one.contract, one.purpose) for one in states if one.state is LiveState.WITHDRAWN}
    assert withdrawn_now == {("invoices", "rule")}


def test_a_repeat_gives_the_first_and_only_what_is_new_is_added(connection: Connection) -> None:
    record_consent(connection, record=RECORDS[1], now=NOW)
    later = NOW + timedelta(days=1)
    first = record_consents(connection, records=[*RECORDS, RECORDS[0]], now=later)
    assert (first.given, first.withdrawn, first.repeated) == (2, 1, 2)
    again = record_consents(connection, records=RECORDS, now=later)
    assert again == BulkRecorded(batch_id=None, given=0, withdrawn=0, repeated=4)
    more = record_consents(connection, records=[*RECORDS, given(4)], now=later)
    assert (more.given, more.repeated) == (1, 4)
    assert more.batch_id not in (None, first.batch_id)
    (kept,) = consent_records(connection, party_id="customer/2")
    assert kept.recorded_at == NOW
    one = record_consent(connection, record=RECORDS[0], now=later)
    assert (one.repeated, one.batch_id) == (True, first.batch_id)


@pytest.mark.parametrize("before", [[given(2, channel="mobile")], []])
def test_another_record_under_an_id_refuses_them_all(
    connection: Connection, before: list[ConsentRecord]
) -> None:
    for record in before:
        record_consent(connection, record=record, now=NOW)
    records = RECORDS if before else [*RECORDS, given(2, channel="mobile")]
    with pytest.raises(ConflictingRepeat, match="another consent") as refused:
        record_consents(connection, records=records, now=NOW)
    assert refused.value.where == {"consent": "given-2"}
    assert consent_records(connection, party_id="customer/1") == ()


def test_the_same_instant_in_another_zone_is_the_same_record(connection: Connection) -> None:
    record_consents(connection, records=RECORDS, now=NOW)
    elsewhere = replace(given(1), valid_from=given(1).valid_from.astimezone())
    assert record_consents(connection, records=[elsewhere], now=NOW).repeated == 1


def test_nothing_is_no_batch(connection: Connection) -> None:
    assert record_consents(connection, records=[], now=NOW).batch_id is None
