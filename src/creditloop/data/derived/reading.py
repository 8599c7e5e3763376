"""Read a document of derived features: inputs of window documents, features, cross-checks, classification."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from creditloop.data.derived.check_reading import check_from_node, classification_from_node
from creditloop.data.derived.definitions import DerivedDraft, DerivedFeature, DerivedInput, DerivedSet
from creditloop.data.derived.programs import KNOWN, derived_program, parameter_from_node, version_hash
from creditloop.data.features import Direction
from creditloop.data.table_reading import name_from_node, words_from_node
from creditloop.data.windows import WindowFeature, WindowFeatureSet
from creditloop.formula import NullPolicy, Step, kind_from_node, python_function
from creditloop.kernel.documents import Document, Node

DRAFT_KEYS = ("windows", "inputs", "parameters", "features", "cross_checks", "classification")
"""Keys of a document that `derived_draft` reads; all but the first two may be left out."""


def window_documents(document: Document) -> tuple[str, ...]:
    """Return the paths of the documents of window features that a document takes its inputs from."""
    return tuple(node.text() for node in document.root.mapping(required=["windows"])["windows"].items())


def read_derived_features(document: Document, *, windows: Mapping[str, WindowFeatureSet]) -> DerivedSet:
    """Read a document of derived features (衍生特征) over documents of window features.

    Args:
        windows: the documents it names, by path; see `window_documents`.
    Raises: PolicyError naming file, line and field: a window feature nobody declares, an expression that does
        not compile, a band without an end, a class nobody can be in, a name given twice, an unknown key.
    """
    entries = document.root.mapping(
        required=["derived_features", "title", *DRAFT_KEYS[:2]], optional=DRAFT_KEYS[2:]
    )
    draft = derived_draft(entries, windows=windows)
    if not draft.features:
        raise document.root.fail("at least one feature is needed", got="none")
    program = derived_program(draft, at=document.root)
    return DerivedSet(
        name=name_from_node(entries["derived_features"]),
        title=words_from_node(entries["title"]),
        draft=draft,
        program=program,
        function=python_function(program),
        document=document,
        hash=version_hash(document, program, draft),
    )


def derived_draft(
    entries: Mapping[str, Node],
    *,
    windows: Mapping[str, WindowFeatureSet],
    including: DerivedDraft | None = None,
) -> DerivedDraft:
    """Read the part of a document that says what is derived; see `DRAFT_KEYS`.

    Args:
        entries: the document's keys; others are passed over.
        including: what other documents say: its names can be read here.
    Raises: PolicyError as `read_derived_features` does.
    """
    own = _empty(_windows(entries["windows"], windows))
    own = replace(own, inputs=_inputs(entries["inputs"], own.windows))
    if "parameters" in entries:
        listed = entries["parameters"].mapping()
        own = replace(own, parameters=tuple(parameter_from_node(name, node) for name, node in listed.items()))
    draft = own if including is None else joined_drafts([including, own], at=entries["windows"])
    for key, read in (("features", _with_feature), ("cross_checks", _with_check)):
        for node in entries[key].items() if key in entries else []:
            draft = read(draft, node)
    if "classification" in entries:
        draft = _with_classification(draft, entries["classification"])
    return _with_sources(draft, entries["inputs"])


def joined_drafts(drafts: Sequence[DerivedDraft], *, at: Node) -> DerivedDraft:
    """Return what several documents say together; what they say alike stands once.

    Args:
        at: where to say it if they contradict each other.
    Raises: PolicyError if one name means two things, or two documents are about one source.
    """
    found = DerivedDraft(
        windows=_once([one for draft in drafts for one in draft.windows], at=at),
        inputs=_once([one for draft in drafts for one in draft.inputs], at=at),
        parameters=_once([one for draft in drafts for one in draft.parameters], at=at),
        features=_once([one for draft in drafts for one in draft.features], at=at),
        checks=tuple({one.code: one for draft in drafts for one in draft.checks}.values()),
        classifications=_once([one for draft in drafts for one in draft.classifications], at=at),
        steps=_once([one for draft in drafts for one in draft.steps], at=at),
    )
    _check_one_a_source(found.windows, at)
    return found


class _Named(Protocol):
    """Whatever a document says under a name."""

    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=_Named)


def _once(entries: Sequence[Named], *, at: Node) -> tuple[Named, ...]:
    """Return entries once by their name; refuse two that differ."""
    found: dict[str, Named] = {}
    for entry in entries:
        if found.setdefault(entry.name, entry) != entry:
            raise at.fail("one name means two things in documents that are read together", got=entry.name)
    return tuple(found.values())


def _empty(windows: tuple[WindowFeatureSet, ...]) -> DerivedDraft:
    return DerivedDraft(
        windows=windows, inputs=(), parameters=(), features=(), checks=(), classifications=(), steps=()
    )


def _windows(node: Node, given: Mapping[str, WindowFeatureSet]) -> tuple[WindowFeatureSet, ...]:
    found = tuple(given[entry.text(among=sorted(given))] for entry in node.items())
    _check_one_a_source(found, node)
    return found


def _check_one_a_source(windows: Sequence[WindowFeatureSet], node: Node) -> None:
    contracts = [one.contract for one in windows]
    if twice := sorted({name for name in contracts if contracts.count(name) > 1}):
        raise node.fail("two documents of window features are about one source", got=twice)


def _inputs(node: Node, windows: Sequence[WindowFeatureSet]) -> tuple[DerivedInput, ...]:
    known: dict[str, tuple[WindowFeature, WindowFeatureSet]] = {
        feature.name: (feature, own) for own in windows for feature in own.features
    }
    found = []
    for name, entry in node.mapping().items():
        if name.startswith(KNOWN):
            raise entry.fail("a name that says whether a source is known", got=name)
        if entry.text() not in known:
            raise entry.fail(
                "none of the window documents has this feature",
                got=entry.text(),
                expected=[one.document.path for one in windows],
                hint="creditloop features list <document> tells the names",
            )
        feature, own = known[entry.text()]
        found.append(
            DerivedInput(
                name=name,
                feature=feature.name,
                source=own.contract,
                kind=feature.kind,
                unit=feature.unit,
                meaning=feature.meaning,
            )
        )
    if not found:
        raise node.fail("at least one input is needed", got="none")
    return tuple(found)


def _with_feature(draft: DerivedDraft, node: Node) -> DerivedDraft:
    parts = node.mapping(
        required=["name", "kind", "value", "null", "meaning", "direction"], optional=["unit"]
    )
    feature = DerivedFeature(
        name=name_from_node(parts["name"]),
        kind=kind_from_node(parts["kind"]),
        unit=parts["unit"].text() if "unit" in parts else None,
        text=parts["value"].text(),
        meaning=words_from_node(parts["meaning"]),
        null=NullPolicy(parts["null"].text(among=[policy.value for policy in NullPolicy])),
        direction=Direction(parts["direction"].text(among=list(Direction))),
        sources=(),
    )
    step = Step(feature.name, feature.text, parts["value"].where, feature.kind, feature.null)
    return replace(draft, features=(*draft.features, feature), steps=(*draft.steps, step))


def _with_check(draft: DerivedDraft, node: Node) -> DerivedDraft:
    check, step = check_from_node(node, draft=draft)
    return replace(draft, checks=(*draft.checks, check), steps=(*draft.steps, step))


def _with_classification(draft: DerivedDraft, node: Node) -> DerivedDraft:
    found, steps = classification_from_node(node)
    return replace(draft, classifications=(*draft.classifications, found), steps=(*draft.steps, *steps))


def _with_sources(draft: DerivedDraft, node: Node) -> DerivedDraft:
    """Say of each feature which sources it can depend on: what its program reads."""
    program = derived_program(draft, at=node)
    read = {step.name: step.reads for step in program.steps}
    features = tuple(
        replace(
            feature,
            sources=tuple(source for source in draft.sources if f"{KNOWN}{source}" in read[feature.name]),
        )
        for feature in draft.features
    )
    return replace(draft, features=features)
