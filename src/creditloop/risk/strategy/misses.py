"""How near a rule was to matching: which comparison failed, and by how much (差多少命中).

A condition is taken apart into comparisons of numbers and days, joined by `and`, `or` and `not`. The gap of a
comparison that failed is how far its left side would have to move, in the kind's own unit. Of several rules
that did not match the nearest is the one with the fewest failed comparisons, then with the smallest gap
relative to what it is compared with. A rule that failed on anything else than numbers is never near.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from creditloop.formula import (
    COMPARISONS,
    NUMBERS,
    CompiledStep,
    Kind,
    Op,
    Program,
)

FAR = 10**40
"""Added for each comparison that failed besides the first; more than any relative gap."""
_SCALE = 10**18
_DAYS_A_YEAR = 365
_NEGATED = {
    Op.GREATER: Op.LESS_EQUAL,
    Op.GREATER_EQUAL: Op.LESS,
    Op.LESS: Op.GREATER_EQUAL,
    Op.LESS_EQUAL: Op.GREATER,
    Op.EQUAL: Op.NOT_EQUAL,
    Op.NOT_EQUAL: Op.EQUAL,
}
_GAPS = {
    Op.GREATER: "{b} - {a} + 1",
    Op.GREATER_EQUAL: "{b} - {a}",
    Op.LESS: "{a} - {b} + 1",
    Op.LESS_EQUAL: "{a} - {b}",
    Op.EQUAL: "abs({a} - {b})",
    Op.NOT_EQUAL: "1",
}
_SIGNS = {
    Op.GREATER: ">",
    Op.GREATER_EQUAL: ">=",
    Op.LESS: "<",
    Op.LESS_EQUAL: "<=",
    Op.EQUAL: "=",
    Op.NOT_EQUAL: "!=",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A part of a condition that is not taken apart further.

    Attributes:
        number: its operation; `fails` is the value with which it keeps the condition from holding.
        op: what it compares by, seen the way it must hold; None: no comparison of numbers.
    """

    number: int
    fails: bool
    op: Op | None
    left: int
    right: int
    kind: Kind

    def gap(self, value: Callable[[int], str]) -> str:
        """Write how far the left side would have to move; `value` writes an operand."""
        assert self.op is not None, "only comparisons have a gap"
        a, b = value(self.left), value(self.right)
        if self.kind is Kind.DATE:
            a, b = f"{a}.toordinal()", f"{b}.toordinal()"
        return _GAPS[self.op].format(a=a, b=b)

    def weight(self, program: Program, value: Callable[[int], str]) -> str:
        """Write what turns a gap into a relative one, in billionths of billionths."""
        bound = program.operations[self.right]
        if self.kind is Kind.DATE:
            return f"* {_SCALE // _DAYS_A_YEAR}"
        if bound.op is Op.CONSTANT:
            return f"* {max(1, _SCALE // max(1, abs(bound.low)))}"
        return f"* {_SCALE} // (abs({value(self.right)}) or 1)"


class Comparison(NamedTuple):
    """A comparison as people read it."""

    left: str
    sign: str
    right: str
    kind: Kind


def leaves(program: Program, number: int, *, holds: bool = True) -> tuple[Leaf, ...] | None:
    """Take a condition apart into leaves that must all hold; None where some are alternatives."""
    operation = program.operations[number]
    if operation.op is Op.NOT:
        return leaves(program, operation.args[0], holds=not holds)
    if operation.op is (Op.AND if holds else Op.OR):
        parts = [leaves(program, arg, holds=holds) for arg in operation.args]
        found = [leaf for part in parts if part is not None for leaf in part]
        return tuple(found) if all(part is not None for part in parts) else None
    if operation.op in {Op.AND, Op.OR}:
        return None
    kind = program.operations[operation.args[0]].kind if operation.args else operation.kind
    if operation.op in COMPARISONS and (kind in NUMBERS or kind is Kind.DATE):
        op = operation.op if holds else _NEGATED[operation.op]
        left, right = operation.args
        return (Leaf(number=number, fails=not holds, op=op, left=left, right=right, kind=kind),)
    return (Leaf(number=number, fails=not holds, op=None, left=number, right=number, kind=kind),)


def alternatives(program: Program, number: int, *, holds: bool = True) -> tuple[tuple[Leaf, ...], ...]:
    """Take a condition apart into alternatives, each of leaves that must all hold; none if too many."""
    whole = leaves(program, number, holds=holds)
    if whole is not None:
        return (whole,)
    operation = program.operations[number]
    if operation.op is Op.NOT:
        return alternatives(program, operation.args[0], holds=not holds)
    if operation.op is (Op.OR if holds else Op.AND):
        parts = [alternatives(program, arg, holds=holds) for arg in operation.args]
        return tuple(choice for part in parts for choice in part) if all(parts) else ()
    parts = [alternatives(program, arg, holds=holds) for arg in operation.args]
    split = [part for part in parts if len(part) != 1]
    if len(split) != 1 or not split[0]:
        return ()  # alternatives times alternatives: told by no number a person could use
    rest = tuple(leaf for part in parts if len(part) == 1 for leaf in part[0])
    return tuple((*choice, *rest) for choice in split[0])


def comparison(program: Program, leaf: Leaf) -> Comparison:
    """Tell a leaf's comparison in the names of the program."""
    assert leaf.op is not None, "only comparisons are told"
    names = {step.number: step for step in reversed(program.steps)}
    left, right = (_told(program, number, names) for number in (leaf.left, leaf.right))
    return Comparison(left=left, sign=_SIGNS[leaf.op], right=right, kind=leaf.kind)


def _told(program: Program, number: int, names: Mapping[int, CompiledStep]) -> str:
    operation = program.operations[number]
    if operation.op is Op.INPUT:
        return str(operation.value)
    if operation.op is Op.CONSTANT:
        return str(operation.value)
    if number in names:
        return names[number].name
    if operation.op in {Op.SCALE, Op.NULL_AS}:
        return _told(program, operation.args[0], names)
    inner: Sequence[str] = [_told(program, arg, names) for arg in operation.args]
    return f"{operation.op.value}({', '.join(inner)})"
