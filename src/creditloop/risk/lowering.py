"""Parts of programs that are made, not written: which row decides, what it gives, how rows are told at once.

A condition or a cell is a text of the document; what a table, a switch or a limit does with it is made here
as trees of the language, so that a table of a thousand rows needs no text of its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date

from creditloop.formula import (
    NANO,
    NANO_DECIMALS,
    Binary,
    Call,
    Choice,
    IsNull,
    Junction,
    Kind,
    Listed,
    Member,
    Minus,
    Name,
    Null,
    Number,
    ParameterName,
    Text,
    Tree,
    Truth,
    Value,
    parts_of,
)

MASK_ROWS = 62
"""Rows told by one mask: it is one int64."""


def mask_steps(base: str, rows: int) -> tuple[str, ...]:
    """Name the masks that tell this many rows: the base itself, then `<base>_2`, and so on.

    >>> mask_steps("matched", 62), mask_steps("matched", 63)
    (('matched',), ('matched', 'matched_2'))
    """
    return (base, *(f"{base}_{n}" for n in range(2, -(-rows // MASK_ROWS) + 1)))


def ordinal_of_first(conditions: Sequence[str]) -> Tree:
    """Tell the ordinal, from 1, of the first condition that holds; 0 where none does."""
    branches = tuple((Name(name), Number(str(n))) for n, name in enumerate(conditions, start=1))
    return Choice(branches, Number("0"))


def mask_of(conditions: Sequence[str]) -> Tree:
    """Tell the conditions that hold as a sum of 2^i, i from 0; at most `MASK_ROWS` of them."""
    bits: list[Tree] = [
        Choice(((Name(name), Number(str(1 << i))),), Number("0")) for i, name in enumerate(conditions)
    ]
    return _joined("+", bits)


def masks_of(base: str, conditions: Sequence[str]) -> list[tuple[str, Tree]]:
    """Give the masks of any number of conditions, each with the name of its step."""
    names = mask_steps(base, len(conditions))
    return [
        (name, mask_of(conditions[at * MASK_ROWS : (at + 1) * MASK_ROWS])) for at, name in enumerate(names)
    ]


def chosen_by_ordinal(ordinal: str, cells: Sequence[str], otherwise: str | None) -> Tree:
    """Give the cell of the ordinal, from 1; otherwise the last one, or a null that refers."""
    branches = tuple(
        (Binary("=", Name(ordinal), Number(str(n))), Name(cell)) for n, cell in enumerate(cells, start=1)
    )
    return Choice(branches, Name(otherwise) if otherwise is not None else Null())


def is_there(step: str) -> Tree:
    """True where the step has a value, else its state: nothing is both equal to itself and not there."""
    return Binary("=", Name(step), Name(step))


def all_of(conditions: Sequence[Tree]) -> Tree:
    """Join conditions by `and`."""
    return conditions[0] if len(conditions) == 1 else Junction("and", tuple(conditions))


def if_then(condition: Tree, then: Tree, otherwise: Tree) -> Tree:
    """Choose by one condition."""
    return Choice(((condition, then),), otherwise)


def constant_tree(value: Value, kind: Kind) -> Tree:
    """Write a value of a kind as a literal.

    >>> constant_tree(-5, Kind.NANO)
    Number(at=0, text='-0.000000005')
    """
    if isinstance(value, bool):
        return Truth(value)
    if isinstance(value, date):
        return Call("date", (Text(value.isoformat()),))
    if isinstance(value, str):
        return Text(value)
    assert isinstance(value, int), "a declared value is never null"
    if kind is Kind.MONEY:
        return Call("fen", (Number(str(value)),))
    if kind is Kind.NANO:
        whole, rest = divmod(abs(value), NANO)
        return Number(f"{'-' if value < 0 else ''}{whole}.{rest:0{NANO_DECIMALS}d}")
    return Number(str(value))


def guarded(name: str, values: Sequence[Value], kind: Kind) -> Tree:
    """Give what a name stands for where it is null or among the values; anything else refers."""
    itself = Name(name)
    among = Member(itself, tuple(constant_tree(value, kind) for value in values))
    return Choice(((IsNull(itself), itself), (among, itself)), Null())


def names_in(tree: Tree) -> Iterator[str]:
    """Give every name a tree reads, as often as it stands there."""
    if isinstance(tree, Name):
        yield tree.name
    for part in parts_of(tree):
        yield from names_in(part)


def nulls_asked(tree: Tree) -> Iterator[tuple[Tree, str]]:
    """Give every name whose null `is null` or `??` answers, with the part that does."""
    if isinstance(tree, IsNull):
        yield from ((tree, name) for name in names_in(tree.subject))
    if isinstance(tree, Binary) and tree.sign == "??":
        yield from ((tree, name) for name in names_in(tree.left))
    for part in parts_of(tree):
        yield from nulls_asked(part)


def is_written(tree: Tree) -> bool:
    """Whether a tree is one written value or a parameter: nothing that could fail."""
    if isinstance(tree, Minus):
        return is_written(tree.operand) and isinstance(tree.operand, Number)
    if isinstance(tree, Call):
        return tree.name in {"yuan", "fen", "date"}
    return isinstance(tree, Number | Text | Truth | ParameterName)


def with_prefix(tree: Tree, prefix: str) -> Tree:
    """Read parameters and lists of a document that is part of another under their names there."""
    return _changed(tree, lambda part: _prefixed(part, prefix)) if prefix else tree


def _prefixed(part: Tree, prefix: str) -> Tree:
    if isinstance(part, ParameterName | Listed):
        return replace(part, name=prefix + part.name)
    return part


def _changed(value: Tree, change: Callable[[Tree], Tree]) -> Tree:
    below: Mapping[str, object] = {
        entry.name: _changed_within(getattr(value, entry.name), change) for entry in fields(value)
    }
    return change(type(value)(**below))  # type: ignore[arg-type]  # the same fields, changed below


def _changed_within(value: object, change: Callable[[Tree], Tree]) -> object:
    if isinstance(value, tuple):
        return tuple(_changed_within(entry, change) for entry in value)
    return _changed(value, change) if isinstance(value, Tree) else value


def _joined(sign: str, trees: Sequence[Tree]) -> Tree:
    joined = trees[0]
    for tree in trees[1:]:
        joined = Binary(sign, joined, tree)
    return joined
