"""The lines of the generated Python (生成的代码): an expression for each operation, and the tests around it.

An operation is known by its expression and its *atoms*: the variables that are None where it has no value,
each with the state that says why. Without atoms the value is always there, and nothing is tested.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter

from creditloop.formula.forms import DATES, DIVISIONS, Op, Operation
from creditloop.formula.kinds import INT64_MAX, INT64_MIN, NULL_STATE, NUMBERS, Kind, State, Value
from creditloop.formula.program import Program
from creditloop.formula.python_calls import CALLS
from creditloop.formula.python_expressions import expression
from creditloop.formula.python_order import Block, Chain, order_of, with_fused_choices

_LONGEST = 240
"""Characters of an expression that is written into another; a longer one gets a line of its own."""
_SMALL = 2**30
"""Below this Python compares integers fastest; any other value is looked at by a call."""
_CLASSES = {Kind.TEXT: "str", Kind.BOOLEAN: "bool", Kind.DATE: "date", **dict.fromkeys(NUMBERS, "int")}
Atom = tuple[str, str]
"""A variable, and the expression of the state where it is None."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """How an operation is written: `text` gives its value wherever all atoms are there."""

    text: str
    atoms: tuple[Atom, ...] = ()
    named: bool = True

    @property
    def operand(self) -> str:
        """Its expression as a part of another."""
        return self.text if self.named else f"({self.text})"

    @property
    def missing(self) -> str:
        """The test that it has no value."""
        return " or ".join(f"{name} is None" for name in dict.fromkeys(name for name, _ in self.atoms))


class Lines:
    """Writes the function that gives these operations of a program."""

    def __init__(self, program: Program, wanted: Sequence[int]) -> None:
        self._program = program
        self._wanted = wanted
        self._operations = with_fused_choices(program.operations)
        self._order = order_of(self._operations, wanted)
        self._titles: dict[int, list[str]] = {}
        for step in program.steps:
            self._titles.setdefault(step.number, []).append(f"# {step.name}: {_one_line(step.text)}")
        self._pieces: dict[int, _Piece] = {}
        self._lines: list[str] = []
        self._indent = ""
        self._names: dict[str, object] = dict(CALLS)

    def source(self) -> tuple[str, dict[str, object]]:
        """Return the source of `evaluate(row)`, and the names it needs."""
        self._inputs()
        self._block(self._order.whole)
        results = "".join([f"{self._told(number)}, " for number in self._wanted])
        body = "\n    ".join([*self._lines, f"return ({results})"])
        return f"def evaluate(row):\n    {body}\n", self._names

    def _told(self, number: int) -> str:
        piece = self._named(number)
        if not piece.atoms:
            return f"{piece.text}, 0"
        if piece.text == "None":
            return f"None, {piece.atoms[0][1]}"
        ((name, state),) = piece.atoms
        return f"{piece.text}, 0 if {name} is not None else {state}"

    def _write(self, *lines: str) -> None:
        self._lines += [self._indent + line for line in lines]

    def _block(self, block: Block) -> None:
        for number in block.numbers:
            chain = self._order.chains.get(number)
            for told in chain.members if chain is not None else [number]:
                self._write(*self._titles.get(told, []))
            if chain is not None:
                self._chain(chain)
            else:
                self._emit(number, self._operations[number])

    def _piece(self, number: int) -> _Piece:
        """Return how an operation is written; constants and nulls need no line."""
        if number not in self._pieces:
            operation = self._operations[number]
            null = _Piece("None", (("None", str(State.NULL_REFER.value)),))
            self._pieces[number] = null if operation.op is Op.NULL else _Piece(self._literal(operation.value))
        return self._pieces[number]

    def _literal(self, value: Value) -> str:
        if isinstance(value, date):
            name = f"DATE_{value.isoformat().replace('-', '_')}"
            self._names[name] = value
            return name
        return repr(value) if not isinstance(value, int) or value >= 0 else f"({value})"

    # inputs

    def _inputs(self) -> None:
        """Fetch the inputs in one call; a row that lacks one is filled up with what is of no kind."""
        declared = {entry.name: entry for entry in self._program.inputs}
        entries = [(number, declared[str(self._operations[number].value)]) for number in self._order.inputs]
        if not entries:
            return
        keys = [entry.name for _, entry in entries]
        self._names["fetch"] = itemgetter(*keys)
        self._names["NOTHING"] = dict.fromkeys(keys, _Absent)
        names = ", ".join(f"in_{key}" for key in keys)
        self._write(
            "if type(row) is not dict: row = dict(row)",
            f"try: {names} = fetch(row)",
            f"except KeyError: {names} = fetch({{**NOTHING, **row}})",
        )
        for number, entry in entries:
            name, null = f"in_{entry.name}", NULL_STATE[entry.null].value
            self._pieces[number] = _Piece(name, ((name, f"st_{entry.name}"),))
            strange = f"type({name}) is not {_CLASSES[entry.kind]}"
            told = f"{name}, st_{entry.name} = None, {null} if {name} is None else {State.BROKEN_INPUT.value}"
            if entry.values is not None:
                self._names[f"VALUES_{entry.name}"] = frozenset(entry.values)
                strange += f" or {name} not in VALUES_{entry.name}"
            elif entry.kind in NUMBERS:
                strange += f" or not {-_SMALL} < {name} < {_SMALL}"
                told = f"{name}, st_{entry.name} = number_given({name}, {null})"
            self._write(f"if {strange}: {told}")

    # operations

    def _emit(self, number: int, operation: Operation) -> None:
        args = [self._piece(arg) for arg in operation.args]
        match operation.op:
            case Op.AND | Op.OR if len({arg.atoms for arg in args}) > 1:
                self._junction(number, operation)
            case Op.IS_NULL:
                self._is_null(number, operation)
            case Op.COALESCE:
                self._coalesce(number, operation)
            case Op.NULL_AS:
                self._null_as(number, operation)
            case _ if operation.checked or (
                operation.op in DIVISIONS and self._may_divide_by_zero(operation)
            ):
                self._tested(number, operation, args)
            case _:
                self._strict(number, operation, args)

    def _may_divide_by_zero(self, operation: Operation) -> bool:
        return self._operations[operation.args[1]].can_be_zero

    def _strict(self, number: int, operation: Operation, args: Sequence[_Piece]) -> None:
        """Write an operation that has a value where its operands have."""
        text, atoms = self._expression(number, operation, args), _joined(args)
        if number not in self._titles and self._order.uses[number] == 1 and len(text) <= _LONGEST:
            self._pieces[number] = _Piece(text, atoms, named=False)
            return
        self._name(number, text, atoms)

    def _name(self, number: int, text: str, atoms: tuple[Atom, ...]) -> _Piece:
        """Give a value a variable of its own."""
        name, states = f"v{number}", {state for _, state in atoms}
        missing = _Piece(text, atoms).missing
        if len(states) > 1:
            self._write(f"if {missing}: {name}, s{number} = None, {_worst(atoms)}", f"else: {name} = {text}")
            states = {f"s{number}"}
        else:
            self._write(f"{name} = None if {missing} else {text}" if atoms else f"{name} = {text}")
        found = _Piece(name, tuple((name, state) for state in states))
        self._pieces[number] = found
        return found

    def _named(self, number: int) -> _Piece:
        """Return an operand under a name that is None where it is not there; without atoms it needs none."""
        piece = self._piece(number)
        return piece if piece.named or not piece.atoms else self._name(number, piece.text, piece.atoms)

    def _tested(self, number: int, operation: Operation, args: Sequence[_Piece]) -> None:
        """Write an operation whose result may not exist: overflow, or division by zero."""
        value, state, atoms = f"v{number}", f"s{number}", _joined(args)
        word = "if"
        if atoms:
            self._write(f"if {_Piece('', atoms).missing}: {value}, {state} = None, {_worst(atoms)}")
            word = "elif"
        if operation.op in DIVISIONS and self._may_divide_by_zero(operation):
            self._write(
                f"{word} {args[1].operand} == 0: {value}, {state} = None, {State.ZERO_DIVISION.value}"
            )
            word = "elif"
        if word == "elif":
            self._write("else:")
            self._indent += "    "
        self._write(f"{value} = {self._expression(number, operation, args)}")
        least, most = DATES if operation.kind is Kind.DATE else (INT64_MIN, INT64_MAX)
        if operation.op is Op.ADD_MONTHS:
            self._write(f"if {value} is None: {state} = {State.OVERFLOW.value}")
        elif operation.checked:
            self._write(
                f"if not {least} <= {value} <= {most}: {value}, {state} = None, {State.OVERFLOW.value}"
            )
            if operation.kind is Kind.DATE:
                self._write(f"else: {value} = date.fromordinal({value})")
        if word == "elif":
            self._indent = self._indent[4:]
        self._pieces[number] = _Piece(value, ((value, state),))

    def _junction(self, number: int, operation: Operation) -> None:
        """Write an `and` or `or` that one operand can settle though another is not there."""
        args = [self._named(arg) for arg in operation.args]
        value, atoms, texts = f"v{number}", _joined(args), [arg.operand for arg in args]
        if operation.op is Op.OR:
            tests = [" or ".join(texts), _Piece("", atoms).missing]
            results = ["True", None, "False"]
        else:
            tests = [" and ".join(texts), " or ".join(f"{text} is False" for text in texts)]
            results = ["True", "False", None]
        states = {state for _, state in atoms}
        for word, test, result in zip(("if ", "elif ", "else"), (*tests, ""), results, strict=True):
            told = f"{value} = {result}" if result else self._absence(number, atoms)
            self._write(f"{word}{test}: {told}")
        state = f"s{number}" if len(states) > 1 else next(iter(states))
        self._pieces[number] = _Piece(value, ((value, state),))

    def _absence(self, number: int, atoms: tuple[Atom, ...]) -> str:
        if len({state for _, state in atoms}) > 1:
            return f"v{number}, s{number} = None, {_worst(atoms)}"
        return f"v{number} = None"

    def _is_null(self, number: int, operation: Operation) -> None:
        arg = self._named(operation.args[0])
        if not arg.atoms:
            self._name(number, "False", ())
            return
        ((name, state),) = arg.atoms
        self._write(f"v{number} = {name} is None")
        if max(self._operations[operation.args[0]].states) < State.OVERFLOW:
            self._pieces[number] = _Piece(f"v{number}")
            return
        self._write(
            f"if v{number} and {state} >= {State.OVERFLOW.value}: v{number}, s{number} = None, {state}"
        )
        self._pieces[number] = _Piece(f"v{number}", ((f"v{number}", f"s{number}"),))

    def _null_as(self, number: int, operation: Operation) -> None:
        """Give a null another state: a matter of what is read where the value is not there."""
        arg = self._named(operation.args[0])
        if not arg.atoms:
            self._pieces[number] = arg
            return
        ((name, state),) = arg.atoms
        told = str(operation.value)
        if max(self._operations[operation.args[0]].states) >= State.OVERFLOW:
            told = f"({operation.value} if {state} < {State.OVERFLOW.value} else {state})"
        self._pieces[number] = _Piece(arg.text, ((name, told),))

    def _coalesce(self, number: int, operation: Operation) -> None:
        first = self._named(operation.args[0])
        if not first.atoms:
            self._name(number, first.text, ())
            return
        ((name, state),) = first.atoms
        value, states = f"v{number}", self._operations[operation.args[0]].states
        self._write(f"{value} = {name}", f"if {value} is None:")
        self._indent += "    "
        if max(states) >= State.OVERFLOW:
            self._write(f"if {state} >= {State.OVERFLOW.value}: s{number} = {state}", "else:")
            self._indent += "    "
        self._assign(number, operation.args[1])
        self._indent = self._indent[: -8 if max(states) >= State.OVERFLOW else -4]
        self._result(number)

    def _assign(self, number: int, other: int) -> None:
        """Let the operation be what another is, value and state."""
        source = self._named(other)
        if source.text == "None":
            self._write(f"v{number}, s{number} = None, {source.atoms[0][1]}")
            return
        self._write(f"v{number} = {source.text}")
        for name, state in source.atoms:
            self._write(f"if {name} is None: s{number} = {state}")

    def _result(self, number: int) -> None:
        always = self._operations[number].states == {State.OK}
        atoms = () if always else ((f"v{number}", f"s{number}"),)
        self._pieces[number] = _Piece(f"v{number}", atoms)

    # choices

    def _chain(self, chain: Chain) -> None:
        """Write choices on the same conditions as one chain, each cell in its branch."""
        word, pieces = "if", [self._named(condition) for condition in chain.conditions]
        for index, (condition, piece) in enumerate(zip(chain.conditions, pieces, strict=True)):
            states = self._operations[condition].states if piece.atoms else frozenset({State.OK.value})
            matched = piece.text
            if State.NULL_MATCH in states:
                matched += f" or {piece.text} is None and {piece.atoms[0][1]} == {State.NULL_MATCH.value}"
            self._write(f"{word} {matched}:")
            self._branch(chain, index)
            if max(states) >= State.NULL_REFER:
                self._unknown(chain, piece, states)
            word = "elif"
        self._write("else:")
        self._branch(chain, -1)
        for member in chain.members:
            self._result(member)

    def _branch(self, chain: Chain, index: int) -> None:
        self._indent += "    "
        if chain.branches[index] is not chain.home:
            self._block(chain.branches[index])
        for member in chain.members:
            args = self._operations[member].args
            self._assign(member, args[-1] if index == -1 else args[2 * index + 1])
        self._indent = self._indent[4:]

    def _unknown(self, chain: Chain, piece: _Piece, states: frozenset[int]) -> None:
        """Write what holds where a condition refers: nothing is chosen."""
        state = piece.atoms[0][1]
        refers = (
            ""
            if min(states - {State.OK}) >= State.NULL_REFER
            else f" and {state} >= {State.NULL_REFER.value}"
        )
        values = " = ".join(f"v{member}" for member in chain.members)
        named = " = ".join(f"s{member}" for member in chain.members)
        self._write(f"elif {piece.text} is None{refers}: {values} = None; {named} = {state}")

    def _expression(self, number: int, operation: Operation, args: Sequence[_Piece]) -> str:
        return expression(number, operation, [arg.operand for arg in args], self._program, self._names)


class _Absent:
    """What a row that lacks a key is filled up with: of no kind, so it is a broken input."""


def _joined(args: Iterable[_Piece]) -> tuple[Atom, ...]:
    return tuple(dict.fromkeys(atom for arg in args for atom in arg.atoms))


def _worst(atoms: Sequence[Atom]) -> str:
    """Return the expression of the joined state, where at least one is not there."""
    if len(atoms) == 1:
        return atoms[0][1]
    return f"worst({', '.join(f'{name} is None and {state}' for name, state in atoms)})"


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in " ".join(text.split()))
