"""The log of reads (访问审计): who read what of whom, for which purpose, and what was refused.

A read that is allowed is logged in its own transaction: no row in the log, no data. A read that is denied
must be logged although it ends in an error, after which the caller's transaction is usually rolled back. So
the door takes a `RecordDenial`, which keeps a denial outside the caller's transaction; `denials_kept_at`
makes one that opens a connection of its own and commits. If the denial cannot be kept, that error is raised,
and the data is not given either.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache

from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.storage import Connection, connect, load_queries

_PACKAGE = "creditloop.data"
_NAMES_KEPT = 512
"""Lists of columns whose canonical text is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One read, allowed or denied.

    Attributes:
        reader: who read, as the bank names its people and programs.
        reason: why, in the reader's words.
        masked_columns: those of `columns` that were seen masked.
        parties_count: how many parties were seen; of findings, how many source rows.
        party_token: of a read about one party, that party's token (`party_token`).
        refusal: why it was denied; None if it was allowed.
        parties_withheld: how many parties were left out because they do not consent.
    """

    reader: str
    purpose: str
    reason: str
    contract: str
    contract_hash: str
    table: str
    columns: tuple[str, ...]
    masked_columns: tuple[str, ...]
    parties_count: int
    party_token: str | None
    known_by: datetime
    refusal: str | None
    at: datetime
    parties_withheld: int = 0

    @property
    def allowed(self) -> bool:
        """Whether the data was given."""
        return self.refusal is None


RecordDenial = Callable[[Access], None]
"""Keeps a denied read outside the caller's transaction; returns when it is safe."""


def party_token(party_id: str) -> str:
    """Return the token under which reads about a party are found in the log: SHA-256 of its id, in hex.

    It keeps ids out of the log's plain sight; it is not keyed, so whoever can list all ids can invert it.
    """
    return hashlib.sha256(f"party\n{party_id}".encode()).hexdigest()


def record_access(connection: Connection, *, access: Access) -> None:
    """Log a read in the caller's transaction."""
    queries = load_queries(_PACKAGE)
    before, after = _around_number(access)
    batch_id = queries.insert_access(
        connection,
        before_number=before,
        after_number=after,
        reader=access.reader,
        purpose=access.purpose,
        reason=access.reason,
        contract=access.contract,
        contract_hash=access.contract_hash,
        table_name=access.table,
        columns=_names_text(access.columns),
        masked_columns=_names_text(access.masked_columns),
        parties_count=access.parties_count,
        party_token=access.party_token,
        known_by=access.known_by,
        allowed=access.allowed,
        refusal=access.refusal,
        at=access.at,
    )
    if access.parties_withheld:
        queries.insert_withheld(connection, batch_id=batch_id, parties_withheld=access.parties_withheld)


def _around_number(access: Access) -> tuple[str, str]:
    """Return the canonical text of what names a read, before and after its number.

    The database gives the number and makes the id in the statement that logs: one turn instead of two.
    """
    before, after = canonical_bytes(["access", access.reader, access.at]).decode().split(",", 1)
    return f"{before},", f",{after}"


@lru_cache(maxsize=_NAMES_KEPT)
def _names_text(names: tuple[str, ...]) -> str:
    return canonical_bytes(names).decode()


def denials_kept_at(url: str) -> RecordDenial:
    """Return a `RecordDenial` that writes over a connection of its own to the same database, and commits."""

    def record(access: Access) -> None:
        with connect(url) as connection:
            record_access(connection, access=access)

    return record


def accesses(connection: Connection, *, party_id: str | None = None) -> tuple[Access, ...]:
    """Return the log in order; of one party, the reads that were about that party alone."""
    token = None if party_id is None else party_token(party_id)
    return tuple(map(_access, load_queries(_PACKAGE).list_accesses(connection, party_token=token)))


def _access(row: tuple[object, ...]) -> Access:
    names = [field.name for field in fields(Access)]
    values = dict(zip(names, row, strict=True))
    for name in ("columns", "masked_columns"):
        values[name] = tuple(json.loads(str(values[name])))
    return Access(**values)  # type: ignore[arg-type]  # a row of the table it was made for
