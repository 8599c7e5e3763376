"""Every amount of a loan is the sum of its explanation, and every formula gives its step."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.book.explaining.explained_lives import Life, lives

from creditloop.book.explaining import (
    Explanation,
    How,
    explain_accrual,
    explain_lender_leg,
    explain_row,
    explain_rows,
    explain_settlement,
    trace_of,
)
from creditloop.book.loans import (
    Part,
    Prepaid,
    RateReset,
    Reaged,
    Reamortised,
    Refunded,
    Repaid,
    Rescheduled,
    Waived,
    lender_legs,
    replay,
    standing_of,
)
from creditloop.book.split import Shares

COMPUTED = (
    How.PERIOD_INTEREST,
    How.LEVEL_PRINCIPAL,
    How.EQUAL_PRINCIPAL,
    How.LAST_PRINCIPAL,
    How.ACCRUED,
)
"""Steps whose formula, rounded once, is what stands there."""
CHANGES = (RateReset, Reaged, Reamortised, Rescheduled)
"""Events whose plan may only be stated where no short formula gives it; all others are always computed."""


def check(told: Explanation, terms) -> None:
    assert told.holds, told
    for step in told.steps:
        assert step.amount == step.result - step.was
        if step.how in COMPUTED:
            exact = step.exact
            assert terms.scale.divide(exact.numerator, exact.denominator) == step.result, step
        if step.how in (How.OVERDUE_DAY, How.GRACE_OVER):
            assert step.carried is not None
            assert (step.amount, step.carried[1]) == divmod(step.exact, 1), step
        if step.how is How.SETTLED:
            assert 0 < step.amount <= min(term.base for term in step.terms), step


@settings(max_examples=80, deadline=None)
@given(lives())
def test_what_falls_due_is_the_sum_of_what_is_told_about_it(life: Life) -> None:
    terms, rules, events, day = life
    state = replay(terms=terms, rules=rules, events=events, as_of=day)
    if not state.rows:
        return
    trace = trace_of(terms=terms, rules=rules, events=events, as_of=day)
    assert len(trace.last.rows) == len(state.rows)
    told = explain_rows(trace)
    for row in state.rows:
        for part in Part:
            assert told[row.nr, part].amount == row.amounts[part]
            check(told[row.nr, part], terms)
            stated = {step.event_id for step in told[row.nr, part].steps if step.how is How.STATED}
            assert all(isinstance(event, CHANGES) for event in events if event.id in stated)
    first = state.rows[0]
    alone = explain_row(trace, due=first.due, part=Part.INTEREST, number=1)
    assert alone == told[1, Part.INTEREST]


@settings(max_examples=80, deadline=None)
@given(lives())
def test_what_a_payment_settled_is_told_line_by_line(life: Life) -> None:
    terms, rules, events, day = life
    state = replay(terms=terms, rules=rules, events=events, as_of=day)
    if not state.rows:
        return
    trace = trace_of(terms=terms, rules=rules, events=events, as_of=day)
    for settlement in state.settlements:
        if settlement.reversed_by is not None:
            continue
        told = explain_settlement(trace, event_id=settlement.event.id)
        check(told, terms)
        if isinstance(settlement.event, Repaid | Prepaid):
            assert told.amount == settlement.event.amount
        if isinstance(settlement.event, Repaid | Prepaid | Refunded):
            lines = [(one.part, one.amount) for one in told.steps if one.part is not None]
            assert lines == [(one.part, one.units) for one in settlement.lines]
        elif isinstance(settlement.event, Waived):
            assert told.amount == sum(settlement.parts)


@settings(max_examples=40, deadline=None)
@given(lives(), st.integers(0, 200))
def test_what_a_day_accrues_is_the_sum_of_its_steps(life: Life, passed: int) -> None:
    terms, rules, events, _ = life
    day = events[0].value_date + timedelta(days=passed)
    known = [event for event in events if event.booked_on <= day]
    if not replay(terms=terms, rules=rules, events=known, as_of=day).rows:
        return
    for part in (Part.INTEREST, Part.PENALTY):
        check(explain_accrual(terms=terms, rules=rules, events=known, day=day, part=part), terms)


@settings(max_examples=40, deadline=None)
@given(lives(), st.sampled_from([(3, 7), (1, 1), (1, 2, 3)]))
def test_a_lenders_part_of_an_event_is_the_sum_of_its_shares(life: Life, weights: tuple[int, ...]) -> None:
    terms, rules, events, _ = life
    shares = Shares(("us", "a", "b")[: len(weights)], weights)
    for number in range(len(events)):
        event = events[number]
        _, was = standing_of(terms=terms, rules=rules, events=events[:number], day=event.booked_on)
        _, now = standing_of(terms=terms, rules=rules, events=events[: number + 1], day=event.booked_on)
        before, after = (was.balances, was.disbursed), (now.balances, now.disbursed)
        for account, lender, amount in lender_legs(
            before=was.balances, after=now.balances, disbursed=(was.disbursed, now.disbursed), shares=shares
        ):
            if lender == "us" and account.value.endswith(("receivable", "principal", "suspense")):
                continue
            told = explain_lender_leg(
                account=account,
                lender=lender,
                amount=amount,
                before=before,
                after=after,
                shares=shares,
                day=event.booked_on,
                event_id=event.id,
            )
            assert told.amount == amount
            assert told.holds, told
