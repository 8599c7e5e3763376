"""Write a policy of ours as a decision graph (导出).

Its steps become expression nodes and its tables decision-table nodes, in the order of the document, so that
other people's tools can show and run them. What JDM cannot say — null policies, sources, dates, reasons —
stands in the extension field `_creditloop`, which carries the document itself: read back, it gives the same
program. Where such a tool would decide otherwise than we do, a warning says so by name; JDM goes on where
we refer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from creditloop.formula import NullPolicy, Op
from creditloop.kernel.canonical import content_hash
from creditloop.risk.jdm.zen_text import ZenWriter
from creditloop.risk.policy import Policy
from creditloop.risk.strategy.steps import RowStep, TableStep
from creditloop.risk.tables import HitPolicy

EXTENSION = "_creditloop"
"""The field of an exported graph that carries the document."""
_COLUMN_WIDTH = 320
Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A policy as a decision graph.

    Attributes:
        graph: the graph, as JSON.
        warnings: what a tool of JDM would decide differently, or cannot say.
    """

    graph: Json
    warnings: tuple[str, ...]


def export_policy(policy: Policy) -> Export:
    """Write a policy as a decision graph.

    Raises: PolicyError for a text zen cannot write, or an expression that comes out too long.
    """
    nodes = [_node("input", "inputNode", policy.name, {"schema": ""}), *_steps(policy)]
    nodes.append(_node("output", "outputNode", "output", {}))
    for index, node in enumerate(nodes):
        node["position"] = {"x": index * _COLUMN_WIDTH, "y": 0}
    edges = [
        {"id": f"edge_{index}", "type": "edge", "sourceId": one["id"], "targetId": other["id"]}
        for index, (one, other) in enumerate(pairwise(nodes), start=1)
    ]
    graph: Json = {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}
    carried: Json = {
        "document": {"path": policy.document.path, "text": policy.document.text},
        "documents": [{"path": entry.path, "text": entry.text} for entry in policy.documents],
        "rules_as_of": policy.rules_as_of.isoformat(),
        "version": policy.version,
    }
    graph[EXTENSION] = carried | {"drawing": drawing_hash(graph, carried)}
    return Export(graph=graph, warnings=tuple(_warnings(policy)))


def drawing_hash(graph: Mapping[str, object], carried: Mapping[str, object]) -> str:
    """Return the hash of a graph and of what it carries: neither is changed without the other.

    Where nodes are drawn does not count.
    """
    listed = graph.get("nodes")
    nodes = [
        {key: value for key, value in node.items() if key != "position"}
        for node in (listed if isinstance(listed, list) else [])
        if isinstance(node, Mapping)
    ]
    told = {name: carried.get(name) for name in ("document", "documents", "rules_as_of")}
    return content_hash({"nodes": nodes, "edges": graph.get("edges"), "carried": told})


def _node(identifier: str, kind: str, name: str, content: Json) -> Json:
    return {"id": identifier, "type": kind, "name": name, "content": content}


def _steps(policy: Policy) -> Iterator[Json]:
    """Give a node for each table, and one for the expressions between two of them."""
    paths = {name: detail.path for name, detail in policy.input_details.items() if detail.path is not None}
    writer = ZenWriter(policy.program, paths)
    tables = {step: table for table in policy.table_steps for step in _owned(policy, table)}
    pending: list[str] = []
    done: set[str] = set()
    count = 0
    for step in policy.program.steps:
        table = tables.get(step.name)
        if table is None:
            pending.append(step.name)
            continue
        if table.id in done:
            continue
        done.add(table.id)
        if pending:
            count += 1
            yield _expressions(writer, f"steps_{count}", pending)
            pending = []
        yield _table(policy, writer, table)
    if pending:
        yield _expressions(writer, f"steps_{count + 1}", pending)


def _owned(policy: Policy, table: TableStep) -> set[str]:
    """Return the steps of the program that a table's node says: all of its own."""
    own = {step.name for step in policy.program.steps if step.name.startswith(f"{table.id}__")}
    return own | set(table.gives.values())


def _expressions(writer: ZenWriter, name: str, steps: Sequence[str]) -> Json:
    entries: list[Json] = []
    for step in steps:
        entries.append({"id": f"{name}_{len(entries)}", "key": step, "value": writer.text(step)})
        writer.name(step, by=f"$.{step}")
    for step in steps:
        writer.name(step, by=step)
    return _node(name, "expressionNode", name, {"expressions": entries, "passThrough": True})


def _table(policy: Policy, writer: ZenWriter, table: TableStep) -> Json:
    collects = table.table.hit_policy is HitPolicy.COLLECT
    outputs = [
        {
            "id": f"out_{output.name}",
            "name": output.name,
            "field": table.gives.get(output.name, output.name) + ("[]" if output.collect else ""),
        }
        for output in table.table.outputs
    ]
    rules = [
        _rule(writer, row, reason=rule.rule.reason.en)
        for row, rule in zip(table.rows, table.table.rows, strict=True)
    ]
    if table.otherwise is not None and not collects:
        rules.append(_rule(writer, table.otherwise, reason="otherwise"))
    content: Json = {
        "hitPolicy": table.table.hit_policy.value,
        "passThrough": True,
        "inputs": [{"id": "when", "name": "when"}],
        "outputs": outputs,
        "rules": rules,
    }
    if collects:
        content["outputPath"] = table.id
    for step in table.gives.values():
        writer.name(step, by=step)
    return _node(f"table_{table.id}", "decisionTableNode", table.id, content)


def _rule(writer: ZenWriter, row: RowStep, *, reason: str) -> Json:
    cells = {f"out_{output}": writer.text(step) for output, step in row.cells.items()}
    when = writer.text(row.condition) if row.condition is not None else ""
    return {"_id": row.row, "_description": reason, "when": when, **cells}


# warnings


def _warnings(policy: Policy) -> Iterator[str]:
    for entry in policy.inputs:
        if entry.null is not NullPolicy.NO_MATCH:
            yield f"input {entry.name}: null is `{entry.null.value}` here; there such a row does not match"
    for table in policy.table_steps:
        yield f"table {table.id}: a row that cannot be evaluated refers here; there the next row is taken"
        if table.otherwise is not None and table.table.hit_policy is HitPolicy.COLLECT:
            yield f"table {table.id}: what holds where no row matches cannot be said"
        if table.path:
            yield f"table {table.id}: stands in a branch here; there it is asked for every case"
    for source in policy.sources:
        yield f"source {source.name}: asked only while the case is open here; there all is given at once"
    for listed in policy.lists:
        yield f"list {listed.name}: its entries in force on {policy.rules_as_of} are written out"
    used = {operation.op for operation in policy.program.operations}
    if any(operation.checked for operation in policy.program.operations):
        yield "numbers: what leaves 64 bits refers here; there it goes on"
    if Op.MONTHS_BETWEEN in used:
        yield "months between: back from a month's last days, another tool may count one month more"
    if used & {Op.DIVIDE, Op.REMAINDER}:
        yield "division by zero: refers here; there it is null"
    if any(
        operation.op in {Op.LENGTH, Op.UPPER, Op.LOWER, Op.TRIM} for operation in policy.program.operations
    ):
        yield "texts: upper, lower, trim and length agree on ASCII only"
