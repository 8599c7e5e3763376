"""How Polars says what the bulk executions need: primitives, literals, choices, inputs.

No float, no rounding of the engine's, and no division but `//` of non-negative numbers. Texts change case
letter by letter and are searched as plain text; Polars compares them byte by byte.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import add, and_, eq, floordiv, ge, gt, invert, le, lt, mul, ne, or_, sub
from string import ascii_lowercase, ascii_uppercase

import polars as pl

from creditloop.formula.bulk import InputColumn, Part
from creditloop.formula.bulk_values import FIRST_DAY, LAST_DAY
from creditloop.formula.kinds import NUMBERS, Input, Kind, Value

DTYPES: Mapping[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.DATE: pl.Date(),
    **dict.fromkeys(NUMBERS, pl.Int64()),
}
"""The column type of each kind."""
STATE = pl.UInt8()
"""The column type of a state."""
_MANY = 8
"""Values from which on a list is hashed rather than compared one by one."""
_TEXTS = (pl.String, pl.Categorical, pl.Enum)
_LOWER, _UPPER = list(ascii_lowercase), list(ascii_uppercase)

PARTS: Mapping[Part, Callable[..., pl.Expr]] = {
    Part.AND: and_,
    Part.OR: or_,
    Part.NOT: invert,
    Part.IS_NULL: pl.Expr.is_null,
    Part.SAME_TEXT: eq,
    Part.EQUAL: eq,
    Part.NOT_EQUAL: ne,
    Part.LESS: lt,
    Part.LESS_EQUAL: le,
    Part.GREATER: gt,
    Part.GREATER_EQUAL: ge,
    Part.ADD: add,
    Part.SUBTRACT: sub,
    Part.MULTIPLY: mul,
    Part.QUOTIENT: floordiv,
    Part.ABSOLUTE: pl.Expr.abs,
    Part.WIDE: lambda number: number.cast(pl.Int128),
    Part.NARROW: lambda number: number.cast(pl.Int64),
    Part.NARROW_OR_NULL: lambda number: number.cast(pl.Int64, strict=False),
    Part.DAYS: lambda day: day.cast(pl.Int32).cast(pl.Int64),
    Part.DATE_OF: lambda days: days.cast(pl.Int32).cast(pl.Date),
    Part.YEAR: lambda day: day.dt.year().cast(pl.Int64),
    Part.MONTH: lambda day: day.dt.month().cast(pl.Int64),
    Part.DAY: lambda day: day.dt.day().cast(pl.Int64),
    Part.WEEKDAY: lambda day: day.dt.weekday().cast(pl.Int64),
    Part.LOWER: lambda text: text.str.replace_many(_UPPER, _LOWER),
    Part.UPPER: lambda text: text.str.replace_many(_LOWER, _UPPER),
    Part.TRIM: lambda text: text.str.strip_chars(" \t\r\n"),
    Part.LENGTH: lambda text: text.str.len_chars().cast(pl.Int64),
    Part.STARTS_WITH: lambda text, part: text.str.starts_with(part),
    Part.ENDS_WITH: lambda text, part: text.str.ends_with(part),
    Part.CONTAINS: lambda text, part: text.str.contains(part, literal=True),
    Part.CONCAT: add,
}


class PolarsDialect:
    """Polars expressions over a frame of this schema; see `bulk.Dialect`."""

    def __init__(self, schema: pl.Schema) -> None:
        self.parts = PARTS
        self._schema = schema

    def column(self, name: str) -> pl.Expr:
        """Return a column of the layers before."""
        return pl.col(name)

    def constant(self, value: Value, kind: Kind) -> pl.Expr:
        """Return a literal of the kind's own type; None is its null."""
        return pl.lit(value, DTYPES[kind])

    def wide(self, value: int) -> pl.Expr:
        """Return a literal of Int128."""
        return pl.lit(value, pl.Int128)

    def small(self, value: int | None) -> pl.Expr:
        """Return a literal state or ordinal; the few programs with more than 255 of them take two bytes."""
        return pl.lit(value, STATE if value is None or value < 2**8 else pl.UInt32())

    def case(self, branches: Sequence[tuple[pl.Expr, pl.Expr]], otherwise: pl.Expr) -> pl.Expr:
        """Return the value of the first test that is true."""
        chosen = otherwise
        for test, value in reversed(branches):
            chosen = pl.when(test).then(value).otherwise(chosen)
        return chosen

    def among(self, subject: pl.Expr, values: Sequence[Value], kind: Kind) -> pl.Expr:
        """Return whether the subject is one of the values: a few are compared, many looked up."""
        if len(values) < _MANY:
            return reduce(or_, (subject == self.constant(value, kind) for value in values))
        return subject.is_in(pl.Series(list(values), dtype=DTYPES[kind]).implode())

    def looked_up(self, ordinal: pl.Expr, values: Sequence[Value], kind: Kind | None) -> pl.Expr:
        """Return the value at the place the ordinal tells, from 0."""
        dtype = STATE if kind is None else DTYPES[kind]
        return pl.lit(pl.Series(list(values), dtype=dtype)).gather(ordinal)

    def input(self, declared: Input) -> InputColumn[pl.Expr] | None:
        """Return an input as the frame has it; None if it has no column of its kind."""
        dtype = self._schema.get(declared.name)
        if dtype is None or not _fits(dtype, declared.kind):
            return None
        raw = pl.col(declared.name)
        value, valid = _typed(raw, dtype, declared.kind)
        if declared.values is not None:
            among = self.among(value, declared.values, declared.kind)
            valid = among if valid is None else valid & among
        return InputColumn(value, raw, valid)


def _fits(dtype: pl.DataType, kind: Kind) -> bool:
    if dtype == pl.Null:
        return True
    if kind in NUMBERS:
        return dtype.is_integer()
    return dtype.base_type() in _TEXTS if kind is Kind.TEXT else dtype == DTYPES[kind]


def _typed(column: pl.Expr, dtype: pl.DataType, kind: Kind) -> tuple[pl.Expr, pl.Expr | None]:
    """Return the column in the kind's own type, and which of its values are valid (None: all)."""
    if kind is Kind.DATE and dtype == pl.Date:
        return column, column.cast(pl.Int32).is_between(FIRST_DAY, LAST_DAY)
    if kind in NUMBERS and dtype in {pl.UInt64, pl.Int128, pl.UInt128}:
        narrow = column.cast(pl.Int64, strict=False)
        return narrow, narrow.is_not_null()
    return (column if dtype == DTYPES[kind] else column.cast(DTYPES[kind])), None
