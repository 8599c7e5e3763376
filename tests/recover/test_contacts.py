"""Contacts on record, as a table: each step a row; a complaint stops, its resolution lets go again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from tests.recover.case_rows import CONTACT, HOURS, JULY, JUNE, NOW, contact, local, occasion, route, rows

from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder, StateError, UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection
from creditloop.recover import (
    TABLES,
    ContactEvent,
    ask_permission,
    contact_counts,
    contact_facts,
    find_case,
    find_contact_events,
    record_complaint,
    record_resolution,
    record_resolutions,
)

DAY = date(2005, 7, 12)
BOOK = rows(("p1", 2, 100_000, "none", "none"), ("p2", 1, 100_000, "none", "none"), ("p3", 0, 5, "A", "none"))


@contextmanager
def refused(rule: str) -> Iterator[None]:
    """Expect a contact to be refused by a rule, which the error names with its reason."""
    with pytest.raises(StateError, match="may not be contacted") as caught:
        yield
    assert caught.value.where["rule"] == rule
    assert caught.value.got


@pytest.fixture
def routed(database: Connection) -> Connection:
    route(database, BOOK)
    return database


def complain(
    connection: Connection,
    at: datetime,
    *,
    kind: str = "complaint",
    key: str = "c1",
    note: str = "too often",
    now: datetime | None = None,
) -> ContactEvent:
    return record_complaint(
        connection,
        occasion=occasion("p1", at, person="p1", note=note, key=key),
        kind=kind,
        now=NOW if now is None else now,
    )


def resolve(
    connection: Connection, resolves: UUID, at: datetime, *, key: str = "r1", note: str = "agreed"
) -> ContactEvent:
    return record_resolution(
        connection,
        occasion=occasion("p1", at, person="sun", note=note, key=key),
        resolves=resolves,
        now=NOW,
    )


LIVES = [
    # steps of p1 on one day, each an hour later, then whether a call and a message are allowed
    ("", True, True),
    ("call call", True, True),
    ("call call call", False, True),
    ("message message", True, False),
    ("complaint", False, False),
    ("objection", False, False),
    ("complaint resolve", True, True),
    ("objection resolve", True, True),
    ("complaint objection resolve", False, False),
    ("complaint objection resolve resolve", True, True),
    ("complaint resolve complaint", False, False),
    ("call call call complaint resolve", False, True),
]


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life[0] or "nothing")
def test_a_day_of_contacts(routed: Connection, life: tuple[str, bool, bool]) -> None:
    steps, call, message = life
    opened = list[UUID]()
    for number, step in enumerate(steps.split()):
        at = local(DAY, 9 + number)
        if step in {"call", "message"}:
            contact(routed, "p1", at, channel=step, key=str(number))
        elif step == "resolve":
            resolve(routed, opened.pop(0), at, key=str(number))
        else:
            opened.append(complain(routed, at, kind=step, key=str(number)).event_id)
    for channel, allowed in (("call", call), ("message", message)):
        told = ask_permission(
            routed,
            policy=CONTACT,
            party_id="p1",
            channel=channel,
            recipient="customer",
            at=local(DAY, 18),
            utc_offset_hours=HOURS,
        )
        assert told.allowed == allowed, told
        if not allowed:
            with pytest.raises(StateError, match="may not be contacted") as caught:
                contact(routed, "p1", local(DAY, 18), channel=channel, key="last")
            assert caught.value.where["rule"] == told.rule


def test_a_complaint_stops_on_later_days_too_and_the_next_day_counts_anew(routed: Connection) -> None:
    for number in range(3):
        contact(routed, "p1", local(DAY, 9 + number), key=str(number))
    contact(routed, "p1", local(DAY + timedelta(days=1), 9), key="next")
    said = complain(routed, local(DAY + timedelta(days=1), 10))
    with refused("CT_02"):
        contact(routed, "p1", local(DAY + timedelta(days=9), 9), key="later")
    resolve(routed, said.event_id, local(DAY + timedelta(days=10), 9))
    contact(routed, "p1", local(DAY + timedelta(days=10), 10), key="after")
    assert contact_facts(routed, party_id="p1", on_day=DAY + timedelta(days=5)).stopped
    assert contact_counts(routed)["call"] == {"events": 5, "simulated": 5}


def test_the_day_is_the_customers(routed: Connection) -> None:
    """23:30 UTC on the 11th is 07:30 on the 12th in Taipei: too early, and on the 12th."""
    early = datetime(2005, 7, 11, 23, 30, tzinfo=NOW.tzinfo)
    with refused("CT_06"):
        contact(routed, "p1", early)
    assert contact(routed, "p1", early + timedelta(minutes=30)).on_day == DAY


def test_a_contact_keeps_its_case_and_the_rule_that_allowed_it(routed: Connection) -> None:
    made = contact(routed, "p1", local(DAY, 9))
    case = find_case(routed, party_id="p1", on=DAY)
    assert case is not None
    assert (made.case_id, made.rule, made.policy_hash) == (case.case_id, "otherwise", CONTACT.hash)
    assert contact(routed, "p1", local(DAY, 9)) == made
    assert find_contact_events(routed, party_id="p1") == (made,)
    with pytest.raises(ConflictingRepeat, match="used for something else"):
        contact(routed, "p1", local(DAY, 10))


def test_who_has_no_case_is_not_contacted(routed: Connection) -> None:
    for party in ("p3", "nobody"):
        with refused("CT_03"):
            contact(routed, party, local(DAY, 9))
    route(routed, rows(("p1", 0, 100_000, "none", "none")), on=JULY)
    with refused("CT_03"):  # paid in time again: July's routing has no case
        contact(routed, "p1", local(JULY, 9))
    assert find_case(routed, party_id="p1", on=DAY) is not None
    assert find_case(routed, party_id="p1", on=JULY) is None


def test_nobody_but_the_customer_is_contacted(routed: Connection) -> None:
    with refused("CT_01"):
        contact(routed, "p1", local(DAY, 9), recipient="other")


def test_resolutions_that_cannot_be(routed: Connection) -> None:
    said = complain(routed, local(DAY, 12))
    with pytest.raises(UnknownId, match="no such complaint"):
        resolve(routed, content_id("x", 1), local(DAY, 13))
    with pytest.raises(OutOfOrder, match="made later"):
        resolve(routed, said.event_id, local(DAY, 11))
    with pytest.raises(InputError, match="says how"):
        resolve(routed, said.event_id, local(DAY, 13), note=" ")
    done = resolve(routed, said.event_id, local(DAY, 13))
    assert resolve(routed, said.event_id, local(DAY, 13)) == done
    with pytest.raises(OutOfOrder, match="resolved already"):
        resolve(routed, said.event_id, local(DAY, 14), key="r2")
    with pytest.raises(UnknownId, match="no such complaint"):
        resolve(routed, done.event_id, local(DAY, 14), key="r3")
    with pytest.raises(InputError, match="not a complaint or objection"):
        complain(routed, local(DAY, 15), kind="resolved", key="c9")


def test_what_is_noted_as_it_happens_is_noted_once_however_often_it_is_sent(routed: Connection) -> None:
    """Nobody names its moment: it is that of the bank's clock, which has moved on when it is sent again."""
    first, later = local(DAY, 23), local(DAY + timedelta(days=1), 1)
    said = complain(routed, first, now=first)
    assert complain(routed, later, now=later) == said
    with pytest.raises(ConflictingRepeat, match="used for something else"):
        complain(routed, later, now=later, note="another")
    with pytest.raises(ConflictingRepeat, match="used for something else"):
        complain(routed, later)  # somebody says that it happened then


def test_a_resolution_sent_again_resolves_nothing_said_since(routed: Connection) -> None:
    said = [complain(routed, local(DAY, 12), key=key).event_id for key in ("c1", "c2")]
    told = occasion("p1", local(DAY, 14), person="sun", note="agreed", key="r")
    done = record_resolutions(routed, occasion=told, resolves=None, now=NOW)
    assert {one.resolves for one in done} == set(said)
    complain(routed, local(DAY, 13), key="c3")  # noted late, about an earlier hour
    assert set(record_resolutions(routed, occasion=told, resolves=None, now=NOW)) == set(done)
    assert contact_facts(routed, party_id="p1", on_day=DAY).stopped


@pytest.mark.parametrize("bad", ["visit", "complaint", "resolved"])
def test_a_channel_that_is_none_is_refused(routed: Connection, bad: str) -> None:
    with pytest.raises(InputError, match="no such channel"):
        contact(routed, "p1", local(DAY, 9), channel=bad)
    assert find_contact_events(routed, party_id="p1") == ()


def test_a_complaint_is_taken_at_any_hour_and_without_a_case(routed: Connection) -> None:
    assert complain(routed, local(JUNE, 3)).on_day == JUNE


@pytest.mark.parametrize("table", [table.name for table in TABLES])
@pytest.mark.parametrize("change", ["UPDATE {} SET row_no = row_no", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nothing_is_changed_or_removed(database: Connection, table: str, change: str) -> None:
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="is append-only"):
        database.execute(change.format(table).encode())


def test_every_column_of_the_tables_is_listed(database: Connection) -> None:
    for table in TABLES:
        schema, name = table.name.split(".")
        query = (
            "SELECT column_name FROM information_schema.columns WHERE (table_schema, table_name) = (%s, %s)"
        )
        columns = database.execute(query.encode(), [schema, name]).fetchall()
        assert {column for (column,) in columns} == {*table.columns, *table.unhashed}
