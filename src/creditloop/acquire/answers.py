"""What the invited answer: accepted or declined, once, while the invitation is open."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import polars as pl

from creditloop.acquire.invitations import OPEN
from creditloop.acquire.store import SQL, add_events, last_events
from creditloop.kernel.errors import InputError, OutOfOrder, UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries

ANSWER = "answer"
"""The trigger of an event that is the party's own answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerBatch:
    """Recorded answers; `repeated` if they were recorded before."""

    batch_id: UUID
    product: str
    accepted: bool
    occurred_on: date
    parties: int
    repeated: bool


def record_acceptance(
    connection: Connection,
    *,
    product: str,
    party_ids: Collection[str],
    accepted: bool,
    occurred_on: date,
    source: str,
    simulated: bool,
    now: datetime,
) -> AnswerBatch:
    """Record that parties accepted, or declined, their invitation (接受或拒绝邀请); all of them or none.

    Args:
        source: who says so, e.g. the entry of a script; `simulated` marks what no party really said.
    Returns: the batch; the same answers again return the first.
    Raises: UnknownId for a party that was never invited; OutOfOrder if its invitation is not open, or was
        opened later; InputError if nobody is named, or somebody twice, or the source is not said.
    """
    names = sorted(party_ids)
    if not names or len(set(names)) != len(names) or not source.strip():
        got = f"{len(names)} parties, source {source!r}"
        raise InputError("answers name their parties, each once, and who says so", got=got)
    queries = load_queries(SQL)
    queries.lock_product(connection, product=product)
    batch_id = content_id("answer", product, accepted, occurred_on, source, simulated, names)
    repeated = bool(list(queries.find_answers(connection, batch_id=batch_id)))
    if not repeated:
        last = last_events(connection, product=product).filter(pl.col("party_id").is_in(names))
        _check_open(last, names, occurred_on)
        add_events(
            connection,
            batch_id=batch_id,
            product=product,
            occurred_on=occurred_on,
            trigger=ANSWER,
            simulated=simulated,
            events=_events(last, accepted=accepted, source=source),
            now=now,
        )
    return AnswerBatch(
        batch_id=batch_id,
        product=product,
        accepted=accepted,
        occurred_on=occurred_on,
        parties=len(names),
        repeated=repeated,
    )


def _events(last: pl.DataFrame, *, accepted: bool, source: str) -> pl.DataFrame:
    return last.select(
        "party_id",
        pl.col("event_no") + 1,
        kind=pl.lit("accepted" if accepted else "declined"),
        source=pl.lit(source),
    ).sort("party_id")


def _check_open(last: pl.DataFrame, names: list[str], occurred_on: date) -> None:
    known = {row["party_id"]: row for row in last.iter_rows(named=True)}
    for name in names:
        if name not in known:
            raise UnknownId("the party was never invited", got=name)
        kind, since = known[name]["kind"], known[name]["occurred_on"]
        if kind not in OPEN or since > occurred_on:
            raise OutOfOrder(
                "the party's invitation is not open on this day",
                got=f"{kind} on {since}",
                expected=f"invited or reopened by {occurred_on}",
                where={"party": name},
            )
