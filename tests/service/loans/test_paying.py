"""Repayments and prepayments: once each, in the order agreed; backdated ones correct; statements add up."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.service.loans.asked import BULLET, START, WORKING_CAPITAL, move_clock, opened

from creditloop.book.loans import Keep, LoanStatus
from creditloop.kernel.errors import ConflictingRepeat, InputError, StateError, UnknownId
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.day_end import close_days
from creditloop.service.loans import (
    Balances,
    EventBooked,
    LoanView,
    Payment,
    Statement,
    find_loan_view,
    find_payoff,
    find_statement,
    prepay,
    repay,
)

FIRST_DUE = date(2026, 2, 5)


def paid(
    bank: Bank, name: str, fen: int, day: date | None = None, *, early: Keep | None = None
) -> EventBooked:
    payment = Payment(loan_id="L-1", payment_id=name, amount_fen=fen, value_date=day)
    with bank.work() as work:
        return repay(work, payment=payment) if early is None else prepay(work, payment=payment, keep=early)


def seen(bank: Bank, on: date | None = None) -> LoanView:
    with bank.work() as work:
        return find_loan_view(work, loan_id="L-1", on=on)


def stated(bank: Bank, since: date, through: date) -> Statement:
    with bank.work() as work:
        return find_statement(work, loan_id="L-1", since=since, through=through)


def level(view: LoanView) -> int:
    """What the first instalment is in all."""
    return sum(view.state.rows[0].amounts)


def owed(balances: Balances) -> tuple[int, int, int, int, int]:
    return (
        balances.principal_fen,
        balances.interest_fen,
        balances.fee_fen,
        balances.penalty_fen,
        balances.overpaid_fen,
    )


def test_a_repayment_on_its_day_settles_its_instalment_once(small_bank: Bank) -> None:
    opened(small_bank)
    move_clock(small_bank, FIRST_DUE)
    due = level(seen(small_bank))
    first = paid(small_bank, "P-1", due)
    assert first.booked.event.booked_on == first.booked.event.value_date == FIRST_DUE
    assert not first.booked.repeated
    after = seen(small_bank)
    assert (after.state.rows[0].open_units, after.state.rows[1].open_units, after.state.dpd) == (0, due, 0)
    again = paid(small_bank, "P-1", due)
    assert again.booked.repeated
    assert again.booked.legs == first.booked.legs
    for wrong in ((due + 1, None, None), (due, FIRST_DUE - timedelta(days=1), None), (due, None, Keep.COUNT)):
        with pytest.raises(ConflictingRepeat):
            paid(small_bank, "P-1", wrong[0], wrong[1], early=wrong[2])
    assert len(seen(small_bank).loan.events) == 2
    assert small_bank.verify().problems == ()


def test_a_payment_found_late_takes_back_its_penalty_and_every_statement_adds_up(small_bank: Bank) -> None:
    opened(small_bank, asked=WORKING_CAPITAL)
    due, today = date(2026, 1, 20), date(2026, 1, 25)
    list(close_days(small_bank, through=today - timedelta(days=1)))
    move_clock(small_bank, today)
    late = seen(small_bank)
    assert (late.state.rows[0].due, late.state.dpd) == (due, 5)
    assert late.last_close is not None
    assert (late.last_close.business_date, late.last_close.dpd) == (today - timedelta(days=1), 4)
    charged = late.state.rows[0].amounts[0]
    assert charged > 0, "three days of grace have passed"
    owed_then = sum(late.state.rows[0].amounts) - charged
    found = paid(small_bank, "P-1", owed_then, due)
    assert (found.booked.event.value_date, found.booked.event.booked_on) == (due, today)
    after = seen(small_bank)
    assert (after.state.dpd, after.state.rows[0].amounts[0], after.state.rows[0].open_units) == (0, 0, 0)
    assert any(line.what == "penalty" for line in found.booked.correction.lines)
    paid(small_bank, "P-2", 5)
    list(close_days(small_bank, through=today))

    whole, before, last = (
        stated(small_bank, *days)
        for days in ((START, today), (START, today - timedelta(days=1)), (today, today))
    )
    assert owed(whole.opening) == (0, 0, 0, 0, 0)
    assert owed(before.closing) == owed(last.opening)
    assert owed(last.closing) == owed(whole.closing)
    for one in (whole, before, last):
        moved = [owed(line.moved) for line in one.lines]
        sums = [sum(column) for column in zip(owed(one.opening), *moved, owed(one.accrued), strict=True)]
        assert tuple(sums) == owed(one.closing)
    assert [line.stored.event.id for line in whole.lines] == ["pay-out", "P-1", "P-2"]
    assert (whole.accrued.principal_fen, before.closing.penalty_fen, whole.closing.penalty_fen) == (
        0,
        charged,
        0,
    )
    assert [owed(one.closing)[:4] for one in (before, whole)] == day_ends(
        small_bank, today - timedelta(days=1), today
    )
    assert small_bank.verify().problems == ()


def day_ends(bank: Bank, *days: date) -> list[tuple[int, int, int, int]]:
    """What the day ends themselves left of the one loan."""
    text = (
        "SELECT principal_fen, interest_fen, fee_fen, penalty_fen FROM book.loan_day WHERE business_date = %s"
    )
    with connect(bank.url) as connection:
        return [connection.execute(text, [day]).fetchone() for day in days]  # type: ignore[misc]


def test_after_the_close_a_payment_counts_today_and_is_booked_tomorrow(small_bank: Bank) -> None:
    opened(small_bank)
    list(close_days(small_bank, through=START))
    booked = paid(small_bank, "P-1", 1000, START).booked.event
    assert (booked.value_date, booked.booked_on) == (START, START + timedelta(days=1))
    unsaid = paid(small_bank, "P-2", 1000).booked.event
    assert unsaid.value_date == unsaid.booked_on == START + timedelta(days=1)
    list(close_days(small_bank, through=START + timedelta(days=1)))
    again = paid(small_bank, "P-2", 1000)  # without its day, which is another one by now
    assert again.booked.repeated


def test_the_payoff_leaves_nothing_owed(small_bank: Bank) -> None:
    opened(small_bank, asked=replace(BULLET, term_months=12))
    day = START + timedelta(days=20)
    move_clock(small_bank, day)
    with small_bank.work() as work:
        _, payoff = find_payoff(work, loan_id="L-1")
        _, later = find_payoff(work, loan_id="L-1", on=day + timedelta(days=1))
        for wrong in (day - timedelta(days=1), day + timedelta(days=367)):
            with pytest.raises(InputError):
                find_payoff(work, loan_id="L-1", on=wrong)
    assert payoff.interest == round(5_000_000 * 6 * 20 / 36500)
    assert payoff.fee == 5_000_000 * 5 // 1000
    assert later.interest > payoff.interest
    settled = paid(small_bank, "P-1", payoff.total, early=Keep.COUNT)
    assert settled.booked.correction.after.status is LoanStatus.CLOSED
    assert seen(small_bank).state.open_units == 0
    assert owed(stated(small_bank, START, day).closing) == (0, 0, 0, 0, 0)
    assert small_bank.verify().problems == ()


def test_a_part_repaid_early_keeps_what_is_asked_to_be_kept(small_bank: Bank) -> None:
    opened(small_bank)
    before = seen(small_bank)
    paid(small_bank, "P-1", 400_000, early=Keep.INSTALMENT)
    shorter = seen(small_bank)
    ahead = [row for row in shorter.state.rows if row.open_units]
    assert len(ahead) < len(before.state.rows)
    assert sum(ahead[0].amounts) == level(before)
    paid(small_bank, "P-2", 100_000, early=Keep.COUNT)
    smaller = seen(small_bank)
    assert len([row for row in smaller.state.rows if row.open_units]) == len(ahead)
    assert shorter.loan.terms.agreed == before.loan.terms.agreed, "what was agreed stays"


def test_what_the_agreement_does_not_let_be_is_refused(small_bank: Bank) -> None:
    file = small_bank.places.documents / "policies/retail_line/lend/product.yaml"
    text = file.read_text("utf-8")
    for loan_id, allowed, error, named in (
        ("L-1", "never", StateError, "repaid early"),
        ("L-2", "due_days", StateError, "repaid early"),
        ("L-3", "any_day", InputError, "least part"),
    ):
        file.write_text(text.replace("{allowed: any_day, part", f"{{allowed: {allowed}, part"), "utf-8")
        opened(small_bank, loan_id=loan_id)
        file.write_text(text, "utf-8")  # what is agreed stays, whatever the product says later
        payment = Payment(loan_id=loan_id, payment_id="P-1", amount_fen=9_999, value_date=None)
        with pytest.raises(error, match=named), small_bank.work() as work:
            prepay(work, payment=payment, keep=Keep.COUNT)


def test_days_that_cannot_be_are_refused_by_name(small_bank: Bank) -> None:
    opened(small_bank)
    for day in (START - timedelta(days=1), START + timedelta(days=1)):
        with pytest.raises(InputError) as raised:
            paid(small_bank, "P-1", 1000, day)
        assert raised.value.where == {"field": "value_date"}
    with small_bank.work() as work:
        with pytest.raises(InputError):
            find_loan_view(work, loan_id="L-1", on=START - timedelta(days=1))
        for since, through in ((START, START + timedelta(days=1)), (START, START - timedelta(days=1))):
            with pytest.raises(InputError):
                find_statement(work, loan_id="L-1", since=since, through=through)
        with pytest.raises(UnknownId):
            repay(work, payment=Payment(loan_id="L-9", payment_id="P", amount_fen=1, value_date=None))
