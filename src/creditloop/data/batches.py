"""What an import left on record: one row a file, never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from creditloop.data.contracts import Contract
from creditloop.data.readers import FileIdentity
from creditloop.data.staging import TableCount
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries

_PACKAGE = "creditloop.data"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What became of a file.

    Attributes:
        file_name: the name under which its bytes came first.
        rows_read: data rows of the file; `rows_rejected`: those of which something was not loaded.
        tables: table name to the number of its rows loaded, and there before and equal.
        findings_by_code: how many findings of each code; all of them are stored.
        simulated: whether the file says of itself that it is made up (模拟).
        repeated: whether the same bytes were imported under the same contract before; this is that result.
    """

    batch_id: UUID
    contract: str
    contract_version: int
    contract_hash: str
    file_name: str
    file_format: str
    file_sha256: str
    file_bytes: int
    rows_read: int
    rows_rejected: int
    tables: Mapping[str, TableCount]
    findings_by_code: Mapping[str, int]
    recorded_at: datetime
    simulated: bool
    repeated: bool


def lock_contract(connection: Connection, *, contract: str) -> None:
    """Let one import or deletion under a contract run at a time, to the end of the transaction."""
    load_queries(_PACKAGE).lock_contract(connection, contract=contract)


def batch_id_of(contract: Contract, identity: FileIdentity) -> UUID:
    """Return the id of importing these bytes under this contract: the same for a repeat, on every machine."""
    return content_id("import", contract.name, contract.document.hash, identity.sha256)


def find_batch(connection: Connection, *, batch_id: UUID) -> ImportResult | None:
    """Return an import on record, marked as repeated, or None."""
    row = load_queries(_PACKAGE).find_batch(connection, batch_id=batch_id)
    return None if row is None else _result(row)


def imports(connection: Connection) -> tuple[ImportResult, ...]:
    """Return every import on record, oldest first."""
    return tuple(map(_result, load_queries(_PACKAGE).list_batches(connection)))


def record_batch(connection: Connection, *, result: ImportResult) -> None:
    """Put an import on record."""
    tables = {
        name: {"loaded": count.loaded, "unchanged": count.unchanged} for name, count in result.tables.items()
    }
    load_queries(_PACKAGE).insert_batch(
        connection,
        batch_id=result.batch_id,
        contract=result.contract,
        contract_version=result.contract_version,
        contract_hash=result.contract_hash,
        file_name=result.file_name,
        file_format=result.file_format,
        file_sha256=result.file_sha256,
        file_bytes=result.file_bytes,
        rows_read=result.rows_read,
        rows_rejected=result.rows_rejected,
        tables=canonical_bytes(tables).decode(),
        findings_by_code=canonical_bytes(result.findings_by_code).decode(),
        recorded_at=result.recorded_at,
    )
    if result.simulated:
        load_queries(_PACKAGE).insert_simulated(connection, batch_id=result.batch_id)


def _result(row: tuple[object, ...]) -> ImportResult:
    names = [field.name for field in fields(ImportResult)]
    values = dict(zip(names, (*row, True), strict=True))
    counts = json.loads(str(values["tables"]))
    values["tables"] = {name: TableCount(**count) for name, count in counts.items()}
    values["findings_by_code"] = json.loads(str(values["findings_by_code"]))
    return ImportResult(**values)  # type: ignore[arg-type]  # a row of the table it was made for
