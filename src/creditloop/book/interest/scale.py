"""Amounts as whole numbers of a declared size, and the one place where a division is rounded.

An amount is an int in units of 10^-decimals of the currency. Products compute in fen (`FEN`); outside cases
that round nothing declare many decimals and run through the same code.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from creditloop.kernel.errors import InputError

_DECIMALS_MAX = 40
"""Most decimals an amount may have; outside cases use 20."""


class Rounding(StrEnum):
    """How a division that does not come out even is rounded."""

    HALF_AWAY = "half_away"
    """To the nearest, ties away from zero (四舍五入)."""
    HALF_EVEN = "half_even"
    """To the nearest, ties to the even neighbour."""
    DOWN = "down"
    """Towards zero."""
    UP = "up"
    """Away from zero."""


def divide(*, numerator: int, denominator: int, rounding: Rounding) -> int:
    """Divide two integers and round as said, exactly and symmetrically about zero.

    Raises: InputError if the denominator is zero.

    >>> [divide(numerator=n, denominator=2, rounding=Rounding.HALF_EVEN) for n in (1, 3, -5)]
    [0, 2, -2]
    >>> divide(numerator=-5, denominator=2, rounding=Rounding.HALF_AWAY)
    -3
    """
    if denominator == 0:
        raise InputError("division by zero", got=f"{numerator} / 0")
    negative = (numerator < 0) != (denominator < 0)
    divisor = abs(denominator)
    quotient, remainder = divmod(abs(numerator), divisor)
    if rounding is Rounding.HALF_AWAY:
        quotient += 2 * remainder >= divisor
    elif rounding is Rounding.HALF_EVEN:
        quotient += 2 * remainder > divisor or (2 * remainder == divisor and quotient % 2)
    elif rounding is Rounding.UP:
        quotient += remainder > 0
    return -quotient if negative else quotient


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The size of a unit and how amounts are rounded to it.

    Attributes:
        decimals: a unit is 10^-decimals of the currency, 0..40.
        rounding: how a computed amount becomes whole units.
    """

    decimals: int
    rounding: Rounding

    def __post_init__(self) -> None:
        if not 0 <= self.decimals <= _DECIMALS_MAX:
            raise InputError(
                "no such scale", got=f"{self.decimals} decimals", expected=f"0 to {_DECIMALS_MAX}"
            )

    @property
    def one(self) -> int:
        """The units of one whole of the currency."""
        return int(10**self.decimals)

    def units(self, amount: Decimal) -> int:
        """Return an amount of the currency in whole units.

        Raises: InputError if it is not a whole number of units: what comes in is never rounded.

        >>> FEN.units(Decimal("1234.50"))
        123450
        """
        if not amount.is_finite():
            raise InputError("not an amount", got=amount, expected="a finite decimal number")
        numerator, denominator = amount.as_integer_ratio()
        units, remainder = divmod(numerator * self.one, denominator)
        if remainder:
            raise InputError(
                "amount is not a whole number of units", got=amount, expected=f"<= {self.decimals} decimals"
            )
        return units

    def amount(self, units: int) -> Decimal:
        """Return units as an exact amount of the currency.

        >>> FEN.amount(-5)
        Decimal('-0.05')
        """
        digits = tuple(int(digit) for digit in str(abs(units)))
        return Decimal((int(units < 0), digits, -self.decimals))

    def divide(self, numerator: int, denominator: int) -> int:
        """Divide and round as this scale does."""
        return divide(numerator=numerator, denominator=denominator, rounding=self.rounding)


FEN = Scale(decimals=2, rounding=Rounding.HALF_AWAY)
"""The products' scale: whole fen, half away from zero."""
