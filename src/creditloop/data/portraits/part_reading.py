"""Read a part of a dimension: the bands of a feature, in order and without a gap, and their points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from creditloop.data.contracts import Words
from creditloop.data.derived import DerivedDraft
from creditloop.data.portraits.definitions import POINTS_MOST, Band, Part, Safer
from creditloop.data.table_reading import words_from_node
from creditloop.formula import NANO, NUMBERS, Kind, Value, constant_from_node
from creditloop.kernel.documents import Node, source_from_node


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a part can be of: a feature, or a classification with its classes."""

    kind: Kind
    unit: str | None
    meaning: Words
    values: tuple[Value, ...]


def subjects_of(draft: DerivedDraft) -> dict[str, Subject]:
    """Return what parts can be of, by name."""
    found = {
        one.name: Subject(
            kind=one.kind,
            unit=one.unit,
            meaning=one.meaning,
            values=(True, False) if one.kind is Kind.BOOLEAN else (),
        )
        for one in draft.features
        if one.kind in NUMBERS or one.kind is Kind.BOOLEAN
    }
    return found | {
        one.name: Subject(kind=Kind.TEXT, unit=None, meaning=one.title, values=tuple(one.classes))
        for one in draft.classifications
    }


def part_from_node(node: Node, *, subjects: Mapping[str, Subject], missing_share: int) -> Part:
    """Read a part; see `definitions.Part`.

    Args:
        missing_share: nano; the share of the greatest points where nothing else is stated, rounded down.
    """
    entries = node.mapping(required=["feature", "safer", "bands", "source"], optional=["missing"])
    feature = entries["feature"].text(among=sorted(subjects))
    subject = subjects[feature]
    safer = Safer(entries["safer"].text(among=list(Safer)))
    if subject.kind in NUMBERS:
        bands = _ordered_bands(entries["bands"], subject.kind)
        _check_direction(entries["bands"], bands, safer)
    else:
        bands = _listed_bands(entries["bands"], subject)
        if safer is not Safer.NEITHER:
            raise entries["safer"].fail("values without an order", got=safer, expected=Safer.NEITHER)
    most = max(band.points for band in bands)
    if len({band.points for band in bands}) < 2:
        raise entries["bands"].fail("a part whose points are all the same says nothing", got=most)
    missing = most * missing_share // NANO
    if "missing" in entries:
        missing = entries["missing"].integer(least=0, most=most)
    return Part(
        feature=feature,
        kind=subject.kind,
        unit=subject.unit,
        meaning=subject.meaning,
        safer=safer,
        bands=bands,
        missing=missing,
        source=source_from_node(entries["source"]),
    )


def _ordered_bands(node: Node, kind: Kind) -> tuple[Band, ...]:
    """Read bands by their upper ends; the last has none."""
    nodes = node.items()
    found: list[Band] = []
    for entry in nodes:
        ended = [] if entry is nodes[-1] else ["below"]
        parts = entry.mapping(required=[*ended, "points", "meaning"], optional=[])
        least = found[-1].below if found else None
        below = constant_from_node(parts["below"], kind=kind) if ended else None
        if ended and (not isinstance(below, int) or (least is not None and below <= least)):
            raise parts["below"].fail("bands stand in order, each above the one before", got=below)
        assert below is None or isinstance(below, int), "a number's constant is one"
        found.append(
            Band(
                least=least,
                below=below,
                values=(),
                points=parts["points"].integer(least=0, most=POINTS_MOST),
                meaning=words_from_node(parts["meaning"]),
            )
        )
    if len(found) < 2:
        raise node.fail("a part has two bands or more", got=len(found))
    return tuple(found)


def _listed_bands(node: Node, subject: Subject) -> tuple[Band, ...]:
    """Read bands by their values; each value stands in one of them."""
    found = []
    for entry in node.items():
        parts = entry.mapping(required=["is", "points", "meaning"], optional=[])
        found.append(
            Band(
                least=None,
                below=None,
                values=tuple(constant_from_node(one, kind=subject.kind) for one in parts["is"].items()),
                points=parts["points"].integer(least=0, most=POINTS_MOST),
                meaning=words_from_node(parts["meaning"]),
            )
        )
    listed = [value for band in found for value in band.values]
    if sorted(map(str, listed)) != sorted(map(str, subject.values)):
        raise node.fail("every value stands in one band", got=listed, expected=list(subject.values))
    return tuple(found)


def _check_direction(node: Node, bands: Sequence[Band], safer: Safer) -> None:
    """Refuse points that do not go the way the part says."""
    for one, other in pairwise(bands):
        change = other.points - one.points
        if (safer is Safer.HIGH and change < 0) or (safer is Safer.LOW and change > 0):
            raise node.fail(
                "points go against what the part says is safer",
                got=f"{one.points}, then {other.points}",
                expected=safer.value,
            )
