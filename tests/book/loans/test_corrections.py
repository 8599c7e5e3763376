from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.book.loans.loan_histories import LAST, START, histories, paid_out, rules, rules_of, terms, terms_of

from creditloop.book.loans import Accrued, RateReset, Repaid, Reversed, Subject, correct, replay
from creditloop.kernel.errors import StateError, UnknownId


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_was_posted_event_by_event_is_what_the_replay_says(data):
    loan, rule = data.draw(terms()), data.draw(rules())
    events = data.draw(histories(loan))
    posted: dict[str, int] = {}
    try:
        for number, event in enumerate(events):
            known = events[:number]
            correction = correct(terms=loan, rules=rule, history=known, event=event, as_of=event.booked_on)
            assert sum(units for _, units in correction.legs) == 0
            for account, units in correction.legs:
                posted[account] = posted.get(account, 0) + units
        state = replay(terms=loan, rules=rule, events=events, as_of=events[-1].booked_on)
    except (StateError, UnknownId):
        assume(False)
    assert {account: units for account, units in posted.items() if units} == {
        account: units for account, units in state.balances.items() if units
    }


def test_a_backdated_payment_is_explained_line_by_line():
    history = paid_out()
    late = history.add(Repaid, START + timedelta(days=40), amount=1_050_00)
    missed = Repaid(
        id="found", sequence=3, value_date=START + timedelta(days=29), booked_on=LAST, amount=1_039_90
    )
    correction = correct(
        terms=terms_of(),
        rules=rules_of(),
        history=history.events,
        event=missed,
        as_of=START + timedelta(days=45),
    )
    lines = {(line.name, line.what): (line.was, line.now) for line in correction.lines}
    assert lines["found", "principal"] == (0, 970_30)
    penalty_was, penalty_is = lines[late.id, "penalty"]
    assert (penalty_was > 0, penalty_is) == (True, 0)
    assert lines["loan", "dpd"] == (0, 0) if ("loan", "dpd") in lines else True
    assert {line.subject for line in correction.lines} == set(Subject)
    assert correction.lines[0].name == "found"
    assert all("repaid found counts from 2024-02-29" in line.why for line in correction.lines)


def test_an_accrual_after_a_correction_says_what_it_was_and_is():
    history = paid_out()
    accrued = history.add(Accrued, START + timedelta(days=20))
    reset = RateReset(
        id="reset", sequence=3, value_date=START + timedelta(days=10), booked_on=LAST, rate=Decimal("0.06")
    )
    correction = correct(
        terms=terms_of(),
        rules=rules_of(),
        history=history.events,
        event=reset,
        as_of=START + timedelta(days=20),
    )
    (line,) = [line for line in correction.lines if line.name == accrued.id]
    assert (line.what, line.was) == ("interest", 48_00)  # 20 days of 12,000 yuan at 7.2 % / 360
    assert line.now < line.was
    undo = Reversed(id="undo", sequence=4, value_date=reset.value_date, booked_on=LAST, event_id="reset")
    back = correct(
        terms=terms_of(), rules=rules_of(), history=[*history.events, reset], event=undo,
        as_of=START + timedelta(days=20),
    )  # fmt: skip
    assert dict(back.legs) == {account: -units for account, units in correction.legs}
