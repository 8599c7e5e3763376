"""Rates as the API and the book's rows have them: whole numbers of billionths (nano)."""

from decimal import ROUND_HALF_UP, Decimal

_PERCENT = Decimal("0.0001")
_NANO_DECIMALS = 9


def rate_of_nano(nano: int) -> Decimal:
    """Return billionths as an exact fraction.

    >>> rate_of_nano(108_000_000)
    Decimal('0.108')
    """
    return Decimal(nano).scaleb(-_NANO_DECIMALS).normalize() if nano else Decimal(0)


def nano_of_rate(rate: Decimal) -> int:
    """Return a fraction in billionths, half away from zero.

    >>> nano_of_rate(Decimal("0.1135066765"))
    113506677
    """
    return int(rate.scaleb(_NANO_DECIMALS).to_integral_value(rounding=ROUND_HALF_UP))


def percent_of_rate(rate: Decimal) -> str:
    """Return a fraction as it is shown, in per cent with four decimals.

    >>> percent_of_rate(Decimal("0.1135066765"))
    '11.3507 %'
    """
    return f"{(rate * 100).quantize(_PERCENT, rounding=ROUND_HALF_UP):f} %"
