"""What terms refuse, and where a first due date lies."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.book.calendars import Cycle
from creditloop.book.interest import DayCount
from creditloop.book.plan import (
    FirstStub,
    InterestBy,
    PlanRules,
    PlanTerms,
    RepaymentMethod,
    Rest,
    Step,
    first_due_after,
)
from creditloop.kernel.errors import InputError

RULES = PlanRules(
    method=RepaymentMethod.EQUAL_INSTALMENT,
    period=Cycle(months=1),
    interest_by=InterestBy.MONTHS,
    day_count=DayCount.ACT_360,
)
TERMS = PlanTerms(
    rules=RULES,
    principal_fen=1,
    rate=Decimal("0.1"),
    start=date(2026, 1, 1),
    first_due=date(2026, 2, 1),
    count=2,
)
STEPPED = replace(RULES, method=RepaymentMethod.STEPPED)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"principal_grace": -1}, "grace is a number"),
        ({"multiple_fen": 0}, "a multiple is one of fen"),
        ({"period": Cycle(months=121)}, "no such period"),
        ({"period": Cycle(days=3661)}, "no such period"),
        ({"period": Cycle(days=7)}, "planned months"),
        ({"accrue_to_planned_day": False}, "planned months"),
        ({"rest": Rest.FIRST}, "only of equal principal"),
        ({"method": RepaymentMethod.BULLET, "first_stub": FirstStub.APART}, "only equal instalments"),
        ({"method": RepaymentMethod.INTEREST_FIRST, "principal_grace": 1}, "no grace of principal"),
        ({"method": RepaymentMethod.FIXED_PAYMENT, "interest_grace": 1}, "no grace of interest"),
    ],
)
def test_rules_that_cannot_be_are_refused(changed: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(RULES, **changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"principal_fen": 0}, "no such principal"),
        ({"principal_fen": 10**16 + 1}, "no such principal"),
        ({"rate": Decimal("-0.01")}, "no such rate"),
        ({"rate": Decimal("NaN")}, "no such rate"),
        ({"rate": Decimal("100.1")}, "no such rate"),
        ({"count": 0}, "no such number"),
        ({"count": 601}, "no such number"),
        ({"first_due": date(2026, 1, 1)}, "due before it is paid out"),
        ({"start": date(9990, 1, 1), "first_due": date(9990, 2, 1), "count": 120}, "the calendar ends"),
        ({"start": date(1899, 12, 31)}, "begins too early"),
        ({"due_day": 2}, "not on the due day"),
        ({"due_day": 32}, "not on the due day"),
        ({"first_due": date(2026, 2, 28), "due_day": 27}, "not on the due day"),
        ({"rules": replace(RULES, principal_grace=2)}, "grace for ever"),
        ({"steps": (Step(first=1, amount_fen=1),)}, "has no steps"),
        ({"rules": STEPPED}, "begin with instalment 1"),
        ({"rules": STEPPED, "steps": (Step(first=2, amount_fen=1),)}, "begin with instalment 1"),
        ({"rules": STEPPED, "steps": (Step(first=1, amount_fen=1),) * 2}, "begin with instalment 1"),
        (
            {"rules": STEPPED, "steps": (Step(first=1, amount_fen=1), Step(first=3, amount_fen=1))},
            "begin with instalment 1",
        ),
        ({"rules": STEPPED, "steps": (Step(first=1, amount_fen=-1),)}, "amount is negative"),
    ],
)
def test_terms_that_cannot_be_are_refused(changed: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(TERMS, **changed)


def test_a_due_day_is_of_months_alone() -> None:
    days = replace(RULES, period=Cycle(days=7), interest_by=InterestBy.DAYS)
    assert replace(TERMS, rules=days).due_day is None
    with pytest.raises(InputError, match="not on the due day"):
        replace(TERMS, rules=days, due_day=1)


@settings(deadline=None)
@given(
    start=st.dates(date(2000, 1, 1), date(2100, 1, 1)), due_day=st.integers(1, 31), least=st.integers(1, 100)
)
def test_the_first_due_date_is_the_first_that_is_far_enough(start: date, due_day: int, least: int) -> None:
    first = first_due_after(start=start, due_day=due_day, least_days=least)
    assert (first - start).days >= least
    assert first.day == due_day or (first.day < due_day and (first + timedelta(days=1)).day == 1)
    days_between = [start + timedelta(days=number) for number in range(least, (first - start).days)]
    assert all(
        day.day != due_day and (day.day > due_day or (day + timedelta(days=1)).day != 1)
        for day in days_between
    )


@pytest.mark.parametrize(("due_day", "least"), [(0, 1), (32, 1), (1, 0), (1, 367)])
def test_due_days_that_cannot_be_are_refused(due_day: int, least: int) -> None:
    with pytest.raises(InputError, match="no such due day"):
        first_due_after(start=date(2026, 1, 1), due_day=due_day, least_days=least)
