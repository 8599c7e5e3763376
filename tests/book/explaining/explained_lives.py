"""Random lives of small loans, for the tests of how their amounts came about."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from tests.book.loan_store.test_day_by_day import START, agreed

from creditloop.book.calendars import Cycle
from creditloop.book.loans import (
    Charged,
    ChargedBack,
    CreditRefunded,
    Disbursed,
    DueDatesMoved,
    Keep,
    LoanEvent,
    LoanRules,
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
    Reversed,
    Waived,
    WrittenOff,
    append,
    replay,
    standing_of,
)
from creditloop.kernel.errors import CreditloopError

Life = tuple[LoanTerms, LoanRules, tuple[LoanEvent, ...], date]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A loan's terms and rules, events that can be, and a day after them."""
    terms, rules = draw(agreed())
    events: tuple[LoanEvent, ...] = (
        Disbursed(id="d", sequence=1, value_date=START, booked_on=START, amount=terms.principal),
    )
    day = START
    for number in range(2, 2 + draw(st.integers(0, 6))):
        day += timedelta(days=draw(st.integers(0, 40)))
        event = _happening(draw, terms, rules, events, number, day)
        longer = append(history=events, event=event)
        try:
            replay(terms=terms, rules=rules, events=longer, as_of=day + timedelta(days=400))
            standing_of(terms=terms, rules=rules, events=longer, day=day)
        except CreditloopError:
            continue  # what cannot be is not booked
        events = longer
    return terms, rules, events, day + timedelta(days=draw(st.integers(1, 60)))


def _happening(
    draw: st.DrawFn,
    terms: LoanTerms,
    rules: LoanRules,
    events: tuple[LoanEvent, ...],
    number: int,
    day: date,
) -> LoanEvent:
    state = replay(terms=terms, rules=rules, events=events, as_of=day)
    back = draw(st.sampled_from([0, 0, 0, 20]))
    head = {
        "id": f"e{number}",
        "sequence": number,
        "value_date": max(START, day - timedelta(days=back)),
        "booked_on": day,
    }
    some = draw(st.integers(1, terms.principal))
    due = sum(row.open_units for row in state.rows if row.due <= day)
    ahead = [row.due for row in state.rows if row.due > day] or [day]
    old = draw(st.sampled_from(events)).id
    moved = draw(st.sampled_from(ahead))
    made: list[LoanEvent] = [
        Repaid(**head, amount=max(1, due)),
        Repaid(**head, amount=some),
        Prepaid(**head, amount=some, keep=draw(st.sampled_from(list(Keep)))),
        Prepaid(**head, amount=2 * terms.principal),
        Charged(**head, amount=draw(st.integers(1, 5_000)), part=Part.FEE, due=day),
        Charged(**head, amount=draw(st.integers(1, 5_000)), part=Part.PENALTY, due=day),
        Waived(**head, amount=draw(st.integers(1, 500)), part=draw(st.sampled_from(list(Part)))),
        RateReset(**head, rate=Decimal(draw(st.integers(1, 300))) / 1000),
        Reversed(**head, event_id=old),
        Refunded(**head, amount=some),
        CreditRefunded(**head, amount=some),
        ChargedBack(**head, amount=some, payment_id=old),
        Reamortised(**head),
        Reaged(**head, start=day + timedelta(days=30), cycle=Cycle(months=1), count=3),
        DueDatesMoved(**head, moves=((moved, moved + timedelta(days=2)),)),
        Rescheduled(**head, from_due=moved, to_due=moved + timedelta(days=5)),
        Rescheduled(**head, from_due=moved, extra_count=2, rate=Decimal("0.09")),
        Restructured(
            **head,
            first_due=day + timedelta(days=30),
            cycle=Cycle(months=1),
            count=3,
            rate=Decimal("0.05"),
            capitalise=draw(st.booleans()),
        ),
        WrittenOff(**head),
    ]
    return draw(st.sampled_from(made))
