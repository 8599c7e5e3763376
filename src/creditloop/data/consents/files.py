"""Files of consents (授权文件): a row a record, all or none of them; the columns are in docs/consent.md."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import polars as pl

from creditloop.data.consents.records import (
    GIVEN,
    WITHDRAWN,
    ConsentGiven,
    ConsentRecord,
    ConsentWithdrawn,
)
from creditloop.data.contracts import ColumnType, Contract
from creditloop.data.doors import EXPECTED, typed
from creditloop.data.readers import FileIdentity, identify, open_reader
from creditloop.data.readers.batches import SourceReader
from creditloop.kernel.dates import end_of_day, start_of_day
from creditloop.kernel.errors import ContractBroken, InputError

COLUMNS: Mapping[str, ColumnType] = {
    **dict.fromkeys(("consent_id", "party_no", "kind", "sources", "purposes"), ColumnType.TEXT),
    **dict.fromkeys(("valid_from", "valid_until"), ColumnType.DATE),
    **dict.fromkeys(("wording_version", "wording_hash", "channel", "evidence"), ColumnType.TEXT),
}
"""The columns of a file of consents."""
SEPARATOR = ";"
"""Between the sources, and the purposes, of a record."""
FORMATS = ("csv", "parquet")
_OF_GIVEN = ("valid_from", "wording_version", "wording_hash")
_OF_GIVEN_ONLY = ("valid_until", "wording_version", "wording_hash")
_OF_ALL = ("consent_id", "party_no", "sources", "purposes", "channel", "evidence")
_NAMED_MOST = 10
"""Bad rows that an error names; all are counted."""

FindContract = Callable[[str], Contract | None]
"""Finds the contract of a source by its name; None if the bank has none."""
Progress = Callable[[int, int | None], None]
_Cells = Mapping[str, str | date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFile:
    """A file of consents as read.

    Attributes:
        records: in the order of the file.
        simulated: whether the file says of itself that it is made up (模拟).
    """

    identity: FileIdentity
    records: tuple[ConsentRecord, ...]
    simulated: bool


def read_consent_file(
    file: Path, *, find_contract: FindContract, progress: Progress | None = None
) -> ConsentFile:
    """Read a file of consents: every row a record, or the file is refused.

    Days are those of the sources' contracts (`utc_offset_hours`); `valid_until` is the last day, and
    `valid_from` of a withdrawal the day on which the party took consent back, if it is said. The party's id
    is `<register>/<party_no>`, with the register of the sources.

    Args:
        progress: told (rows read, rows in all if the file says so).
    Raises: InputError if there is no such file; ContractBroken if it is not well formed, has not the columns,
        or has bad rows: each is counted, the first are named by their number (data rows from 1).
    """
    identity = identify(file)
    if identity.format not in FORMATS:
        raise ContractBroken(
            "consents are not read from files of this format",
            got=identity.format,
            expected=", ".join(FORMATS),
            where={"file": identity.name},
        )
    reading = _Reading(file=identity.name, find_contract=find_contract)
    with open_reader(file, identity=identity, sheet=None) as reader:
        _check_columns(reader.columns, identity.name)
        for cells in _rows(reader, reading):
            reading.add(cells)
            if progress is not None and reading.row % 1_000 == 0:
                progress(reading.row, reader.rows_total)
        simulated = reader.simulated
    reading.check()
    return ConsentFile(identity=identity, records=tuple(reading.records), simulated=simulated)


def _check_columns(columns: tuple[str, ...], file: str) -> None:
    if sorted(columns) != sorted(COLUMNS):
        raise ContractBroken(
            "a file of consents has these columns and no other",
            got=", ".join(columns),
            expected=", ".join(COLUMNS),
            where={"file": file},
        )


def _rows(reader: SourceReader, reading: "_Reading") -> Iterator[_Cells]:
    """Yield the rows' values; a cell that is no value of its type is a fault, and null."""
    for batch in reader.batches(COLUMNS):
        typed_columns = {name: typed(batch.frame[name], column_type=kind) for name, kind in COLUMNS.items()}
        for name, column in typed_columns.items():
            for at in column.fault.arg_true():
                reading.fault(reading.row + at + 1, name, EXPECTED[COLUMNS[name]])
        yield from pl.DataFrame({name: one.values for name, one in typed_columns.items()}).iter_rows(
            named=True
        )


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A file being read: records so far, and what is wrong with which row."""

    file: str
    find_contract: FindContract
    row: int = 0
    records: list[ConsentRecord] = field(default_factory=list)
    faults: dict[int, str] = field(default_factory=dict)
    _contracts: dict[str, Contract | None] = field(default_factory=dict)

    def add(self, cells: _Cells) -> None:
        """Take the next row."""
        self.row += 1
        try:
            self.records.append(self._record(cells))
        except InputError as error:
            got = "" if error.got is None else f" (got {error.got})"
            self.fault(self.row, str(error.where.get("field", "row")), f"{error.message}{got}")

    def fault(self, row: int, column: str, what: str) -> None:
        """Note what is wrong with a row; the first fault of a row stands."""
        self.faults.setdefault(row, f"row {row}, {column}: {what}")

    def check(self) -> None:
        """Refuse the file if a row is bad, or there is none."""
        if self.faults:
            named = [self.faults[row] for row in sorted(self.faults)[:_NAMED_MOST]]
            more = len(self.faults) - len(named)
            raise ContractBroken(
                f"{len(self.faults)} of {self.row} rows are no records of consent: the file is refused",
                got="; ".join(named) + (f"; and {more} more" if more else ""),
                where={"file": self.file, "row": min(self.faults)},
            )
        if not self.row:
            raise ContractBroken("the file has a header and no rows", where={"file": self.file}, got=0)

    def _record(self, cells: _Cells) -> ConsentRecord:
        kind = cells["kind"]
        if kind not in (GIVEN, WITHDRAWN):
            raise _bad("kind", f"expected {GIVEN} or {WITHDRAWN}", kind)
        for name in _OF_ALL if kind == WITHDRAWN else (*_OF_ALL, *_OF_GIVEN):
            if cells[name] is None:
                raise _bad(name, "this must be said")
        text = {name: str(cells[name]) for name in _OF_ALL}
        sources = [self._source(name) for name in text["sources"].split(SEPARATOR)]
        if len({(source.party.register, source.utc_offset_hours) for source in sources}) != 1:
            raise _bad(
                "sources", "sources of one record are of one register and one time zone", text["sources"]
            )
        said = _Said(
            consent_id=text["consent_id"],
            party_id=f"{sources[0].party.register}/{text['party_no']}",
            contracts=frozenset(source.name for source in sources),
            purposes=_purposes(text["purposes"], sources),
            channel=text["channel"],
            evidence=text["evidence"],
        )
        return _given(said, cells, sources[0]) if kind == GIVEN else _withdrawn(said, cells, sources[0])

    def _source(self, name: str) -> Contract:
        if name not in self._contracts:
            self._contracts[name] = self.find_contract(name)
        contract = self._contracts[name]
        if contract is None:
            raise _bad("sources", "the bank has no such source", name)
        return contract


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What records of both kinds say."""

    consent_id: str
    party_id: str
    contracts: frozenset[str]
    purposes: frozenset[str]
    channel: str
    evidence: str


def _given(said: _Said, cells: _Cells, source: Contract) -> ConsentGiven:
    return ConsentGiven(
        consent_id=said.consent_id,
        party_id=said.party_id,
        contracts=said.contracts,
        purposes=said.purposes,
        valid_from=_first(cells["valid_from"], source),
        valid_until=_after(cells["valid_until"], source),
        wording_version=str(cells["wording_version"]),
        wording_hash=str(cells["wording_hash"]),
        channel=said.channel,
        evidence=said.evidence,
    )


def _withdrawn(said: _Said, cells: _Cells, source: Contract) -> ConsentWithdrawn:
    for name in _OF_GIVEN_ONLY:
        if cells[name] is not None:
            raise _bad(name, "a withdrawal says no such thing", cells[name])
    day = cells["valid_from"]
    return ConsentWithdrawn(
        consent_id=said.consent_id,
        party_id=said.party_id,
        contracts=said.contracts,
        purposes=said.purposes,
        channel=said.channel,
        evidence=said.evidence,
        effective_from=None if day is None else _first(day, source),
    )


def _first(day: str | date | None, source: Contract) -> datetime:
    assert isinstance(day, date), "said, and read as a day"
    return start_of_day(day, utc_offset_hours=source.utc_offset_hours)


def _after(day: str | date | None, source: Contract) -> datetime | None:
    return end_of_day(day, utc_offset_hours=source.utc_offset_hours) if isinstance(day, date) else None


def _purposes(text: str, sources: list[Contract]) -> frozenset[str]:
    """Return the purposes of a record: each must be one that each source asks consent for."""
    purposes = frozenset(text.split(SEPARATOR))
    for source in sources:
        asked = source.consent.purposes if source.consent else frozenset()
        if unasked := sorted(purposes - asked):
            raise _bad("purposes", f"{source.name} asks no consent for this", SEPARATOR.join(unasked))
    return purposes


def _bad(column: str, what: str, got: object = None) -> InputError:
    return InputError(what, got=got, where={"field": column})
