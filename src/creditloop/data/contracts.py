"""What a data contract (数据契约) says, as values; `contract_reading` makes them from its document."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from creditloop.formula import NullPolicy, Program
from creditloop.kernel.documents import Document, Source


class ColumnType(StrEnum):
    """What a column holds. money: units of the contract's currency in the file, fen in the table."""

    INTEGER = "integer"
    MONEY = "money"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    CODE = "code"


class Effect(StrEnum):
    """What a finding does to the source row it is about."""

    KEEP = "keep"
    REJECT = "reject"


class Edge(StrEnum):
    """How a moment is given: an instant, or the first instant of a day, or the first instant after it."""

    AT = "at"
    START_OF = "start_of"
    END_OF = "end_of"


PARTY_ID = "party_id"
GIVEN_COLUMNS = ("batch_id", "row_no", "source_row", PARTY_ID, "occurred_at", "known_at")
"""Columns every source table has before its own."""

Stated = int | str | bool | date
"""A value the contract itself states for a repetition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One text in both languages of the house."""

    zh: str
    en: str

    def both(self) -> str:
        """Return both texts on one line, Chinese first."""
        return f"{self.zh} / {self.en}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeValue:
    """What one value of a coded column means; not `documented` if the publisher's documentation lacks it."""

    meaning: Words
    documented: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: where it comes from, what it holds, how sensitive it is, who may read it.

    Attributes:
        source: the file's column; None if each repetition names or states its own.
        stated: whether the repetitions state the value instead of naming a column.
        unit: unit of a number ("fen", "month"), None for what has none.
        sensitivity: class 1 (public) to 5, see `purposes.SENSITIVITY_SCALE`.
        protected: a protected attribute (受保护属性): never read to decide about a person.
        purposes: names from `purposes.PURPOSES` that may read it.
        values: for a coded column each listed value; empty for others.
        unlisted: what happens to a row with a value that is not listed; None if nothing is listed.
        null_in_rules: what a null does to a quality rule that needed the value.
        identifier: what it names somebody by (标识), "id_number", "phone", …: values of one sort in different
            sources can be told to be equal; None for what names nobody.
    """

    name: str
    source: str | None
    stated: bool
    type: ColumnType
    unit: str | None
    identifier: str | None
    sensitivity: int
    personal: bool
    protected: bool
    purposes: frozenset[str]
    meaning: Words
    null_allowed: bool
    values: Mapping[str, CodeValue]
    unlisted: Effect | None
    null_in_rules: NullPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A name that only rules see: a further column of the same source row, e.g. the previous month's bill."""

    name: str
    type: ColumnType
    meaning: Words
    null_in_rules: NullPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """One of the table rows that a wide source row gives.

    Attributes:
        stated: column name to the value the contract states for it.
        sources: column or extra name to the file's column; an extra that is not named is null here.
    """

    stated: Mapping[str, Stated]
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When something happened or became known; days are days of the contract's zone.

    Attributes:
        column: the date or instant column that says it, or None if the contract states it.
    """

    edge: Edge
    column: str | None
    stated: date | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRule:
    """A quality rule (质量规则) about one table row: a finding for each row where its condition holds.

    Attributes:
        rule_id: also the name of its step in the table's program.
        when: the condition as written.
        field: the column the finding is about; its value is what was got.
        expected: what would have been right, in a few words.
    """

    rule_id: str
    when: str
    effect: Effect
    code: str
    field: str
    expected: str
    meaning: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table `source.<contract>_<name>`; `repetitions` is empty for a plain one (one row a source row).

    Attributes:
        key: names a row, with `known_at`; begins with party_id.
        program: the rules' conditions, one step a rule; None without rules.
    """

    name: str
    meaning: Words
    columns: tuple[Column, ...]
    extras: tuple[Extra, ...]
    repetitions: tuple[Repetition, ...]
    key: tuple[str, ...]
    occurred_at: Moment
    known_at: Moment
    rules: tuple[RowRule, ...]
    program: Program | None

    def column(self, name: str) -> Column:
        """Return the column of this name; the name was checked when the contract was read."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualButFor:
    """A rule over the file: a finding for each source row that repeats an earlier one but for `columns`.

    Of rows that are equal the first gives no finding, each later one gives one. Columns that are not loaded
    are not compared.
    """

    rule_id: str
    columns: frozenset[str]
    code: str
    meaning: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Control totals (控制总数) of the file: its rows, and sums of columns in hundredths of their units."""

    rows: int | None
    sums: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The column that says who the row is about; the party's id is `<register>/<value>`.

    Attributes:
        register: whose numbers they are (编号体系): sources of one register tell of the same parties. A
            contract that names none has its own.
    """

    source: str
    register: str
    type: ColumnType
    sensitivity: int
    personal: bool
    purposes: frozenset[str]
    meaning: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who published the data and under which licence it is used."""

    publisher: str
    licence: str
    url: str
    attribution: str


class Versions(StrEnum):
    """Which versions of a row lose the values of a class: all, or only those a later one took the place of.

    A superseded version is as old as the version that superseded it.
    """

    ALL = "all"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRetention:
    """How long values of a sensitivity class are kept, sooner than their rows, and on what ground.

    Attributes:
        columns: names of those that are emptied; None: every column of the class.
    """

    sensitivity: int
    months: int
    versions: Versions
    columns: frozenset[str] | None
    basis: Source

    def columns_of(self, table: Table) -> tuple[Column, ...]:
        """Return the columns of a table that are emptied."""
        return tuple(
            column
            for column in table.columns
            if column.sensitivity == self.sensitivity
            and (self.columns is None or column.name in self.columns)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long the data is kept, on what ground, and what happens after.

    Attributes:
        by_class: classes whose values are emptied sooner (按敏感级别), the most sensitive first.
    """

    months: int
    basis: Source
    after: Words
    by_class: tuple[ClassRetention, ...]


class WhenStale(StrEnum):
    """What becomes of a decision that reads a party's data of a source when it is too old.

    REFER: a person decides. ABSENT: the data counts as not there, and the null rule of each input says what
    then.
    """

    REFER = "refer"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staleness:
    """How old what is known of a party may be (时效): days from known_at to the day it is read for."""

    days: int
    then: WhenStale
    basis: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNeed:
    """For which purposes data may be read only while the party consents (授权), and on what ground."""

    purposes: frozenset[str]
    basis: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A data contract as read; `document` holds its very text.

    Attributes:
        formats: among "csv", "parquet", "excel".
        clear_up_to: for each purpose that may read anything the highest sensitivity class it sees unmasked.
        not_loaded: the file's columns that are left out, each with the reason.
        consent: None if no purpose needs any.
        staleness: None if the data does not grow old.
        rejected_share_max_nano: above this share of rejected source rows the file is refused; 10**9 is all.
    """

    name: str
    version: int
    title: Words
    origin: Origin
    formats: tuple[str, ...]
    currency: str
    utc_offset_hours: int
    party: Party
    clear_up_to: Mapping[str, int]
    retention: Retention
    consent: ConsentNeed | None
    staleness: Staleness | None
    not_loaded: Mapping[str, str]
    rejected_share_max_nano: int
    rejected_share_source: Source
    totals: Totals
    tables: tuple[Table, ...]
    file_rules: tuple[EqualButFor, ...]
    document: Document

    def table(self, name: str) -> Table | None:
        """Return the table of this name, if there is one."""
        return next((table for table in self.tables if table.name == name), None)

    def source_types(self) -> dict[str, ColumnType]:
        """Return the type of each column of the file that is loaded, the party's first."""
        types: dict[str, ColumnType] = {self.party.source: self.party.type}
        for table in self.tables:
            for column in table.columns:
                for source in _sources(column, table):
                    types.setdefault(source, column.type)
        return types


def _sources(column: Column, table: Table) -> list[str]:
    if column.source is not None:
        return [column.source]
    return [each.sources[column.name] for each in table.repetitions if column.name in each.sources]
