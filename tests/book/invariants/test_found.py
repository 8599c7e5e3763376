"""What the invariants have found, in its smallest form, each by the number it broke.

A loan of 1,000.00 in two instalments, without interest unless it matters; amounts in fen.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.book.loans.loan_histories import START, History, paid_out, rules_of, terms_of

from creditloop.book.calendars import Cycle
from creditloop.book.loans import (
    Across,
    Allocation,
    ChargedBack,
    CreditRefunded,
    Disbursed,
    Due,
    DueDatesMoved,
    Future,
    LevelChange,
    LoanAccount,
    LoanEvent,
    LoanRules,
    LoanState,
    LoanTerms,
    Part,
    Prepaid,
    RateReset,
    Reaged,
    Reamortised,
    Refunded,
    Repaid,
    Rescheduled,
    Restructured,
    Waived,
    WrittenOff,
    payoff_quote,
    replay,
    standing_of,
)
from creditloop.book.plan import RepaymentMethod
from creditloop.kernel.errors import StateError

TERMS = terms_of(principal=1_000_00, count=2, rate=Decimal(0))
FREE = rules_of(penalties=())
FIRST_DUE = date(2024, 2, 29)


def lived(
    *events: tuple[type[LoanEvent], int, dict[str, object]],
    terms: LoanTerms = TERMS,
    rules: LoanRules = FREE,
    days: int = 60,
) -> tuple[History, LoanState]:
    """Return a loan that is paid out, then has events so many days after, and how it stands later."""
    history = paid_out(terms.principal)
    for kind, passed, values in events:
        history.add(kind, START + timedelta(days=passed), **values)
    state = replay(terms=terms, rules=rules, events=history.events, as_of=START + timedelta(days=days))
    return history, state


def interest(state: LoanState) -> int:
    return sum(row.amounts[Part.INTEREST] for row in state.rows)


def test_02_a_rescheduled_loan_owes_what_is_not_paid() -> None:
    """300.00 paid in advance, then an instalment more: 700.00 are owed, not 1,000.00 once more."""
    moved = {"from_due": FIRST_DUE, "extra_count": 1}
    _, state = lived((Repaid, 0, {"amount": 300_00}), (Rescheduled, 1, moved))
    assert state.open_parts[Part.PRINCIPAL] == 700_00 == state.balances[LoanAccount.LOAN_PRINCIPAL]


@pytest.mark.parametrize("change", LevelChange)
def test_03_a_tranche_opens_nothing_that_is_paid(change: LevelChange) -> None:
    """The last instalment is all but paid in advance; a tranche never makes it owe less than nothing."""
    terms = replace(TERMS, grace_principal=1, level_change=change)
    _, state = lived((Repaid, 0, {"amount": 1_000_00 - 1}), (Disbursed, 0, {"amount": 10}), terms=terms)
    assert [row.open_units for row in state.rows] == [11, 0]
    assert [row.paid_on for row in state.rows] == [None, START]


def test_03_what_is_spread_in_yuan_is_never_less_than_nothing() -> None:
    """1.50 overdue over three instalments, in whole yuan: 1.00, 0.50, nothing; not 1.00, 1.00, less 0.50."""
    terms = replace(TERMS, principal=6_00, count=4, multiple=100)
    _, state = lived((Repaid, 1, {"amount": 50}), (Reamortised, 30, {}), terms=terms)
    assert min(row.amounts[Part.PRINCIPAL] for row in state.rows) >= 0
    assert state.open_parts[Part.PRINCIPAL] == 5_50


def test_03_an_instalment_paid_in_advance_opens_again_when_more_is_spread_on_it() -> None:
    """The second instalment is paid, the first is not and is spread on it: the next payment settles it."""
    last = rules_of(penalties=(), allocation=replace(FREE.allocation, future="last"))
    history, state = lived((Repaid, 1, {"amount": 500_00}), (Reamortised, 29, {}), rules=last)
    assert [(row.open_units, row.paid_on) for row in state.rows if row.open_units] == [(500_00, None)]
    history.add(Repaid, START + timedelta(days=29), amount=500_00)
    after = replay(terms=TERMS, rules=last, events=history.events, as_of=START + timedelta(days=30))
    assert (after.open_units, after.overpaid) == (0, 0)


@pytest.mark.parametrize(
    "out", [(CreditRefunded, 2, {"amount": 100}), (ChargedBack, 2, {"amount": 100, "payment_id": "e2"})]
)
def test_02_money_out_after_a_write_off_is_not_on_the_books_again(
    out: tuple[type[LoanEvent], int, dict[str, object]],
) -> None:
    """It is owed, and off the books as the rest; nothing could take it off them a second time."""
    paid, off = (Repaid, 1, {"amount": 5_00}), (WrittenOff, 1, {})
    _, state = lived(paid, off, out)
    assert state.balances.get(LoanAccount.LOAN_PRINCIPAL, 0) == 0
    assert state.open_parts[Part.PRINCIPAL] == 995_00 + 1_00


def test_02_a_recovery_paid_back_is_not_on_the_books_again() -> None:
    out = {"amount": 5_00}
    _, state = lived((WrittenOff, 1, {}), (Repaid, 2, out), (Refunded, 3, out))
    assert state.balances.get(LoanAccount.LOAN_PRINCIPAL, 0) == 0
    assert state.balances.get(LoanAccount.RECOVERY_INCOME, 0) == 0


def test_09_a_fee_on_prepayment_leaves_no_fen_unused() -> None:
    """Of 0.01 the fee of 1 % is nothing: it repays a fen of principal, and the payoff meets the quote."""
    rules = rules_of(penalties=(), prepayment_fee=Decimal("0.01"))
    history, state = lived((Prepaid, 0, {"amount": 1}), rules=rules)
    assert (state.overpaid, state.open_parts[Part.PRINCIPAL]) == (0, 1_000_00 - 1)
    assert pays_off(history, rules)


def test_09_a_payoff_uses_what_stands_to_the_customer_s_credit() -> None:
    """Some of what was repaid is refunded although there was credit: quote and payoff take it off."""
    refund = {"amount": 50_00}
    history, _ = lived((Repaid, 1, {"amount": 1_010_00}), (Refunded, 2, refund))
    assert pays_off(history, FREE)


@pytest.mark.parametrize(
    "events",
    [
        ((Repaid, 0, {"amount": 1}), (Reaged, 0, {"start": START, "cycle": Cycle(months=1), "count": 1})),
        ((Repaid, 29, {"amount": 5_00}), (Waived, 29, {"part": Part.PRINCIPAL, "amount": 1_000_00})),
    ],
    ids=["interest_paid_ahead_pays_the_last_fen", "only_interest_to_come_is_open"],
)
def test_09_a_payoff_ends_the_loan_though_nothing_is_left_for_days_to_come(
    events: tuple[tuple[type[LoanEvent], int, dict[str, object]], ...],
) -> None:
    """What is quoted settles what is due and no fen more; interest that nobody earned is not owed."""
    terms = replace(TERMS, rate=Decimal("0.072"), repayment=RepaymentMethod.INTEREST_FIRST)
    history, _ = lived(*events, terms=terms)
    assert pays_off(history, FREE, terms)


def pays_off(history: History, rules: LoanRules, terms: LoanTerms = TERMS) -> bool:
    """Pay what is quoted for the next days; say whether nothing is owed either way."""
    day = max(event.value_date for event in history.events)
    total = payoff_quote(terms=terms, rules=rules, events=history.events, day=day).total
    if total:
        history.add(Prepaid, day, amount=total)
    after = replay(terms=terms, rules=rules, events=history.events, as_of=day)
    return (after.open_units, after.overpaid) == (0, 0)


@pytest.mark.parametrize("how", [Repaid, Waived])
def test_10_interest_settled_in_advance_is_not_owed_twice(how: type[LoanEvent]) -> None:
    """The first instalment's interest is settled, then the rate set to what it is: nothing more is owed."""
    terms = replace(TERMS, rate=Decimal("0.072"), repayment=RepaymentMethod.INTEREST_FIRST)
    settled = {"amount": 5_80} | ({"part": Part.INTEREST} if how is Waived else {})
    _, before = lived((how, 0, settled), terms=terms)
    assert before.rows[0].open_parts[Part.INTEREST] == 0
    same = (RateReset, 0, {"rate": terms.rate})
    _, after = lived((how, 0, settled), same, terms=terms)
    assert interest(after) == interest(before)
    _, prepaid = lived((how, 0, settled), (Prepaid, 10, {"amount": 1}), terms=terms)
    assert interest(prepaid) <= interest(before)


def test_10_a_prepayment_does_not_change_what_days_cost_by_30e_360() -> None:
    """A fen prepaid on the 13th: interest to the day and from it add up to the period's, by any day count."""
    terms = terms_of(
        principal=1_000_00,
        count=4,
        rate=Decimal("0.2827"),
        repayment=RepaymentMethod.BULLET,
        day_count="THIRTY_E_360",
    )
    _, whole = lived(terms=terms)
    _, parted = lived((Prepaid, 13, {"amount": 1}), terms=terms)
    assert abs(interest(parted) - interest(whole)) <= 1


def test_10_a_restructuring_keeps_what_was_earned_before_a_prepayment_of_its_day() -> None:
    """A fen prepaid on the day changes nothing of the ten days' interest, which stays due."""
    terms = replace(TERMS, rate=Decimal("0.072"), repayment=RepaymentMethod.INTEREST_FIRST)
    anew = {
        "first_due": FIRST_DUE,
        "cycle": Cycle(months=1),
        "count": 2,
        "rate": Decimal(0),
        "capitalise": False,
    }
    _, whole = lived((Restructured, 10, anew), terms=terms)
    _, parted = lived((Prepaid, 10, {"amount": 3_00}), (Restructured, 10, anew), terms=terms)
    assert interest(whole) == interest(parted) > 0


def test_an_order_may_take_up_a_due_state_twice() -> None:
    """Interest of all rows past due before principal of any, though what is due comes in between."""
    cells = [(due, part) for part in (Part.INTEREST, Part.PRINCIPAL, Part.FEE, Part.PENALTY) for due in Due]
    rules = rules_of(
        penalties=(), allocation=Allocation(cells=tuple(cells), across=Across.HORIZONTAL, future=Future.NEXT)
    )
    terms = replace(TERMS, rate=Decimal("0.072"), count=3, repayment=RepaymentMethod.INTEREST_FIRST)
    _, before = lived(terms=terms, days=70)
    owed = [row.amounts[Part.INTEREST] for row in before.rows[:2]]
    _, state = lived((Repaid, 70, {"amount": sum(owed)}), terms=terms, rules=rules, days=70)
    assert [row.paid[Part.INTEREST] for row in state.rows[:2]] == owed
    assert not any(row.paid[Part.PRINCIPAL] for row in state.rows)


def test_a_bullet_loan_is_extended_beyond_its_end() -> None:
    terms = replace(TERMS, count=6, repayment=RepaymentMethod.BULLET)
    _, before = lived(terms=terms)
    more = {"from_due": before.rows[0].due, "extra_count": 2}
    _, state = lived((Rescheduled, 10, more), terms=terms)
    assert [row.due for row in state.rows] == [
        date(2024, month, day) for month, day in ((7, 31), (8, 31), (9, 30))
    ]


def test_an_instalment_without_days_is_refused_before_a_close_meets_it() -> None:
    """Moved onto the day it begins on, an instalment would have to earn its interest in no days at all."""
    terms = replace(TERMS, rate=Decimal("0.072"))
    first, second = START + timedelta(days=40), date(2024, 4, 11)
    history, state = lived(
        (Reaged, 0, {"start": first, "cycle": Cycle(months=1), "count": 2}),
        (DueDatesMoved, 1, {"moves": ((second, first),)}),
        terms=terms,
        days=1,
    )
    assert [row.due for row in state.rows if row.start == row.due] == [first]
    with pytest.raises(StateError, match="has no days"):
        standing_of(terms=terms, rules=FREE, events=history.events, day=first)
