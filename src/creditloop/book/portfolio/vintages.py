"""Vintages (账龄分析): the loans paid out in one month, followed by months on book (在账月份).

A vintage is looked at on the last day of each month; the month it was paid out in is month 0 on book.

    over_30, over_90   paid-out principal of its loans that were more than 30 (90) days past due at this or an
                       earlier month's end / paid-out principal of the vintage; it never falls
    npl                principal outstanding in classes 3 to 5 at this month's end / paid-out principal

Loans that were late within a month and paid up by its end are not seen. What is written off is no longer
outstanding, so it leaves `npl`; the loan stays in `over_30` and `over_90`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from creditloop.book.portfolio.days import day_batches
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection, load_queries

MEASURES = ("over_30", "over_90", "npl")
"""What a vintage is followed by."""
LATE_OVER = {"over_30": 30, "over_90": 90}
"""Days past due above which each measure counts a loan."""

_PAID_OUT = {"vintage": pl.Date, "programme_no": pl.Int64, "loans": pl.Int64, "principal_fen": pl.Int64}
_SEEN = {
    "measure": pl.String,
    "vintage": pl.Date,
    "programme_no": pl.Int64,
    "month_end": pl.Date,
    "loans": pl.Int64,
    "principal_fen": pl.Int64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VintageRows:
    """What vintages are made from: a row a programme, month of pay-out and, of what was seen, month's end.

    Attributes:
        paid_out: columns vintage, programme_no, loans, principal_fen (paid out).
        seen: columns measure, vintage, programme_no, month_end, loans, principal_fen: of "over_30" and
            "over_90" the loans first seen so then (paid out), of "npl" those that are then (outstanding).
        month_ends: that were looked at, oldest first.
    """

    paid_out: pl.DataFrame
    seen: pl.DataFrame
    month_ends: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VintageCell:
    """A vintage at a month's end: the part counted, of loans and in fen; the share is part / paid out."""

    mob: int
    month_end: date
    loans: int
    part_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vintage:
    """The loans paid out in a month.

    Attributes:
        month: its first day.
        loans, principal_fen: paid out.
        cells: by months on book, from the first month's end that was looked at.
    """

    month: date
    loans: int
    principal_fen: int
    cells: tuple[VintageCell, ...]

    def at(self, mob: int) -> VintageCell | None:
        """Return the cell of a month on book, None if it was not looked at (yet)."""
        return next((cell for cell in self.cells if cell.mob == mob), None)


def vintage_rows(
    connection: Connection, *, month_ends: Sequence[date], since: date | None = None
) -> VintageRows:
    """Read what vintages are made from, at closed month-ends; rows as few as months and programmes.

    Args:
        since: the first day of pay-out looked at; None: all. What was late before the first of the
            month-ends is not seen, so loans paid out before its month need the month-ends from then on.
    """
    queries = load_queries("creditloop.book.portfolio")
    if not month_ends:
        nothing = pl.DataFrame(schema=_PAID_OUT), pl.DataFrame(schema=_SEEN)
        return VintageRows(paid_out=nothing[0], seen=nothing[1], month_ends=())
    paid_out = queries.vintage_paid_out(connection, since=since, through=max(month_ends))
    seen = queries.vintage_seen(
        connection,
        since=since,
        month_ends=list(month_ends),
        batches=day_batches(connection, month_ends),
        late_over=LATE_OVER["over_30"],
        very_late_over=LATE_OVER["over_90"],
    )
    return VintageRows(
        paid_out=pl.DataFrame(list(paid_out), schema=_PAID_OUT, orient="row"),
        seen=pl.DataFrame(list(seen), schema=_SEEN, orient="row"),
        month_ends=tuple(sorted(month_ends)),
    )


def vintages(rows: VintageRows, *, measure: str, programmes: Collection[int] | None = None) -> list[Vintage]:
    """Follow each month of pay-out by months on book, oldest first.

    Args:
        measure: one of `MEASURES`.
        programmes: only loans of these; None: of all.
    Raises: InputError for a measure there is not.
    """
    if measure not in MEASURES:
        raise InputError("vintages are not followed by this", got=measure, expected=MEASURES)
    paid_out, seen = rows.paid_out, rows.seen.filter(pl.col("measure") == measure)
    if programmes is not None:
        chosen = pl.col("programme_no").is_in(list(programmes))
        paid_out, seen = paid_out.filter(chosen), seen.filter(chosen)
    found = {
        (vintage, end): (loans, part)
        for vintage, end, loans, part in seen.group_by("vintage", "month_end")
        .agg(pl.col("loans").sum(), pl.col("principal_fen").sum())
        .rows()
    }
    whole = paid_out.group_by("vintage").agg(pl.col("loans").sum(), pl.col("principal_fen").sum())
    return [
        Vintage(
            month=month,
            loans=loans,
            principal_fen=principal,
            cells=_cells(month, rows.month_ends, found, adds_up=measure in LATE_OVER),
        )
        for month, loans, principal in whole.sort("vintage").rows()
    ]


def _cells(
    month: date,
    month_ends: Sequence[date],
    found: dict[tuple[date, date], tuple[int, int]],
    *,
    adds_up: bool,
) -> tuple[VintageCell, ...]:
    """Return a vintage's cells; of what is counted once for ever, each month's end adds its own."""
    cells, loans, part = [], 0, 0
    for end in month_ends:
        if end < month:
            continue
        new = found.get((month, end), (0, 0))
        loans, part = (loans + new[0], part + new[1]) if adds_up else new
        mob = (end.year - month.year) * 12 + end.month - month.month
        cells.append(VintageCell(mob=mob, month_end=end, loans=loans, part_fen=part))
    return tuple(cells)
