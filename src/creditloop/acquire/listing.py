"""Reading the whitelist: where each party stands on a day, and one party's screenings and invitation."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import polars as pl

from creditloop.acquire.store import SQL
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection, load_queries

WHITELIST = {
    "party_id": pl.String(),
    "status": pl.String(),
    "since": pl.Date(),
    "segment": pl.String(),
    "utilisation_band": pl.String(),
    "payment_habit": pl.String(),
    "trend": pl.String(),
    "score": pl.Int64(),
    "pd_nano": pl.Int64(),
    "outcome": pl.String(),
    "rule": pl.String(),
    "reasons": pl.String(),
    "trigger": pl.String(),
    "cause": pl.String(),
    "screened_on": pl.Date(),
    "batch_id": pl.String(),
    "event_no": pl.Int64(),
    "event": pl.String(),
    "simulated": pl.Boolean(),
    "inputs": pl.String(),
}
"""The whitelist's columns: status, and what the last screening said and was made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhitelistCount:
    """How many parties of a segment stand how."""

    status: str
    segment: str
    parties: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCount:
    """How many events of a kind a trigger made; simulated ones are counted by themselves."""

    trigger: str
    kind: str
    simulated: bool
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """How many parties of a segment one rule gave an outcome in one screening."""

    segment: str
    outcome: str
    rule: str
    parties: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """One party in one screening (画像与筛选结果); see `screening.screen`.

    Attributes:
        segment, utilisation_band, payment_habit, trend: the portrait; "refer" where it could not be told.
        reasons: canonical JSON list of codes; `inputs` canonical JSON object of what it was made from.
    """

    party_id: str
    batch_id: UUID
    segment: str
    utilisation_band: str
    payment_habit: str
    trend: str
    score: int | None
    pd_nano: int | None
    outcome: str
    rule: str
    reasons: str
    cause: str
    inputs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationEvent:
    """Something that happened to a party's invitation; `batch_id` is the screening, or the answer."""

    event_no: int
    kind: str
    occurred_on: date
    trigger: str
    simulated: bool
    source: str
    batch_id: UUID


def whitelist(connection: Connection, *, product: str, on: date, party_id: str | None = None) -> pl.DataFrame:
    """Return where each party stands at the end of a day (白名单现状).

    Returns: by party_id, every party screened by then, or one; columns of `WHITELIST`. `status` is the
        answer if the party gave one, else the outcome of the last screening; `simulated` tells of an answer.
    """
    rows = list(load_queries(SQL).whitelist(connection, product=product, day=on, party_id=party_id))
    return pl.DataFrame(rows, schema=WHITELIST, orient="row")


def whitelist_counts(connection: Connection, *, product: str, on: date) -> list[WhitelistCount]:
    """Count the whitelist on a day by status and segment."""
    frame = whitelist(connection, product=product, on=on)
    counted = frame.group_by("status", "segment").agg(pl.len().alias("parties")).sort("status", "segment")
    return [WhitelistCount(**row) for row in counted.iter_rows(named=True)]


def outcome_counts(connection: Connection, *, batch_id: UUID) -> list[OutcomeCount]:
    """Count what a screening said, by segment, outcome and rule."""
    rows = load_queries(SQL).outcome_counts(connection, batch_id=batch_id)
    return [OutcomeCount(segment=s, outcome=o, rule=r, parties=n) for s, o, r, n in rows]


def event_counts(connection: Connection, *, product: str, batch_id: UUID | None = None) -> list[EventCount]:
    """Count the events of a product's invitations, of one batch if asked for, by trigger and kind."""
    rows = load_queries(SQL).event_counts(connection, product=product, batch_id=batch_id)
    return [EventCount(trigger=t, kind=k, simulated=s, events=n) for t, k, s, n in rows]


def find_screened(connection: Connection, *, batch_id: UUID, party_id: str) -> Screened:
    """Return what a screening said of one party.

    Raises: UnknownId if the screening is not there or the party was not screened in it.
    """
    row = load_queries(SQL).find_screened(connection, batch_id=batch_id, party_id=party_id)
    if row is None:
        where = {"batch": str(batch_id)}
        raise UnknownId("the party was not screened in this screening", got=party_id, where=where)
    return Screened(**dict(zip(Screened.__dataclass_fields__, row, strict=True)))


def find_portrait(connection: Connection, *, product: str, party_id: str, on: date) -> Screened:
    """Return a party's latest portrait and screening by the end of a day (客户画像).

    Raises: UnknownId if the party was not screened by then.
    """
    frame = whitelist(connection, product=product, on=on, party_id=party_id)
    if frame.is_empty():
        where = {"product": product, "on": on}
        raise UnknownId("the party was not screened by this day", got=party_id, where=where)
    return find_screened(connection, batch_id=UUID(frame["batch_id"][0]), party_id=party_id)


def find_invitations(connection: Connection, *, product: str, party_id: str) -> tuple[InvitationEvent, ...]:
    """Return what happened to one party's invitation, in order; nothing if it was never invited."""
    rows = load_queries(SQL).list_invitation_events(connection, product=product, party_id=party_id)
    names = InvitationEvent.__dataclass_fields__
    return tuple(InvitationEvent(**dict(zip(names, row, strict=True))) for row in rows)
