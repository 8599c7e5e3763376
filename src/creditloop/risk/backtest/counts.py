"""What a backtest counts (回测计数): whole numbers that add up, however the cases are split.

`BacktestCounts` of two parts add to those of the whole (`+`); every figure is computed from them at the end.
Money is summed in fen as Int128; nothing here is rounded.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.outcomes import Ints

GROUPS_MAX = 200_000
"""Most groups, and most distinct scores, counted apart; more is a mistake in the plan."""
MATCHED, CANNOT_TELL, DECIDES, MARGINAL, UNIQUE = range(5)
"""What is counted of a rule: cases it matches, cases it cannot be evaluated of, cases it stops the table at,
declined cases approved without it, and those of them that no other declining rule matches."""
RULE_COUNTS = 5
GOOD, BAD, UNKNOWN = range(3)
"""Outcomes of a case."""
OUTCOMES = 3
CELL = "cell"
"""Champion's decision · 9 + challenger's · 3 + outcome."""
SUMS = ("amount", "loss", "profit", "uncounted")
"""What is summed of approved cases, for each strategy: fen, and cases a formula could not be computed of."""
SCORE, ROWS = "score", "rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyCounts:
    """What one strategy's rules did.

    Attributes:
        rules: (rules, RULE_COUNTS, OUTCOMES), in the order of the strategy.
        referrals: by key (see `rule_counts`), how many cases each thing left to a person.
    """

    rules: Ints
    referrals: Mapping[str, int]

    def __add__(self, other: Self) -> Self:
        referrals = Counter(self.referrals) + Counter(other.referrals)
        return type(self)(rules=self.rules + other.rules, referrals=dict(sorted(referrals.items())))


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestCounts:
    """What was counted of some of the cases.

    Attributes:
        cube: a row for each month, segment values and cell that occurs: the dimensions as text, `cell`,
            `rows`, and `<sum>_0` of the champion, `<sum>_1` of the challenger for each of `SUMS`.
        scores: a row for each score and outcome (null score: none), `rows`, loss and profit if all of them
            were approved; None if the plan names no score.
    """

    rows: int
    cube: pl.DataFrame
    champion: StrategyCounts
    challenger: StrategyCounts | None
    scores: pl.DataFrame | None

    def __add__(self, other: Self) -> Self:
        both = self.challenger is not None and other.challenger is not None
        scored = self.scores is not None and other.scores is not None
        return type(self)(
            rows=self.rows + other.rows,
            cube=merged(self.cube, other.cube, what="groups of month, segments and decisions"),
            champion=self.champion + other.champion,
            challenger=self.challenger + other.challenger if both else None,  # type: ignore[operator]
            scores=merged(self.scores, other.scores, what="distinct scores") if scored else None,  # type: ignore[arg-type]
        )


def merged(one: pl.DataFrame, other: pl.DataFrame, *, what: str) -> pl.DataFrame:
    """Add two tables of counts: rows of equal keys become one, in order of their keys.

    Raises: InputError if there are more than `GROUPS_MAX` rows.
    """
    return ordered(pl.concat([one, other]), what=what)


def ordered(table: pl.DataFrame, *, what: str) -> pl.DataFrame:
    """Return a table of counts with one row for each key, in order; see `merged`."""
    summed = [name for name, dtype in table.schema.items() if dtype == pl.Int128]
    keys = [name for name in table.columns if name not in summed]
    found = table.group_by(keys).agg(pl.col(summed).sum()).sort(keys, nulls_last=True)
    if found.height > GROUPS_MAX:
        raise InputError(f"too many {what}", got=found.height, expected=f"<= {GROUPS_MAX:,}")
    return found


def no_rules(count: int) -> Ints:
    """Return counts of nothing for so many rules."""
    return np.zeros((count, RULE_COUNTS, OUTCOMES), dtype=np.int64)
