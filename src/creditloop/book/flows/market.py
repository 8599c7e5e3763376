"""What the market said: series of values by date, and the arithmetic of rates that follow them."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

from creditloop.book.flows.terms import Reset
from creditloop.book.interest import Ratio, ratio, reduced
from creditloop.kernel.errors import InputError

Series = Sequence[tuple[date, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Observed series, each in order of date; a value holds until the next."""

    series: Mapping[str, Series] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, values in self.series.items():
            days = [day for day, _ in values]
            if any(later <= earlier for earlier, later in pairwise(days)):
                raise InputError("a market series is not in order of date", where={"series": name})

    def value_on(self, name: str | None, *, day: date) -> Ratio:
        """Return the last value on or before a day, as an exact ratio.

        Raises: InputError if there is no such series, or no value yet.
        """
        values = self.series.get(name) if name is not None else None
        if values is None:
            raise InputError("no such market series", got=name, expected=sorted(self.series))
        place = bisect_right([known for known, _ in values], day)
        if place == 0:
            raise InputError("the market series has no value yet", got=day, where={"series": name})
        return ratio(values[place - 1][1])


NO_MARKET = Market()


def reset_rate(*, observed: Ratio, spread: Ratio | None, current: Ratio, reset: Reset) -> Ratio:
    """Return the rate after a reset: the index × multiplier + spread, within the bounds of the terms.

    The bounds of one change come first, then those of the rate itself.
    Source: ACTUS technical specification, state transition RR.
    """
    added = ratio(reset.spread) if spread is None else spread
    target = plus(times(observed, ratio(reset.multiplier)), added)
    change = within(minus(target, current), reset.change_min, reset.change_max)
    return within(plus(current, change), reset.rate_min, reset.rate_max)


def plus(left: Ratio, right: Ratio) -> Ratio:
    """Return the sum of two ratios in lowest terms."""
    if left[1] == right[1]:
        return reduced((left[0] + right[0], left[1]))
    return reduced((left[0] * right[1] + right[0] * left[1], left[1] * right[1]))


def minus(left: Ratio, right: Ratio) -> Ratio:
    """Return the difference of two ratios in lowest terms."""
    return plus(left, (-right[0], right[1]))


def times(left: Ratio, right: Ratio) -> Ratio:
    """Return the product of two ratios in lowest terms."""
    return reduced((left[0] * right[0], left[1] * right[1]))


def within(value: Ratio, least: Decimal | None, most: Decimal | None) -> Ratio:
    """Return a ratio, or the bound it passes; the upper one wins."""
    bounded = value if least is None else _greater(value, ratio(least))
    if most is None:
        return bounded
    limit = ratio(most)
    return limit if _greater(bounded, limit) == bounded else bounded


def _greater(left: Ratio, right: Ratio) -> Ratio:
    return left if left[0] * right[1] >= right[0] * left[1] else right
