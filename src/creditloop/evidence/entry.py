"""What an entry of the log says: canonical JSON, one leaf of the tree, signed when it is made.

The signature is over the leaf, the body's UTF-8 bytes. A body begins with a brace and has no line feed, a
checkpoint ends in one: neither can be taken for the other. The entry's number is in the body, so a signed
body cannot be used at another place.
"""

from typing import Annotated, Literal

import msgspec

from creditloop.evidence.hashing import leaf_hash
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import EvidenceError

CHUNK_ROWS = 1_000
"""Most rows that one entry seals."""

_Count = Annotated[int, msgspec.Meta(ge=0)]
_Hex = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class RowsEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry that seals consecutive rows of one batch in one table.

    Attributes:
        v: version of this form.
        kind: "rows"; further kinds are further forms.
        origin: name of the log.
        entry: number of the entry, from 0.
        checkpoint: entries under the last checkpoint when this one was made.
        sealed_at: the sealer's clock, ISO in UTC.
        table: the table, with its schema.
        batch: the batch id.
        first: number of the first row sealed here.
        count: rows sealed here, 1..1000.
        batch_rows: rows of the batch in this table, all entries together.
        columns: what is hashed, in order.
        row_text: the form in which a row is hashed.
        rows_root: root of the tree of the salted rows, hex.
        salts_hash: SHA-256 of the rows' salts one after the other, hex.
    """

    v: Literal[1]
    kind: Literal["rows"]
    origin: str
    entry: _Count
    checkpoint: _Count
    sealed_at: str
    table: str
    batch: str
    first: _Count
    count: Annotated[int, msgspec.Meta(ge=1, le=CHUNK_ROWS)]
    batch_rows: _Count
    columns: tuple[str, ...]
    row_text: Literal["row text v1"]
    rows_root: _Hex
    salts_hash: _Hex

    def body(self) -> str:
        """Return the canonical JSON of the entry."""
        return canonical_bytes(msgspec.to_builtins(self)).decode()


def read_body(body: str) -> RowsEntry:
    """Read an entry's body.

    Raises: EvidenceError if it is none of the forms known here.
    """
    try:
        return msgspec.json.decode(body, type=RowsEntry)
    except msgspec.MsgspecError as error:
        raise EvidenceError("not the body of a log entry", got=str(error)) from None


def entry_hash(body: str) -> bytes:
    """Return the leaf hash of an entry in the log's tree."""
    return leaf_hash(body.encode())
