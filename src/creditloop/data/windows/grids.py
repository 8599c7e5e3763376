"""Which cells a list of quantities needs: few queries, each cut as finely as any quantity asks (分格计划)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from creditloop.data.windows.definitions import OF_MONTHS, Aggregate, EventTable, Quantity, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The cells of one query: by dimensions, and by buckets of age.

    A bucket holds what its window holds and the one before does not. Each dimension has one more value than
    it lists: whatever is not listed.

    Attributes:
        ends: sizes of the windows, ascending.
        dimensions: in the table's order.
        distinct: the identifier whose different values are counted; None where events are.
        measures: of which sums, maxima or minima are asked, in the table's order.
        aggregates: everything asked of it, but for DISTINCT.
    """

    unit: Unit
    ends: tuple[int, ...]
    dimensions: tuple[str, ...]
    distinct: str | None
    measures: tuple[str, ...]
    aggregates: frozenset[Aggregate]

    def holds(self, quantity: Quantity) -> bool:
        """Whether a quantity can be read from these cells."""
        asked = dimensions_of(quantity)
        distinct = quantity.of if quantity.aggregate is Aggregate.DISTINCT else None
        if quantity.window.unit is not self.unit or distinct != self.distinct:
            return False
        return asked == set(self.dimensions) if distinct else asked <= set(self.dimensions)

    def shape(self, table: EventTable) -> tuple[int, ...]:
        """Return how many values each dimension has, and how many buckets there are."""
        return (*(len(table.dimension(name).values) + 1 for name in self.dimensions), len(self.ends))


def dimensions_of(quantity: Quantity) -> set[str]:
    """Return the dimensions a quantity is cut by; an entropy's own is one of them."""
    own = {str(quantity.of)} if quantity.aggregate is Aggregate.ENTROPY else set[str]()
    return own | {name for name, _ in quantity.where}


def grids_for(quantities: Sequence[Quantity], table: EventTable) -> tuple[Grid, ...]:
    """Return grids that hold all these quantities, each as large as a quantity needs.

    Events by month are kept month by month, since runs and deviations are of single months.
    """
    found: list[Grid] = []
    for unit in Unit:
        own = [quantity for quantity in quantities if quantity.window.unit is unit]
        counted = [quantity for quantity in own if quantity.aggregate is not Aggregate.DISTINCT]
        for dimensions in _largest(map(dimensions_of, counted)):
            held = [quantity for quantity in counted if dimensions_of(quantity) <= dimensions]
            found.append(_grid(held, table, unit, dimensions, None))
        distinct = [quantity for quantity in own if quantity.aggregate is Aggregate.DISTINCT]
        for identifier, cut in dict.fromkeys(
            (str(quantity.of), frozenset(dimensions_of(quantity))) for quantity in distinct
        ):
            held = [one for one in distinct if one.of == identifier and dimensions_of(one) == cut]
            found.append(_grid(held, table, unit, cut, identifier))
    return tuple(found)


def grid_of_each(quantities: Sequence[Quantity], grids: Sequence[Grid]) -> dict[Quantity, int]:
    """Return the place of the first grid that holds each quantity."""
    return {
        quantity: next(n for n, grid in enumerate(grids) if grid.holds(quantity)) for quantity in quantities
    }


def _largest(sets: Iterable[set[str]]) -> list[frozenset[str]]:
    different = dict.fromkeys(frozenset(one) for one in sets)
    return [one for one in different if not any(one < other for other in different)]


def _grid(
    held: Sequence[Quantity], table: EventTable, unit: Unit, dimensions: Iterable[str], distinct: str | None
) -> Grid:
    cut, of = set(dimensions), {quantity.of for quantity in held}
    aggregates = frozenset(quantity.aggregate for quantity in held) - {Aggregate.DISTINCT}
    sizes = {quantity.window.size for quantity in held}
    by_month = aggregates & OF_MONTHS
    return Grid(
        unit=unit,
        ends=tuple(range(1, max(sizes) + 1)) if by_month else tuple(sorted(sizes)),
        dimensions=tuple(entry.name for entry in table.dimensions if entry.name in cut),
        distinct=distinct,
        measures=tuple(entry.name for entry in table.measures if entry.name in of) if not distinct else (),
        aggregates=aggregates,
    )
