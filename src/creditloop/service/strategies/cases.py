"""Read a file of past cases for a strategy (历史案件文件): Parquet as it is, CSV by the declared kinds."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from creditloop.formula import Input, Kind
from creditloop.kernel.errors import InputError
from creditloop.risk import Policy
from creditloop.risk.backtest import BacktestPlan

_DTYPES: Mapping[Kind, type[pl.DataType]] = {
    **dict.fromkeys((Kind.INTEGER, Kind.MONEY, Kind.NANO), pl.Int64),
    Kind.TEXT: pl.String,
    Kind.BOOLEAN: pl.Boolean,
    Kind.DATE: pl.Date,
}
"""How a CSV file, which has no types of its own, is read; money is in fen, a ratio in nano."""


def scan_past_cases(file: Path, *, kinds: Mapping[str, Kind]) -> pl.LazyFrame:
    """Open a file of cases: Parquet to be read in parts, CSV read whole.

    A Parquet file's types are taken as they are: a column of another type than declared is broken on every
    row, and refers.

    Args:
        kinds: of the columns that are declared. A cell of a CSV file must be of its column's kind; a column
            without one is whole numbers, true and false, days or text, whichever all its cells are.
    Raises: InputError naming the file if it is neither Parquet nor CSV, or cannot be read.
    """
    with reading(file):
        match file.suffix.lower():
            case ".parquet":
                frame = pl.scan_parquet(file)
                frame.collect_schema()
                return frame
            case ".csv":
                return _read_csv(file, kinds).lazy()
            case other:
                raise InputError("not a file of cases", got=other or file.name, expected=[".parquet", ".csv"])


def read_past_cases(file: Path, *, inputs: Sequence[Input]) -> pl.DataFrame:
    """Read the columns of these inputs, see `scan_past_cases`; one that is not there stays away.

    Raises: InputError naming the file if it cannot be read, or holds none of the columns.
    """
    kinds = {entry.name: entry.kind for entry in inputs}
    frame = scan_past_cases(file, kinds=kinds)
    names = [name for name in frame.collect_schema().names() if name in kinds]
    if not names:
        raise InputError(
            "the file has none of the strategy's inputs", where={"file": file.name}, expected=sorted(kinds)
        )
    with reading(file):
        return frame.select(names).collect()


def declared_kinds(plan: BacktestPlan, policies: Sequence[Policy]) -> dict[str, Kind]:
    """Return the kinds of the columns that a backtest's documents declare.

    The strategies' inputs and the plan's columns say what they are; of what they do not name the key and the
    segments are text, scores and what a cut-off runs over whole numbers. Outcome and month may be either of
    two things, and are not declared.
    """
    found = dict.fromkeys((plan.key, *plan.segments), Kind.TEXT)
    scores = [plan.score.column] if plan.score is not None else []
    scores += [move.over for move in plan.optimise.moves if move.over] if plan.optimise is not None else []
    found |= dict.fromkeys(scores, Kind.INTEGER)
    declared = [*plan.columns, *(entry for policy in policies for entry in policy.inputs)]
    return found | {entry.name: entry.kind for entry in declared}


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Name the file of cases where what is done with it finds that it cannot be read."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            "the file of cases cannot be read", got=str(error).splitlines()[0], where={"file": file.name}
        ) from error


def _read_csv(file: Path, kinds: Mapping[str, Kind]) -> pl.DataFrame:
    header = pl.scan_csv(file, infer_schema=False).collect_schema().names()
    types = {name: _DTYPES[kinds[name]] for name in header if name in kinds}
    return pl.read_csv(file, schema_overrides=types, try_parse_dates=True, infer_schema_length=None)
