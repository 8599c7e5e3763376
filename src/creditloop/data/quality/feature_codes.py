"""Codes that a source gives and features in production do not list (特征未登记取值): a finding of every row.

A contract may list a new code before the features over its events do. Their events count among all, and in no
cut by that column; so that nobody finds this out from a feature that has gone quiet, an import says it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from creditloop.data.checks import is_masked
from creditloop.data.contract_checks import column_uses
from creditloop.data.contracts import PARTY_ID, Contract, Effect, Table
from creditloop.data.findings import CODES, UNLISTED_IN_FEATURES, finding_frame, joined
from creditloop.data.moments import known_day
from creditloop.data.windows import EventTable, UnlistedValue, WindowFeatureSet, unlisted_values


def codes_unlisted_in_features(
    tables: Mapping[str, pl.DataFrame], *, contract: Contract, features: Sequence[WindowFeatureSet]
) -> pl.DataFrame:
    """Find the rows with a code that the contract lists and features do not.

    A code that the contract does not list either is a finding of the import already. A column that features
    read and the contract no longer has is not judged here: whoever computes them is told.

    Args:
        tables: rows as an import is about to load them, by table.
        features: in production, of this contract.
    Returns: findings (`findings.SCHEMA`), one a row, column and document of features; the rows are kept.
    """
    found: list[pl.DataFrame] = []
    for one in features:
        described, rows = contract.table(one.table.name), tables.get(one.table.name)
        if described is None or rows is None or rows.is_empty():
            continue
        found += [
            _findings(rows, unlisted, contract=contract, described=described, features=one)
            for unlisted in _unlisted(rows, described, contract, one.table)
        ]
    return joined(found)


def _unlisted(
    rows: pl.DataFrame, described: Table, contract: Contract, table: EventTable
) -> list[UnlistedValue]:
    """Return the codes that features do not list and the contract does."""
    columns = {column.name: column for column in described.columns}
    coded = tuple(one for one in table.dimensions if one.column in columns and not one.bands)
    if not coded or table.day not in columns:
        return []
    asked = replace(table, superseded=None, dimensions=coded, measures=(), identifiers=())
    known = known_day(described, utc_offset_hours=contract.utc_offset_hours).alias(table.known_at)
    codes = dict.fromkeys(one.column for one in coded)
    events = rows.select(pl.col(PARTY_ID).alias(table.party), table.day, known, *codes)
    told = unlisted_values(table=asked, events=events.to_arrow())
    return [one for one in told if one.value in columns[one.column].values]


def _findings(
    rows: pl.DataFrame,
    unlisted: UnlistedValue,
    *,
    contract: Contract,
    described: Table,
    features: WindowFeatureSet,
) -> pl.DataFrame:
    column = described.column(unlisted.column)
    uses = [source for source, table, one in column_uses(contract) if (table, one) == (described, column)]
    listed = sorted(
        {code for one in features.table.dimensions if one.column == column.name for code in one.codes}
    )
    its = rows[column.name] == unlisted.value
    return finding_frame(
        source_rows=rows["source_row"].filter(its),
        got=rows[column.name].filter(its),
        table=described.name,
        field=uses[0] if len(uses) == 1 else column.name,
        code=UNLISTED_IN_FEATURES,
        expected=f"features {features.name}: one of {', '.join(listed)}",
        effect=Effect.KEEP,
        meaning=CODES[UNLISTED_IN_FEATURES],
        masked=is_masked(column.sensitivity, protected=column.protected),
    )
