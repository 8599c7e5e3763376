"""Reads of the bank's own records about people — book, verdicts — go to the same log as reads of its sources.

The source door (`data.read_table`) logs by itself. What a stage or a command reads of the book or of a
verdict is logged here, in the reader's own piece of work: no row in the log, no answer. In place of a data
contract stands the package that owns the table, and the hash of its `schema.sql`.
"""

import hashlib
from collections.abc import Sequence
from functools import cache

from creditloop.data import Access, party_token, record_access
from creditloop.kernel.storage import Room
from creditloop.service.work import Work


def record_own_read(
    work: Work,
    *,
    package: str,
    table: str,
    columns: Sequence[str],
    purpose: str,
    reader: str,
    reason: str,
    parties_count: int,
    party_id: str | None = None,
) -> None:
    """Log a read of one of our tables in the piece of work that does it.

    Args:
        package: the room that owns the table, e.g. "creditloop.book".
        parties_count: how many parties are seen.
        party_id: the party, if the read is about one alone; the log keeps its token.
    """
    record_access(
        work.connection,
        access=Access(
            reader=reader,
            purpose=purpose,
            reason=reason,
            contract=package,
            contract_hash=_schema_hash(package),
            table=table,
            columns=tuple(columns),
            masked_columns=(),
            parties_count=parties_count,
            party_token=None if party_id is None else party_token(party_id),
            known_by=work.now,
            refusal=None,
            at=work.now,
        ),
    )


@cache
def _schema_hash(package: str) -> str:
    return hashlib.sha256(Room(package=package).schema().encode()).hexdigest()
