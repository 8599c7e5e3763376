"""Check a batch of a file against its contract: typed cells, listed codes, moments, quality rules.

1 type every cell; what has no value of the type is a fault
2 find missing values and keys, codes that are not listed or not documented, identifiers that cannot be right
3 on rows without a fault: evaluate the quality rules, compare the moments
4 shape the rows that nothing rejects into the tables' rows
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from creditloop.data.contract_checks import column_uses
from creditloop.data.contracts import Column, Contract, Effect, Table
from creditloop.data.doors import EXPECTED, typed
from creditloop.data.findings import (
    CODES,
    ERROR_CELL,
    IDENTIFIER_BLANK,
    IDENTIFIER_CHECK_FAILED,
    KNOWN_BEFORE_OCCURRED,
    MISSING_KEY,
    MISSING_VALUE,
    MOMENT_OUT_OF_RANGE,
    RULE_NOT_EVALUATED,
    UNDOCUMENTED_CODE,
    UNLISTED_VALUE,
    WRONG_TYPE,
    finding_frame,
    joined,
    shown,
)
from creditloop.data.identifiers import SORTS
from creditloop.data.purposes import CLEAR_IN_FINDINGS_MAX
from creditloop.data.readers import Batch
from creditloop.data.shaping import ROW, Shape, rule_frame, shapes, table_frame
from creditloop.formula import Match, match_column, polars_columns

_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
"""First and last instant that the database's drivers can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBatch:
    """What came of a batch.

    Attributes:
        source: typed columns of every row of the batch by the file's names, null at a fault, and `ROW`.
        kept: those of the rows that nothing rejects.
        tables: rows of each table that the kept rows give.
        findings: see `findings.SCHEMA`.
    """

    source: pl.DataFrame
    kept: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    findings: pl.DataFrame


def checked_batch(batch: Batch, *, contract: Contract, rows_before: int) -> CheckedBatch:
    """Check one batch; `rows_before` is how many rows of the file came before it."""
    source, found = _typed_source(batch, contract, rows_before)
    found += [*_missing(source, found, contract), *_codes(source, contract), *_identifiers(source, contract)]
    sound = _without_rejected(source, found)
    for shape in shapes(contract):
        found += [*_rules(shape, sound, contract), *_moments(shape, sound, contract)]
    kept = _without_rejected(sound, found)
    tables: dict[str, list[pl.DataFrame]] = {table.name: [] for table in contract.tables}
    for shape in shapes(contract):
        tables[shape.table.name].append(table_frame(shape, kept, contract=contract))
    return CheckedBatch(
        source=source,
        kept=kept,
        tables={
            name: pl.concat(frames).sort("source_row", maintain_order=True) for name, frames in tables.items()
        },
        findings=joined(found),
    )


def is_masked(sensitivity: int, *, protected: bool) -> bool:
    """Whether a value may not stand in clear in a finding."""
    return protected or sensitivity > CLEAR_IN_FINDINGS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """What a column of the file is used for: its table's column, or the party's number (no table)."""

    source: str
    table: Table | None
    column: Column | None
    masked: bool

    @property
    def table_name(self) -> str | None:
        return None if self.table is None else self.table.name


def _uses(contract: Contract) -> Iterator[_Use]:
    party = contract.party
    yield _Use(
        source=party.source, table=None, column=None, masked=is_masked(party.sensitivity, protected=False)
    )
    for source, table, column in column_uses(contract):
        masked = is_masked(column.sensitivity, protected=column.protected)
        yield _Use(source=source, table=table, column=column, masked=masked)


def _typed_source(
    batch: Batch, contract: Contract, rows_before: int
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    rows = pl.int_range(rows_before + 1, rows_before + batch.frame.height + 1, eager=True).alias(ROW)
    types = contract.source_types()
    columns, found = [rows], []
    for use in _uses(contract):
        cells = batch.frame[use.source]
        result = typed(cells, column_type=types[use.source])
        columns.append(result.values.alias(use.source))
        if result.fault.any():
            found.append(_reject(use, rows, cells, result.fault, WRONG_TYPE, EXPECTED[types[use.source]]))
        errors = {fault.row: fault.got for fault in batch.faults if fault.column == use.source}
        if errors:
            at = pl.Series(list(errors))
            got = pl.Series(list(errors.values()))
            mask = pl.repeat(value=True, n=len(at), eager=True)
            found.append(_reject(use, rows.gather(at), got, mask, ERROR_CELL, EXPECTED[types[use.source]]))
    return pl.DataFrame(columns), found


def _reject(
    use: _Use, rows: pl.Series, got: pl.Series, mask: pl.Series, code: str, expected: str
) -> pl.DataFrame:
    return finding_frame(
        source_rows=rows.filter(mask),
        got=got.filter(mask),
        table=use.table_name,
        field=use.source,
        code=code,
        expected=expected,
        effect=Effect.REJECT,
        meaning=CODES[code],
        masked=use.masked,
    )


def _missing(source: pl.DataFrame, found: list[pl.DataFrame], contract: Contract) -> Iterator[pl.DataFrame]:
    """Find empty cells that may not be; a cell that is already a fault is not missing as well."""
    at_fault = joined(found)
    for use in _uses(contract):
        if use.column is not None and use.column.null_allowed:
            continue
        empty = source[use.source].is_null()
        if not empty.any():
            continue
        faulty = at_fault.filter(pl.col("field") == use.source)["source_row"]
        mask = empty & ~source[ROW].is_in(faulty.implode())
        code = MISSING_KEY if use.column is None else MISSING_VALUE
        yield _reject(use, source[ROW], source[use.source], mask, code, "a value")


def _codes(source: pl.DataFrame, contract: Contract) -> Iterator[pl.DataFrame]:
    for use in _uses(contract):
        column = use.column
        if column is None or column.unlisted is None:
            continue
        documented = [value for value, code in column.values.items() if code.documented]
        text = source[use.source].cast(pl.String)
        unlisted = text.is_not_null() & ~text.is_in(list(column.values))
        undocumented = text.is_in([value for value in column.values if value not in documented]).fill_null(
            value=False
        )
        for mask, code, effect in (
            (unlisted, UNLISTED_VALUE, column.unlisted),
            (undocumented, UNDOCUMENTED_CODE, Effect.KEEP),
        ):
            if mask.any():
                yield finding_frame(
                    source_rows=source[ROW].filter(mask),
                    got=text.filter(mask),
                    table=use.table_name,
                    field=use.source,
                    code=code,
                    expected="one of " + ", ".join(documented),
                    effect=effect,
                    meaning=CODES[code],
                    masked=use.masked,
                )


def _identifiers(source: pl.DataFrame, contract: Contract) -> Iterator[pl.DataFrame]:
    """Find identifiers that name nobody (the row is kept out) or whose syntax is wrong (it is loaded)."""
    for use in _uses(contract):
        if use.column is None or use.column.identifier is None:
            continue
        sort = SORTS[use.column.identifier]
        plain = sort.normalised(source[use.source])
        blank = (plain == "").fill_null(value=False)
        for mask, code, effect, expected in (
            (blank, IDENTIFIER_BLANK, Effect.REJECT, "a value, or nothing"),
            (sort.fails(plain) & ~blank, IDENTIFIER_CHECK_FAILED, Effect.KEEP, sort.expected),
        ):
            if mask.any():
                yield finding_frame(
                    source_rows=source[ROW].filter(mask),
                    got=source[use.source].filter(mask),
                    table=use.table_name,
                    field=use.source,
                    code=code,
                    expected=expected,
                    effect=effect,
                    meaning=CODES[code],
                    masked=use.masked,
                )


def _without_rejected(source: pl.DataFrame, found: list[pl.DataFrame]) -> pl.DataFrame:
    rejected = joined(found).filter(pl.col("effect") == Effect.REJECT.value)["source_row"]
    return source.filter(~pl.col(ROW).is_in(rejected.implode())) if len(rejected) else source


def _rules(shape: Shape, sound: pl.DataFrame, contract: Contract) -> Iterator[pl.DataFrame]:
    if shape.table.program is None:
        return
    frame = rule_frame(shape, sound, contract=contract)
    judged = polars_columns(shape.table.program, frame)
    for rule in shape.table.rules:
        column = shape.table.column(rule.field)
        masked = is_masked(column.sensitivity, protected=column.protected)
        match = judged.select(match_column(rule.rule_id)).to_series()
        for said, code, effect, meaning, expected in (
            (Match.MATCHED, rule.code, rule.effect, rule.meaning, rule.expected),
            (Match.REFER, RULE_NOT_EVALUATED, Effect.KEEP, CODES[RULE_NOT_EVALUATED], f"rule {rule.rule_id}"),
        ):
            mask = match == said.value
            if mask.any():
                yield finding_frame(
                    source_rows=frame[ROW].filter(mask),
                    got=shown(frame[rule.field].filter(mask), column_type=column.type),
                    table=shape.table.name,
                    field=shape.field_of(rule.field),
                    code=code,
                    expected=expected,
                    effect=effect,
                    meaning=meaning,
                    masked=masked,
                )


def _moments(shape: Shape, sound: pl.DataFrame, contract: Contract) -> Iterator[pl.DataFrame]:
    table = shape.table
    rows = table_frame(shape, sound, contract=contract)
    early = rows["known_at"] < rows["occurred_at"]
    for name, moment in (("known_at", table.known_at), ("occurred_at", table.occurred_at)):
        if moment.column is None:
            continue
        outside = ~rows[name].is_between(_FIRST, _LAST)
        column = table.column(moment.column)
        for mask, code, expected in (
            (outside, MOMENT_OUT_OF_RANGE, "an instant of the years 1 to 9999"),
            (early & ~outside, KNOWN_BEFORE_OCCURRED, "known_at at or after occurred_at"),
        ):
            if mask.any():
                yield finding_frame(
                    source_rows=rows["source_row"].filter(mask),
                    got=rows[column.name].filter(mask),
                    table=table.name,
                    field=shape.field_of(column.name),
                    code=code,
                    expected=expected,
                    effect=Effect.REJECT,
                    meaning=CODES[code],
                    masked=is_masked(column.sensitivity, protected=column.protected),
                )
        early = pl.repeat(value=False, n=rows.height, eager=True)  # said once, of the column that was known
