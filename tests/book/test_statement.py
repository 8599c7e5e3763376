import polars as pl
import pytest
from card_rows import BOOKED, FEN_MAX, MAY, statement_rows

from creditloop.book.events import Entries
from creditloop.book.rows import STATEMENT_COLUMNS, checked_rows
from creditloop.book.statement import statement_entries
from creditloop.kernel.errors import BookError


def month(owed: int, bill: int, payment: int) -> Entries:
    rows = checked_rows(statement_rows({"c/1": (bill, payment)}), columns=STATEMENT_COLUMNS)
    heads = pl.DataFrame({"party_id": ["c/1"], "sequence": [4], "hash": ["a" * 64], "owed_fen": [owed]})
    return statement_entries(rows, heads, business_date=MAY, booking_date=BOOKED, currency="TWD")


@pytest.mark.parametrize(
    ("owed", "bill", "payment", "expected"),
    [
        (0, 0, 0, []),
        (500, 500, 0, []),
        (500, 400, 100, [("payment", -100)]),
        (500, 700, 0, [("net_charges", 200)]),
        (500, 700, 100, [("payment", -100), ("net_charges", 300)]),
        (500, 300, 100, [("payment", -100), ("refund_or_adjustment", -100)]),
        (500, 300, 0, [("refund_or_adjustment", -200)]),
        (-50, -50, 20, [("payment", -20), ("net_charges", 20)]),
        (0, -30, 30, [("payment", -30)]),
    ],
)
def test_a_month(owed: int, bill: int, payment: int, expected: list[tuple[str, int]]) -> None:
    events = month(owed, bill, payment).events
    assert events.select("kind", "amount_fen").rows() == expected
    assert events["sequence"].to_list() == list(range(5, 5 + len(expected)))
    assert events["derived"].to_list() == [kind != "payment" for kind, _ in expected]
    assert owed + events["amount_fen"].sum() == bill


def test_the_payment_comes_first_and_may_turn_the_loan_into_a_credit_balance() -> None:
    assert month(500, 100, 700).postings.rows() == [
        ("c/1", 5, 1, "card_receivable", -500, "TWD"),
        ("c/1", 5, 2, "customer_credit", -200, "TWD"),
        ("c/1", 5, 3, "payment_clearing", 700, "TWD"),
        ("c/1", 6, 1, "card_receivable", 100, "TWD"),
        ("c/1", 6, 2, "customer_credit", 200, "TWD"),
        ("c/1", 6, 3, "charges_clearing", -300, "TWD"),
    ]


def test_a_month_has_one_payment_and_one_net_charge_by_its_keys() -> None:
    keys = [month(500, bill, 100).events["idempotency_key"].to_list() for bill in (700, 300)]
    assert keys == [["payment/2005-05", "net_charges/2005-05"]] * 2


@pytest.mark.parametrize(
    ("owed", "bill", "payment"),
    [
        (-2, 0, FEN_MAX),  # after the payment the credit balance would not fit
        (-FEN_MAX, FEN_MAX, 0),  # the charge would not fit, though both balances do
        (0, FEN_MAX, 1),
    ],
)
def test_what_does_not_fit_is_refused_and_never_wraps(owed: int, bill: int, payment: int) -> None:
    with pytest.raises(BookError, match="does not fit the book") as caught:
        month(owed, bill, payment)
    assert caught.value.where == {"party": "c/1"}
