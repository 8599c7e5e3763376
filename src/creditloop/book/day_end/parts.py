"""Each lender's part of a day (联合放款分摊): shares of running totals, so nothing drifts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from creditloop.book.day_end.closing import ClosedDay
from creditloop.book.day_end.positions import Integers, taken
from creditloop.book.split import Shares, split_columns
from creditloop.kernel.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A product with the lenders who share its loans, ourselves first."""

    number: int
    product: str
    shares: Shares


@dataclass(frozen=True, slots=True, kw_only=True)
class DayParts:
    """Our part of each loan's day, and what every lender of each programme has of it together."""

    own_interest_fen: Integers
    own_penalty_fen: Integers
    sums: dict[tuple[int, str], tuple[int, int]]
    """(programme, lender): interest and penalty of the day; the first lender of a programme is ourselves."""
    own: dict[int, str]


def day_parts(closed: ClosedDay, *, programme_no: Integers, programmes: Sequence[Programme]) -> DayParts:
    """Split a day's accruals among each programme's lenders.

    Args:
        programme_no: the programme of each loan of the day.
    Raises: InputError if a loan's programme is not among them, or a total is too large to be split.
    """
    own_interest, own_penalty = np.zeros_like(programme_no), np.zeros_like(programme_no)
    sums: dict[tuple[int, str], tuple[int, int]] = {}
    for programme in programmes:
        of = np.flatnonzero(programme_no == programme.number)
        at = taken(closed.positions, of)
        interest = _moved(at.interest_total_fen, closed.interest_fen[of], programme.shares)
        penalty = _moved(at.penalty_total_fen, closed.penalty_fen[of], programme.shares)
        own_interest[of], own_penalty[of] = interest[0], penalty[0]
        for lender, *both in zip(programme.shares.parties, interest, penalty, strict=True):
            sums[programme.number, lender] = (total_of(both[0]), total_of(both[1]))
    unknown = ~np.isin(programme_no, [programme.number for programme in programmes])
    if unknown.any():
        raise InputError("a loan's programme is unknown", got=int(programme_no[unknown][0]))
    own = {programme.number: programme.shares.parties[0] for programme in programmes}
    return DayParts(own_interest_fen=own_interest, own_penalty_fen=own_penalty, sums=sums, own=own)


def _moved(total_after: Integers, today: Integers, shares: Shares) -> list[Integers]:
    """Return what a day adds to each lender's part of running totals."""
    after, before = split_columns(total_after, shares), split_columns(total_after - today, shares)
    return [new - old for new, old in zip(after, before, strict=True)]


def total_of(values: Integers) -> int:
    """Return a sum that cannot wrap: the halves of the values are added apart."""
    high, low = np.divmod(values, 2**32)
    return int(high.sum()) * 2**32 + int(low.sum())
