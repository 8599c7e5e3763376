"""A small evaluator of the formulas that a card's workbook has: each becomes a Python function, once.

What it knows is what spreadsheets define: `IF`, `IFERROR`, `AND`, `ISNUMBER`, `ISTEXT`, `ISLOGICAL`,
`ISBLANK`, `LEN`, `ROUND` (half away from zero), `INT`, `INDEX`, `MATCH` (0 exact, 1 the last not greater),
`COUNT`, `SUM`, `SUMPRODUCT(--EXACT(range, cell)[, range])`; numbers are floats, as theirs are.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cache
from io import BytesIO

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

_TOKEN = re.compile(
    r'"(?:[^"]|"")*"|\d+(?:\.\d+)?(?:E[+-]?\d+)?|(?:[A-Za-z]+!)?\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?|[A-Z]+(?=\()|--|[-+*/=(),]'
)
Cell = tuple[str, int, int]


class NotAvailableError(Exception):
    """What a spreadsheet shows as #N/A."""


class Sheets:
    """A workbook whose inputs can be set and whose formulas can be asked for."""

    def __init__(self, content: bytes) -> None:
        book = load_workbook(BytesIO(content))
        self.values: dict[Cell, object] = {}
        self._code: dict[Cell, Callable[[Sheets], object]] = {}
        for sheet in book.worksheets:
            for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
                at = (sheet.title, cell.column, cell.row)
                if cell.data_type == "f":
                    self._code[at] = self._compiled(str(cell.value)[1:], sheet.title)
                else:
                    self.values[at] = cell.value
        self._known: dict[Cell, object] = {}
        self._ranges: dict[str, list[object]] = {}

    def ask(self, inputs: dict[Cell, object], cells: list[Cell]) -> list[object]:
        """Set inputs and return what cells say."""
        self._known = dict(inputs)
        return [self.cell(at) for at in cells]

    def cell(self, at: Cell) -> object:
        """Return a cell's value; None is an empty cell."""
        if at not in self._known:
            self._known[at] = self._code[at](self) if at in self._code else self.values.get(at)
        return self._known[at]

    def fixed(self, name: str, sheet: str) -> list[object]:
        """Return the cells of a range of constants, row by row."""
        if name not in self._ranges:
            self._ranges[name] = [self.values.get(at) for at in _cells(name, sheet)]
        return self._ranges[name]

    def moving(self, name: str, sheet: str) -> list[object]:
        """Return the cells of a range of formulas."""
        return [self.cell(at) for at in _cells(name, sheet)]

    def _compiled(self, formula: str, sheet: str) -> Callable[["Sheets"], object]:
        tokens = _TOKEN.findall(formula)
        assert "".join(tokens) == formula, formula
        source, rest = _comparison(tokens, sheet)
        assert not rest, formula
        space = {**_FUNCTIONS}
        exec(f"def run(sheets): return {source}", space)
        return space["run"]  # type: ignore[return-value]


def _comparison(tokens: list[str], sheet: str) -> tuple[str, list[str]]:
    left, tokens = _sum(tokens, sheet)
    if tokens[:1] == ["="]:
        right, tokens = _sum(tokens[1:], sheet)
        return f"equal({left}, {right})", tokens
    return left, tokens


def _sum(tokens: list[str], sheet: str) -> tuple[str, list[str]]:
    left, tokens = _atom(tokens, sheet)
    while tokens and tokens[0] in "+-*/":
        right, rest = _atom(tokens[1:], sheet)
        left, tokens = f"{left} {tokens[0]} {right}", rest
    return left, tokens


def _atom(tokens: list[str], sheet: str) -> tuple[str, list[str]]:
    token, rest = tokens[0], tokens[1:]
    if token in {"--", "-"}:
        found, rest = _atom(rest, sheet)
        return (f"-{found}" if token == "-" else f"[float(one) for one in {found}]"), rest
    if rest[:1] == ["("]:
        return _call(token, rest[1:], sheet)
    return _leaf(token, sheet), rest


def _leaf(token: str, sheet: str) -> str:
    if token.startswith('"'):
        return repr(token[1:-1].replace('""', '"'))
    if token[0].isdigit():
        return repr(float(token))
    if ":" not in token:
        return f"sheets.cell({_cells(token, sheet)[0]!r})"
    return f"sheets.{'fixed' if '!' in token else 'moving'}({token!r}, {sheet!r})"


def _call(name: str, tokens: list[str], sheet: str) -> tuple[str, list[str]]:
    arguments = list[str]()
    while tokens[0] != ")":
        found, tokens = _comparison(tokens[1:] if tokens[0] == "," else tokens, sheet)
        arguments.append(found)
    if name == "IF":
        return f"({arguments[1]} if {arguments[0]} else {arguments[2]})", tokens[1:]
    if name == "IFERROR":
        return f"if_error(lambda: {arguments[0]}, lambda: {arguments[1]})", tokens[1:]
    if name == "ROUND":
        return f"rounded({arguments[0]})", tokens[1:]
    if name == "INDEX" and len(arguments) == 3:
        width = _width(arguments[0])
        arguments = [arguments[0], f"({arguments[1]} - 1) * {width} + {arguments[2]}"]
    return f"{name.lower()}_({', '.join(arguments)})", tokens[1:]


def _width(source: str) -> int:
    left, _, right, _ = range_boundaries(source.split("'")[1].partition("!")[2].replace("$", ""))
    return right - left + 1


@cache
def _cells(name: str, sheet: str) -> list[Cell]:
    own, _, ends = name.rpartition("!")
    left, top, right, bottom = range_boundaries(ends.replace("$", ""))
    return [
        (own or sheet, column, row) for row in range(top, bottom + 1) for column in range(left, right + 1)
    ]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _match(value: object, cells: list[object], how: float) -> float:
    exact = cells.index(value) + 1 if value in cells else 0
    found = bisect_right(cells, value) if how == 1 else exact  # type: ignore[type-var]
    if not found:
        raise NotAvailableError
    return float(found)


def _if_error(first: Callable[[], object], second: Callable[[], object]) -> object:
    try:
        return first()
    except NotAvailableError:
        return second()


def _rounded(value: float) -> float:
    return math.copysign(math.floor(abs(value) + 0.5), value)


_FUNCTIONS: dict[str, object] = {
    "if_error": _if_error,
    "rounded": _rounded,
    "equal": lambda one, other: (
        (type(one) is type(other) and one == other)
        or (_is_number(one) and _is_number(other) and one == other)
    ),
    "and_": lambda *each: all(each),
    "isnumber_": _is_number,
    "istext_": lambda value: isinstance(value, str),
    "islogical_": lambda value: isinstance(value, bool),
    "isblank_": lambda value: value is None,
    "len_": lambda value: 0 if value is None else len(str(value)),
    "int_": math.floor,
    "match_": _match,
    "index_": lambda cells, at: cells[int(at) - 1],
    "count_": lambda cells: float(sum(map(_is_number, cells))),
    "sum_": lambda cells: float(sum(filter(_is_number, cells))),
    "exact_": lambda cells, value: [cell is not None and str(cell) == value for cell in cells],
    "sumproduct_": lambda ones, others=None: (
        sum(ones)
        if others is None
        else sum(one * other for one, other in zip(ones, others, strict=True) if _is_number(other))
    ),
}
