"""A node's signed verdict on a batch (节点裁定): it agrees, but for the records it objects to.

A verdict is about one batch on top of one size of the log: the same records may stand on one tree and not on
another. What a node objects to is on the log as a record of its own (`objection_record`), made from the
verdict alone, so that every mirror makes the same one.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from creditloop.evidence.network.batch import BATCH_RECORDS_MAX, BatchId
from creditloop.evidence.network.record import (
    Count,
    Hex,
    Instant,
    Name,
    Objected,
    Record,
    RecordKind,
    Refusal,
    RefusedError,
    Signature,
    Slug,
    form_hash,
    is_signed,
    moment_from_text,
    read_form,
    sign_form,
)
from creditloop.evidence.signature import Signer, Verifier

VERDICT_BYTES_MAX = 1 << 19
"""Most bytes of a signed verdict: objections to a thousand records."""


class Objection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record of the batch that the node does not agree to.

    Attributes:
        index: its place in the batch, from 0.
        loan: the record's loan.
        reason: why, a name.
        record: the record's hash.
    """

    index: Annotated[int, msgspec.Meta(ge=0, lt=BATCH_RECORDS_MAX)]
    loan: Hex
    reason: Slug
    record: Hex


class Verdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What a node says of a batch.

    Attributes:
        at: the node's clock.
        batch: the batch's id.
        batch_hash: hash of its header.
        kind: "verdict".
        node: the party whose node it is.
        objections: in order of index; the node agrees to all other records.
        origin: the log.
        size: entries of the log on top of which the batch was judged.
        v: version of this form.
    """

    at: Instant
    batch: BatchId
    batch_hash: Hex
    kind: Literal["verdict"]
    node: Name
    objections: Annotated[tuple[Objection, ...], msgspec.Meta(max_length=BATCH_RECORDS_MAX)]
    origin: Name
    size: Count
    v: Literal[1]

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the verdict, hex; kept, because every objection's record says it."""
        return form_hash(self)

    def agrees(self, index: int) -> bool:
        """Say whether the node agrees to a record of the batch."""
        return all(objection.index != index for objection in self.objections)


class SignedVerdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A verdict with its node's signature."""

    signature: Signature
    verdict: Verdict


def read_verdict(body: bytes) -> SignedVerdict:
    """Read a signed verdict from its canonical text; nothing is checked yet but the form.

    Raises: RefusedError if it is too large or malformed.
    """
    return read_form(body, SignedVerdict, bytes_max=VERDICT_BYTES_MAX, what="a verdict")


def sign_verdict(verdict: Verdict, *, signer: Signer) -> SignedVerdict:
    """Sign a verdict."""
    return SignedVerdict(signature=sign_form(verdict, signer=signer), verdict=verdict)


def check_verdict(signed: SignedVerdict, *, judges: Sequence[Verifier]) -> None:
    """Check a verdict's signature and that it does not contradict itself.

    Args:
        judges: the node's keys, one of which must have signed.

    Raises: RefusedError if it is not the node's, or names a record twice or out of order.
    """
    verdict = signed.verdict
    moment_from_text(verdict.at)
    if not is_signed(verdict, signed.signature, keys=judges):
        raise RefusedError(Refusal.WRONG_SIGNATURE, "a verdict's signature does not verify", got=verdict.node)
    indexes = [objection.index for objection in verdict.objections]
    if indexes != sorted(set(indexes)):
        raise RefusedError(Refusal.MALFORMED, "a verdict's objections are not in order", got=indexes)


def objection_record(verdict: Verdict, objection: Objection, *, sequence: int, previous: str) -> Record:
    """Make the record by which an objection stands on the log.

    Args:
        sequence: its number among the objections of the loan on this log.
        previous: hash of the objection before it there.
    """
    return Record(
        documents=(),
        kind=RecordKind.OBJECTION,
        loan=objection.loan,
        objection=Objected(
            node=verdict.node, reason=objection.reason, record=objection.record, verdict=verdict.hash
        ),
        occurred_at=verdict.at,
        origin=verdict.origin,
        previous=previous,
        sequence=sequence,
        submitter=verdict.node,
        v=1,
    )
