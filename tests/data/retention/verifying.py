"""Verification of what is left, after everything that happened has been sealed."""

from datetime import UTC, datetime

from creditloop.evidence import EvidenceFolder, Verification, seal_batches, verify
from creditloop.kernel.storage import Connection
from creditloop.service.wiring import deletion_records, sealed_tables

AFTERWARDS = datetime(2029, 3, 2, 10, tzinfo=UTC)
"""A moment later than all that the tests do."""


def verified(connection: Connection, folder: EvidenceFolder, *batches: object) -> Verification:
    """Seal some batches and the reads so far, and verify."""
    tables = sealed_tables(connection)
    reads = connection.execute("SELECT batch_id FROM data.access_log").fetchall()
    wanted = [*batches, *(batch for (batch,) in reads)]
    if wanted:
        seal_batches(connection, folder=folder, tables=tables, batch_ids=wanted, now=AFTERWARDS)
    return verify(connection, folder=folder, tables=tables, deletions=deletion_records())
