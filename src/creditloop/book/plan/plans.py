"""A loan's plan (还款计划): what is due when, in columns of whole fen.

The loops go over integers alone: the interest of a period is balance × numerator / denominator, divided
once. What the instalments before it leave the last one pays, so principal always adds up to the loan.
"""

from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise
from operator import sub

from creditloop.book.plan.methods import divided
from creditloop.book.plan.periods import interest_factors, moved_due_dates, planned_due_dates
from creditloop.book.plan.terms import PlanTerms, RepaymentMethod
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import FEN_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """One row of a plan (期).

    Attributes:
        nr: from 1.
        start: first day of its interest period.
        due: the date it is due, moved to a business day if the rules move it.
        days: actual days of its interest period.
        principal_fen, interest_fen: what it pays, >= 0.
        balance_fen: principal still owed after it.
    """

    nr: int
    start: date
    due: date
    days: int
    principal_fen: int
    interest_fen: int
    balance_fen: int

    @property
    def amount_fen(self) -> int:
        """What is due: principal and interest."""
        return self.principal_fen + self.interest_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Instalments as columns of equal length; see `Instalment` for what they hold.

    sum(principal_fen) is the loan, no amount is negative, and the last balance is 0.
    """

    start: tuple[date, ...]
    due: tuple[date, ...]
    days: tuple[int, ...]
    principal_fen: tuple[int, ...]
    interest_fen: tuple[int, ...]
    balance_fen: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.due)

    @property
    def total_interest_fen(self) -> int:
        """Interest of all instalments."""
        return sum(self.interest_fen)

    def instalments(self) -> tuple[Instalment, ...]:
        """Return the rows, in order."""
        columns = (self.start, self.due, self.days, self.principal_fen, self.interest_fen, self.balance_fen)
        return tuple(
            Instalment(
                nr=nr, start=start, due=due, days=days, principal_fen=principal, interest_fen=interest,
                balance_fen=balance,
            )
            for nr, (start, due, days, principal, interest, balance) in enumerate(
                zip(*columns, strict=True), start=1
            )
        )  # fmt: skip


def plan_of(terms: PlanTerms) -> Plan:
    """Return the plan of a loan's terms.

    Raises: InputError if steps repay more than the loan, a fixed payment does not cover its interest, or a
        business-day rule moves the first due date to before the loan, or all of it does not fit the book.
    """
    rules = terms.rules
    planned = planned_due_dates(
        first_due=terms.first_due, period=rules.period, count=terms.count, due_day=terms.due_day
    )
    due = moved_due_dates(terms, planned)
    ends = planned if rules.accrue_to_planned_day else due
    starts = [terms.start, *ends[:-1]]
    days = [after - before for before, after in pairwise([day.toordinal() for day in (terms.start, *ends)])]
    factors, denominator = interest_factors(terms=terms, starts=starts, ends=ends, days=days)
    if rules.method is RepaymentMethod.BULLET:
        starts, due, days, factors = starts[:1], due[-1:], [sum(days)], [sum(factors)]
    principal, interest = divided(terms, factors, denominator)
    if terms.principal_fen + sum(interest) > FEN_MAX:
        raise InputError("the loan with its interest does not fit the book", expected=f"<= {FEN_MAX} fen")
    size = len(principal)
    return Plan(
        start=tuple(starts[:size]),
        due=tuple(due[:size]),
        days=tuple(days[:size]),
        principal_fen=tuple(principal),
        interest_fen=tuple(interest),
        balance_fen=tuple(accumulate(principal, sub, initial=terms.principal_fen))[1:],
    )
