"""Programs: named steps of the language over typed inputs and parameters, checked and hashed (程序)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from creditloop.formula.checks import Scope, checked_operation
from creditloop.formula.forms import Form, Op, Operation, operations_behind
from creditloop.formula.grammar import read_expression
from creditloop.formula.kinds import (
    NULL_STATE,
    Input,
    Kind,
    ListOfValues,
    NullPolicy,
    Parameter,
    State,
    Value,
    check_name,
)
from creditloop.formula.tree import Tree
from creditloop.formula.writing import Writing
from creditloop.kernel.canonical import content_hash
from creditloop.kernel.errors import InputError, UnknownId

FORM_VERSION = 1
"""Changes when the meaning of an operation does, so that a hash means one thing."""


@dataclass(frozen=True, slots=True)
class Step:
    """A named expression as written.

    Attributes:
        name: an ASCII identifier; later steps read it by this name.
        text: the expression.
        where: the place it was read from ({"file", "line", "field"}), for errors.
        kind: what it must give; None takes what it gives.
        null: if given, what a null of its value does to the rules that read the step, whatever the inputs it
            came from say; so an input is declared again with another policy for a part of the program.
        names: what a name in the text stands for, where it is not the input or step of that name.
        tree: what it means, where it is made and not written (a table's choice among its rows); `text` is
            then for people only.
    """

    name: str
    text: str
    where: Mapping[str, object] = field(default_factory=dict)
    kind: Kind | None = None
    null: NullPolicy | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    tree: Tree | None = None


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """A checked step: `number` is the operation that gives its value, `reads` the inputs it can depend on."""

    name: str
    text: str
    kind: Kind
    number: int
    reads: tuple[str, ...]

    @property
    def state_name(self) -> str:
        """The column that carries its state."""
        return f"{self.name}__state"


@dataclass(frozen=True, slots=True)
class Program:
    """A checked program; made by `compile_program`.

    Attributes:
        operations: its intermediate form, each operation on the results of earlier ones.
        lists: the lists it asks, by name.
    """

    inputs: tuple[Input, ...]
    steps: tuple[CompiledStep, ...]
    operations: tuple[Operation, ...]
    lists: Mapping[str, ListOfValues] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """The SHA-256 of the intermediate form: its version. How it was written does not matter."""
        lists = {name: sorted(listed.values, key=repr) for name, listed in self.lists.items()}
        return content_hash(
            {
                **({"lists": lists} if lists else {}),
                "form": FORM_VERSION,
                "inputs": [
                    [entry.name, entry.kind.value, entry.null.value, list(entry.values or []), entry.unit]
                    for entry in self.inputs
                ],
                "operations": [operation.as_record() for operation in self.operations],
                "steps": [[step.name, step.number] for step in self.steps],
            }
        )

    @property
    def nulls_answered(self) -> frozenset[str]:
        """The inputs that stand where `is null` or `??` answers a null: there a null does not refer."""
        asked = [op.args[0] for op in self.operations if op.op in {Op.IS_NULL, Op.COALESCE}]
        behind = (self.operations[number] for number in operations_behind(self.operations, asked))
        return frozenset(str(operation.value) for operation in behind if operation.op is Op.INPUT)

    def step(self, name: str) -> CompiledStep:
        """Return the step of this name."""
        return self.chosen([name])[0]

    def chosen(self, names: Sequence[str] | None) -> tuple[CompiledStep, ...]:
        """Return the steps of these names in the order asked; all of them for None.

        Raises: UnknownId for a name that is no step.
        """
        if names is None:
            return self.steps
        known = {step.name: step for step in self.steps}
        for name in names:
            if name not in known:
                raise UnknownId("the program has no such step", got=name, expected=[*known])
        return tuple(known[name] for name in names)


def compile_program(
    *,
    inputs: Sequence[Input],
    steps: Sequence[Step],
    parameters: Sequence[Parameter] = (),
    lists: Sequence[ListOfValues] = (),
) -> Program:
    """Read and check steps in order; a step may read inputs, parameters, lists and earlier steps.

    Raises: PolicyError naming file, line, column and text for an expression that is not well formed;
        InputError for names given twice.
    """
    _check_names([entry.name for entry in inputs], [step.name for step in steps])
    form = Form()
    names = {entry.name: form.input(entry) for entry in inputs}
    values = {names[entry.name]: entry.values for entry in inputs if entry.values is not None}
    later = {step.name for step in steps}
    scope = Scope(
        form=form,
        names=names,
        later=later,
        parameters=_by_name(parameters),
        lists=_by_name(lists),
        values=values,
        aliases={},
    )
    numbers: list[int] = []
    for step in steps:
        number = _checked_step(step, scope)
        if step.null is not None:
            number = _with_null_as(form, number, step.null, values)
        numbers.append(number)
        names[step.name] = number
        later.discard(step.name)
    reads = inputs_read(form.operations)
    compiled = [
        CompiledStep(step.name, step.text, form.operations[number].kind, number, tuple(sorted(reads[number])))
        for step, number in zip(steps, numbers, strict=True)
    ]
    asked = {str(operation.value) for operation in form.operations if operation.op is Op.LISTED}
    found = {listed.name: listed for listed in lists if listed.name in asked}
    return Program(tuple(inputs), tuple(compiled), tuple(form.operations), found)


def inputs_read(operations: Sequence[Operation]) -> list[frozenset[str]]:
    """Return, for each operation, the names of the inputs it depends on."""
    found: list[frozenset[str]] = []
    for operation in operations:
        own = {str(operation.value)} if operation.op is Op.INPUT else set[str]()
        found.append(frozenset(own.union(*(found[arg] for arg in operation.args))))
    return found


def _checked_step(step: Step, scope: Scope) -> int:
    writing = Writing(step.text, step.where)
    tree = step.tree if step.tree is not None else read_expression(writing)
    own = replace(scope, aliases=step.names) if step.names else scope
    return checked_operation(tree, scope=own, writing=writing, kind=step.kind)


def _with_null_as(form: Form, number: int, null: NullPolicy, values: dict[int, tuple[Value, ...]]) -> int:
    """Add what makes a null of the operation another one, unless it can only be that null."""
    operation, state = form.operations[number], NULL_STATE[null].value
    if not any(State.OK < own <= State.NULL_REFER and own != state for own in operation.states):
        return number
    again = form.add(Op.NULL_AS, operation.kind, [number], value=state)
    if number in values:
        values[again] = values[number]
    return again


Named = TypeVar("Named", Parameter, ListOfValues)


def _by_name(entries: Sequence[Named]) -> dict[str, Named]:
    _check_once([entry.name for entry in entries])
    return {entry.name: entry for entry in entries}


def _check_names(inputs: Sequence[str], steps: Sequence[str]) -> None:
    for name in steps:
        check_name(name, what="step")
    _check_once([*inputs, *steps, *(f"{name}__state" for name in steps)])


def _check_once(names: Sequence[str]) -> None:
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise InputError(
            "a name is given twice", got=twice, expected="one input, step, parameter or list a name"
        )
