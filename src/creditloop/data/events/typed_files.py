"""Rows of a contract's table from the files a source gives: typed, checked and rejected as an import does it.

Nothing is stored and no finding is kept: what is rejected is counted, and the first of it named. A file that
an import would refuse is refused here, too, for the same reason and by the same names.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from creditloop.data.checks import CheckedBatch, checked_batch
from creditloop.data.contracts import Contract, Effect, Table
from creditloop.data.file_checks import check_header, check_share, check_totals, check_was_whole
from creditloop.data.readers import Batch, FileIdentity, identify, open_reader
from creditloop.kernel.errors import ContractBroken

_AT_ONCE = 100_000
"""Rows checked together: ten times as many take half as long for each."""


@dataclass(slots=True)
class TypedFile:
    """One file, read once; the counts are there when its rows were gone through.

    Attributes:
        findings: how many of each code, of all tables.
    """

    contract: Contract
    file: Path
    identity: FileIdentity = field(init=False)
    rows_read: int = 0
    rows_rejected: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    _sums: Counter[str] = field(default_factory=Counter)
    _rejections: Counter[str] = field(default_factory=Counter)
    _first: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.identity = identify(self.file)
        if self.identity.format not in self.contract.formats:
            raise ContractBroken(
                "the contract does not take files of this format",
                got=self.identity.format,
                expected=", ".join(self.contract.formats),
                where={"file": self.identity.name},
            )

    def rows(self, table: Table) -> Iterator[pl.DataFrame]:
        """Yield the table's rows batch by batch: source_row, party_id, both moments, its own columns.

        Raises: ContractBroken if the file does not keep its contract, naming the column that vanished or
            changed its type, or more of its rows are rejected than the contract allows.
        """
        with open_reader(self.file, identity=self.identity, sheet=None) as reader:
            check_header(reader.columns, contract=self.contract, file_name=self.identity.name)
            batches = reader.batches(self.contract.source_types())
            for batch in _larger(batches) if self.identity.format == "parquet" else batches:
                checked = checked_batch(batch, contract=self.contract, rows_before=self.rows_read)
                self._count(checked)
                yield checked.tables[table.name]
        check_was_whole(self.file, identity=self.identity, rows_read=self.rows_read)
        check_totals(self.contract, rows=self.rows_read, sums=self._sums, file_name=self.identity.name)
        self._check_share()

    def reject(self, source_rows: int, *, code: str, first_row: int) -> None:
        """Count rows that clash with others, told once all files are read.

        Raises: ContractBroken as `rows` does.
        """
        self.rows_rejected += source_rows
        self.findings[code] += source_rows
        self._rejections[code] += source_rows
        self._first = self._first or {"row": first_row}
        self._check_share()

    def _check_share(self) -> None:
        check_share(
            self.contract,
            rows=self.rows_read,
            rejected=self.rows_rejected,
            by_code=self._rejections,
            first=self._first,
            file_name=self.identity.name,
        )

    def _count(self, checked: CheckedBatch) -> None:
        self.rows_read += checked.source.height
        self.rows_rejected += checked.source.height - checked.kept.height
        for column in self.contract.totals.sums:
            self._sums[column] += int(checked.source[column].cast(pl.Int128).sum())
        if checked.findings.height:
            self.findings.update(dict(checked.findings["code"].value_counts().iter_rows()))
            rejecting = checked.findings.filter(pl.col("effect") == Effect.REJECT.value)
            if rejecting.height:
                self._rejections.update(dict(rejecting["code"].value_counts().iter_rows()))
                row, name = rejecting.select("source_row", "field").row(0)
                self._first = self._first or {"row": row, "field": name}


def _larger(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Join batches of one schema; those of a Parquet file have one, and cells without faults."""
    frames: list[pl.DataFrame] = []
    for batch in batches:
        frames.append(batch.frame)
        if sum(frame.height for frame in frames) >= _AT_ONCE:
            yield Batch(frame=pl.concat(frames))
            frames = []
    if frames:
        yield Batch(frame=pl.concat(frames))
