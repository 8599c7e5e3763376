"""Check an expression's names and kinds, and turn its tree into operations of the intermediate form."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from creditloop.formula.forms import Form, Op
from creditloop.formula.functions import FUNCTIONS
from creditloop.formula.grammar import DEEPEST
from creditloop.formula.kinds import NUMBERS, Kind, ListOfValues, Parameter, Value
from creditloop.formula.literals import LITERALS, call_value, number_value, text_value
from creditloop.formula.operators import ARITHMETIC, COMPARISON, common_kind, compare, converted, hint_for
from creditloop.formula.tree import (
    Binary,
    Call,
    Choice,
    Interval,
    IsNull,
    Junction,
    Listed,
    Member,
    Minus,
    Name,
    Not,
    Null,
    Number,
    ParameterName,
    Text,
    Tree,
    Truth,
)
from creditloop.formula.writing import Writing, nearest
from creditloop.kernel.errors import PolicyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an expression may name.

    Attributes:
        names: inputs and earlier steps, by the number of their operation.
        later: steps that come after this one, which it must not read.
        values: the declared values of inputs that have them, by the number of their operation.
        aliases: what a name of the expression stands for, where it is not that name itself.
    """

    form: Form
    names: Mapping[str, int]
    later: Set[str]
    parameters: Mapping[str, Parameter]
    lists: Mapping[str, ListOfValues]
    values: Mapping[int, tuple[Value, ...]]
    aliases: Mapping[str, str]


def checked_operation(tree: Tree, *, scope: Scope, writing: Writing, kind: Kind | None) -> int:
    """Check an expression and add its operations to the form.

    Args:
        kind: what the expression must give; an integer may stand for a ratio. None: anything.
    Returns: the number of its operation.
    Raises: PolicyError naming the place for an unknown name or for kinds that do not go together.
    """
    checker = _Checker(scope, writing)
    if isinstance(tree, Null) and kind is not None:
        return scope.form.null(kind)
    number = checker.lower(tree)
    if kind is None:
        return number
    result = converted(scope.form, number, kind)
    if result is None:
        found = scope.form.operations[number].kind
        hint = "a whole number of currency units is written yuan(500)" if kind is Kind.MONEY else None
        raise writing.fault(
            "the expression gives another kind", at=tree.at, got=found.value, expected=kind.value, hint=hint
        )
    return result


class _Checker:
    """Lowers one expression, parts before the whole."""

    def __init__(self, scope: Scope, writing: Writing) -> None:
        self._scope = scope
        self._form = scope.form
        self._writing = writing
        self._depth = 0

    def lower(self, tree: Tree) -> int:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._writing.fault(
                "the expression nests too deep",
                at=tree.at,
                expected=f"at most {DEEPEST} levels",
                hint="give a part of it a name, as a step of its own",
            )
        number = self._lower(tree)
        self._depth -= 1
        return number

    def _lower(self, tree: Tree) -> int:  # noqa: PLR0911  # one return for each part of the tree
        match tree:
            case Number() | Text() | Truth() | Null() | ParameterName():
                return self._literal(tree)
            case Name():
                return self._name(tree)
            case Call():
                return self._call(tree)
            case Minus():
                return self._minus(tree)
            case Not():
                return self._form.add(Op.NOT, Kind.BOOLEAN, [self._boolean(tree.operand, "not")])
            case Junction():
                operands = [self._boolean(operand, tree.word) for operand in tree.operands]
                return self._form.add(Op(tree.word), Kind.BOOLEAN, operands)
            case Binary():
                return self._binary(tree)
            case Member():
                return self._member(tree)
            case Listed():
                return self._listed(tree)
            case Interval():
                return self._interval(tree)
            case IsNull():
                return self._form.add(Op.IS_NULL, Kind.BOOLEAN, [self.lower(tree.subject)])
            case Choice():
                return self._choice(tree)

    # names and literals

    def _literal(self, tree: Number | Text | Truth | Null | ParameterName) -> int:
        match tree:
            case Number():
                return self._form.constant(*number_value(tree, self._writing))
            case Text():
                return self._form.constant(Kind.TEXT, text_value(tree, self._writing))
            case Truth():
                return self._form.constant(Kind.BOOLEAN, tree.value)
            case Null():
                raise self._fault(
                    tree, "null has no kind here", hint="write `x is null`; null may be a value of `if`"
                )
            case ParameterName():
                return self._parameter(tree)

    def _parameter(self, tree: ParameterName) -> int:
        parameter = self._scope.parameters.get(tree.name)
        if parameter is None:
            known = self._scope.parameters
            raise self._fault(tree, f"no parameter is called {tree.name}", hint=nearest(tree.name, known))
        return self._form.constant(parameter.kind, parameter.value)

    def _name(self, tree: Name) -> int:
        meant = self._scope.aliases.get(tree.name, tree.name)
        number = self._scope.names.get(meant)
        if number is not None:
            return number
        if meant in self._scope.later:
            raise self._fault(
                tree, f"{tree.name} is a later step", hint="a step reads inputs and earlier steps"
            )
        if tree.name in self._scope.parameters:
            raise self._fault(tree, f"{tree.name} is a parameter", expected=f"parameter.{tree.name}")
        hint = (
            f"{tree.name} is a function" if tree.name in FUNCTIONS else nearest(tree.name, self._readable())
        )
        raise self._fault(tree, f"nothing is called {tree.name}", hint=hint)

    def _readable(self) -> list[str]:
        """Return the names there are; an alias that stands for nothing is none."""
        aliases = (name for name, meant in self._scope.aliases.items() if meant in self._scope.names)
        return [*aliases, *self._scope.names]

    def _call(self, tree: Call) -> int:
        if tree.name in LITERALS:
            return self._form.constant(*call_value(tree, self._writing))
        function = FUNCTIONS.get(tree.name)
        if function is None:
            raise self._fault(
                tree,
                f"no function is called {tree.name}",
                expected=sorted(FUNCTIONS),
                hint=nearest(tree.name, FUNCTIONS),
            )
        args = [self.lower(argument) for argument in tree.arguments]
        if function.divisor is not None and function.divisor < len(args):
            self._refuse_zero(tree, args[function.divisor])
        number = function.build(self._form, args)
        if number is None:
            raise self._fault(
                tree, f"{tree.name} does not take these", got=self._kinds(args), expected=function.expected
            )
        return number

    # operators

    def _boolean(self, tree: Tree, word: str) -> int:
        number = self.lower(tree)
        kind = self._form.operations[number].kind
        if kind is not Kind.BOOLEAN:
            raise self._fault(tree, f"`{word}` takes conditions", got=kind.value, expected=Kind.BOOLEAN.value)
        return number

    def _minus(self, tree: Minus) -> int:
        number = self.lower(tree.operand)
        kind = self._form.operations[number].kind
        if kind not in NUMBERS:
            raise self._fault(tree, "`-` takes a number", got=kind.value)
        return self._form.add(Op.NEGATE, kind, [number])

    def _binary(self, tree: Binary) -> int:
        if isinstance(tree.left, Null) or isinstance(tree.right, Null):
            raise self._fault(
                tree, f"null does not go with `{tree.sign}`", hint="write `x is null` or `x is not null`"
            )
        left, right = self.lower(tree.left), self.lower(tree.right)
        if tree.sign == "??":
            return self._instead(tree, left, right)
        if tree.sign in COMPARISON:
            number = compare(self._form, COMPARISON[tree.sign], left, right)
            self._check_values(tree, left, [right])
            self._check_values(tree, right, [left])
        else:
            number = self._arithmetic(tree, left, right)
        if number is None:
            left_kind, right_kind = (self._form.operations[side].kind for side in (left, right))
            got = f"{left_kind.value} {tree.sign} {right_kind.value}"
            hint = hint_for(tree.sign, left_kind, right_kind)
            raise self._fault(tree, f"`{tree.sign}` does not take these kinds", got=got, hint=hint)
        return number

    def _arithmetic(self, tree: Binary, left: int, right: int) -> int | None:
        operations = self._form.operations
        build = ARITHMETIC.get((tree.sign, operations[left].kind, operations[right].kind))
        if build is None:
            return None
        if tree.sign == "/":
            self._refuse_zero(tree, right)
        return build(self._form, left, right)

    def _refuse_zero(self, tree: Tree, divisor: int) -> None:
        operation = self._form.operations[divisor]
        if operation.op is Op.CONSTANT and operation.value == 0:
            raise self._fault(tree, "division by zero")

    def _instead(self, tree: Binary, left: int, right: int) -> int:
        kind, (one, other) = self._same_kind(tree, [left, right], "`??` takes one kind")
        return self._form.add(Op.COALESCE, kind, [one, other])

    def _member(self, tree: Member) -> int:
        numbers = [self.lower(part) for part in (tree.subject, *tree.items)]
        operations = self._form.operations
        for item, number in zip(tree.items, numbers[1:], strict=True):
            if operations[number].op is not Op.CONSTANT:
                raise self._fault(
                    item, "a list holds literals and parameters only", hint="join comparisons by `or`"
                )
            if operations[number].kind is Kind.INTEGER and operations[numbers[0]].kind is Kind.MONEY:
                raise self._fault(
                    item, "the list holds another kind", hint=hint_for("=", Kind.MONEY, Kind.INTEGER)
                )
        if len(set(numbers[1:])) < len(tree.items):
            raise self._fault(tree, "the list holds a value twice")
        self._check_values(tree, numbers[0], numbers[1:])
        _, same = self._same_kind(tree, numbers, "`in` takes one kind")
        return self._form.add(Op.MEMBER, Kind.BOOLEAN, same)

    def _listed(self, tree: Listed) -> int:
        listed = self._scope.lists.get(tree.name)
        if listed is None:
            raise self._fault(
                tree, f"no list is called {tree.name}", hint=nearest(tree.name, self._scope.lists)
            )
        subject = self.lower(tree.subject)
        kind = self._form.operations[subject].kind
        if kind is not listed.kind:
            raise self._fault(tree, "the list holds another kind", got=kind.value, expected=listed.kind.value)
        return self._form.add(Op.LISTED, Kind.BOOLEAN, [subject], value=tree.name)

    def _interval(self, tree: Interval) -> int:
        subject, low, high = (self.lower(part) for part in (tree.subject, tree.low, tree.high))
        above = compare(self._form, Op.GREATER if tree.low_open else Op.GREATER_EQUAL, subject, low)
        below = compare(self._form, Op.LESS if tree.high_open else Op.LESS_EQUAL, subject, high)
        if above is None or below is None:
            wrong = self._form.operations[low if above is None else high].kind
            kind = self._form.operations[subject].kind
            raise self._fault(
                tree,
                "the interval holds another kind",
                got=f"{kind.value} in {wrong.value}",
                hint=hint_for("<", kind, wrong),
            )
        least, most = (self._form.operations[arg] for arg in (low, high))
        empty = (least.low, 0) > (most.low, -(tree.low_open or tree.high_open)) and least.kind is most.kind
        if empty and least.op is most.op is Op.CONSTANT:
            raise self._fault(tree, "the interval is empty")
        return self._form.add(Op.AND, Kind.BOOLEAN, [above, below])

    def _choice(self, tree: Choice) -> int:
        conditions = [self._boolean(condition, "if") for condition, _ in tree.branches]
        values = [value for _, value in tree.branches] + [tree.otherwise]
        numbers = [None if isinstance(value, Null) else self.lower(value) for value in values]
        known = [number for number in numbers if number is not None]
        if not known:
            raise self._fault(tree, "every value of the choice is null")
        kind, same = self._same_kind(tree, known, "the values of a choice are of one kind")
        rest = iter(same)
        filled = [self._form.null(kind) if number is None else next(rest) for number in numbers]
        pairs = [arg for pair in zip(conditions, filled, strict=False) for arg in pair]
        return self._form.add(Op.CHOICE, kind, [*pairs, filled[-1]])

    # what several share

    def _same_kind(self, tree: Tree, numbers: Sequence[int], message: str) -> tuple[Kind, list[int]]:
        kind = common_kind([self._form.operations[number].kind for number in numbers])
        if kind is None:
            raise self._fault(tree, message, got=self._kinds(numbers))
        same = (converted(self._form, number, kind) for number in numbers)
        return kind, [number for number in same if number is not None]  # in a common kind all are

    def _check_values(self, tree: Tree, subject: int, constants: Sequence[int]) -> None:
        """Refuse comparing an input of declared values with a constant that is not one of them."""
        allowed = self._scope.values.get(subject)
        for constant in constants:
            operation = self._form.operations[constant]
            same_kind = operation.kind is self._form.operations[subject].kind
            if (
                allowed is None
                or operation.op is not Op.CONSTANT
                or not same_kind
                or operation.value in allowed
            ):
                continue
            if isinstance(tree, Binary) and tree.sign not in {"=", "!="}:
                continue
            hint = nearest(str(operation.value), [str(value) for value in allowed])
            raise self._fault(
                tree,
                "not among the declared values",
                got=repr(operation.value),
                expected=list(allowed),
                hint=hint,
            )

    def _kinds(self, numbers: Sequence[int]) -> str:
        return ", ".join(self._form.operations[number].kind.value for number in numbers)

    def _fault(
        self,
        tree: Tree,
        message: str,
        *,
        got: object = None,
        expected: object = None,
        hint: str | None = None,
    ) -> PolicyError:
        return self._writing.fault(message, at=tree.at, got=got, expected=expected, hint=hint)
