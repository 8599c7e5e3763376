"""The submitter's signed batch (提交批次): records of one submitter for one log, signed once.

The signature is over the header, which holds the root of the records' tree: a batch costs one signature
whatever its size, and one record of it can be proven without the others. A header begins with a brace and has
no line feed; a checkpoint ends in one; a verdict says `"kind":"verdict"`: none can be taken for another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from creditloop.evidence.hashing import leaf_hash, tree_root
from creditloop.evidence.network.record import (
    Hex,
    Instant,
    Name,
    Record,
    RecordKind,
    Refusal,
    RefusedError,
    Signature,
    form_hash,
    instant_text,
    is_signed,
    moment_from_text,
    read_form,
    read_record,
    sign_form,
)
from creditloop.evidence.signature import Signer, Verifier
from creditloop.kernel.errors import InputError

BATCH_RECORDS_MAX = 1_000
"""Most records of a batch."""
BATCH_BYTES_MAX = 1 << 20
"""Most bytes of a batch."""

BatchId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")]


class BatchHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What the submitter signs.

    Attributes:
        at: the submitter's clock.
        batch: the batch's id, the submitter's choice; one content for ever.
        count: records.
        kind: "batch".
        origin: the log.
        records_root: root of the tree of the records' hashes, hex.
        submitter: name of the key that signs.
        v: version of this form.
    """

    at: Instant
    batch: BatchId
    count: Annotated[int, msgspec.Meta(ge=1, le=BATCH_RECORDS_MAX)]
    kind: Literal["batch"]
    origin: Name
    records_root: Hex
    submitter: Name
    v: Literal[1]

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the header, hex: what verdicts are about."""
        return form_hash(self)


class SignedHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A header with its submitter's signature, without the records."""

    header: BatchHeader
    signature: Signature


class SignedBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch as it is sent and kept: records as they were written, header, signature."""

    header: BatchHeader
    records: Annotated[tuple[msgspec.Raw, ...], msgspec.Meta(min_length=1, max_length=BATCH_RECORDS_MAX)]
    signature: Signature

    @property
    def signed_header(self) -> SignedHeader:
        """The header with its signature."""
        return SignedHeader(header=self.header, signature=self.signature)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch whose signature and records were checked.

    Attributes:
        signed: as it was sent.
        records: what its records say.
        bodies: the records as they were written: leaves.
        hashes: their leaf hashes.
        hash: hash of the header.
        at: when the submitter made it.
    """

    signed: SignedBatch
    records: tuple[Record, ...]
    bodies: tuple[bytes, ...]
    hashes: tuple[bytes, ...]
    hash: str
    at: datetime

    @property
    def header(self) -> BatchHeader:
        """The signed header."""
        return self.signed.header


def make_batch(records: Sequence[Record], *, batch: str, at: datetime, signer: Signer) -> SignedBatch:
    """Sign records as one batch.

    Raises: InputError if there are no records or too many, or they are not all the signer's and for one log.
    """
    if not 1 <= len(records) <= BATCH_RECORDS_MAX:
        raise InputError("records of a batch", got=len(records), expected=f"1..{BATCH_RECORDS_MAX}")
    submitter = signer.verifier.name
    if {(record.origin, record.submitter) for record in records} != {(records[0].origin, submitter)}:
        raise InputError("a batch is one submitter's, for one log", expected=submitter)
    bodies = [record.body() for record in records]
    header = BatchHeader(
        at=instant_text(at),
        batch=batch,
        count=len(records),
        kind="batch",
        origin=records[0].origin,
        records_root=tree_root([leaf_hash(body) for body in bodies]).hex(),
        submitter=submitter,
        v=1,
    )
    signature = sign_form(header, signer=signer)
    return SignedBatch(header=header, records=tuple(map(msgspec.Raw, bodies)), signature=signature)


def read_batch(body: bytes) -> SignedBatch:
    """Read a batch from its canonical text; nothing is checked yet but the form.

    Raises: RefusedError if it is too large or malformed.
    """
    return read_form(body, SignedBatch, bytes_max=BATCH_BYTES_MAX, what="a batch")


def open_batch(signed: SignedBatch, *, submitters: Sequence[Verifier]) -> Batch:
    """Check a batch: its signature, its root, each record.

    Args:
        submitters: keys that may submit to this log.

    Raises: RefusedError naming what does not hold.
    """
    header = signed.header
    check_header(signed.signed_header, submitters=submitters)
    bodies = tuple(bytes(raw) for raw in signed.records)
    if sum(map(len, bodies)) > BATCH_BYTES_MAX:
        raise RefusedError(Refusal.OVERSIZED, "a batch is too large", expected=f"<= {BATCH_BYTES_MAX} bytes")
    records = tuple(map(read_record, bodies))
    hashes = tuple(map(leaf_hash, bodies))
    if len(records) != header.count or tree_root(hashes).hex() != header.records_root:
        raise RefusedError(
            Refusal.WRONG_SIGNATURE, "these are not the records that were signed", got=header.batch
        )
    if len(set(hashes)) < len(hashes):
        raise RefusedError(Refusal.MALFORMED, "a record twice in one batch", got=header.batch)
    for record in records:
        if (record.origin, record.submitter) != (header.origin, header.submitter):
            raise RefusedError(Refusal.MALFORMED, "a record of another log or submitter", got=record.origin)
        if record.kind is RecordKind.OBJECTION:
            raise RefusedError(Refusal.MALFORMED, "objections come from verdicts, not from batches")
    return Batch(
        signed=signed,
        records=records,
        bodies=bodies,
        hashes=hashes,
        hash=header.hash,
        at=moment_from_text(header.at),
    )


def check_header(signed: SignedHeader, *, submitters: Sequence[Verifier]) -> None:
    """Check that one of the submitters signed a header.

    Raises: RefusedError if not.
    """
    header = signed.header
    keys = [key for key in submitters if key.name == header.submitter]
    if not keys:
        raise RefusedError(Refusal.UNKNOWN_KEY, "nobody who may submit to this log", got=header.submitter)
    if not is_signed(header, signed.signature, keys=keys):
        raise RefusedError(
            Refusal.WRONG_SIGNATURE, "a batch's signature does not verify", got=header.submitter
        )
