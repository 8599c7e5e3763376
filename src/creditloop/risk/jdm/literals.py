"""Constants of zen's language: computed when they are read, and written in ours (常量)."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from unicodedata import is_normalized

from creditloop.formula import NANO_DECIMALS, Kind
from creditloop.kernel.money import divide_half_away
from creditloop.risk.jdm import tree
from creditloop.risk.jdm.lowered import ATOM, MULTIPLY, Lowered
from creditloop.risk.jdm.refusals import Refusal, outside

Constant = Decimal | str | bool
_EXPONENT_MOST = 64
_DIGITS = 60
"""Digits that constants are computed with: more than any written number needs."""


def folded(expression: tree.Expression) -> Constant | None:
    """Return the value of an expression of written numbers, texts and truth values; None if it is another."""
    match expression:
        case tree.Literal(value=value):
            return value
        case tree.Unary(sign="-", operand=operand):
            value = folded(operand)
            return -value if isinstance(value, Decimal) else None
        case tree.Binary(sign=sign, left=left, right=right) if sign in _ARITHMETIC:
            one, other = folded(left), folded(right)
            if isinstance(one, str) and isinstance(other, str) and sign == "+":
                return one + other
            if isinstance(one, Decimal) and isinstance(other, Decimal):
                return _ARITHMETIC[sign](one, other)
    return None


def literal(value: Constant) -> Lowered:
    """Write a constant in our language."""
    if isinstance(value, bool):
        return Lowered(text="true" if value else "false", kind=Kind.BOOLEAN)
    if isinstance(value, str):
        return Lowered(text=text_literal(value), kind=Kind.TEXT)
    text = number_text(value)
    kind = Kind.NANO if "." in text else Kind.INTEGER
    return Lowered(text=text, kind=kind, tight=MULTIPLY if text.startswith("-") else ATOM)


def number_text(value: Decimal) -> str:
    """Write a number, rounded half away from zero to nine places.

    >>> number_text(Decimal("1.50")), number_text(Decimal("1e3"))
    ('1.5', '1000')
    """
    exact = Fraction(value)
    nano = divide_half_away(exact.numerator * 10**NANO_DECIMALS, exact.denominator)
    whole, part = divmod(abs(nano), 10**NANO_DECIMALS)
    fraction = f"{part:0{NANO_DECIMALS}d}".rstrip("0")
    return f"{'-' if nano < 0 else ''}{whole}{'.' + fraction if fraction else ''}"


def text_literal(text: str) -> str:
    """Write a text; our language has no escapes, so a text with both quotes is put together from parts."""
    if "\n" in text or "\r" in text or not is_normalized("NFC", text):
        raise outside(Refusal.SYNTAX, f"a text of several lines or not in NFC form: {text!r}")
    if "'" not in text or '"' not in text:
        quote = "'" if "'" not in text else '"'
        return f"{quote}{text}{quote}"
    pieces = [part for piece in text.split("'") for part in ('"\'"', f"'{piece}'")][1:]
    return f"concat({', '.join(pieces)})"


def _computed(compute: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Decimal, Decimal], Decimal | None]:
    def result(one: Decimal, other: Decimal) -> Decimal | None:
        with localcontext(prec=_DIGITS):
            return compute(one, other)

    return result


def _quotient(one: Decimal, other: Decimal) -> Decimal | None:
    with localcontext(prec=_DIGITS):
        return one / other if other else None


def _remainder(one: Decimal, other: Decimal) -> Decimal | None:
    with localcontext(prec=_DIGITS):
        return one % other if other else None


def _power(one: Decimal, other: Decimal) -> Decimal | None:
    if other != int(other) or not 0 <= other <= _EXPONENT_MOST:
        return None
    with localcontext(prec=_DIGITS):
        return one ** int(other)


_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal | None]] = {
    "+": _computed(lambda one, other: one + other),
    "-": _computed(lambda one, other: one - other),
    "*": _computed(lambda one, other: one * other),
    "/": _quotient,
    "%": _remainder,
    "^": _power,
}
