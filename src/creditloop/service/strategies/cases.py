"""Read a file of past cases for a strategy (历史案件文件)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from creditloop.formula import Input, Kind
from creditloop.kernel.errors import InputError

_DTYPES: Mapping[Kind, type[pl.DataType]] = {
    **dict.fromkeys((Kind.INTEGER, Kind.MONEY, Kind.NANO), pl.Int64),
    Kind.TEXT: pl.String,
    Kind.BOOLEAN: pl.Boolean,
    Kind.DATE: pl.Date,
}
"""How a CSV file, which has no types of its own, is read; money is in fen, a ratio in nano."""


def read_past_cases(file: Path, *, inputs: Sequence[Input]) -> pl.DataFrame:
    """Read the columns of these inputs from a Parquet or CSV file; one that is not there stays away.

    A Parquet file's types are taken as they are: a column of another type than declared is broken on every
    row, and refers. A cell of a CSV file must be of its input's kind.
    Raises: InputError naming the file if it cannot be read, or holds none of the columns.
    """
    kinds = {entry.name: entry.kind for entry in inputs}
    try:
        frame = _scanned(file, kinds)
        names = [name for name in frame.collect_schema().names() if name in kinds]
        if not names:
            raise InputError(
                "the file has none of the strategy's inputs",
                where={"file": file.name},
                expected=sorted(kinds),
            )
        return frame.select(names).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            "the file of cases cannot be read", got=str(error).splitlines()[0], where={"file": file.name}
        ) from error


def _scanned(file: Path, kinds: Mapping[str, Kind]) -> pl.LazyFrame:
    match file.suffix.lower():
        case ".parquet":
            return pl.scan_parquet(file)
        case ".csv":
            header = pl.scan_csv(file, infer_schema=False).collect_schema().names()
            types = {name: _DTYPES[kinds[name]] for name in header if name in kinds}
            return pl.scan_csv(file, schema_overrides=types)
        case other:
            raise InputError("not a file of cases", got=other or file.name, expected=[".parquet", ".csv"])
