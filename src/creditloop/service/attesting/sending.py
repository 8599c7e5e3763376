"""Sending steps to the network (上链): batches are made, submitted, and what came of them written down.

1. batches under way are asked about; one the node does not have is submitted, again and again the same bytes
   (`submitting`); one it refuses for good a person can withdraw (`withdrawing`)
2. of one that is final, each record's outcome is written down: final, refused with reasons, or to be proposed
   again; who waits for one is told (`PayoutRecordFinal`, `PayoutRecordRefused`, `deciding`)
3. withdrawn batches are asked about as long as their records are not decided: the node may find one again
4. steps that may be sent now become batches, written down before they are submitted; on with 1

Nothing of ours is written while the network is asked, so whoever is killed anywhere goes on with 1 next time.
The records of a loan keep their order: none is sent while an earlier one of its own is under way or put off.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
from creditloop.evidence.network.node import Outcome, Stage
from creditloop.kernel.dates import beijing_date
from creditloop.kernel.errors import SourceError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import copy_rows, load_queries
from creditloop.service.attesting.deciding import decide, decide_recalled
from creditloop.service.attesting.membership import SQL, Membership, check_ours, find_membership
from creditloop.service.attesting.rules import ask_again_seconds
from creditloop.service.attesting.submitting import hand_in
from creditloop.service.node_door import NodeDoor
from creditloop.service.work import Work

_ROOM = BATCH_BYTES_MAX - 4_096
"""Bytes of records in a batch, with room for its header."""
_BATCHES_AT_ONCE = 8
_SENT = ("batch_id", "row_no", "batch", "step_id", "sequence", "record_hash")


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
    look = _Look(bank=bank, door=door, signer=signer, counts=defaultdict(int), troubles={})
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
    signer: Signer
    counts: dict[str, int]
    troubles: dict[str, str]
    under_way: int = 0
    away: str = ""

    def follow_all(self) -> None:
        """Ask about every batch under way; submit those the node has not.

        Raises: SourceError if the node is not there; InputError if it is not ours.
        """
        queries = load_queries(SQL)
        with self.bank.work() as work:
            check_ours(find_membership(work.connection), door=self.door, signer=self.signer)
            batches = [batch for (batch,) in queries.find_open_batches(work.connection)]
            recalled = [batch for (batch,) in queries.find_recalled_batches(work.connection)]
        self.under_way = len(batches)
        for batch in batches:
            if self._is_final(batch):
                self.under_way -= 1
        for batch in recalled:
            self._follow_recalled(batch)

    def _is_final(self, batch: str) -> bool:
        """Say whether a batch is under way no more: it is final and written down, or was withdrawn."""
        standing = self.door.standing(batch)
        if standing.stage is Stage.UNKNOWN:
            with self.bank.work() as work:
                answer = hand_in(work, batch=batch, door=self.door, signer=self.signer)
            if answer is None:
                return True
            if answer.outcome is not Outcome.DONE:
                self.troubles[batch] = f"{answer.outcome.value} {answer.detail}".strip()
                return False
            self.troubles.pop(batch, None)
            standing = self.door.standing(batch)
        if standing.stage is not Stage.FINAL:
            return False
        with self.bank.work() as work:
            for ended in decide(work, batch, standing):
                self.counts[ended] += 1
        return True

    def _follow_recalled(self, batch: str) -> None:
        """Ask about a withdrawn batch; while the node has it after all its records are sent by no other."""
        standing = self.door.standing(batch)
        if standing.stage is Stage.UNKNOWN:
            return
        with self.bank.work() as work:
            if standing.stage is Stage.FINAL:
                for ended in decide_recalled(work, batch, standing):
                    self.counts[ended] += 1
            else:
                load_queries(SQL).lock_sending(work.connection)  # nobody numbers its records anew meanwhile
                seconds = ask_again_seconds(work, on=beijing_date(work.now))
                not_before = work.now + timedelta(seconds=seconds)
                load_queries(SQL).hold_back(work.connection, batch=batch, not_before=not_before)


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
    check_ours(member, door=door, signer=signer)
    chosen = _records(work, member)
    if not chosen:
        return False
    name = _batch_name(work, chosen)
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


def _batch_name(work: Work, chosen: Sequence[_Sendable]) -> str:
    """Name a batch by what is in it and when it was made; never as one that was withdrawn."""
    rows = load_queries(SQL).find_batches_withdrawn(work.connection, step_ids=[one.step_id for one in chosen])
    withdrawn = [batch for (batch,) in rows]
    hashes = [one.hash for one in chosen]
    return content_id("network_batch", work.now, hashes, *([withdrawn] if withdrawn else [])).hex


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
