"""Co-lending shares (出资比例) and the split of a loan's amounts among its lenders.

What is split is always a running total, never one event: each lender's part of the total so far is rounded,
and an event posts the difference to what it was before. However many events there are, a lender's sum stays
within one fen of its exact share, and the parts add up to the total. Splitting each event by itself drifts.

With two lenders the first one's part is its share rounded half away from zero, the other has the rest; with
several the largest remainders take the fen that are left over (ties to the earlier). With three or more a
part may go down by one fen while the total goes up; with two it never does.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from creditloop.kernel.errors import InputError, PolicyError
from creditloop.kernel.money import split_by_largest_remainder

_INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Shares:
    """The lenders of a loan and their shares, which add up to one exactly.

    Attributes:
        parties: lenders in order, ourselves first.
        weights: whole numbers > 0; a share is weight / total of the weights.
    """

    parties: tuple[str, ...]
    weights: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.parties or len(set(self.parties)) != len(self.parties):
            raise InputError("lenders are missing or named twice", got=self.parties)
        if len(self.weights) != len(self.parties) or min(self.weights) <= 0:
            raise InputError(
                "a share must be more than nothing", got=dict(zip(self.parties, self.weights, strict=False))
            )

    @property
    def total(self) -> int:
        """The denominator that all shares have."""
        return sum(self.weights)

    def share(self, party: str) -> Fraction:
        """Return a lender's share.

        Raises: InputError if it is no lender of this loan.
        """
        if party not in self.parties:
            raise InputError("no lender of this loan", got=party, expected=self.parties)
        return Fraction(self.weights[self.parties.index(party)], self.total)

    def parts(self, total_fen: int) -> tuple[int, ...]:
        """Return every lender's part of a running total, fen; they add up to it.

        >>> shares_of({"us": Decimal("0.2"), "partner": Decimal("0.8")}).parts(3)
        (1, 2)
        """
        return tuple(split_by_largest_remainder(total_fen, self.weights))

    def posted(self, *, before_fen: int, after_fen: int) -> tuple[int, ...]:
        """Return what an event adds to each lender's part when it moves the running total.

        >>> thirds = shares_of({"us": Fraction(1, 3), "a": Fraction(1, 3), "b": Fraction(1, 3)})
        >>> thirds.posted(before_fen=1, after_fen=2), thirds.posted(before_fen=2, after_fen=3)
        ((0, 1, 0), (0, 0, 1))
        """
        before, after = self.parts(before_fen), self.parts(after_fen)
        return tuple(new - old for new, old in zip(after, before, strict=True))


def shares_of(fractions: Mapping[str, Fraction | Decimal]) -> Shares:
    """Return shares from exact fractions of one.

    Raises: InputError if one is not positive or they do not add up to one exactly.

    >>> shares_of({"us": Decimal("0.3"), "partner": Decimal("0.7")}).weights
    (3, 7)
    """
    exact = {party: Fraction(value) for party, value in fractions.items() if _is_positive(value)}
    if len(exact) < len(fractions) or sum(exact.values()) != 1:
        raise InputError(
            "shares do not add up to one",
            got=", ".join(f"{party} {value}" for party, value in fractions.items()),
            expected="positive fractions with the sum 1, exactly",
        )
    below = lcm(*(value.denominator for value in exact.values()))
    return Shares(
        tuple(exact), tuple(value.numerator * (below // value.denominator) for value in exact.values())
    )


def _is_positive(value: Fraction | Decimal) -> bool:
    finite = not isinstance(value, Decimal) or value.is_finite()
    return finite and value > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesByDate:
    """Shares in force from their dates on. A loan keeps those of the day it was paid out.

    Attributes:
        versions: first day and shares, in order of the days.
    """

    versions: tuple[tuple[date, Shares], ...]

    def __post_init__(self) -> None:
        days = [day for day, _ in self.versions]
        if not days or days != sorted(set(days)):
            raise InputError("shares must follow one another by date", got=[str(day) for day in days])

    def on(self, day: date) -> Shares:
        """Return the shares in force on a day.

        Raises: PolicyError if there are none yet.
        """
        at = bisect_right([first for first, _ in self.versions], day)
        if at == 0:
            raise PolicyError("no shares are in force", got=day, expected=f"from {self.versions[0][0]} on")
        return self.versions[at - 1][1]


def split_columns(totals_fen: NDArray[np.int64], shares: Shares) -> list[NDArray[np.int64]]:
    """Return every lender's parts of many running totals at once, the same as `Shares.parts` of each.

    Args:
        totals_fen: (n,) of int64.
    Returns: one (n,) of int64 for each lender.
    Raises: InputError if a total times the largest weight has no 64 bits.
    """
    magnitude, sign = np.abs(totals_fen), np.sign(totals_fen)
    total = shares.total
    if len(totals_fen) and (magnitude.min() < 0 or int(magnitude.max()) > _INT64_MAX // total):
        raise InputError("a total is too large for columns", expected=f"|fen| <= {_INT64_MAX // total}")
    products = [magnitude * weight for weight in shares.weights]
    floors = [product // total for product in products]
    remainders = [product - floor * total for product, floor in zip(products, floors, strict=True)]
    left = magnitude - _added(floors)
    parts = []
    for at, (floor, remainder) in enumerate(zip(floors, remainders, strict=True)):
        ahead = [other >= remainder for other in remainders[:at]] + [
            other > remainder for other in remainders[at + 1 :]
        ]
        rank = _added(ahead) if ahead else np.zeros_like(magnitude)
        parts.append(sign * (floor + (rank < left)))
    return parts


def _added(columns: Sequence[NDArray[np.int64] | NDArray[np.bool_]]) -> NDArray[np.int64]:
    """Return the sum of columns, row by row."""
    added = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        added += column
    return added
