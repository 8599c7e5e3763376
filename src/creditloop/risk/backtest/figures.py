"""Figures of a strategy from what was counted (策略指标): approvals, bad rate, money, of any part.

Bad rate, loss and profit stand on approved cases whose outcome is known; the amount on all approved.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from creditloop.kernel.money import divide_half_away
from creditloop.risk.backtest.counts import BAD, CELL, SUMS, UNKNOWN
from creditloop.risk.backtest.judged import Decision
from creditloop.risk.measures.swap_set import SwapSet, swap_set_from_counts

NANO = 10**9
CHAMPION, CHALLENGER = 0, 1
_DIVISOR = {CHAMPION: 9, CHALLENGER: 3}
_WHOLE = re.compile(r"-?[0-9]+")


def share_nano(part: int, whole: int) -> int | None:
    """Return a share in nano, rounded half away from zero; None of nothing.

    >>> share_nano(1, 3), share_nano(0, 0)
    (333333333, None)
    """
    return divide_half_away(part * NANO, whole) if whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Sums over approved cases: the amount of all, loss and profit where the outcome is known, in fen.

    Attributes:
        uncounted: approved cases of which a formula could not be computed; that part of them is in no sum.
    """

    amount_fen: int
    loss_fen: int
    profit_fen: int
    uncounted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyFigures:
    """What a strategy does with cases, and what came of those it approves.

    Attributes:
        known, bad: of the approved; `money` is None where the plan has no formulas.
    """

    rows: int
    approved: int
    referred: int
    declined: int
    known: int
    bad: int
    money: Money | None

    @property
    def approval_nano(self) -> int | None:
        """Approved as a share of all cases."""
        return share_nano(self.approved, self.rows)

    @property
    def bad_rate_nano(self) -> int | None:
        """Bads as a share of the approved whose outcome is known."""
        return share_nano(self.bad, self.known)

    def as_record(self) -> dict[str, object]:
        """Return the figures as plain data, rates among them."""
        counts = {name: getattr(self, name) for name in ("rows", "approved", "referred", "declined")}
        money = {} if self.money is None else {n: getattr(self.money, n) for n in Money.__dataclass_fields__}
        return {
            **counts,
            "approval_nano": self.approval_nano,
            "known": self.known,
            "bad": self.bad,
            "bad_rate_nano": self.bad_rate_nano,
            **money,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapMoney:
    """Loss and profit of those let in, as the challenger has it, and of those let go, as the champion."""

    loss_in_fen: int
    profit_in_fen: int
    loss_out_fen: int
    profit_out_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Champion and challenger on the same cases (换入换出).

    Attributes:
        matrix: (champion's, challenger's `Decision`) → rows, known, bad, of all cases.
        swap_set: whom each approves, of cases whose outcome is known; None where there are none.
    """

    matrix: Mapping[tuple[int, int], tuple[int, int, int]]
    swap_set: SwapSet | None
    money: SwapMoney | None


def figures_of(cube: pl.DataFrame, *, strategy: int) -> StrategyFigures:
    """Return the figures of a strategy (CHAMPION or CHALLENGER) over rows of `BacktestCounts.cube`."""
    decided = pl.col(CELL) // _DIVISOR[strategy] % 3
    outcome = pl.col(CELL) % 3
    approved = decided == Decision.APPROVE.value
    asked = {
        "rows": pl.col("rows").sum(),
        "approved": pl.col("rows").filter(approved).sum(),
        "referred": pl.col("rows").filter(decided == Decision.REFER.value).sum(),
        "declined": pl.col("rows").filter(decided == Decision.DECLINE.value).sum(),
        "known": pl.col("rows").filter(approved & (outcome != UNKNOWN)).sum(),
        "bad": pl.col("rows").filter(approved & (outcome == BAD)).sum(),
    }
    found = {name: int(value) for name, value in cube.select(**asked).row(0, named=True).items()}
    return StrategyFigures(**found, money=_money(cube, strategy))


def figures_by(cube: pl.DataFrame, *, dimension: str, strategy: int) -> dict[str | None, StrategyFigures]:
    """Return the figures for each value of a month or segment column, in order; null (not given) last.

    Values that are all whole numbers are in the order of numbers.
    """
    given = cube[dimension].drop_nulls().unique().sort().to_list()
    if all(_WHOLE.fullmatch(value) for value in given):
        given.sort(key=int)
    values = [*given, *([None] if cube[dimension].null_count() else [])]
    return {
        value: figures_of(
            cube.filter(pl.col(dimension).eq_missing(pl.lit(value, pl.String))), strategy=strategy
        )
        for value in values
    }


def swap_of(cube: pl.DataFrame, *, draws: int, seed: int) -> Swap:
    """Compare the two strategies: who is swapped, with intervals and money; see `swap_set_from_counts`."""
    by_cell = {
        int(cell): int(rows) for cell, rows in cube.group_by(CELL).agg(pl.col("rows").sum()).iter_rows()
    }
    matrix = {
        (one, other): (
            sum(by_cell.get(one * 9 + other * 3 + outcome, 0) for outcome in range(3)),
            sum(by_cell.get(one * 9 + other * 3 + outcome, 0) for outcome in (0, BAD)),
            by_cell.get(one * 9 + other * 3 + BAD, 0),
        )
        for one in range(3)
        for other in range(3)
    }
    counts = np.zeros((2, 2, 2), dtype=np.int64)
    for (one, other), (_, known, bad) in matrix.items():
        place = int(one == Decision.APPROVE), int(other == Decision.APPROVE)
        counts[place] += (known - bad, bad)
    known = int(counts.sum())
    return Swap(
        matrix=matrix,
        swap_set=swap_set_from_counts(counts=counts, draws=draws, seed=seed) if known else None,
        money=_swap_money(cube),
    )


def _money(cube: pl.DataFrame, strategy: int) -> Money | None:
    if f"{SUMS[0]}_{strategy}" not in cube.columns:
        return None
    sums = cube.select(pl.col([f"{name}_{strategy}" for name in SUMS]).sum()).row(0)
    amount, loss, profit, uncounted = (int(value) for value in sums)
    return Money(amount_fen=amount, loss_fen=loss, profit_fen=profit, uncounted=uncounted)


def _swap_money(cube: pl.DataFrame) -> SwapMoney | None:
    if f"{SUMS[0]}_{CHALLENGER}" not in cube.columns:
        return None
    first, second = (pl.col(CELL) // _DIVISOR[one] % 3 == Decision.APPROVE.value for one in _DIVISOR)
    let_in, let_go = cube.filter(~first & second), cube.filter(first & ~second)
    return SwapMoney(
        loss_in_fen=int(let_in["loss_1"].sum()),
        profit_in_fen=int(let_in["profit_1"].sum()),
        loss_out_fen=int(let_go["loss_0"].sum()),
        profit_out_fen=int(let_go["profit_0"].sum()),
    )
