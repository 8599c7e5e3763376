"""Join what arrives at a node from several others (汇合).

What only one branch has is there when that branch ran. Two branches may write the same path only if no case
runs both: which of them zen would let win is an accident of the drawing, so that is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from creditloop.formula import Kind
from creditloop.risk.jdm.activity import Activity, either
from creditloop.risk.jdm.contexts import (
    EMPTY,
    Context,
    Fields,
    Given,
    Nothing,
    PathParts,
    Rows,
    Scalar,
    found,
    leaves,
    objects_in,
    written,
)
from creditloop.risk.jdm.drafting import Draft, common_kind, or_filler
from creditloop.risk.jdm.lowered import AND, ATOM, Lowered, Test, all_of, divided, filler
from creditloop.risk.jdm.refusals import Refusal, outside


@dataclass(frozen=True, slots=True)
class Incoming:
    """A context and the activity under which it arrives."""

    activity: Activity
    context: Context


def joined_contexts(draft: Draft, incoming: Sequence[Incoming], *, name: str) -> Incoming:
    """Return what a node sees, and when it runs; a value that differs by branch becomes a step.

    Raises: PolicyError by name if two branches that may both run write the same path.
    """
    if not incoming:
        raise outside(Refusal.SHAPE, "nothing leads to the node")
    activity = either([entry.activity for entry in incoming])
    contexts = {entry.context for entry in incoming}
    if len(contexts) == 1:
        return Incoming(activity, contexts.pop())
    if any(isinstance(context, Rows | Scalar) for context in contexts):
        raise outside(Refusal.MERGE, f"a list or a value by branch at {name}")
    check_no_conflict(incoming)
    bases = {_base(entry.context) for entry in incoming}
    if len(bases) > 1:
        raise outside(Refusal.MERGE, f"only some branches to {name} hand on what came in")
    context: Context = bases.pop() or EMPTY
    paths = dict.fromkeys(path for entry in incoming for path, _ in leaves(entry.context) if path)
    for path in paths:
        options = [(entry.activity, found(entry.context, path)) for entry in incoming]
        context = written(context, path, _by_branch(draft, path, options, name))
    return Incoming(activity, context)


def check_no_conflict(incoming: Sequence[Incoming]) -> None:
    """Refuse two branches that may both run and write the same path."""
    for one, other in combinations(incoming, 2):
        if one.activity.excludes(other.activity):
            continue
        for left, right in ((one.context, other.context), (other.context, one.context)):
            for path, value in leaves(left):
                there = found(right, path)
                if not isinstance(there, Nothing) and there != value and not _only_base(right, path, value):
                    raise outside(Refusal.MERGE, ".".join(path) or "the whole case")
            for path, each in objects_in(left):
                if path and each.of_table and not isinstance(found(right, path), Nothing | Given):
                    raise outside(Refusal.MERGE, ".".join(path))


def _only_base(context: Context, path: PathParts, value: Context) -> bool:
    """Whether what stands at a path is the object whose entries the value lies under, not another value."""
    there = found(context, path)
    return isinstance(there, Fields) and (
        there.base == value or (isinstance(value, Given) and there.base is None and not path)
    )


def _base(context: Context) -> Context | None:
    match context:
        case Given():
            return context
        case Fields(base=base):
            return base
        case _:
            return None


def _by_branch(
    draft: Draft, path: PathParts, options: Sequence[tuple[Activity, Context]], name: str
) -> Context:
    values = {value for _, value in options}
    if len(values) == 1:
        return values.pop()
    operands: list[tuple[Activity, Lowered]] = []
    for activity, value in options:
        match value:
            case Nothing():
                continue
            case Scalar() | Given():
                operand = draft.operand(value, (), want=_wanted(values))
                assert operand is not None, "something is there"
                operands.append((activity, divided(operand)))
            case _:
                raise outside(Refusal.MERGE, f"{'.'.join(path)}: a list or an object by branch")
    kind = common_kind([operand.kind for _, operand in operands], what=".".join(path))
    value_name, known_name = draft.name(path), draft.name((*path, "given"))
    picked = [(activity.text or "true", or_filler(operand)) for activity, operand in operands]
    known = [_given(activity, operand) for activity, operand in operands]
    meaning = f"{name}: {'.'.join(path)} by branch"
    branches = " ".join(f"when {active} then {text}" for active, text in picked)
    draft.step(value_name, kind, f"case {branches} else {filler(kind)} end", meaning=meaning)
    draft.step(known_name, Kind.BOOLEAN, " or ".join(known), meaning=f"{meaning} (given)")
    return Scalar(value_name, kind, known_name)


def _given(activity: Activity, operand: Lowered) -> str:
    active = [Test(activity.text, ATOM if len(activity.steps) == 1 else AND - 1)] if activity.steps else []
    return all_of([*active, *operand.known]).within(AND - 1)


def _wanted(values: set[Context]) -> Kind | None:
    kinds = {value.kind for value in values if isinstance(value, Scalar)}
    return kinds.pop() if len(kinds) == 1 else None
