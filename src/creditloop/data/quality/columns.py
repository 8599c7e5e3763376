"""What stands in one column of a source table."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from creditloop.data.contracts import Column, Contract
from creditloop.data.findings import shown

UNLISTED_MOST = 20
"""So many values that are not listed are named, the most frequent first; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnQuality:
    """A column's nulls and unlisted values.

    Attributes:
        read: whether the purpose `quality` may read it; if not, nothing is counted.
        nulls: rows without a value.
        unlisted: of a coded column, rows with a value its contract does not list.
        unlisted_values: those values with their rows, the most frequent first; empty if the column is masked.
    """

    name: str
    read: bool
    nulls: int | None
    unlisted: int | None
    unlisted_values: Mapping[str, int]


def readable(column: Column) -> bool:
    """Whether the purpose `quality` may read a column."""
    return "quality" in column.purposes


def column_quality(column: Column, *, contract: Contract, frame: pl.DataFrame) -> ColumnQuality:
    """Count a column of what the door gave."""
    if not readable(column):
        return ColumnQuality(name=column.name, read=False, nulls=None, unlisted=None, unlisted_values={})
    values = frame[column.name]
    masked = column.sensitivity > contract.clear_up_to["quality"]
    if not column.values or masked:  # a masked value is no value of the list
        return ColumnQuality(
            name=column.name, read=True, nulls=values.null_count(), unlisted=None, unlisted_values={}
        )
    texts = shown(values.drop_nulls(), column_type=column.type)  # a list holds its values as text
    other = texts.filter(~texts.is_in(list(column.values)))
    counted = other.value_counts().sort("count", column.name, descending=[True, False])
    return ColumnQuality(
        name=column.name,
        read=True,
        nulls=values.null_count(),
        unlisted=other.len(),
        unlisted_values=dict(counted.head(UNLISTED_MOST).iter_rows()),
    )
