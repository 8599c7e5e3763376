"""Constants of zen's language: computed when they are read, and written in ours (常量)."""

from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from unicodedata import is_normalized

from creditloop.formula import NANO_DECIMALS, Kind
from creditloop.kernel.money import divide_half_away
from creditloop.risk.jdm import tree
from creditloop.risk.jdm.lowered import ATOM, MULTIPLY, Lowered
from creditloop.risk.jdm.refusals import Refusal, outside

Constant = Decimal | str | bool
_EXPONENT_MOST = 64
_WHOLE_MOST = 19
"""Digits before the point that 64 bits can have."""
_LAST_PLACE = Decimal(1).scaleb(-NANO_DECIMALS)
_DIGITS = 60
"""Digits that constants are computed with: more than any written number needs."""


def folded(expression: tree.Expression) -> Constant | None:
    """Return the value of an expression of written numbers, texts and truth values; None if it is another."""
    match expression:
        case tree.Literal(value=value):
            return value
        case tree.Unary(sign="-", operand=operand):
            value = folded(operand)
            return value.copy_negate() if isinstance(value, Decimal) else None
        case tree.Binary(sign=sign, left=left, right=right) if sign in _ARITHMETIC:
            one, other = folded(left), folded(right)
            if isinstance(one, str) and isinstance(other, str) and sign == "+":
                return one + other
            if isinstance(one, Decimal) and isinstance(other, Decimal):
                return _ARITHMETIC[sign](one, other)
    return None


def is_exact(value: Decimal) -> bool:
    """Whether our language can write a number as it stands: nine places at most, and not beyond 64 bits.

    >>> is_exact(Decimal("0.5")), is_exact(Decimal("1e-10")), is_exact(Decimal("1e999999"))
    (True, False, False)
    """
    if value.adjusted() >= _WHOLE_MOST:
        return False
    return value == value.quantize(_LAST_PLACE, context=Context(prec=_DIGITS))


def literal(value: Constant) -> Lowered:
    """Write a constant in our language.

    Raises: PolicyError by name for a number that could only be written rounded, or not at all.
    """
    if isinstance(value, bool):
        return Lowered(text="true" if value else "false", kind=Kind.BOOLEAN)
    if isinstance(value, str):
        return Lowered(text=text_literal(value), kind=Kind.TEXT)
    if not is_exact(value):
        raise outside(Refusal.PLACES, f"{value:.40g}")
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
        try:
            with localcontext(prec=_DIGITS):
                return compute(one, other)
        except ArithmeticError:  # a number no engine has
            return None

    return result


def _power(one: Decimal, other: Decimal) -> Decimal:
    if not 0 <= other <= _EXPONENT_MOST or other != int(other):
        raise ArithmeticError
    return one ** int(other)


_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal | None]] = {
    "+": _computed(lambda one, other: one + other),
    "-": _computed(lambda one, other: one - other),
    "*": _computed(lambda one, other: one * other),
    "/": _computed(lambda one, other: one / other),
    "%": _computed(lambda one, other: one % other),
    "^": _computed(_power),
}
