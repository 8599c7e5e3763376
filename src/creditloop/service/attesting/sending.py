"""Sending steps to the network (上链): batches are made, submitted, and what came of them written down.

1. batches under way are asked about; one the node does not have is submitted, again and again the same bytes
2. of one that is final, each record's outcome is written down: final, refused with reasons, or to be proposed
   again; who waits for one is told (`PayoutRecordFinal`, `PayoutRecordRefused`)
3. steps that may be sent now become batches, written down before they are submitted; on with 1

The network is asked outside of any transaction, so whoever is killed anywhere goes on with 1 next time. The
records of a loan keep their order: none is sent while an earlier one of its own is under way or put off.
"""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from creditloop.evidence import Signer
from creditloop.evidence.network import (
    BATCH_BYTES_MAX,
    BATCH_RECORDS_MAX,
    NO_RECORD,
    DocumentCommitment,
    Record,
    RecordKind,
    canonical_form,
    instant_text,
    make_batch,
    record_hash,
)
from creditloop.evidence.network.node import Outcome, Stage, Standing
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import beijing_date
from creditloop.kernel.errors import InputError, SourceError
from creditloop.kernel.facts import Fact
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import copy_rows, load_queries
from creditloop.lend.preconditions import LOAN_UNKNOWN
from creditloop.service.attesting.membership import SQL, Membership, find_membership
from creditloop.service.attesting.rules import ask_again_seconds
from creditloop.service.node_door import NodeDoor
from creditloop.service.work import Work

FINAL, REFUSED = "PayoutRecordFinal", "PayoutRecordRefused"
"""Facts about the record a payout waits for; their key is the loan."""
_ROOM = BATCH_BYTES_MAX - 4_096
"""Bytes of records in a batch, with room for its header."""
_BATCHES_AT_ONCE = 8
_SENT = ("batch_id", "row_no", "batch", "step_id", "sequence", "record_hash")
_OUTCOME = ("batch_id", "row_no", "batch", "step_id", "ended", "log_index", "reasons", "decided_at")


class Banking(Protocol):
    """A bank, as far as it is needed here: it does pieces of work."""

    def work(self) -> AbstractContextManager[Work]:
        """Do a piece of work: one transaction, sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """What came of a look at the network.

    Attributes:
        made: batches made.
        final, refused, again: records decided, and those to be proposed again.
        under_way: batches that are not final yet.
        troubles: what the node said to batches it does not take, by batch; a person has to look.
        away: why the node could not be asked; empty if it could.
    """

    made: int
    final: int
    refused: int
    again: int
    under_way: int
    troubles: Mapping[str, str]
    away: str


def attest_pending(bank: Banking, *, door: NodeDoor, signer: Signer) -> Attested:
    """Send what is to be sent and write down what came of what was sent; see the module for the steps.

    Nothing here waits: called again, it goes on where it was. A node that is not there is no error.

    Raises: InputError if door or signer is another one than the bank takes part with.
    """
    look = _Look(bank=bank, door=door, counts=defaultdict(int), troubles={})
    try:
        look.follow_all()
        for _ in range(_BATCHES_AT_ONCE):
            with bank.work() as work:
                made = _make_batch(work, door=door, signer=signer)
            if not made:
                break
            look.counts["made"] += 1
        if look.counts["made"]:
            look.follow_all()
    except SourceError as error:
        look.away = error.message
    return Attested(
        made=look.counts["made"],
        final=look.counts["final"],
        refused=look.counts["refused"],
        again=look.counts["again"],
        under_way=look.under_way,
        troubles=look.troubles,
        away=look.away,
    )


@dataclass(slots=True, kw_only=True)
class _Look:
    """One look at the network: what is under way, and what came of it."""

    bank: Banking
    door: NodeDoor
    counts: dict[str, int]
    troubles: dict[str, str]
    under_way: int = 0
    away: str = ""

    def follow_all(self) -> None:
        """Ask about every batch under way; submit those the node has not.

        Raises: SourceError if the node is not there.
        """
        with self.bank.work() as work:
            batches = list(load_queries(SQL).find_open_batches(work.connection))
        self.under_way = len(batches)
        for batch, body in batches:
            standing = self.door.standing(batch)
            if standing.stage is Stage.UNKNOWN:
                answer = self.door.submit(body.encode())
                if answer.outcome is not Outcome.DONE:
                    self.troubles[batch] = f"{answer.outcome.value} {answer.detail}".strip()
                    continue
                self.troubles.pop(batch, None)
                standing = self.door.standing(batch)
            if standing.stage is Stage.FINAL:
                with self.bank.work() as work:
                    for ended in _decide(work, batch, standing):
                        self.counts[ended] += 1
                self.under_way -= 1


# making


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sendable:
    step_id: UUID
    loan_id: str
    record: Record
    hash: str


def _make_batch(work: Work, *, door: NodeDoor, signer: Signer) -> bool:
    """Make a batch of what may be sent and write it down; say whether there was anything."""
    queries = load_queries(SQL)
    queries.lock_sending(work.connection)
    member = find_membership(work.connection)
    if member is None:
        return False
    _check_ours(member, door=door, signer=signer)
    chosen = _records(work, member)
    if not chosen:
        return False
    name = content_id("network_batch", work.now, [one.hash for one in chosen]).hex
    signed = make_batch([one.record for one in chosen], batch=name, at=work.now, signer=signer)
    batch_id = content_id("network_batch_row", name)
    queries.insert_batch(
        work.connection,
        batch_id=batch_id,
        batch=name,
        origin=member.origin,
        body=canonical_form(signed).decode(),
        made_at=work.now,
    )
    rows = [
        (batch_id, row_no, name, one.step_id, one.record.sequence, one.hash)
        for row_no, one in enumerate(chosen)
    ]
    copy_rows(work.connection, table="attesting.sent", columns=_SENT, rows=rows)
    queries.mark_sent(work.connection, batch=name, step_ids=[one.step_id for one in chosen])
    work.recorded(batch_id)
    return True


def _check_ours(member: Membership, *, door: NodeDoor, signer: Signer) -> None:
    got = (door.name, signer.verifier.name)
    if got != (member.origin, member.submitter):
        raise InputError(
            "the node or the key is not the one the bank takes part with",
            got=" ".join(got),
            expected=f"{member.origin} {member.submitter}",
        )


def _records(work: Work, member: Membership) -> list[_Sendable]:
    """Make the records of the steps that may be sent now, as many as one batch carries."""
    queries = load_queries(SQL)
    steps = list(queries.find_sendable(work.connection, now=work.now, records_max=BATCH_RECORDS_MAX))
    commitments: dict[UUID, list[DocumentCommitment]] = defaultdict(list)
    ids, loans = [step[0] for step in steps], sorted({step[1] for step in steps})
    for step_id, name, commitment in queries.find_commitments(work.connection, step_ids=ids):
        commitments[step_id].append(DocumentCommitment(commitment=commitment, name=name))
    heads: dict[str, tuple[int, str]] = {
        loan_id: (sequence, hash_)
        for loan_id, sequence, hash_ in queries.find_heads(
            work.connection, loan_ids=loans, origin=member.origin
        )
    }
    made: list[_Sendable] = []
    size = 0
    for step_id, loan_id, pseudonym, kind, occurred_at in steps:
        sequence, previous = heads.get(loan_id, (0, NO_RECORD))
        record = Record(
            documents=tuple(commitments[step_id]),
            kind=RecordKind(kind),
            loan=pseudonym,
            occurred_at=instant_text(occurred_at),
            origin=member.origin,
            previous=previous,
            sequence=sequence + 1,
            submitter=member.submitter,
            v=1,
        )
        body = record.body()
        size += len(body) + 1
        if size > _ROOM:
            break
        heads[loan_id] = (record.sequence, record_hash(body))
        made.append(_Sendable(step_id=step_id, loan_id=loan_id, record=record, hash=record_hash(body)))
    return made


# deciding


def _decide(work: Work, batch: str, standing: Standing) -> list[str]:
    """Write down what came of a batch that is final; one that was decided before changes nothing."""
    queries = load_queries(SQL)
    open_rows = list(queries.lock_open(work.connection, batch=batch))
    if not open_rows:
        return []
    again_at = work.now + timedelta(seconds=ask_again_seconds(work, on=beijing_date(work.now)))
    batch_id = content_id("network_outcome", batch)
    rows, ends, broken = list[tuple[object, ...]](), dict[UUID, str](), set[str]()
    for place, step_id, loan_id, is_awaited in open_rows:
        reasons = dict(standing.refused.get(place, {}))
        log_index = standing.included.get(place)
        ended = _ending(log_index, reasons, is_awaited=is_awaited, follows_refused=loan_id in broken)
        if ended == "again":
            not_before = work.now if loan_id in broken else again_at
            queries.put_back(work.connection, step_id=step_id, not_before=not_before)
        if log_index is None:
            broken.add(loan_id)
        ends[step_id] = ended
        said = canonical_bytes(reasons).decode()
        rows.append((batch_id, place, batch, step_id, ended, log_index, said, work.now))
        if is_awaited and ended != "again":
            _tell(work, loan_id, ended, reasons)
    copy_rows(work.connection, table="attesting.outcome", columns=_OUTCOME, rows=rows)
    decided = [step_id for step_id, ended in ends.items() if ended != "again"]
    queries.delete_pending(work.connection, step_ids=decided)
    work.recorded(batch_id)
    return list(ends.values())


def _ending(
    log_index: int | None, reasons: Mapping[str, str], *, is_awaited: bool, follows_refused: bool
) -> str:
    """Say what came of a record; one that nobody's rules are against is proposed again.

    Args:
        follows_refused: a record before it in its loan's chain was refused, so it could not be agreed to.
    """
    if log_index is not None:
        return "final"
    # a node that was not told of the loan yet does not refuse it while somebody waits for the record
    not_told = is_awaited and set(reasons.values()) <= {LOAN_UNKNOWN}
    return "again" if follows_refused or not reasons or not_told else "refused"


def _tell(work: Work, loan_id: str, ended: str, reasons: Mapping[str, str]) -> None:
    work.say(
        Fact(
            kind=FINAL if ended == "final" else REFUSED,
            key=loan_id,
            occurred_at=work.now,
            known_at=work.now,
            payload={"loan_id": loan_id, "reasons": dict(reasons)},
        )
    )
