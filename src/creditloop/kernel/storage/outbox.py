"""The outbox: facts said with the change they report, delivered at least once to each subscriber.

A delivery is leased, acted on and marked as done in one transaction with the subscriber's own changes, so an
act is seen exactly once in the database even if a worker dies at any moment; effects outside the database
must be idempotent by the fact's id. A subscriber that fails is tried again later, and others go on.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import ConflictingRepeat, CreditloopError
from creditloop.kernel.facts import Fact
from creditloop.kernel.storage.pool import Connection
from creditloop.kernel.storage.queries import load_queries

LEASE = timedelta(minutes=5)
"""How long a claimed delivery is left alone before another worker may take it up."""
RETRY_AFTER = timedelta(minutes=1)
ATTEMPTS_MAX = 8
"""After so many failures a delivery waits for a person; it stays listed as open."""

_SQL = "creditloop.kernel.storage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who acts on which kind of fact.

    Attributes:
        subscriber: name of who acts; with another kind it may stand in a second subscription.
        kind: of the facts it acts on.
        act: gets the transaction's connection and the fact, and never commits.
    """

    subscriber: str
    kind: str
    act: Callable[[Connection, Fact], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One delivery leased to us."""

    subscriber: str
    attempts: int
    fact_no: int
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDelivery:
    """What a subscriber has still to act on: how often it was tried, and why that failed, if it did."""

    subscriber: str
    attempts: int
    last_error: str | None
    kind: str
    key: str


def publish(connection: Connection, *, fact: Fact, subscriptions: Sequence[Subscription]) -> bool:
    """Say a fact in the caller's transaction; return whether it was new.

    Two transactions saying the same fact at once: the second waits for the first, then finds it said.

    Raises: ConflictingRepeat if this fact was said before with other content.
    """
    queries = load_queries(_SQL)
    payload = canonical_bytes(fact.payload).decode()
    added = queries.insert_fact(
        connection,
        fact_id=fact.fact_id,
        kind=fact.kind,
        key=fact.key,
        occurred_at=fact.occurred_at,
        known_at=fact.known_at,
        payload=payload,
    )
    if added is None:
        said = queries.find_fact(connection, fact_id=fact.fact_id)
        if said != (fact.occurred_at, fact.known_at, payload):
            raise ConflictingRepeat(
                "this fact was said before with other content",
                got=payload,
                expected=said[2],
                where={"fact": fact.kind, "key": fact.key},
            )
        return False
    for subscription in subscriptions:
        if subscription.kind == fact.kind:
            queries.insert_delivery(
                connection, subscriber=subscription.subscriber, fact_id=fact.fact_id, fact_no=added[0]
            )
    return True


def claim(
    connection: Connection, *, subscriptions: Sequence[Subscription], most: int, now: datetime
) -> list[Claim]:
    """Lease up to `most` open deliveries, oldest fact first; what another worker holds is skipped."""
    rows = load_queries(_SQL).claim_deliveries(
        connection,
        now=now,
        leased_until=now + LEASE,
        subscribers=[subscription.subscriber for subscription in subscriptions],
        kinds=[subscription.kind for subscription in subscriptions],
        attempts_max=ATTEMPTS_MAX,
        most=most,
    )
    claims = [
        Claim(
            subscriber=subscriber,
            attempts=attempts,
            fact_no=fact_no,
            fact=Fact(kind=kind, key=key, occurred_at=occurred, known_at=known, payload=json.loads(payload)),
        )
        for subscriber, attempts, fact_no, kind, key, occurred, known, payload in rows
    ]
    return sorted(claims, key=lambda taken: (taken.fact_no, taken.subscriber))


def deliver(
    connection: Connection, *, subscriptions: Sequence[Subscription], most: int, now: datetime
) -> tuple[int, int]:
    """Act on up to `most` open deliveries, each in its own transaction; return (done, failed).

    The connection must be outside a transaction; this function commits. A subscriber's CreditloopError is
    noted and tried again after a while; anything else is a defect and is raised after it was noted.
    """
    by_claim = {(subscription.subscriber, subscription.kind): subscription for subscription in subscriptions}
    claims = claim(connection, subscriptions=subscriptions, most=most, now=now)
    connection.commit()
    done = failed = 0
    for taken in claims:
        try:
            subscription = by_claim[taken.subscriber, taken.fact.kind]
            done += _act(connection, taken=taken, subscription=subscription, now=now)
            connection.commit()
        except Exception as error:
            connection.rollback()
            _note_failure(connection, taken=taken, error=error, now=now)
            connection.commit()
            failed += 1
            if not isinstance(error, CreditloopError):
                raise
    return done, failed


def find_open_deliveries(connection: Connection) -> list[OpenDelivery]:
    """List what is still to be acted on, oldest fact first; what was tried in vain too often stays in it."""
    return [
        OpenDelivery(subscriber=subscriber, attempts=attempts, last_error=last_error, kind=kind, key=key)
        for subscriber, attempts, last_error, kind, key in load_queries(_SQL).open_deliveries(connection)
    ]


def _act(connection: Connection, *, taken: Claim, subscription: Subscription, now: datetime) -> int:
    queries = load_queries(_SQL)
    name, fact_id = taken.subscriber, taken.fact.fact_id
    held = queries.hold_delivery(connection, subscriber=name, fact_id=fact_id, attempts=taken.attempts)
    if held is None:  # our lease ran out and another worker took it up
        return 0
    subscription.act(connection, taken.fact)
    queries.finish_delivery(connection, subscriber=name, fact_id=fact_id, now=now)
    return 1


def _note_failure(connection: Connection, *, taken: Claim, error: Exception, now: datetime) -> None:
    load_queries(_SQL).fail_delivery(
        connection,
        subscriber=taken.subscriber,
        fact_id=taken.fact.fact_id,
        attempts=taken.attempts,
        retry_at=now + RETRY_AFTER,
        error=f"{type(error).__name__}: {error}",
    )
