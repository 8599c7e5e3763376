"""Balances at the day's close, ours against the core's, to the fen (余额核对).

1 loans that the core lists twice are named, and not compared further
2 loans of one side only, unless they owe nothing there
3 each amount, the days past due and the class of the loans that both have
4 the core against itself: its principal moves by what its transactions add up to
"""

from datetime import date

import polars as pl

from creditloop.book.reconciliation.breaks import BREAK_COLUMNS, amount_text, joined, no_breaks
from creditloop.book.reconciliation.sides import Sides
from creditloop.book.reconciliation.words import (
    AMOUNTS,
    MAY_MOVE_PRINCIPAL,
    MOVES_PRINCIPAL,
    BreakKind,
    Record,
)

PRINCIPAL_MOVED = "principal_moved"
"""The field of a sum that differs."""
_CAUSES = {
    "principal_fen": "principal_booked_on_one_side",
    "interest_fen": "accrual_differs",
    "fee_fen": "fee_booked_on_one_side",
    "penalty_fen": "penalty_rule_differs",
}
_ROUNDED = ("interest_fen", "penalty_fen")
_OWED = pl.sum_horizontal(pl.col(name).abs() for name in AMOUNTS)


def balance_breaks(sides: Sides, *, loans_with_breaks: pl.Series) -> pl.DataFrame:
    """Return the breaks of balances; see the module.

    Args:
        loans_with_breaks: loans of which a transaction differs today: their balances follow from it.
    """
    core, twice = _single(sides.core_balances)
    book = sides.book_balances.join(twice, on="loan_id", how="anti")
    both = book.join(core, on="loan_id", suffix="_core")
    found = [
        _listed_twice(twice, sides.day),
        _one_sided(book.join(core, on="loan_id", how="anti"), sides.day, ours=True),
        _one_sided(core.join(book, on="loan_id", how="anti"), sides.day, ours=False),
        *(_amounts_differ(both, name, sides.day, loans_with_breaks) for name in AMOUNTS),
        _dpd_differs(both, sides.day),
        _class_differs(both, sides.day),
    ]
    named = pl.concat([frame["loan_id"] for frame in found] + [loans_with_breaks]).unique()
    return joined([*found, _sums_differ(sides, core, explained=named)])


def _single(balances: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the loans that stand once; of the others how often they stand and what they owe."""
    repeated = balances["loan_id"].is_duplicated()
    if not repeated.any():
        return balances, balances.head(0).select("loan_id", times=0, principal_fen="principal_fen")
    twice = (
        balances.filter(repeated)
        .group_by("loan_id")
        .agg(times=pl.len(), principal_fen=pl.sum("principal_fen"))
    )
    return balances.filter(~repeated), twice


def _rows(frame: pl.DataFrame, day: date, **columns: pl.Expr) -> pl.DataFrame:
    """Return breaks of balances; columns that are not given say nothing."""
    nothing = {name: pl.lit(None, dtype=dtype) for name, dtype in BREAK_COLUMNS.items()}
    empty = {"reference": pl.lit(""), "lender": pl.lit(""), "record": pl.lit(Record.BALANCE.value)}
    given = {**nothing, **empty, "day": pl.lit(day), "loan_id": pl.col("loan_id"), **columns}
    return frame.select(given[name].cast(dtype).alias(name) for name, dtype in BREAK_COLUMNS.items())


def _listed_twice(twice: pl.DataFrame, day: date) -> pl.DataFrame:
    return _rows(
        twice,
        day,
        field=pl.lit("loan"),
        kind=pl.lit(BreakKind.DUPLICATED.value),
        core_says=pl.format("{} 行 rows", "times"),
        cause=pl.lit("listed_twice_in_core"),
    )


def _one_sided(frame: pl.DataFrame, day: date, *, ours: bool) -> pl.DataFrame:
    owing = frame.filter(_OWED > 0).with_columns(owed=pl.sum_horizontal(AMOUNTS))
    amount = pl.col("owed") if ours else -pl.col("owed")
    return _rows(
        owing,
        day,
        field=pl.lit("loan"),
        kind=pl.lit(BreakKind.MISSING.value),
        difference_fen=amount,
        cause=pl.lit("not_in_core" if ours else "not_in_book"),
        **{"book_says" if ours else "core_says": amount_text("owed")},
    )


def _amounts_differ(both: pl.DataFrame, name: str, day: date, following: pl.Series) -> pl.DataFrame:
    other = f"{name}_core"
    differing = both.filter(pl.col(name) != pl.col(other))
    if differing.is_empty():
        return no_breaks()
    small = (pl.col(name) - pl.col(other)).abs() == 1 if name in _ROUNDED else pl.lit(value=False)
    cause = (
        pl.when(pl.col("loan_id").is_in(following.implode()))
        .then(pl.lit("follows_from_transaction"))
        .when(small)
        .then(pl.lit("rounding"))
        .otherwise(pl.lit(_CAUSES[name]))
    )
    return _rows(
        differing,
        day,
        field=pl.lit(name.removesuffix("_fen")),
        kind=pl.lit(BreakKind.AMOUNT_DIFFERS.value),
        book_says=amount_text(name),
        core_says=amount_text(other),
        difference_fen=pl.col(name) - pl.col(other),
        cause=cause,
    )


def _dpd_differs(both: pl.DataFrame, day: date) -> pl.DataFrame:
    return _rows(
        both.filter(pl.col("dpd") != pl.col("dpd_core")),
        day,
        field=pl.lit("dpd"),
        kind=pl.lit(BreakKind.STANDING_DIFFERS.value),
        book_says=pl.col("dpd").cast(pl.String),
        core_says=pl.col("dpd_core").cast(pl.String),
        cause=pl.lit("dpd_counted_otherwise"),
    )


def _class_differs(both: pl.DataFrame, day: date) -> pl.DataFrame:
    undecided = pl.col("class") == "undecided"
    return _rows(
        both.filter(pl.col("class") != pl.col("class_core")),
        day,
        field=pl.lit("class"),
        kind=pl.lit(BreakKind.STANDING_DIFFERS.value),
        book_says=pl.col("class"),
        core_says=pl.col("class_core"),
        cause=pl.when(undecided).then(pl.lit("class_undecided")).otherwise(pl.lit("class_judged_otherwise")),
    )


def _sums_differ(sides: Sides, core: pl.DataFrame, *, explained: pl.Series) -> pl.DataFrame:
    """Find loans whose principal at the core moved by something else than its transactions of the day.

    A loan that another break names already is left out: the sum would name the same thing again.
    """
    if sides.core_balances_before is None:
        return no_breaks()
    before, twice = _single(sides.core_balances_before)
    lines = sides.core_transactions.filter(pl.col("day") == sides.day)
    unclear = lines.filter(pl.col("kind").is_in(MAY_MOVE_PRINCIPAL))["loan_id"]
    sign = pl.col("kind").replace_strict(MOVES_PRINCIPAL, default=0, return_dtype=pl.Int64)
    moved = lines.group_by("loan_id").agg(moved=(sign * pl.col("amount_fen")).sum())
    skipped = pl.concat([explained, unclear, twice["loan_id"]]).unique()
    rolled = (
        before.select("loan_id", before="principal_fen")
        .join(core.select("loan_id", after="principal_fen"), on="loan_id", how="full", coalesce=True)
        .join(moved, on="loan_id", how="full", coalesce=True)
        .with_columns(pl.col("before", "after", "moved").fill_null(0))
        .with_columns(really=pl.col("after") - pl.col("before"))
        .filter((pl.col("really") != pl.col("moved")) & ~pl.col("loan_id").is_in(skipped.implode()))
    )
    if rolled.is_empty():
        return no_breaks()
    return _rows(
        rolled,
        sides.day,
        field=pl.lit(PRINCIPAL_MOVED),
        kind=pl.lit(BreakKind.SUM_DIFFERS.value),
        core_says=pl.format("{} (流水 transactions {})", amount_text("really"), amount_text("moved")),
        difference_fen=pl.col("moved") - pl.col("really"),
        cause=pl.lit("moved_without_transaction"),
    )
