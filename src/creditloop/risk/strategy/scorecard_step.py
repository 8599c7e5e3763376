"""Read a scorecard written out: {id, base, output, parts: [{id, input, bins, missing?}]}.

C stands for the card's id. A bin's condition is `C__when_<part>__<n>`, a part's points `C__points_<part>`.
The first bin that holds counts; the bins must be proven to leave no value out. A null has the points of
`missing`, or refers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from creditloop.formula import (
    Binary,
    Choice,
    Input,
    IsNull,
    Kind,
    Name,
    Null,
    NullPolicy,
    Number,
    Program,
    Step,
    Tree,
    compile_program,
    completeness,
    placed,
)
from creditloop.kernel.documents import Node
from creditloop.kernel.errors import InputError
from creditloop.risk.cells import cell_condition
from creditloop.risk.rules import ReasonCode, name_from_node, reason_from_node
from creditloop.risk.strategy.space import Known, Space
from creditloop.risk.strategy.steps import ScorecardBin, ScorecardPart, ScorecardStep

_TOGETHER = 40
"""Parts of a card that are added up together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Missing:
    points: int
    reason: ReasonCode | None


def read_scorecard_step(node: Node, space: Space) -> ScorecardStep:
    """Read a scorecard and add it to the program.

    Raises: PolicyError naming file, line and field: a value that is not there, a cell that is none, bins that
        leave a value out.
    """
    parts = node.mapping(required=["id", "base", "output", "parts"], optional=[])
    card = space.document_prefix + name_from_node(parts["id"], what="scorecard")
    space.take_columns(card, ["state"], node, what="the scorecard")
    base, output = parts["base"].integer(), name_from_node(parts["output"], what="output")
    found: dict[str, ScorecardPart] = {}
    for entry in parts["parts"].items():
        part = _part(entry, card, space)
        if part.id in found:
            raise entry.fail("a part's id stands twice", got=part.id)
        found[part.id] = part
    if not found:
        raise parts["parts"].fail("a scorecard has parts", got=0, expected="at least one")
    step = space.add(
        space.prefix + output,
        _total(base, [part.step for part in found.values()]),
        text=f"points of the scorecard {card}",
        kind=Kind.INTEGER,
        where=parts["base"].where,
    )
    space.give(output, Known(kind=Kind.INTEGER, step=step, computed=True, answer=True), parts["output"])
    return ScorecardStep(
        id=card,
        base=base,
        output=output,
        parts=tuple(found.values()),
        step=step,
        path=space.path,
        where=node.where,
    )


def _total(base: int, steps: Sequence[str]) -> Tree:
    """Add up points; those of many parts in groups, since a sum nests as deep as it is long."""
    groups = [steps[begin : begin + _TOGETHER] for begin in range(0, len(steps), _TOGETHER)]
    total: Tree = Number(str(base))
    for name in groups[0]:
        total = Binary("+", total, Name(name))
    for group in groups[1:]:
        inner: Tree = Name(group[0])
        for name in group[1:]:
            inner = Binary("+", inner, Name(name))
        total = Binary("+", total, inner)
    return total


def _part(node: Node, card: str, space: Space) -> ScorecardPart:
    parts = node.mapping(required=["id", "input", "bins"], optional=["missing"])
    part, name = name_from_node(parts["id"], what="part"), parts["input"].text()
    known = space.names.get(name)
    if known is None:
        raise parts["input"].fail(
            "the scorecard reads what is not there", got=name, expected=sorted(space.names)
        )
    missing = _missing(parts["missing"], known) if "missing" in parts else None
    entry = Input(name, known.kind, NullPolicy.REFER, known.values)
    reads = space.add(
        f"{card}__reads_{part}", Name(known.step), text=name, where=node.where, null=NullPolicy.REFER
    )
    bins = _bins(parts["bins"], f"{card}__when_{part}", entry, reads, space)
    branches: list[tuple[Tree, Tree]] = [(Name(each.condition), Number(str(each.points))) for each in bins]
    if missing is not None:
        branches.insert(0, (IsNull(Name(reads)), Number(str(missing.points))))
    step = space.add(
        f"{card}__points_{part}",
        Choice(tuple(branches), Null()),
        text=f"points of {name} in the scorecard {card}",
        kind=Kind.INTEGER,
        where=node.where,
    )
    return ScorecardPart(
        id=part,
        reads=reads,
        bins=bins,
        missing=missing.points if missing is not None else None,
        missing_reason=missing.reason if missing is not None else None,
        step=step,
    )


def _missing(node: Node, known: Known) -> _Missing:
    if known.computed:
        raise node.fail(
            "what the policy itself computes must refer when it is null",
            hint="a null there also means that it could not be computed; ask it of the inputs",
        )
    parts = node.mapping(required=["points"], optional=["reason"])
    reason = reason_from_node(parts["reason"]) if "reason" in parts else None
    return _Missing(points=parts["points"].integer(), reason=reason)


def _bins(node: Node, name: str, entry: Input, reads: str, space: Space) -> tuple[ScorecardBin, ...]:
    found = list[ScorecardBin]()
    steps = list[Step]()
    for n, each in enumerate(node.items(), start=1):
        parts = each.mapping(required=["when", "points"], optional=["reason"])
        text = cell_condition(parts["when"], declared=entry) or "true"
        tree = space.read(text, parts["when"].where)
        steps.append(Step(f"bin_{n}", text, parts["when"].where, Kind.BOOLEAN))
        condition = space.add(
            f"{name}__{n}",
            tree,
            text=text,
            kind=Kind.BOOLEAN,
            where=parts["when"].where,
            names={entry.name: reads},
        )
        reason = reason_from_node(parts["reason"]) if "reason" in parts else None
        points = parts["points"].integer()
        found.append(ScorecardBin(when=text, points=points, reason=reason, condition=condition))
    if not found:
        raise node.fail("a part has bins", got=0, expected="at least one")
    _check_complete(node, _program(node, entry, steps, space), [step.name for step in steps])
    return tuple(found)


def _program(node: Node, entry: Input, steps: Sequence[Step], space: Space) -> Program:
    try:
        return compile_program(inputs=[entry], steps=steps, parameters=space.parameters, lists=space.lists)
    except InputError as error:
        raise placed(error, node) from error


def _check_complete(node: Node, program: Program, conditions: Sequence[str]) -> None:
    told = completeness(program, conditions=conditions)
    if not told.proven:
        got = f"no bin holds for {dict(told.gap)}" if told.gap is not None else told.why
        raise node.fail("the bins are not proven to cover every value", got=got)
