"""Read what an optimiser is asked (寻优方案): the part `optimise:` of a plan."""

from collections.abc import Mapping

from creditloop.formula import Kind
from creditloop.kernel.documents import Node
from creditloop.risk.backtest.numbers import number_named, whole
from creditloop.risk.backtest.plan import Constraint, Move, OptimisePlan
from creditloop.risk.parameters import DatedParameter

OBJECTIVES = ("profit", "approvals")
CONSTRAINTS: Mapping[str, tuple[str, str, tuple[Kind, ...]]] = {
    "bad_rate_at_most": ("bad_rate", "at_most", (Kind.NANO,)),
    "approvals_at_least": ("approvals", "at_least", (Kind.NANO,)),
    "loss_at_most": ("loss", "at_most", (Kind.MONEY,)),
    "exposure_at_most": ("exposure", "at_most", (Kind.MONEY,)),
}
"""By key of `constraints:` the figure, the side, and the kinds its number may be of. Approvals are a share of
the cases; loss and exposure are fen for all cases of the table, and in proportion on a part of them."""
_REQUIRED = ("objective", "moves", "split", "effective_from")
_NANO = 10**9


def search_from_node(node: Node, *, numbers: Mapping[str, DatedParameter]) -> OptimisePlan:
    """Read `optimise:`.

    Args:
        numbers: the plan's parameters; a constraint names one of them.
    Raises: PolicyError naming file, line and field of what is wrong.
    """
    parts = node.mapping(required=_REQUIRED, optional=["constraints", "ordered", "restarts", "seed"])
    split = parts["split"].mapping(required=["salt", "choose_share"], optional=[])
    moves = tuple(_move(entry) for entry in parts["moves"].items())
    names = [move.parameter for move in moves]
    if not names or len(set(names)) != len(names):
        raise parts["moves"].fail("each number that may move stands once", got=names, expected="at least one")
    share = whole(number_named(split["choose_share"], numbers=numbers, kinds=[Kind.NANO]))
    if not 0 < share < _NANO:
        raise split["choose_share"].fail(
            "both parts of the split need cases", got=share, expected="0 < share < 1"
        )
    return OptimisePlan(
        objective=parts["objective"].text(among=OBJECTIVES),
        constraints=_constraints(parts["constraints"], numbers) if "constraints" in parts else (),
        moves=moves,
        ordered=_ordered(parts["ordered"], names) if "ordered" in parts else (),
        restarts=parts["restarts"].integer(least=0, most=1000) if "restarts" in parts else 0,
        seed=parts["seed"].integer(least=0) if "seed" in parts else 0,
        salt=split["salt"].text(),
        choose_share_nano=share,
        effective_from=parts["effective_from"].day(),
    )


def _move(node: Node) -> Move:
    parts = node.mapping(required=["parameter"], optional=["values", "step", "reach", "over"])
    ways = [{"values"}, {"step", "reach"}, {"over"}]
    if parts.keys() - {"parameter"} not in ways:
        raise node.fail(
            "one way of moving a number is given",
            got=sorted(parts.keys() - {"parameter"}),
            expected="values, or step and reach, or over",
        )
    values = tuple(entry.integer() for entry in parts["values"].items()) if "values" in parts else None
    if values is not None and (not values or list(values) != sorted(set(values))):
        raise parts["values"].fail("values to try stand once each, in ascending order", got=values)
    step = parts["step"].integer(least=1) if "step" in parts else None
    return Move(
        parameter=parts["parameter"].text(),
        values=values,
        step=step,
        reach=parts["reach"].integer(least=step) if "reach" in parts else None,
        over=parts["over"].text() if "over" in parts else None,
    )


def _constraints(node: Node, numbers: Mapping[str, DatedParameter]) -> tuple[Constraint, ...]:
    found = []
    for key, entry in node.mapping(optional=list(CONSTRAINTS)).items():
        figure, side, kinds = CONSTRAINTS[key]
        number = number_named(entry, numbers=numbers, kinds=kinds)
        found.append(Constraint(figure=figure, side=side, number=number, bound=whole(number)))
    return tuple(found)


def _ordered(node: Node, names: list[str]) -> tuple[tuple[str, ...], ...]:
    groups = tuple(tuple(entry.text(among=names) for entry in group.items()) for group in node.items())
    for group in groups:
        if len(group) < 2 or len(set(group)) != len(group):
            raise node.fail("an order is between two numbers or more, each once", got=group)
    return groups
