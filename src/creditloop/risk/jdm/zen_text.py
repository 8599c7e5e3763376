"""Write the steps of a program in zen's expression language (反向转换).

What zen can say, it says with the same value: ratios as decimals, money in fen, quotients rounded to nine
places where ours are. What it says differently of nulls and of what cannot be evaluated is told by
`writing`, as warnings.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from creditloop.formula import NANO, NANO_DECIMALS, Kind, Op, Operation, Program, Value
from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm.literals import number_text

LONGEST = 20_000
"""How many characters an expression may come to; a strategy that needs more gives a part of it a name."""


class ZenWriter:
    """Writes the operations of a program; a part that is a step already written is read by its name.

    Args:
        paths: where a case has each input.
    """

    def __init__(self, program: Program, paths: Mapping[str, str]) -> None:
        self._program = program
        self._paths = paths
        self._named: dict[int, str] = {}
        self._texts: dict[int, str] = {}

    def name(self, step: str, *, by: str) -> None:
        """Take note under which name later texts read a step; texts made before are forgotten."""
        number = self._program.step(step).number
        if self._program.operations[number].op not in {Op.INPUT, Op.CONSTANT}:
            self._named[number] = by
            self._texts.clear()

    def text(self, step: str) -> str:
        """Write a step.

        Raises: PolicyError if the text comes to more than `LONGEST` characters.
        """
        return self._text(self._program.step(step).number)

    def _text(self, number: int) -> str:
        operation = self._program.operations[number]
        if number in self._named:
            name = self._named[number]
            return f"d({name})" if operation.kind is Kind.DATE else name
        if number not in self._texts:
            self._texts[number] = self._written(operation)
            if len(self._texts[number]) > LONGEST:
                raise PolicyError(
                    "an expression is too long to be written out", expected=f"<= {LONGEST} characters"
                )
        return self._texts[number]

    def _written(self, operation: Operation) -> str:
        if operation.op is Op.INPUT:
            path = self._paths.get(str(operation.value), str(operation.value))
            return f"d({path})" if operation.kind is Kind.DATE else path
        if operation.op is Op.CONSTANT:
            return zen_constant(operation.value, operation.kind)
        args = [self._text(arg) for arg in operation.args]
        if operation.op is Op.LISTED:
            listed = self._program.lists[str(operation.value)]
            items = ", ".join(zen_constant(value, listed.kind) for value in listed.values)
            return f"({args[0]} in [{items}])"
        if operation.op is Op.MULTIPLY_NANO:
            product = f"{args[0]} * {args[1]}"
            return (
                f"round({product})" if operation.kind is Kind.MONEY else f"round({product}, {NANO_DECIMALS})"
            )
        if operation.op in _STEPPED:
            return _to_step(_STEPPED[operation.op], args[0], operation)
        return _WRITTEN[operation.op](args)


def zen_constant(value: Value, kind: Kind) -> str:
    """Write a value as a literal of zen.

    Raises: PolicyError for a text with both kinds of quotes, which zen cannot write.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return number_text(Decimal(value) / NANO) if kind is Kind.NANO else str(value)
    if isinstance(value, date):
        return f"d('{value.isoformat()}')"
    text = str(value)
    if "'" in text and '"' in text:
        raise PolicyError("a text with both kinds of quotes cannot be written in zen", got=text)
    return f'"{text}"' if "'" in text else f"'{text}'"


def _to_step(function: str, argument: str, operation: Operation) -> str:
    step = zen_constant(operation.value, operation.kind)
    if step == "1":
        return f"{function}({argument})"
    return f"({function}({argument} / {step}) * {step})"


def _infix(sign: str) -> Callable[[Sequence[str]], str]:
    return lambda args: f"({f' {sign} '.join(args)})"


def _called(name: str) -> Callable[[Sequence[str]], str]:
    return lambda args: f"{name}({', '.join(args)})"


def _of_list(name: str) -> Callable[[Sequence[str]], str]:
    return lambda args: f"{name}([{', '.join(args)}])"


def _method(name: str) -> Callable[[Sequence[str]], str]:
    return lambda args: f"{args[0]}.{name}()"


def _choice(args: Sequence[str]) -> str:
    text = args[-1]
    for index in range(len(args) - 3, -1, -2):
        text = f"({args[index]} ? {args[index + 1]} : {text})"
    return text


_STEPPED = {Op.ROUND: "round", Op.FLOOR: "floor", Op.CEIL: "ceil", Op.TRUNCATE: "trunc"}
_WRITTEN: Mapping[Op, Callable[[Sequence[str]], str]] = {
    Op.NULL: lambda _: "null",
    Op.SCALE: lambda args: args[0],
    Op.NULL_AS: lambda args: args[0],
    Op.ADD: _infix("+"),
    Op.SUBTRACT: _infix("-"),
    Op.MULTIPLY: _infix("*"),
    Op.DIVIDE: lambda args: f"round({args[0]} / {args[1]}, {NANO_DECIMALS})",
    Op.REMAINDER: _infix("%"),
    Op.NEGATE: lambda args: f"(-{args[0]})",
    Op.ABSOLUTE: _called("abs"),
    Op.MINIMUM: _of_list("min"),
    Op.MAXIMUM: _of_list("max"),
    Op.ADD_DAYS: lambda args: f"{args[0]}.add({args[1]}, 'day')",
    Op.ADD_MONTHS: lambda args: f"{args[0]}.add({args[1]}, 'month')",
    Op.DAYS_BETWEEN: lambda args: f"{args[0]}.diff({args[1]}, 'day')",
    Op.MONTHS_BETWEEN: lambda args: f"{args[1]}.diff({args[0]}, 'month')",
    Op.YEAR: _method("year"),
    Op.MONTH: _method("month"),
    Op.DAY: _method("day"),
    Op.WEEKDAY: _method("weekday"),
    Op.EQUAL: _infix("=="),
    Op.NOT_EQUAL: _infix("!="),
    Op.LESS: _infix("<"),
    Op.LESS_EQUAL: _infix("<="),
    Op.GREATER: _infix(">"),
    Op.GREATER_EQUAL: _infix(">="),
    Op.MEMBER: lambda args: f"({args[0]} in [{', '.join(args[1:])}])",
    Op.NOT: lambda args: f"(not {args[0]})",
    Op.AND: _infix("and"),
    Op.OR: _infix("or"),
    Op.IS_NULL: lambda args: f"({args[0]} == null)",
    Op.COALESCE: _infix("??"),
    Op.CHOICE: _choice,
    Op.LOWER: _called("lower"),
    Op.UPPER: _called("upper"),
    Op.TRIM: _called("trim"),
    Op.LENGTH: _called("len"),
    Op.STARTS_WITH: _called("startsWith"),
    Op.ENDS_WITH: _called("endsWith"),
    Op.CONTAINS: _called("contains"),
    Op.CONCAT: _infix("+"),
}
