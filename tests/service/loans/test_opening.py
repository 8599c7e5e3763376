"""Loans opened by their agreement: once, as signed, by the rules of the day, on a day that is open."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.service.loans.asked import BULLET, MAY_DRAW, PARTY, START, agreed, move_clock, opened

from creditloop.book.loan_store import find_loan
from creditloop.book.loans import LoanAccount, LoanStatus
from creditloop.kernel.errors import ConflictingRepeat, InputError, StateError, UnknownId
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.day_end import close_days
from creditloop.service.loans import find_agreement, find_loan_view, open_agreed


def rows(bank: Bank) -> dict[str, int]:
    from tests.service.http.caller import written

    return {name: count for name, count in written(bank).items() if name != "data.access_log"}


def test_a_loan_stands_in_the_book_as_it_was_agreed(small_bank: Bank) -> None:
    agreement = agreed(small_bank.places)
    told = opened(small_bank)
    assert (told.outcome, told.loan_id, told.repeated) == ("approve", "L-1", False)
    with small_bank.work() as work:
        view = find_loan_view(work, loan_id="L-1")
        signed = find_agreement(work, loan_id="L-1")
    assert view.agreement_hash == agreement.hash
    assert signed is not None
    assert signed.text == agreement.text
    assert (view.loan.terms, view.loan.rules) == (agreement.terms, agreement.rules)
    assert view.loan.party_id == PARTY
    plan = agreement.terms.agreed
    assert plan is not None
    assert [(row.due, row.amounts[2], row.amounts[3]) for row in view.state.rows] == list(
        zip(plan.due, plan.interest_fen, plan.principal_fen, strict=True)
    )
    assert (view.state.status, view.state.dpd) == (LoanStatus.ACTIVE, 0)
    (pay_out,) = view.loan.events
    assert sum(amount for _, _, amount in pay_out.legs) == 0
    payable = {lender: a for account, lender, a in pay_out.legs if account is LoanAccount.PARTNER_PAYABLE}
    assert payable == {"partner_bank": -840_000}
    assert small_bank.verify().problems == ()


def test_the_same_agreement_opens_one_loan_and_its_id_no_other(small_bank: Bank) -> None:
    opened(small_bank)
    before = rows(small_bank)
    again = opened(small_bank)
    assert (again.outcome, again.loan_id, again.repeated) == ("approve", "L-1", True)
    with pytest.raises(ConflictingRepeat):
        opened(small_bank, amount_fen=1_300_000)
    assert rows(small_bank) == before


def test_what_may_not_be_opens_nothing(small_bank: Bank) -> None:
    agreement = agreed(small_bank.places)
    before = rows(small_bank)
    with pytest.raises(StateError, match="what was signed") as raised, small_bank.work() as work:
        open_agreed(work, agreement=agreement, facts=MAY_DRAW, signed_hash="0" * 64)
    assert raised.value.expected == agreement.hash
    for day in (START - timedelta(days=1), START + timedelta(days=1)):
        with pytest.raises(InputError, match="begins on the day") as wrong:
            opened(small_bank, start=day)
        assert wrong.value.where == {"field": "start"}
    for facts, outcome in (
        (replace(MAY_DRAW, frozen=True), "decline"),
        (replace(MAY_DRAW, region=None), "refer"),
    ):
        with small_bank.work() as work:
            told = open_agreed(work, agreement=agreement, facts=facts, signed_hash=agreement.hash)
        assert (told.outcome, told.loan_id) == (outcome, None)
        assert told.check is not None
        assert told.check.outcome == outcome
    assert rows(small_bank) == before
    with connect(small_bank.url) as connection, pytest.raises(UnknownId):
        find_loan(connection, loan_id="L-1")


def test_what_our_own_book_says_of_the_borrower_counts(small_bank: Bank) -> None:
    for number in (1, 2, 3, 4):
        assert opened(small_bank, loan_id=f"L-{number}").outcome == "approve"
    told = opened(small_bank, loan_id="L-5")  # 4 x 12,000 are owed of a limit of 50,000
    assert told.outcome == "decline"
    assert told.check is not None
    assert [result.rule for result in told.check.broken] == ["within_the_limit"]


def test_after_the_close_the_next_day_is_booked_on(small_bank: Bank) -> None:
    opened(small_bank)
    list(close_days(small_bank, through=START))
    told = opened(small_bank, loan_id="L-2")  # begins today, which is closed
    assert told.outcome == "approve"
    late = opened(small_bank, loan_id="L-3", start=START + timedelta(days=1))
    assert late.outcome == "approve"
    with connect(small_bank.url) as connection:
        second, third = (find_loan(connection, loan_id=name).events[0].event for name in ("L-2", "L-3"))
    assert (second.value_date, second.booked_on) == (START, START + timedelta(days=1))
    assert (third.value_date, third.booked_on) == (START + timedelta(days=1), START + timedelta(days=1))
    list(close_days(small_bank, through=START + timedelta(days=3)))
    assert small_bank.verify().problems == ()


def test_midnight_is_beijings(small_bank: Bank) -> None:
    move_clock(small_bank, date(2026, 1, 6), hour=1)
    assert small_bank.clock().date() == date(2026, 1, 5), "it is still the fifth in London"
    assert opened(small_bank, start=date(2026, 1, 6)).outcome == "approve"


def test_a_loan_with_one_repayment_ends_on_its_day(small_bank: Bank) -> None:
    assert opened(small_bank, asked=BULLET).outcome == "approve"
    with small_bank.work() as work:
        view = find_loan_view(work, loan_id="L-1")
    (row,) = view.state.rows
    assert row.due == date(2026, 7, 6), "the fifth is a Sunday"
    assert row.amounts[3] == BULLET.amount_fen
