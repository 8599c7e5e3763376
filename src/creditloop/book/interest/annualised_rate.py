"""The annualised rate of a loan (贷款年化利率): all it costs, over the money the customer really had.

Two methods, and a number never goes without its method's name:

- compound (复利, 内部收益率法 IRR): the yearly rate R at which the flows, each divided by (1 + R)^(time in
  years), come to nothing;
- simple (单利): the yearly rate r at which they come to nothing when each period between two flows bears
  interest of r × its part of a year. With equal periods it is the period's rate × periods a year; without
  fees it is the rate that the plan was made with.

Time is counted in whole units; flows are valued in Decimal with `DIGITS` significant digits. Newton's steps
are kept inside a bracket, and what is returned was bracketed far closer than its last decimal.

Sources: People's Bank of China, announcement [2021] 3, as digests of it tell: every fee directly related to
the loan counts, compound is the IRR method, simple must be called so. One rate only: Descartes' rule of
signs, and C. J. Norstrøm, A sufficient condition for a unique nonnegative internal rate of return, JFQA 7
(1972).
"""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import lru_cache
from itertools import accumulate, pairwise

from creditloop.kernel.errors import InputError

DIGITS = 50
"""Significant digits that flows are valued with."""
RATE_DECIMALS = 10
"""Decimals of a returned rate: a hundred-millionth of a per cent."""
RATE_MAX = Decimal(10_000)
"""Largest yearly rate that is looked for: a million per cent."""
RATE_LEAST = Decimal("-0.9999")
"""Least yearly rate that is looked for."""

_NEAR = Decimal("1e-32")
"""The root lies at most so far from what is returned, before rounding to decimals."""
_ROUNDS_MAX = 500
"""Far more than halving the bracket down to `_NEAR` takes."""

Flow = tuple[int, int]
"""Units of time since the loan began, and fen; what the lender pays out is negative."""
_Valued = Callable[[Decimal], tuple[Decimal, Decimal]]
_Discount = Callable[[Decimal, int], tuple[Decimal, Decimal]]


def compound_rate(*, flows: Sequence[Flow], units_per_year: int) -> Decimal:
    """Return the yearly rate by the IRR method (复利).

    Args:
        flows: in order of time, the first at 0.
        units_per_year: > 0, e.g. 365 for days, 360 for 30ths of a month.
    Returns: fraction with 10 decimals, half even.
    Raises: InputError if the flows have no rate or may have several, or none up to 1,000,000 %.

    >>> compound_rate(flows=[(0, -10_000), (365, 11_000)], units_per_year=365)
    Decimal('0.1000000000')
    """
    merged = _merged(flows, units_per_year)
    with localcontext(prec=DIGITS):
        low, high = _unit_rates(units_per_year)
        rate = _root(
            _present_value(merged, _compounded), low=Decimal(0) if _lends_again(merged) else low, high=high
        )
        return _rounded((1 + rate) ** units_per_year - 1)


def simple_rate(*, flows: Sequence[Flow], units_per_year: int) -> Decimal:
    """Return the yearly rate without interest on interest between flows (单利).

    Args:
        flows: in order of time, the first at 0; a period runs from one flow to the next.
        units_per_year: > 0, as for `compound_rate`.
    Returns: fraction with 10 decimals, half even.
    Raises: InputError as `compound_rate` does.

    >>> simple_rate(flows=[(0, -10_000), (30, 100), (60, 10_100)], units_per_year=360)
    Decimal('0.1200000000')
    """
    merged = _merged(flows, units_per_year)
    with localcontext(prec=DIGITS):
        longest = max(after - before for (before, _), (after, _) in pairwise(merged))
        low = max(RATE_LEAST / units_per_year, RATE_LEAST / longest)
        rate = _root(
            _present_value(merged, _linear),
            low=Decimal(0) if _lends_again(merged) else low,
            high=RATE_MAX / units_per_year,
        )
        return _rounded(rate * units_per_year)


def _merged(flows: Sequence[Flow], units_per_year: int) -> list[Flow]:
    """Return the flows with those of one time added up, and none of nothing; refuse what has no rate."""
    if units_per_year <= 0:
        raise InputError("a year has no units", got=units_per_year, expected="> 0")
    times = [time for time, _ in flows]
    if times[:1] != [0] or times != sorted(times):
        raise InputError("flows must be in order and begin at 0", got=times[:5])
    added: dict[int, int] = {}
    for time, amount in flows:
        added[time] = added.get(time, 0) + amount
    merged = [(time, amount) for time, amount in added.items() if amount]
    if not merged or merged[0][0] or merged[0][1] > 0 or merged[-1][1] < 0:
        raise InputError(
            "these flows are no loan",
            got=merged[:3],
            expected="money paid out at 0, and paid back in the end",
        )
    if _lends_again(merged):
        sums = list(accumulate(amount for _, amount in merged))
        if sums[-1] <= 0 or _sign_changes(sums) > 1:
            raise InputError(
                "these flows may have several rates or none",
                got=f"{len(merged)} flows, in sum {sums[-1]} fen",
                expected="all paid out before it is paid back, or a debt that is paid back once and for all",
            )
    return merged


def _lends_again(merged: list[Flow]) -> bool:
    """Say whether money is paid out again after some was paid back: then only rates >= 0 are looked for."""
    return _sign_changes([amount for _, amount in merged]) > 1


def _sign_changes(amounts: Sequence[int]) -> int:
    signs = [amount > 0 for amount in amounts if amount]
    return sum(before != after for before, after in pairwise(signs))


@lru_cache(maxsize=16)
def _unit_rates(units_per_year: int) -> tuple[Decimal, Decimal]:
    """Return the least and the largest rate of a unit of time, compound."""
    with localcontext(prec=DIGITS):
        part = Decimal(1) / units_per_year
        return (1 + RATE_LEAST) ** part - 1, (1 + RATE_MAX) ** part - 1


def _compounded(rate: Decimal, units: int) -> tuple[Decimal, Decimal]:
    """Return the discount over some units at a unit's compound rate, and its slope."""
    discount = (1 + rate) ** -units
    return discount, -units * discount / (1 + rate)


def _linear(rate: Decimal, units: int) -> tuple[Decimal, Decimal]:
    """Return the discount over a period of some units at a unit's simple rate, and its slope."""
    discount = 1 / (1 + rate * units)
    return discount, -units * discount * discount


def _present_value(merged: list[Flow], discount: _Discount) -> _Valued:
    """Return the value of flows and its slope as functions of a unit's rate."""
    last, *before = [Decimal(amount) for _, amount in reversed(merged)]
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(merged)][::-1]
    steps, distinct = list(zip(gaps, before, strict=True)), set(gaps)

    def valued(rate: Decimal) -> tuple[Decimal, Decimal]:
        discounts = {gap: discount(rate, gap) for gap in distinct}
        value, slope = last, Decimal(0)
        for gap, amount in steps:
            factor, sloped = discounts[gap]
            slope = slope * factor + value * sloped
            value = value * factor + amount
        return value, slope

    return valued


def _root(valued: _Valued, *, low: Decimal, high: Decimal) -> Decimal:
    """Return where a function is nothing between two points where it has opposite signs; begin at 0.

    Raises: InputError if it has not: the rate lies outside the range that is looked for.
    """
    ends = valued(low)[0], valued(high)[0]
    rising = ends[1] > ends[0]
    if min(ends) > 0 or max(ends) < 0:
        raise InputError(
            "the rate is out of range", expected=f"{RATE_LEAST:%} to {RATE_MAX:%} a year", got="none within"
        )
    at = Decimal(0)
    for _ in range(_ROUNDS_MAX):
        value, slope = valued(at)
        if not value:
            return at
        low, high = (low, at) if (value > 0) == rising else (at, high)
        after = at - value / slope if slope else low
        if abs(after - at) < _NEAR and _changes_sign(valued, after - _NEAR, after + _NEAR):
            return after
        at = after if low < after < high else (low + high) / 2
    raise InputError("the rate was not found", got=f"{_ROUNDS_MAX} rounds", expected="one between its bounds")


def _changes_sign(valued: _Valued, low: Decimal, high: Decimal) -> bool:
    return (valued(low)[0] > 0) != (valued(high)[0] > 0)


def _rounded(rate: Decimal) -> Decimal:
    rounded = rate.quantize(Decimal(1).scaleb(-RATE_DECIMALS), rounding=ROUND_HALF_EVEN)
    return rounded or abs(rounded)  # a rate that is nothing has no sign
