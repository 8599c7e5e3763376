"""Many texts of a source's file at once: events, their working, findings and counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from creditloop.data.contracts import Contract, Effect, Table, Words
from creditloop.data.doors import typed
from creditloop.data.findings import CODES, DUPLICATE_KEY, MISSING_VALUE, WRONG_TYPE, Finding
from creditloop.data.readers import identify, open_reader
from creditloop.data.texts.corrections import Corrections
from creditloop.data.texts.court import UNDECIDED, read_court_text
from creditloop.data.texts.definitions import SourceText, TextEvent
from creditloop.data.texts.folding import fold
from creditloop.data.texts.notes import read_field_note
from creditloop.data.texts.reading import COURT, PatternSet
from creditloop.kernel.errors import ContractBroken, InputError

TEXT, KNOWN_ON = "text", "known_on"
"""Columns every source of texts has, by these names."""
PARTY_NOT_NAMED = "party_not_named"
ROLE_NOT_READ = "role_not_read"
TEXT_TOO_LONG = "text_too_long"
KNOWN_TOO_EARLY = "known_too_early"
ORDERS_NOT_READ = "orders_not_read"
_MEANINGS: Mapping[str, Words] = {
    **CODES,
    PARTY_NOT_NAMED: Words(zh="文中没有该主体的名称", en="no name of the party stands in the text"),
    ROLE_NOT_READ: Words(
        zh="该主体在文中的诉讼地位未能读出", en="it cannot be told on which side of the case the party is"
    ),
    TEXT_TOO_LONG: Words(zh="文本过长，未读取", en="the text is too long and was not read"),
    KNOWN_TOO_EARLY: Words(zh="知悉日早于发生日", en="known before it happened"),
    ORDERS_NOT_READ: Words(
        zh="主文未能读懂，按不利计", en="the orders could not be read: counted against the defendant"
    ),
}
EVENT_SCHEMA: Mapping[str, pl.DataType] = {
    "party_no": pl.String(),
    "document_no": pl.String(),
    "event_no": pl.Int64(),
    "standing": pl.String(),
    "dated_on": pl.Date(),
    "happened_on": pl.Date(),
    "origin": pl.String(),
    "role": pl.String(),
    "cause": pl.String(),
    "stage": pl.String(),
    "adverse": pl.String(),
    "amount": pl.String(),
    "known_on": pl.Date(),
}
"""Columns of a file under contracts/text_events.yaml; amounts are yuan as decimal text."""
WORKING_SCHEMA: Mapping[str, pl.DataType] = {
    "party_no": pl.String(),
    "document_no": pl.String(),
    "event_no": pl.Int64(),
    "known_on": pl.Date(),
    "source_row": pl.Int64(),
    "field": pl.String(),
    "pattern_id": pl.String(),
    "start": pl.Int64(),
    "end": pl.Int64(),
    "quote": pl.String(),
    "patterns_hash": pl.String(),
}
"""Columns of the working: for each field of an event the pattern and the characters it stands on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReadings:
    """What a file of texts gave.

    Attributes:
        events: frame of EVENT_SCHEMA, ready to be imported as text_events: those that were read, then those
            that a later version of their text takes back.
        working: frame of WORKING_SCHEMA.
        findings: what was noticed about rows; one with effect reject gave no events.
        texts, characters: how much was read.
        without_event: texts that were read and told nothing.
        withdrawn: how many events are taken back.
        source_sha256, patterns_hash: of the file and of the document of patterns.
    """

    events: pl.DataFrame
    working: pl.DataFrame
    findings: tuple[Finding, ...]
    texts: int
    characters: int
    without_event: int
    withdrawn: int
    source_sha256: str
    patterns_hash: str


def read_text(source: SourceText, *, patterns: PatternSet) -> tuple[TextEvent, ...]:
    """Read one text: the events it tells of its party, in order; none if it tells nothing.

    Raises: InputError if the text is longer than the document of patterns allows.
    """
    if len(source.text) > patterns.characters_max:
        raise InputError(
            "the text is too long",
            got=f"{len(source.text)} characters",
            expected=f"<= {patterns.characters_max}",
            where={"document_no": source.document_no},
        )
    if patterns.origin == COURT:
        event = read_court_text(source, patterns=patterns)
        return () if event is None else (event,)
    return read_field_note(source, patterns=patterns)


def read_text_file(
    file: Path,
    *,
    contract: Contract,
    patterns: PatternSet,
    names: Mapping[str, Sequence[str]],
    earlier: pl.DataFrame | None = None,
) -> TextReadings:
    """Read every text of a source's file (批量) under its contract.

    Args:
        contract: the source's, as named by the document of patterns.
        names: how texts name each party number: names, former names, tokens.
        earlier: events that were read from earlier files of the source; versions in this file take back those
            they no longer tell. Of versions in the same file the later takes back by itself.
    Raises: ContractBroken if the file is not well formed or lacks a column; InputError if the contract is
        another than the patterns are for, or `earlier` lacks a column.
    """
    if earlier is not None and not set(EVENT_SCHEMA) <= set(earlier.columns):
        missing = sorted(set(EVENT_SCHEMA) - set(earlier.columns))
        raise InputError("the earlier events lack a column", got=missing, expected=list(EVENT_SCHEMA))
    table = _table(contract, patterns)
    identity = identify(file)
    gathered = _Gathered(file.name, table.name, patterns, names)
    columns = _columns(contract, table, patterns)
    with open_reader(file, identity=identity, sheet=None) as reader:
        for name in columns.values():
            if name not in reader.columns:
                raise ContractBroken(
                    "a column is missing", got=name, where={"file": file.name, "field": name}
                )
        types = {name: contract.source_types()[name] for name in columns.values()}
        for batch in reader.batches(types):
            cells = {
                field: typed(batch.frame[name], column_type=types[name]) for field, name in columns.items()
            }
            faults = {field: cell.fault.to_list() for field, cell in cells.items()}
            rows = pl.DataFrame({field: cell.values for field, cell in cells.items()}).iter_rows(named=True)
            for index, row in enumerate(rows):
                gathered.add(row, [field for field, fault in faults.items() if fault[index]])
    gathered.correct(earlier)
    return gathered.readings(sha256=identity.sha256)


def _table(contract: Contract, patterns: PatternSet) -> Table:
    table = contract.table(patterns.table)
    if contract.name != patterns.contract or table is None:
        raise InputError(
            "the patterns are for another source",
            got=contract.name,
            expected=f"{patterns.contract}, table {patterns.table}",
        )
    return table


def _columns(contract: Contract, table: Table, patterns: PatternSet) -> dict[str, str]:
    """Return for each part of a text the file's column it comes from."""
    parts = {"document_no": patterns.document_no, "day": patterns.day, "text": TEXT, "known_on": KNOWN_ON}
    sources = {column.name: column.source for column in table.columns}
    found = {"party_no": contract.party.source}
    for part, name in parts.items():
        source = sources.get(name)
        if source is None:
            raise InputError(
                "the contract lacks a column the patterns read", got=name, expected=sorted(sources)
            )
        found[part] = source
    return found


class _Gathered:
    """What the rows of one file have given so far."""

    def __init__(
        self, file: str, table: str, patterns: PatternSet, names: Mapping[str, Sequence[str]]
    ) -> None:
        self.file, self.table, self.patterns, self.names = file, table, patterns, names
        self.rows = self.texts = self.characters = self.without_event = self.withdrawn = 0
        self.corrections = Corrections()
        self.findings: list[Finding] = []
        self.events: list[dict[str, object]] = []
        self.working: list[dict[str, object]] = []

    def add(self, row: Mapping[str, object], faults: Sequence[str]) -> None:
        """Read one row: its events, or the finding that keeps it out."""
        self.rows += 1
        missing = [field for field, value in row.items() if value is None and field not in faults]
        for field in faults:
            self._find(field, WRONG_TYPE, expected="a value of the contract's type")
        for field in missing:
            self._find(field, MISSING_VALUE, expected="a value")
        if faults or missing:
            return
        source = self._source(row)
        if len(source.text) > self.patterns.characters_max:
            self._find("text", TEXT_TOO_LONG, expected=f"<= {self.patterns.characters_max} characters")
        elif source.known_on < source.day:
            self._find("known_on", KNOWN_TOO_EARLY, expected=f"{self.patterns.day} or later")
        elif self.corrections.has_read(source):
            self._find("document_no", DUPLICATE_KEY, expected="one version of a text known on a day")
        else:
            self._read(source)

    def _source(self, row: Mapping[str, object]) -> SourceText:
        party = str(row["party_no"])
        day, known_on = row["day"], row["known_on"]
        assert isinstance(day, date)
        assert isinstance(known_on, date)
        return SourceText(
            party_no=party,
            document_no=str(row["document_no"]),
            names=(*self.names.get(party, ()), party),
            day=day,
            known_on=known_on,
            text=str(row["text"]),
        )

    def _read(self, source: SourceText) -> None:
        self.texts += 1
        self.characters += len(source.text)
        events = read_text(source, patterns=self.patterns)
        self.without_event += not events
        if not events and self.patterns.origin == COURT:
            named = any(fold(name) in fold(source.text) for name in source.names)
            code = ROLE_NOT_READ if named else PARTY_NOT_NAMED
            self._find("text", code, expected="a label (原告, 被告, …) and a name of the party")
            return
        rows = [event.as_row(source.party_no) for event in events]
        self.corrections.add_version(source, rows=rows)
        self.events.extend(rows)
        for event in events:
            self.working.extend(self._working(event, source))
            if any(one.pattern_id == UNDECIDED for one in event.evidence):
                self._find("text", ORDERS_NOT_READ, expected="orders that can be read", effect=Effect.KEEP)

    def _working(self, event: TextEvent, source: SourceText) -> Iterator[dict[str, object]]:
        for one in event.evidence:
            yield {
                "party_no": source.party_no,
                "document_no": event.document_no,
                "event_no": event.event_no,
                "known_on": event.known_on,
                "source_row": self.rows,
                "field": one.field,
                "pattern_id": one.pattern_id,
                "start": one.start,
                "end": one.end,
                "quote": one.quote,
                "patterns_hash": self.patterns.hash,
            }

    def _find(self, field: str, code: str, *, expected: str, effect: Effect = Effect.REJECT) -> None:
        self.findings.append(
            Finding(
                file_name=self.file,
                source_row=self.rows,
                table_name=self.table,
                field=field,
                code=code,
                got=None,
                expected=expected,
                effect=effect,
                message=_MEANINGS[code].both(),
            )
        )

    def correct(self, earlier: pl.DataFrame | None) -> None:
        """Take back what versions that became known later no longer tell."""
        if earlier is not None:
            own = earlier.filter(pl.col("origin") == self.patterns.origin)
            for row in own.select(*EVENT_SCHEMA).iter_rows(named=True):
                self.corrections.add_earlier(row)
        taken_back = list(self.corrections.withdrawals())
        self.withdrawn = len(taken_back)
        self.events.extend(taken_back)

    def readings(self, *, sha256: str) -> TextReadings:
        """Put together what was gathered."""
        return TextReadings(
            events=pl.DataFrame(self.events, schema=EVENT_SCHEMA),
            working=pl.DataFrame(self.working, schema=WORKING_SCHEMA),
            findings=tuple(self.findings),
            texts=self.texts,
            characters=self.characters,
            without_event=self.without_event,
            withdrawn=self.withdrawn,
            source_sha256=sha256,
            patterns_hash=self.patterns.hash,
        )
