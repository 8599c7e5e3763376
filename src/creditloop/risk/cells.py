"""Conditions written as cells (条件单元格): `{age: "< 18", grade: "A, B"}` as one expression of the language.

A cell says what a name must be: `> 5`, `!= 5`, `[1..10)`, `5`, `A, B`, `not A, B`, `in list.blocked`, `null`,
`not null`, `-` (anything). Texts need no quotes; a cell of kind text that begins with `=` is an expression.
The cells of a mapping hold together (`and`).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from creditloop.formula import (
    Input,
    Junction,
    Kind,
    ListOfValues,
    Parameter,
    Step,
    Writing,
    compile_program,
    quoted,
    read_expression,
)
from creditloop.kernel.documents import Node

ANY = "-"
"""The cell that takes anything."""
LONGEST = 10_000
"""Most characters of a cell; a longer list is one of the document's `lists`."""
_COMPARED = re.compile(r"(>=|<=|!=|>|<)\s*(\S.*)", re.DOTALL)
_INTERVAL = re.compile(r"[\[(].*\.\..*[\])]", re.DOTALL)
_LISTED = re.compile(r"(not )?in list\.[A-Za-z_][A-Za-z0-9_]*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")
_ITEM = re.compile(rf"\s*({_QUOTED.pattern}|(?:[^,()\s]|\s+(?![,\s]|$)|\([^()]*\))++)\s*(,|$)")


def condition_from_cells(
    node: Node,
    *,
    names: Mapping[str, Input],
    parameters: Sequence[Parameter] = (),
    lists: Sequence[ListOfValues] = (),
) -> str:
    """Read `when:` written as a mapping of name to cell; return the condition as an expression.

    Raises: PolicyError naming file, line and field of a cell that is none, or of a name there is not.
    """
    parts = []
    for name, cell in node.mapping().items():
        if name not in names:
            raise cell.fail("a cell stands under a name there is not", got=name, expected=sorted(names))
        text = cell_condition(cell, declared=names[name])
        if text is not None:
            step = Step("cell", text, cell.where, Kind.BOOLEAN)
            compile_program(inputs=[names[name]], steps=[step], parameters=parameters, lists=lists)
            parts.append(f"({text})")
    return " and ".join(parts) or "true"


def cell_condition(cell: Node, *, declared: Input) -> str | None:
    """Return the condition a cell stands for; None for anything.

    Raises: PolicyError naming file, line and field of a cell that is none, or says more than one thing.
    """
    text = _condition(cell, declared)
    if text is not None and isinstance(read_expression(Writing(text, cell.where)), Junction):
        raise cell.fail("a cell says one thing of its name", got=cell.value, hint="write `when` as a text")
    return text


def _condition(cell: Node, declared: Input) -> str | None:  # noqa: PLR0911  # one a form
    name, kind = declared.name, declared.kind
    if cell.value is None:
        return f"{name} is null"
    if isinstance(cell.value, bool | int | date):
        return f"{name} = {_item(cell, cell.value, kind)}"
    text = cell.text().strip()
    if len(text) > LONGEST:
        raise cell.fail("the cell is too long", got=f"{len(text)} characters", expected=f"<= {LONGEST}")
    if text == ANY:
        return None
    if text in {"null", "not null"}:
        return f"{name} is {text}"
    if _LISTED.fullmatch(text):
        return f"{name} {text}"
    if found := _COMPARED.fullmatch(text):
        return f"{name} {found[1]} {_item(cell, found[2], kind)}"
    if kind is not Kind.TEXT and _INTERVAL.fullmatch(text):
        return f"{name} in {text}"
    return _among(cell, text, declared)


def _among(cell: Node, text: str, declared: Input) -> str:
    negated = text.startswith("not ")
    items = [_item(cell, item, declared.kind) for item in _items(cell, text.removeprefix("not "))]
    if len(items) == 1:
        return f"{declared.name} {'!=' if negated else '='} {items[0]}"
    return f"{declared.name} {'not ' if negated else ''}in [{', '.join(items)}]"


def _items(cell: Node, text: str) -> list[str]:
    """Split at commas outside quotes and brackets."""
    found, at = [], 0
    while at < len(text):
        item = _ITEM.match(text, at)
        if item is None or (item[2] and item.end() == len(text)):
            raise cell.fail("the cell cannot be read", got=text, expected="values parted by commas")
        found.append(item[1])
        at = item.end()
    return found


def _item(cell: Node, item: object, kind: Kind) -> str:
    """Write one value of a cell as the language writes it."""
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, date):
        return f"date('{item.isoformat()}')"
    text = str(item)
    if kind is Kind.DATE and _DAY.fullmatch(text):
        return f"date('{text}')"
    if kind is not Kind.TEXT or _QUOTED.fullmatch(text):
        return text
    return text[1:].strip() if text.startswith("=") else quoted(text, cell)
