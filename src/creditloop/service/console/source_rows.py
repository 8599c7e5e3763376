"""What the sources say about one customer, as the reader's purpose may see it, and logged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import polars as pl

from creditloop.data import (
    PURPOSES,
    Column,
    ColumnType,
    Contract,
    Table,
    find_batch,
    imports,
    parse_contract,
    read_table,
    source_table_name,
)
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import AppendOnlyTable
from creditloop.service.console.figures import money, written
from creditloop.service.console.visit import Visit
from creditloop.service.work import Work

_SOURCES = "source."
"""The schema of the tables that contracts describe."""
_PLACE = frozenset({"batch_id", "row_no"})
_GIVEN = frozenset({"source_row", "party_id", "occurred_at", "known_at"})
"""Columns every source table has before its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """A contract's table as far as it may be seen: its columns, and one customer's rows.

    Attributes:
        masked: names of columns that are seen masked.
        rows: values by column, `batch_id` and `row_no` among them.
    """

    name: str
    table: Table
    columns: tuple[Column, ...]
    masked: frozenset[str]
    rows: Sequence[Mapping[str, object]]


@lru_cache(maxsize=32)
def _parsed(text: str, path: str) -> Contract:
    return parse_contract(text, path=path)


def adopted_contract(work: Work, contract_hash: str) -> Contract:
    """Return a contract by its hash, as the bank's archive keeps it."""
    document = work.adopted(contract_hash)
    return _parsed(document.text, document.path)


def contract_of(work: Work, party_id: str) -> Contract:
    """Return the contract a customer came under, as it was when its source was last imported.

    Raises: UnknownId if nothing was imported under the name the customer's number begins with.
    """
    name = party_id.partition("/")[0]
    hashes = [one.contract_hash for one in imports(work.connection) if one.contract == name]
    if not hashes:
        raise UnknownId("no source of this customer was imported", got=party_id)
    return adopted_contract(work, hashes[-1])


def hidden_columns(
    visit: Visit, work: Work, table: AppendOnlyTable, *, batch_ids: Iterable[UUID]
) -> frozenset[str]:
    """Return the columns of a table that the reader's purpose may not see in clear, in any of some batches.

    A row's own page takes its values from the proof, past the door to source data; so what the door would
    refuse or mask is left out there, by the version of the contract each batch came under. What no contract
    speaks of is hidden whole. Of a table that is no source's nothing is hidden.
    """
    if not table.name.startswith(_SOURCES):
        return frozenset()
    hidden = (_hidden_in(visit, work, table, batch_id) for batch_id in batch_ids)
    return frozenset[str]().union(*hidden)


def _hidden_in(visit: Visit, work: Work, table: AppendOnlyTable, batch_id: UUID) -> frozenset[str]:
    """Return what a batch's contract does not give this purpose; all of a table it does not know."""
    everything = frozenset(table.columns) - _PLACE
    batch = find_batch(work.connection, batch_id=batch_id)
    if batch is None:
        return everything
    contract = adopted_contract(work, batch.contract_hash)
    declared = [one for one in contract.tables if source_table_name(contract, one) == table.name]
    columns = [column for one in declared for column in one.columns]
    clear = {one.name for one in columns if _is_clear(contract, one, visit.purpose)}
    given = _GIVEN - {one.name for one in columns} if declared else frozenset[str]()
    return everything - clear - given


def _is_clear(contract: Contract, column: Column, purpose: str) -> bool:
    """Whether a purpose may read a column, and in clear."""
    if purpose not in column.purposes or (column.protected and PURPOSES[purpose].decides):
        return False
    return column.sensitivity <= contract.clear_up_to.get(purpose, 0)


def source_tables_of(visit: Visit, work: Work, *, party_id: str) -> list[SourceTable]:
    """Read every table of the customer's contract, as known now; protected attributes are never shown."""
    contract = contract_of(work, party_id)
    purpose = visit.purpose
    found = []
    for table in contract.tables:
        columns = tuple(one for one in table.columns if purpose in one.purposes and not one.protected)
        if not columns or purpose not in contract.clear_up_to or purpose not in PURPOSES:
            continue
        frame = read_table(
            work.connection,
            contract=contract,
            table=table.name,
            columns=["batch_id", "row_no", *(one.name for one in columns)],
            purpose=purpose,
            reader=visit.reader,
            reason=visit.reason,
            known_by=work.now,
            now=work.now,
            record_denial=work.record_denial,
            party_ids=[party_id],
        )
        clear = contract.clear_up_to[purpose]
        found.append(
            SourceTable(
                name=f"source.{contract.name}_{table.name}",
                table=table,
                columns=columns,
                masked=frozenset(one.name for one in columns if one.sensitivity > clear),
                rows=_rows(frame, columns),
            )
        )
    return found


def _rows(frame: pl.DataFrame, columns: Sequence[Column]) -> list[Mapping[str, object]]:
    money_columns = {one.name for one in columns if one.type is ColumnType.MONEY}
    return [
        {
            name: money(value) if name in money_columns and isinstance(value, int) else _shown(name, value)
            for name, value in row.items()
        }
        for row in frame.iter_rows(named=True)
    ]


def _shown(name: str, value: object) -> object:
    return value if name in {"batch_id", "row_no"} else written(value)
