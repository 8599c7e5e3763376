"""The level instalment (等额本息): one amount that repays a loan over periods of any length."""

from collections.abc import Sequence

from creditloop.book.interest.day_count import Ratio
from creditloop.book.interest.scale import Rounding, divide
from creditloop.kernel.errors import InputError


def level_instalment(*, units: int, factors: Sequence[Ratio], rounding: Rounding) -> int:
    """Return the equal instalment that repays an amount with interest, rounded once.

    With f the interest of one unit over a period, the instalment is
    units × Π(1 + f) / Σ over periods of the product of the later (1 + f); exact for unequal periods, and
    units / count when every f is 0. No remainder is placed here: the plan's last instalment takes it.

    Args:
        units: the amount to repay, in units of its scale.
        factors: rate × part of a year of each period, in order, as ratios with positive denominators.
    Raises: InputError if there is no period, or no instalment can repay (rates below -100 %).

    >>> level_instalment(units=10_000_00, factors=[(6, 1000)] * 12, rounding=Rounding.HALF_AWAY)
    86619
    """
    growth, weight, scale = 1, 0, 1
    for numerator, denominator in factors:
        grown = denominator + numerator
        scale *= denominator
        growth *= grown
        weight = weight * grown + scale
    if weight <= 0:
        raise InputError(
            "no instalment repays this loan", got=f"{len(factors)} periods", expected="periods with 1 + f > 0"
        )
    return divide(numerator=units * growth, denominator=weight, rounding=rounding)
