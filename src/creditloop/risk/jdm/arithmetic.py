"""Sums, products and quotients of lowered numbers (四则运算).

A quotient is carried as what stands above and below the line, so that it is rounded once, where its value
is needed.
"""

from dataclasses import replace
from decimal import Decimal

from creditloop.formula import NUMBERS, Kind
from creditloop.risk.jdm.lowered import (
    ADD,
    COMPARE,
    MULTIPLY,
    Lowered,
    Test,
    divided,
    joined,
    strict,
    undivided,
)
from creditloop.risk.jdm.refusals import Refusal, outside


def number_kind(*values: Lowered) -> Kind:
    """Return the kind of a number computed from these: whole if all are."""
    return Kind.INTEGER if all(value.kind is Kind.INTEGER for value in values) else Kind.NANO


def common_kind_of(one: Lowered, other: Lowered) -> Kind:
    """Return the kind of either of two values."""
    if one.kind is other.kind:
        return one.kind
    if one.kind in NUMBERS and other.kind in NUMBERS:
        return Kind.NANO
    raise outside(Refusal.KIND_CONFLICT, f"{one.kind} or {other.kind}")


def _product(left: Lowered, right: Lowered) -> Lowered:
    text = f"{left.within(MULTIPLY - 1)} * {right.within(MULTIPLY)}"
    return strict(text, number_kind(left, right), left, right, tight=MULTIPLY)


def _divide_later(value: Lowered, divisor: Lowered) -> Lowered:
    return replace(value, over=divisor, step=None)


def multiplied(left: Lowered, right: Lowered) -> Lowered:
    """Multiply; divisors that are put off multiply as well."""
    divisors = [value.over for value in (left, right) if value.over is not None]
    product = _product(undivided(left), undivided(right))
    if not divisors:
        return product
    return _divide_later(product, divisors[0] if len(divisors) == 1 else _product(*divisors))


def quotient(left: Lowered, right: Lowered, constant: object) -> Lowered:
    """Divide: the divisor joins those already put off, a divisor's own divisor goes over."""
    above = undivided(left) if right.over is None else _product(undivided(left), right.over)
    below = undivided(right) if left.over is None else _product(left.over, undivided(right))
    needs = joined(above.required, below.required, right.known)
    return replace(above, over=below, step=None, needs=needs, known=_nonzero(undivided(right), constant))


def remainder(left: Lowered, right: Lowered, constant: object) -> Lowered:
    """Return what is left of a division, with the sign of the dividend."""
    value = strict(f"remainder({left.text}, {right.text})", number_kind(left, right), left, right)
    return replace(value, known=_nonzero(right, constant))


def _nonzero(divisor: Lowered, constant: object) -> tuple[Test, ...]:
    """What must hold so that a quotient is there; zen gives null where we refer."""
    if isinstance(constant, Decimal):
        if not constant:
            raise outside(Refusal.ZERO, divisor.text)
        return ()
    return (Test(f"{divisor.within(COMPARE)} != 0", COMPARE, divisor.inputs, divides=True),)


def added(sign: str, left: Lowered, right: Lowered) -> Lowered:
    """Add or subtract; a quotient is brought over its divisor."""
    if left.over is None and right.over is None:
        text = f"{left.within(ADD - 1)} {sign} {right.within(ADD)}"
        return strict(text, number_kind(left, right), left, right, tight=ADD)
    if left.over is not None and right.over is not None and left.over != right.over:
        return added(sign, divided(left), divided(right))
    divisor = left.over or right.over
    assert divisor is not None, "one side is a quotient"
    one = undivided(left) if left.over is not None else _product(left, divisor)
    other = undivided(right) if right.over is not None else _product(right, divisor)
    return _divide_later(added(sign, one, other), divisor)
