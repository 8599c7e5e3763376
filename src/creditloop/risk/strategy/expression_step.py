"""Read a named expression: {name, kind, value, meaning}."""

from creditloop.formula import kind_from_node
from creditloop.kernel.documents import Node
from creditloop.risk.rules import name_from_node, wording_from_node
from creditloop.risk.strategy.space import Known, Space
from creditloop.risk.strategy.steps import ExpressionStep


def read_expression_step(node: Node, space: Space) -> ExpressionStep:
    """Read an expression and add it to the program.

    The policy of a null it reads travels on with its value from expression to expression. What decides (a
    table, a switch, a scorecard, a sub-strategy) refers where the value is null: it might as well not have
    been computed.

    Raises: PolicyError naming file, line, field and column.
    """
    parts = node.mapping(required=["name", "kind", "value", "meaning"], optional=[])
    name, kind, value = (
        name_from_node(parts["name"], what="step"),
        kind_from_node(parts["kind"]),
        parts["value"],
    )
    text = expression_text(value)
    tree = space.read(text, value.where)
    step = space.add(
        space.prefix + name, tree, text=text, kind=kind, where=value.where, names=space.meant(tree)
    )
    space.give(name, Known(kind=kind, step=step, computed=True, answer=space.reads_answer(tree)), node)
    return ExpressionStep(
        name=name,
        kind=kind,
        value=text,
        meaning=wording_from_node(parts["meaning"]),
        step=step,
        path=space.path,
        where=node.where,
    )


def expression_text(node: Node) -> str:
    """Return an expression as written; whole numbers, true and false may stand as YAML has them."""
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return str(node.value) if isinstance(node.value, int) else node.text()
