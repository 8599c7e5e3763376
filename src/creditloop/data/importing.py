"""Import a file under its contract (按契约导入): all of it, or nothing.

1 say which file it is; a file whose bytes were imported under this contract before gives the first result;
  a contract with identifiers needs keys before anything is read
2 take the contract's lock, keep its text, make or check its tables
3 check the header; then batch by batch: check, by what the caller checks as well, store the findings, put the
  rows aside
4 the file as a whole: repeated rows, control totals, unchanged while it was read
5 clashes of keys; more rejected rows than the contract allows refuse the file
6 move the rows, record the import
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

import polars as pl

from creditloop.data.batches import ImportResult, batch_id_of, find_batch, lock_contract, record_batch
from creditloop.data.checks import CheckedBatch, checked_batch
from creditloop.data.contracts import Contract
from creditloop.data.file_checks import (
    check_header,
    check_share,
    check_totals,
    check_was_whole,
    rejected_most,
    row_digests,
)
from creditloop.data.finding_store import FindingWriter
from creditloop.data.identifiers import KeyRing, has_identifiers
from creditloop.data.readers import FileIdentity, identify, open_reader
from creditloop.data.source_tables import ensure_tables
from creditloop.data.staging import Staging, TableCount
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import ContractBroken, StateError
from creditloop.kernel.storage import Connection, adopt_document

Progress = Callable[[int, int | None], None]
"""Told (rows done, rows in total if the file says so) after each batch."""

BatchCheck = Callable[[Mapping[str, pl.DataFrame]], pl.DataFrame]
"""Given the rows of a batch that are to be loaded, by table: what else is found (`findings.SCHEMA`)."""


def import_file(
    connection: Connection,
    *,
    contract: Contract,
    file: Path,
    now: datetime,
    sheet: str | None = None,
    progress: Progress | None = None,
    keys: KeyRing | None = None,
    check: BatchCheck | None = None,
) -> ImportResult:
    """Import a file under a contract, in the caller's transaction.

    A file that is refused leaves nothing behind, also if the caller goes on with the transaction.

    Args:
        sheet: which sheet of a workbook; None takes the only one.
        progress: called after each batch.
        keys: what identifiers are encrypted and tokenised with; only a contract without any needs none.
        check: finds more about rows that are loaded; it rejects none.
    Returns: what was loaded and found; for bytes imported before, under whatever name, the first result.
    Raises: StateError if the contract has identifiers and there are no keys; InputError if there is no such
        file; ContractBroken if it does not keep its contract, or more of its rows are rejected than the
        contract allows.
    """
    check_aware(now, name="now")
    _check_keys(contract, keys)
    identity = identify(file)
    if identity.format not in contract.formats:
        raise ContractBroken(
            "the contract does not take files of this format",
            got=identity.format,
            expected=", ".join(contract.formats),
            where={"file": identity.name},
        )
    # begins the caller's transaction if none is open: the block below is then a savepoint, not a commit
    lock_contract(connection, contract=contract.name)
    batch_id = batch_id_of(contract, identity)
    first = find_batch(connection, batch_id=batch_id)
    if first is not None:
        return first
    with connection.transaction():
        adopt_document(connection, document=contract.document, kind="contract", now=now)
        ensure_tables(connection, contract=contract)
        with Staging(connection, contract=contract, keys=keys) as staging:
            work = _Import(connection, contract, file, identity, batch_id, staging, check)
            work.read(sheet=sheet, progress=progress)
            result = work.settle(now=now)
        record_batch(connection, result=result)
    return result


def _check_keys(contract: Contract, keys: KeyRing | None) -> None:
    if keys is None and has_identifiers(contract):
        raise StateError(
            "the contract has identifiers, and there are no keys to encrypt them with: nothing was read",
            got="no key ring",
            where={"contract": contract.name},
            hint="hand in the key ring of this bank; `creditloop import` opens it by itself",
        )


@dataclass(slots=True)
class _Import:
    """One import under way."""

    connection: Connection
    contract: Contract
    file: Path
    identity: FileIdentity
    batch_id: UUID
    staging: Staging
    check: BatchCheck | None
    findings: FindingWriter = field(init=False)
    rows_read: int = 0
    rows_rejected: int = 0
    simulated: bool = False
    sums: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.findings = FindingWriter(self.connection, batch_id=self.batch_id, file_name=self.identity.name)

    def read(self, *, sheet: str | None, progress: Progress | None) -> None:
        """Read the file batch by batch, check it, put the rows aside."""
        with open_reader(self.file, identity=self.identity, sheet=sheet) as reader:
            self.simulated = reader.simulated
            check_header(reader.columns, contract=self.contract, file_name=self.identity.name)
            for batch in reader.batches(self.contract.source_types()):
                self._take(checked_batch(batch, contract=self.contract, rows_before=self.rows_read))
                if progress is not None:
                    progress(self.rows_read, reader.rows_total)
        check_was_whole(self.file, identity=self.identity, rows_read=self.rows_read)

    def settle(self, *, now: datetime) -> ImportResult:
        """Judge the file as a whole, and move its rows into the source tables."""
        check_totals(self.contract, rows=self.rows_read, sums=self.sums, file_name=self.identity.name)
        for rule in self.contract.file_rules:
            self.findings.add(self.staging.repeated_rows(rule))
        self._check_share()
        self._take_out_clashes()
        self._check_share()
        tables = {
            table.name: self.staging.move(table, batch_id=self.batch_id) for table in self.contract.tables
        }
        return self._result(tables, now)

    def _take(self, batch: CheckedBatch) -> None:
        self.rows_read += batch.source.height
        self.rows_rejected += batch.source.height - batch.kept.height
        for column in self.contract.totals.sums:
            self.sums[column] += int(batch.source[column].cast(pl.Int128).sum())
        self.findings.add(batch.findings)
        if self.check is not None:
            self.findings.add(self.check(batch.tables))
        self.staging.add(batch.tables, row_digests(batch.kept, rules=self.contract.file_rules))

    def _take_out_clashes(self) -> None:
        most = rejected_most(self.contract, rows=self.rows_read) - self.rows_rejected
        clashing: set[int] = set()
        for table in self.contract.tables:
            found = self.staging.clashes(table, most=most)
            self.findings.add(found)
            clashing |= set(found["source_row"])
        self.rows_rejected += len(clashing)

    def _check_share(self) -> None:
        check_share(
            self.contract,
            rows=self.rows_read,
            rejected=self.rows_rejected,
            by_code=self.findings.rejections,
            first=self.findings.first_rejection,
            file_name=self.identity.name,
        )

    def _result(self, tables: dict[str, TableCount], now: datetime) -> ImportResult:
        return ImportResult(
            batch_id=self.batch_id,
            contract=self.contract.name,
            contract_version=self.contract.version,
            contract_hash=self.contract.document.hash,
            file_name=self.identity.name,
            file_format=self.identity.format,
            file_sha256=self.identity.sha256,
            file_bytes=self.identity.size_bytes,
            rows_read=self.rows_read,
            rows_rejected=self.rows_rejected,
            tables=tables,
            findings_by_code=dict(sorted(self.findings.by_code.items())),
            recorded_at=now,
            simulated=self.simulated,
            repeated=False,
        )
