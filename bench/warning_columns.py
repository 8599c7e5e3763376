"""What a warning may read of the Taiwan set, by how long before the default it is given.

The file holds the status of six months to September 2005, and whether October's payment was defaulted. A
warning given one month before reads all of it; one given two or three months before reads nothing of the
months after. Amounts are whole dollars, ratios nano; every column is made of the same row's only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from creditloop.formula import Kind
from creditloop.risk import CardFeature, Direction

NANO = 10**9
MONTHS = ("sep", "aug", "jul", "jun", "may", "apr")
"""The latest first; `lead` months before October the month `MONTHS[lead - 1]` is today."""
_STATUS = ("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6")


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningSample:
    """The rows as a warning reads them.

    Attributes:
        frame: `features` as columns; `plain` of them are columns of the file, the rest are made of these.
        bad: (n,) bool, defaulted on October's payment; `late`: (n,) bool, late in the month that is today.
    """

    frame: pl.DataFrame
    features: tuple[CardFeature, ...]
    plain: int
    bad: np.ndarray
    late: np.ndarray


def warning_sample(table: pl.DataFrame, *, lead: int) -> WarningSample:
    """Return the rows as they were known `lead` months, 1 to 3, before October's payment."""
    months = MONTHS[lead - 1 :]
    plain = _plain_columns(table, months)
    made = _made_columns(plain, months)
    frame = plain.with_columns(made)
    ratios = {one.meta.output_name() for one in made if one.meta.output_name().startswith("ratio_")}
    features = tuple(
        CardFeature(
            name=name,
            kind=Kind.NANO if name in ratios else Kind.INTEGER,
            direction=Direction.NONE,
            zh=name,
            en=name,
        )
        for name in frame.columns
    )
    return WarningSample(
        frame=frame,
        features=features,
        plain=plain.width,
        bad=(table["class"] == 1).to_numpy(),
        late=(plain[f"status_{months[0]}"] > 0).to_numpy(),
    )


def _plain_columns(table: pl.DataFrame, months: Sequence[str]) -> pl.DataFrame:
    """Return limit, age, and each month's status, bill and payment, of the file; no protected column."""
    found = {"limit": "LIMIT_BAL", "age": "AGE"}
    for month in months:
        place = MONTHS.index(month)
        found |= {
            f"status_{month}": _STATUS[place],
            f"bill_{month}": f"BILL_AMT{place + 1}",
            f"paid_{month}": f"PAY_AMT{place + 1}",
        }
    return table.select(pl.col(column).cast(pl.Int64).alias(name) for name, column in found.items())


def _made_columns(plain: pl.DataFrame, months: Sequence[str]) -> list[pl.Expr]:
    """Return what is made of them: use of the limit, share of a bill paid, what was spent, sums, counts."""
    limit = pl.col("limit")
    status, bill, paid = (
        [pl.col(f"{what}_{month}") for month in months] for what in ("status", "bill", "paid")
    )
    owed = pl.sum_horizontal(*(one.clip(0) for one in bill))
    found = [_ratio(f"use_{month}", one, limit) for month, one in zip(months, bill, strict=True)]
    found += [(limit - one).alias(f"room_{month}") for month, one in zip(months, bill, strict=True)]
    for place, month in enumerate(months[:-1]):
        found.append(_ratio(f"paid_{month}", paid[place], bill[place + 1]))
        found.append((bill[place] - bill[place + 1] + paid[place]).alias(f"spent_{month}"))
    return [
        *found,
        *_counts("late", [one > 0 for one in status]),
        *_counts("in_full", [one == -1 for one in status]),
        *_counts("no_use", [one == -2 for one in status]),
        *_counts("unpaid", [one == 0 for one in paid]),
        pl.max_horizontal(*status).alias("status_worst"),
        pl.sum_horizontal(*(one.clip(0) for one in status)).alias("status_sum"),
        pl.sum_horizontal(*paid).alias("paid_sum"),
        pl.sum_horizontal(*bill).alias("bill_sum"),
        pl.min_horizontal(*paid).alias("paid_least"),
        pl.max_horizontal(*bill).alias("bill_most"),
        (pl.max_horizontal(*bill) - pl.min_horizontal(*bill)).alias("bill_range"),
        _ratio("paid_of_bills", pl.sum_horizontal(*paid), owed),
        _ratio("paid_of_limit", pl.sum_horizontal(*paid), limit),
    ]


def _counts(name: str, tests: Sequence[pl.Expr]) -> list[pl.Expr]:
    return [pl.sum_horizontal(*(one.cast(pl.Int64) for one in tests)).alias(f"months_{name}")]


def _ratio(name: str, part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return a share in nano, rounded down; null of a whole that is not positive."""
    return pl.when(whole > 0).then(part * NANO // whole).alias(f"ratio_{name}")
