from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.book.loans.loan_histories import (
    LAST,
    ORDER,
    START,
    History,
    histories,
    paid_out,
    rules,
    rules_of,
    terms,
    terms_of,
)

from creditloop.book.loans import (
    Across,
    Allocation,
    Charged,
    ChargedBack,
    CreditRefunded,
    Disbursed,
    Future,
    LoanAccount,
    LoanStatus,
    Part,
    PaymentKind,
    Prepaid,
    Refunded,
    Repaid,
    Reversed,
    Waived,
    WrittenOff,
    cells_of,
    down_payment_of,
    replay,
)
from creditloop.kernel.errors import InputError, OutOfOrder, StateError, UnknownId

MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def state_of(history, *, terms=None, rules=None, as_of=LAST):
    return replay(terms=terms or terms_of(), rules=rules or rules_of(), events=history.events, as_of=as_of)


def day_after(days: int) -> date:
    return START + timedelta(days=days)


# invariants of any life


@MANY
@given(st.data())
def test_postings_add_up_and_principal_is_accounted_for(data):
    loan, rule = data.draw(terms()), data.draw(rules())
    events = data.draw(histories(loan))
    try:
        state = replay(terms=loan, rules=rule, events=events, as_of=LAST)
    except (StateError, UnknownId):
        assume(False)
    assert sum(state.balances.values()) == 0
    for settlement in state.settlements:
        assert sum(units for _, units in settlement.legs) == 0
        assert all(units for _, units in settlement.legs)
    if not state.written_off:
        assert state.balances.get(LoanAccount.LOAN_PRINCIPAL, 0) == state.open_parts[Part.PRINCIPAL]
    assert 0 <= state.overpaid == -state.balances.get(LoanAccount.CUSTOMER_SUSPENSE, 0)
    for row in state.rows:
        assert min(row.open_parts) >= 0
        assert min(row.amounts) >= 0
        assert not any(row.amounts) or (row.paid_on is None) == (row.open_units > 0)


@FEW
@given(st.data())
def test_principal_is_repaid_or_outstanding(data):
    loan, rule = data.draw(terms()), data.draw(rules())
    state = replay(terms=loan, rules=rule, events=data.draw(histories(loan, changes=False)), as_of=LAST)
    live = [one for one in state.settlements if one.reversed_by is None]
    back = sum(one.parts[Part.PRINCIPAL] for one in live if isinstance(one.event, Repaid | Waived))
    assert state.open_parts[Part.PRINCIPAL] + back == state.disbursed == loan.principal


@MANY
@given(st.data())
def test_the_order_in_which_events_are_handed_in_does_not_matter(data):
    loan, rule = data.draw(terms()), data.draw(rules())
    events = data.draw(histories(loan, changes=False))
    shuffled = data.draw(st.permutations(events))
    once = replay(terms=loan, rules=rule, events=events, as_of=LAST)
    assert replay(terms=loan, rules=rule, events=shuffled, as_of=LAST) == once


@FEW
@given(st.data())
def test_a_payment_that_is_reversed_has_never_been(data):
    loan, rule = data.draw(terms()), data.draw(rules())
    events = data.draw(histories(loan, changes=False))
    day = data.draw(st.integers(0, 200).map(day_after))
    history = History()
    history.events = list(events)
    payment = history.add(Repaid, day, LAST, amount=data.draw(st.integers(1, loan.principal)))
    history.add(Reversed, day, LAST, event_id=payment.id)
    before = replay(terms=loan, rules=rule, events=events, as_of=LAST)
    after = replay(terms=loan, rules=rule, events=history.events, as_of=LAST)
    assert (after.rows, after.overpaid, after.balances) == (before.rows, before.overpaid, before.balances)
    undone = after.settlement(payment.id)
    assert undone.reversed_by == history.events[-1].id
    assert undone.legs


@MANY
@given(st.data())
def test_two_payments_of_a_day_are_one(data):
    loan = data.draw(terms())
    rule = rules_of(
        by_dpd=(), allocation=Allocation(cells=cells_of(order=tuple(data.draw(st.permutations(ORDER)))))
    )
    first, second = (data.draw(st.integers(1, loan.principal)) for _ in range(2))
    day = data.draw(st.integers(0, 400).map(day_after))
    parted, whole = paid_out(loan.principal), paid_out(loan.principal)
    parted.add(Repaid, day, amount=first)
    parted.add(Repaid, day, amount=second)
    whole.add(Repaid, day, amount=first + second)
    ours, theirs = (state_of(history, terms=loan, rules=rule) for history in (parted, whole))
    assert (ours.rows, ours.overpaid, ours.balances) == (theirs.rows, theirs.overpaid, theirs.balances)


@MANY
@given(st.data())
def test_paying_later_never_costs_less(data):
    loan, rule = data.draw(terms()), rules_of(by_dpd=())
    amount = data.draw(st.integers(1, loan.principal))
    early, later = sorted(data.draw(st.integers(0, 450)) for _ in range(2))
    costs = []
    for days in (early, later):
        history = paid_out(loan.principal)
        history.add(Repaid, day_after(days), amount=amount)
        rows = state_of(history, terms=loan, rules=rule).rows
        costs.append(sum(row.amounts[Part.PENALTY] + row.amounts[Part.INTEREST] for row in rows))
    assert costs[0] <= costs[1] + len(rows)  # each row's penalty is rounded to the fen once


# known truths


def test_a_plan_of_twelve_clears_the_principal():
    state = state_of(paid_out(), as_of=START)
    assert len(state.rows) == 12
    assert sum(row.amounts[Part.PRINCIPAL] for row in state.rows) == 12_000_00
    assert state.rows[0].amounts == (0, 0, 6960, 97030)  # 29 days of 12,000 yuan at 7.2 % / 360
    assert state.rows[1].due == date(2024, 3, 31)
    assert (state.status, state.dpd) == (LoanStatus.ACTIVE, 0)


def test_penalty_is_one_and_a_half_times_the_rate_from_the_due_date():
    state = state_of(paid_out(), as_of=date(2024, 3, 10))
    # 10 days of 970.30 yuan at 10.8 % / 360
    assert state.rows[0].amounts[Part.PENALTY] == round(97030 * 0.108 * 10 / 360)
    assert state.dpd == 10


def test_the_cap_takes_from_the_penalty_and_a_surcharge_leaves_interest_running():
    (variant,) = rules_of().penalties
    assert variant.rates(Decimal("0.20")) == (Decimal("0.24"), 0)
    surcharge = type(variant)(
        valid_from=variant.valid_from,
        multiple=Decimal("0.5"),
        interest_multiple=Decimal(1),
        cap=Decimal("0.24"),
    )
    assert surcharge.rates(Decimal("0.18")) == (Decimal("0.06"), Decimal("0.18"))
    state = state_of(paid_out(), rules=rules_of(penalties=(surcharge,)), as_of=date(2024, 3, 10))
    interest = round(97030 * 0.072 * 10 / 360)
    assert state.rows[0].amounts[Part.INTEREST] == 6960 + interest
    assert state.rows[0].amounts[Part.PENALTY] == round(97030 * 0.036 * 10 / 360)


def test_within_the_grace_days_nothing_is_charged_and_after_them_all_of_it():
    (variant,) = rules_of().penalties
    graced = rules_of(
        penalties=(type(variant)(valid_from=variant.valid_from, multiple=Decimal("1.5"), grace_days=3),),
        dpd_grace_days=3,
    )
    due = date(2024, 2, 29)
    assert (
        state_of(paid_out(), rules=graced, as_of=due + timedelta(days=3)).rows[0].amounts[Part.PENALTY] == 0
    )
    late = state_of(paid_out(), rules=graced, as_of=due + timedelta(days=4))
    assert late.rows[0].amounts[Part.PENALTY] == round(97030 * 0.108 * 4 / 360)
    assert (late.dpd, state_of(paid_out(), rules=graced, as_of=due + timedelta(days=3)).dpd) == (4, 0)
    history = paid_out()
    history.add(Repaid, due + timedelta(days=3), amount=103990)
    assert state_of(history, rules=graced, as_of=date(2024, 3, 20)).rows[0].amounts[Part.PENALTY] == 0


def test_above_ninety_days_past_due_principal_comes_first():
    for days, part in ((90, Part.PENALTY), (91, Part.PRINCIPAL)):
        history = paid_out()
        payment = history.add(Repaid, date(2024, 2, 29) + timedelta(days=days), amount=100)
        lines = state_of(history).settlement(payment.id).lines
        assert {line.part for line in lines} == {part}, days


def test_a_penalty_that_changes_by_date_is_charged_by_the_day():
    (variant,) = rules_of().penalties
    dated = (variant, type(variant)(valid_from=date(2024, 3, 5), multiple=Decimal("1.3")))
    state = state_of(paid_out(), rules=rules_of(penalties=dated), as_of=date(2024, 3, 10))
    assert state.rows[0].amounts[Part.PENALTY] == int(97030 * (0.108 * 5 + 0.0936 * 5) / 360)


def test_what_is_overpaid_settles_a_charge_that_comes_later_and_is_paid_out():
    history = paid_out(1_000_00)
    loan = terms_of(principal=1_000_00, count=1, rate=Decimal(0))
    payment = history.add(Repaid, day_after(5), amount=1_100_00)
    history.add(Charged, day_after(20), amount=30_00, part=Part.FEE, due=day_after(20))
    history.add(CreditRefunded, day_after(21), amount=70_00)
    state = state_of(history, terms=loan)
    assert state.settlement(payment.id).parts == (0, 30_00, 0, 1_000_00)
    assert (state.status, state.overpaid, state.open_units) == (LoanStatus.CLOSED, 0, 0)


def test_a_chargeback_owes_again_what_its_payment_had_settled():
    loan = terms_of(principal=500_00, count=2, rate=Decimal(0))
    history = paid_out(500_00)
    history.add(Charged, day_after(1), amount=3_00, part=Part.PENALTY, due=day_after(1))
    payment = history.add(Repaid, day_after(29), amount=253_00)
    back = history.add(ChargedBack, day_after(30), amount=53_00, payment_id=payment.id)
    state = state_of(history, terms=loan, rules=rules_of(credit_order=ORDER, penalties=()))
    assert state.settlement(back.id).parts == (3_00, 0, 0, 50_00)
    as_principal = state_of(history, terms=loan, rules=rules_of(penalties=()))
    assert as_principal.settlement(back.id).parts == (0, 0, 0, 53_00)


def test_a_refund_opens_the_last_settled_first():
    loan = terms_of(principal=300_00, count=3, rate=Decimal(0))
    history = paid_out(300_00)
    history.add(Repaid, day_after(1), amount=250_00)
    refund = history.add(Refunded, day_after(2), amount=70_00)
    state = state_of(history, terms=loan, rules=rules_of(penalties=()))
    assert [row.open_units for row in state.rows] == [0, 20_00, 100_00]
    assert state.settlement(refund.id).parts == (0, 0, 0, 70_00)


def test_a_written_off_loan_is_still_owed_and_what_comes_in_is_a_recovery():
    history = paid_out()
    off = history.add(WrittenOff, day_after(400))
    history.add(Repaid, day_after(420), amount=5_000_00)
    state = state_of(history)
    assert state.open_units > 7_000_00
    assert state.settlement(off.id).parts[Part.PRINCIPAL] == 12_000_00
    assert state.balances[LoanAccount.RECOVERY_INCOME] == -5_000_00
    assert state.balances.get(LoanAccount.LOAN_PRINCIPAL, 0) == 0
    history.add(Disbursed, day_after(430), amount=1)
    with pytest.raises(OutOfOrder, match="written off"):
        state_of(history)


def test_down_payments_tranches_and_what_may_settle_them():
    loan = terms_of(principal=2_000_00, count=3, rate=Decimal(0), down_payment=Decimal("0.25"), multiple=100)
    assert down_payment_of(terms=loan, units=1_250_00) == 313_00
    history = paid_out(1_000_00)
    history.add(Repaid, day_after(1), amount=400_00)
    history.add(Disbursed, day_after(10), amount=1_000_00)
    in_sequence = state_of(history, terms=loan, rules=rules_of(penalties=()))
    assert [row.amounts[Part.PRINCIPAL] for row in in_sequence.rows] == [250_00, 250_00, *[500_00] * 3]
    assert [sum(row.paid) for row in in_sequence.rows] == [250_00, 0, 150_00, 0, 0]
    plan_first = state_of(history, terms=loan, rules=rules_of(penalties=(), plan_first=True))
    assert [sum(row.paid) for row in plan_first.rows] == [250_00, 150_00, 0, 0, 0]


def test_a_payment_in_advance_goes_where_the_document_says():
    loan = terms_of(principal=300_00, count=3, rate=Decimal(0))
    paid = {}
    for future in Future:
        history = paid_out(300_00)
        history.add(Repaid, day_after(1), amount=100_00, kind=PaymentKind.GOODWILL_CREDIT)
        rule = Allocation(cells=cells_of(order=ORDER), future=future)
        state = state_of(
            history, terms=loan, rules=rules_of(by_kind={PaymentKind.GOODWILL_CREDIT: rule}, penalties=())
        )
        paid[future] = [sum(row.paid) for row in state.rows]
        assert state.balances[LoanAccount.GOODWILL_EXPENSE] == 100_00
    assert paid == {
        Future.NEXT: [100_00, 0, 0],
        Future.LAST: [0, 0, 100_00],
        Future.SPREAD: [33_33, 33_33, 33_34],
    }


# bad inputs


@pytest.mark.parametrize(
    ("kind", "values", "match"),
    [
        (Repaid, {"amount": 0}, "not positive"),
        (Charged, {"amount": 5, "part": Part.INTEREST, "due": START}, "only fees and penalties"),
        (Disbursed, {"amount": -1}, "not positive"),
        (Prepaid, {"amount": 0}, "not positive"),
    ],
)
def test_what_cannot_be_is_refused(kind, values, match):
    history = paid_out()
    history.add(kind, day_after(1), **values)
    with pytest.raises(InputError, match=match):
        state_of(history)


@pytest.mark.parametrize("across", Across)
def test_nothing_can_be_paid_before_anything_is_paid_out(across):
    history = History()
    history.add(Repaid, START, amount=1)
    rule = Allocation(cells=cells_of(order=ORDER), across=across)
    with pytest.raises(OutOfOrder, match="before anything was paid out"):
        state_of(history, rules=rules_of(allocation=rule))
    assert replay(terms=terms_of(), rules=rules_of(), events=[], as_of=START).status is LoanStatus.APPROVED


def test_a_tranche_after_the_last_due_date_has_no_instalment():
    history = paid_out()
    history.add(Disbursed, day_after(400), amount=1_00)
    with pytest.raises(StateError, match="no instalment is left"):
        state_of(history)
