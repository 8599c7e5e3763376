"""When things come due: the dates of every step, and the day on which a loan ends.

Dates here are as planned; moving them to business days is done where events are made of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from creditloop.book.calendars import Cycle, dates_of_cycle, shift
from creditloop.book.flows.events import FlowKind, Unscheduled
from creditloop.book.flows.terms import Notice, PrincipalStep, Repayment, Step, Terms
from creditloop.book.interest import ratio, year_fraction
from creditloop.kernel.errors import InputError

AnyStep = TypeVar("AnyStep", bound=Step)
_PAYMENTS_MAX = 12_000
"""Most payments looked for when a loan says no last day: a thousand years of months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How long a loan lives.

    Attributes:
        end: cycles run up to this day.
        last: the day of the final flow; None if the loan stays open.
        called_on: the day it was called, if that ended it.
    """

    end: date
    last: date | None
    called_on: date | None = None


def life_of(terms: Terms, *, unscheduled: Sequence[Unscheduled], until: date | None) -> Life:
    """Work out when a loan ends: on its last day, after a call, or not before `until`.

    Raises: InputError if it stays open and `until` is not given, or its payments never repay it.
    """
    calls = [event.day for event in unscheduled if event.kind is FlowKind.CALLED]
    if terms.notice is not None and calls and (terms.maturity is None or min(calls) < terms.maturity):
        return _called_life(terms, terms.notice, min(calls))
    if terms.maturity is not None:
        return Life(end=terms.maturity, last=terms.maturity)
    if terms.open_ended or terms.notice is not None:
        if until is None:
            raise InputError("the loan has no last day", expected="a day up to which flows are wanted")
        return Life(end=until, last=None)
    end = terms.amortised_by or _repaid_on(terms)
    return Life(end=end, last=end)


def _called_life(terms: Terms, notice: Notice, called_on: date) -> Life:
    """Return a life that a call ends: settled after the notice, on a business day."""
    settled_on = shift(
        day=notice.settled_on(called_on=called_on),
        convention=terms.convention,
        business_days=terms.business_days,
    )
    return Life(end=called_on, last=settled_on, called_on=called_on)


def _repaid_on(terms: Terms) -> date:
    """Return the day on which the payments have repaid the principal."""
    if terms.repayment is Repayment.STEPPED:
        return _steps_repaid_on(terms)
    if terms.repayment is Repayment.AT_MATURITY or not terms.principal_steps or not terms.payment:
        raise InputError("the loan has no last day, and no payments that lead to one")
    step = terms.principal_steps[0]
    anchor = step.first(disbursed_on=terms.disbursed_on)
    if step.cycle is None:
        return anchor
    passed = 0
    while not _lies_ahead(terms, first := _after(terms, anchor, step.cycle, passed)):
        passed += 1
    repaid = terms.payment
    if terms.pays_total:
        following = step.cycle.after(first)
        part = year_fraction(start=first, end=following, day_count=terms.day_count)
        rate = ratio(terms.rate or Decimal(0))
        below = rate[1] * part[1]
        repaid = terms.payment * below - terms.principal * rate[0] * part[0]
        if repaid <= 0:
            raise InputError("payments do not cover the interest", got=terms.payment)
        return _after(terms, anchor, step.cycle, passed - (-terms.principal * below // repaid) - 1)
    return _after(terms, anchor, step.cycle, passed - (-terms.principal // repaid) - 1)


def _lies_ahead(terms: Terms, day: date) -> bool:
    return day > terms.opened_on and day >= terms.disbursed_on


def _after(terms: Terms, anchor: date, cycle: Cycle, times: int) -> date:
    return cycle.after(anchor, times=times, end_of_month=terms.end_of_month)


def _steps_repaid_on(terms: Terms) -> date:
    """Follow stated principal until nothing is left."""
    left = terms.principal
    for number, (step, day) in enumerate(_endless_dates(terms)):
        if _lies_ahead(terms, day):
            left += step.amount if step.drawn else -step.amount
        if left <= 0:
            return day
        if number > _PAYMENTS_MAX:
            break
    raise InputError("the steps do not repay the loan", got=left, expected=0)


def _endless_dates(terms: Terms) -> Iterator[tuple[PrincipalStep, date]]:
    """Give the dates of stated principal, the last step's without end."""
    steps = [step for step in terms.principal_steps if isinstance(step, PrincipalStep)]
    for number, step in enumerate(steps):
        anchor = step.first(disbursed_on=terms.disbursed_on)
        if number < len(steps) - 1:
            following = steps[number + 1].first(disbursed_on=terms.disbursed_on)
            days = dates_of_cycle(
                anchor=anchor,
                end=following,
                cycle=step.cycle,
                end_of_month=terms.end_of_month,
                include_end=False,
            )
            yield from ((step, day) for day in days)
        elif step.cycle is None:
            yield step, anchor
        else:
            for times in range(_PAYMENTS_MAX + 2):
                yield step, _after(terms, anchor, step.cycle, times)


def step_dates(
    terms: Terms, steps: Sequence[AnyStep], *, end: date, include_end: bool = False
) -> list[tuple[AnyStep, date]]:
    """Return the dates of steps with the step each belongs to; a step holds until the next begins."""
    anchors = [step.first(disbursed_on=terms.disbursed_on) for step in steps]
    dated: list[tuple[AnyStep, date]] = []
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        until = end if last else min(anchors[number + 1], end)
        if step.cycle is None and anchors[number] < until and not (last and include_end):
            days = [anchors[number]]
        else:
            days = dates_of_cycle(
                anchor=anchors[number],
                end=until,
                cycle=step.cycle,
                end_of_month=terms.end_of_month,
                include_end=last and include_end,
            )
        dated += [(step, day) for day in days]
    return dated


def principal_dates(terms: Terms, *, end: date) -> list[date]:
    """Return the dates on which principal comes due, the end included."""
    return [day for _, day in step_dates(terms, terms.principal_steps, end=end, include_end=True)]


def interest_dates(terms: Terms, *, life: Life) -> tuple[list[date], list[date]]:
    """Return the dates on which interest is paid, and those on which it is added to the principal."""
    if terms.rate is None:
        return [], []
    if terms.always_capitalised:
        added = [day for _, day in step_dates(terms, terms.interest_steps, end=life.end)]
        return ([] if life.last is None else [life.end]), added
    days = _paid_dates(terms, life)
    if terms.capitalised_until is None:
        return days, []
    if terms.capitalised_until >= life.end:
        return days[-1:], days[:-1]
    added = [day for day in days if day < terms.capitalised_until]
    return [day for day in days if day > terms.capitalised_until], [*added, terms.capitalised_until]


def _paid_dates(terms: Terms, life: Life) -> list[date]:
    """Return the dates of the interest steps; without any, of payments that hold interest, or the end."""
    include_end = life.last is not None
    steps = terms.interest_steps or (terms.principal_steps if terms.pays_total else ())
    if not steps:
        return [life.end] if include_end else []
    return [day for _, day in step_dates(terms, steps, end=life.end, include_end=include_end)]
