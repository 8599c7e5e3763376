"""The dated numbers of a document (参数): each by effective date, with its unit and its source."""

from dataclasses import dataclass
from datetime import date

from creditloop.formula import Kind, Parameter, constant_from_node, kind_from_node, placed
from creditloop.kernel.documents import Node, Source, in_force, source_from_node
from creditloop.kernel.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedParameter:
    """A number in force, the day it came into force, and where it is from."""

    parameter: Parameter
    since: date
    unit: str
    source: Source


def parameters_from_node(node: Node, *, on: date) -> dict[str, DatedParameter]:
    """Read `parameters:` as in force on a day; those not in force are checked too, their day will come.

    Raises: PolicyError naming file, line and field: no source, not of its kind, none in force.
    """
    return {name: _parameter(name, entry, on) for name, entry in node.mapping().items()}


def _parameter(name: str, node: Node, on: date) -> DatedParameter:
    parts = node.mapping(required=["kind", "unit", "values"], optional=["meaning"])
    kind = kind_from_node(parts["kind"])
    listed = [_dated(name, kind, entry, unit=parts["unit"].text()) for entry in parts["values"].items()]
    since = in_force(parts["values"], on=on).mapping()["from"].day()
    return next(entry for entry in listed if entry.since == since)


def _dated(name: str, kind: Kind, node: Node, *, unit: str) -> DatedParameter:
    parts = node.mapping(required=["from", "value", "source"], optional=[])
    value = parts["value"]
    try:
        parameter = Parameter(name, kind, constant_from_node(value, kind=kind), value.where)
    except InputError as error:
        raise placed(error, node) from error
    source = source_from_node(parts["source"])
    return DatedParameter(parameter=parameter, since=parts["from"].day(), unit=unit, source=source)
