"""Read the bins of a feature, with what was seen in them or as the axis of a pair (读取分箱).

Bins of ordinary values come first and hold every value once; then special codes; that of the missing last.
"""

import re
from collections.abc import Sequence

from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.documents import Node
from creditloop.risk.binning.bins import NANO, NUMBERS, Bin, CardFeature

POINTS_MAX = 100_000
"""Points and scores beyond this are a slip of the pen."""
_DECIMAL = re.compile(r"(-?)([0-9]{1,9})\.([0-9]{1,9})")
_INT64_MAX = 2**63 - 1
_FORMS = ("missing", "special")
"""Keys that say by themselves what a bin is."""


def counted_bin(node: Node, feature: CardFeature, *, points_max: int) -> Bin:
    """Read a bin with its rows, bad, woe and points."""
    parts = _bin_parts(node, feature.kind, ["rows", "bad", "woe", "points"])
    rows = parts["rows"].integer(least=0)
    return _bin(
        parts,
        feature.kind,
        rows=rows,
        bad=parts["bad"].integer(least=0, most=rows),
        woe_nano=ratio(parts["woe"]),
        points=parts["points"].integer(least=-points_max, most=points_max),
    )


def axis_bin(node: Node, feature: CardFeature) -> Bin:
    """Read a bin that stands on the axis of a pair: where values fall, and nothing else."""
    return _bin(_bin_parts(node, feature.kind, []), feature.kind, rows=0, bad=0, woe_nano=0, points=0)


def _bin_parts(node: Node, kind: Kind, seen: Sequence[str]) -> dict[str, Node]:
    entries = node.mapping()
    plain = ["from", "to"] if kind in NUMBERS else ["values"]
    form = next(([name] for name in _FORMS if name in entries), plain)
    return node.mapping(required=[*form, *seen], optional=[])


def _bin(parts: dict[str, Node], kind: Kind, *, rows: int, bad: int, woe_nano: int, points: int) -> Bin:
    low, high = (end(parts[name], kind) if name in parts else None for name in ("from", "to"))
    values = tuple(_word(entry, kind) for entry in parts["values"].items()) if "values" in parts else ()
    if "missing" in parts and not parts["missing"].boolean():
        raise parts["missing"].fail("only the bin of the missing says so", got=False, expected=True)
    return Bin(
        low=low,
        high=high,
        values=values,
        special=codes(parts["special"], kind) if "special" in parts else (),
        missing="missing" in parts,
        rows=rows,
        bad=bad,
        woe_nano=woe_nano,
        points=points,
    )


def codes(node: Node, kind: Kind) -> tuple[int, ...]:
    """Read special codes of a number: at least one, each once."""
    found = [end(entry, kind) for entry in node.items()]
    known = [code for code in found if code is not None]
    if not known or len(set(known)) != len(found):
        raise node.fail("special codes are numbers, each once, at least one", got=found)
    return tuple(known)


def end(node: Node, kind: Kind) -> int | None:
    """Read where an interval ends, in the whole unit of its kind; null is open."""
    if node.value is None:
        return None
    if kind is Kind.INTEGER and type(node.value) is int and abs(node.value) <= _INT64_MAX:
        return node.value
    if kind is Kind.NANO:
        return ratio(node)
    value = constant_from_node(node, kind=kind)
    assert isinstance(value, int)
    return value


def ratio(node: Node) -> int:
    """Read a ratio into nano; a plain decimal, as cards are full of, without the language's parser."""
    plain = _DECIMAL.fullmatch(node.value) if isinstance(node.value, str) else None
    if plain is not None:
        sign, whole, rest = plain.groups()
        value = int(whole) * NANO + int(rest.ljust(9, "0"))
        return -value if sign else value
    told = constant_from_node(node, kind=Kind.NANO)
    assert isinstance(told, int)
    return told


def _word(node: Node, kind: Kind) -> str | bool:
    return node.boolean() if kind is Kind.BOOLEAN else node.text()


def check_places(bins: Sequence[Bin], node: Node, feature: CardFeature) -> None:
    """Refuse bins that leave a value out, hold one twice, or do not stand in their order."""
    order = [2 if part.missing else 1 if part.special else 0 for part in bins]
    ordinary = [part for part, rank in zip(bins, order, strict=True) if rank == 0]
    if len(bins) < 2 or not ordinary or order != sorted(order) or order.count(2) > 1:
        raise node.fail(
            f"{feature.name} needs bins of values, that of the missing last",
            got=len(bins),
            expected=">= 2: of values, of special codes, of the missing",
        )
    if feature.kind in NUMBERS:
        check_cover([(part.low, part.high) for part in ordinary], node)
    else:
        words = [word for part in ordinary for word in part.values]
        if len(set(words)) != len(words) or any(not part.values for part in ordinary):
            raise node.fail("every bin has values, each in one bin only", got=words)
    special = [code for part in bins for code in part.special]
    if len(set(special)) != len(special) or set(special) - set(feature.special):
        raise node.fail(
            f"bins of special codes hold those of {feature.name}, each once",
            got=special,
            expected=list(feature.special),
        )


def check_cover(ends: Sequence[tuple[int | None, int | None]], node: Node) -> None:
    """Refuse intervals that leave a number out or hold one twice."""
    cuts = [high for _, high in ends[:-1]]
    lows = [low for low, _ in ends]
    known = [cut for cut in cuts if cut is not None]
    if lows != [None, *cuts] or ends[-1][1] is not None or known != sorted(set(known)) or None in cuts:
        raise node.fail(
            "intervals must cover every value once: from null, each from where the last ends, to null",
            got=[f"{low}..{high}" for low, high in ends],
        )
