"""Which days are closed: all shards count, month-ends among them, and what each day adds up to."""

import uuid
from datetime import date, timedelta

import pytest
from aging_loans import pay_out
from tests.book.portfolio.aged_book import FIRST_DAY, LAST_DAY, NOW, SHARD

from creditloop.book.day_end import find_day_postings
from creditloop.book.portfolio import (
    BookDays,
    find_book_days,
    find_day_totals,
    find_shard_postings,
    find_shard_totals,
)
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection

MONTH_ENDS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))


def days_of(connection: Connection) -> BookDays:
    found = find_book_days(connection)
    assert found is not None
    return found


def test_days_are_closed_from_the_first_to_the_last_and_month_ends_are_among_them(aged: Connection) -> None:
    days = days_of(aged)
    assert (days.first, days.last, days.newest) == (FIRST_DAY, LAST_DAY, LAST_DAY)
    assert days.next == date(2026, 4, 2)
    assert days.month_ends == MONTH_ENDS
    assert days.closed(None) == LAST_DAY
    assert days.closed(FIRST_DAY) == FIRST_DAY
    with pytest.raises(UnknownId, match="not closed"):
        days.closed(days.next)


def test_a_day_is_closed_only_once_every_shard_is(aged: Connection) -> None:
    late = FIRST_DAY + timedelta(days=5)
    pay_out(
        aged,
        batch_id=uuid.UUID(int=99),
        day=late,
        first_due=late + timedelta(days=30),
        numbers=[SHARD + 1],
        programme=1,
        now=NOW,
    )
    days = days_of(aged)
    assert (days.last, days.newest) == (late - timedelta(days=1), LAST_DAY)
    assert days.month_ends == MONTH_ENDS[:1]


def test_there_are_no_days_before_the_first_is_closed(aged: Connection) -> None:
    pay_out(
        aged,
        batch_id=uuid.UUID(int=98),
        day=FIRST_DAY,
        first_due=date(2026, 2, 20),
        numbers=[SHARD + 1],
        programme=1,
        now=NOW,
    )
    assert find_book_days(aged) is None


def test_a_day_s_totals_are_those_of_its_shards_and_lead_to_its_postings(aged: Connection) -> None:
    newest, oldest = find_day_totals(aged, since=LAST_DAY - timedelta(days=1), until=LAST_DAY)
    assert (newest.business_date, oldest.business_date) == (LAST_DAY, LAST_DAY - timedelta(days=1))
    [shard] = find_shard_totals(aged, business_date=LAST_DAY)
    assert (shard.shard, shard.loans, shard.principal_fen) == (SHARD, 6, 8_520_000)
    for name in ("loans", "principal_fen", "interest_accrued_fen", "penalty_accrued_fen", "own_interest_fen"):
        assert getattr(newest, name) == getattr(shard, name)
    assert newest.interest_accrued_fen > newest.own_interest_fen > 0
    assert newest.partner_interest_fen == newest.interest_accrued_fen - newest.own_interest_fen
    assert newest.partner_penalty_fen == newest.penalty_accrued_fen - newest.own_penalty_fen > 0
    postings = find_shard_postings(aged, business_date=LAST_DAY)
    assert sum(one.amount_fen for one in postings) == 0
    for product, account, lender, amount in find_day_postings(aged, business_date=LAST_DAY):
        chosen = find_shard_postings(
            aged, business_date=LAST_DAY, product=product, account=account, lender=lender
        )
        assert sum(one.amount_fen for one in chosen) == amount
        side = "debit" if amount > 0 else "credit"
        assert (
            find_shard_postings(
                aged, business_date=LAST_DAY, product=product, account=account, lender=lender, side=side
            )
            == chosen
        )
