"""Programs: named steps of the language over typed inputs and parameters, checked and hashed (程序)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from creditloop.formula.checks import Scope, checked_operation
from creditloop.formula.forms import Form, Op, Operation, operations_behind
from creditloop.formula.grammar import read_expression
from creditloop.formula.kinds import Input, Kind, Parameter, check_name
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
    """

    name: str
    text: str
    where: Mapping[str, object] = field(default_factory=dict)
    kind: Kind | None = None


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
    """

    inputs: tuple[Input, ...]
    steps: tuple[CompiledStep, ...]
    operations: tuple[Operation, ...]

    @property
    def hash(self) -> str:
        """The SHA-256 of the intermediate form: its version. How it was written does not matter."""
        return content_hash(
            {
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
        for step in self.steps:
            if step.name == name:
                return step
        raise UnknownId("the program has no such step", got=name, expected=[step.name for step in self.steps])


def compile_program(
    *, inputs: Sequence[Input], steps: Sequence[Step], parameters: Sequence[Parameter] = ()
) -> Program:
    """Read and check steps in order; a step may read inputs, parameters and earlier steps.

    Raises: PolicyError naming file, line, column and text for an expression that is not well formed;
        InputError for names given twice.
    """
    _check_names(
        [entry.name for entry in inputs], [step.name for step in steps], [entry.name for entry in parameters]
    )
    form = Form()
    names = {entry.name: form.input(entry) for entry in inputs}
    values = {names[entry.name]: entry.values for entry in inputs if entry.values is not None}
    numbers: list[int] = []
    for index, step in enumerate(steps):
        scope = Scope(
            form=form,
            names=names,
            later=frozenset(later.name for later in steps[index:]),
            parameters={entry.name: entry for entry in parameters},
            values=values,
        )
        writing = Writing(step.text, step.where)
        numbers.append(
            checked_operation(read_expression(writing), scope=scope, writing=writing, kind=step.kind)
        )
        names[step.name] = numbers[-1]
    reads = inputs_read(form.operations)
    compiled = [
        CompiledStep(step.name, step.text, form.operations[number].kind, number, tuple(sorted(reads[number])))
        for step, number in zip(steps, numbers, strict=True)
    ]
    return Program(tuple(inputs), tuple(compiled), tuple(form.operations))


def inputs_read(operations: Sequence[Operation]) -> list[frozenset[str]]:
    """Return, for each operation, the names of the inputs it depends on."""
    found: list[frozenset[str]] = []
    for operation in operations:
        own = {str(operation.value)} if operation.op is Op.INPUT else set[str]()
        found.append(frozenset(own.union(*(found[arg] for arg in operation.args))))
    return found


def _check_names(inputs: Sequence[str], steps: Sequence[str], parameters: Sequence[str]) -> None:
    for name in steps:
        check_name(name, what="step")
    columns = [*inputs, *steps, *(f"{name}__state" for name in steps)]
    for names in (columns, parameters):
        twice = sorted(name for name, times in Counter(names).items() if times > 1)
        if twice:
            raise InputError(
                "a name is given twice", got=twice, expected="one input, step or parameter a name"
            )
