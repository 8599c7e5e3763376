"""A published table as the results read it: typed inputs by a document, content hashes, three parts.

`examples/results/<set>/table.yaml` says for every column what it becomes (kind, unit, special codes, nulls),
what is computed of them in the bank's language, and what is looked at because it may leak the outcome. The
file itself is not changed and, unless its licence allows, not in the repository.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from creditloop.formula import Input, Kind, State, Step, compile_program, kind_from_node, polars_columns
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import InputError
from creditloop.risk import drawn, falls_below

OUTCOME, CONTENT, PART = "bad", "content", "part"
"""Columns of what is read: the outcome, the hash of a row's content, its part."""
NANO = 10**9
_SCALE = {Kind.INTEGER: 1, Kind.MONEY: 100, Kind.NANO: NANO}
_BLOCK = 1 << 20


class Part(StrEnum):
    """What a row is for: the card is fitted on it, cut-offs are chosen on it, or it judges (held out)."""

    FIT = "fit"
    CHOOSE = "choose"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """How one published column is read.

    Attributes:
        codes: values that stand for no value, each with what it stands for; they become null.
        only_with: a published column; where it is null, this one means something else and becomes null.
        protected: no strategy and no card may read it.
    """

    name: str
    published: str
    kind: Kind
    unit: str
    codes: Mapping[int, Words]
    only_with: str | None
    protected: bool
    meaning: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A condition that is counted in the whole file, and why."""

    where: str
    meaning: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The document of a published table, as read."""

    document: Document
    name: str
    file: str
    by: Words
    licence: Words
    rows: int
    sha256: str
    not_content: tuple[str, ...]
    columns: tuple[TableColumn, ...]
    computed: tuple[Step, ...]
    meanings: Mapping[str, Words]
    kinds: Mapping[str, Kind]
    looks: tuple[Look, ...]


def read_table(document: Document) -> Table:
    """Read a table's document.

    Raises: PolicyError naming file, line and field of what is wrong.
    """
    parts = document.root.mapping(
        required=["table", "file", "published", "not_content", "columns", "looked_at"], optional=["computed"]
    )
    published = parts["published"].mapping(required=["by", "licence", "rows", "sha256"], optional=[])
    columns = tuple(
        _column(name, node) for name, node in parts["columns"].mapping(required=[OUTCOME]).items()
    )
    computed = parts["computed"].mapping() if "computed" in parts else {}
    steps = {
        name: node.mapping(required=["kind", "value", "meaning"], optional=[])
        for name, node in computed.items()
    }
    return Table(
        document=document,
        name=parts["table"].text(),
        file=parts["file"].text(),
        by=words(published["by"]),
        licence=words(published["licence"]),
        rows=published["rows"].integer(least=1),
        sha256=published["sha256"].text(),
        not_content=tuple(node.text() for node in parts["not_content"].items()),
        columns=columns,
        computed=tuple(
            Step(name, node["value"].text(), node["value"].where, kind_from_node(node["kind"]))
            for name, node in steps.items()
        ),
        meanings={entry.name: entry.meaning for entry in columns}
        | {name: words(node["meaning"]) for name, node in steps.items()},
        kinds={entry.name: entry.kind for entry in columns}
        | {name: kind_from_node(node["kind"]) for name, node in steps.items()},
        looks=tuple(_look(node) for node in parts["looked_at"].items()),
    )


def words(node: Node) -> Words:
    """Read a sentence in both languages."""
    parts = node.mapping(required=["zh", "en"], optional=[])
    return Words(zh=parts["zh"].text(), en=parts["en"].text())


def read_rows(table: Table, file: Path) -> pl.DataFrame:
    """Read the published file as typed rows, with `CONTENT` and what is computed.

    Raises: InputError if it is another file, or a value does not fit its kind.
    """
    if (digest := _sha256(file)) != table.sha256:
        where = {"file": file.name}
        raise InputError("not the file these results are of", got=digest, expected=table.sha256, where=where)
    published = pl.read_parquet(file)
    if published.height != table.rows:
        raise InputError("not as many rows as were published", got=published.height, expected=table.rows)
    typed = [_typed(published, entry) for entry in table.columns]
    rows = pl.DataFrame([*typed, _content(published, table)])
    if not table.computed:
        return rows
    program = compile_program(inputs=_inputs(table), steps=table.computed)
    computed = polars_columns(program, rows)
    for step in table.computed:
        if failed := int((computed[f"{step.name}__state"] >= State.OVERFLOW.value).sum()):
            raise InputError("cannot be computed in some rows", got={step.name: failed}, where=step.where)
    return computed.select(*rows.columns, *(step.name for step in table.computed))


def in_parts(rows: pl.DataFrame, *, salt: str, fit_share_nano: int, choose_share_nano: int) -> pl.DataFrame:
    """Tell every row its part by one draw, the salted hash of its content, as `risk.backtest` draws.

    Rows of equal content are in one part, whatever their number.

    Args:
        fit_share_nano: draws below it are fitted on; those below `choose_share_nano` choose; the rest judge.
    """
    told = []
    for key in rows[CONTENT].to_list():
        number = drawn(party_id=key, salt=salt)
        if falls_below(number, share_nano=fit_share_nano):
            told.append(Part.FIT.value)
        else:
            chooses = falls_below(number, share_nano=choose_share_nano)
            told.append(Part.CHOOSE.value if chooses else Part.JUDGE.value)
    return rows.with_columns(pl.Series(PART, told, dtype=pl.String))


def matching(table: Table, rows: pl.DataFrame, condition: str) -> pl.Series:
    """Return on which rows a condition of the language holds; where it cannot be told it does not."""
    known = [*_inputs(table), *(Input(step.name, table.kinds[step.name]) for step in table.computed)]
    step = Step("condition", condition, {"file": table.document.path}, Kind.BOOLEAN)
    program = compile_program(inputs=known, steps=[step])
    return polars_columns(program, rows, states=False)["condition"].fill_null(value=False)


def _inputs(table: Table) -> list[Input]:
    return [Input(entry.name, entry.kind, unit=entry.unit) for entry in table.columns]


def _column(name: str, node: Node) -> TableColumn:
    parts = node.mapping(
        required=["from", "kind", "meaning"], optional=["unit", "codes", "only_with", "protected"]
    )
    codes = parts["codes"].mapping() if "codes" in parts else {}
    return TableColumn(
        name=name,
        published=parts["from"].text(),
        kind=kind_from_node(parts["kind"]),
        unit=parts["unit"].text() if "unit" in parts else "",
        codes={int(code): words(meaning) for code, meaning in codes.items()},
        only_with=parts["only_with"].text() if "only_with" in parts else None,
        protected="protected" in parts and parts["protected"].boolean(),
        meaning=words(parts["meaning"]),
    )


def _look(node: Node) -> Look:
    parts = node.mapping(required=["where", "meaning"], optional=[])
    return Look(where=parts["where"].text(), meaning=words(parts["meaning"]))


def _typed(published: pl.DataFrame, entry: TableColumn) -> pl.Series:
    """Return one column as its kind: whole numbers, texts, or true and false; codes are null."""
    values = published[entry.published]
    if entry.only_with is not None:
        keep = published[entry.only_with].is_not_null()
        values = pl.select(pl.when(keep).then(values)).to_series()
    if entry.codes:
        is_code = values.cast(pl.Float64).is_in([float(code) for code in entry.codes])
        values = pl.select(pl.when(~is_code).then(values)).to_series()
    if entry.kind is Kind.TEXT:
        return values.cast(pl.String).alias(entry.name)
    if entry.kind is Kind.BOOLEAN:
        _check(values.is_in([0, 1]).all(), entry, "0 and 1")
        return (values == 1).alias(entry.name)
    scaled = values.cast(pl.Float64) * _SCALE[entry.kind]
    whole = scaled.round()
    _check(
        entry.kind is not Kind.INTEGER or bool((scaled == whole).drop_nulls().all()), entry, "whole numbers"
    )
    return whole.cast(pl.Int64).alias(entry.name)


def _check(holds: bool, entry: TableColumn, expected: str) -> None:
    if not holds:
        raise InputError("a published column is not of its kind", got=entry.published, expected=expected)


def _content(published: pl.DataFrame, table: Table) -> pl.Series:
    """Hash what a row says of a case, its outcome and its number aside."""
    outcome = next(entry.published for entry in table.columns if entry.name == OUTCOME)
    told: Sequence[tuple[object, ...]] = published.drop(outcome, *table.not_content).rows()
    digests = [hashlib.sha256(repr(row).encode()).hexdigest() for row in told]
    return pl.Series(CONTENT, digests, dtype=pl.String)


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
