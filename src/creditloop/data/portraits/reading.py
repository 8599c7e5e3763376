"""Read a document of a portrait: which features may enter, their tables of points, what is missing."""

from collections.abc import Mapping, Sequence

from creditloop.data.derived import (
    DRAFT_KEYS,
    DerivedDraft,
    DerivedSet,
    derived_draft,
    derived_program,
    joined_drafts,
    version_hash,
)
from creditloop.data.portraits.definitions import POINTS_MOST, Dimension, Part, PortraitDefinition
from creditloop.data.portraits.part_reading import Subject, part_from_node, subjects_of
from creditloop.data.portraits.part_steps import dimension_steps, inputs_of_parts
from creditloop.data.table_reading import name_from_node, words_from_node
from creditloop.data.windows import EventTable, WindowFeature, WindowFeatureSet
from creditloop.formula import Kind, constant_from_node, python_function
from creditloop.kernel.documents import Document, Node, source_from_node

_PARTIES = ("person", "sole_trader", "firm")


def included_documents(document: Document) -> tuple[str, ...]:
    """Return the paths of the documents of derived features that a portrait includes."""
    return tuple(node.text() for node in document.root.mapping(required=["include"])["include"].items())


def read_portrait(
    document: Document, *, windows: Mapping[str, WindowFeatureSet], derived: Mapping[str, DerivedSet]
) -> PortraitDefinition:
    """Read a document of a portrait (画像定义).

    Args:
        windows: the documents of window features it names, by path; see `derived.window_documents`.
        derived: the documents of derived features it includes, by path; see `included_documents`.
    Raises: PolicyError naming file, line and field: a column that must not enter, bands out of order or
        without an end, points against the stated direction, a dimension whose greatest points are not 1000.
    """
    entries = document.root.mapping(
        required=[
            *("portrait", "title", "parties", "include", *DRAFT_KEYS[:2]),
            *("not_used", "coverage_least", "missing", "dimensions"),
        ],
        optional=["parameters", "features"],
    )
    included = [derived[node.text(among=sorted(derived))].draft for node in entries["include"].items()]
    including = joined_drafts(included, at=entries["include"]) if included else None
    draft = derived_draft(entries, windows=windows, including=including)
    _check_not_used(entries["not_used"], draft)
    coverage = _share(entries["coverage_least"])
    dimensions = _dimensions(entries["dimensions"], draft, missing_share=_share(entries["missing"]))
    steps = [step for one in dimensions for step in dimension_steps(one, coverage_least=coverage)]
    program = derived_program(draft, at=entries["dimensions"], more=steps)
    return PortraitDefinition(
        name=name_from_node(entries["portrait"]),
        title=words_from_node(entries["title"]),
        parties=tuple(node.text(among=_PARTIES) for node in entries["parties"].items()),
        draft=draft,
        dimensions=dimensions,
        coverage_least=coverage,
        program=program,
        function=python_function(program),
        inputs_of=inputs_of_parts(dimensions, draft=draft, program=program),
        document=document,
        hash=version_hash(document, program, draft),
    )


def _share(node: Node) -> int:
    """Read a share of points, {share, source}; nano, 0 to 1."""
    parts = node.mapping(required=["share", "source"], optional=[])
    source_from_node(parts["source"])
    found = constant_from_node(parts["share"], kind=Kind.NANO)
    if not isinstance(found, int) or not 0 <= found <= 10**9:
        raise parts["share"].fail("a share is from 0 to 1", got=found)
    return found


# what may enter


def _check_not_used(node: Node, draft: DerivedDraft) -> None:
    """Refuse inputs made from columns the document keeps out (与征信无关的杂质).

    Protected attributes are in no window feature at all; `windows` refuses them by the contract.
    """
    kept_out: dict[str, dict[str, Node]] = {}
    for source, columns in node.mapping().items():
        kept_out[source] = columns.mapping()
        for reason in kept_out[source].values():
            words_from_node(reason)
    features = {one.name: (one, own) for own in draft.windows for one in own.features}
    for entry in draft.inputs:
        feature, own = features[entry.feature]
        if found := sorted(columns_of(feature, own.table) & set(kept_out.get(own.contract, ()))):
            raise node.fail(
                "an input is made from a column that is kept out",
                got=f"{entry.feature} from {', '.join(found)}",
                hint="take the input away, or say why the column bears on credit",
            )


def columns_of(feature: WindowFeature, table: EventTable) -> set[str]:
    """Return the columns a window feature is made from, besides the days."""
    names = {of for one in feature.quantities for of in (one.of, *(name for name, _ in one.where))}
    return {part.column for part in table.parts if part.name in names}


# dimensions


def _dimensions(node: Node, draft: DerivedDraft, *, missing_share: int) -> tuple[Dimension, ...]:
    subjects = subjects_of(draft)
    found = [_dimension(entry, subjects, missing_share=missing_share) for entry in node.items()]
    names = [one.name for one in found]
    if not found or len(set(names)) < len(names):
        raise node.fail("a portrait has dimensions, each of its own name", got=names)
    return tuple(found)


def _dimension(node: Node, subjects: Mapping[str, Subject], *, missing_share: int) -> Dimension:
    entries = node.mapping(required=["name", "title", "parts"], optional=[])
    parts = [
        part_from_node(entry, subjects=subjects, missing_share=missing_share)
        for entry in entries["parts"].items()
    ]
    _check_parts(entries["parts"], parts)
    return Dimension(
        name=name_from_node(entries["name"]), title=words_from_node(entries["title"]), parts=tuple(parts)
    )


def _check_parts(node: Node, parts: Sequence[Part]) -> None:
    names = [part.feature for part in parts]
    if len(set(names)) < len(names):
        raise node.fail("a feature is a part of a dimension once", got=names)
    if (most := sum(part.most for part in parts)) != POINTS_MOST:
        raise node.fail("the greatest points of a dimension add up to 1000", got=most)
