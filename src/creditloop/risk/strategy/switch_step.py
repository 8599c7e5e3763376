"""Read a switch: {id, branches: [{id, when, steps}], otherwise}.

W stands for the switch's id. The first branch whose condition holds is taken; one that cannot be evaluated
stops the switch. `W__reads_<name>` is what a condition reads of what the document computes: its null refers,
as in a table. What is made in a branch has its own name, `W__<branch>__<name>`; afterwards `<name>` is that
of the branch taken. A branch that does not give it gives a null, which refers.
"""

from collections.abc import Callable, Mapping, Sequence

from creditloop.formula import (
    Choice,
    Kind,
    Name,
    Null,
    NullPolicy,
    Tree,
    Value,
)
from creditloop.kernel.documents import Node
from creditloop.risk.lowering import ordinal_of_first
from creditloop.risk.rules import OTHERWISE, name_from_node
from creditloop.risk.strategy.expression_step import expression_text
from creditloop.risk.strategy.space import Known, Space
from creditloop.risk.strategy.steps import PolicyStep, SwitchBranch, SwitchStep

ReadSteps = Callable[[Sequence[Node], Space], tuple[PolicyStep, ...]]
"""How the steps of a branch are read: as those of the document."""


def read_switch_step(node: Node, space: Space, *, read_steps: ReadSteps) -> SwitchStep:
    """Read a switch and add it to the program.

    Raises: PolicyError naming file, line and field: a branch's id given twice, a name whose branches make it
        of different kinds, whatever is wrong within the branches.
    """
    parts = node.mapping(required=["id", "branches", OTHERWISE], optional=[])
    own = space.prefix + name_from_node(parts["id"], what="switch")
    space.take_columns(own, ["state"], node, what="the switch")
    written = parts["branches"].items()
    if not written:
        raise parts["branches"].fail("a switch has branches", got=0, expected="at least one")
    conditions = _conditions(written, own, space)
    taken = space.add(
        f"{own}__taken",
        ordinal_of_first(list(conditions.values())),
        text="the branch taken",
        kind=Kind.INTEGER,
        where=node.where,
        null=NullPolicy.REFER,
    )
    branches, spaces = list[SwitchBranch](), list[Space]()
    for ordinal, (each, branch) in enumerate(zip(written, conditions, strict=True), start=1):
        within = space.branch(f"{own}__{branch}__", taken=taken, ordinal=ordinal)
        entries = each.mapping()
        steps = read_steps(entries["steps"].items(), within)
        text = expression_text(entries["when"])
        branches.append(SwitchBranch(id=branch, when=text, condition=conditions[branch], steps=steps))
        spaces.append(within)
    last = space.branch(f"{own}__{OTHERWISE}__", taken=taken, ordinal=0)
    otherwise = read_steps(parts[OTHERWISE].items(), last)
    return SwitchStep(
        id=own,
        branches=tuple(branches),
        otherwise=otherwise,
        taken=taken,
        gives=_merged(node, space, [*spaces, last], list(conditions.values())),
        path=space.path,
        where=node.where,
    )


def _conditions(written: Sequence[Node], own: str, space: Space) -> dict[str, str]:
    """Add the conditions of the branches; return their steps by the branch's id."""
    found: dict[str, str] = {}
    reads: dict[str, str] = {}
    for each in written:
        parts = each.mapping(required=["id", "when", "steps"], optional=[])
        branch, when = name_from_node(parts["id"], what="branch"), parts["when"]
        if branch in found or branch == OTHERWISE or "__" in branch:
            raise parts["id"].fail(
                "not a name for a branch", got=branch, expected="each once, no `__`, and not `otherwise`"
            )
        text = expression_text(when)
        tree = space.read(text, when.where)
        names = space.meant(tree)
        for name in (each for each in names if each in space.names and each not in reads):
            reads[name] = space.referring(name, f"{own}__reads_{name}", when.where)
        found[branch] = space.add(
            f"{own}__when_{branch}",
            tree,
            text=text,
            kind=Kind.BOOLEAN,
            where=when.where,
            names={name: reads.get(name, step) for name, step in names.items()},
        )
    return found


def _merged(
    node: Node, space: Space, spaces: Sequence[Space], conditions: Sequence[str]
) -> Mapping[str, str]:
    """Give every name made in a branch one meaning after the switch."""
    made = dict.fromkeys(name for each in spaces for name in each.names if name not in space.names)
    gives = {}
    for name in made:
        kinds = {each.names[name].kind for each in spaces if name in each.names}
        if len(kinds) > 1:
            got = sorted(kind.value for kind in kinds)
            raise node.fail(f"the branches make {name!r} of different kinds", got=got, expected="one kind")
        values: list[Tree] = [
            Name(each.names[name].step) if name in each.names else Null() for each in spaces
        ]
        branches = tuple(zip((Name(condition) for condition in conditions), values[:-1], strict=True))
        (kind,) = kinds
        gives[name] = space.add(
            space.prefix + name,
            Choice(branches, values[-1]),
            text=f"{name} of the branch taken",
            kind=kind,
            where=node.where,
            null=NullPolicy.REFER,
        )
        declared = [each.names[name].values for each in spaces if name in each.names]
        known = Known(kind=kind, step=gives[name], computed=True, answer=True, values=_all_values(declared))
        space.give(name, known, node)
    return gives


def _all_values(declared: Sequence[tuple[Value, ...] | None]) -> tuple[Value, ...] | None:
    """Return the values that any branch can give; None where one has not declared its own."""
    known = [values for values in declared if values is not None]
    if len(known) < len(declared):
        return None
    return tuple(dict.fromkeys(value for values in known for value in values))
