"""Walk a decision graph and draft our document from it, node after node (决策图转换)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from creditloop.formula import Kind
from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm import tree
from creditloop.risk.jdm.activity import Activity
from creditloop.risk.jdm.contexts import (
    EMPTY,
    Context,
    Fields,
    Given,
    Nothing,
    Rows,
    Scalar,
    found,
    leaves,
    overlaid,
    written,
)
from creditloop.risk.jdm.drafting import CellNames, Draft
from creditloop.risk.jdm.expressions import read_expression
from creditloop.risk.jdm.graph import (
    DecisionNode,
    Edge,
    ExpressionNode,
    Flow,
    Graph,
    InputNode,
    Node,
    OutputNode,
    SwitchNode,
    TableNode,
    read_graph,
)
from creditloop.risk.jdm.joining import Incoming, check_no_conflict, joined_contexts
from creditloop.risk.jdm.lowered import AND, ATOM, Test, all_of
from creditloop.risk.jdm.lowering import Lowering
from creditloop.risk.jdm.refusals import Refusal, outside, placed_in
from creditloop.risk.jdm.tables import draft_table

DEPTH_MOST = 10
"""How deep sub-decisions may go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """A node that has been walked: when it runs, what it puts out, and the activity behind each branch."""

    activity: Activity
    output: Context
    branches: Mapping[str, Activity]


class Builder:
    """Walks graphs, the sub-decisions they name among them, into one draft.

    Args:
        decisions: graphs by the key under which sub-decisions name them.
    """

    def __init__(self, draft: Draft, decisions: Mapping[str, Mapping[str, object]]) -> None:
        self._draft = draft
        self._decisions = decisions
        self._depth = 0

    def results(self, graph: Graph, context: Context, activity: Activity) -> list[Incoming]:
        """Walk a graph and return what comes out of it, with the activity under which each part does.

        Raises: PolicyError naming node and field by name for what is not taken over.
        """
        walked: dict[str, Walked] = {}
        results, ends = list[Incoming](), list[Incoming]()
        for node in graph.nodes:
            try:
                incoming = [_arriving(edge, walked) for edge in graph.edges_to(node)]
                if isinstance(node, OutputNode):
                    results.append(self._joined(incoming, node.name))
                    walked[node.id] = Walked(
                        activity=results[-1].activity, output=results[-1].context, branches={}
                    )
                    continue
                here = (
                    Incoming(activity, context)
                    if isinstance(node, InputNode)
                    else self._joined(incoming, node.name)
                )
                walked[node.id] = self._walked(node, here)
                if graph.is_end(node):
                    ends.append(Incoming(walked[node.id].activity, walked[node.id].output))
            except PolicyError as error:
                placed_in(error, node=node.name)
                raise
        return _coming_out(results, ends, activity)

    def _joined(self, incoming: Sequence[Incoming], name: str) -> Incoming:
        return joined_contexts(self._draft, incoming, name=name)

    def _walked(self, node: Node, here: Incoming) -> Walked:
        if isinstance(node, SwitchNode):
            return Walked(activity=here.activity, output=here.context, branches=self._switch(node, here))
        output = self._output(node, here)
        return Walked(activity=here.activity, output=output, branches={})

    def _output(self, node: Node, here: Incoming) -> Context:
        match node:
            case ExpressionNode():
                own = self._expressions(node, self._read_part(node.flow, here.context), here.activity)
            case TableNode():
                own = draft_table(
                    self._draft,
                    node,
                    self._read_part(node.flow, here.context),
                    active=here.activity.text,
                    before=_kept(node.flow, here.context),
                )
            case DecisionNode():
                own = self._decision(node, self._read_part(node.flow, here.context), here.activity)
                if node.flow.pass_through:
                    self._check_nulls(found(here.context, node.flow.output_path or ()), own)
            case _:
                return here.context
        if isinstance(node, TableNode) and isinstance(own, Fields):
            own = replace(own, of_table=True)
        placed = written(EMPTY, node.flow.output_path, own) if node.flow.output_path else own
        if not node.flow.pass_through or not isinstance(placed, Fields):
            return placed
        self._keep_apart(here.context, placed)
        return overlaid(here.context, placed)

    def _keep_apart(self, under: Context, over: Context) -> None:
        """Take note where an object of the case is laid over another: zen joins the two, here one replaces.

        Raises: PolicyError by name where that is so whatever the case holds.
        """
        match over:
            case Fields(base=None) if isinstance(under, Scalar | Rows):
                raise outside(Refusal.MERGE, "an object laid over a value")
            case Fields(base=None):
                if isinstance(under, Given) and under.path:
                    self._draft.objects.add(under.path)
                for key, value in over.entries:
                    self._keep_apart(found(under, (key,)), value)
            case Given() if isinstance(under, Given | Fields) and over != under:
                self._draft.apart.add((over.path, under.path if isinstance(under, Given) else ()))
            case Fields(base=base) if isinstance(under, Given) and base != under:
                self._draft.apart.add(((), under.path))
            case Fields(base=base) if isinstance(under, Fields) and base != under.base:
                raise outside(Refusal.MERGE, "an object of the case laid over another")

    # nodes

    def _read_part(self, flow: Flow, context: Context) -> Context:
        """Return the part of the context a node reads: an object, or nothing."""
        if flow.input_field is None:
            return context
        field = read_expression(flow.input_field)
        if not isinstance(field, tree.Path):
            raise outside(Refusal.OBJECT, flow.input_field, where={"field": "inputField"})
        part = found(context, field.parts)
        if isinstance(part, Scalar | Rows):
            raise outside(Refusal.KIND_CONFLICT, flow.input_field, where={"field": "inputField"})
        if isinstance(part, Given):
            self._draft.objects.add(part.path)
        return part

    def _expressions(self, node: ExpressionNode, context: Context, activity: Activity) -> Context:
        own: Context = EMPTY
        for key, text in node.entries:
            try:
                names = CellNames(self._draft, context, own)
                path = tuple(key.split("."))
                _check_open(own, path)
                meaning = f"{node.name}: {key} = {text}"
                value = self._entry(names, read_expression(text), path, activity.text, meaning)
                own = written(own, path, value)
            except PolicyError as error:
                placed_in(error, field=key, text=text)
                raise
        return own

    def _entry(
        self, names: CellNames, expression: tree.Expression, path: tuple[str, ...], active: str, meaning: str
    ) -> Context:
        """Return what an entry puts out: what a name leads to as it is, else a step of its own."""
        if isinstance(expression, tree.Mapping):
            own: Context = EMPTY
            for key, part in expression.entries:
                own = written(own, (key,), self._entry(names, part, (*path, key), active, meaning))
            return own
        if isinstance(expression, tree.Literal) and expression.value is None:
            return Nothing()
        target = names.target(expression)
        if target is not None:
            return target
        return self._draft.scalar(path, Lowering(names).lower(expression), active=active, meaning=meaning)

    def _switch(self, node: SwitchNode, here: Incoming) -> Mapping[str, Activity]:
        """Write a boolean step for each statement and return the activity behind it."""
        branches: dict[str, Activity] = {}
        earlier: list[Test] = []
        settled = False
        runs = here.activity.text
        start = [Test(runs, ATOM if " " not in runs else AND - 1)] if runs else []
        for number, (identifier, condition) in enumerate(node.statements, start=1):
            try:
                names = CellNames(self._draft, here.context, None)
                own = (
                    Lowering(names).condition(read_expression(condition)).conditions
                    if condition.strip()
                    else ()
                )
            except PolicyError as error:
                placed_in(error, field=f"statement {number}", text=condition)
                raise
            test = all_of([*start, *earlier, *own]) if not settled else Test("false", ATOM)
            if test.text == "true":
                settled = not node.collect
                last = node.collect or number == len(node.statements)
                branches[identifier] = (
                    here.activity if last else here.activity.settled(switch=node.id, statement=number)
                )
                continue
            name = self._draft.name([node.name, "takes", str(number)])
            meaning = f"{node.name}: {condition or 'otherwise'}"
            self._draft.step(name, Kind.BOOLEAN, test.text, meaning=meaning)
            branches[identifier] = here.activity.branch(
                name, switch=node.id, statement=number, first=not node.collect
            )
            if not node.collect:
                earlier.append(Test(f"not {name}", AND + 1))
        return branches

    def _decision(self, node: DecisionNode, context: Context, activity: Activity) -> Context:
        if node.key not in self._decisions:
            raise outside(Refusal.MISSING_DECISION, node.key, where={"field": "key"})
        if self._depth >= DEPTH_MOST:
            raise outside(Refusal.SHAPE, f"sub-decisions deeper than {DEPTH_MOST}", where={"field": "key"})
        self._depth += 1
        results = self.results(read_graph(self._decisions[node.key]), context, activity)
        self._depth -= 1
        joined = self._joined(results, node.name)
        if joined.activity != activity:
            raise outside(Refusal.SHAPE, "a sub-decision that may come to no end", where={"field": "key"})
        return joined.context

    def _check_nulls(self, under: Context, own: Context) -> None:
        """Let no null of a sub-decision lie over a value: zen keeps the value, we would not."""
        for path, value in leaves(own):
            there = found(under, path)
            known = isinstance(value, Scalar) and value.known is None
            same = there == value or (isinstance(there, Fields) and there.base == value)
            if not path or known or same or isinstance(there, Nothing):
                continue
            if not isinstance(there, Given) or not there.path:
                raise outside(Refusal.MERGE, f"{'.'.join(path)} of a sub-decision, which may be null")
            self._draft.closed.add(there.path)


def _coming_out(results: list[Incoming], ends: list[Incoming], activity: Activity) -> list[Incoming]:
    """Return what counts: an output node that is reached, else everything that nothing follows."""
    if any(result.activity == activity for result in results):
        ends = []
    for result in results:
        others = [other for other in (*results, *ends) if other is not result]
        if any(not result.activity.excludes(other.activity) for other in others):
            raise outside(Refusal.SHAPE, "an output node and another end that may both be reached")
    check_no_conflict(ends)
    return [*results, *ends]


def _arriving(edge: Edge, walked: Mapping[str, Walked]) -> Incoming:
    source = walked[edge.source]
    if edge.branch is None:
        return Incoming(source.activity, source.output)
    if edge.branch not in source.branches:
        raise outside(
            Refusal.SHAPE, f"an edge of no statement: {edge.branch}", where={"field": "sourceHandle"}
        )
    return Incoming(source.branches[edge.branch], source.output)


def _check_open(own: Context, path: tuple[str, ...]) -> None:
    """Refuse a path that leads through a value the node itself has given: zen leaves all but objects."""
    for part in path[:-1]:
        entries = dict(own.entries) if isinstance(own, Fields) else {}
        if part not in entries:
            return
        own = entries[part]
        if not isinstance(own, Fields):
            raise outside(Refusal.SHAPE, f"{'.'.join(path)} lies inside a value")


def _kept(flow: Flow, context: Context) -> Context:
    """Return what a table's outputs are laid over: nothing where its input does not go on."""
    return found(context, flow.output_path or ()) if flow.pass_through else Nothing()
