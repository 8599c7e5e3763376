from datetime import date

from tests.book.flows.small_loans import STEPS, small

from creditloop.book.calendars import MONDAY_TO_FRIDAY, BusinessDayConvention
from creditloop.book.flows import FlowKind, Notice, Repayment, Terms, Unscheduled
from creditloop.book.flows.dates import life_of
from creditloop.book.flows.planning import planned_events


def kinds(terms: Terms, *events: Unscheduled, until: date | None = None) -> list[tuple[str, FlowKind]]:
    life = life_of(terms, unscheduled=events, until=until)
    planned = planned_events(terms, life=life, unscheduled=events, until=until)
    return [(f"{event.day:%m-%d}", event.kind) for event in planned]


def test_what_lies_behind_the_opening_is_not_planned() -> None:
    running = small(opened_on=date(2024, 3, 1))
    assert kinds(running) == [
        ("04-01", FlowKind.INTEREST_DUE),
        ("05-01", FlowKind.INTEREST_DUE),
        ("05-01", FlowKind.MATURED),
    ]


def test_what_comes_before_the_disbursement_is_not_planned() -> None:
    late = small(disbursed_on=date(2024, 3, 15))
    assert kinds(late)[0] == ("03-15", FlowKind.DISBURSED)


def test_until_cuts_but_a_settlement_belongs_to_its_call() -> None:
    assert kinds(small(), until=date(2024, 2, 15)) == [
        ("01-01", FlowKind.DISBURSED),
        ("02-01", FlowKind.INTEREST_DUE),
    ]
    called = Unscheduled(kind=FlowKind.CALLED, day=date(2024, 2, 10))
    on_call = small(maturity=None, notice=Notice(days=20), always_capitalised=True)
    assert kinds(on_call, called, until=date(2024, 2, 15))[-3:] == [
        ("02-10", FlowKind.CALLED),
        ("03-01", FlowKind.INTEREST_DUE),
        ("03-01", FlowKind.SETTLED),
    ]


def test_cycles_move_to_business_days_and_the_last_day_does_not() -> None:
    moved = small(
        maturity=date(2024, 6, 1),  # a Saturday
        convention=BusinessDayConvention.FOLLOWING,
        business_days=MONDAY_TO_FRIDAY,
    )
    life = life_of(moved, unscheduled=(), until=None)
    planned = planned_events(moved, life=life, unscheduled=(), until=None)
    days = {event.planned_for: (event.day, event.accrue_to) for event in planned}
    assert days[date(2024, 6, 1)] == (date(2024, 6, 1), date(2024, 6, 1))
    moved = small(
        maturity=date(2024, 7, 1),
        convention=BusinessDayConvention.FOLLOWING,
        business_days=MONDAY_TO_FRIDAY,
        accrue_to_planned_day=True,
    )
    planned = planned_events(
        moved, life=life_of(moved, unscheduled=(), until=None), unscheduled=(), until=None
    )
    days = {event.planned_for: (event.day, event.accrue_to) for event in planned}
    assert days[date(2024, 6, 1)] == (date(2024, 6, 3), date(2024, 6, 1))


def test_an_equal_instalment_is_fixed_on_the_day_before_the_first() -> None:
    level = small(repayment=Repayment.EQUAL_INSTALMENT, principal_steps=STEPS)
    assert kinds(level)[1] == ("01-31", FlowKind.PAYMENT_FIXED)
    stated = small(repayment=Repayment.EQUAL_INSTALMENT, principal_steps=STEPS, payment=300_00)
    assert FlowKind.PAYMENT_FIXED not in {kind for _, kind in kinds(stated)}


def test_events_of_a_day_have_their_order() -> None:
    level = small(repayment=Repayment.EQUAL_PRINCIPAL, principal_steps=STEPS)
    prepaid = Unscheduled(kind=FlowKind.PREPAID, day=date(2024, 2, 1), amount=1)
    of_the_day = [kind for day, kind in kinds(level, prepaid) if day == "02-01"]
    assert of_the_day == [FlowKind.PRINCIPAL_DUE, FlowKind.PREPAID, FlowKind.INTEREST_DUE]


def test_what_comes_in_after_the_end_is_not_planned() -> None:
    late = Unscheduled(kind=FlowKind.PREPAID, day=date(2025, 1, 1), amount=1)
    assert kinds(small(), late) == kinds(small())
