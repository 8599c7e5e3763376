"""The numbers of a backtest's plan (方案参数), as its texts name them."""

from collections.abc import Mapping, Sequence

from creditloop.formula import Kind
from creditloop.kernel.documents import Node
from creditloop.kernel.errors import InputError
from creditloop.risk.parameters import DatedParameter


def number_named(
    node: Node, *, numbers: Mapping[str, DatedParameter], kinds: Sequence[Kind]
) -> DatedParameter:
    """Return the plan's number that a text names.

    Raises: PolicyError if there is none of this name and one of the kinds.
    """
    known = {name: number for name, number in numbers.items() if number.parameter.kind in kinds}
    if (name := node.text()) not in known:
        wanted = f"a parameter of kind {' or '.join(kind.value for kind in kinds)}"
        raise node.fail(
            "the plan's parameters hold no such number", got=name, expected=sorted(known) or wanted
        )
    return known[name]


def whole(number: DatedParameter) -> int:
    """Return the value of a number that is counted in fen, nano or ones."""
    value = number.parameter.value
    if not isinstance(value, int):
        raise InputError("not a number", got=value, where=number.parameter.where)
    return value
