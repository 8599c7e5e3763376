"""What changes when one strategy takes another's place (换入换出): who is approved, and at what cost.

Outcomes are known only of those who were accepted once: what a strategy would have done with others cannot be
told from them, and no figure here pretends to.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.outcomes import Bools, Floats, checked_bad

_ENDS = (2.5, 97.5)
"""Percentiles of the draws between which a difference lies, 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """A group of cases: how many of all, and how many turned bad; `bad_rate` is None where there are none."""

    rows: int
    bad: int
    share: float

    @property
    def bad_rate(self) -> float | None:
        """The share of bads in the group."""
        return self.bad / self.rows if self.rows else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A difference (challenger minus champion), a ratio or a rate, with a bootstrap interval of 95 %.

    Attributes:
        draws: resamples in which it could be computed.
    """

    estimate: float
    low: float
    high: float
    draws: int

    @property
    def tells(self) -> bool:
        """Whether zero lies outside the interval."""
        return not self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapSet:
    """Two strategies on the same cases.

    Attributes:
        champion, challenger: whom each approves.
        swap_in: approved by the challenger only; `swap_out`: by the champion only; `both`, `neither`.
        approval_difference: of the shares approved.
        bad_rate_difference: of the bad rates of the approved; None where one approves nobody.
        swap_difference: bad rate of swap_in minus that of swap_out; None where one is empty.
        approval_ratio: approved by the challenger, as a multiple of the champion's; None where it has none.
        bad_rate_change: bad rate of the challenger over the champion's, less 1; None where either has none,
            or the champion's is 0.
    """

    rows: int
    bad: int
    champion: Approvals
    challenger: Approvals
    swap_in: Approvals
    swap_out: Approvals
    both: Approvals
    neither: Approvals
    approval_difference: Interval
    bad_rate_difference: Interval | None
    swap_difference: Interval | None
    approval_ratio: Interval | None
    bad_rate_change: Interval | None
    draws: int
    seed: int


def swap_set(
    *, champion: npt.ArrayLike, challenger: npt.ArrayLike, bad: npt.ArrayLike, draws: int, seed: int
) -> SwapSet:
    """Compare whom two strategies approve, with bootstrap intervals; see `swap_set_from_counts`.

    Args:
        champion, challenger: (n,) booleans, true is approved; a referral is the caller's to count.
        bad: (n,) of 0/1 or booleans; one class only is allowed.
        draws: resamples, >= 100.
        seed: >= 0; the same seed gives the same intervals.
    Raises: InputError for no rows, a null, columns of different length, too few draws.
    """
    outcomes = checked_bad(bad)
    first, second = (
        checked_bad(column, name=name)
        for column, name in ((champion, "champion"), (challenger, "challenger"))
    )
    if not len(first) == len(second) == len(outcomes):
        got = (len(first), len(second), len(outcomes))
        raise InputError("champion, challenger and bad must have the same rows", got=got)
    return swap_set_from_counts(counts=_cells(first, second, outcomes), draws=draws, seed=seed)


def swap_set_from_counts(*, counts: npt.ArrayLike, draws: int, seed: int) -> SwapSet:
    """Compare whom two strategies approve, from how many cases there are of each of the eight kinds.

    Cases are resampled whole, with replacement. Only the counts of the eight kinds of case (two approvals and
    the outcome) matter, and of a resample they are multinomial: that is drawn, exactly, instead of the rows.
    Reference: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.

    Args:
        counts: (2, 2, 2) whole numbers by champion approves, challenger approves, bad; 0 is no, 1 is yes.
        draws: resamples, >= 100.
        seed: >= 0; the same seed gives the same intervals.
    Raises: InputError for counts of another shape, below 0 or all 0, too few draws.
    """
    check_draws(draws, seed)
    table = np.asarray(counts)
    if table.shape != (2, 2, 2) or table.dtype.kind not in "iu" or table.min() < 0 or not table.sum():
        raise InputError(
            "not the counts of eight kinds of case",
            got=f"shape {table.shape}, {table.dtype}",
            expected="(2, 2, 2) whole numbers >= 0, not all 0",
        )
    rows, seen = int(table.sum()), table.reshape(8).astype(np.int64)
    drawn = np.random.default_rng(seed).multinomial(rows, seen / rows, size=draws)
    cells = np.concatenate([seen[None], drawn]).astype(np.float64).reshape(draws + 1, 2, 2, 2)
    approvals = [cells.sum(axis=2)[:, 1], cells.sum(axis=1)[:, 1]]
    rates = [_rate(part) for part in approvals]
    swapped = [_rate(part) for part in (cells[:, 1, 0], cells[:, 0, 1])]
    approved = (cells[:, 0, 1] - cells[:, 1, 0]).sum(axis=1) / rows
    return SwapSet(
        rows=rows,
        bad=int(table[:, :, 1].sum()),
        champion=_group(table[1].sum(axis=0), rows),
        challenger=_group(table[:, 1].sum(axis=0), rows),
        swap_in=_group(table[0, 1], rows),
        swap_out=_group(table[1, 0], rows),
        both=_group(table[1, 1], rows),
        neither=_group(table[0, 0], rows),
        approval_difference=_drawn(approved),
        bad_rate_difference=_interval(rates[1] - rates[0]),
        swap_difference=_interval(swapped[1] - swapped[0]),
        approval_ratio=_interval(_over(approvals[1].sum(axis=1), approvals[0].sum(axis=1))),
        bad_rate_change=_interval(_over(rates[1], rates[0]) - 1),
        draws=draws,
        seed=seed,
    )


def rate_interval(*, bad: int, rows: int, draws: int, seed: int) -> Interval | None:
    """Return a bad rate with its percentile bootstrap interval of 95 %; None where there are no rows.

    Of a resample of the rows the number of bads is binomial: that is drawn instead of the rows.

    Raises: InputError if there are more bads than rows, or too few draws.
    """
    check_draws(draws, seed)
    if not 0 <= bad <= rows:
        raise InputError("bads are some of the rows", got=(bad, rows), expected="0 <= bad <= rows")
    if not rows:
        return None
    drawn = np.random.default_rng(seed).binomial(rows, bad / rows, size=draws) / rows
    return _drawn(np.concatenate([[bad / rows], drawn]))


def check_draws(draws: int, seed: int) -> None:
    """Refuse a bootstrap of fewer than 100 draws, or without a seed."""
    if draws < 100 or seed < 0:
        raise InputError("a bootstrap needs draws and a seed", got=(draws, seed), expected=">= 100, >= 0")


def _cells(champion: Bools, challenger: Bools, bad: Bools) -> npt.NDArray[np.int64]:
    """Count the eight kinds of case: by champion, challenger, outcome."""
    kind = 4 * champion.astype(np.int64) + 2 * challenger + bad
    return np.bincount(kind, minlength=8).astype(np.int64).reshape(2, 2, 2)


def _rate(part: Floats) -> Floats:
    """Return bad rates of (draws, 2) goods and bads; nan where there are none."""
    return _over(part[:, 1], part.sum(axis=1))


def _over(above: Floats, below: Floats) -> Floats:
    """Divide draw by draw; nan where there is nothing to divide by."""
    found: Floats = np.full(len(below), np.nan)
    found[below > 0] = above[below > 0] / below[below > 0]
    return found


def _group(part: npt.NDArray[np.int64], rows: int) -> Approvals:
    count = int(part.sum())
    return Approvals(rows=count, bad=int(part[1]), share=count / rows)


def _interval(values: Floats) -> Interval | None:
    """Return estimate (the first value) and interval (the rest); None if there is nothing to compare."""
    return None if np.isnan(values[0]) or np.isnan(values[1:]).all() else _drawn(values)


def _drawn(values: Floats) -> Interval:
    known = values[1:][~np.isnan(values[1:])]
    low, high = np.percentile(known, _ENDS)
    return Interval(estimate=float(values[0]), low=float(low), high=float(high), draws=len(known))
