"""The values worth trying of each input (边界值): where what the program says of it can change.

For each input: null, the ends of its range, and every constant it meets — in a comparison, a list, a
rounding — with one unit to either side; for a text, what text functions could stumble on around it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from creditloop.formula.forms import COMPARISONS, DATES, Op, Operation
from creditloop.formula.kinds import INT64_MAX, INT64_MIN, NANO, NUMBERS, Input, Kind, Value, is_clean_text
from creditloop.formula.program import Program, inputs_read

_NEAR = 4
"""Inputs an operation may depend on for its constants to be tried on each of them."""
_LISTED = 24
"""Values of one list that are tried."""
_LENGTH_MAX = 200
"""Longest text made to try a length."""
_NUMBERS = (INT64_MIN, INT64_MIN + 1, -NANO, -1, 0, 1, 2, 100, NANO, INT64_MAX - 1, INT64_MAX)
_ENDS: Mapping[Kind, tuple[Value, ...]] = {
    Kind.TEXT: ("", "?"),
    Kind.BOOLEAN: (True, False),
    Kind.DATE: (date.min, date(2004, 2, 29), date(2005, 6, 30), date.max),
    **dict.fromkeys(NUMBERS, _NUMBERS),
}
_FOREIGN: Mapping[Kind, tuple[object, ...]] = {
    Kind.TEXT: (1, 0.5, True),
    Kind.BOOLEAN: (1, "true", 0.0),
    Kind.DATE: (datetime(2005, 6, 30, 12), "2005-06-30", 38533),  # noqa: DTZ001  # wrong on purpose
    **dict.fromkeys(NUMBERS, (1.0, "1", True, INT64_MAX + 1, INT64_MIN - 1, date(2005, 6, 30))),
}
"""Values that are not of a kind, though close to it."""
_TEXTS = (
    "",
    " ",
    "a",
    "Z",
    "\u00c9\u00df",
    "\u4e2d\u6587",
    "\t\r\n",
    "\u3000x\u00a0",
    "a%_*\\'\"b",
    "x\U0001f600",
)
"""Texts that text functions could stumble on: empty, white, not ASCII, signs of patterns, beyond 16 bits."""
_DAYS = (
    *(date(1, 1, 31), date(1900, 2, 28), date(1900, 3, 1), date(2000, 2, 29), date(2003, 2, 28)),
    *(date(2004, 2, 28), date(2004, 3, 31), date(2004, 4, 30), date(2004, 8, 31), date(2004, 12, 31)),
    *(date(2005, 1, 1), date(9999, 11, 30)),
)
"""Ends of months and years, with and without a leap day."""
_TEXT_OPS = frozenset(
    {Op.LOWER, Op.UPPER, Op.TRIM, Op.LENGTH, Op.STARTS_WITH, Op.ENDS_WITH, Op.CONTAINS, Op.CONCAT}
)
_DATE_OPS = frozenset({Op.ADD_MONTHS, Op.MONTHS_BETWEEN, Op.YEAR, Op.MONTH, Op.DAY, Op.WEEKDAY})
_STEPS = frozenset({Op.ROUND, Op.FLOOR, Op.CEIL, Op.TRUNCATE})
_NO_CUTOFF = frozenset({Op.AND, Op.OR, Op.NOT, Op.IS_NULL, Op.CHOICE, Op.NULL_AS})


def edges_of(program: Program) -> dict[str, tuple[Value, ...]]:
    """Return the edge values of each input, null first."""
    met: dict[str, dict[Value, None]] = {
        entry.name: dict.fromkeys(entry.values or _ENDS[entry.kind]) for entry in program.inputs
    }
    open_inputs = {entry.name: entry for entry in program.inputs if entry.values is None}
    for operation, reads in zip(program.operations, inputs_read(program.operations), strict=True):
        if operation.op in _NO_CUTOFF or len(reads) > _NEAR:
            continue
        constants = sorted(_constants(operation, program), key=repr)
        for name in reads & open_inputs.keys():
            met[name].update(dict.fromkeys(_around(open_inputs[name], operation, constants, program)))
    return {name: (None, *values) for name, values in met.items()}


def broken_values(declared: Input) -> tuple[object, ...]:
    """Return values that break the declaration of an input: of other types, or undeclared."""
    undeclared = [value for value in _ENDS[declared.kind] if declared.values and value not in declared.values]
    return (*_FOREIGN[declared.kind], *undeclared)


def _constants(operation: Operation, program: Program) -> set[tuple[Kind, Value]]:
    """Return what an operation holds its operands against."""
    operands = [program.operations[arg] for arg in operation.args]
    found = {(entry.kind, entry.value) for entry in operands if entry.op is Op.CONSTANT}
    if operation.op is Op.LISTED:
        listed = program.lists[str(operation.value)]
        found |= {(listed.kind, value) for value in sorted(listed.values, key=repr)[:_LISTED]}
    if operation.op in _STEPS:
        assert isinstance(operation.value, int), "it says what is rounded to"
        step, half = operation.value, operation.value // 2
        found |= {(operation.kind, value) for value in (step, -step, half, -half, step + half)}
    if operation.op is Op.REMAINDER:
        found |= {(kind, -value) for kind, value in found if isinstance(value, int)}
    return found


def _around(
    declared: Input, operation: Operation, constants: Sequence[tuple[Kind, Value]], program: Program
) -> Iterator[Value]:
    """Give the values of an input around the constants of an operation that depends on it."""
    for kind, value in constants:
        if kind is declared.kind:
            yield from _neighbours(value, kind)
        elif (declared.kind, kind) == (Kind.INTEGER, Kind.NANO) and isinstance(value, int):
            yield from _neighbours(value // NANO, Kind.INTEGER)  # a count held against a ratio
    if declared.kind is Kind.DATE and operation.op in _DATE_OPS:
        yield from _DAYS
    if declared.kind is Kind.TEXT:
        sources = [program.operations[arg] for arg in operation.args]
        if operation.op in _TEXT_OPS or any(source.op in _TEXT_OPS for source in sources):
            yield from _texts(constants)
        if operation.op in COMPARISONS and any(source.op is Op.LENGTH for source in sources):
            yield from _lengths(constants)


def _texts(constants: Sequence[tuple[Kind, Value]]) -> Iterator[str]:
    yield from _TEXTS
    for _, text in constants:
        if isinstance(text, str):
            found = (
                text.swapcase(),
                f" {text}\t",
                f"{text}?",
                f"?{text}",
                f"?{text}?",
                text[:-1],
                text[1:],
                2 * text,
            )
            yield from filter(is_clean_text, found)


def _lengths(constants: Sequence[tuple[Kind, Value]]) -> Iterator[str]:
    for _, count in constants:
        if isinstance(count, int) and 0 <= count <= _LENGTH_MAX:
            yield from (length * "\u4e2d" for length in range(count - 1, count + 2))


def _neighbours(constant: Value, kind: Kind) -> Iterator[Value]:
    if kind in {Kind.TEXT, Kind.BOOLEAN}:
        yield constant
        return
    centre = ordinal_of(constant)
    least, most = ends_of(kind)
    yield from (value_of(n, kind) for n in (centre - 1, centre, centre + 1) if least <= n <= most)


def ends_of(kind: Kind) -> tuple[int, int]:
    """Return the least and greatest ordinal of a kind that has an order."""
    return DATES if kind is Kind.DATE else (INT64_MIN, INT64_MAX)


def ordinal_of(value: Value) -> int:
    """Return the place of a value in the order of its kind."""
    return value.toordinal() if isinstance(value, date) else int(value or 0)


def value_of(ordinal: int, kind: Kind) -> Value:
    """Return the value at a place in the order of its kind."""
    return date.fromordinal(ordinal) if kind is Kind.DATE else ordinal
