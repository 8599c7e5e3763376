"""Small books for the close of a day: loans nobody pays, drawn, as columns."""

from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
from hypothesis import strategies as st
from tests.book.invariants.loan_lives import RATES, START

from creditloop.book.calendars import Cycle
from creditloop.book.day_end import (
    NO_DAY,
    POSITION_COLUMNS,
    ClosedDay,
    Instalments,
    Integers,
    Positions,
    Rules,
    close_day,
    day_number,
)
from creditloop.book.interest import DayCount
from creditloop.book.plan import InterestBy, Plan, PlanRules, PlanTerms, RepaymentMethod, plan_of

FIRST = day_number(START)
METHODS = (
    RepaymentMethod.EQUAL_INSTALMENT,
    RepaymentMethod.EQUAL_PRINCIPAL,
    RepaymentMethod.INTEREST_FIRST,
    RepaymentMethod.BULLET,
)


@dataclass(frozen=True)
class Book:
    """Loans paid out on `START`: their plans, and what being overdue costs on each."""

    plans: tuple[Plan, ...]
    costs: tuple[dict[str, int], ...]

    @property
    def positions(self) -> Positions:
        """Where they begin: nothing accrued, the first instalment next."""
        return Positions(
            **{
                name: column(self._begins(at)[name] for at in range(len(self.plans)))
                for name in POSITION_COLUMNS
            }
        )

    def _begins(self, at: int) -> dict[str, int]:
        plan = self.plans[at]
        return dict.fromkeys(POSITION_COLUMNS, 0) | {
            "loan_no": at + 1,
            "principal_fen": sum(plan.principal_fen),
            "oldest_due": NO_DAY,
            "restructured_due": NO_DAY,
            "version": 1,
            "next_no": 1,
            "next_due": day_number(plan.due[0]),
            "next_principal_fen": plan.principal_fen[0],
            "next_interest_fen": plan.interest_fen[0],
            "period_interest_fen": plan.interest_fen[0],
            "accrual_from": FIRST if plan.interest_fen[0] else NO_DAY,
            "paid_up_on": FIRST,
        }

    @property
    def instalments(self) -> Instalments:
        """All their instalments."""
        rows = [
            {
                "loan_no": at,
                "version": 1,
                "no": one.nr,
                "due": day_number(one.due),
                "principal_fen": one.principal_fen,
                "interest_fen": one.interest_fen,
                "period_interest_fen": one.interest_fen,
            }
            for at, plan in enumerate(self.plans, start=1)
            for one in plan.instalments()
        ]
        return Instalments(
            **{each.name: column(row[each.name] for row in rows) for each in fields(Instalments)}
        )

    @property
    def rules(self) -> Rules:
        """What being overdue costs, a place a loan."""
        return Rules(**{each.name: column(cost[each.name] for cost in self.costs) for each in fields(Rules)})

    def part(self, wanted: list[int]) -> "Book":
        """Return the book of some of its loans, numbered anew."""
        return Book(tuple(self.plans[at] for at in wanted), tuple(self.costs[at] for at in wanted))

    def closed(self, days: int) -> list[ClosedDay]:
        """Close so many days, one after the other."""
        at, results = self.positions, list[ClosedDay]()
        plan, rules = self.instalments, self.rules
        for day in range(FIRST, FIRST + days):
            results.append(close_day(at, instalments=plan, rules=rules, day=day))
            at = results[-1].positions
        return results


def column(values) -> Integers:
    """Return whole numbers as a column."""
    return np.array(list(values), dtype=np.int64)


@st.composite
def books(draw: st.DrawFn, *, plain: bool = False) -> Book:
    """Up to five loans of any way of repaying; plain ones bear no interest for being overdue."""
    count = draw(st.integers(1, 5))
    return Book(
        tuple(plan_of(draw(plan_terms())) for _ in range(count)),
        tuple(draw(costs(plain)) for _ in range(count)),
    )


@st.composite
def plan_terms(draw: st.DrawFn) -> PlanTerms:
    """A loan of up to six instalments."""
    period = draw(st.sampled_from([Cycle(months=1), Cycle(days=14), Cycle(days=7)]))
    rules = PlanRules(
        method=draw(st.sampled_from(METHODS)),
        period=period,
        interest_by=draw(st.sampled_from(InterestBy)) if period.months else InterestBy.DAYS,
        day_count=draw(st.sampled_from([DayCount.ACT_360, DayCount.ACT_365, DayCount.THIRTY_E_360])),
    )
    return PlanTerms(
        rules=rules,
        principal_fen=draw(st.integers(1_000, 10**9)),
        rate=draw(RATES),
        start=START,
        first_due=period.after(START),
        count=draw(st.integers(1, 6)),
    )


@st.composite
def costs(draw: st.DrawFn, plain: bool) -> dict[str, int]:
    """What being overdue costs on a loan; days of grace are fewer than those of a period."""
    return {
        "penalty_rate_nano": draw(st.sampled_from([0, 108_000_000, 180_000_000, 36_500_001])),
        "overdue_interest_rate_nano": 0 if plain else draw(st.sampled_from([0, 72_000_000])),
        "interest_bears_penalty": draw(st.integers(0, 1)),
        "penalty_basis": draw(st.sampled_from([360, 365])),
        "grace_days": draw(st.sampled_from([0, 0, 1, 3, 6])),
        "grace_is_charged": draw(st.integers(0, 1)),
    }


def day_of(number: int) -> date:
    """Return the day so many days after the pay-out."""
    return START + timedelta(days=number)
