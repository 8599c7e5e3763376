"""The numbers of a backtest's plan (方案参数): each by effective date, with its unit and its source."""

from collections.abc import Mapping, Sequence
from datetime import date

from creditloop.formula import Kind, Parameter, constant_from_node, kind_from_node, placed
from creditloop.kernel.documents import Node, in_force, source_from_node
from creditloop.kernel.errors import InputError
from creditloop.risk.backtest.plan import PlanNumber


def numbers_from_node(node: Node, *, on: date) -> dict[str, PlanNumber]:
    """Read `parameters:` as in force on a day; those not in force are checked too, their day will come.

    Raises: PolicyError naming file, line and field: no source, not of its kind, none in force.
    """
    return {name: _number(name, entry, on) for name, entry in node.mapping().items()}


def number_named(node: Node, *, numbers: Mapping[str, PlanNumber], kinds: Sequence[Kind]) -> PlanNumber:
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


def whole(number: PlanNumber) -> int:
    """Return the value of a number that is counted in fen, nano or ones."""
    value = number.parameter.value
    if not isinstance(value, int):
        raise InputError("not a number", got=value, where=number.parameter.where)
    return value


def _number(name: str, node: Node, on: date) -> PlanNumber:
    parts = node.mapping(required=["kind", "unit", "values"], optional=["meaning"])
    kind = kind_from_node(parts["kind"])
    listed = [_dated(name, kind, entry, unit=parts["unit"].text()) for entry in parts["values"].items()]
    since = in_force(parts["values"], on=on).mapping()["from"].day()
    return next(entry for entry in listed if entry.since == since)


def _dated(name: str, kind: Kind, node: Node, *, unit: str) -> PlanNumber:
    parts = node.mapping(required=["from", "value", "source"], optional=[])
    value = parts["value"]
    try:
        parameter = Parameter(name, kind, constant_from_node(value, kind=kind), value.where)
    except InputError as error:
        raise placed(error, node) from error
    source = source_from_node(parts["source"])
    return PlanNumber(parameter=parameter, since=parts["from"].day(), unit=unit, source=source)
