"""Write an expression of zen in our language (表达式转换).

Exactly, or not at all: where zen would have raised is told on the side (see `lowered`), what has no exact
counterpart is refused by name. Quotients are divided once, at the end, and rounded to nine places; zen
keeps 28 digits.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import ClassVar, Protocol

from creditloop.formula import NUMBERS, Kind
from creditloop.risk.jdm import dates, functions, tree
from creditloop.risk.jdm.arithmetic import added, common_kind_of, multiplied, quotient, remainder
from creditloop.risk.jdm.conditions import (
    by_branch,
    choice_tests,
    equalities,
    equality,
    negation,
    opposite,
    unless,
    unless_true,
)
from creditloop.risk.jdm.literals import folded, is_exact, literal, number_text
from creditloop.risk.jdm.lowered import (
    AND,
    ATOM,
    CHOICE,
    COMPARE,
    INSTEAD,
    MULTIPLY,
    NOT,
    OR,
    Lowered,
    Test,
    all_of,
    divided,
    filler,
    fits,
    joined,
    leaks_of,
    strict,
    total,
    undivided,
)
from creditloop.risk.jdm.refusals import Refusal, outside

_ORDERED = frozenset({"<", "<=", ">", ">="})


class Names(Protocol):
    """Where the names of an expression lead."""

    def value(self, expression: tree.Path | tree.Reference, *, want: Kind | None) -> Lowered | None:
        """Return what a name stands for; None where nothing is there, which is null."""

    def substituted(self, expression: tree.Reference) -> tree.Expression | None:
        """Return the expression `$` stands for, if it stands for a computed one."""

    def rows_counted(self, expression: tree.Expression) -> Lowered | None:
        """Return the number of rows of a list a table gave; None if the expression is no such list."""

    def ascii_only(self, value: Lowered) -> Lowered:
        """Take note that the texts behind a value must be ASCII."""


class Lowering:
    """Lowers expressions whose names are looked up in one place."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._done: dict[tuple[int, Kind | None], tuple[tree.Expression, Lowered]] = {}

    def value(self, expression: tree.Expression, *, want: Kind | None = None) -> Lowered:
        """Lower an expression, divided out.

        Args:
            want: the kind its place asks for; DATE reads a text as a date.
        Raises: PolicyError by name for what has no exact counterpart.
        """
        return divided(self.lower(expression, want=want))

    def condition(self, expression: tree.Expression) -> Lowered:
        """Lower an expression that must be a condition."""
        value = self.value(expression, want=Kind.BOOLEAN)
        if value.kind is not Kind.BOOLEAN:
            raise outside(Refusal.KIND_CONFLICT, f"a {value.kind} where a condition is needed")
        return value

    def number(self, expression: tree.Expression) -> Lowered:
        """Lower an expression that must be a number, its division put off."""
        value = self.lower(expression, want=Kind.NANO)
        if value.kind not in NUMBERS:
            raise outside(Refusal.KIND_CONFLICT, f"a {value.kind} where a number is needed")
        return value

    def text(self, expression: tree.Expression) -> Lowered:
        """Lower an expression that must be a text."""
        value = self.value(expression, want=Kind.TEXT)
        if value.kind is not Kind.TEXT:
            raise outside(Refusal.KIND_CONFLICT, f"a {value.kind} where a text is needed")
        return value

    def day(self, expression: tree.Expression) -> Lowered:
        """Lower an expression that must be a calendar day: a date, or a text that is one."""
        return dates.day(self, expression)

    def rows_counted(self, expression: tree.Expression) -> Lowered | None:
        """Return the number of rows of a list a table gave; None if the expression is no such list."""
        return self._names.rows_counted(expression)

    def ascii_only(self, value: Lowered) -> Lowered:
        """Take note that the texts behind a value must be ASCII."""
        return self._names.ascii_only(value)

    def lower(self, expression: tree.Expression, *, want: Kind | None = None) -> Lowered:
        """Lower an expression; a quotient may still have to be divided."""
        key = id(expression), want
        if key not in self._done:  # the expression is kept with its result, so that its id stays its own
            self._done[key] = expression, self._lower(expression, want)
        return self._done[key][1]

    def _lower(self, expression: tree.Expression, want: Kind | None) -> Lowered:  # noqa: PLR0911
        known = folded(expression)
        if known is not None and not (isinstance(known, Decimal) and _is_put_off(expression, known)):
            return literal(known)
        match expression:
            case tree.Literal(value=None):
                return self._null(want)
            case tree.Path() | tree.Reference():
                return self._name(expression, want)
            case tree.Unary(sign="not"):
                return negation(self.condition(expression.operand))
            case tree.Unary():
                return self._minus(expression)
            case tree.Binary():
                return self._BINARY.get(expression.sign, Lowering._arithmetic)(self, expression)
            case tree.Ternary():
                return self._choice(expression, want)
            case tree.Template():
                return functions.concatenated(self, expression.parts)
            case tree.Call():
                return functions.call(self, expression)
            case tree.Method():
                return dates.method(self, expression)
            case tree.Mapping():
                raise outside(Refusal.OBJECT, "{…}")
            case _:
                raise outside(Refusal.ARRAY, "[…]")

    def _null(self, want: Kind | None) -> Lowered:
        if want is None:
            raise outside(Refusal.KIND_UNKNOWN, "null")
        return Lowered(text=filler(want), kind=want, known=(Test("false", ATOM),), nulls=False)

    def _name(self, expression: tree.Path | tree.Reference, want: Kind | None) -> Lowered:
        if isinstance(expression, tree.Reference) and (stands_for := self._names.substituted(expression)):
            return self.lower(stands_for, want=want)
        value = self._names.value(expression, want=want)
        return self._null(want) if value is None else value

    # arithmetic

    def _minus(self, expression: tree.Unary) -> Lowered:
        value = self.number(expression.operand)
        above = undivided(value)
        negative = strict(f"-{above.within(MULTIPLY)}", above.kind, above, tight=MULTIPLY)
        if value.over is None:
            return negative
        return replace(negative, over=value.over, needs=value.needs, known=value.known)

    def _arithmetic(self, expression: tree.Binary) -> Lowered:
        left = self.lower(expression.left)
        if expression.sign == "+" and left.kind is Kind.TEXT:
            return functions.joined_texts(self, [expression.left, expression.right])
        left, right = self.number(expression.left), self.number(expression.right)
        match expression.sign:
            case "+" | "-":
                return added(expression.sign, left, right)
            case "*":
                return multiplied(left, right)
            case "/":
                return quotient(left, right, folded(expression.right))
            case "%":
                if left.over is not None or right.over is not None:
                    raise outside(Refusal.PLACES, "what is left of a quotient")
                return remainder(left, right, folded(expression.right))
        raise outside(Refusal.POWER, f"a power of what is no written number: {expression.sign}")

    # conditions

    def _and(self, expression: tree.Binary) -> Lowered:
        left, right = self.condition(expression.left), self.condition(expression.right)
        later = all_of(right.required)
        needs = joined(left.required, [unless_true(negation(left), later)] if right.required else [])
        text = f"{left.within(AND - 1)} and {right.within(AND - 1)}"
        return Lowered(
            text=text,
            kind=Kind.BOOLEAN,
            tight=AND,
            needs=needs,
            nulls=not needs,
            tests=joined(left.conditions, right.conditions),
        )

    def _or(self, expression: tree.Binary) -> Lowered:
        if (alternatives := equalities(expression)) is not None:
            subject, items = alternatives
            return self._member(tree.Binary("in", subject, tree.Listing(items)))
        left, right = self.condition(expression.left), self.condition(expression.right)
        needs = joined(left.required, [unless_true(left, all_of(right.required))] if right.required else [])
        asked = set(left.required)
        second = all_of(test for test in right.conditions if test not in asked)
        first = Test(left.text, left.tight, left.inputs)
        either = Test(f"{first.within(OR - 1)} or {second.within(OR - 1)}", OR, first.inputs & second.inputs)
        return Lowered(
            text=f"{left.within(OR - 1)} or {right.within(OR - 1)}",
            kind=Kind.BOOLEAN,
            tight=OR,
            needs=needs,
            nulls=not needs,
            tests=joined(left.required, [either]),
        )

    def _equal(self, expression: tree.Binary) -> Lowered:
        for side, other in ((expression.left, expression.right), (expression.right, expression.left)):
            if isinstance(side, tree.Literal) and side.value is None:
                return self._is_null(other, negated=expression.sign == "!=")
        left, right = self._pair(expression.left, expression.right)
        core = equality(left, right)
        presence = joined(left.known, right.known)
        both = all_of([*presence, core])
        if left.known and right.known:
            neither = f"{opposite(all_of(left.known))} and {opposite(all_of(right.known))}"
            both = Test(f"{both.within(OR)} or {neither}", OR)
        if expression.sign == "!=":
            return total(opposite(both), left, right, tight=NOT if presence else COMPARE)
        needs = joined(left.needs, right.needs)
        tests = joined(needs, presence, [core]) if not (left.known and right.known) else None
        return total(both.text, left, right, tight=both.tight, tests=tests)

    def _is_null(self, expression: tree.Expression, *, negated: bool) -> Lowered:
        if isinstance(expression, tree.Literal) and expression.value is None:
            return literal(not negated)
        value = self.value(expression)
        present = all_of(value.known)
        if negated:
            return total(present.text, value, tight=present.tight)
        return total(opposite(present), value, tight=NOT)

    def _ordered(self, expression: tree.Binary) -> Lowered:
        left, right = self._pair(expression.left, expression.right)
        if left.kind in {Kind.TEXT, Kind.BOOLEAN}:
            raise outside(Refusal.KIND_CONFLICT, f"{left.kind} {expression.sign} {right.kind}")
        text = f"{left.within(COMPARE)} {expression.sign} {right.within(COMPARE)}"
        return strict(text, Kind.BOOLEAN, left, right, tight=COMPARE)

    def _member(self, expression: tree.Binary) -> Lowered:
        negated = expression.sign == "not in"
        match expression.right:
            case tree.Interval():
                tested = self._interval(expression.left, expression.right)
            case tree.Listing(items=items):
                tested = self._listed(expression.left, items)
            case _:
                raise outside(Refusal.ARRAY, f"{expression.sign} of what is no written list")
        return negation(tested) if negated else tested

    def _interval(self, subject: tree.Expression, interval: tree.Interval) -> Lowered:
        low = tree.Binary(">" if interval.low_open else ">=", subject, interval.low)
        high = tree.Binary("<" if interval.high_open else "<=", subject, interval.high)
        above, below = self._ordered(low), self._ordered(high)
        least, most = folded(interval.low), folded(interval.high)
        if isinstance(least, Decimal) and isinstance(most, Decimal) and least < most:
            value = self.value(subject, want=Kind.NANO)
            opening, closing = "(" if interval.low_open else "[", ")" if interval.high_open else "]"
            bounds = f"{opening}{number_text(least)}..{number_text(most)}{closing}"
            text = f"{value.within(COMPARE)} in {bounds}"
            return strict(text, Kind.BOOLEAN, value, tight=COMPARE)
        both = all_of(Test(side.text, side.tight, side.inputs) for side in (above, below))
        return strict(both.text, Kind.BOOLEAN, above, below, tight=AND)

    def _listed(self, subject: tree.Expression, items: tuple[tree.Expression, ...]) -> Lowered:
        nulls = [item for item in items if isinstance(item, tree.Literal) and item.value is None]
        rest = [item for item in items if item not in nulls]
        values = {(value := self._pair(subject, item)[1]).text: value for item in rest}
        if nulls or not values or not all(folded(item) is not None for item in rest):
            return self._any_equal(subject, items)
        value = self._pair(subject, rest[0])[0]
        core = Test(f"{value.within(COMPARE)} in [{', '.join(values)}]", COMPARE, value.inputs)
        both = all_of([*value.known, core])
        return total(both.text, value, tight=both.tight, tests=joined(value.required, [core]))

    def _any_equal(self, subject: tree.Expression, items: tuple[tree.Expression, ...]) -> Lowered:
        if not items:
            return literal(False)
        tests = [self._equal(tree.Binary("==", subject, item)) for item in items]
        return total(" or ".join(test.within(OR) for test in tests), *tests, tight=OR)

    def _pair(self, left: tree.Expression, right: tree.Expression) -> tuple[Lowered, Lowered]:
        """Lower two operands of one kind; the one that tells its kind helps the other."""
        for side in (left, right):
            if isinstance(known := folded(side), Decimal) and not is_exact(known):
                raise outside(Refusal.PLACES, f"a comparison with {known:.40g}")
        told = self._told(left) or self._told(right)
        one, other = self.value(left, want=told), self.value(right, want=told)
        if Kind.DATE in {one.kind, other.kind}:
            one, other = self.value(left, want=Kind.DATE), self.value(right, want=Kind.DATE)
        if not fits(one, other.kind):
            raise outside(Refusal.KIND_CONFLICT, f"{one.kind} against {other.kind}")
        return one, other

    def _told(self, expression: tree.Expression) -> Kind | None:
        if isinstance(expression, tree.Path | tree.Reference | tree.Literal):
            known = folded(expression)
            return literal(known).kind if known is not None else None
        return self.value(expression).kind

    # choices

    def _instead(self, expression: tree.Binary) -> Lowered:
        if isinstance(expression.left, tree.Literal) and expression.left.value is None:
            return self.lower(expression.right)
        right_kind = self._told(expression.right)
        left = self.value(expression.left, want=right_kind)
        if not left.known:
            return left
        right = self.value(expression.right, want=left.kind)
        kind = common_kind_of(left, right)
        present = all_of(left.known)
        needs = joined(left.needs, [unless(present, all_of(right.needs))] if right.needs else [])
        known = [unless(present, all_of(right.known))] if right.known else []
        text, tight = f"if {present.text} then {left.text} else {right.text}", CHOICE
        if present.asks == left.text:  # an input, which is null where it is not there
            text, tight = f"{left.text} ?? {right.within(INSTEAD - 1)}", INSTEAD
        return Lowered(
            text=text,
            kind=kind,
            tight=tight,
            known=joined(known),
            needs=needs,
            nulls=not needs and not known,
            leaks=right.leaks,
        )

    def _choice(self, expression: tree.Ternary, want: Kind | None) -> Lowered:
        condition = self.condition(expression.condition)
        told = want or self._branch_kind(expression)
        one = self.value(expression.value, want=told)
        other = self.value(expression.otherwise, want=told)
        kind = common_kind_of(one, other)
        parts = (condition, one, other)
        return Lowered(
            text=f"if {condition.text} then {one.text} else {other.text}",
            kind=kind,
            tight=CHOICE,
            known=by_branch(condition, one.known, other.known),
            needs=joined(condition.required, by_branch(condition, one.needs, other.needs)),
            nulls=all(part.nulls for part in parts),
            inputs=one.inputs & other.inputs,
            leaks=leaks_of(*parts),
            tests=choice_tests(condition, one, other) if kind is Kind.BOOLEAN else None,
        )

    def _branch_kind(self, expression: tree.Ternary) -> Kind | None:
        for branch in (expression.value, expression.otherwise):
            if isinstance(branch, tree.Literal) and branch.value is None:
                continue
            return self.value(branch).kind
        return None

    _BINARY: ClassVar[Mapping[str, Callable[["Lowering", tree.Binary], Lowered]]] = {
        "and": _and,
        "or": _or,
        "==": _equal,
        "!=": _equal,
        **dict.fromkeys(_ORDERED, _ordered),
        "in": _member,
        "not in": _member,
        "??": _instead,
    }


def _is_put_off(expression: tree.Expression, known: Decimal) -> bool:
    """Whether a constant is a quotient that nine places do not hold: it is divided where it is needed."""
    return not is_exact(known) and _divides(expression)


def _divides(expression: tree.Expression) -> bool:
    match expression:
        case tree.Unary(operand=operand):
            return _divides(operand)
        case tree.Binary(sign=sign, left=left, right=right):
            return sign == "/" or _divides(left) or _divides(right)
        case _:
            return False
