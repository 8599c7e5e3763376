"""Transactions of a day, three sides at once: our book, the core's, the money's (流水三方核对).

1 each side's rows of a reference become one item
2 the items that any side names on the day stand beside each other
3 the first way in which an item's sides disagree, in the order of `BreakKind`, is its one break
"""

import polars as pl

from creditloop.book.reconciliation.breaks import BREAK_COLUMNS, amount_text, joined
from creditloop.book.reconciliation.items import ITEM, LINE, concerned, items_of_lines, items_of_payments
from creditloop.book.reconciliation.sides import Sides
from creditloop.book.reconciliation.words import PENDING, SETTLED, BreakKind, Record

ALLOCATION = "allocation_differs"
_BOOK, _CORE = pl.col("book_fen").is_not_null(), pl.col("core_fen").is_not_null()
_MONEY = pl.col("status").is_not_null()
_PAID = (pl.col("status") == SETTLED).fill_null(value=False)
_CASH = pl.coalesce("book_cash", "core_cash").fill_null(value=True)
_ANY_BOOKED = _BOOK | _CORE
_DAYS = ("book_day", "core_day", "money_day")


def transaction_breaks(sides: Sides) -> pl.DataFrame:
    """Return the breaks of transactions; at most one of each loan and reference."""
    items = _items(sides)
    judged = items.with_columns(_kind()).filter(pl.col("kind").is_not_null())
    return joined([_rows(judged.with_columns(_cause()))])


def _items(sides: Sides) -> pl.DataFrame:
    """Return the items of the day with what each side says of them."""
    day = sides.day
    frames = (sides.book_transactions, sides.core_transactions, sides.payments)
    book = items_of_lines(sides.book_transactions, day=day)
    core = items_of_lines(sides.core_transactions, day=day)
    money = items_of_payments(sides.payments, day=day)
    return (
        concerned(frames, day=day, key=ITEM)
        .join(_named(book, "book", "cash"), on=ITEM, how="left")
        .join(_named(core, "core", "cash"), on=ITEM, how="left")
        .join(_named(money, "money", "tried_fen", "status"), on=ITEM, how="left")
        .rename({"money_status": "status", "money_tried_fen": "tried_fen"})
        .join(_other_allocation(sides), on=ITEM, how="left")
        .with_columns(moved_fen=pl.col("moved_fen").fill_null(0), today=pl.lit(day))
    )


def _named(items: pl.DataFrame, side: str, *further: str) -> pl.DataFrame:
    """Return a side's items with the side in the columns' names."""
    renamed = {"amount_fen": f"{side}_fen", "item_day": f"{side}_day", "twice": f"{side}_twice"}
    return items.rename(renamed | {name: f"{side}_{name}" for name in further}).select(
        *ITEM, *renamed.values(), *(f"{side}_{name}" for name in further)
    )


def _other_allocation(sides: Sides) -> pl.DataFrame:
    """Return by how much the kinds of an item differ between our book and the core: ITEM, moved_fen."""
    amount = pl.col("amount_fen")
    both = [
        sides.book_transactions.select(*LINE, amount),
        sides.core_transactions.select(*LINE, -amount),
    ]
    apart = pl.concat(both).group_by(LINE).agg(amount.sum()).filter(amount != 0)
    return apart.group_by(ITEM).agg(moved_fen=(amount.abs().sum() + 1) // 2)


def _kind() -> pl.Expr:
    """Return how an item's sides disagree, null if they agree."""
    twice = pl.any_horizontal(
        pl.col(name).fill_null(value=False) for name in ("book_twice", "core_twice", "money_twice")
    )
    unlike = (_MONEY & ~_PAID & _CASH & _ANY_BOOKED) | (_PAID & ~_ANY_BOOKED)
    missing = ~_BOOK | ~_CORE | (_CASH & ~_MONEY)
    late = pl.max_horizontal(_DAYS) != pl.min_horizontal(_DAYS)
    amounts = _book_and_core_differ() | (_PAID & _money_differs())
    return (
        pl.when(twice)
        .then(pl.lit(BreakKind.DUPLICATED.value))
        .when(unlike)
        .then(pl.lit(BreakKind.STATUS_DIFFERS.value))
        .when(_ANY_BOOKED & missing)
        .then(pl.lit(BreakKind.MISSING.value))
        .when(_ANY_BOOKED & late)
        .then(pl.lit(BreakKind.LATE.value))
        .when(_ANY_BOOKED & (amounts | (pl.col("moved_fen") > 0)))
        .then(pl.lit(BreakKind.AMOUNT_DIFFERS.value))
        .alias("kind")
    )


def _book_and_core_differ() -> pl.Expr:
    return (pl.col("book_fen") != pl.col("core_fen")).fill_null(value=False)


def _money_differs() -> pl.Expr:
    return (pl.col("book_fen") != pl.col("money_fen")).fill_null(value=False)


def _cause() -> pl.Expr:
    """Return the most likely cause of an item's break."""
    kind = pl.col("kind")
    core_is_money = (pl.col("core_fen") == pl.col("money_fen")).fill_null(value=False)
    return (
        pl.when(kind == BreakKind.DUPLICATED)
        .then(
            pl.when(pl.col("money_twice").fill_null(value=False))
            .then(pl.lit("paid_twice"))
            .when(pl.col("core_twice").fill_null(value=False))
            .then(pl.lit("posted_twice_in_core"))
            .otherwise(pl.lit("posted_twice_in_book"))
        )
        .when(kind == BreakKind.STATUS_DIFFERS)
        .then(
            pl.when(_PAID)
            .then(pl.lit("money_without_booking"))
            .when(pl.col("status") == PENDING)
            .then(pl.lit("booked_while_money_pending"))
            .otherwise(pl.lit("booked_but_money_failed"))
        )
        .when(kind == BreakKind.MISSING)
        .then(_cause_of_missing())
        .when(kind == BreakKind.LATE)
        .then(pl.lit("cut_off"))
        .when(~_book_and_core_differ() & ~(_PAID & _money_differs()))
        .then(pl.lit(ALLOCATION))
        .when(~_book_and_core_differ())
        .then(pl.lit("money_amount_differs"))
        .when(~_PAID | ~_money_differs())
        .then(pl.lit("core_amount_differs"))
        .when(core_is_money)
        .then(pl.lit("book_amount_differs"))
        .otherwise(pl.lit("all_amounts_differ"))
        .alias("cause")
    )


def _cause_of_missing() -> pl.Expr:
    alone = _CASH & ~_MONEY
    return (
        pl.when(_BOOK & _CORE)
        .then(pl.lit("money_not_reported"))
        .when(_BOOK)
        .then(pl.when(alone).then(pl.lit("book_alone")).otherwise(pl.lit("core_did_not_post")))
        .otherwise(pl.when(alone).then(pl.lit("core_alone")).otherwise(pl.lit("book_did_not_post")))
    )


def _difference() -> pl.Expr:
    """Return what we say less what the side that disagrees says, nothing counting as 0."""
    book, core, money = (pl.col(name).fill_null(0) for name in ("book_fen", "core_fen", "money_fen"))
    kind, cause = pl.col("kind"), pl.col("cause")
    other = (
        pl.when(cause.is_in(["paid_twice", "money_without_booking", "booked_but_money_failed"]))
        .then(money)
        .when(cause.is_in(["booked_while_money_pending", "money_not_reported", "money_amount_differs"]))
        .then(money)
        .otherwise(core)
    )
    ours = (
        pl.when(_BOOK).then(book).otherwise(pl.when(kind == BreakKind.STATUS_DIFFERS).then(core).otherwise(0))
    )
    ours = pl.when(cause == "money_without_booking").then(0).otherwise(ours)
    return (
        pl.when(kind == BreakKind.LATE)
        .then(0)
        .when(cause == ALLOCATION)
        .then(pl.col("moved_fen"))
        .when(cause == "posted_twice_in_book")
        .then(book - core)
        .otherwise(ours - other)
    )


def _rows(judged: pl.DataFrame) -> pl.DataFrame:
    """Return breaks of the items, each side in words."""
    late = pl.col("kind") == BreakKind.LATE
    first = pl.min_horizontal(_DAYS)
    columns: dict[str, pl.Expr] = {
        "record": pl.lit(Record.TRANSACTION.value),
        "loan_id": pl.col("loan_id"),
        "reference": pl.col("reference"),
        "lender": pl.lit(""),
        "field": pl.lit("item"),
        "day": pl.when(late).then(first).otherwise(pl.col("today")),
        "kind": pl.col("kind"),
        "book_says": _said("book_fen", "book_day", "book_twice"),
        "core_says": _said("core_fen", "core_day", "core_twice"),
        "money_says": _money_said(),
        "difference_fen": _difference(),
        "cause": pl.col("cause"),
    }
    return judged.select(columns[name].cast(dtype).alias(name) for name, dtype in BREAK_COLUMNS.items())


def _said(amount: str, day: str, twice: str) -> pl.Expr:
    """Return an amount in yuan, with its day if that is another one, and that it stands twice."""
    elsewhere = pl.when(pl.col(day) != pl.col("today")).then(pl.format(" ({})", day)).otherwise(pl.lit(""))
    again = pl.when(pl.col(twice)).then(pl.lit(" (重复 repeated)")).otherwise(pl.lit(""))
    return pl.concat_str(amount_text(amount), elsewhere, again)


def _money_said() -> pl.Expr:
    tried = pl.concat_str(amount_text("tried_fen"), pl.lit(" "), pl.col("status"))
    return pl.when(_PAID).then(_said("money_fen", "money_day", "money_twice")).otherwise(tried)
