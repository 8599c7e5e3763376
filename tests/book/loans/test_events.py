from datetime import date

import pytest
from tests.book.loans.loan_histories import START, paid_out, rules_of, terms_of

from creditloop.book.loans import Repaid, Reversed, append, in_order, replay
from creditloop.kernel.errors import ConflictingRepeat, InputError, UnknownId


def payment(number: int, day: date = START, amount: int = 5, name: str | None = None) -> Repaid:
    return Repaid(id=name or f"p{number}", sequence=number, value_date=day, booked_on=day, amount=amount)


def test_the_same_event_again_changes_nothing_and_another_content_is_refused():
    history = append(history=paid_out().events, event=payment(2))
    assert append(history=history, event=payment(2)) == history
    with pytest.raises(ConflictingRepeat):
        append(history=history, event=payment(2, amount=6))


def test_sequence_and_targets_are_checked():
    history = paid_out().events
    with pytest.raises(InputError, match="out of sequence"):
        append(history=history, event=payment(1))
    with pytest.raises(UnknownId):
        append(
            history=history,
            event=Reversed(id="r", sequence=2, value_date=START, booked_on=START, event_id="nothing"),
        )


def test_events_count_by_value_date_then_by_booking():
    later, backdated = payment(2, date(2024, 5, 1)), payment(3, date(2024, 4, 1))
    assert in_order([later, backdated]) == [backdated, later]


def test_a_reversal_that_is_reversed_undoes_nothing():
    history = paid_out()
    paid = history.add(Repaid, START, amount=100)
    undone = history.add(Reversed, START, event_id=paid.id)
    assert (
        replay(terms=terms_of(), rules=rules_of(), events=history.events, as_of=START).open_parts[3]
        == 12_000_00
    )
    history.add(Reversed, START, event_id=undone.id)
    state = replay(terms=terms_of(), rules=rules_of(), events=history.events, as_of=START)
    assert state.settlement(paid.id).reversed_by is None
    assert sum(state.settlement(paid.id).parts) == 100
