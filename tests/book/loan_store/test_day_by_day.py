"""The close of a day over columns and the replay of events say the same of a loan, every day of its life."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.book.loan_store.day_by_day import LoanDays

from creditloop.book.calendars import Cycle
from creditloop.book.interest import FEN, DayCount
from creditloop.book.loans import (
    Allocation,
    Charged,
    Disbursed,
    DpdSwitch,
    Keep,
    LoanEvent,
    LoanRules,
    LoanTerms,
    Part,
    PenaltyBase,
    PenaltyVariant,
    Prepaid,
    RateReset,
    Repaid,
    Restructured,
    Reversed,
    Waived,
    WrittenOff,
    cells_of,
)
from creditloop.book.plan import RepaymentMethod
from creditloop.kernel.errors import CreditloopError

START = date(2024, 1, 31)
INTEREST_FIRST = Allocation(cells=cells_of(order=(Part.PENALTY, Part.FEE, Part.INTEREST, Part.PRINCIPAL)))
PRINCIPAL_FIRST = Allocation(cells=cells_of(order=(Part.PRINCIPAL, Part.INTEREST, Part.PENALTY, Part.FEE)))


@st.composite
def agreed(draw: st.DrawFn) -> tuple[LoanTerms, LoanRules]:
    """Terms of a small loan, and rules of being overdue."""
    methods = [
        RepaymentMethod.EQUAL_INSTALMENT,
        RepaymentMethod.EQUAL_PRINCIPAL,
        RepaymentMethod.INTEREST_FIRST,
        RepaymentMethod.BULLET,
    ]
    terms = LoanTerms(
        principal=draw(st.integers(1_000, 3_000_000)),
        start=START,
        count=draw(st.integers(1, 6)),
        cycle=draw(st.sampled_from([Cycle(months=1), Cycle(days=14)])),
        rate=Decimal(draw(st.integers(0, 240))) / 1000,
        repayment=draw(st.sampled_from(methods)),
        scale=FEN,
        day_count=draw(st.sampled_from([DayCount.ACT_360, DayCount.ACT_365])),
    )
    grace = draw(st.sampled_from([0, 0, 3, 10]))
    variant = PenaltyVariant(
        valid_from=START - timedelta(days=1000),
        multiple=draw(st.sampled_from([Decimal("1.5"), Decimal("0.5")])),
        interest_multiple=draw(st.sampled_from([Decimal(0), Decimal(1)])),
        base=draw(st.sampled_from(list(PenaltyBase))),
        day_count=draw(st.sampled_from([DayCount.ACT_360, DayCount.ACT_365])),
        grace_days=grace,
        grace_is_charged=draw(st.booleans()),
    )
    later = replace(variant, valid_from=START + timedelta(days=70), multiple=Decimal("1.3"))
    rules = LoanRules(
        allocation=draw(st.sampled_from([INTEREST_FIRST, PRINCIPAL_FIRST])),
        by_dpd=(DpdSwitch(above_dpd=30, allocation=PRINCIPAL_FIRST),),
        penalties=draw(st.sampled_from([(variant,), (variant, later)])),
        prepayment_fee=draw(st.sampled_from([Decimal(0), Decimal("0.01")])),
        dpd_grace_days=grace,
    )
    return terms, rules


def happening(draw: st.DrawFn, loan: LoanDays) -> LoanEvent:
    """An event of the day, now and then one that counts from an earlier day."""
    number = len(loan.events) + 1
    back = draw(st.sampled_from([0, 0, 0, 1, 20]))
    head = {
        "id": f"e{number}",
        "sequence": number,
        "value_date": max(START, loan.day - timedelta(days=back)),
        "booked_on": loan.day,
    }
    standing = loan.standing()
    due = standing.due_principal + max(standing.due_interest, 0)
    some = draw(st.integers(1, loan.terms.principal))
    made: list[LoanEvent] = [
        Repaid(**head, amount=max(1, due)),
        Repaid(**head, amount=some),
        Prepaid(**head, amount=some, keep=draw(st.sampled_from(list(Keep)))),
        Charged(**head, amount=draw(st.integers(1, 5_000)), part=Part.FEE, due=loan.day),
        Waived(**head, amount=draw(st.integers(1, 500)), part=draw(st.sampled_from(list(Part)))),
        RateReset(**head, rate=Decimal(draw(st.integers(1, 300))) / 1000),
        Reversed(**head, event_id=draw(st.sampled_from([one.id for one in loan.events]))),
        Restructured(
            **head,
            first_due=loan.day + timedelta(days=30),
            cycle=Cycle(months=1),
            count=3,
            rate=Decimal("0.05"),
            capitalise=draw(st.booleans()),
        ),
        WrittenOff(**head),
    ]
    return draw(st.sampled_from(made))


@settings(max_examples=120, deadline=None)
@given(agreed(), st.data())
def test_columns_and_replay_say_the_same_every_day(
    case: tuple[LoanTerms, LoanRules], data: st.DataObject
) -> None:
    terms, rules = case
    first = Disbursed(id="d", sequence=1, value_date=START, booked_on=START, amount=terms.principal)
    loan = LoanDays(terms, rules, first)
    for _ in range(data.draw(st.integers(1, 6))):
        for _ in range(data.draw(st.integers(1, 45))):
            loan.close()
        event = data.draw(st.composite(happening)(loan))
        try:
            loan.standing_with(event)
        except CreditloopError:
            continue  # what cannot be is refused before anything is written
        loan.book(event)
    loan.close()
