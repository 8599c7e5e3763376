"""Where the loan book stands at a day's close (组合): by class, stage, bucket and programme, with the change.

The database adds the day's loans up to a few hundred cells; everything shown is a sum of cells.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date

import polars as pl

from creditloop.book.portfolio.days import day_batches
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection, load_queries

DPD_FROM = (1, 31, 61, 91)
"""Days past due from which each bucket after the first begins: 0, 1–30, 31–60, 61–90, 91 and more."""
BUCKETS = ("dpd_0", "dpd_1_30", "dpd_31_60", "dpd_61_90", "dpd_91_up")
"""The buckets (逾期阶段) by name; a bucket's number is its place here."""
NPL_TIERS = (3, 4, 5)
"""Substandard, doubtful and loss: non-performing (不良)."""
TIERS = (1, 2, 3, 4, 5, 6, 0)
"""The classes in the order they are shown: normal to loss, undecided, nothing owed."""
STAGES = (1, 2, 3, 0)
"""The stages of expected loss in the order they are shown; 0 is nothing owed."""

_KEYS = ("programme_no", "tier", "stage", "bucket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What some loans add up to at the close of a day; amounts in fen. A difference may be below zero.

    Attributes:
        principal_fen: outstanding, due or not.
        overdue_principal_fen, overdue_interest_fen: due and unpaid, of loans past due by a day or more.
        penalty_fen: penalty interest unpaid.
    """

    loans: int
    principal_fen: int
    overdue_principal_fen: int
    overdue_interest_fen: int
    penalty_fen: int

    def less(self, before: "Figures") -> "Figures":
        """Return the change from an earlier day."""
        return Figures(**{name: getattr(self, name) - getattr(before, name) for name in _AMOUNTS})


_AMOUNTS = tuple(field.name for field in fields(Figures))
CELL_COLUMNS = (*_KEYS, *_AMOUNTS)
"""The columns of a day's cells, all Int64: programme_no, tier, stage, bucket, and what they add up to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioLine:
    """One line of a table: the class, stage, bucket or programme it is about, and its figures.

    Attributes:
        change: against the earlier day; None if there is none to compare with.
    """

    key: int
    now: Figures
    change: Figures | None


def day_cells(connection: Connection, *, business_date: date) -> pl.DataFrame:
    """Return the cells of a closed day, columns `CELL_COLUMNS`; a few hundred rows however many loans."""
    rows = load_queries("creditloop.book.portfolio").day_cells(
        connection,
        business_date=business_date,
        batches=day_batches(connection, [business_date]),
        dpd_from=list(DPD_FROM),
    )
    return pl.DataFrame(list(rows), schema=dict.fromkeys(CELL_COLUMNS, pl.Int64), orient="row")


def cells_of(
    cells: pl.DataFrame,
    *,
    programmes: Collection[int] | None = None,
    tiers: Collection[int] | None = None,
    overdue: bool = False,
) -> pl.DataFrame:
    """Return the cells of some programmes, of some classes, of loans past due alone."""
    kept = cells
    if programmes is not None:
        kept = kept.filter(pl.col("programme_no").is_in(list(programmes)))
    if tiers is not None:
        kept = kept.filter(pl.col("tier").is_in(list(tiers)))
    return kept.filter(pl.col("bucket") > 0) if overdue else kept


def figures(cells: pl.DataFrame) -> Figures:
    """Add cells up."""
    return Figures(**{name: int(cells[name].sum()) for name in _AMOUNTS})


def portfolio_lines(
    cells: pl.DataFrame, *, by: str, order: Sequence[int], before: pl.DataFrame | None = None
) -> tuple[PortfolioLine, ...]:
    """Add the cells of a day up by one of their keys, with the change from an earlier day.

    Args:
        cells, before: columns `CELL_COLUMNS`.
        by: "programme_no", "tier", "stage" or "bucket".
        order: the keys to show; those of neither day are shown with zeros.
    Raises: InputError if `by` is no key, or a cell's key is not in the order: a figure would be lost.
    """
    if by not in _KEYS:
        raise InputError("cells have no such key", got=by, expected=_KEYS)
    sides = [cells] if before is None else [cells, before]
    if left := sorted({key for side in sides for key in side[by].to_list()} - set(order)):
        raise InputError("a key of the cells is not shown", got=left, expected=list(order))
    now = _by_key(cells, by)
    then = None if before is None else _by_key(before, by)
    nothing = Figures(**dict.fromkeys(_AMOUNTS, 0))
    return tuple(
        PortfolioLine(
            key=key,
            now=(line := now.get(key, nothing)),
            change=None if then is None else line.less(then.get(key, nothing)),
        )
        for key in order
    )


def _by_key(cells: pl.DataFrame, by: str) -> dict[int, Figures]:
    added = cells.group_by(by).agg(pl.col(name).sum() for name in _AMOUNTS)
    return {int(row[by]): Figures(**{name: int(row[name]) for name in _AMOUNTS}) for row in added.to_dicts()}
