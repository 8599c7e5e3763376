"""Say a plan in SQL: what all SQL engines share; each brings a table of its own texts (SQL 方言).

Texts of operations are templates of their operands, in brackets of their own. Columns' names and literals are
always quoted, so that nothing a bank writes is read as SQL.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from creditloop.formula.bulk import InputColumn, Part
from creditloop.formula.bulk_planning import Plan
from creditloop.formula.bulk_values import FIRST_DAY, LAST_DAY
from creditloop.formula.kinds import NUMBERS, Input, Kind, Value

_SMALL = 2**8
"""What the small type, of one byte, does not hold."""
_LAYERS = 32
"""Layers after which one is computed on its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlTexts:
    """How one SQL engine writes things.

    Attributes:
        parts: the template of each primitive.
        types: the type of each kind; `wide` of Int128, `small` of states and ordinals.
        integers: types of columns whose values all fit int64; `outsized`: integers that may not.
        texts: the types of columns, or their beginnings, that hold text; likewise `booleans`, `dates` and
            `nothing`, the type of a column that holds only nulls.
        binary: the template that makes a text compare byte by byte, whatever the session's collation.
        text: the literal of a text.
    """

    parts: Mapping[Part, str]
    types: Mapping[Kind, str]
    wide: str
    small: str
    integers: frozenset[str]
    outsized: frozenset[str]
    texts: tuple[str, ...]
    booleans: frozenset[str]
    dates: frozenset[str]
    nothing: frozenset[str]
    binary: str
    text: Callable[[str], str]


def quoted(name: str) -> str:
    """Return a name as SQL reads it whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def select_text(plan: Plan[str], *, relation: str, kept: Sequence[str]) -> str:
    """Return one SELECT: each layer a named step that adds its columns to those of the step before.

    A step is the next one's text, but for every 32nd, which is computed first: engines limit how deep a text
    nests, and only programs of hundreds of steps that each read the one before come so far.
    """
    steps, source = list[str](), relation
    for index, layer in enumerate(plan.layers):
        columns = ",\n    ".join(f"{expression} AS {quoted(name)}" for name, expression in layer)
        steps.append(
            f"{quoted(f'layer {index}')} AS {'NOT ' if (index + 1) % _LAYERS else ''}MATERIALIZED (\n"
            f"  SELECT *,\n    {columns}\n  FROM {source}\n)"
        )
        source = quoted(f"layer {index}")
    columns = ",\n  ".join(
        [*map(quoted, kept), *(f"{expression} AS {quoted(name)}" for name, expression in plan.columns)]
    )
    return f"{'WITH ' + ', '.join(steps) + chr(10) if steps else ''}SELECT\n  {columns}\nFROM {source}"


class SqlDialect:
    """Texts of SQL over a table of these columns and types; see `bulk.Dialect`."""

    def __init__(self, texts: SqlTexts, columns: Mapping[str, str]) -> None:
        self.parts: Mapping[Part, Callable[..., str]] = {
            part: template.format for part, template in texts.parts.items()
        }
        self._texts, self._columns = texts, columns

    def column(self, name: str) -> str:
        """Return a column of the layers before."""
        return quoted(name)

    def constant(self, value: Value, kind: Kind) -> str:
        """Return a literal of the kind's own type; None is its null."""
        if value is None:
            return f"CAST(NULL AS {self._texts.types[kind]})"
        if isinstance(value, date):
            return f"DATE '{value.isoformat()}'"
        if isinstance(value, str):
            return self._texts.text(value)
        if kind is Kind.BOOLEAN:
            return "TRUE" if value else "FALSE"
        return self._number(value, self._texts.types[kind])

    def wide(self, value: int) -> str:
        """Return a literal of Int128."""
        return self._number(value, self._texts.wide)

    def small(self, value: int | None) -> str:
        """Return a literal state or ordinal; the few programs with more than 255 of them take an integer."""
        if value is None:
            return f"CAST(NULL AS {self._texts.small})"
        fits = value < _SMALL
        return self._number(value, self._texts.small if fits else self._texts.types[Kind.INTEGER])

    @staticmethod
    def _number(value: int, type_: str) -> str:
        return f"CAST('{value}' AS {type_})"  # as text: no engine reads a long number as a float on the way

    def case(self, branches: Sequence[tuple[str, str]], otherwise: str) -> str:
        """Return the value of the first test that is true."""
        whens = " ".join(f"WHEN {test} THEN {value}" for test, value in branches)
        return f"CASE {whens} ELSE {otherwise} END"

    def among(self, subject: str, values: Sequence[Value], kind: Kind) -> str:
        """Return whether the subject is one of the values."""
        shown = self._texts.binary.format(subject) if kind is Kind.TEXT else subject
        return f"({shown} IN ({', '.join(self.constant(value, kind) for value in values)}))"

    def looked_up(self, ordinal: str, values: Sequence[Value], kind: Kind | None) -> str:
        """Return the value at the place the ordinal tells, from 0; what stands most often comes last."""
        literal = self._state if kind is None else partial(self.constant, kind=kind)
        shown = [literal(value) for value in values]
        last = max(shown, key=shown.count)
        whens = " ".join(
            f"WHEN {self.small(place)} THEN {value}" for place, value in enumerate(shown) if value != last
        )
        return f"CASE {ordinal} {whens} ELSE {last} END"

    def _state(self, value: Value) -> str:
        assert value is None or isinstance(value, int), "a state is a number"
        return self.small(value)

    def input(self, declared: Input) -> InputColumn[str] | None:
        """Return an input as the table has it; None if it has no column of its kind."""
        type_ = self._columns.get(declared.name)
        if type_ is None or not self._fits(type_, declared.kind):
            return None
        raw = quoted(declared.name)
        value, tests = self._typed(raw, type_, declared.kind)
        if declared.values is not None:
            tests.append(self.among(value, declared.values, declared.kind))
        return InputColumn(value, raw, f"({' AND '.join(tests)})" if tests else None)

    def _fits(self, type_: str, kind: Kind) -> bool:
        if type_ in self._texts.nothing:
            return True
        if kind in NUMBERS:
            return type_ in self._texts.integers | self._texts.outsized
        if kind is Kind.TEXT:
            return type_.startswith(self._texts.texts) and not type_.endswith("]")  # a list of texts is none
        return type_ in (self._texts.dates if kind is Kind.DATE else self._texts.booleans)

    def _typed(self, raw: str, type_: str, kind: Kind) -> tuple[str, list[str]]:
        """Return the column in the kind's own type, and the tests that tell its valid values."""
        if type_ == self._texts.types[kind]:
            value = raw
        elif type_ in self._texts.outsized:
            value = self.parts[Part.NARROW_OR_NULL](raw)
            return value, [f"({value} IS NOT NULL)"]
        else:
            value = f"CAST({raw} AS {self._texts.types[kind]})"
        if kind is Kind.DATE:
            days = self.parts[Part.DAYS](raw)
            return value, [f"({days} BETWEEN {FIRST_DAY} AND {LAST_DAY})"]
        return value, []
