"""Records of consent: taken once, whole or refused."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from creditloop.data.consents import ConsentGiven, ConsentWithdrawn, consent_records, record_consent
from creditloop.kernel.errors import ConflictingRepeat, InputError
from creditloop.kernel.storage import Connection, connect

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
GIVEN = ConsentGiven(
    consent_id="form-17",
    party_id="customer/7",
    contracts=frozenset({"bureau_months", "invoices"}),
    purposes=frozenset({"rule", "model"}),
    valid_from=NOW,
    valid_until=NOW + timedelta(days=365),
    wording_version="2026-01",
    wording_hash="0a" * 32,
    channel="branch",
    evidence="archive/17",
)
WITHDRAWN = ConsentWithdrawn(
    consent_id="call-3",
    party_id="customer/7",
    contracts=frozenset({"invoices"}),
    purposes=frozenset({"rule"}),
    channel="telephone",
    evidence="recording/3",
)


@pytest.fixture
def connection(lasting_url: str) -> Iterator[Connection]:
    with connect(lasting_url) as opened:
        yield opened
        opened.rollback()


def test_a_record_is_kept_as_it_was_said(connection: Connection) -> None:
    first = record_consent(connection, record=GIVEN, now=NOW)
    second = record_consent(connection, record=WITHDRAWN, now=NOW)
    assert [each.record for each in consent_records(connection, party_id="customer/7")] == [GIVEN, WITHDRAWN]
    assert (first.repeated, first.recorded_at, first.number < second.number) == (False, NOW, True)
    assert consent_records(connection, party_id="customer/8") == ()


def test_a_withdrawal_keeps_the_day_it_was_told_beside_the_moment_it_was_recorded(
    connection: Connection,
) -> None:
    record_consent(connection, record=GIVEN, now=NOW)
    told = replace(WITHDRAWN, effective_from=NOW - timedelta(days=3))
    first = record_consent(connection, record=told, now=NOW)
    assert (first.record, first.recorded_at) == (told, NOW)
    assert consent_records(connection, party_id="customer/7")[-1].record == told
    assert record_consent(connection, record=told, now=NOW + timedelta(days=1)).repeated
    for other in (WITHDRAWN, replace(told, effective_from=NOW)):
        with pytest.raises(ConflictingRepeat):
            record_consent(connection, record=other, now=NOW)


def test_a_withdrawal_of_no_day_and_one_of_its_own_moment_are_the_same(connection: Connection) -> None:
    same = replace(WITHDRAWN, effective_from=NOW)
    assert record_consent(connection, record=same, now=NOW).record == WITHDRAWN
    for again in (same, WITHDRAWN):
        assert record_consent(connection, record=again, now=NOW + timedelta(days=1)).repeated


def test_a_withdrawal_from_a_later_day_is_refused(connection: Connection) -> None:
    later = replace(WITHDRAWN, effective_from=NOW + timedelta(seconds=1))
    with pytest.raises(InputError, match="not from a later day"):
        record_consent(connection, record=later, now=NOW)
    with pytest.raises(InputError, match="no time zone"):
        replace(WITHDRAWN, effective_from=datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_repeat_finds_the_first(connection: Connection) -> None:
    first = record_consent(connection, record=GIVEN, now=NOW)
    # the same instant, written in another zone
    elsewhere = replace(GIVEN, valid_from=NOW.astimezone(timezone(timedelta(hours=8))))
    assert elsewhere.content_hash == GIVEN.content_hash
    again = record_consent(connection, record=elsewhere, now=NOW + timedelta(days=3))
    assert again == replace(first, repeated=True)
    assert len(consent_records(connection, party_id="customer/7")) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(GIVEN, purposes=frozenset({"rule"})),
        replace(GIVEN, party_id="customer/8"),
        replace(GIVEN, valid_until=None),
        replace(GIVEN, wording_hash="0b" * 32),
        replace(WITHDRAWN, consent_id="form-17"),
    ],
)
def test_another_record_under_the_same_id_is_refused(
    connection: Connection, other: ConsentGiven | ConsentWithdrawn
) -> None:
    record_consent(connection, record=GIVEN, now=NOW)
    with pytest.raises(ConflictingRepeat, match="another consent was recorded under this id") as error:
        record_consent(connection, record=other, now=NOW)
    assert error.value.where == {"consent": "form-17"}
    assert [each.record for each in consent_records(connection, party_id="customer/7")] == [GIVEN]


BAD = [
    ({"consent_id": " "}, "consent_id"),
    ({"party_id": ""}, "party_id"),
    ({"channel": ""}, "channel"),
    ({"evidence": "  "}, "evidence"),
    ({"evidence": "a\0b"}, "evidence"),
    ({"contracts": frozenset()}, "contracts"),
    ({"contracts": frozenset({""})}, "contracts"),
    ({"purposes": frozenset()}, "purposes"),
    ({"purposes": frozenset({"gossip"})}, "purposes"),
    ({"wording_version": ""}, "wording_version"),
    ({"wording_hash": "0A" * 32}, "wording_hash"),
    ({"wording_hash": "short"}, "wording_hash"),
    ({"valid_until": NOW}, "valid_until"),
]


@pytest.mark.parametrize(("changes", "field"), BAD)
def test_a_record_that_does_not_say_enough_is_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as error:
        replace(GIVEN, **changes)
    assert error.value.where["field"] == field


def test_instants_without_zone_are_refused(connection: Connection) -> None:
    naive = datetime(2026, 1, 5)  # noqa: DTZ001
    with pytest.raises(InputError, match="valid_from has no time zone"):
        replace(GIVEN, valid_from=naive)
    with pytest.raises(InputError, match="now has no time zone"):
        record_consent(connection, record=GIVEN, now=naive)
