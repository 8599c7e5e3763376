"""Keeping contacts: each asked for first, each recorded with the rule that allowed it.

The caller names what makes an event this one (`key`), so that recording it again finds the first. Whoever
records holds the customer's lock, so that two collectors cannot both make the last call of the day.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder, StateError, UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries
from creditloop.recover.cases import find_case
from creditloop.recover.contact import (
    CHANNELS,
    NO_CASE,
    STOPPING,
    ContactEvent,
    ContactFacts,
    ContactKind,
    Permission,
    facts_of,
    local_time,
    may_contact,
)
from creditloop.risk import Policy

_SQL = "creditloop.recover"


def find_contact_events(connection: Connection, *, party_id: str) -> tuple[ContactEvent, ...]:
    """Return what happened between the bank and a customer, oldest first."""
    names = ContactEvent.__slots__
    return tuple(
        ContactEvent(**{**dict(zip(names, row[:-1], strict=True)), "kind": ContactKind(row[2])})
        for row in load_queries(_SQL).find_events(connection, party_id=party_id)
    )


def contact_facts(connection: Connection, *, party_id: str, on_day: date) -> ContactFacts:
    """Gather what counts for a contact on a day: the open case, open complaints, the day's contacts."""
    case = find_case(connection, party_id=party_id, on=on_day)
    events = find_contact_events(connection, party_id=party_id)
    return facts_of(events=events, route=NO_CASE if case is None else case.route, on_day=on_day)


def ask_permission(
    connection: Connection,
    *,
    policy: Policy,
    party_id: str,
    channel: str,
    recipient: str,
    at: datetime,
    utc_offset_hours: int,
) -> Permission:
    """Ask whether a customer may be contacted at an instant; see `contact.may_contact`."""
    day, minute = local_time(at, utc_offset_hours=utc_offset_hours)
    facts = contact_facts(connection, party_id=party_id, on_day=day)
    return may_contact(policy=policy, facts=facts, channel=channel, recipient=recipient, minute_of_day=minute)


def record_contact(
    connection: Connection,
    *,
    policy: Policy,
    party_id: str,
    channel: str,
    recipient: str,
    at: datetime,
    utc_offset_hours: int,
    person: str,
    note: str,
    key: str,
    simulated: bool,
    now: datetime,
) -> ContactEvent:
    """Record a contact that is allowed, before it is made; a repeat returns the first.

    Raises: StateError naming rule and reason if it is not allowed; ConflictingRepeat if the key was used for
        something else; InputError for a channel or recipient there is not.
    """
    if channel not in CHANNELS:
        raise InputError("no such channel of contact", got=channel, expected=CHANNELS)
    day, _ = local_time(at, utc_offset_hours=utc_offset_hours)
    event = _event(party_id, channel, at, day, person, note, key, simulated)
    if (first := _locked_repeat(connection, event)) is not None:
        return first
    told = ask_permission(
        connection,
        policy=policy,
        party_id=party_id,
        channel=channel,
        recipient=recipient,
        at=at,
        utc_offset_hours=utc_offset_hours,
    )
    if not told.allowed:
        raise StateError(
            "this customer may not be contacted now",
            got=f"{told.reason.en} ({told.reason.zh})",
            where={"party": party_id, "rule": told.rule, "file": policy.document.path},
        )
    case = find_case(connection, party_id=party_id, on=day)
    assert case is not None  # without a case the rules of contact allow nothing
    return _insert(
        connection,
        replace(event, case_id=case.case_id, rule=told.rule, policy_hash=policy.hash),
        now,
    )


def record_complaint(
    connection: Connection,
    *,
    party_id: str,
    kind: str,
    at: datetime,
    utc_offset_hours: int,
    person: str,
    note: str,
    key: str,
    simulated: bool,
    now: datetime,
) -> ContactEvent:
    """Record a customer's complaint or objection; from then on contact stops. Always taken, at any hour.

    Args:
        kind: "complaint" or "objection".
    """
    if kind not in STOPPING:
        raise InputError("not a complaint or objection", got=kind, expected=[str(word) for word in STOPPING])
    day, _ = local_time(at, utc_offset_hours=utc_offset_hours)
    event = _event(party_id, kind, at, day, person, note, key, simulated)
    return _locked_repeat(connection, event) or _insert(connection, event, now)


def record_resolution(
    connection: Connection,
    *,
    party_id: str,
    resolves: UUID,
    at: datetime,
    utc_offset_hours: int,
    person: str,
    note: str,
    key: str,
    simulated: bool,
    now: datetime,
) -> ContactEvent:
    """Record that a complaint or objection is resolved; once none is open, contact is possible again.

    Raises: UnknownId if the customer made none with this id; OutOfOrder if it is resolved already, or was
        made later; InputError if nothing is said about how.
    """
    if not note.strip():
        raise InputError("a resolution says how", got=repr(note), where={"party": party_id})
    day, _ = local_time(at, utc_offset_hours=utc_offset_hours)
    event = replace(
        _event(party_id, ContactKind.RESOLVED, at, day, person, note, key, simulated), resolves=resolves
    )
    if (first := _locked_repeat(connection, event)) is not None:
        return first
    events = find_contact_events(connection, party_id=party_id)
    where = {"party": party_id, "event": str(resolves)}
    said = next((told for told in events if told.event_id == resolves and told.kind in STOPPING), None)
    if said is None:
        raise UnknownId("no such complaint or objection", got=str(resolves), where=where)
    if any(told.resolves == resolves for told in events):
        raise OutOfOrder("it is resolved already", where=where)
    if said.at > event.at:
        raise OutOfOrder("it was made later", got=str(event.at), expected=f">= {said.at}", where=where)
    return _insert(connection, event, now)


def contact_counts(connection: Connection) -> Mapping[str, Mapping[str, int]]:
    """Count contact events by kind: all, and those simulated."""
    return {
        kind: {"events": events, "simulated": simulated}
        for kind, events, simulated in load_queries(_SQL).count_events(connection)
    }


def _event(
    party_id: str, kind: str, at: datetime, day: date, person: str, note: str, key: str, simulated: bool
) -> ContactEvent:
    if not person.strip() or not key.strip():
        raise InputError("a contact event names who and has a key", got=f"person {person!r}, key {key!r}")
    return ContactEvent(
        event_id=content_id("contact_event", party_id, key),
        party_id=party_id,
        kind=ContactKind(kind),
        at=check_aware(at, name="at"),
        on_day=day,
        case_id=None,
        resolves=None,
        person=person,
        note=note,
        rule=None,
        policy_hash=None,
        simulated=simulated,
    )


def _locked_repeat(connection: Connection, event: ContactEvent) -> ContactEvent | None:
    """Lock the customer, and return the event if it was recorded before."""
    load_queries(_SQL).lock_contacts(connection, party_id=event.party_id)
    events = find_contact_events(connection, party_id=event.party_id)
    first = next((told for told in events if told.event_id == event.event_id), None)
    if first is None:
        return None
    said = replace(first, case_id=None, rule=None, policy_hash=None)
    if said != event:
        raise ConflictingRepeat(
            "this key was used for something else",
            got=f"{event.kind} at {event.at}",
            expected=f"{first.kind} at {first.at}",
            where={"party": event.party_id, "event": str(event.event_id)},
        )
    return first


def _insert(connection: Connection, event: ContactEvent, now: datetime) -> ContactEvent:
    values = {name: getattr(event, name) for name in ContactEvent.__slots__}
    load_queries(_SQL).insert_event(
        connection,
        **{**values, "kind": event.kind.value},
        batch_id=event.event_id,
        recorded_at=check_aware(now, name="now"),
    )
    return event
