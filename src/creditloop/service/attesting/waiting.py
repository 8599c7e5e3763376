"""Payouts that wait (放款等待终局): what is kept until the record of their order is final, or they end.

Here is only what is on record; what a payout is and how it is booked is the business of `service.loans`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries
from creditloop.service.attesting.membership import SQL
from creditloop.service.attesting.rules import WaitingRule
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEnd:
    """How the waiting ended.

    Attributes:
        ended: "paid_out", "refused" or "lapsed".
        by_break_glass: persons answered for it, the network's record was not final.
        detail: the reasons by node, or why it lapsed.
    """

    ended: str
    by_break_glass: bool
    detail: Mapping[str, str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenGlass:
    """A person who answers for a payout whose record is not final."""

    person_no: int
    person: str
    reason: str
    simulated: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A payout that waits, or waited.

    Attributes:
        step_id: the step whose record it waits for.
        payout_order: all that is booked once it is final, as its maker wrote it.
        rule: as in force when it began to wait.
        end: None while it waits.
    """

    loan_id: str
    party_id: str
    step_id: UUID
    agreement_hash: str
    principal_fen: int
    payout_order: str
    rule: WaitingRule
    since: datetime
    end: WaitingEnd | None

    @property
    def until(self) -> datetime:
        """When its time is over."""
        return self.since + timedelta(seconds=self.rule.within_seconds)


def begin_waiting(
    work: Work,
    *,
    loan_id: str,
    party_id: str,
    step_id: UUID,
    agreement_hash: str,
    principal_fen: int,
    payout_order: str,
    rule: WaitingRule,
) -> None:
    """Let a loan's payout wait for the record of a step."""
    batch_id = content_id("network_waiting", loan_id)
    load_queries(SQL).insert_waiting(
        work.connection,
        batch_id=batch_id,
        loan_id=loan_id,
        party_id=party_id,
        step_id=step_id,
        agreement_hash=agreement_hash,
        principal_fen=principal_fen,
        payout_order=payout_order,
        within_seconds=rule.within_seconds,
        persons=rule.persons,
        roles=" ".join(rule.roles),
        policy_hash=rule.policy_hash,
        since=work.now,
    )
    load_queries(SQL).insert_waiting_now(work.connection, loan_id=loan_id, party_id=party_id)
    work.recorded(batch_id)


def find_waiting(connection: Connection, *, loan_id: str) -> Waiting | None:
    """Return a loan's payout that waits or waited; None if it never did."""
    row = load_queries(SQL).find_waiting(connection, loan_id=loan_id)
    if row is None:
        return None
    (
        _,
        party_id,
        step_id,
        agreement_hash,
        principal_fen,
        order,
        within,
        persons,
        roles,
        policy_hash,
        since,
        *ending,
    ) = row
    return Waiting(
        loan_id=loan_id,
        party_id=party_id,
        step_id=step_id,
        agreement_hash=agreement_hash,
        principal_fen=principal_fen,
        payout_order=order,
        rule=WaitingRule(
            within_seconds=within, persons=persons, roles=tuple(roles.split()), policy_hash=policy_hash
        ),
        since=since,
        end=_end(*ending),
    )


def _end(ended: str | None, by_break_glass: bool, detail: str, ended_at: datetime) -> WaitingEnd | None:
    if ended is None:
        return None
    return WaitingEnd(ended=ended, by_break_glass=by_break_glass, detail=json.loads(detail), at=ended_at)


def lock_waiting(connection: Connection, *, loan_id: str) -> Waiting | None:
    """Return a loan's payout that waits or waited; until the transaction ends nobody else ends it."""
    load_queries(SQL).lock_loan(connection, loan_id=loan_id)
    return find_waiting(connection, loan_id=loan_id)


def find_all_waiting(connection: Connection, *, party_id: str | None = None) -> tuple[Waiting, ...]:
    """Return the payouts that wait now, of one party or of all, the oldest first."""
    rows = load_queries(SQL).find_all_waiting(connection, party_id=party_id)
    loans = [loan_id for (loan_id,) in rows]
    found = (find_waiting(connection, loan_id=loan_id) for loan_id in loans)
    return tuple(waiting for waiting in found if waiting is not None)


def find_last_ended(connection: Connection, *, most: int) -> tuple[str, ...]:
    """Return the loans whose payout waits no more, the last ended first, so many at most."""
    return tuple(loan_id for (loan_id,) in load_queries(SQL).find_last_ended(connection, most=most))


def sum_waiting(connection: Connection, *, party_id: str) -> int:
    """Return what the payouts of a party that wait now come to, fen."""
    return int(load_queries(SQL).sum_waiting(connection, party_id=party_id))


def end_waiting(
    work: Work, *, loan_id: str, ended: str, by_break_glass: bool = False, detail: Mapping[str, str]
) -> None:
    """End the waiting of a loan's payout; it must wait, and be locked."""
    batch_id = content_id("network_waiting_end", loan_id)
    load_queries(SQL).insert_waiting_end(
        work.connection,
        batch_id=batch_id,
        loan_id=loan_id,
        ended=ended,
        by_break_glass=by_break_glass,
        detail=canonical_bytes(dict(detail)).decode(),
        ended_at=work.now,
    )
    load_queries(SQL).delete_waiting_now(work.connection, loan_id=loan_id)
    work.recorded(batch_id)


def answer_for(
    work: Work, *, loan_id: str, person_no: int, person: str, reason: str, simulated: bool
) -> None:
    """Record that a person answers for paying out a loan whose record is not final."""
    batch_id = content_id("network_broken_glass", loan_id, person_no)
    load_queries(SQL).insert_broken_glass(
        work.connection,
        batch_id=batch_id,
        loan_id=loan_id,
        person_no=person_no,
        person=person,
        reason=reason,
        simulated=simulated,
        broken_at=work.now,
    )
    work.recorded(batch_id)


def find_broken_glass(connection: Connection, *, loan_id: str) -> Sequence[BrokenGlass]:
    """Return who answers for a loan's payout, in order."""
    return [
        BrokenGlass(person_no=person_no, person=person, reason=reason, simulated=simulated, at=at)
        for person_no, person, reason, simulated, at in load_queries(SQL).find_broken_glass(
            connection, loan_id=loan_id
        )
    ]
