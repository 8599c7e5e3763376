"""What the sources say about one customer, as the reader's purpose may see it, and logged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import polars as pl

from creditloop.acquire import find_screening
from creditloop.admit import find_batch as find_decisions
from creditloop.data import (
    PURPOSES,
    Column,
    ColumnType,
    Contract,
    Table,
    find_batch,
    imports,
    needs_consent,
    parse_contract,
    read_table,
    source_table_name,
)
from creditloop.data.consents import consenting_parties
from creditloop.data.retention import emptied_values
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import AppendOnlyTable, Connection
from creditloop.service.console.figures import money, written
from creditloop.service.console.visit import Visit
from creditloop.service.work import Work

_READ = "inputs"
"""The column of our own tables that keeps what was read of a source to decide about a party."""
_SOURCES = "source."
"""The schema of the tables that contracts describe."""
_PLACE = frozenset({"batch_id", "row_no"})
_KEPT = _PLACE | {"occurred_at"}
"""What is kept as it is: addresses and the timeline are made of it."""
_GIVEN = frozenset({"source_row", "party_id", "occurred_at", "known_at"})
"""Columns every source table has before its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """A contract's table as far as it may be seen: its columns, and one customer's rows.

    Attributes:
        contract: the one it comes under.
        masked: names of columns that are seen masked.
        rows: values by column, `batch_id` and `row_no` among them; the latest to occur last.
        simulated: the imports whose files say of themselves that they are made up.
        denied: why the door gave nothing, e.g. that the customer does not consent; None if it did.
    """

    contract: Contract
    name: str
    table: Table
    columns: tuple[Column, ...]
    masked: frozenset[str]
    rows: Sequence[Mapping[str, object]]
    simulated: frozenset[str]
    denied: str | None


@lru_cache(maxsize=128)
def _parsed(text: str, path: str) -> Contract:
    return parse_contract(text, path=path)


def adopted_contract(work: Work, contract_hash: str) -> Contract:
    """Return a contract by its hash, as the bank's archive keeps it."""
    document = work.adopted(contract_hash)
    return _parsed(document.text, document.path)


def contracts_of(work: Work, party_id: str) -> tuple[Contract, ...]:
    """Return the contracts that tell of a customer, each as of its source's last import, by name.

    Raises: UnknownId if no source was imported under the register the customer's number begins with.
    """
    register = party_id.partition("/")[0]
    hashes = {one.contract: one.contract_hash for one in imports(work.connection)}
    contracts = (adopted_contract(work, hashes[name]) for name in sorted(hashes))
    found = tuple(one for one in contracts if one.party.register == register)
    if not found:
        raise UnknownId("no source of this customer was imported", got=party_id)
    return found


def hidden_columns(
    visit: Visit, work: Work, table: AppendOnlyTable, *, batch_ids: Iterable[UUID], party_id: str | None
) -> frozenset[str]:
    """Return the columns of a table that the reader's purpose may not see in clear, in any of some batches.

    A row's own page takes its values from the proof, past the door to source data; so what the door would
    refuse or mask is left out there, by the version of the contract each batch came under. What no contract
    speaks of is hidden whole, and so is what needs consent that is not given. Of our own tables that is
    what was read of a source for a decision; what the bank decided is not hidden.

    Args:
        party_id: whose rows they are; None: of several, who do not all consent.
    """
    if not table.name.startswith(_SOURCES):
        return _withheld(visit, work, table, batch_ids, party_id)
    hidden = (_hidden_in(visit, work, table, batch_id, party_id) for batch_id in batch_ids)
    return frozenset[str]().union(*hidden)


def _withheld(
    visit: Visit, work: Work, table: AppendOnlyTable, batch_ids: Iterable[UUID], party_id: str | None
) -> frozenset[str]:
    """Return the column of what was read, if some run read a source that needs consent not given now."""
    if table.name not in _RUNS or _READ not in table.columns:
        return frozenset()
    for contract_hash in {_RUNS[table.name](work.connection, batch_id) for batch_id in batch_ids}:
        if contract_hash is None:
            return frozenset({_READ})
        if not _consented(visit, work, adopted_contract(work, contract_hash), party_id):
            return frozenset({_READ})
    return frozenset()


def _decided_by(connection: Connection, batch_id: UUID) -> str | None:
    run = find_decisions(connection, batch_id=batch_id)
    return None if run is None else run.contract_hash


def _screened_by(connection: Connection, batch_id: UUID) -> str | None:
    run = find_screening(connection, batch_id=batch_id)
    return None if run is None else run.key.contract_hash


_RUNS = {"admit.decision": _decided_by, "acquire.screening": _screened_by}
"""Our own tables that keep what was read of a source, and by which contract a run read it."""


def _hidden_in(
    visit: Visit, work: Work, table: AppendOnlyTable, batch_id: UUID, party_id: str | None
) -> frozenset[str]:
    """Return what a batch's contract does not give this purpose; all of a table it does not know."""
    everything = frozenset(table.columns) - _PLACE
    batch = find_batch(work.connection, batch_id=batch_id)
    if batch is None:
        return everything
    contract = adopted_contract(work, batch.contract_hash)
    if not _consented(visit, work, contract, party_id):
        return everything
    declared = [one for one in contract.tables if source_table_name(contract, one) == table.name]
    columns = [column for one in declared for column in one.columns]
    clear = {one.name for one in columns if _is_clear(contract, one, visit.purpose)}
    given = _GIVEN - {one.name for one in columns} if declared else frozenset[str]()
    return everything - clear - given


def _consented(visit: Visit, work: Work, contract: Contract, party_id: str | None) -> bool:
    """Whether a party consents to a source being read for the reader's purpose, if that is needed."""
    if not needs_consent(contract, purpose=visit.purpose):
        return True
    return party_id is not None and bool(
        consenting_parties(
            work.connection,
            contract=contract.name,
            purpose=visit.purpose,
            at=work.now,
            party_ids=[party_id],
        )
    )


def _is_clear(contract: Contract, column: Column, purpose: str) -> bool:
    """Whether a purpose may read a column, and in clear."""
    if purpose not in column.purposes or (column.protected and PURPOSES[purpose].decides):
        return False
    return column.sensitivity <= contract.clear_up_to.get(purpose, 0)


def source_tables_of(visit: Visit, work: Work, *, party_id: str) -> list[SourceTable]:
    """Read every table that tells of the customer, as known now; protected attributes are never shown."""
    simulated = frozenset(str(one.batch_id) for one in imports(work.connection) if one.simulated)
    return [
        _source_table(visit, work, contract, table, party_id, simulated)
        for contract in contracts_of(work, party_id)
        if visit.purpose in contract.clear_up_to
        for table in contract.tables
        if _shown_columns(table, visit.purpose)
    ]


def _shown_columns(table: Table, purpose: str) -> tuple[Column, ...]:
    return tuple(one for one in table.columns if purpose in one.purposes and not one.protected)


def _source_table(
    visit: Visit, work: Work, contract: Contract, table: Table, party_id: str, simulated: frozenset[str]
) -> SourceTable:
    columns, denied = _shown_columns(table, visit.purpose), None
    rows: Sequence[Mapping[str, object]] = ()
    try:
        frame = read_table(
            work.connection,
            contract=contract,
            table=table.name,
            columns=["batch_id", "row_no", "occurred_at", *(one.name for one in columns)],
            purpose=visit.purpose,
            reader=visit.reader,
            reason=visit.reason,
            known_by=work.now,
            now=work.now,
            record_denial=work.record_denial,
            party_ids=[party_id],
        )
        rows = _rows(frame.sort("occurred_at", maintain_order=True), columns)
        rows = _with_deleted(visit, work, source_table_name(contract, table), rows)
    except InputError as error:  # the door has logged it; the other sources are shown
        denied = error.message
    clear = contract.clear_up_to[visit.purpose]
    return SourceTable(
        contract=contract,
        name=source_table_name(contract, table),
        table=table,
        columns=columns,
        masked=frozenset(one.name for one in columns if one.sensitivity > clear),
        rows=rows,
        simulated=simulated,
        denied=denied,
    )


def _rows(frame: pl.DataFrame, columns: Sequence[Column]) -> list[Mapping[str, object]]:
    money_columns = {one.name for one in columns if one.type is ColumnType.MONEY}
    return [
        {
            name: money(value) if name in money_columns and isinstance(value, int) else _shown(name, value)
            for name, value in row.items()
        }
        for row in frame.iter_rows(named=True)
    ]


def _with_deleted(
    visit: Visit, work: Work, table: str, rows: Sequence[Mapping[str, object]]
) -> Sequence[Mapping[str, object]]:
    """Say of values that were deleted under retention that they were: they would look like never there."""
    places = [(UUID(str(row["batch_id"])), int(str(row["row_no"]))) for row in rows]
    gone = emptied_values(work.connection, table=table, places=places)
    return [
        {
            **row,
            **{
                name: visit.words("decision.deleted", number=number)
                for name, number in gone.get(place, {}).items()
                if name in row
            },
        }
        for place, row in zip(places, rows, strict=True)
    ]


def _shown(name: str, value: object) -> object:
    return value if name in _KEPT else written(value)
