"""A decision graph as read: typed nodes in the order in which they run, and the edges between them (决策图).

Only what can be reached from the input node runs; anything else in the file is left aside. A fault names
the node and the field. Nodes that are not taken over (functions, requests, custom ones) are refused by
name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm.refusals import Refusal, outside

JsonObject = Mapping[str, object]
"""A JSON object of someone else's making."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How a node takes its input and hands on its output.

    Attributes:
        pass_through: whether its input goes on, under its output.
        input_field: the part of the input it reads, as an expression; None: all of it.
        output_path: where its output is put; None: at the top.
    """

    pass_through: bool
    input_field: str | None
    output_path: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputNode:
    """Where a case comes in; `schema` is its JSON schema as written, if any."""

    id: str
    name: str
    schema: object


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputNode:
    """Where the answer goes out."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionNode:
    """Keys and the expressions that give them, in order."""

    id: str
    name: str
    entries: tuple[tuple[str, str], ...]
    flow: Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table.

    Attributes:
        field: of an input the expression its cells test, None: each cell is a whole condition; of an output
            the path its cells are put to.
        collect: of an output: the values of all matching rows, as a list.
    """

    id: str
    field: str | None
    collect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRule:
    """A row: its id as written, its description, and its cells by column."""

    id: str
    description: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableNode:
    """A decision table; `collect` takes all rows that match, otherwise the first one counts."""

    id: str
    name: str
    collect: bool
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rules: tuple[TableRule, ...]
    flow: Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchNode:
    """Conditions that lead to branches; `collect` takes every branch whose condition holds."""

    id: str
    name: str
    collect: bool
    statements: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionNode:
    """Another graph, by its key."""

    id: str
    name: str
    key: str
    flow: Flow


Node = InputNode | OutputNode | ExpressionNode | TableNode | SwitchNode | DecisionNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A way from a node to another; `branch` is the statement of a switch it leaves by."""

    source: str
    target: str
    branch: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The nodes that run, each after those that lead to it, and the edges between them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def input(self) -> InputNode:
        """The one input node."""
        return next(node for node in self.nodes if isinstance(node, InputNode))

    def edges_to(self, node: Node) -> tuple[Edge, ...]:
        """Return the edges that lead to a node, in the order of the nodes they come from."""
        order = {entry.id: index for index, entry in enumerate(self.nodes)}
        return tuple(
            sorted(
                (edge for edge in self.edges if edge.target == node.id), key=lambda edge: order[edge.source]
            )
        )

    def is_end(self, node: Node) -> bool:
        """Whether no edge leaves a node."""
        return all(edge.source != node.id for edge in self.edges)


def read_graph(graph: JsonObject) -> Graph:
    """Read a decision graph.

    Raises: PolicyError naming node and field: a node of a kind that is not taken over, no or several input
        nodes, edges in a circle, a field that is not what it must be.
    """
    records = {_text(record, "id"): record for record in _objects(graph, "nodes")}
    if len(records) < len(_objects(graph, "nodes")):
        raise outside(Refusal.SHAPE, "two nodes of one id", where={"field": "nodes"})
    edges = [_edge(record) for record in _objects(graph, "edges")]
    inputs = [name for name, record in records.items() if record.get("type") == "inputNode"]
    if len(inputs) != 1:
        raise outside(Refusal.SHAPE, f"{len(inputs)} input nodes", where={"field": "nodes"})
    if unknown := {name for edge in edges for name in (edge.source, edge.target)} - records.keys():
        raise outside(
            Refusal.SHAPE, f"edges of no node: {', '.join(sorted(unknown))}", where={"field": "edges"}
        )
    running = _reached(inputs[0], edges)
    edges = [edge for edge in edges if edge.source in running]
    order = _ordered([name for name in records if name in running], edges)
    return Graph(nodes=tuple(_node(records[name]) for name in order), edges=tuple(edges))


def _reached(start: str, edges: Sequence[Edge]) -> set[str]:
    found, pending = {start}, [start]
    while pending:
        node = pending.pop()
        fresh = {edge.target for edge in edges if edge.source == node} - found
        found |= fresh
        pending.extend(fresh)
    return found


def _ordered(names: Sequence[str], edges: Sequence[Edge]) -> list[str]:
    before: dict[str, set[str]] = {name: set() for name in names}
    for edge in edges:
        before[edge.target].add(edge.source)
    sorter = TopologicalSorter(before)
    try:
        sorter.prepare()
    except CycleError as error:
        raise outside(Refusal.SHAPE, "edges in a circle", where={"field": "edges"}) from error
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=names.index)
        order += ready
        sorter.done(*ready)
    return order


def _edge(record: JsonObject) -> Edge:
    branch = record.get("sourceHandle")
    return Edge(
        source=_text(record, "sourceId"),
        target=_text(record, "targetId"),
        branch=branch if isinstance(branch, str) and branch else None,
    )


def _node(record: JsonObject) -> Node:
    name = str(record.get("name") or record["id"])
    content = record.get("content")
    try:
        return _typed(
            str(record.get("type")), _text(record, "id"), name, content if content is not None else {}
        )
    except PolicyError as error:
        error.where.setdefault("node", name)
        raise


def _typed(kind: str, identifier: str, name: str, content: object) -> Node:
    if kind == "inputNode":
        schema = content.get("schema") if isinstance(content, Mapping) else None
        return InputNode(id=identifier, name=name, schema=schema)
    if kind == "outputNode":
        return OutputNode(id=identifier, name=name)
    if kind == "functionNode":
        raise outside(Refusal.FUNCTION_NODE, name)
    if not isinstance(content, Mapping):
        raise outside(Refusal.SHAPE, f"content of {name}", where={"field": "content"})
    if kind == "switchNode":
        return _switch(identifier, name, content)
    if kind == "decisionNode":
        return DecisionNode(id=identifier, name=name, key=_text(content, "key"), flow=_flow(content))
    if kind == "expressionNode":
        entries = [(_text(entry, "key"), _text(entry, "value")) for entry in _objects(content, "expressions")]
        given = tuple((key, value) for key, value in entries if key and value)
        if blank := [key for key, value in given if key != key.strip() or not value.strip()]:
            raise outside(Refusal.SHAPE, f"a key or an expression of spaces: {blank[0]!r}")
        return ExpressionNode(id=identifier, name=name, entries=given, flow=_flow(content))
    if kind == "decisionTableNode":
        return _table(identifier, name, content)
    raise outside(Refusal.CUSTOM_NODE, f"{kind} {name}", where={"field": "type"})


def _switch(identifier: str, name: str, content: JsonObject) -> SwitchNode:
    statements = [
        (_text(entry, "id"), "" if entry.get("isDefault") is True else _text(entry, "condition"))
        for entry in _objects(content, "statements")
    ]
    return SwitchNode(id=identifier, name=name, collect=_collects(content), statements=tuple(statements))


def _table(identifier: str, name: str, content: JsonObject) -> TableNode:
    inputs = [_column(entry) for entry in _objects(content, "inputs")]
    outputs = [_column(entry, gives=True) for entry in _objects(content, "outputs")]
    columns = [column.id for column in (*inputs, *outputs)]
    _check_apart([str(column.field).split(".") for column in outputs])
    rules = [
        _rule(entry, columns, number) for number, entry in enumerate(_objects(content, "rules"), start=1)
    ]
    return TableNode(
        id=identifier,
        name=name,
        collect=_collects(content),
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        rules=tuple(rules),
        flow=_flow(content),
    )


def _check_apart(paths: Sequence[Sequence[str]]) -> None:
    """Refuse outputs of which one lies inside another, or that are the same."""
    for index, path in enumerate(paths):
        for other in paths[index + 1 :]:
            shorter, longer = sorted((path, other), key=len)
            if longer[: len(shorter)] == shorter:
                detail = f"outputs that lie inside each other: {'.'.join(path)}, {'.'.join(other)}"
                raise outside(Refusal.SHAPE, detail, where={"field": "outputs"})


def _column(entry: JsonObject, *, gives: bool = False) -> Column:
    field = entry.get("field")
    if not isinstance(field, str | None):
        raise outside(Refusal.SHAPE, f"a field that is no text: {field!r}", where={"field": "field"})
    text = (field or "").strip()
    if gives and not text:
        raise outside(Refusal.SHAPE, "an output without a path", where={"field": "outputs"})
    collect = gives and text.endswith("[]")
    return Column(id=_text(entry, "id"), field=(text[:-2] if collect else text) or None, collect=collect)


def _rule(entry: JsonObject, columns: Sequence[str], number: int) -> TableRule:
    if wrong := [name for name, value in entry.items() if not isinstance(value, str | None)]:
        detail = f"a cell that is no text: {entry[wrong[0]]!r}"
        raise outside(Refusal.SHAPE, detail, where={"row": number, "field": wrong[0]})
    cells = {column: str(entry[column]) for column in columns if entry.get(column) is not None}
    description = entry.get("_description")
    return TableRule(
        id=str(entry.get("_id") or number),
        description=description if isinstance(description, str) else "",
        cells=cells,
    )


def _flow(content: JsonObject) -> Flow:
    if (mode := content.get("executionMode")) not in {None, "single"}:
        raise outside(Refusal.LOOP, f"executionMode {mode}", where={"field": "executionMode"})
    field, path = content.get("inputField"), content.get("outputPath")
    return Flow(
        pass_through=content.get("passThrough") is True,
        input_field=field if isinstance(field, str) and field.strip() else None,
        output_path=tuple(path.strip().split(".")) if isinstance(path, str) and path.strip() else None,
    )


def _collects(content: JsonObject) -> bool:
    policy = content.get("hitPolicy", "first")
    if policy not in {"first", "collect"}:
        raise outside(Refusal.SHAPE, f"hit policy {policy!r}", where={"field": "hitPolicy"})
    return policy == "collect"


def _objects(record: JsonObject, key: str) -> list[JsonObject]:
    listed = record.get(key)
    if not isinstance(listed, list) or not all(isinstance(entry, Mapping) for entry in listed):
        raise outside(Refusal.SHAPE, f"{key} is not a list of objects", where={"field": key})
    return listed


def _text(record: JsonObject, key: str) -> str:
    value = record.get(key)
    if not isinstance(value, str):
        raise outside(Refusal.SHAPE, f"{key} is not a text", where={"field": key})
    return value
