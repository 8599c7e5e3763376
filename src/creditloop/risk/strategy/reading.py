"""Read the steps of a strategy document, and make the one program it is lowered to (读取与编译)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from creditloop.formula import Input, Kind, Program, State, compile_program, placed
from creditloop.kernel.documents import Node
from creditloop.kernel.errors import InputError
from creditloop.risk.strategy.document import Head
from creditloop.risk.strategy.expression_step import expression_text, read_expression_step
from creditloop.risk.strategy.handing import with_handed_out
from creditloop.risk.strategy.limit_step import read_limit_step
from creditloop.risk.strategy.outputs import policy_outputs
from creditloop.risk.strategy.scorecard_step import read_scorecard_step
from creditloop.risk.strategy.space import REMOVED, Draft, Known, Space, check_free
from creditloop.risk.strategy.steps import DECIDED_WHEN, PolicyStep
from creditloop.risk.strategy.sub_strategy import FindDocument, read_sub_strategy
from creditloop.risk.strategy.switch_step import read_switch_step
from creditloop.risk.strategy.table_step import read_table_step

_THERE = frozenset({State.OK.value})
"""The states of what always has a value."""
_WORDS = ("table", "scorecard", "switch", "limit", "strategy")
"""What a step is, by its one key; a step without one of them is an expression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """A document's steps and its program; `names` is what can be read after the last step."""

    steps: tuple[PolicyStep, ...]
    program: Program
    names: dict[str, Known]
    collected: dict[str, str]
    draft: Draft


def lowered(head: Head, *, find: FindDocument | None, removable: bool = False) -> Lowered:
    """Read the steps after the head and lower the whole document to one program.

    Args:
        find: gives the documents of sub-strategies; None: there are none to read.
        removable: make the program with one more input that takes out a rule.
    Raises: PolicyError naming file, line, field and column.
    """
    draft = Draft(removable=removable)
    parameters, lists = head.words
    for name, node in head.document.root.mapping()["inputs"].mapping().items():
        check_free(name, node)
    for parameter in parameters:
        draft.add_parameter(parameter, "")
    for listed in lists:
        draft.add_list(listed, "")
    space = Space(
        draft=draft,
        names={
            entry.name: Known(
                kind=entry.kind, step=entry.name, computed=False, null=entry.null, values=entry.values
            )
            for entry in head.inputs
        },
        parameters=parameters,
        lists=lists,
        rules_as_of=head.rules_as_of,
        stack=(head.document.path,),
    )
    steps = _read_steps(head.steps, space, find)
    steps += tuple(read_table_step(node, space) for node in head.tables)
    if head.decided_when is not None:
        _add_decided_when(head.decided_when, space)
    outputs = policy_outputs(steps, space.names, draft.collected)
    single = [name for name, output in outputs.items() if output.step is not None]
    if head.ranking is not None and head.ranking.output not in single:
        raise head.document.root.mapping()["ranking"].fail(
            "no step gives the output that letters explain", got=head.ranking.output, expected=single
        )
    program = _compiled(head, draft, removable=removable)
    failing = {step.name for step in program.steps if program.operations[step.number].states != _THERE}
    steps = with_handed_out(steps, failing=failing)
    return Lowered(steps=steps, program=program, names=space.names, collected=draft.collected, draft=draft)


def _read_steps(nodes: Sequence[Node], space: Space, find: FindDocument | None) -> tuple[PolicyStep, ...]:
    return tuple(_read_step(node, space, find) for node in nodes)


def _read_step(node: Node, space: Space, find: FindDocument | None) -> PolicyStep:
    entries = node.mapping()
    word = next((word for word in _WORDS if word in entries), None)
    if word is None:
        if len(entries) == 1:
            raise node.fail("not a kind of step", got=next(iter(entries)), expected=["name", *_WORDS])
        return read_expression_step(node, space)
    inner = node.mapping(required=[word], optional=[])[word]
    within = partial(_read_steps, find=find)
    match word:
        case "table":
            return read_table_step(inner, space)
        case "scorecard":
            return read_scorecard_step(inner, space)
        case "switch":
            return read_switch_step(inner, space, read_steps=within)
        case "limit":
            return read_limit_step(inner, space)
        case _:
            return read_sub_strategy(inner, space, read_steps=within, find=find)


def _add_decided_when(node: Node, space: Space) -> None:
    text = expression_text(node)
    tree = space.read(text, node.where)
    space.add(DECIDED_WHEN, tree, text=text, kind=Kind.BOOLEAN, where=node.where, names=space.meant(tree))


def _compiled(head: Head, draft: Draft, *, removable: bool) -> Program:
    inputs = [*head.inputs, *([Input(REMOVED, Kind.INTEGER)] if removable else [])]
    try:
        return compile_program(
            inputs=inputs,
            steps=draft.steps,
            parameters=tuple(draft.parameters.values()),
            lists=tuple(draft.lists.values()),
        )
    except InputError as error:
        raise placed(error, head.document.root) from error
