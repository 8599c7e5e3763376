"""The proof of one row (存证证明), for a stranger who has the log's public key and nothing else of ours.

It holds the row's text and salt, the path to the root of its chunk, the log entry with that root, the entry's
path to the log's root, and the signed checkpoint with that. It shows that the row was sealed, where, and
under which checkpoint; when, only by the sealer's own clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import msgspec
from psycopg import sql

from creditloop.evidence.checkpoint import Checkpoint, open_checkpoint
from creditloop.evidence.entry import RowsEntry, entry_hash, read_body
from creditloop.evidence.folder import EvidenceFolder
from creditloop.evidence.hashing import check_inclusion, inclusion_proof
from creditloop.evidence.rows import (
    SALT_SIZE,
    cut_hashes,
    pin_settings,
    read_rows,
    row_hash,
    row_prefix,
    value_texts,
)
from creditloop.evidence.signature import verifier_from_text
from creditloop.evidence.sm2 import sm2_verifier_from_text
from creditloop.evidence.state import read_state
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import EvidenceError, OutOfOrder, UnknownId
from creditloop.kernel.storage import AppendOnlyTable, Connection, load_queries

_QUERIES = load_queries("creditloop.evidence")


class RowProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row with all that proves it.

    Attributes:
        v: version of this form.
        row_no: the row's number in its batch.
        row: the row's text, "row text v1".
        salt: the row's salt, hex.
        row_path: hashes from the row to the root of its chunk, hex.
        entry: the log entry, as signed.
        entry_path: hashes from the entry to the root of the log, hex.
        checkpoint: the signed checkpoint with that root.
    """

    v: Literal[1]
    row_no: int
    row: str
    salt: str
    row_path: tuple[str, ...]
    entry: str
    entry_path: tuple[str, ...]
    checkpoint: str

    def text(self) -> str:
        """Return the proof as canonical JSON, one line."""
        return canonical_bytes(msgspec.to_builtins(self)).decode() + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenRow:
    """What a proof shows.

    Attributes:
        entry: the log entry that sealed the row: table, batch, the sealer's clock.
        row_no: the row's number in its batch.
        values: the row's columns as text, None for NULL.
        checkpoint: the checkpoint it is under.
    """

    entry: RowsEntry
    row_no: int
    values: Mapping[str, str | None]
    checkpoint: Checkpoint


def proof_from_text(text: str) -> RowProof:
    """Read a proof.

    Raises: EvidenceError if the text is not one.
    """
    try:
        return msgspec.json.decode(text, type=RowProof)
    except msgspec.MsgspecError as error:
        raise EvidenceError("not a row's proof", got=str(error)) from None


def make_proof(
    connection: Connection, *, folder: EvidenceFolder, table: AppendOnlyTable, batch_id: UUID, row_no: int
) -> RowProof:
    """Make the proof of a row as it stands in the database, and check it.

    Raises: UnknownId if no such row was sealed; OutOfOrder if it is under no checkpoint yet; EvidenceError if
        the row or the log is not what was sealed.
    """
    where = {"table": table.name, "batch": batch_id, "row": row_no}
    found = _QUERIES.find_chunk(connection, table_name=table.name, batch_id=batch_id, row_no=row_no)
    if found is None or row_no - found[1] >= len(cut_hashes(found[3])):
        raise UnknownId("no such row was sealed", where=where)
    number, first, salts, hashes, body = found
    state = read_state(folder)
    if number >= state.size:
        raise OutOfOrder("the row is under no checkpoint yet", where=where, hint="extend the log first")
    position = row_no - first
    proof = RowProof(
        v=1,
        row_no=row_no,
        row=_row_text(connection, table, batch_id, row_no),
        salt=salts[position * SALT_SIZE : (position + 1) * SALT_SIZE].hex(),
        row_path=_hex(inclusion_proof(cut_hashes(hashes), position)),
        entry=body,
        entry_path=_hex(inclusion_proof(state.leaf_hashes, number)),
        checkpoint=state.last.note,
    )
    check_proof(proof, verifier_key=state.verifier.text())
    return proof


def _row_text(connection: Connection, table: AppendOnlyTable, batch_id: UUID, row_no: int) -> str:
    pin_settings(connection)
    condition = sql.SQL("batch_id = {} AND row_no = {}").format(batch_id, row_no)
    rows = list(read_rows(connection, table=table.name, columns=table.columns, condition=condition))
    if len(rows) != 1:
        where = {"table": table.name, "batch": batch_id, "row": row_no}
        raise EvidenceError("the sealed row is not there once", got=len(rows), expected=1, where=where)
    return rows[0][2].decode()


def check_proof(proof: RowProof, *, verifier_key: str, sm2_key: str | None = None) -> ProvenRow:
    """Check a proof with the log's public key alone.

    Args:
        verifier_key: the key's line of text, obtained from the bank beforehand and not with the proof.
        sm2_key: likewise of the SM2 key that must have signed the checkpoint too; None: none need have.

    Raises: EvidenceError saying what does not verify; StateError if `sm2_key` is given and the extra
        `sm` is missing.
    """
    # 1. The checkpoint is the log's.
    checkpoint = open_checkpoint(
        proof.checkpoint,
        verifier=verifier_from_text(verifier_key),
        sm2=None if sm2_key is None else sm2_verifier_from_text(sm2_key),
    )
    # 2. The entry is in the log, at its number.
    entry = read_body(proof.entry)
    if entry.origin != checkpoint.origin:
        raise EvidenceError("the entry is of another log", got=entry.origin, expected=checkpoint.origin)
    check_inclusion(
        index=entry.entry,
        size=checkpoint.size,
        leaf=entry_hash(proof.entry),
        root=checkpoint.root,
        proof=_hashes(proof.entry_path),
    )
    # 3. The row is among those the entry sealed, at its number.
    salt, text = _bytes(proof.salt), proof.row.encode()
    if len(salt) != SALT_SIZE:  # salt and table name must not be able to lend each other bytes
        raise EvidenceError("not a row's salt", got=f"{len(salt)} bytes", expected=f"{SALT_SIZE} bytes")
    check_inclusion(
        index=proof.row_no - entry.first,
        size=entry.count,
        leaf=row_hash(salt, row_prefix(entry.table), text),
        root=_bytes(entry.rows_root),
        proof=_hashes(proof.row_path),
    )
    return ProvenRow(entry=entry, row_no=proof.row_no, values=_values(entry, proof), checkpoint=checkpoint)


def _values(entry: RowsEntry, proof: RowProof) -> dict[str, str | None]:
    """Return the row's values by column; what they say of batch and number must be what the entry says."""
    texts = value_texts(proof.row.encode())
    if len(texts) != len(entry.columns):
        raise EvidenceError(
            "the row has other columns than its entry", got=len(texts), expected=entry.columns
        )
    values = dict(zip(entry.columns, texts, strict=True))
    if (values.get("batch_id"), values.get("row_no")) != (entry.batch, str(proof.row_no)):
        raise EvidenceError(
            "the row is of another batch or number than its entry says", where={"row": proof.row_no}
        )
    return values


def _hex(hashes: list[bytes]) -> tuple[str, ...]:
    return tuple(value.hex() for value in hashes)


def _hashes(texts: tuple[str, ...]) -> list[bytes]:
    return [_bytes(text) for text in texts]


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise EvidenceError("not hexadecimal", got=text[:80]) from None
