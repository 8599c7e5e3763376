"""The functions of the language: what they take and give."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from creditloop.formula.forms import Form, Op
from creditloop.formula.kinds import NUMBERS, Kind
from creditloop.formula.operators import common_kind, converted


@dataclass(frozen=True, slots=True)
class Function:
    """A function: what it expects, in an error's words; how it is built (None: the arguments do not fit).

    `divisor` is the place of the argument it divides by, which must not be a written zero.
    """

    expected: str
    build: Callable[[Form, Sequence[int]], int | None]
    divisor: int | None = None


def _least_or_most(op: Op) -> Callable[[Form, Sequence[int]], int | None]:
    def build(form: Form, args: Sequence[int]) -> int | None:
        kind = common_kind([form.operations[arg].kind for arg in args]) if len(args) > 1 else None
        if kind is None or kind in {Kind.TEXT, Kind.BOOLEAN}:
            return None
        wide = [form.scaled(arg, narrow=False) if _is(form, arg, Kind.INTEGER) else arg for arg in args]
        return form.add(op, kind, wide if kind is Kind.NANO else args)

    return build


def _absolute(form: Form, args: Sequence[int]) -> int | None:
    if len(args) != 1 or form.operations[args[0]].kind not in NUMBERS:
        return None
    return form.add(Op.ABSOLUTE, form.operations[args[0]].kind, args)


def _to_step(op: Op) -> Callable[[Form, Sequence[int]], int | None]:
    def build(form: Form, args: Sequence[int]) -> int | None:
        if len(args) != 2 or form.operations[args[0]].kind not in NUMBERS:
            return None
        kind = form.operations[args[0]].kind
        number = converted(form, args[1], kind)
        step = form.operations[number].value if number is not None else None
        if (
            number is None
            or form.operations[number].op is not Op.CONSTANT
            or not isinstance(step, int)
            or step <= 0
        ):
            return None
        return form.add(op, kind, [args[0]], value=step)

    return build


def _of_kinds(op: Op, gives: Kind, *kinds: Kind) -> Callable[[Form, Sequence[int]], int | None]:
    """Take exactly these kinds."""

    def build(form: Form, args: Sequence[int]) -> int | None:
        given = tuple(form.operations[arg].kind for arg in args)
        return form.add(op, gives, args) if given == kinds else None

    return build


def _concat(form: Form, args: Sequence[int]) -> int | None:
    texts = all(_is(form, arg, Kind.TEXT) for arg in args)
    return form.add(Op.CONCAT, Kind.TEXT, args) if texts and len(args) > 1 else None


def _remainder(form: Form, args: Sequence[int]) -> int | None:
    kind = common_kind([form.operations[arg].kind for arg in args]) if len(args) == 2 else None
    if kind is None or kind not in NUMBERS:
        return None
    wide = [form.scaled(arg, narrow=False) if _is(form, arg, Kind.INTEGER) else arg for arg in args]
    return form.add(Op.REMAINDER, kind, wide if kind is Kind.NANO else args)


def _is(form: Form, number: int, kind: Kind) -> bool:
    return form.operations[number].kind is kind


_STEP = "a number and a positive step of its kind, a literal or parameter, e.g. {}(amount, yuan(100))"

FUNCTIONS: Mapping[str, Function] = {
    "min": Function("two or more numbers or dates of one kind", _least_or_most(Op.MINIMUM)),
    "max": Function("two or more numbers or dates of one kind", _least_or_most(Op.MAXIMUM)),
    "abs": Function("one number", _absolute),
    "round": Function(_STEP.format("round"), _to_step(Op.ROUND)),
    "floor": Function(_STEP.format("floor"), _to_step(Op.FLOOR)),
    "ceil": Function(_STEP.format("ceil"), _to_step(Op.CEIL)),
    "truncate": Function(_STEP.format("truncate"), _to_step(Op.TRUNCATE)),
    "remainder": Function("two numbers of one kind", _remainder, divisor=1),
    "add_months": Function(
        "a date and an integer", _of_kinds(Op.ADD_MONTHS, Kind.DATE, Kind.DATE, Kind.INTEGER)
    ),
    "months_between": Function(
        "two dates, from and to", _of_kinds(Op.MONTHS_BETWEEN, Kind.INTEGER, Kind.DATE, Kind.DATE)
    ),
    **{
        op.value: Function("one date", _of_kinds(op, Kind.INTEGER, Kind.DATE))
        for op in (Op.YEAR, Op.MONTH, Op.DAY, Op.WEEKDAY)
    },
    **{
        op.value: Function("one text", _of_kinds(op, Kind.TEXT, Kind.TEXT))
        for op in (Op.LOWER, Op.UPPER, Op.TRIM)
    },
    "length": Function("one text", _of_kinds(Op.LENGTH, Kind.INTEGER, Kind.TEXT)),
    **{
        op.value: Function("two texts", _of_kinds(op, Kind.BOOLEAN, Kind.TEXT, Kind.TEXT))
        for op in (Op.STARTS_WITH, Op.ENDS_WITH, Op.CONTAINS)
    },
    "concat": Function("two or more texts", _concat),
}
