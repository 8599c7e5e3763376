"""The Python expression of each operation, given those of its operands, all of which are there."""

from collections.abc import Mapping, Sequence

from creditloop.formula.forms import Op, Operation
from creditloop.formula.kinds import NANO
from creditloop.formula.program import Program
from creditloop.formula.python_calls import WHITESPACE

_FEW = 4
"""Members of a list that are compared one by one; more are a set."""
_EXPRESSIONS: Mapping[Op, str] = {
    Op.SCALE: f"{{0}} * {NANO}",
    Op.ADD: "{0} + {1}",
    Op.SUBTRACT: "{0} - {1}",
    Op.MULTIPLY: "{0} * {1}",
    Op.MULTIPLY_NANO: f"divide_half_away({{0}} * {{1}}, {NANO})",
    Op.DIVIDE: "divide_half_away({0} * {value}, {1})",
    Op.REMAINDER: "remainder({0}, {1})",
    Op.NEGATE: "-{0}",
    Op.ABSOLUTE: "abs({0})",
    Op.MINIMUM: "min({all})",
    Op.MAXIMUM: "max({all})",
    Op.ROUND: "divide_half_away({0}, {value}) * {value}",
    Op.FLOOR: "{0} // {value} * {value}",
    Op.CEIL: "-(-{0} // {value}) * {value}",
    Op.TRUNCATE: "{0} - remainder({0}, {value})",
    Op.DAYS_BETWEEN: "{0}.toordinal() - {1}.toordinal()",
    Op.ADD_MONTHS: "months_later({0}, {1})",
    Op.MONTHS_BETWEEN: "months_between({0}, {1})",
    Op.YEAR: "{0}.year",
    Op.MONTH: "{0}.month",
    Op.DAY: "{0}.day",
    Op.WEEKDAY: "{0}.isoweekday()",
    Op.EQUAL: "{0} == {1}",
    Op.NOT_EQUAL: "{0} != {1}",
    Op.LESS: "{0} < {1}",
    Op.LESS_EQUAL: "{0} <= {1}",
    Op.GREATER: "{0} > {1}",
    Op.GREATER_EQUAL: "{0} >= {1}",
    Op.NOT: "not {0}",
    Op.LOWER: "lower_ascii({0})",
    Op.UPPER: "upper_ascii({0})",
    Op.TRIM: f"{{0}}.strip({WHITESPACE!r})",
    Op.LENGTH: "len({0})",
    Op.STARTS_WITH: "{0}.startswith({1})",
    Op.ENDS_WITH: "{0}.endswith({1})",
    Op.CONTAINS: "{1} in {0}",
}
_JOINED: Mapping[Op, str] = {Op.AND: " and ", Op.OR: " or ", Op.CONCAT: " + "}


def expression(
    number: int, operation: Operation, args: Sequence[str], program: Program, names: dict[str, object]
) -> str:
    """Return the expression of an operation; the sets it asks are added to `names`."""
    match operation.op:
        case Op.AND | Op.OR | Op.CONCAT:
            return _JOINED[operation.op].join(args)
        case Op.LISTED:
            name = f"LIST_{operation.value}"
            names[name] = frozenset(program.lists[str(operation.value)].values)
            return f"{args[0]} in {name}"
        case Op.MEMBER if len(args) > _FEW + 1:
            names[f"SET_{number}"] = frozenset(program.operations[arg].value for arg in operation.args[1:])
            return f"{args[0]} in SET_{number}"
        case Op.MEMBER:
            return f"{args[0]} in ({', '.join(args[1:])},)"
        case Op.ADD_DAYS:
            ordinal = f"{args[0]}.toordinal() + {args[1]}"
            return ordinal if operation.checked else f"date.fromordinal({ordinal})"
        case _:
            return _EXPRESSIONS[operation.op].format(*args, value=operation.value, all=", ".join(args))
