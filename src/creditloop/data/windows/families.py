"""Read a family of window features: every quantity it stands for, and what is divided by what."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TypeVar

from creditloop.data.windows.definitions import (
    OF_MEASURES,
    OF_MONTHS,
    Aggregate,
    EventTable,
    Quantity,
    Unit,
    Window,
    WindowFeature,
)
from creditloop.data.windows.naming import meaning_of, name_of, ratio_meaning
from creditloop.formula import Kind
from creditloop.kernel.documents import Node

_DAYS_MOST, _MONTHS_MOST = 3_660, 120
"""Longest windows: ten years."""
RATIO = "ratio"
_NANO = frozenset({Aggregate.ENTROPY, Aggregate.DEVIATION})
_RATED = frozenset({Aggregate.SUM, Aggregate.MEAN, Aggregate.LATEST})
_UNITS: Mapping[Aggregate, str] = {
    Aggregate.COUNT: "event",
    Aggregate.DAYS_SINCE_LAST: "day",
    Aggregate.DAYS_SINCE_FIRST: "day",
    Aggregate.MONTHS_ACTIVE: "month",
    Aggregate.LONGEST_RUN: "month",
    Aggregate.LATEST_RUN: "month",
    Aggregate.LONGEST_SILENCE: "month",
    Aggregate.MONTHS_SINCE_LAST: "month",
    Aggregate.ENTROPY: "bit",
    Aggregate.DEVIATION: RATIO,
}
_OPTIONAL = ["of", "where", "by", "days", "months", "trends", "shares", "rates", "against"]
T = TypeVar("T")
Cut = tuple[tuple[str, str], ...]
Pair = tuple[Quantity, Quantity, str]
"""What is divided by what, and how the ratio's name ends."""


def family_features(node: Node, table: EventTable, *, prefix: str) -> Iterator[WindowFeature]:
    """Give every feature of a family: its quantities, then its ratios.

    Args:
        prefix: what their names begin with.
    """
    parts = node.mapping(required=["aggregates"], optional=_OPTIONAL)
    windows = _windows(node, parts)
    cuts = _cuts(parts, table)
    quantities: list[Quantity] = []
    for entry in parts["aggregates"].items():
        aggregate = Aggregate(entry.text(among=list(Aggregate)))
        own = [window for window in windows if (window.unit is Unit.MONTH) == (aggregate in OF_MONTHS)]
        if not own:
            raise entry.fail(
                "the family has no window for this aggregate",
                got=aggregate,
                expected="months" if aggregate in OF_MONTHS else "days",
            )
        for of in _of(entry, aggregate, parts, table):
            free = [cut for cut in cuts if aggregate is not Aggregate.ENTROPY or of not in dict(cut)]
            quantities += [Quantity(aggregate, of, cut, window) for cut, window in product(free, own)]
    yield from (_feature(quantity, table, prefix) for quantity in quantities)
    yield from _ratios(parts, quantities, table, prefix)


def _windows(node: Node, parts: Mapping[str, Node]) -> list[Window]:
    found = [
        Window(unit, entry.integer(least=1, most=most))
        for part, unit, most in (("days", Unit.DAY, _DAYS_MOST), ("months", Unit.MONTH, _MONTHS_MOST))
        if part in parts
        for entry in parts[part].items()
    ]
    if not found:
        raise node.fail("a family has windows", got="none", expected="days, months")
    return found


def _cuts(parts: Mapping[str, Node], table: EventTable) -> list[Cut]:
    """Return the family's own cut (`where`), then it with every combination of the values of `by`."""
    fixed = _where(parts["where"], table) if "where" in parts else {}
    found: list[Cut] = [_cut(fixed, table)]
    free = [one.name for one in table.dimensions if one.name not in fixed]
    for node in parts["by"].items() if "by" in parts else []:
        chosen = [table.dimension(entry.text(among=free)) for entry in node.items()]
        for values in product(*(dimension.values for dimension in chosen)):
            names = (dimension.name for dimension in chosen)
            found.append(_cut({**fixed, **dict(zip(names, values, strict=True))}, table))
    return list(dict.fromkeys(found))


def _where(node: Node, table: EventTable) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, entry in node.mapping(optional=[one.name for one in table.dimensions]).items():
        found[name] = entry.text(among=list(table.dimension(name).values))
    return found


def _cut(values: Mapping[str, str], table: EventTable) -> Cut:
    return tuple((one.name, values[one.name]) for one in table.dimensions if one.name in values)


def _of(node: Node, aggregate: Aggregate, parts: Mapping[str, Node], table: EventTable) -> list[str | None]:
    """Return what an aggregate is taken of: those of the family's `of` that it can be of."""
    if aggregate in OF_MEASURES:
        known = [entry.name for entry in table.measures]
    elif aggregate is Aggregate.DISTINCT:
        known = [entry.name for entry in table.identifiers]
    elif aggregate is Aggregate.ENTROPY:
        known = [entry.name for entry in table.dimensions]
    else:
        return [None]
    everything = [entry.name for entry in table.parts]
    asked = [entry.text(among=everything) for entry in parts["of"].items()] if "of" in parts else []
    found: list[str | None] = [name for name in asked if name in known]
    if not found:
        raise node.fail("nothing this aggregate can be of", got=asked or "no `of`", expected=known)
    return found


def _feature(quantity: Quantity, table: EventTable, prefix: str) -> WindowFeature:
    kind, unit = Kind.INTEGER, _UNITS.get(quantity.aggregate, str(quantity.of))
    if quantity.aggregate in _NANO:
        kind = Kind.NANO
    elif quantity.aggregate in OF_MEASURES:
        measure = table.measure(str(quantity.of))
        kind, unit = measure.kind, measure.unit
    return WindowFeature(
        name=name_of(quantity, table, prefix=prefix),
        kind=kind,
        unit=unit,
        meaning=meaning_of(quantity, table),
        quantities=(quantity,),
    )


# ratios


def _ratios(
    parts: Mapping[str, Node], quantities: Sequence[Quantity], table: EventTable, prefix: str
) -> Iterator[WindowFeature]:
    """Give what is divided, of the family's own quantities; a division that finds none is refused."""
    known = set(quantities)
    for node, pairs in _divisions(parts, quantities, table):
        found = [(one, other, ending) for one, other, ending in pairs if other in known]
        if not found:
            raise node.fail("nothing in the family is divided so", got=node.plain())
        for one, other, ending in found:
            yield WindowFeature(
                name=f"{name_of(one, table, prefix=prefix)}_{ending}",
                kind=Kind.NANO,
                unit=RATIO,
                meaning=ratio_meaning(meaning_of(one, table), meaning_of(other, table)),
                quantities=(one, other),
            )


def _divisions(
    parts: Mapping[str, Node], quantities: Sequence[Quantity], table: EventTable
) -> Iterator[tuple[Node, list[Pair]]]:
    for part, pairs in _PAIRS.items():
        for node in parts[part].items() if part in parts else []:
            yield node, pairs(node, quantities, table)
    for name, entry in parts["against"].mapping().items() if "against" in parts else ():
        for node in entry.items():
            yield node, _against(name, node, quantities, table)


def _trend(node: Node, quantities: Sequence[Quantity], table: EventTable) -> list[Pair]:
    """A shorter window by a longer one."""
    short, long = _two(node, [entry.integer(least=1) for entry in node.items()])
    of_each = {one: Window(one.window.unit, long) for one in quantities if one.window.size == short}
    return [(one, replace(one, window=window), f"of_{window}") for one, window in of_each.items()]


def _rate(node: Node, quantities: Sequence[Quantity], table: EventTable) -> list[Pair]:
    """The sum, mean or latest of a measure by that of another."""
    names = [entry.name for entry in table.measures]
    above, below = _two(node, [entry.text(among=names) for entry in node.items()])
    asked = [one for one in quantities if one.aggregate in _RATED and one.of == above]
    return [(one, replace(one, of=below), f"per_{below}") for one in asked]


def _share(node: Node, quantities: Sequence[Quantity], table: EventTable) -> list[Pair]:
    """A value of a dimension by all of them."""
    name = node.text(among=[entry.name for entry in table.dimensions])
    cut = [one for one in quantities if name in dict(one.where)]
    return [
        (one, replace(one, where=tuple(part for part in one.where if part[0] != name)), f"by_{name}")
        for one in cut
    ]


def _against(name: str, node: Node, quantities: Sequence[Quantity], table: EventTable) -> list[Pair]:
    """A value of a dimension by another of it."""
    if name not in [entry.name for entry in table.dimensions]:
        raise node.fail("no such dimension", got=name)
    dimension = table.dimension(name)
    above, below = _two(node, [entry.text(among=list(dimension.values)) for entry in node.items()])
    cut, ending = [one for one in quantities if (name, above) in one.where], f"to_{dimension.named(below)}"
    return [(one, replace(one, where=_cut({**dict(one.where), name: below}, table)), ending) for one in cut]


def _two(node: Node, found: list[T]) -> tuple[T, T]:
    if len(found) != 2:
        raise node.fail("a division is of two", got=node.plain())
    return found[0], found[1]


_PAIRS: Mapping[str, Callable[[Node, Sequence[Quantity], EventTable], list[Pair]]] = {
    "trends": _trend,
    "rates": _rate,
    "shares": _share,
}
"""How a family may divide its quantities by one another, by the key that asks for it."""
