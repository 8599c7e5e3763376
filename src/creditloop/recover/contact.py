"""May a customer be contacted (可否联系)? The rules of contact, asked before every message and every call.

Who, when, how often, and what stops all contact is policies/<product>/recover/contact.yaml. Only the
customer is contacted; a complaint or objection stops contact until it is resolved. What cannot be evaluated
is refused: nobody is contacted in doubt. Nobody is looked for by what he leaves on the net.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import InputError
from creditloop.risk import Policy, ReasonCode

CHANNELS = ("message", "call")
RECIPIENTS = ("customer", "other")
NO_CASE = "none"


class ContactKind(StrEnum):
    """What happened between the bank and a customer."""

    MESSAGE = "message"
    CALL = "call"
    COMPLAINT = "complaint"
    OBJECTION = "objection"
    RESOLVED = "resolved"


STOPPING = (ContactKind.COMPLAINT, ContactKind.OBJECTION)
"""What stops contact until it is resolved (投诉、异议)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEvent:
    """Something that happened between the bank and a customer.

    Attributes:
        on_day: the day at the customer, by which contacts are counted.
        case_id: the case a contact was about.
        resolves: the complaint or objection that a resolution ends.
        person: who did or said it.
        rule: the rule that allowed a contact, and `policy_hash` its policy.
        simulated: it was not in the data.
    """

    event_id: UUID
    party_id: str
    kind: ContactKind
    at: datetime
    on_day: date
    case_id: UUID | None
    resolves: UUID | None
    person: str
    note: str
    rule: str | None
    policy_hash: str | None
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Who noted what about which customer, and when: what every contact event says, whatever its kind.

    Attributes:
        at: when it happened; an aware instant.
        utc_offset_hours: the customer's clock, which tells the day and the hour.
        person: who noted it, or, of a complaint, who made it.
        key: what makes an event of this customer this one; recorded again it finds the first.
        simulated: it comes from a script.
    """

    party_id: str
    at: datetime
    utc_offset_hours: int
    person: str
    note: str
    key: str
    simulated: bool

    @property
    def local(self) -> tuple[date, int]:
        """The day and the minute of the day at the customer."""
        return local_time(self.at, utc_offset_hours=self.utc_offset_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """What counts when somebody asks whether a customer may be contacted.

    Attributes:
        route: of the open case, "none" if there is none.
        open_events: complaints and objections not resolved.
    """

    route: str
    open_events: tuple[UUID, ...]
    calls_today: int
    messages_today: int

    @property
    def stopped(self) -> bool:
        """Whether a complaint or objection stops contact."""
        return bool(self.open_events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The answer: allowed or not, the rule that says so, and why."""

    allowed: bool
    rule: str
    reason: ReasonCode


def may_contact(
    *, policy: Policy, facts: ContactFacts, channel: str, recipient: str, minute_of_day: int
) -> Permission:
    """Say whether a contact is allowed.

    Args:
        channel: one of `CHANNELS`; recipient: one of `RECIPIENTS`.
        minute_of_day: at the customer, 0..1439.
    Raises: InputError if the channel, the recipient or the minute cannot be.
    """
    if channel not in CHANNELS or recipient not in RECIPIENTS or not 0 <= minute_of_day < 24 * 60:
        raise InputError(
            "no such contact",
            got=f"{channel} to {recipient} at minute {minute_of_day}",
            expected=f"{CHANNELS} to {RECIPIENTS} at minute 0..1439",
        )
    (table,) = policy.tables
    verdict = table.decide(
        {
            "route": facts.route,
            "stopped": facts.stopped,
            "recipient": recipient,
            "channel": channel,
            "minute_of_day": minute_of_day,
            "calls_today": facts.calls_today,
            "messages_today": facts.messages_today,
        }
    )
    return Permission(
        allowed=not verdict.refers and verdict.outputs["permission"] == "allowed",
        rule=verdict.matched[0] if verdict.matched else "refer",
        reason=verdict.reasons[0],
    )


def facts_of(*, events: Sequence[ContactEvent], route: str, on_day: date) -> ContactFacts:
    """Count what has happened by a day: open complaints and objections, and that day's contacts."""
    until = [event for event in events if event.on_day <= on_day]
    resolved = {event.resolves for event in until if event.kind is ContactKind.RESOLVED}
    today = [event.kind for event in until if event.on_day == on_day]
    return ContactFacts(
        route=route,
        open_events=tuple(
            event.event_id for event in until if event.kind in STOPPING and event.event_id not in resolved
        ),
        calls_today=today.count(ContactKind.CALL),
        messages_today=today.count(ContactKind.MESSAGE),
    )


def local_time(at: datetime, *, utc_offset_hours: int) -> tuple[date, int]:
    """Return the day and the minute of the day at the customer.

    >>> from datetime import UTC
    >>> local_time(datetime(2005, 7, 31, 14, 5, tzinfo=UTC), utc_offset_hours=8)
    (datetime.date(2005, 7, 31), 1325)
    """
    local = check_aware(at, name="the moment of contact") + timedelta(hours=utc_offset_hours)
    return local.date(), local.hour * 60 + local.minute
