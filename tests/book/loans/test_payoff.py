from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.book.loans.loan_histories import LAST, START, histories, paid_out, rules, rules_of, terms, terms_of

from creditloop.book.loans import LoanStatus, Prepaid, payoff_quote, replay
from creditloop.kernel.errors import StateError, UnknownId


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_paying_what_is_quoted_leaves_nothing(data):
    loan, rule = data.draw(terms()), data.draw(rules())
    events = data.draw(histories(loan))
    day = max(event.value_date for event in events)
    try:
        before = replay(terms=loan, rules=rule, events=events, as_of=day)
    except (StateError, UnknownId):
        assume(False)
    quote = payoff_quote(terms=loan, rules=rule, events=events, day=day)
    assume(quote.total > 0 and before.overpaid == 0)
    payoff = Prepaid(id="payoff", sequence=99, value_date=day, booked_on=LAST, amount=quote.total)
    after = replay(terms=loan, rules=rule, events=[*events, payoff], as_of=day)
    assert (after.open_units, after.overpaid, after.status) == (0, 0, LoanStatus.CLOSED)


def test_a_payoff_within_a_period_costs_interest_to_the_day_and_the_fee():
    quote = payoff_quote(
        terms=terms_of(),
        rules=rules_of(prepayment_fee=Decimal("0.01")),
        events=paid_out().events,
        day=START + timedelta(days=10),
    )
    # 10 of 29 days of 69.60 yuan; 1 % of 12,000 yuan
    assert (quote.interest, quote.fee, quote.principal) == (24_00, 120_00, 12_000_00)
    assert quote.total == 12_144_00


def test_nothing_can_be_paid_off_before_it_is_paid_out():
    with pytest.raises(StateError):
        payoff_quote(terms=terms_of(), rules=rules_of(), events=[], day=START)
