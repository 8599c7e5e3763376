"""Walk a decision graph and draft our document from it, node after node (决策图转换)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.formula import Kind
from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm import tree
from creditloop.risk.jdm.activity import Activity
from creditloop.risk.jdm.contexts import (
    EMPTY,
    Context,
    Fields,
    Nothing,
    found,
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
                own = self._expressions(node, _read_part(node.flow, here.context), here.activity)
            case TableNode():
                own = draft_table(
                    self._draft,
                    node,
                    _read_part(node.flow, here.context),
                    active=here.activity.text,
                    before=_kept(node.flow, here.context),
                )
            case DecisionNode():
                own = self._decision(node, _read_part(node.flow, here.context), here.activity)
            case _:
                return here.context
        placed = written(EMPTY, node.flow.output_path, own) if node.flow.output_path else own
        return (
            overlaid(here.context, placed)
            if node.flow.pass_through and isinstance(placed, Fields)
            else placed
        )

    # nodes

    def _expressions(self, node: ExpressionNode, context: Context, activity: Activity) -> Context:
        own: Context = EMPTY
        for key, text in node.entries:
            try:
                names = CellNames(self._draft, context, own)
                path = tuple(key.split("."))
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
            test = all_of([*start, *earlier, *own])
            if test.text == "true":
                branches[identifier] = here.activity
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
        return self._joined(results, node.name).context


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


def _read_part(flow: Flow, context: Context) -> Context:
    """Return the part of the context a node reads."""
    if flow.input_field is None:
        return context
    field = read_expression(flow.input_field)
    if not isinstance(field, tree.Path):
        raise outside(Refusal.OBJECT, flow.input_field, where={"field": "inputField"})
    return found(context, field.parts)


def _kept(flow: Flow, context: Context) -> Context:
    """Return what a table's outputs are laid over: nothing where its input does not go on."""
    return found(context, flow.output_path or ()) if flow.pass_through else Nothing()
