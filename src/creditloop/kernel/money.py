"""Money as integer fen (分), and the few places where something becomes fen.

`Fen` is a hundredth of the book's one currency. Text becomes money through `fen_from_text`, a foreign
file's floating-point amount through `fen_from_float`; both refuse what is not a whole number of fen.
Rounding happens in `divide_half_away` only: half away from zero (四舍五入), also for negative amounts.
"""

import re
from collections.abc import Sequence
from typing import NewType

from creditloop.kernel.errors import InputError

Fen = NewType("Fen", int)

FEN_MAX = 2**63 - 1
"""Largest amount the book can hold (a BIGINT)."""

_AMOUNT = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", re.ASCII)
_TEXT_MAX = 60
"""Longest text read as an amount; the largest, with commas and sign, has 26 characters."""
_FLOAT_END = 2**46
"""Units of the currency from which neighbouring floats are 1/64 apart, more than a fen."""


def fen(amount: int) -> Fen:
    """Check that a whole number of fen fits the book and name it as money.

    >>> fen(120)
    120
    """
    if not -FEN_MAX <= amount <= FEN_MAX:
        raise InputError("amount does not fit the book", got=amount, expected=f"|fen| <= {FEN_MAX}")
    return Fen(amount)


def fen_from_text(text: str) -> Fen:
    """Read an amount in units of the currency ("1,234.50", "-3") as fen, exactly.

    Args:
        text: decimal number, optional sign, optional thousands commas, at most two decimals that matter.
    Raises: InputError if the text is not an amount, or not a whole number of fen.

    >>> fen_from_text("1,234.5")
    123450
    >>> fen_from_text("-0.010")
    -1
    """
    if len(text) > _TEXT_MAX or not _AMOUNT.fullmatch(text):
        raise InputError(
            "not an amount of money", got=repr(text[:_TEXT_MAX]), expected='a decimal number like "1234.50"'
        )
    whole, _, decimals = text.replace(",", "").partition(".")
    if decimals[2:].strip("0"):
        raise InputError("amount is not a whole number of fen", got=text, expected="at most 2 decimals")
    magnitude = int(whole.lstrip("+-")) * 100 + int(decimals[:2].ljust(2, "0"))
    return fen(-magnitude if whole.startswith("-") else magnitude)


def fen_from_float(amount: float) -> Fen:  # money comes from foreign files as binary floats; it leaves here
    """Read a foreign file's floating-point amount, in units of the currency, as fen.

    The shortest decimal that names the float is taken (what the file's writer meant) and must be a whole
    number of fen. From 2**46 units on, floats lie further apart than a fen: they cannot name one and are
    refused.

    Raises: InputError if it is not finite, too large, or not a whole number of fen.

    >>> fen_from_float(20000.1)
    2000010
    """
    if not abs(amount) < _FLOAT_END:  # also refuses "not a number", which is below nothing
        raise InputError("not an amount of money", got=amount, expected="a finite number below 2**46")
    text = repr(float(amount))  # a NumPy scalar names its type in its own repr
    if "e" in text:  # only magnitudes below 1e-4 are written so here
        raise InputError("amount is not a whole number of fen", got=text, expected="at most 2 decimals")
    return fen_from_text(text)


def text_from_fen(amount: int) -> str:
    """Write fen as units of the currency with two decimals.

    >>> text_from_fen(-5)
    '-0.05'
    """
    units, rest = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{units}.{rest:02d}"


def divide_half_away(numerator: int, denominator: int) -> int:
    """Divide two integers and round half away from zero, exactly.

    >>> divide_half_away(5, 2), divide_half_away(-5, 2), divide_half_away(1, 3)
    (3, -3, 0)
    """
    if denominator == 0:
        raise InputError("division by zero", got=f"{numerator} / 0")
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -quotient if numerator < 0 else quotient


def split_by_largest_remainder(amount: int, weights: Sequence[int]) -> list[Fen]:
    """Split fen in proportion to integer weights so that the parts add up exactly.

    Each part is floored towards zero; the fen left over go to the largest remainders, ties to the earlier.

    >>> split_by_largest_remainder(100, [1, 1, 1])
    [34, 33, 33]
    """
    total = sum(weights)
    if not weights or total <= 0 or min(weights) < 0:
        raise InputError("weights must be non-negative and not all zero", got=list(weights))
    sign, magnitude = (-1 if amount < 0 else 1), abs(amount)
    parts = [magnitude * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(magnitude * weights[i] % total), i))
    for i in by_remainder[: magnitude - sum(parts)]:
        parts[i] += 1
    return [fen(sign * part) for part in parts]
