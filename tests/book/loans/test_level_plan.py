from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.book.calendars import Cycle
from creditloop.book.interest import FEN
from creditloop.book.loans import LevelConventions, LevelPlan
from creditloop.kernel.errors import InputError

DUES = [Cycle(months=1).after(date(2024, 1, 1), times=number) for number in range(37)]


def plan_of(*, rate: str, count: int, **changes) -> LevelPlan:
    conventions = LevelConventions(scale=FEN, cycle=Cycle(months=1), **changes)
    return LevelPlan(periods=list(pairwise(DUES[: count + 1])), rate=Decimal(rate), conventions=conventions)


@settings(max_examples=30, deadline=None)
@given(st.integers(100_00, 10_000_000), st.integers(0, 36), st.integers(1, 36), st.booleans())
def test_what_is_due_is_what_was_paid_out_and_its_interest(units, percent, count, nudge):
    plan = plan_of(rate=f"{percent / 100:.2f}", count=count, nudge=nudge)
    plan.add_tranche(day=DUES[0], units=units)
    assert sum(period.principal_due for period in plan.periods) == units
    assert plan.periods[-1].balance == 0
    assert all(min(period.principal_due, period.interest_due) >= 0 for period in plan.periods)
    assert len({period.instalment for period in plan.periods[:-1]}) <= 1


def test_a_nudge_shares_out_the_last_difference():
    kept, nudged = (
        plan_of(rate="0.24", count=36, days_in_year=360, days_in_month=30, nudge=on) for on in (0, 1)
    )
    for plan in (kept, nudged):
        plan.add_tranche(day=DUES[0], units=100_000_07)
    off = [abs(plan.periods[-1].instalment - plan.periods[-2].instalment) for plan in (kept, nudged)]
    assert off[1] <= off[0]


def test_paying_early_lowers_the_interest_and_the_last_instalment():
    plan, early = (plan_of(rate="0.07", count=6, days_in_year=360, days_in_month=30) for _ in range(2))
    for one in (plan, early):
        one.add_tranche(day=DUES[0], units=100_00)
    early.pay_principal(due=DUES[2], day=date(2024, 2, 15), units=16_77)
    early.pay_interest(due=DUES[2], units=24)
    assert early.periods[-1].instalment == plan.periods[-1].instalment - 5
    assert sum(period.principal_due for period in early.periods) == 100_00


def test_a_rate_reset_and_a_tranche_level_what_comes_after():
    plan = plan_of(rate="0.07", count=6, days_in_year=360, days_in_month=30)
    plan.add_tranche(day=DUES[0], units=100_00)
    plan.reset_rate(day=date(2024, 2, 2), rate=Decimal("0.04"))
    assert [period.instalment for period in plan.periods] == [17_01, 16_88, 16_88, 16_88, 16_88, 16_89]
    plan.add_tranche(day=DUES[3], units=100_00)
    assert plan.periods[2].instalment == 16_88
    assert plan.periods[-1].balance == 0


def test_what_has_no_place_is_refused():
    with pytest.raises(InputError, match="no periods"):
        LevelPlan(periods=[], rate=Decimal(0), conventions=LevelConventions(scale=FEN, cycle=Cycle(months=1)))
    with pytest.raises(InputError, match="no instalment is due"):
        plan_of(rate="0", count=2).pay_interest(due=date(2024, 1, 2), units=1)
