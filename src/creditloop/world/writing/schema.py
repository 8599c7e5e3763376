"""From a contract to a file's schema (契约到文件结构), and from rows to Arrow under it.

The contract alone says which columns a file has and of which type; a generator that leaves one out, adds one
or gives a code that is not listed does not get its rows written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from creditloop.data import Column as ContractColumn
from creditloop.data import ColumnType, Contract, Table, read_contract
from creditloop.kernel.errors import ContractBroken
from creditloop.world.draws import Ints
from creditloop.world.writing.columns import ABSENT, Codes, Column, Maybe, Rows, numbered

PARTY_DIGITS = 8
SIMULATED = {"simulated": "true", "made_by": "creditloop world"}
"""What every file says of itself."""
_TYPES = {
    ColumnType.TEXT: pa.string(),
    ColumnType.CODE: pa.dictionary(pa.int8(), pa.string()),
    ColumnType.MONEY: pa.decimal128(18, 2),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.DATE: pa.date32(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSchema:
    """A source's file: the contract's columns by their names in the file, in the contract's order."""

    contract: Contract
    table: Table
    party: str
    arrow: pa.Schema

    @property
    def name(self) -> str:
        """Name of the source, and of its file without ending."""
        return self.contract.name


def source_schema(folder: Path, source: str) -> SourceSchema:
    """Read the contract of a source and return the schema of its file.

    Raises: ContractBroken if the contract has more than one table or a column that a file cannot give.
    """
    contract = read_contract(folder / f"{source}.yaml", root=folder)
    table = contract.tables[0]
    if len(contract.tables) != 1 or table.repetitions:
        raise ContractBroken("a town writes sources of one plain table", where={"contract": source})
    fields = [pa.field(contract.party.source, pa.string())]
    fields += [pa.field(column.source, _TYPES[column.type]) for column in table.columns]
    return SourceSchema(
        contract=contract,
        table=table,
        party=contract.party.source,
        arrow=pa.schema(fields, metadata={**SIMULATED, "source": source}),
    )


def party_no(numbers: Ints) -> pa.Array:
    """Return parties' numbers as the bank writes them: p00000042."""
    return numbered("p", numbers, PARTY_DIGITS)


def arrow_rows(schema: SourceSchema, rows: Rows, numbers: Ints) -> pa.Table:
    """Return rows as they stand in the file; `numbers` are the shard's party numbers.

    Raises: ContractBroken if the rows' columns are not the contract's.
    """
    expected = {column.name for column in schema.table.columns}
    if set(rows.columns) != expected:
        raise ContractBroken(
            "rows are not as the contract has them",
            got=sorted(set(rows.columns) ^ expected),
            expected="the contract's columns",
            where={"contract": schema.name},
        )
    arrays = [party_no(numbers[rows.party])]
    for column in schema.table.columns:
        where = {"contract": schema.name, "field": column.name}
        arrays.append(_arrow(column, rows.columns[column.name], where=where))
    return pa.Table.from_arrays(arrays, schema=schema.arrow)


def _arrow(told: ContractColumn, column: Column, *, where: Mapping[str, object]) -> pa.Array:
    if isinstance(column, Codes):
        unknown = set(column.values) - set(told.values)
        if told.type is not ColumnType.CODE or unknown:
            raise ContractBroken("no such codes in the contract", got=sorted(unknown), where=where)
        absent = column.index == ABSENT
        return pa.DictionaryArray.from_arrays(
            pa.array(column.index.astype(np.int8), mask=absent if absent.any() else None),
            pa.array(column.values),
        )
    if isinstance(column, pa.Array):
        return column
    values, mask = (column.values, ~column.there) if isinstance(column, Maybe) else (column, None)
    if told.type is ColumnType.MONEY:
        return yuan(values, mask)
    if told.type is ColumnType.DATE:
        return pa.array(values.astype(np.int32), mask=mask).cast(pa.date32())
    return pa.array(values, mask=mask)


def yuan(fen: Ints, missing: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None) -> pa.Array:
    """Return amounts in fen as exact decimals of yuan."""
    halves = np.empty((len(fen), 2), dtype="<i8")
    halves[:, 0], halves[:, 1] = fen, fen >> 63
    known = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(fen), [known, pa.py_buffer(halves)])


def dates(days: Ints, *, absent: int) -> pa.Array:
    """Return days since 1970-01-01 as dates, null where they are `absent`."""
    return pa.array(days.astype(np.int32), mask=days == absent).cast(pa.date32())
