"""Read the pairs of a card, and refuse what does not fit its features (读取双变量分值表).

Checked besides the form: the axes hold every value of their features once, cells fill them, rows seen add up
to the fit sample, no two features are paired twice. Directions: `directions`.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

from creditloop.formula import placed
from creditloop.kernel.documents import Node
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import Bin
from creditloop.risk.card.pairs import Cells, PairTable
from creditloop.risk.card.parts import FittedFeature
from creditloop.risk.card.reading.bins import axis_bin, check_places


def pairs_from_node(
    node: Node, *, features: Sequence[FittedFeature], rows: int, bad: int, points_max: int
) -> tuple[PairTable, ...]:
    """Read `pairs:`; see docs/scorecard.md for its form.

    Args:
        rows, bad: of the fit sample.
    Raises: PolicyError naming file, line and field of what is wrong.
    """
    known = {entry.feature.name: entry for entry in features}
    nodes = node.items()
    pairs = tuple(_pair(entry, known, rows=rows, bad=bad, points_max=points_max) for entry in nodes)
    for (one, _), (other, place) in combinations(zip(pairs, nodes, strict=True), 2):
        if set(one.features) == set(other.features):
            raise place.fail("two features are paired once", got=list(other.features))
    return pairs


def _pair(
    node: Node, known: Mapping[str, FittedFeature], *, rows: int, bad: int, points_max: int
) -> PairTable:
    parts = node.mapping(required=["features", "rows", "columns", "points", "seen", "bad"], optional=[])
    names = [entry.text(among=list(known)) for entry in parts["features"].items()]
    if len(names) != 2 or names[0] == names[1]:
        raise parts["features"].fail("a pair is of two features", got=names)
    axes = [_axis(parts[axis], known[name]) for axis, name in zip(("rows", "columns"), names, strict=True)]
    try:
        table = PairTable(
            features=(names[0], names[1]),
            rows=axes[0],
            columns=axes[1],
            points=_cells(parts["points"], least=-points_max, most=points_max),
            seen=_cells(parts["seen"], least=0, most=rows),
            bad=_cells(parts["bad"], least=0, most=bad),
        )
    except InputError as error:
        raise placed(error, node) from error
    _check_seen(table, parts, rows=rows, bad=bad)
    return table


def _axis(node: Node, entry: FittedFeature) -> tuple[Bin, ...]:
    feature = entry.feature
    bins = tuple(axis_bin(part, feature) for part in node.items())
    check_places(bins, node, feature)
    if (held := _named(bins)) != (own := _named(entry.bins)):
        raise node.fail(
            f"an axis of {feature.name} holds the words, special codes and missing that its own bins hold",
            got=sorted(map(str, held)),
            expected=sorted(map(str, own)),
        )
    return bins


def _named(bins: Sequence[Bin]) -> set[object]:
    """Return what bins hold by name: words, special codes, and None for the missing."""
    words = {word for part in bins for word in (*part.values, *part.special)}
    return words | ({None} if any(part.missing for part in bins) else set())


def _cells(node: Node, *, least: int, most: int) -> Cells:
    return tuple(tuple(cell.integer(least=least, most=most) for cell in row.items()) for row in node.items())


def _check_seen(table: PairTable, parts: Mapping[str, Node], *, rows: int, bad: int) -> None:
    for name, cells, whole in (("seen", table.seen, rows), ("bad", table.bad, bad)):
        if (found := sum(map(sum, cells))) != whole:
            raise parts[name].fail(
                f"the cells of {table.name} do not hold the sample", got=found, expected=whole
            )
    for seen, bads in zip(table.seen, table.bad, strict=True):
        if any(one > all_of for one, all_of in zip(bads, seen, strict=True)):
            raise parts["bad"].fail("no more than were seen turned bad", got=list(bads), expected=list(seen))
