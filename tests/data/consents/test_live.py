"""What is live: a withdrawal ends what was given before it, and what the database says is what is derived."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditloop.data.consents import (
    ConsentGiven,
    ConsentWithdrawn,
    LiveState,
    consent_records,
    consenting_parties,
    cover_states,
    record_consent,
)
from creditloop.kernel.storage import Connection, connect

NOW = datetime(2026, 1, 5, tzinfo=UTC)
PARTIES, CONTRACTS, PURPOSES = ("customer/1", "customer/2"), ("invoices", "patents"), ("rule", "model")


@pytest.fixture
def connection(lasting_url: str) -> Iterator[Connection]:
    with connect(lasting_url) as opened:
        yield opened
        opened.rollback()


def give(
    number: int,
    *,
    first: int = 0,
    last: int | None = None,
    party: str = PARTIES[0],
    contracts: frozenset[str] = frozenset(CONTRACTS),
    purposes: frozenset[str] = frozenset(PURPOSES),
) -> ConsentGiven:
    return ConsentGiven(
        consent_id=f"given-{number}",
        party_id=party,
        contracts=contracts,
        purposes=purposes,
        valid_from=NOW + timedelta(days=first),
        valid_until=None if last is None else NOW + timedelta(days=last),
        wording_version="1",
        wording_hash="0" * 64,
        channel="branch",
        evidence="form",
    )


def withdraw(
    number: int,
    *,
    party: str = PARTIES[0],
    contracts: frozenset[str] = frozenset(CONTRACTS),
    purposes: frozenset[str] = frozenset(PURPOSES),
) -> ConsentWithdrawn:
    return ConsentWithdrawn(
        consent_id=f"withdrawn-{number}",
        party_id=party,
        contracts=contracts,
        purposes=purposes,
        channel="branch",
        evidence="form",
    )


RULE = frozenset({"rule"})
STATES = [
    ([], None),
    ([give(1)], "live"),
    ([give(1, first=1)], "not_yet"),
    ([give(1, first=-2, last=0)], "over"),
    ([give(1, first=-2, last=1)], "live"),
    ([give(1), withdraw(2)], "withdrawn"),
    ([withdraw(1), give(2)], "live"),
    ([give(1), withdraw(2), give(3)], "live"),
    ([give(1), give(2), withdraw(3)], "withdrawn"),
    ([give(1), give(2, first=5)], "live"),
    ([give(1, first=-2, last=-1), withdraw(2), give(3, first=1)], "not_yet"),
    ([give(1), withdraw(2, purposes=frozenset({"model"}))], "live"),
    ([give(1), withdraw(2, purposes=RULE)], "withdrawn"),
    ([give(1, contracts=frozenset({"patents"}))], None),
    ([give(1), withdraw(2, contracts=frozenset({"patents"}))], "live"),
]


@pytest.mark.parametrize(("records", "state"), STATES)
def test_how_consent_to_a_source_for_a_purpose_stands(
    connection: Connection, records: list[ConsentGiven | ConsentWithdrawn], state: str | None
) -> None:
    for record in records:
        record_consent(connection, record=record, now=NOW)
    found = {
        (each.contract, each.purpose): each
        for each in cover_states(consent_records(connection, party_id=PARTIES[0]), at=NOW)
    }
    cover = found.get(("invoices", "rule"))
    assert (None if cover is None else cover.state.value) == state
    live = consenting_parties(connection, contract="invoices", purpose="rule", at=NOW)
    assert live == (PARTIES[:1] if state == "live" else ())


def test_what_is_live_is_said_with_the_record_that_says_so(connection: Connection) -> None:
    for record in (give(1), withdraw(2, purposes=RULE)):
        record_consent(connection, record=record, now=NOW)
    covers = cover_states(consent_records(connection, party_id=PARTIES[0]), at=NOW)
    assert [(each.contract, each.purpose, each.state, each.by) for each in covers] == [
        ("invoices", "model", LiveState.LIVE, "given-1"),
        ("invoices", "rule", LiveState.WITHDRAWN, "withdrawn-2"),
        ("patents", "model", LiveState.LIVE, "given-1"),
        ("patents", "rule", LiveState.WITHDRAWN, "withdrawn-2"),
    ]


some = st.frozensets
record = st.tuples(
    st.booleans(),
    st.sampled_from(PARTIES),
    some(st.sampled_from(CONTRACTS), min_size=1),
    some(st.sampled_from(PURPOSES), min_size=1),
    st.integers(-2, 2),
    st.none() | st.integers(-1, 3),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(record, max_size=8), day=st.integers(-3, 3))
def test_the_database_says_what_is_derived(connection: Connection, records: list, day: int) -> None:
    connection.rollback()
    for number, (is_given, party, contracts, purposes, first, last) in enumerate(records):
        if is_given:
            until = None if last is None else max(last, first + 1)
            made = give(number, first=first, last=until, party=party, contracts=contracts, purposes=purposes)
            record_consent(connection, record=made, now=NOW)
        else:
            made = withdraw(number, party=party, contracts=contracts, purposes=purposes)
            record_consent(connection, record=made, now=NOW)
    at = NOW + timedelta(days=day)
    derived = {
        (each.contract, each.purpose, party)
        for party in PARTIES
        for each in cover_states(consent_records(connection, party_id=party), at=at)
        if each.state is LiveState.LIVE
    }
    asked = {
        (contract, purpose, party)
        for contract in CONTRACTS
        for purpose in PURPOSES
        for party in consenting_parties(connection, contract=contract, purpose=purpose, at=at)
    }
    assert asked == derived
    of_one = consenting_parties(
        connection, contract="invoices", purpose="rule", at=at, party_ids=[PARTIES[1], "customer/9"]
    )
    assert set(of_one) == {party for _, _, party in derived & {("invoices", "rule", PARTIES[1])}}
