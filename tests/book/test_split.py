"""Co-lending: parts add up, nobody drifts by more than a fen, columns say the same as single splits."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.book.split import Shares, SharesByDate, shares_of, split_columns
from creditloop.kernel.errors import InputError, PolicyError

FEN = st.integers(-(10**15), 10**15)
WEIGHTS = st.lists(st.integers(1, 10_000), min_size=1, max_size=6)


def shares_from(weights: list[int]) -> Shares:
    return Shares(tuple(f"lender {number}" for number in range(len(weights))), tuple(weights))


@settings(deadline=None)
@given(weights=WEIGHTS, totals=st.lists(FEN, min_size=1, max_size=30))
def test_parts_posted_event_by_event_stay_within_a_fen_of_their_share(
    weights: list[int], totals: list[int]
) -> None:
    shares = shares_from(weights)
    sums = [0] * len(weights)
    for before, after in pairwise([0, *totals]):
        posted = shares.posted(before_fen=before, after_fen=after)
        assert sum(posted) == after - before
        sums = [held + part for held, part in zip(sums, posted, strict=True)]
        for party, held in zip(shares.parties, sums, strict=True):
            assert abs(held - after * shares.share(party)) < 1


@settings(deadline=None)
@given(weight=st.integers(1, 999), before=FEN, more=st.integers(0, 10**6))
def test_of_two_lenders_the_first_is_rounded_and_neither_ever_gives_back(
    weight: int, before: int, more: int
) -> None:
    shares = shares_from([weight, 1000 - weight])
    own, other = shares.parts(before)
    assert own == (1 if before > 0 else -1) * ((2 * abs(before) * weight + 1000) // 2000)
    assert own + other == before
    assert min(shares.posted(before_fen=before, after_fen=before + more)) >= 0


def test_ten_thousand_events_of_a_fen_drift_by_nothing() -> None:
    shares = shares_of({"us": Decimal("0.2"), "partner": Decimal("0.8")})
    own = sum(shares.posted(before_fen=fen, after_fen=fen + 1)[0] for fen in range(10_000))
    assert own == 2_000
    each = sum(shares.parts(1)[0] for _ in range(10_000))
    assert each == 0  # what rounding each event alone would have made of it


@settings(deadline=None)
@given(weights=WEIGHTS, totals=st.lists(st.integers(-(10**14), 10**14), max_size=30))
def test_columns_split_as_single_totals_do(weights: list[int], totals: list[int]) -> None:
    shares = shares_from(weights)
    columns = split_columns(np.array(totals, dtype=np.int64), shares)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    assert rows == [shares.parts(total) for total in totals]


def test_columns_refuse_what_would_overflow() -> None:
    shares = shares_from([1, 9])
    largest = (2**63 - 1) // 10
    for total in (largest, -largest):
        parts = split_columns(np.array([total]), shares)
        assert sum(int(part[0]) for part in parts) == total
    for total in (largest + 1, -largest - 1, -(2**63)):
        with pytest.raises(InputError, match="too large for columns"):
            split_columns(np.array([total]), shares)


@pytest.mark.parametrize(
    "fractions",
    [
        {},
        {"us": Decimal("0.2"), "partner": Decimal("0.79")},
        {"us": Decimal("0.3333"), "partner": Decimal("0.6666")},
        {"us": Decimal("1.2"), "partner": Decimal("-0.2")},
        {"us": Decimal(1), "partner": Decimal(0)},
        {"us": Fraction(2, 3), "partner": Fraction(2, 3)},
        {"us": Decimal(1), "partner": Decimal("NaN")},
        {"us": Decimal("Infinity")},
    ],
)
def test_shares_that_do_not_add_up_are_refused(fractions: dict[str, Decimal | Fraction]) -> None:
    with pytest.raises(InputError, match="do not add up to one"):
        shares_of(fractions)


def test_a_lender_named_twice_or_without_a_share_is_refused() -> None:
    with pytest.raises(InputError, match="named twice"):
        Shares(("us", "us"), (1, 1))
    with pytest.raises(InputError, match="more than nothing"):
        Shares(("us", "partner"), (1, 0))
    with pytest.raises(InputError, match="more than nothing"):
        Shares(("us", "partner"), (1,))
    with pytest.raises(InputError, match="no lender"):
        shares_from([1, 1]).share("nobody")


def test_shares_are_those_of_the_day() -> None:
    old = shares_of({"us": Decimal("0.2"), "partner": Decimal("0.8")})
    new = shares_of({"us": Decimal("0.3"), "partner": Decimal("0.7")})
    table = SharesByDate(versions=((date(2020, 7, 12), old), (date(2022, 1, 1), new)))
    assert table.on(date(2021, 12, 31)) is old
    assert table.on(date(2022, 1, 1)) is new
    with pytest.raises(PolicyError, match="no shares are in force"):
        table.on(date(2020, 7, 11))
    with pytest.raises(InputError, match="follow one another"):
        SharesByDate(versions=((date(2022, 1, 1), new), (date(2020, 7, 12), old)))
    with pytest.raises(InputError, match="follow one another"):
        SharesByDate(versions=())
