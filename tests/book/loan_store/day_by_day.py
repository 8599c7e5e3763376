"""A loan closed day by day over columns, beside the replay of its events: both must say the same."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from creditloop.book.day_end import (
    NO_DAY,
    POSITION_COLUMNS,
    Instalments,
    Positions,
    Rules,
    close_day,
    day_number,
)
from creditloop.book.loan_store.rates import overdue_rates, overdue_terms
from creditloop.book.loan_store.standing_rows import Kept, PlanRow, plan_left, position_row
from creditloop.book.loans import LoanEvent, LoanRules, LoanTerms, standing_of

HISTORY = ("version", "next_no", "paid_up_on", "instalments_met", "restructured", "restructured_due", "tier")
"""Columns that a replay does not say: where the plan is stored, what closes of days alone know."""


def column(value: object) -> np.ndarray:
    number = NO_DAY if value == "infinity" else day_number(value) if isinstance(value, date) else value
    return np.array([number], dtype=np.int64)


class LoanDays:
    """One loan in columns; `book` an event of the day before `close` closes it."""

    def __init__(self, terms: LoanTerms, rules: LoanRules, first: LoanEvent) -> None:
        self.terms, self.rules, self.events = terms, rules, [first]
        self.day = first.booked_on
        self.plan: list[PlanRow] = []
        self.kept = overdue_terms(terms=terms, rules=rules)
        self.rates = list(overdue_rates(rules=rules, rate=terms.rate, since=self.day))
        self.at = self._left()

    def book(self, event: LoanEvent) -> None:
        self.events.append(event)
        before = standing_of(terms=self.terms, rules=self.rules, events=self.events[:-1], day=self.day)[1]
        self.at = self._left()
        if self.standing().rate != before.rate:
            since = [rate for rate in self.rates if rate[0] < self.day]
            rate = self.standing().rate
            self.rates = since + list(overdue_rates(rules=self.rules, rate=rate, since=self.day))

    def standing_with(self, event: LoanEvent):
        """Return where an event would leave the loan."""
        events = [*self.events, event]
        return standing_of(terms=self.terms, rules=self.rules, events=events, day=self.day)[1]

    def standing(self, day: date | None = None):
        return standing_of(terms=self.terms, rules=self.rules, events=self.events, day=day or self.day)[1]

    def close(self) -> None:
        """Close the day and check that the replay says the same of it."""
        self.at = close_day(
            self.at, instalments=self._instalments(), rules=self._rules(), day=day_number(self.day)
        ).positions
        self.day += timedelta(days=1)
        said, got = self._said(), {name: int(getattr(self.at, name)[0]) for name in POSITION_COLUMNS}
        different = {name: (got[name], said[name]) for name in said if got[name] != said[name]}
        assert not different, f"{self.day}: columns, replay: {different}"

    def _said(self) -> dict[str, int]:
        """Return what the replay says of the columns, rolled as a close leaves them."""
        standing = self.standing()
        row = self._row(standing)
        said = {name: int(column(value)[0]) for name, value in zip(POSITION_COLUMNS, row, strict=True)}
        return {name: value for name, value in said.items() if name not in HISTORY}

    def _row(self, standing) -> tuple[object, ...]:
        plan = plan_left(standing=standing, stored=self.plan)
        if plan.rows:
            self.plan = [
                PlanRow(
                    version=plan.version,
                    number=number,
                    due=row.due,
                    principal_fen=row.principal,
                    interest_fen=row.interest,
                    period_interest_fen=row.period_interest,
                )
                for number, row in enumerate(plan.rows, start=1)
            ]
        kept = Kept(paid_up_on=self.events[0].booked_on)
        return position_row(loan_no=1, standing=standing, plan=plan, kept=kept, basis=self.kept.basis)

    def _left(self) -> Positions:
        row = self._row(self.standing())
        return Positions(**{name: column(value) for name, value in zip(POSITION_COLUMNS, row, strict=True)})

    def _instalments(self) -> Instalments:
        def each(values: Sequence[int]) -> np.ndarray:
            return np.array(list(values), dtype=np.int64)

        return Instalments(
            loan_no=each([1] * len(self.plan)),
            version=each(row.version for row in self.plan),
            no=each(row.number for row in self.plan),
            due=each(day_number(row.due) for row in self.plan),
            principal_fen=each(row.principal_fen for row in self.plan),
            interest_fen=each(row.interest_fen for row in self.plan),
            period_interest_fen=each(row.period_interest_fen for row in self.plan),
        )

    def _rules(self) -> Rules:
        in_force = [rate for rate in self.rates if rate[0] <= self.day][-1]
        return Rules(
            penalty_rate_nano=column(in_force[1]),
            overdue_interest_rate_nano=column(in_force[2]),
            interest_bears_penalty=column(self.kept.interest_bears_penalty),
            penalty_basis=column(self.kept.basis),
            grace_days=column(self.kept.grace_days),
            grace_is_charged=column(self.kept.grace_is_charged),
        )
