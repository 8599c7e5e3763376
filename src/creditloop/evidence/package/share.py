"""One record's share of a submitter's batch (批次份额): the signed header, and the record's path to its root.

A batch holds records of many loans; a package shows one loan's. The header is signed over the root of the
records' tree, so a record's path shows that the submitter signed it, and nothing of the others but hashes.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from creditloop.evidence.hashing import check_inclusion, inclusion_proof
from creditloop.evidence.network.batch import (
    BATCH_RECORDS_MAX,
    Batch,
    BatchHeader,
    SignedHeader,
    check_header,
)
from creditloop.evidence.network.record import (
    Hex,
    Record,
    Signature,
    canonical_form,
    moment_from_text,
    read_form,
    record_hash,
)
from creditloop.evidence.signature import Verifier
from creditloop.kernel.errors import EvidenceError, InputError

SHARE_BYTES_MAX = 8_192
"""Most bytes of a share: a header, and at most ten hashes."""


class BatchShare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shows that a record was in a signed batch.

    Attributes:
        header: what the submitter signed.
        index: the record's place in the batch, from 0.
        kind: "batch_share".
        path: hashes from the record's sibling to the child of the records' root, hex.
        signature: the submitter's, over the header.
        v: version of this form.
    """

    header: BatchHeader
    index: Annotated[int, msgspec.Meta(ge=0, lt=BATCH_RECORDS_MAX)]
    kind: Literal["batch_share"]
    path: Annotated[tuple[Hex, ...], msgspec.Meta(max_length=10)]
    signature: Signature
    v: Literal[1]

    def body(self) -> bytes:
        """Return its canonical text."""
        return canonical_form(self)


def batch_share(batch: Batch, *, index: int) -> BatchShare:
    """Return the share of one record of a checked batch.

    Raises: InputError if there is no such record.
    """
    if not 0 <= index < len(batch.records):
        raise InputError("no such record in the batch", got=index, expected=f"0..{len(batch.records) - 1}")
    return BatchShare(
        header=batch.header,
        index=index,
        kind="batch_share",
        path=tuple(one.hex() for one in inclusion_proof(batch.hashes, index)),
        signature=batch.signed.signature,
        v=1,
    )


def read_share(body: bytes) -> BatchShare:
    """Read a share from its canonical text; nothing is checked yet but the form.

    Raises: RefusedError if it is too large or malformed.
    """
    return read_form(body, BatchShare, bytes_max=SHARE_BYTES_MAX, what="a share of a batch")


def check_share(share: BatchShare, *, body: bytes, record: Record, submitters: Sequence[Verifier]) -> None:
    """Check that one of the log's submitters signed a batch with this record at this place.

    Args:
        share: as read.
        body: the record's own bytes.
        record: what they say.
        submitters: keys that might submit to the log then.

    Raises: EvidenceError saying what does not hold.
    """
    header = share.header
    moment_from_text(header.at)
    check_header(SignedHeader(header=header, signature=share.signature), submitters=submitters)
    if (header.origin, header.submitter) != (record.origin, record.submitter):
        raise EvidenceError(
            "the batch is another submitter's or for another log",
            got=f"{header.submitter} for {header.origin}",
            expected=f"{record.submitter} for {record.origin}",
        )
    check_inclusion(
        index=share.index,
        size=header.count,
        leaf=bytes.fromhex(record_hash(body)),
        root=bytes.fromhex(header.records_root),
        proof=[bytes.fromhex(one) for one in share.path],
    )
