"""Breaks to plant into a clean day, one for each way in which sides can disagree, and what must be found."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl
from tests.book.reconciliation.clean_day import (
    AFTER,
    BEFORE,
    LENDER,
    at,
    changed,
    twice,
    without,
)

from creditloop.book.reconciliation import Sides

Found = tuple[str, str, str, str, str, str, int | None]
"""record, loan, reference, lender, field, kind, difference."""

REPAID, PAID_OUT, WAIVED = 1, 2, 0
"""What a loan's transaction is, by its number modulo 3."""


@dataclass(frozen=True)
class Plant:
    """A break: how it is planted into the loan with a number, and what it is then called.

    Attributes:
        kinds: which loans it can be planted into, by number modulo 3.
        difference: what is found, None if it is not about an amount.
    """

    name: str
    cause: str
    kind: str
    plant: Callable[[Sides, int], Sides]
    record: str = "transaction"
    field: str = "item"
    difference: int | None = 0
    kinds: tuple[int, ...] = (REPAID,)

    def expected(self, number: int) -> tuple[Found, str]:
        """Return what must be found of the loan with this number, and its cause."""
        reference = "" if self.record == "balance" else f"R/{number}"
        lender = LENDER if self.record == "partner" else ""
        difference = self.difference
        if self.name in {"loan missing in core", "loan missing in book"}:
            owed = 1_000_000 + 1_000 * number + 200 + number + number % 3 * 7
            difference = owed if self.cause == "not_in_core" else -owed
        return (self.record, f"L/{number}", reference, lender, self.field, self.kind, difference), self.cause


def _alone(sides: Sides, number: int, *, frame: str) -> Sides:
    """A payment-like transaction that one side has alone, with a reference of its own loan."""
    for other in ("book_transactions", "core_transactions", "payments", "book_parts", "partner_parts"):
        if other != frame:
            sides = without(sides, other, number)
    return sides


def _both_books(sides: Sides, number: int, change: Callable[[Sides, str, int], Sides]) -> Sides:
    for frame in ("book_transactions", "core_transactions"):
        sides = change(sides, frame, number)
    return sides


def _unbooked(sides: Sides, number: int) -> Sides:
    sides = _both_books(sides, number, without)
    sides = without(without(sides, "book_parts", number), "partner_parts", number)
    # nothing is booked, so the core's balance did not move
    today = sides.core_balances.select("loan_id", now="principal_fen")
    before = sides.core_balances_before
    assert before is not None
    stood = before.join(today, on="loan_id").with_columns(
        principal_fen=pl.when(at(number)).then("now").otherwise("principal_fen")
    )
    return replace(sides, core_balances_before=stood.drop("now"))


def _book_late(sides: Sides, number: int) -> Sides:
    sides = changed(sides, "book_transactions", number, day=pl.lit(BEFORE))
    return changed(sides, "book_parts", number, day=pl.lit(BEFORE))


def _again_yesterday(sides: Sides, number: int) -> Sides:
    rows = sides.core_transactions.filter(at(number)).with_columns(day=pl.lit(BEFORE))
    return replace(sides, core_transactions=pl.concat([sides.core_transactions, rows]))


def _more(frame: str, column: str, amount: int) -> Callable[[Sides, int], Sides]:
    return lambda sides, number: changed(sides, frame, number, **{column: pl.col(column) + amount})


def _principal(frame: str, amount: int) -> Callable[[Sides, int], Sides]:
    more = pl.when(pl.col("kind") == "repayment_principal").then(amount).otherwise(0)
    return lambda sides, number: changed(sides, frame, number, amount_fen=pl.col("amount_fen") + more)


def _allocated(sides: Sides, number: int) -> Sides:
    moved = (
        pl.when(pl.col("kind") == "repayment_principal")
        .then(-50)
        .when(pl.col("kind") == "repayment_interest")
        .then(50)
        .otherwise(0)
    )
    return changed(sides, "core_transactions", number, amount_fen=pl.col("amount_fen") + moved)


def _all_three(sides: Sides, number: int) -> Sides:
    return _principal("core_transactions", 10)(_more("payments", "amount_fen", 20)(sides, number), number)


def _status(status: str) -> Callable[[Sides, int], Sides]:
    return lambda sides, number: changed(sides, "payments", number, status=pl.lit(status))


def _moved_to(frame: str, day: object) -> Callable[[Sides, int], Sides]:
    return lambda sides, number: changed(sides, frame, number, day=pl.lit(day))


def _gone(frame: str) -> Callable[[Sides, int], Sides]:
    return lambda sides, number: without(sides, frame, number)


def _doubled(frame: str) -> Callable[[Sides, int], Sides]:
    return lambda sides, number: twice(sides, frame, number)


def _book_missed(sides: Sides, number: int) -> Sides:
    return without(without(sides, "book_transactions", number), "book_parts", number)


def _standing(column: str, value: pl.Expr, frame: str = "core_balances") -> Callable[[Sides, int], Sides]:
    return lambda sides, number: changed(sides, frame, number, **{column: value})


def _as_before(sides: Sides, number: int) -> Sides:
    """The core's principal differs today as it did yesterday: only the balance is named."""
    assert sides.core_balances_before is not None
    return changed(
        _more("core_balances", "principal_fen", 500)(sides, number),
        "core_balances_before",
        number,
        principal_fen=pl.col("principal_fen") + 500,
    )


_CASH = (REPAID, PAID_OUT)
_ALL = (REPAID, PAID_OUT, WAIVED)

PLANTS = (
    # balances
    Plant(
        "loan missing in core",
        "not_in_core",
        "missing",
        _gone("core_balances"),
        "balance",
        "loan",
        None,
        _ALL,
    ),
    Plant(
        "loan missing in book",
        "not_in_book",
        "missing",
        _gone("book_balances"),
        "balance",
        "loan",
        None,
        _ALL,
    ),
    Plant(
        "loan twice in core",
        "listed_twice_in_core",
        "duplicated",
        _doubled("core_balances"),
        "balance",
        "loan",
        None,
        _ALL,
    ),
    Plant(
        "principal",
        "principal_booked_on_one_side",
        "amount_differs",
        _more("core_balances", "principal_fen", 500),
        "balance",
        "principal",
        -500,
        _ALL,
    ),
    Plant(
        "principal since yesterday",
        "principal_booked_on_one_side",
        "amount_differs",
        _as_before,
        "balance",
        "principal",
        -500,
        _ALL,
    ),
    Plant(
        "interest",
        "accrual_differs",
        "amount_differs",
        _more("core_balances", "interest_fen", -2),
        "balance",
        "interest",
        2,
        _ALL,
    ),
    Plant(
        "interest by a fen",
        "rounding",
        "amount_differs",
        _more("core_balances", "interest_fen", 1),
        "balance",
        "interest",
        -1,
        _ALL,
    ),
    Plant(
        "fee",
        "fee_booked_on_one_side",
        "amount_differs",
        _more("core_balances", "fee_fen", 1_000),
        "balance",
        "fee",
        -1_000,
        _ALL,
    ),
    Plant(
        "penalty",
        "penalty_rule_differs",
        "amount_differs",
        _more("book_balances", "penalty_fen", 9),
        "balance",
        "penalty",
        9,
        _ALL,
    ),
    Plant(
        "dpd",
        "dpd_counted_otherwise",
        "standing_differs",
        _more("core_balances", "dpd", 1),
        "balance",
        "dpd",
        None,
        _ALL,
    ),
    Plant(
        "class",
        "class_judged_otherwise",
        "standing_differs",
        _standing("class", pl.lit("loss")),
        "balance",
        "class",
        None,
        _ALL,
    ),
    Plant(
        "class undecided",
        "class_undecided",
        "standing_differs",
        _standing("class", pl.lit("undecided"), "book_balances"),
        "balance",
        "class",
        None,
        _ALL,
    ),
    Plant(
        "silent correction in core",
        "moved_without_transaction",
        "sum_differs",
        _more("core_balances_before", "principal_fen", 5),
        "balance",
        "principal_moved",
        5,
        _ALL,
    ),
    # transactions
    Plant(
        "core missed a repayment",
        "core_did_not_post",
        "missing",
        _gone("core_transactions"),
        difference=8_120,
    ),
    Plant(
        "core missed a pay-out",
        "core_did_not_post",
        "missing",
        _gone("core_transactions"),
        difference=-50_000,
        kinds=(PAID_OUT,),
    ),
    Plant(
        "core missed a waiver",
        "core_did_not_post",
        "missing",
        _gone("core_transactions"),
        difference=30,
        kinds=(WAIVED,),
    ),
    Plant("book missed a repayment", "book_did_not_post", "missing", _book_missed, difference=-8_120),
    Plant(
        "book missed a waiver", "book_did_not_post", "missing", _book_missed, difference=-30, kinds=(WAIVED,)
    ),
    Plant("channel has no record", "money_not_reported", "missing", _gone("payments"), difference=8_120),
    Plant(
        "book alone",
        "book_alone",
        "missing",
        lambda s, n: _alone(s, n, frame="book_transactions"),
        difference=8_120,
    ),
    Plant(
        "core alone",
        "core_alone",
        "missing",
        lambda s, n: _alone(s, n, frame="core_transactions"),
        difference=-8_120,
    ),
    Plant("money without booking", "money_without_booking", "status_differs", _unbooked, difference=-8_120),
    Plant(
        "money out without booking",
        "money_without_booking",
        "status_differs",
        _unbooked,
        difference=50_000,
        kinds=(PAID_OUT,),
    ),
    Plant(
        "booked, money failed",
        "booked_but_money_failed",
        "status_differs",
        _status("failed"),
        difference=8_120,
    ),
    Plant(
        "booked, money pending",
        "booked_while_money_pending",
        "status_differs",
        _status("pending"),
        difference=-50_000,
        kinds=(PAID_OUT,),
    ),
    Plant("core a day before", "cut_off", "late", _moved_to("core_transactions", BEFORE), kinds=(WAIVED,)),
    Plant("money a day after", "cut_off", "late", _moved_to("payments", AFTER), kinds=_CASH),
    Plant("book a day before", "cut_off", "late", _book_late),
    Plant("paid twice", "paid_twice", "duplicated", _doubled("payments"), difference=-8_120),
    Plant(
        "core posted twice",
        "posted_twice_in_core",
        "duplicated",
        _doubled("core_transactions"),
        difference=50_000,
        kinds=(PAID_OUT,),
    ),
    Plant(
        "core posted yesterday and today",
        "posted_twice_in_core",
        "duplicated",
        _again_yesterday,
        difference=-30,
        kinds=(WAIVED,),
    ),
    Plant(
        "book posted twice",
        "posted_twice_in_book",
        "duplicated",
        _doubled("book_transactions"),
        difference=8_120,
    ),
    Plant(
        "money differs",
        "money_amount_differs",
        "amount_differs",
        _more("payments", "amount_fen", -100),
        difference=100,
    ),
    Plant(
        "core differs",
        "core_amount_differs",
        "amount_differs",
        _principal("core_transactions", 70),
        difference=-70,
    ),
    Plant(
        "core's waiver differs",
        "core_amount_differs",
        "amount_differs",
        _more("core_transactions", "amount_fen", 1),
        difference=-1,
        kinds=(WAIVED,),
    ),
    Plant(
        "book differs",
        "book_amount_differs",
        "amount_differs",
        _principal("book_transactions", 1),
        difference=1,
    ),
    Plant("all three differ", "all_amounts_differ", "amount_differs", _all_three, difference=-10),
    Plant("allocation", "allocation_differs", "amount_differs", _allocated, difference=50),
    # partners
    Plant(
        "partner left it out",
        "partner_did_not_report",
        "missing",
        _gone("partner_parts"),
        "partner",
        difference=5_684,
    ),
    Plant("partner alone", "partner_alone", "missing", _gone("book_parts"), "partner", difference=-5_684),
    Plant(
        "partner twice",
        "partner_said_twice",
        "duplicated",
        _doubled("partner_parts"),
        "partner",
        difference=-5_684,
    ),
    Plant(
        "partner by a fen",
        "partner_rounding",
        "amount_differs",
        _more("partner_parts", "amount_fen", 1),
        "partner",
        difference=-1,
    ),
    Plant(
        "partner's share",
        "partner_share_differs",
        "amount_differs",
        _more("partner_parts", "amount_fen", -4),
        "partner",
        difference=4,
    ),
    Plant("partner a day after", "cut_off", "late", _moved_to("partner_parts", AFTER), "partner"),
)
