"""Level instalments of many loans at once: binary fractions in int64, with a bound on their error.

Where rounding to the fen could go either way within the bound a loan is marked, and planned by itself.
"""

import numpy as np
from numpy.typing import NDArray

from creditloop.book.interest import Rounding
from creditloop.book.plan.column_periods import Whole

PRINCIPAL_END = 2**40
"""Principal of loans that are planned in columns stays below, fen: about eleven billion yuan."""
FACTOR_END = 2**31
"""A factor plus its denominator stays below, so that its product with half of a number fits an int64."""

_BITS = 62
_HALF = 31
_CUT = 10
"""Last bits of a present value that are given up; its error of at most 600 units is below 2^10."""
_STEP = 11
"""A remainder below a divisor of 52 bits, shifted by 11, fits an int64."""
_PLACES = 20
"""Binary places of an instalment beyond the fen; with the fen of two principals they fit an int64."""


def divided(numerator: Whole, denominator: Whole, rounding: Rounding) -> Whole:
    """Divide numbers >= 0 and round."""
    if rounding is Rounding.DOWN:
        return numerator // denominator
    if rounding is Rounding.UP:
        return (numerator + (denominator - 1)) // denominator
    added = numerator + (denominator >> 1)
    quotient = added // denominator
    if rounding is Rounding.HALF_EVEN:
        tie = (denominator % 2 == 0) & (quotient * denominator == added)
        quotient -= tie & (quotient % 2 == 1)
    return quotient


def level_instalments(
    *,
    principal: Whole,
    factors: NDArray[np.int64],
    denominator: Whole,
    count: Whole,
    rounding: Rounding,
    doubtful: NDArray[np.bool_],
) -> Whole:
    """Return level instalments in whole fen, and mark in `doubtful` those whose last fen is not certain.

    An instalment is the principal divided by the present value of one fen at each of its due dates. A loan
    without interest is divided by its count, exactly.

    Args:
        principal: (n,), below `PRINCIPAL_END`.
        factors: (m, n), each at most `denominator`, their sum below `FACTOR_END`; those after a loan's
            `count` are not looked at.
    """
    value, bits = _present_values(factors, denominator, count)
    divisor = value >> _CUT
    quotient = _long_division(principal, divisor, bits - _CUT + _PLACES)
    level, fraction = quotient >> _PLACES, quotient & (2**_PLACES - 1)
    error = quotient // (divisor - 1) + 4
    if rounding in {Rounding.DOWN, Rounding.UP}:
        uncertain = np.minimum(fraction, 2**_PLACES - fraction) <= error
        level += rounding is Rounding.UP
    else:
        uncertain = np.abs(fraction - 2 ** (_PLACES - 1)) <= error
        level += fraction >> (_PLACES - 1)
    free = _without_interest(factors, count)
    doubtful |= uncertain & ~free
    return np.where(free, divided(principal, count, rounding), level)


def _without_interest(factors: NDArray[np.int64], count: Whole) -> NDArray[np.bool_]:
    free = np.ones(len(count), dtype=np.bool_)
    for number, factor in enumerate(factors):
        free &= (factor == 0) | (number >= count)
    return free


def _present_values(factors: NDArray[np.int64], denominator: Whole, count: Whole) -> tuple[Whole, int]:
    """Return the present value of one fen at each due date, in binary, and how many bits are its fraction.

    From the last period to the first it is v = (1 + v) × d / (d + factor). Each step rounds up by less than a
    unit, and later steps only shrink that: the error of m periods lies between 0 and m units.
    """
    bits = _BITS - (len(factors) + 1).bit_length()
    one, low = 1 << bits, (1 << _HALF) - 1
    value = np.zeros_like(denominator)
    fewest = int(count.min())
    for number in range(len(factors) - 1, -1, -1):
        factor, grown = factors[number], denominator + factors[number]
        after = value + one
        product = (after >> _HALF) * factor
        high = product // grown
        rest = ((product - high * grown) << _HALF) + (after & low) * factor
        after -= (high << _HALF) + rest // grown
        value = after if number < fewest else np.where(number < count, after, value)
    return value, bits


def _long_division(dividend: Whole, divisor: Whole, shift: int) -> Whole:
    """Return dividend × 2^shift / divisor, rounded down; the divisor has at most 52 bits."""
    quotient = dividend // divisor
    rest = dividend - quotient * divisor
    while shift > 0:
        step = min(_STEP, shift)
        shift -= step
        rest <<= step
        digit = rest // divisor
        rest -= digit * divisor
        quotient = (quotient << step) + digit
    return quotient
