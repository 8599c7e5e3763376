"""Findings in the database: written batch by batch while a file is read; counted and listed."""

from collections import Counter
from dataclasses import dataclass, fields
from uuid import UUID

import polars as pl

from creditloop.data.contracts import Effect
from creditloop.data.findings import Finding
from creditloop.kernel.storage import Connection, copy_frame, load_queries

_PACKAGE = "creditloop.data"
_TABLE = "data.finding"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCount:
    """How many findings of a batch have this code, field and effect."""

    code: str
    field: str
    effect: Effect
    count: int


class FindingWriter:
    """Numbers and stores the findings of one import; counts them by code, and those that reject."""

    def __init__(self, connection: Connection, *, batch_id: UUID, file_name: str) -> None:
        self._connection = connection
        self._batch_id = batch_id
        self._file_name = file_name
        self._count = 0
        self.by_code: Counter[str] = Counter()
        self.rejections: Counter[str] = Counter()
        self.first_rejection: dict[str, object] = {}

    def add(self, findings: pl.DataFrame) -> None:
        """Store a frame of findings (`findings.SCHEMA`), in its order."""
        if findings.height == 0:
            return
        self.by_code.update(dict(findings["code"].value_counts().iter_rows()))
        rejections = findings.filter(pl.col("effect") == Effect.REJECT.value)
        if rejections.height:
            self.rejections.update(dict(rejections["code"].value_counts().iter_rows()))
            row, field = rejections.select("source_row", "field").row(0)
            self.first_rejection = self.first_rejection or {"row": row, "field": field}
        numbered = findings.select(
            pl.lit(str(self._batch_id)).alias("batch_id"),
            pl.int_range(self._count, self._count + findings.height).alias("row_no"),
            pl.lit(self._file_name).alias("file_name"),
            pl.all(),
        )
        self._count += findings.height
        copy_frame(self._connection, table=_TABLE, frame=numbered)


def finding_counts(connection: Connection, *, batch_id: UUID) -> tuple[FindingCount, ...]:
    """Count a batch's findings by code, field and effect; no personal data is read."""
    rows = load_queries(_PACKAGE).count_findings(connection, batch_id=batch_id)
    return tuple(
        FindingCount(code=code, field=field, effect=Effect(effect), count=count)
        for code, field, effect, count in rows
    )


def stored_findings(
    connection: Connection,
    *,
    batch_id: UUID,
    code: str | None,
    field: str | None,
    most: int | None,
    skip: int,
) -> tuple[Finding, ...]:
    """List a batch's findings in order; the logged door to them is `access.findings`."""
    rows = load_queries(_PACKAGE).list_findings(
        connection, batch_id=batch_id, code=code, field=field, most=most, skip=skip
    )
    names = [each.name for each in fields(Finding)]
    return tuple(Finding(**dict(zip(names, (*row[:7], Effect(row[7]), row[8]), strict=True))) for row in rows)
