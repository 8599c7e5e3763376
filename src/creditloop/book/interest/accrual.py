"""Interest of a period (利息), and interest day by day whose remainders are carried and never dropped."""

from decimal import Decimal

from creditloop.book.interest.day_count import Ratio, reduced
from creditloop.book.interest.scale import Rounding, divide
from creditloop.kernel.errors import InputError


def ratio(rate: Decimal) -> Ratio:
    """Return a rate as an exact ratio in lowest terms.

    Raises: InputError if it is not a finite number.

    >>> ratio(Decimal("0.072"))
    (9, 125)
    """
    if not rate.is_finite():
        raise InputError("not a rate", got=rate, expected="a finite decimal fraction, 0.072 is 7.2 %")
    return rate.as_integer_ratio()


def interest(*, units: int, rate: Ratio, fraction: Ratio, rounding: Rounding) -> int:
    """Return the interest on an amount: units × rate × part of a year, divided and rounded once.

    Args:
        units: the amount that bears interest, in units of its scale; may be negative.
        rate: yearly fraction as a ratio, e.g. from `ratio`.
        fraction: part of a year, e.g. from `year_fraction`.

    >>> interest(units=100_000_00, rate=(9, 125), fraction=(31, 360), rounding=Rounding.HALF_AWAY)
    62000
    """
    return divide(
        numerator=units * rate[0] * fraction[0], denominator=rate[1] * fraction[1], rounding=rounding
    )


def interest_carried(
    *, units: int, rate: Ratio, fraction: Ratio, carried: Ratio, rounding: Rounding
) -> tuple[int, Ratio]:
    """Return the interest of a part of a period in whole units, and the remainder to carry into the next.

    What was returned plus what is carried is the exact interest so far: days add up to their period,
    whatever the cut. Start with (0, 1).

    Args:
        carried: remainder of the part before, a ratio of a unit.

    >>> interest_carried(units=1000, rate=(1, 10), fraction=(1, 360), carried=(0, 1), rounding=Rounding.DOWN)
    (0, (5, 18))
    """
    below = rate[1] * fraction[1]
    numerator = units * rate[0] * fraction[0] * carried[1] + carried[0] * below
    denominator = below * carried[1]
    whole = divide(numerator=numerator, denominator=denominator, rounding=rounding)
    return whole, reduced((numerator - whole * denominator, denominator))
