"""Read what a strategy document says before its steps: what it is for, inputs, numbers, lists, sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from creditloop.formula import (
    Input,
    Kind,
    ListOfValues,
    Parameter,
    constant_from_node,
    inputs_from_node,
    kind_from_node,
    placed,
)
from creditloop.kernel.documents import Document, Node, source_from_node
from creditloop.kernel.errors import InputError
from creditloop.risk.parameters import DatedParameter, parameters_from_node
from creditloop.risk.rules import Wording, name_from_node, wording_from_node
from creditloop.risk.strategy.steps import (
    DatedList,
    Effective,
    InputDetail,
    ListEntry,
    Ranking,
    StagedSource,
)

_REQUIRED = ("policy", "product", "stage", "title", "inputs")
_OPTIONAL = ("effective", "ranking", "sources", "decided_when", "parameters", "lists", "steps", "tables")
_OF_INPUT = ("source", "path", "meaning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a document says before its steps, as in force on a date.

    Attributes:
        document: the text; `hash` of it is recorded with every verdict.
        inputs: what a case must give; `input_details` what the document says of them besides.
    """

    name: str
    product: str
    stage: str
    title: Wording
    document: Document
    rules_as_of: date
    effective: Effective | None
    inputs: tuple[Input, ...]
    input_details: Mapping[str, InputDetail]
    parameters: tuple[DatedParameter, ...]
    lists: tuple[DatedList, ...]
    sources: tuple[StagedSource, ...]
    ranking: Ranking | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head(Declared):
    """A document up to its steps; these, and what depends on them, are still nodes."""

    decided_when: Node | None
    steps: tuple[Node, ...]
    tables: tuple[Node, ...]

    @property
    def words(self) -> tuple[tuple[Parameter, ...], tuple[ListOfValues, ...]]:
        """The numbers and lists in force, as its texts use them."""
        return tuple(entry.parameter for entry in self.parameters), tuple(
            entry.listed for entry in self.lists
        )


def read_head(document: Document, *, rules_as_of: date) -> Head:
    """Read a document up to its steps, as in force on a date.

    Raises: PolicyError naming file, line and field: an unknown key, a number without source or none in force
        on the date, a date the document does not hold for.
    """
    root = document.root
    entries = root.mapping(required=_REQUIRED, optional=_OPTIONAL)
    if "steps" not in entries and "tables" not in entries:
        raise root.fail("a policy has steps or tables", got=sorted(entries), expected=["steps", "tables"])
    sources = _sources(entries["sources"]) if "sources" in entries else ()
    details = {name: _detail(node, sources) for name, node in entries["inputs"].mapping().items()}
    given = parameters_from_node(entries["parameters"], on=rules_as_of) if "parameters" in entries else {}
    listed = entries["lists"].mapping() if "lists" in entries else {}
    if "decided_when" in entries and not sources:
        raise entries["decided_when"].fail("there is no source that would not be asked", expected="sources")
    return Head(
        name=entries["policy"].text(),
        product=entries["product"].text(),
        stage=entries["stage"].text(),
        title=wording_from_node(entries["title"]),
        document=document,
        rules_as_of=rules_as_of,
        effective=_effective(entries["effective"], rules_as_of) if "effective" in entries else None,
        inputs=inputs_from_node(_without_details(entries["inputs"])),
        input_details=details,
        parameters=tuple(given.values()),
        lists=tuple(_list(name, node, rules_as_of) for name, node in listed.items()),
        sources=sources,
        ranking=_ranking(entries["ranking"]) if "ranking" in entries else None,
        decided_when=entries.get("decided_when"),
        steps=tuple(entries["steps"].items()) if "steps" in entries else (),
        tables=tuple(entries["tables"].items()) if "tables" in entries else (),
    )


def _effective(node: Node, rules_as_of: date) -> Effective:
    parts = node.mapping(required=["from"], optional=["to"])
    effective = Effective(since=parts["from"].day(), until=parts["to"].day() if "to" in parts else None)
    if effective.until is not None and effective.until <= effective.since:
        raise parts["to"].fail(
            "the document ends before it begins", got=effective.until, expected=f"> {effective.since}"
        )
    if not effective.holds(rules_as_of):
        until = f", before {effective.until}" if effective.until is not None else ""
        raise node.fail(
            "the document is not in force on this date",
            got=rules_as_of,
            expected=f"from {effective.since}{until}",
        )
    return effective


def _without_details(node: Node) -> Node:
    """Return `inputs:` as the language reads it, without what only the strategy knows of them."""
    entries = node.mapping()
    plain = {
        name: replace(
            entry, value={key: part for key, part in entry.mapping().items() if key not in _OF_INPUT}
        )
        for name, entry in entries.items()
    }
    return replace(node, value=plain)


def _detail(node: Node, sources: Sequence[StagedSource]) -> InputDetail:
    parts = node.mapping()
    source = None
    if "source" in parts:
        source = parts["source"].text(among=[entry.name for entry in sources])
    return InputDetail(
        source=source,
        path=parts["path"].text() if "path" in parts else None,
        meaning=wording_from_node(parts["meaning"]) if "meaning" in parts else None,
    )


def _sources(node: Node) -> tuple[StagedSource, ...]:
    found = []
    for name, entry in node.mapping().items():
        parts = entry.mapping(required=["title", "cost"], optional=[])
        cost = constant_from_node(parts["cost"], kind=Kind.MONEY)
        if not isinstance(cost, int) or cost < 0:
            raise parts["cost"].fail("a source costs nothing or something", got=cost, expected=">= 0")
        found.append(StagedSource(name=name, title=wording_from_node(parts["title"]), cost_fen=cost))
    return tuple(found)


def _ranking(node: Node) -> Ranking:
    parts = node.mapping(required=["output"], optional=["most", "source"])
    if "most" in parts and "source" not in parts:
        raise node.fail(
            "how many reasons a letter gives is the bank's choice, with its source", expected="source"
        )
    return Ranking(
        output=name_from_node(parts["output"], what="output"),
        most=parts["most"].integer(least=1) if "most" in parts else None,
        source=source_from_node(parts["source"]) if "source" in parts else None,
    )


def _list(name: str, node: Node, rules_as_of: date) -> DatedList:
    parts = node.mapping(required=["kind", "title", "entries"], optional=[])
    kind = kind_from_node(parts["kind"])
    entries = tuple(_entry(entry, kind) for entry in parts["entries"].items())
    values = dict.fromkeys(entry.value for entry in entries if entry.holds(rules_as_of))
    try:
        listed = ListOfValues(name, kind, tuple(values), node.where)
    except InputError as error:
        raise placed(error, node) from error
    title = wording_from_node(parts["title"])
    return DatedList(name=name, title=title, entries=entries, listed=listed, where=node.where)


def _entry(node: Node, kind: Kind) -> ListEntry:
    parts = node.mapping(required=["value", "from", "reason", "source"], optional=["to"])
    since, until = parts["from"].day(), parts["to"].day() if "to" in parts else None
    if until is not None and until <= since:
        raise parts["to"].fail("an entry ends before it begins", got=until, expected=f"> {since}")
    return ListEntry(
        value=constant_from_node(parts["value"], kind=kind),
        since=since,
        until=until,
        reason=parts["reason"].text(),
        source=source_from_node(parts["source"]),
        where=node.where,
    )
