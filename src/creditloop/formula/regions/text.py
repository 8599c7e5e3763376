"""Write a condition of a program as a person would, from its operations (条件的文字)."""

from collections.abc import Mapping
from datetime import date

from creditloop.formula.forms import Op, Operation
from creditloop.formula.kinds import NANO, Kind
from creditloop.formula.program import Program
from creditloop.kernel.money import text_from_fen

_SIGNS: Mapping[Op, str] = {
    Op.EQUAL: "=",
    Op.NOT_EQUAL: "!=",
    Op.LESS: "<",
    Op.LESS_EQUAL: "<=",
    Op.GREATER: ">",
    Op.GREATER_EQUAL: ">=",
}


def described(program: Program, number: int) -> str:
    """Return a comparison in words of the language, what it computes on the way by its step's name or `…`."""
    operation = program.operations[number]
    if operation.op in _SIGNS:
        left, right = (_operand(program, arg) for arg in operation.args)
        return f"{left} {_SIGNS[operation.op]} {right}"
    if operation.op is Op.MEMBER:
        subject, *items = (_operand(program, arg) for arg in operation.args)
        return f"{subject} in [{', '.join(items)}]"
    if operation.op is Op.LISTED:
        return f"{_operand(program, operation.args[0])} in list.{operation.value}"
    return _operand(program, number)


def _operand(program: Program, number: int) -> str:
    operation = program.operations[number]
    while operation.op in {Op.SCALE, Op.NULL_AS}:
        number = operation.args[0]
        operation = program.operations[number]
    if operation.op is Op.INPUT:
        return str(operation.value)
    if operation.op is Op.CONSTANT:
        return _constant(operation)
    return next((step.name for step in program.steps if step.number == number), "…")


def _constant(operation: Operation) -> str:
    value = operation.value
    if operation.kind is Kind.BOOLEAN:
        return "true" if value else "false"
    if isinstance(value, date):
        return f"date('{value}')"
    if not isinstance(value, int):
        return f"'{value}'"
    if operation.kind is Kind.MONEY:
        return f"yuan({text_from_fen(value)})"
    if operation.kind is Kind.NANO:
        whole, rest = divmod(abs(value), NANO)
        return f"{'-' if value < 0 else ''}{whole}.{f'{rest:09d}'.rstrip('0') or '0'}"
    return str(value)
