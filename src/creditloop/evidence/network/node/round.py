"""A round of a log (轮次): a batch, the verdicts on it, what follows from them, and the checkpoint after it.

A round proves itself: which of its records are on the log follows from the signed verdicts in it, so an
operator can neither slip one in nor leave an agreed one out; every objection is a leaf after them. Rounds are
what nodes send, keep and fetch from each other.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.hashing import leaf_hash
from creditloop.evidence.network.batch import Batch, SignedBatch, open_batch
from creditloop.evidence.network.node.parties import Network
from creditloop.evidence.network.record import (
    Count,
    Name,
    Record,
    Refusal,
    RefusedError,
    canonical_form,
    read_form,
    read_record,
)
from creditloop.evidence.network.verdict import Objection, SignedVerdict, Verdict, check_verdict
from creditloop.kernel.errors import EvidenceError

ROUND_BYTES_MAX = 8 << 20
"""Most bytes of a round: a batch, and objections to each of its records by four nodes."""
LATE_MAX = 32
"""Most verdicts on earlier batches that a round carries."""
LATE_OBJECTIONS_MAX = 2_000
"""Most objections of theirs that an operator puts into one round; the others wait for the next.

An objection takes up to a kilobyte with its record. With a full batch to which four nodes object altogether
that is some 7 MB, below `ROUND_BYTES_MAX`: nobody can make a log sign a round that no one reads.
"""


class Round(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A round as it is sent and kept.

    Attributes:
        batch: the submitter's batch; none if the round only brings late objections.
        checkpoint: the log's checkpoint after the round, with its log's signature alone.
        first: entries of the log before the round.
        late: verdicts that came after their batch was decided, because of their objections.
        objections: records of all objections in `verdicts`, then in `late`.
        origin: the log.
        v: version of this form.
        verdicts: verdicts on the batch, in order of their nodes' names.
    """

    batch: SignedBatch | None
    checkpoint: Annotated[str, msgspec.Meta(max_length=1_000)]
    first: Count
    late: Annotated[tuple[SignedVerdict, ...], msgspec.Meta(max_length=LATE_MAX)]
    objections: tuple[msgspec.Raw, ...]
    origin: Name
    v: Literal[1]
    verdicts: Annotated[tuple[SignedVerdict, ...], msgspec.Meta(max_length=LATE_MAX)]

    def body(self) -> bytes:
        """Return its canonical text."""
        return canonical_form(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRound:
    """A round that holds in itself; whether it continues a certain tree is `Extension`'s question.

    Attributes:
        included: places in the batch of the records that a quorum agreed to.
        objected: verdict and objection behind each of `objection_records`.
        leaves: bodies of all leaves, in order.
        hashes: their leaf hashes.
    """

    round: Round
    batch: Batch | None
    included: tuple[int, ...]
    objected: tuple[tuple[Verdict, Objection], ...]
    objection_records: tuple[Record, ...]
    leaves: tuple[bytes, ...]
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint

    @property
    def after(self) -> int:
        """Entries of the log with the round."""
        return self.round.first + len(self.leaves)

    @property
    def loans(self) -> set[str]:
        """Pseudonyms of the loans that its leaves are about."""
        records = self.batch.records if self.batch else ()
        return {records[index].loan for index in self.included} | {one.loan for one in self.objection_records}


def read_round(body: bytes) -> Round:
    """Read a round from its canonical text; nothing is checked yet but the form.

    Raises: RefusedError if it is too large or malformed.
    """
    return read_form(body, Round, bytes_max=ROUND_BYTES_MAX, what="a round")


def agreed(count: int, verdicts: Sequence[Verdict], *, quorum: int) -> tuple[int, ...]:
    """Return the places of those of a batch's records that a quorum of verdicts agrees to."""
    refusals = Counter(objection.index for verdict in verdicts for objection in verdict.objections)
    return tuple(index for index in range(count) if len(verdicts) - refusals[index] >= quorum)


def objections_of(verdicts: Sequence[SignedVerdict]) -> Iterator[tuple[Verdict, Objection]]:
    """Give all objections of verdicts, in order."""
    return ((one.verdict, objection) for one in verdicts for objection in one.verdict.objections)


def open_round(round_: Round, *, network: Network) -> OpenRound:
    """Check a round in itself: signatures, quorum, that its leaves follow from its verdicts.

    Raises: RefusedError naming what does not hold.
    """
    party = network.find(round_.origin)
    if party is None:
        raise RefusedError(Refusal.UNKNOWN_ORIGIN, "a round of an unknown log", got=round_.origin)
    try:
        opened = network.opened(party.name, round_.checkpoint)
        if opened.base != round_.checkpoint:
            raise EvidenceError("a round's checkpoint has its log's signature alone")
    except EvidenceError as error:
        raise RefusedError(
            Refusal.WRONG_SIGNATURE, "a round's checkpoint is not its log's", got=error.message
        ) from None
    batch = None
    if round_.batch is not None:
        batch = open_batch(round_.batch, submitters=party.submitters_at(round_.first))
    if batch is not None and batch.header.origin != round_.origin:
        raise RefusedError(Refusal.ROUND_WRONG, "a batch for another log", got=batch.header.origin)
    verdicts = _checked_verdicts(round_, batch, network)
    included: tuple[int, ...] = ()
    if batch is not None:
        included = agreed(len(batch.records), verdicts, quorum=network.quorum)
    records = tuple(read_record(bytes(raw)) for raw in round_.objections)
    objected = (*objections_of(round_.verdicts), *objections_of(round_.late))
    leaves = (
        *(batch.bodies[index] for index in included if batch),
        *(bytes(raw) for raw in round_.objections),
    )
    if len(records) != len(objected) or not leaves or opened.checkpoint.size != round_.first + len(leaves):
        raise RefusedError(
            Refusal.ROUND_WRONG,
            "a round's leaves do not follow from its verdicts",
            got=f"{len(leaves)} leaves, {len(records)} objections, size {opened.checkpoint.size}",
            expected=f"{len(included) + len(objected)} leaves, {len(objected)} objections",
        )
    return OpenRound(
        round=round_,
        batch=batch,
        included=included,
        objected=objected,
        objection_records=records,
        leaves=leaves,
        hashes=(
            *(batch.hashes[index] for index in included if batch),
            *(leaf_hash(bytes(raw)) for raw in round_.objections),
        ),
        checkpoint=opened.checkpoint,
    )


def check_verdict_on(
    signed: SignedVerdict, *, batch: Batch, size: int, network: Network, node: str | None = None
) -> None:
    """Check that a verdict is one of another party on a batch on top of a size.

    Args:
        node: the party it must come from, if that is known.

    Raises: RefusedError if not.
    """
    verdict = signed.verdict
    party = network.find(verdict.node)
    if party is None or verdict.node == batch.header.origin or node not in (None, verdict.node):
        raise RefusedError(Refusal.UNKNOWN_KEY, "nobody who judges this batch", got=verdict.node)
    about = (verdict.origin, verdict.batch, verdict.batch_hash, verdict.size)
    if about != (batch.header.origin, batch.header.batch, batch.hash, size):
        raise RefusedError(Refusal.ROUND_WRONG, "a verdict on something else", got=about)
    check_verdict(signed, judges=party.judges({verdict.origin: verdict.size}))
    for objection in verdict.objections:
        if objection.index >= len(batch.records):
            raise RefusedError(Refusal.ROUND_WRONG, "an objection to no record", got=objection.index)
        record = (batch.records[objection.index].loan, batch.hashes[objection.index].hex())
        if (objection.loan, objection.record) != record:
            raise RefusedError(Refusal.ROUND_WRONG, "an objection to another record", got=objection.index)


def _checked_verdicts(round_: Round, batch: Batch | None, network: Network) -> list[Verdict]:
    """Check the verdicts on the batch, that they are a quorum, and the late ones."""
    verdicts = [signed.verdict for signed in round_.verdicts]
    nodes = [verdict.node for verdict in verdicts]
    if nodes != sorted(set(nodes)):
        raise RefusedError(Refusal.ROUND_WRONG, "verdicts are not in order, each node once", got=nodes)
    if batch is None and verdicts:
        raise RefusedError(Refusal.ROUND_WRONG, "verdicts on no batch", got=nodes)
    if batch is not None:
        if len(nodes) < network.quorum:
            raise RefusedError(
                Refusal.ROUND_WRONG, "not enough verdicts", got=nodes, expected=f">= {network.quorum}"
            )
        for signed in round_.verdicts:
            check_verdict_on(signed, batch=batch, size=round_.first, network=network)
    for signed in round_.late:
        party = network.find(signed.verdict.node)
        if party is None or signed.verdict.origin != round_.origin or party.name == round_.origin:
            raise RefusedError(Refusal.UNKNOWN_KEY, "nobody who judges this log", got=signed.verdict.node)
        if not signed.verdict.objections:
            raise RefusedError(Refusal.ROUND_WRONG, "a late verdict without objections")
        check_verdict(signed, judges=party.judges({round_.origin: signed.verdict.size}))
    return verdicts
