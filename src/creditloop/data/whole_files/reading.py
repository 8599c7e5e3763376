"""Read a file under its contract into a frame, or refuse it.

1 say which file it is, and that the contract takes its format
2 check the header
3 batch by batch: type every cell, find what is missing or not listed, evaluate the quality rules
4 refuse the file if a row of it is rejected; check that it is whole and has its control totals
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from creditloop.data.checks import checked_batch
from creditloop.data.contracts import ColumnType, Contract, Effect, Table
from creditloop.data.file_checks import check_header, check_totals, check_was_whole
from creditloop.data.findings import SCHEMA
from creditloop.data.readers import FileIdentity, identify, open_reader
from creditloop.data.shaping import DTYPES
from creditloop.kernel.errors import ContractBroken

_NAMED = 5
"""Rows at fault that a refusal names; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeFile:
    """A file that is right in every row.

    Attributes:
        identity: its name, format, size and SHA-256.
        rows: the party's number under the file's own name, and the table's columns; money in fen.
        sums: of each money and integer column, over all rows.
        simulated: whether the file says of itself that it is made up (模拟).
    """

    identity: FileIdentity
    rows: pl.DataFrame
    sums: dict[str, int]
    simulated: bool


def read_whole_file(*, contract: Contract, file: Path, may_be_empty: bool = False) -> WholeFile:
    """Read all rows of a file under a contract of one plain table.

    Args:
        may_be_empty: a header alone is a file too: of a day on which nothing happened.
    Returns: the rows in the order of the file; a key may stand twice.
    Raises: InputError if there is no such file; ContractBroken if it does not keep its contract, naming the
        file and the first row and field at fault.
    """
    table = _only_table(contract)
    identity = identify(file)
    if identity.format not in contract.formats:
        raise ContractBroken(
            "the contract does not take files of this format",
            got=identity.format,
            expected=", ".join(contract.formats),
            where={"file": identity.name},
        )
    frames, found, rows_read = [_empty(contract, table)], [pl.DataFrame(schema=SCHEMA)], 0
    with open_reader(file, identity=identity, sheet=None) as reader:
        simulated = reader.simulated
        check_header(reader.columns, contract=contract, file_name=identity.name)
        for batch in reader.batches(contract.source_types()):
            checked = checked_batch(batch, contract=contract, rows_before=rows_read)
            rows_read += checked.source.height
            found.append(checked.findings.filter(pl.col("effect") == Effect.REJECT.value))
            frames.append(_rows(checked.kept, contract, table))
    check_was_whole(file, identity=identity, rows_read=max(rows_read, int(may_be_empty)))
    _refuse_rejected(pl.concat(found), rows=rows_read, identity=identity)
    rows = pl.concat(frames)
    sums = _sums(rows)
    types = contract.source_types()
    named = {column.source: sums.get(column.name, 0) for column in table.columns if column.source in types}
    check_totals(
        contract, rows=rows_read, sums={str(k): v for k, v in named.items()}, file_name=identity.name
    )
    return WholeFile(identity=identity, rows=rows, sums=sums, simulated=simulated)


def _only_table(contract: Contract) -> Table:
    plain = [table for table in contract.tables if not table.repetitions]
    if len(contract.tables) != 1 or not plain:
        raise ContractBroken(
            "only a contract of one plain table is read without being kept",
            got=", ".join(table.name for table in contract.tables),
            where={"file": contract.document.path},
        )
    return plain[0]


def _empty(contract: Contract, table: Table) -> pl.DataFrame:
    own = {column.name: DTYPES[column.type] for column in table.columns}
    return pl.DataFrame(schema={contract.party.source: DTYPES[contract.party.type], **own})


def _rows(kept: pl.DataFrame, contract: Contract, table: Table) -> pl.DataFrame:
    own = (pl.col(str(column.source)).alias(column.name) for column in table.columns)
    return kept.select(pl.col(contract.party.source), *own)


def _sums(rows: pl.DataFrame) -> dict[str, int]:
    """Return the sums of the whole-number columns, exact beyond 64 bits."""
    numbers = [name for name, dtype in rows.schema.items() if dtype == DTYPES[ColumnType.INTEGER]]
    return {name: int(rows[name].cast(pl.Int128).sum()) for name in numbers}


def _refuse_rejected(rejected: pl.DataFrame, *, rows: int, identity: FileIdentity) -> None:
    if rejected.is_empty():
        return
    row, field, got, expected = rejected.select("source_row", "field", "got", "expected").row(0)
    codes = ", ".join(f"{code} {count}" for code, count in sorted(Counter(rejected["code"]).items()))
    first = rejected.head(_NAMED).select(pl.format("row {} {}", "source_row", "field")).to_series()
    raise ContractBroken(
        f"the file is refused: {rejected['source_row'].n_unique()} of {rows} rows are at fault ({codes})",
        got=got,
        expected=expected,
        where={"file": identity.name, "row": row, "field": field},
        hint=f"the first at fault: {'; '.join(first)}" if rejected.height > 1 else None,
    )
