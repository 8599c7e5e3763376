import polars as pl
import pytest
from card_rows import FEN_MAX
from hypothesis import given
from hypothesis import strategies as st

from creditloop.book.accounts import CARD_RECEIVABLE, CUSTOMER_CREDIT, PAYMENT_CLEARING
from creditloop.book.postings import WIDE, legs, unpivoted, with_legs
from creditloop.kernel.errors import BookError

CONTRA = PAYMENT_CLEARING
FEN = st.integers(-FEN_MAX, FEN_MAX) | st.integers(-300, 300)


def scalar(before_fen: int, change_fen: int) -> list[tuple[str, int]]:
    found = legs(before_fen=before_fen, change_fen=change_fen, contra_account=CONTRA, party_id="a/1")
    return [(leg.account, leg.amount_fen) for leg in found]


def frame(changes: list[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "party_id": [f"a/{i:03}" for i in range(len(changes))],
            "sequence": [1] * len(changes),
            "contra_account": [CONTRA] * len(changes),
            "before_fen": pl.Series([before for before, _ in changes], dtype=WIDE),
            "change_fen": pl.Series([change for _, change in changes], dtype=WIDE),
        },
        schema_overrides={"sequence": pl.Int64, "party_id": pl.String, "contra_account": pl.String},
    )


@pytest.mark.parametrize(
    ("before", "change", "receivable", "credit"),
    [
        (0, 0, 0, 0),
        (0, 500, 500, 0),
        (0, -500, 0, -500),  # paid with nothing owed: all of it is a credit balance
        (300, 200, 200, 0),
        (300, -200, -200, 0),
        (300, -300, -300, 0),
        (300, -500, -300, -200),  # overpaid: the loan goes to zero, the rest is a credit balance
        (-300, -200, 0, -200),
        (-300, 200, 0, 200),
        (-300, 300, 0, 300),
        (-300, 500, 200, 300),  # spent more than the credit balance
        (FEN_MAX, -FEN_MAX, -FEN_MAX, 0),
        (-1, FEN_MAX, FEN_MAX - 1, 1),
    ],
)
def test_legs(before: int, change: int, receivable: int, credit: int) -> None:
    expected = [(CARD_RECEIVABLE, receivable), (CUSTOMER_CREDIT, credit), (CONTRA, -change)]
    assert scalar(before, change) == [(account, amount) for account, amount in expected if amount]


@given(before=FEN, change=FEN)
def test_legs_add_up_and_keep_loan_and_credit_balance_apart(before: int, change: int) -> None:
    try:
        found = dict(scalar(before, change))
    except BookError:
        assert abs(before + change) > FEN_MAX
        return
    receivable = max(before, 0) + found.get(CARD_RECEIVABLE, 0)
    credit = min(before, 0) + found.get(CUSTOMER_CREDIT, 0)
    assert sum(found.values()) == 0
    assert receivable + credit == before + change
    assert receivable >= 0 >= credit
    assert receivable == 0 or credit == 0
    assert 0 not in found.values()


@given(changes=st.lists(st.tuples(FEN, FEN), min_size=1, max_size=30))
def test_the_frame_does_what_the_reference_does(changes: list[tuple[int, int]]) -> None:
    fits = [(before, change) for before, change in changes if abs(before + change) <= FEN_MAX]
    postings = unpivoted(with_legs(frame(fits)))
    expected = [
        (f"a/{i:03}", 1, leg, account, amount)
        for i, (before, change) in enumerate(fits)
        for leg, (account, amount) in enumerate(scalar(before, change), start=1)
    ]
    assert postings.rows() == expected
    assert postings.schema["amount_fen"] == pl.Int64
    if len(fits) < len(changes):
        with pytest.raises(BookError, match="the balance does not fit the book"):
            with_legs(frame(changes))


@pytest.mark.parametrize(("before", "change"), [(FEN_MAX, 1), (-FEN_MAX, -1), (1, FEN_MAX), (-1, -FEN_MAX)])
def test_a_balance_beyond_64_bits_is_refused_and_named(before: int, change: int) -> None:
    for post in (lambda: scalar(before, change), lambda: with_legs(frame([(0, 1), (before, change)]))):
        with pytest.raises(BookError, match="the balance does not fit the book") as caught:
            post()
        assert caught.value.got == before + change
        assert "party" in caught.value.where


def test_a_change_beyond_64_bits_is_refused_though_the_balance_would_fit() -> None:
    before, change = FEN_MAX, -2 * FEN_MAX
    for post in (lambda: scalar(before, change), lambda: with_legs(frame([(before, change)]))):
        with pytest.raises(BookError, match="a posting does not fit the book") as caught:
            post()
        assert caught.value.where["party"] in {"a/1", "a/000"}
