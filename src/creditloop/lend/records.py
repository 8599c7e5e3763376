"""What is on record about limits: how they stand on a day, one customer's history and papers, counts."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl

from creditloop.kernel.errors import OutOfOrder, UnknownId
from creditloop.kernel.money import Fen
from creditloop.kernel.storage import Connection, load_queries
from creditloop.lend.agreement import Agreement, Basis
from creditloop.lend.letters import Letter
from creditloop.lend.limits import LimitEvent, LimitKind, LimitState, check_limit_history
from creditloop.lend.position import LIMITS, LimitPosition, limit_position

_SQL = "creditloop.lend"


def limits_in_force(
    connection: Connection, *, on: date, party_ids: Collection[str] | None = None
) -> pl.DataFrame:
    """Return the limits of everybody, or of some, at a day's end: columns of `position.LIMITS`, by party."""
    parties = None if party_ids is None else list(party_ids)
    found = load_queries(_SQL).find_limits(connection, on=on, party_ids=parties)
    return pl.DataFrame(list(found), schema=LIMITS, orient="row")


def check_unchanged_after(connection: Connection, *, party_ids: Collection[str], on: date) -> None:
    """Check that no limit of some customers has changed after a day; who has no limit is not looked at.

    Raises: OutOfOrder naming a customer whose limit has, and both days.
    """
    later = load_queries(_SQL).find_change_after(connection, party_ids=list(party_ids), on=on)
    if later is not None:
        raise OutOfOrder(
            "a limit has changed on a later day already",
            got=str(on),
            expected=f"{later[1]} or later",
            where={"party": later[0]},
        )


def check_taken_over(connection: Connection, *, party_ids: Collection[str], on: date) -> None:
    """Check that some customers have a limit at a day's end.

    Raises: OutOfOrder naming one who has none, and how many have none.
    """
    without = sorted(
        set(party_ids).difference(limits_in_force(connection, on=on, party_ids=party_ids)["party_id"])
    )
    if without:
        raise OutOfOrder(
            "a limit that was never taken over cannot be decided about",
            got=f"{len(without):,} of {len(set(party_ids)):,} customers without a limit by {on}",
            expected="limits taken over with the book's first month",
            where={"party": without[0]},
            hint="creditloop book post, then: creditloop work",
        )


def find_offers(connection: Connection, *, on: date) -> pl.DataFrame:
    """Return the raises nobody has answered by a day's end: party_id, limit_fen, offered_fen, decision_id,
    offered_on."""
    schema = {
        "party_id": pl.String,
        "limit_fen": pl.Int64,
        "offered_fen": pl.Int64,
        "decision_id": pl.String,
        "offered_on": pl.Date,
    }
    found = load_queries(_SQL).find_offers(connection, on=on)
    rows = [(party, limit, offer, str(decision), day) for party, limit, offer, decision, day in found]
    return pl.DataFrame(rows, schema=schema, orient="row")


def find_limit_history(connection: Connection, *, party_id: str) -> tuple[LimitEvent, ...]:
    """Return one customer's limit events, oldest first, checked to add up.

    Raises: UnknownId if the customer has no limit; BookError if they do not add up.
    """
    events = tuple(
        _event(row) for row in load_queries(_SQL).find_limit_history(connection, party_id=party_id)
    )
    if not events:
        raise UnknownId("the customer has no limit", got=party_id)
    check_limit_history(events)
    return events


def find_position(connection: Connection, *, party_id: str, owed_fen: int, on: date) -> LimitPosition:
    """Return one customer's position at a day's end.

    Args:
        owed_fen: what the book says is owed that day, >= 0.
    Raises: UnknownId if the customer had no limit by then.
    """
    until = [event for event in find_limit_history(connection, party_id=party_id) if event.occurred_on <= on]
    if not until:
        raise UnknownId("the customer had no limit by then", got=party_id, where={"on": str(on)})
    state = until[-1].after
    return limit_position(
        party_id=party_id,
        limit_fen=state.limit_fen,
        frozen=state.frozen,
        offered_fen=state.offered_fen,
        owed_fen=owed_fen,
    )


def find_agreements(connection: Connection, *, party_id: str) -> tuple[Agreement, ...]:
    """Return one customer's agreements, oldest first; none if there are none."""
    return tuple(
        Agreement(
            agreement_id=agreement_id,
            party_id=party,
            decision_id=decision_id,
            product=product,
            made_on=made_on,
            limit_fen=Fen(limit_fen),
            rate_annual_nano=rate,
            basis=Basis(basis),
            terms_hash=terms_hash,
            simulated=simulated,
        )
        for (
            agreement_id,
            party,
            decision_id,
            product,
            made_on,
            limit_fen,
            rate,
            basis,
            terms_hash,
            simulated,
            _,
        ) in load_queries(_SQL).find_agreements(connection, party_id=party_id)
    )


def find_letters(connection: Connection, *, party_id: str) -> tuple[Letter, ...]:
    """Return one customer's letters, oldest first, Chinese before English; none if there are none."""
    names = Letter.__slots__
    rows = load_queries(_SQL).find_letters(connection, party_id=party_id)
    return tuple(Letter(**dict(zip(names, row[:-1], strict=True))) for row in rows)


def lend_counts(connection: Connection, *, batch_id: UUID | None = None) -> Mapping[str, object]:
    """Count acts by name, events by kind, agreements and letters, of one run or of all."""
    queries = load_queries(_SQL)
    agreements, letters = queries.count_papers(connection, batch_id=batch_id)
    return {
        "acts": dict(queries.count_acts(connection, batch_id=batch_id)),
        "events": dict(queries.count_events(connection, batch_id=batch_id)),
        "agreements": agreements,
        "letters": letters,
    }


def _event(row: tuple[Any, ...]) -> LimitEvent:
    party_id, sequence, kind, occurred_on, change, limit, is_frozen, offer, decision, source, simulated, _ = (
        row
    )
    return LimitEvent(
        kind=LimitKind(kind),
        occurred_on=occurred_on,
        change_fen=Fen(change),
        after=LimitState(
            party_id=party_id,
            sequence=sequence,
            limit_fen=Fen(limit),
            frozen=is_frozen,
            offered_fen=None if offer is None else Fen(offer),
            decision_id=decision,
        ),
        source_ref=source,
        simulated=simulated,
    )
