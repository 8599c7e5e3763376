"""Exact integer arithmetic for shares and entropies, the same for one number and for columns (整数运算).

No logarithm, square root or division of an engine is used: `entropy_weight` is made once for each count
from decimals, and everything after is whole numbers. An entropy is rounded once: weights have ninety-six bits
behind the nano, and columns, which have room for fewer, ask `entropy_nano` where theirs could not decide.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache

import numpy as np
from numpy.typing import NDArray

from creditloop.data.windows.limits import LATEST_STEP, LATEST_ZERO
from creditloop.kernel.money import divide_half_away

NANO = 10**9
GUARD = 96
"""Bits behind the nano before an entropy is rounded."""
_EXACT = Context(prec=60)
_LOG_2 = _EXACT.ln(Decimal(2))
_ROOM = 61
"""Bits the weights of columns may have: twice their sum, and a divisor, fit 64."""
_HALF = 1 << GUARD - 1
_MOST = 2**63 - 1
_WHOLE_MOST = _MOST // NANO
"""The greatest whole part of a ratio in nano that can fit 64 bits."""
_NARROW = 2**63 // (2 * NANO) - 1
"""Divisors up to which a remainder times 2·10⁹ fits 64 bits."""

Integers = NDArray[np.int64]


@cache
def entropy_weight(count: int) -> int:
    """Return count · log₂(count) in nano with `GUARD` bits behind it, half away from zero.

    >>> entropy_weight(0), entropy_weight(2) == 2 * NANO << GUARD, entropy_weight(3) >> GUARD
    (0, True, 4754887502)
    """
    if count < 2:
        return 0
    bits = _EXACT.divide(_EXACT.ln(Decimal(count)), _LOG_2)
    parts = _EXACT.multiply(bits, Decimal(count * NANO << GUARD))
    return int(parts.to_integral_value(rounding=ROUND_HALF_UP))


def entropy_nano(counts: Sequence[int]) -> int | None:
    """Return the entropy of counts, minus the sum of p log₂ p, in nano bits; None of none at all.

    Rounded once, half away from zero. Weights are at most half a last bit wrong, and what is nearer to a half
    than they can tell is taken for the half that it is: every count a power of two, say.

    >>> entropy_nano([5, 5]), entropy_nano([1, 3]), entropy_nano([7, 0]), entropy_nano([0, 0])
    (1000000000, 811278124, 0, None)
    """
    total = sum(counts)
    if total == 0:
        return None
    parts = entropy_weight(total) - sum(map(entropy_weight, counts))
    return (parts + len(counts)) // total + _HALF >> GUARD


def deviation_nano(sums: Sequence[int]) -> int | None:
    """Return the mean distance of sums from their mean, as a share of that mean, in nano; None if it is 0.

    >>> deviation_nano([5, 5, 5]), deviation_nano([10, 0]), deviation_nano([0, 0])
    (0, 1000000000, None)
    """
    whole = sum(sums)
    distance = sum(abs(len(sums) * one - whole) for one in sums)
    return ratio_nano(distance, len(sums) * abs(whole))


def longest(holds: Iterable[bool]) -> int:
    """Return the most consecutive times it holds.

    >>> longest([True, False, True, True])
    2
    """
    best = run = 0
    for one in holds:
        run = run + 1 if one else 0
        best = max(best, run)
    return best


def latest(holds: Iterable[bool]) -> int:
    """Return how many times it holds without a break, from the first time on; the newest month comes first.

    >>> latest([False, True, True, False, True])
    2
    """
    run = 0
    for one in holds:
        if one:
            run += 1
        elif run:
            return run
    return run


def measure_of(newest: int) -> int:
    """Return the measure in a number that holds its day before it; see `limits.LATEST_STEP`.

    >>> measure_of(3 * LATEST_STEP + LATEST_ZERO - 5)
    -5
    """
    return newest % LATEST_STEP - LATEST_ZERO


def measures_of(newest: Integers) -> Integers:
    """Return `measure_of` for a column."""
    found: Integers = newest % LATEST_STEP - LATEST_ZERO
    return found


def since(holds: Iterable[bool]) -> int | None:
    """Return how often it does not hold before the first time it does; None if it never does.

    >>> since([False, False, True]), since([False])
    (2, None)
    """
    return next((place for place, one in enumerate(holds) if one), None)


def entropies_nano(counts: Sequence[Integers]) -> Integers:
    """Return `entropy_nano` for every place of columns of counts; 0 where there is none."""
    total: Integers = np.sum(counts, axis=0)
    most = int(total.max(initial=1))
    guard = _ROOM - max(entropy_weight(most) >> GUARD, most * NANO).bit_length()
    if guard < 0:
        return np.array([entropy_nano(row) or 0 for row in zip(*_lists(counts), strict=True)], np.int64)
    parts = _weights(total, guard) - sum(_weights(column, guard) for column in counts)
    divisor = np.maximum(total, 1) << guard
    found, rest = np.divmod(2 * parts + divisor, 2 * divisor)
    unsure = len(counts) + 2
    near = np.flatnonzero((rest < unsure) | (rest > 2 * divisor - unsure))
    for place, row in zip(near, zip(*_lists([column[near] for column in counts]), strict=True), strict=True):
        found[place] = entropy_nano(row) or 0
    entropies: Integers = found
    return entropies


def _lists(columns: Sequence[Integers]) -> list[list[int]]:
    return [column.tolist() for column in columns]


def _weights(counts: Integers, guard: int) -> Integers:
    """Return `entropy_weight` of counts with fewer bits behind the nano."""
    most = int(counts.max(initial=0))
    if most < counts.size:
        distinct, places = np.arange(most + 1), counts
    else:
        distinct, places = np.unique(counts, return_inverse=True)
    weights = ((entropy_weight(count) >> GUARD - guard - 1) + 1 >> 1 for count in distinct.tolist())
    return np.fromiter(weights, np.int64, len(distinct))[places]


def divided(numerators: Integers, denominators: Integers) -> Integers:
    """Divide columns of integers half away from zero, by positive ones; 0 where the divisor is not."""
    above = np.maximum(denominators, 1)
    whole, rest = np.divmod(np.abs(numerators), above)
    found = np.sign(numerators) * (whole + (rest >= above - rest))
    return np.where(denominators > 0, found, 0)


def ratio_nano(numerator: int, denominator: int) -> int | None:
    """Return numerator / denominator in nano, half away from zero; None by 0, or where it has no 64 bits.

    >>> ratio_nano(-1, 3), ratio_nano(1, 0), ratio_nano(9_223_372_036, 1), ratio_nano(10**10, 1)
    (-333333333, None, 9223372036000000000, None)
    """
    if denominator == 0:
        return None
    found = divide_half_away(numerator * NANO, denominator)
    return found if -_MOST <= found <= _MOST else None


def ratios_nano(numerators: Integers, denominators: Integers) -> tuple[Integers, Integers]:
    """Return `ratio_nano` for columns, 0 where it is None, and 1 where it is not None."""
    divisors = np.maximum(np.abs(denominators), 1)
    whole, rest = np.divmod(np.abs(numerators), divisors)
    narrow = np.minimum(divisors, _NARROW)
    parts = (2 * np.minimum(rest, narrow) * NANO + narrow) // (2 * narrow)
    for place in np.flatnonzero(divisors > _NARROW):
        parts[place] = divide_half_away(int(rest[place]) * NANO, int(divisors[place]))
    fits = (whole < _WHOLE_MOST) | ((whole == _WHOLE_MOST) & (parts <= _MOST - _WHOLE_MOST * NANO))
    there: Integers = ((denominators != 0) & fits).astype(np.int64)
    signs = np.sign(numerators) * np.sign(denominators)
    return there * signs * (np.minimum(whole, _WHOLE_MOST) * NANO + there * parts), there
