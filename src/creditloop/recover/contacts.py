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
    Occasion,
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
    occasion: Occasion,
    policy: Policy,
    channel: str,
    recipient: str,
    now: datetime,
) -> ContactEvent:
    """Record a contact that is allowed, before it is made; a repeat returns the first.

    Raises: StateError naming rule and reason if it is not allowed; ConflictingRepeat if the key was used for
        something else; InputError for a channel or recipient there is not.
    """
    if channel not in CHANNELS:
        raise InputError("no such channel of contact", got=channel, expected=CHANNELS)
    event = _event(occasion, channel)
    if (first := _locked_repeat(connection, event, now)) is not None:
        return first
    told = ask_permission(
        connection,
        policy=policy,
        party_id=occasion.party_id,
        channel=channel,
        recipient=recipient,
        at=occasion.at,
        utc_offset_hours=occasion.utc_offset_hours,
    )
    if not told.allowed:
        raise StateError(
            "this customer may not be contacted now",
            got=f"{told.reason.en} ({told.reason.zh})",
            where={"party": event.party_id, "rule": told.rule, "file": policy.document.path},
        )
    case = find_case(connection, party_id=event.party_id, on=event.on_day)
    assert case is not None  # without a case the rules of contact allow nothing
    return _insert(
        connection,
        replace(event, case_id=case.case_id, rule=told.rule, policy_hash=policy.hash),
        now,
    )


def record_complaint(connection: Connection, *, occasion: Occasion, kind: str, now: datetime) -> ContactEvent:
    """Record a customer's complaint or objection; from then on contact stops. Always taken, at any hour.

    Args:
        kind: "complaint" or "objection".
    """
    if kind not in STOPPING:
        raise InputError("not a complaint or objection", got=kind, expected=[str(word) for word in STOPPING])
    event = _event(occasion, kind)
    return _locked_repeat(connection, event, now) or _insert(connection, event, now)


def record_resolution(
    connection: Connection, *, occasion: Occasion, resolves: UUID, now: datetime
) -> ContactEvent:
    """Record that a complaint or objection is resolved; once none is open, contact is possible again.

    Raises: UnknownId if the customer made none with this id; OutOfOrder if it is resolved already, or was
        made later; InputError if nothing is said about how.
    """
    party_id = occasion.party_id
    if not occasion.note.strip():
        raise InputError("a resolution says how", got=repr(occasion.note), where={"party": party_id})
    event = replace(_event(occasion, ContactKind.RESOLVED), resolves=resolves)
    if (first := _locked_repeat(connection, event, now)) is not None:
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


def record_resolutions(
    connection: Connection, *, occasion: Occasion, resolves: UUID | None, now: datetime
) -> tuple[ContactEvent, ...]:
    """Record that one complaint or objection is resolved, or (None) all that are open; a repeat of the key
    returns the first, whatever was said since.

    Raises: UnknownId if none is open; what `record_resolution` raises.
    """
    load_queries(_SQL).lock_contacts(connection, party_id=occasion.party_id)
    chosen = _to_resolve(connection, occasion) if resolves is None else (resolves,)
    if not chosen:
        where = {"on": str(occasion.local[0])}
        raise UnknownId("no complaint or objection is open", got=occasion.party_id, where=where)
    return tuple(
        record_resolution(
            connection,
            occasion=replace(occasion, key=_resolution_key(occasion.key, event_id)),
            resolves=event_id,
            now=now,
        )
        for event_id in chosen
    )


def contact_counts(connection: Connection) -> Mapping[str, Mapping[str, int]]:
    """Count contact events by kind: all, and those simulated."""
    return {
        kind: {"events": events, "simulated": simulated}
        for kind, events, simulated in load_queries(_SQL).count_events(connection)
    }


def _event(occasion: Occasion, kind: str) -> ContactEvent:
    if not occasion.person.strip() or not occasion.key.strip():
        got = f"person {occasion.person!r}, key {occasion.key!r}"
        raise InputError("a contact event names who and has a key", got=got)
    return ContactEvent(
        event_id=_event_id(occasion.party_id, occasion.key),
        party_id=occasion.party_id,
        kind=ContactKind(kind),
        at=check_aware(occasion.at, name="at"),
        on_day=occasion.local[0],
        case_id=None,
        resolves=None,
        person=occasion.person,
        note=occasion.note,
        rule=None,
        policy_hash=None,
        simulated=occasion.simulated,
    )


def _event_id(party_id: str, key: str) -> UUID:
    return content_id("contact_event", party_id, key)


def _resolution_key(key: str, event_id: UUID) -> str:
    return f"{key}/{event_id}"


def _to_resolve(connection: Connection, occasion: Occasion) -> tuple[UUID, ...]:
    """Return what was resolved under this key, or else all that is open by the day."""
    party_id = occasion.party_id
    events = find_contact_events(connection, party_id=party_id)
    said = {told.event_id: told.resolves for told in events if told.resolves is not None}
    first = tuple(
        resolved
        for event_id, resolved in said.items()
        if event_id == _event_id(party_id, _resolution_key(occasion.key, resolved))
    )
    return first or facts_of(events=events, route=NO_CASE, on_day=occasion.local[0]).open_events


def _locked_repeat(connection: Connection, event: ContactEvent, now: datetime) -> ContactEvent | None:
    """Lock the customer, and return the event if it was recorded before.

    Where nobody named a moment (it is the clock's own, `now`), a repeat comes at another one: it is the same
    event, and stays at the first.
    """
    load_queries(_SQL).lock_contacts(connection, party_id=event.party_id)
    events = find_contact_events(connection, party_id=event.party_id)
    first = next((told for told in events if told.event_id == event.event_id), None)
    if first is None:
        return None
    if event.at == now:
        event = replace(event, at=first.at, on_day=first.on_day)
    if replace(first, case_id=None, rule=None, policy_hash=None) != event:
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
