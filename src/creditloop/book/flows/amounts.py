"""Amounts between events: interest accrued, the state at the opening, the payment that repays a loan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from creditloop.book.calendars import Stub
from creditloop.book.flows.dates import Life, interest_dates, principal_dates, step_dates
from creditloop.book.flows.events import State
from creditloop.book.flows.market import Market, minus, plus, times
from creditloop.book.flows.terms import Repayment, Step, Terms
from creditloop.book.interest import Ratio, divide, level_instalment, ratio, year_fraction

NOTHING: Ratio = (0, 1)
_WHOLE: Ratio = (1, 1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every event of one loan is worked out with."""

    terms: Terms
    market: Market
    life: Life

    def fraction(self, start: date, end: date) -> Ratio:
        """Return the part of a year between two days by the terms' day count."""
        maturity = self.terms.maturity or self.life.end
        return year_fraction(start=start, end=end, day_count=self.terms.day_count, maturity=maturity)

    def counted_to(self, day: date) -> date:
        """Return the day up to which interest is counted for what comes due on a day, itself not counted."""
        return day + _DAY if self.terms.maturity_closes_day and day == self.life.last else day

    def whole(self, amount: Ratio) -> int:
        """Round an exact amount to units; the one place where it is done."""
        return divide(numerator=amount[0], denominator=amount[1], rounding=self.terms.scale.rounding)

    def scaled(self, units: int, scaling: Ratio) -> int:
        """Return units multiplied by an index's ratio, rounded."""
        return units if scaling == _WHOLE else self.whole((units * scaling[0], scaling[1]))


def accrue(run: Run, state: State, day: date) -> tuple[State, Ratio]:
    """Count interest and fees up to a day; return the state and the part of a year counted.

    A day that was counted already adds nothing. Between a call and its settlement nothing is counted.
    """
    if day <= state.accrued_to:
        return state, NOTHING
    elapsed = run.fraction(state.accrued_to, day)
    if state.settling is not None:
        return replace(state, accrued_to=day), NOTHING
    grown = plus(state.accrued, times((state.base, 1), times(state.rate, elapsed)))
    fee = run.terms.fee
    fee_accrued = state.fee_accrued
    if fee is not None and fee.rate is not None:
        fee_accrued = plus(fee_accrued, times((state.principal, 1), times(ratio(fee.rate), elapsed)))
    return replace(state, accrued=grown, fee_accrued=fee_accrued, accrued_to=day), elapsed


def before_disbursement(terms: Terms) -> State:
    """Return the state of a loan that is agreed and not paid out."""
    return State(
        principal=0,
        base=0,
        rate=NOTHING,
        accrued=NOTHING,
        fee_accrued=NOTHING,
        accrued_to=terms.opened_on,
        payment=None,
    )


def disbursed(run: Run, *, day: date, accrued: Ratio, refix_from: date) -> State:
    """Return the state with all of the principal out and its payment fixed.

    Args:
        accrued: interest accrued already, units.
        refix_from: payments due on or after this day repay it.
    """
    terms = run.terms
    principal = terms.sign * terms.principal
    state = State(
        principal=principal,
        base=_first_base(terms),
        rate=ratio(terms.rate or Decimal(0)),
        accrued=accrued,
        fee_accrued=NOTHING,
        accrued_to=day,
        payment=None,
    )
    state = replace(state, payment=payment_from(run, state, day=refix_from))
    if terms.scaling is None:
        return state
    return replace(
        state,
        interest_scaling=ratio(terms.scaling.interest_at_opening),
        principal_scaling=ratio(terms.scaling.principal_at_opening),
    )


def _first_base(terms: Terms) -> int:
    """Return the amount that bears interest from the disbursement or opening on: as stated, or all of it."""
    amount = terms.principal if terms.interest_base_amount is None else terms.interest_base_amount
    return terms.sign * amount


def opening(run: Run) -> State:
    """Return the state at the end of the opening day."""
    terms = run.terms
    if terms.disbursed_on > terms.opened_on:
        return before_disbursement(terms)
    accrued = _accrued_at_opening(run)
    return disbursed(run, day=terms.opened_on, accrued=accrued, refix_from=terms.opened_on + _DAY)


def _accrued_at_opening(run: Run) -> Ratio:
    """Return the interest since it was last due, or what the terms state."""
    terms = run.terms
    if terms.accrued is not None:
        return (terms.sign * terms.accrued, 1)
    paid, _ = interest_dates(terms, life=run.life)
    last = max((day for day in paid if day < terms.opened_on), default=_since_disbursement(terms))
    if last is None or terms.rate is None:
        return NOTHING
    elapsed = run.fraction(last, terms.opened_on)
    return times((terms.sign * terms.principal, 1), times(ratio(terms.rate), elapsed))


def _since_disbursement(terms: Terms) -> date | None:
    """Return the disbursement, unless a step states its first date: then interest counts from the opening."""
    anchored = any(step.anchor is not None for step in terms.interest_steps)
    return None if anchored or terms.always_capitalised else terms.disbursed_on


def payment_from(run: Run, state: State, *, day: date) -> int | None:
    """Return the payment for what comes due on or after a day, signed; None if there is none of one size."""
    terms = run.terms
    if terms.payment is not None:
        return terms.sign * terms.payment
    if terms.repayment is Repayment.EQUAL_PRINCIPAL:
        return equal_principal(run, state, day=day)
    if terms.repayment is Repayment.EQUAL_INSTALMENT:
        return equal_instalment(run, state, day=day)
    return None


def equal_principal(run: Run, state: State, *, day: date) -> int:
    """Return the principal that comes due each time: the outstanding over the periods left.

    A period that is only begun counts, also where it is joined to the one before it as a long stub.
    """
    begun = [_with_short_stub(step) for step in run.terms.principal_steps]
    dated = step_dates(run.terms, begun, end=run.life.end, include_end=True)
    return run.whole((state.principal, max(sum(due >= day for _, due in dated), 1)))


def _with_short_stub(step: Step) -> Step:
    return step if step.cycle is None else replace(step, cycle=replace(step.cycle, stub=Stub.SHORT))


def equal_instalment(run: Run, state: State, *, day: date) -> int:
    """Return the instalment that repays principal and interest on the dates left (等额本息).

    The first date bears what is accrued and what accrues until then, the others their period's interest.
    Source: ACTUS technical specification, annuity amount function.
    """
    end = run.terms.amortised_by or run.life.end
    left = [run.counted_to(due) for due in principal_dates(run.terms, end=end) if due >= day]
    if not left or state.principal == 0:
        return state.principal
    at_first, _ = accrue(run, state, left[0])
    first = (at_first.accrued[0], at_first.accrued[1] * state.principal)
    factors = [_above_zero(first), *_period_factors(run, state.rate, left)]
    return level_instalment(units=state.principal, factors=factors, rounding=run.terms.scale.rounding)


def _period_factors(run: Run, rate: Ratio, dates: Sequence[date]) -> list[Ratio]:
    """Return the interest of one unit over each period between dates."""
    parts = [run.fraction(start, end) for start, end in pairwise(dates)]
    return [(rate[0] * part[0], rate[1] * part[1]) for part in parts]


def _above_zero(value: Ratio) -> Ratio:
    return value if value[1] > 0 else (-value[0], -value[1])


def taken_from(amount: Ratio, paid: int) -> Ratio:
    """Return what is left of an exact amount when whole units of it are paid."""
    return minus(amount, (paid, 1))
