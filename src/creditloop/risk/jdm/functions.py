"""Functions of zen's language in ours (函数).

Texts are compared and searched as they stand. `upper`, `lower`, `trim` and `len` agree with zen on ASCII
only (zen folds all of Unicode and counts bytes), so an input that reaches one of them must be ASCII, or the
case refers.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol

from creditloop.formula import Kind
from creditloop.risk.jdm import dates, tree
from creditloop.risk.jdm.literals import folded, literal, number_text, text_literal
from creditloop.risk.jdm.lowered import Lowered, divided, strict
from creditloop.risk.jdm.refusals import Refusal, outside

PLACES_MOST = 9
"""How many decimal places a number can be rounded to: our ratios have no more."""
_DIGITS_MOST = 28
"""Digits that zen keeps of a number."""
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?([eE][+-]?[0-9])?")


class Lowers(Protocol):
    """What the functions need of the lowering."""

    def value(self, expression: tree.Expression, *, want: Kind | None = None) -> Lowered:
        """Lower an expression, divided out."""

    def number(self, expression: tree.Expression) -> Lowered:
        """Lower an expression that must be a number."""

    def text(self, expression: tree.Expression) -> Lowered:
        """Lower an expression that must be a text."""

    def condition(self, expression: tree.Expression) -> Lowered:
        """Lower an expression that must be a condition."""

    def lower(self, expression: tree.Expression, *, want: Kind | None = None) -> Lowered:
        """Lower an expression; a quotient may still have to be divided."""

    def day(self, expression: tree.Expression) -> Lowered:
        """Lower an expression that must be a calendar day."""

    def rows_counted(self, expression: tree.Expression) -> Lowered | None:
        """Return the number of rows of a list a table gave."""

    def ascii_only(self, value: Lowered) -> Lowered:
        """Take note that the texts behind a value must be ASCII."""


Arguments = Sequence[tree.Expression]


def call(lowers: Lowers, expression: tree.Call) -> Lowered:
    """Lower a call.

    Raises: PolicyError by name for a function that is not taken over, or arguments it does not take.
    """
    if expression.name in _REFUSED:
        raise outside(_REFUSED[expression.name], f"{expression.name}(…)")
    if expression.name in dates.FUNCTIONS:
        return dates.call(lowers, expression)
    if expression.name not in _FUNCTIONS:
        raise outside(Refusal.FUNCTION, f"{expression.name}(…)")
    least, most, build = _FUNCTIONS[expression.name]
    if not least <= len(expression.arguments) <= most:
        raise outside(Refusal.SYNTAX, f"{expression.name} of {len(expression.arguments)} values")
    return build(lowers, expression.arguments)


def joined_texts(lowers: Lowers, parts: Arguments) -> Lowered:
    """Join the operands of `+`: texts, and nothing else, written numbers neither."""
    for part in parts:
        if isinstance(folded(part), Decimal | bool):
            raise outside(Refusal.NUMBER_AS_TEXT, "`+` of a text and what is none")
    return concatenated(lowers, parts)


def concatenated(lowers: Lowers, parts: Arguments) -> Lowered:
    """Join texts; a number that is not written out is refused, its digits are zen's affair."""
    texts = [_as_text(lowers, part) for part in parts]
    if len(texts) == 1:
        return texts[0]
    return strict(f"concat({', '.join(text.text for text in texts)})", Kind.TEXT, *texts)


def _as_text(lowers: Lowers, part: tree.Expression) -> Lowered:
    if isinstance(known := folded(part), Decimal | bool):
        return literal(_written(known))
    value = lowers.value(part, want=Kind.TEXT)
    if value.kind is not Kind.TEXT:
        raise outside(Refusal.NUMBER_AS_TEXT, value.text)
    return value


def _written(value: Decimal | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if len(value.as_tuple().digits) > _DIGITS_MOST or value.adjusted() >= _DIGITS_MOST:
        raise outside(Refusal.NUMBER_AS_TEXT, f"{value:.40g}")
    return format(value, "f")


# texts


def _ascii(name: str) -> Callable[[Lowers, Arguments], Lowered]:
    def build(lowers: Lowers, arguments: Arguments) -> Lowered:
        value = lowers.ascii_only(lowers.text(arguments[0]))
        return strict(f"{name}({value.text})", Kind.TEXT, value)

    return build


def _length(lowers: Lowers, arguments: Arguments) -> Lowered:
    if (counted := lowers.rows_counted(arguments[0])) is not None:
        return counted
    if isinstance(arguments[0], tree.Listing):
        return literal(Decimal(len(arguments[0].items)))
    value = lowers.ascii_only(lowers.text(arguments[0]))
    return strict(f"length({value.text})", Kind.INTEGER, value)


def _searched(name: str) -> Callable[[Lowers, Arguments], Lowered]:
    def build(lowers: Lowers, arguments: Arguments) -> Lowered:
        value, part = (lowers.text(argument) for argument in arguments)
        return strict(f"{name}({value.text}, {part.text})", Kind.BOOLEAN, value, part)

    return build


def _contains(lowers: Lowers, arguments: Arguments) -> Lowered:
    if isinstance(arguments[0], tree.Listing):
        return lowers.value(tree.Binary("in", arguments[1], arguments[0]))
    return _searched("contains")(lowers, arguments)


# numbers


def _absolute(lowers: Lowers, arguments: Arguments) -> Lowered:
    value = divided(lowers.number(arguments[0]))
    return strict(f"abs({value.text})", value.kind, value)


def _rounded(name: str) -> Callable[[Lowers, Arguments], Lowered]:
    def build(lowers: Lowers, arguments: Arguments) -> Lowered:
        value = divided(lowers.number(arguments[0]))
        places = folded(arguments[1]) if len(arguments) > 1 else Decimal(0)
        if not isinstance(places, Decimal) or places != int(places) or not 0 <= places <= PLACES_MOST:
            raise outside(Refusal.FUNCTION, f"{name} to places that are not written as 0 to {PLACES_MOST}")
        if value.kind is Kind.INTEGER:
            return value
        step = number_text(Decimal(1).scaleb(-int(places)))
        return strict(f"{name}({value.text}, {step})", Kind.NANO, value)

    return build


def _items(lowers: Lowers, arguments: Arguments) -> list[Lowered]:
    if not isinstance(arguments[0], tree.Listing):
        raise outside(Refusal.ARRAY, "a list that is not written out")
    if not arguments[0].items:
        raise outside(Refusal.ARRAY, "an empty list")
    return [_number_or_day(lowers, item) for item in arguments[0].items]


def _number_or_day(lowers: Lowers, item: tree.Expression) -> Lowered:
    value = lowers.value(item, want=Kind.NANO)
    return value if value.kind is Kind.DATE else divided(lowers.number(item))


def _extreme(name: str) -> Callable[[Lowers, Arguments], Lowered]:
    def build(lowers: Lowers, arguments: Arguments) -> Lowered:
        values = _items(lowers, arguments)
        if len(values) == 1:
            return values[0]
        kinds = {value.kind for value in values}
        if Kind.DATE in kinds and len(kinds) > 1:
            raise outside(Refusal.KIND_CONFLICT, f"{name} of {', '.join(sorted(kinds))}")
        kind = kinds.pop() if len(kinds) == 1 else Kind.NANO
        return strict(f"{name}({', '.join(value.text for value in values)})", kind, *values)

    return build


def _total(arguments: Arguments) -> tuple[tree.Expression, int]:
    """Return the sum of a written list as an expression, and how many it has."""
    if not isinstance(arguments[0], tree.Listing) or not arguments[0].items:
        raise outside(Refusal.ARRAY, "a list that is not written out")
    total, *rest = arguments[0].items
    for item in rest:
        total = tree.Binary("+", total, item)
    return total, len(arguments[0].items)


def _sum(lowers: Lowers, arguments: Arguments) -> Lowered:
    return lowers.number(_total(arguments)[0])


def _average(lowers: Lowers, arguments: Arguments) -> Lowered:
    total, count = _total(arguments)
    return lowers.lower(tree.Binary("/", total, tree.Literal(Decimal(count))))


# conversions: of what is written out, or already is of the kind


def _to_number(lowers: Lowers, arguments: Arguments) -> Lowered:
    known = folded(arguments[0])
    if isinstance(known, bool):
        return literal(Decimal(known))
    if isinstance(known, str) and (number := _number(known)) is not None:
        return literal(number)
    value = lowers.lower(arguments[0])
    if value.kind not in {Kind.INTEGER, Kind.NANO}:
        raise outside(Refusal.TYPE_TEST, f"number({value.text})")
    return value


def _to_text(lowers: Lowers, arguments: Arguments) -> Lowered:
    known = folded(arguments[0])
    if isinstance(known, Decimal | bool):
        return literal(_written(known))
    return _as_text(lowers, arguments[0])


def _to_boolean(lowers: Lowers, arguments: Arguments) -> Lowered:
    known = folded(arguments[0])
    if isinstance(known, Decimal):
        return literal(known != 0)
    if isinstance(known, str) and known in {"true", "false"}:
        return literal(known == "true")
    value = lowers.value(arguments[0])
    if value.kind is not Kind.BOOLEAN or value.known:
        raise outside(Refusal.TYPE_TEST, f"bool({value.text})")
    return value


def _is_numeric(lowers: Lowers, arguments: Arguments) -> Lowered:
    known = folded(arguments[0])
    if known is None or isinstance(known, bool):
        raise outside(Refusal.TYPE_TEST, "isNumeric of what is not written out")
    if isinstance(known, str) and _number(known) is None and any(map(str.isdigit, known)):
        raise outside(Refusal.TYPE_TEST, f"isNumeric of {known!r}")  # some such texts are numbers to zen
    return literal(isinstance(known, Decimal) or _number(known) is not None)


def _type(lowers: Lowers, arguments: Arguments) -> Lowered:
    known = folded(arguments[0])
    if known is None:
        raise outside(Refusal.TYPE_TEST, "type of what is not written out")
    name = "bool" if isinstance(known, bool) else "number" if isinstance(known, Decimal) else "string"
    return Lowered(text=text_literal(name), kind=Kind.TEXT)


def _number(text: str) -> Decimal | None:
    """Return the number a text plainly is; None of any other way to write one."""
    return Decimal(text) if _PLAIN_NUMBER.fullmatch(text) else None


_FUNCTIONS: dict[str, tuple[int, int, Callable[[Lowers, Arguments], Lowered]]] = {
    "upper": (1, 1, _ascii("upper")),
    "lower": (1, 1, _ascii("lower")),
    "trim": (1, 1, _ascii("trim")),
    "len": (1, 1, _length),
    "startsWith": (2, 2, _searched("starts_with")),
    "endsWith": (2, 2, _searched("ends_with")),
    "contains": (2, 2, _contains),
    "abs": (1, 1, _absolute),
    "round": (1, 2, _rounded("round")),
    "trunc": (1, 2, _rounded("truncate")),
    "floor": (1, 1, _rounded("floor")),
    "ceil": (1, 1, _rounded("ceil")),
    "min": (1, 1, _extreme("min")),
    "max": (1, 1, _extreme("max")),
    "sum": (1, 1, _sum),
    "avg": (1, 1, _average),
    "number": (1, 1, _to_number),
    "string": (1, 1, _to_text),
    "bool": (1, 1, _to_boolean),
    "isNumeric": (1, 1, _is_numeric),
    "type": (1, 1, _type),
}
_REFUSED = {
    **dict.fromkeys(["matches", "extract", "fuzzyMatch"], Refusal.PATTERN),
    **dict.fromkeys(["median", "mode", "split", "flatten", "merge", "mergeDeep"], Refusal.ARRAY),
    **dict.fromkeys(["keys", "values"], Refusal.OBJECT),
    "rand": Refusal.RANDOM,
}
