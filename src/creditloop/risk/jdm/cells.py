"""Read a cell of a decision table: a test of one value, written without it (单元格条件).

`> 5`, `[1..10)`, `'A', 'B'`, `< 5 or > 10`, `contains($, 'x')`. A comma is an `or`; `and` and `or` are
taken from the left, neither binds tighter. A part that is a value is compared with the tested one, a part
that is itself a test is taken as it is. The tree that comes out is of the ordinary language, the tested
value is `$`.
"""

from creditloop.risk.jdm.expressions import COMPARISONS, Reader
from creditloop.risk.jdm.refusals import Refusal, outside
from creditloop.risk.jdm.tokens import TokenKind
from creditloop.risk.jdm.tree import (
    Binary,
    Call,
    Expression,
    Interval,
    Listing,
    Method,
    Reference,
    Ternary,
    Unary,
)

SUBJECT = Reference(())
"""The tested value."""
_TESTS = frozenset({"contains", "startsWith", "endsWith", "matches", "isNumeric"})
_LISTS = frozenset({"flatten", "merge", "mergeDeep", "extract", "split", "keys", "values"})


def read_cell(text: str) -> Expression | None:
    """Read a cell; None if it is empty, which any value passes.

    Raises: PolicyError that names the reason: not well formed, or outside what is taken over.
    """
    if not text.strip():
        return None
    reader = Reader(text, joined=False)
    tree = _test(reader)
    while reader.token.kind is not TokenKind.END:
        joint = reader.take()
        if joint.text not in {"and", "or", ","}:
            raise outside(Refusal.SYNTAX, f"{joint.text} where `and`, `or` or `,` was expected")
        tree = Binary("and" if joint.text == "and" else "or", tree, _test(reader))
    return tree


def _test(reader: Reader) -> Expression:
    """Read one part: a comparison of `$`, or an expression that is made a test."""
    if reader.token.is_(*COMPARISONS):
        return Binary(reader.take().text, SUBJECT, reader.expression())
    tree = reader.expression()
    sign = _compared_by(tree)
    return Binary(sign, SUBJECT, tree) if sign else tree


def _compared_by(tree: Expression) -> str:  # noqa: PLR0911  # one return for each part of the tree
    """Return the sign by which `$` is compared with an expression, or nothing where that is itself a test."""
    match tree:
        case Binary():
            if tree.sign in COMPARISONS or tree.sign in {"and", "or", "??"}:
                return ""
            return _agreed(tree.left, tree.right)
        case Unary():
            return _compared_by(tree.operand)
        case Ternary():
            return _agreed(tree.value, tree.otherwise)
        case Listing() | Interval():
            return "in"
        case Call():
            if tree.name in _TESTS:
                return ""
            return "in" if tree.name in _LISTS else "=="
        case Method():
            return "" if tree.name.startswith("is") else "=="
        case _:
            return "=="


def _agreed(one: Expression, other: Expression) -> str:
    first, second = _compared_by(one), _compared_by(other)
    return first if first == second else "=="
