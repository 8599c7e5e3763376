"""Dates of zen's language in ours (日期).

Ours are calendar days. `d(x)` is one, `date(x)` the seconds from 1970 to its midnight; a text with a time
of day, a time zone, the clock, and whatever gives a time of day is refused. Months are added to the same
day, or the month's last one.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from creditloop.formula import Kind
from creditloop.risk.jdm import tree
from creditloop.risk.jdm.literals import folded, literal
from creditloop.risk.jdm.lowered import ADD, CHOICE, COMPARE, MULTIPLY, Lowered, strict
from creditloop.risk.jdm.refusals import Refusal, outside

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECONDS = 86_400
_UNITS = {
    **dict.fromkeys(["d", "day", "days"], "day"),
    **dict.fromkeys(["w", "week", "weeks"], "week"),
    **dict.fromkeys(["M", "month", "months"], "month"),
    **dict.fromkeys(["quarter", "quarters"], "quarter"),
    **dict.fromkeys(["y", "year", "years"], "year"),
}
_DURATION = re.compile(r"\s*(\d+)\s*(d|days?|w|weeks?|M|months?|y|years?)\s*")


class Lowers(Protocol):
    """What dates need of the lowering."""

    def value(self, expression: tree.Expression, *, want: Kind | None = None) -> Lowered:
        """Lower an expression, divided out."""

    def number(self, expression: tree.Expression) -> Lowered:
        """Lower an expression that must be a number."""

    def day(self, expression: tree.Expression) -> Lowered:
        """Lower an expression that must be a calendar day."""


Arguments = Sequence[tree.Expression]


def day(lowers: Lowers, expression: tree.Expression) -> Lowered:
    """Lower an expression that must be a day: a written one, an input that is one, `d(…)` or `date(…)`."""
    if isinstance(expression, tree.Call) and expression.name in {"d", "date"}:
        return _made(lowers, expression)
    known = folded(expression)
    if isinstance(known, str):
        return _written(known)
    value = lowers.value(expression, want=Kind.DATE)
    if value.kind is not Kind.DATE:
        raise outside(Refusal.KIND_CONFLICT, f"a {value.kind} where a date is needed")
    return value


def call(lowers: Lowers, expression: tree.Call) -> Lowered:
    """Lower a call of a function that takes or gives a date."""
    if expression.name == "d":
        return _made(lowers, expression)
    if expression.name == "date":
        value = _made(lowers, expression)
        days = f"({value.within(ADD - 1)} - date('1970-01-01')) * {_SECONDS}"
        return strict(days, Kind.INTEGER, value, tight=MULTIPLY)
    if expression.name in _DEPRECATED and len(expression.arguments) == 1:
        return _PARTS[_DEPRECATED[expression.name]](lowers.day(expression.arguments[0]))
    if expression.name == "duration":
        return _duration(expression.arguments)
    raise outside(FUNCTIONS[expression.name], f"{expression.name}(…)")


def method(lowers: Lowers, expression: tree.Method) -> Lowered:
    """Lower a method of a date.

    Raises: PolicyError by name for one that is not taken over.
    """
    subject = lowers.day(expression.subject)
    arguments = expression.arguments
    if expression.name in _PARTS and not arguments:
        return _PARTS[expression.name](subject)
    if expression.name in _COMPARED and arguments:
        return _compared(lowers, _COMPARED[expression.name], subject, arguments)
    match expression.name:
        case "add" | "sub":
            return _moved(lowers, subject, arguments, sign=1 if expression.name == "add" else -1)
        case "diff":
            return _difference(lowers, subject, arguments)
        case "startOf" if len(arguments) == 1:
            return _started(subject, _unit(arguments[0]))
        case "isValid" | "set" | "isLeapYear":
            raise outside(Refusal.CALENDAR, f".{expression.name}(…)")
        case "isToday" | "isYesterday" | "isTomorrow":
            raise outside(Refusal.CLOCK, f".{expression.name}()")
    raise outside(Refusal.TIME_OF_DAY, f".{expression.name}(…)")


def _made(lowers: Lowers, expression: tree.Call) -> Lowered:
    if not expression.arguments:
        raise outside(Refusal.CLOCK, f"{expression.name}()")
    if len(expression.arguments) > 1:
        raise outside(Refusal.TIME_OF_DAY, f"{expression.name} in a time zone")
    return lowers.day(expression.arguments[0])


def _written(text: str) -> Lowered:
    if text == "now":
        raise outside(Refusal.CLOCK, "now")
    if not _DAY.fullmatch(text):
        raise outside(Refusal.TIME_OF_DAY, text)
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise outside(Refusal.CALENDAR, f"{text} is no day") from error
    return Lowered(text=f"date('{text}')", kind=Kind.DATE)


def _duration(arguments: Arguments) -> Lowered:
    """Whole days or weeks, in seconds."""
    count, unit = _written_duration(arguments[0] if len(arguments) == 1 else None)
    if unit not in {"day", "week"}:
        raise outside(Refusal.TIME_OF_DAY, f"a duration in {unit}s")
    return literal(Decimal(count * _SECONDS * (7 if unit == "week" else 1)))


def _written_duration(argument: tree.Expression | None) -> tuple[int, str]:
    text = folded(argument) if argument is not None else None
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise outside(Refusal.TIME_OF_DAY, f"a duration: {text}")
    return int(match.group(1)), _UNITS[match.group(2)]


def _unit(argument: tree.Expression) -> str:
    unit = folded(argument)
    if not isinstance(unit, str) or unit not in _UNITS:
        raise outside(Refusal.TIME_OF_DAY, f"a unit: {unit}")
    return _UNITS[unit]


# moving


def _moved(lowers: Lowers, subject: Lowered, arguments: Arguments, *, sign: int) -> Lowered:
    if len(arguments) == 1:
        count, unit = _written_duration(arguments[0])
        amount = literal(Decimal(count))
    elif len(arguments) == 2:
        amount, unit = lowers.value(arguments[0], want=Kind.INTEGER), _unit(arguments[1])
    else:
        raise outside(Refusal.SYNTAX, f"add of {len(arguments)} values")
    if amount.kind is not Kind.INTEGER:
        raise outside(Refusal.TIME_OF_DAY, f"part of a {unit}: {amount.text}")
    if unit in {"day", "week"}:
        days = (
            amount
            if unit == "day"
            else strict(f"{amount.within(MULTIPLY - 1)} * 7", Kind.INTEGER, amount, tight=MULTIPLY)
        )
        text = f"{subject.within(ADD - 1)} {'+' if sign > 0 else '-'} {days.within(ADD)}"
        return strict(text, Kind.DATE, subject, amount, tight=ADD)
    factor = sign * {"month": 1, "quarter": 3, "year": 12}[unit]
    months = (
        amount.text
        if factor == 1
        else f"{amount.within(MULTIPLY - 1)} * {factor}"
        if factor > 0
        else f"-{factor * -1} * {amount.within(MULTIPLY)}"
    )
    text = f"add_months({subject.text}, {months})"
    if unit != "year":
        return strict(text, Kind.DATE, subject, amount)
    # zen has no 29 February a year later; that refers
    leap = f"month({subject.text}) = 2 and day({subject.text}) = 29"
    return strict(f"if {leap} then null else {text}", Kind.DATE, subject, amount, tight=CHOICE)


def _started(subject: Lowered, unit: str) -> Lowered:
    """The first day of the week, month, quarter or year."""
    first = f"{subject.within(ADD - 1)} - (day({subject.text}) - 1)"
    text = {
        "day": subject.text,
        "week": f"{subject.within(ADD - 1)} - (weekday({subject.text}) - 1)",
        "month": first,
        "quarter": f"add_months({first}, -remainder(month({subject.text}) - 1, 3))",
        "year": f"add_months({first}, 1 - month({subject.text}))",
    }[unit]
    return strict(text, Kind.DATE, subject, tight=ADD)


def _difference(lowers: Lowers, subject: Lowered, arguments: Arguments) -> Lowered:
    if len(arguments) != 2:
        raise outside(Refusal.TIME_OF_DAY, "a difference in milliseconds")
    other, unit = lowers.day(arguments[0]), _unit(arguments[1])
    days = f"{subject.within(ADD - 1)} - {other.within(ADD)}"
    # zen counts whole months from the earlier day to the later one, whichever way it is asked
    one, two = subject.text, other.text
    counted = f"months_between({two}, {one}) else -months_between({one}, {two})"
    months = f"if {subject.within(COMPARE)} >= {other.within(COMPARE)} then {counted}"
    if unit == "day":
        return strict(days, Kind.INTEGER, subject, other, tight=ADD)
    if unit == "month":
        return strict(months, Kind.INTEGER, subject, other, tight=CHOICE)
    size = {"week": 7, "quarter": 3, "year": 12}[unit]
    whole = days if unit == "week" else months
    return strict(f"truncate(({whole}) / {size}, 1)", Kind.NANO, subject, other)


# parts


def _part(template: str) -> Callable[[Lowered], Lowered]:
    def build(subject: Lowered) -> Lowered:
        return strict(template.replace("@", subject.text), Kind.INTEGER, subject)

    return build


def _quarter(subject: Lowered) -> Lowered:
    return strict(f"ceil(month({subject.text}) / 3, 1)", Kind.NANO, subject)


def _day_of_year(subject: Lowered) -> Lowered:
    first = _started(subject, "year")
    return strict(f"{subject.within(ADD - 1)} - {first.within(ADD)} + 1", Kind.INTEGER, subject, tight=ADD)


def _milliseconds(subject: Lowered) -> Lowered:
    text = f"({subject.within(ADD - 1)} - date('1970-01-01')) * {_SECONDS * 1000}"
    return strict(text, Kind.INTEGER, subject, tight=MULTIPLY)


_PARTS: dict[str, Callable[[Lowered], Lowered]] = {
    "year": _part("year(@)"),
    "month": _part("month(@)"),
    "day": _part("day(@)"),
    "weekday": _part("weekday(@)"),
    "quarter": _quarter,
    "dayOfYear": _day_of_year,
    "timestamp": _milliseconds,
}
_COMPARED = {
    "isSame": "=",
    "isBefore": "<",
    "isAfter": ">",
    "isSameOrBefore": "<=",
    "isSameOrAfter": ">=",
}


def _compared(lowers: Lowers, sign: str, subject: Lowered, arguments: Arguments) -> Lowered:
    other = lowers.day(arguments[0])
    if len(arguments) > 1:
        unit = _unit(arguments[1])
        subject, other = _started(subject, unit), _started(other, unit)
    text = f"{subject.within(COMPARE)} {sign} {other.within(COMPARE)}"
    return strict(text, Kind.BOOLEAN, subject, other, tight=COMPARE)


_DEPRECATED = {
    "year": "year",
    "monthOfYear": "month",
    "dayOfMonth": "day",
    "dayOfWeek": "weekday",
    "dayOfYear": "dayOfYear",
}
FUNCTIONS = {
    **dict.fromkeys(["d", "date", "duration", *_DEPRECATED], Refusal.CALENDAR),
    **dict.fromkeys(["weekOfYear", "monthString", "weekdayString"], Refusal.CALENDAR),
    **dict.fromkeys(["time", "dateString", "startOf", "endOf"], Refusal.TIME_OF_DAY),
}
"""Functions that take or give dates, with the name under which those are refused that are not taken over."""
