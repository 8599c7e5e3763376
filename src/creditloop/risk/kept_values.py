"""Read values that were kept with a decision (留存输入) back as columns: what a batch is decided again from.

They were kept as JSON, an object a case: dates and the longest integers stand there as text.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date

import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import EvidenceError, InputError

_WHOLE = (Kind.INTEGER, Kind.MONEY, Kind.NANO)
_DTYPES: Mapping[Kind, pl.DataType] = {
    **dict.fromkeys(_WHOLE, pl.Int64()),
    Kind.TEXT: pl.String(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.DATE: pl.Date(),
}


def kept_frame(
    kept: Iterable[str], *, kinds: Mapping[str, Kind], maybe: Collection[str] = ()
) -> pl.DataFrame:
    """Return a row for each object, in order, and a column for each name.

    Args:
        kinds: the names that are read, and what their values are; other keys are ignored.
        maybe: names that need not be there; their value is then null.
    Raises: EvidenceError if a name is missing, or a value is not of its kind.
    """
    rows = [json.loads(text) for text in kept]
    return pl.DataFrame(
        [
            pl.Series(name, _column(rows, name, kind, needed=name not in maybe), dtype=_DTYPES[kind])
            for name, kind in kinds.items()
        ]
    )


def _column(rows: list[dict[str, object]], name: str, kind: Kind, *, needed: bool) -> list[object]:
    if needed and (lacking := next((row for row in rows if name not in row), None)) is not None:
        raise EvidenceError("a value is not kept with its decision", got=sorted(lacking), expected=name)
    given = [row.get(name) for row in rows]
    try:
        return [value if value is None else _value(value, kind) for value in given]
    except (InputError, TypeError, ValueError) as error:
        raise EvidenceError(
            "a value kept with a decision is not what its rules read",
            got=str(error),
            expected=kind.value,
            where={"name": name},
        ) from error


def _value(value: object, kind: Kind) -> str | bool | int | date:
    if kind is Kind.BOOLEAN and isinstance(value, bool):
        return value
    if kind in _WHOLE and isinstance(value, int | str) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and kind in {Kind.TEXT, Kind.DATE}:
        return value if kind is Kind.TEXT else date_from_text(value)
    raise TypeError(repr(value))
