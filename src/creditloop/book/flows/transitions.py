"""What each kind of event does: the amount it moves and the state it leaves.

One small function a kind, found in `TRANSITIONS`. Each is handed the state with interest counted up to the
event, and the part of a year that was counted for it. Amounts are signed as the side says: the lender
receives what is positive. Source: ACTUS technical specification, payoff and state transition functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from creditloop.book.flows.amounts import (
    NOTHING,
    Run,
    disbursed,
    equal_instalment,
    payment_from,
    taken_from,
)
from creditloop.book.flows.events import FlowKind, Planned, State
from creditloop.book.flows.market import minus, reset_rate, times
from creditloop.book.flows.terms import InterestBase, PenaltyKind, Repayment
from creditloop.book.interest import Ratio, ratio
from creditloop.kernel.errors import InputError

Moved = tuple[int, State]
Transition = Callable[[Run, State, Planned, Ratio], Moved]
_DAY = timedelta(days=1)


def _disbursed(run: Run, _state: State, event: Planned, _elapsed: Ratio) -> Moved:
    """Pay the principal out; interest whose first date lies before is counted from there."""
    terms = run.terms
    accrued = NOTHING
    if terms.accrued is not None:
        accrued = (terms.sign * terms.accrued, 1)
    elif terms.interest_steps and terms.rate is not None:
        first = terms.interest_steps[0].first(disbursed_on=terms.disbursed_on)
        if first < event.day:
            owed = times(ratio(terms.rate), run.fraction(first, event.day))
            accrued = times((terms.sign * terms.principal, 1), owed)
    state = disbursed(run, day=event.accrue_to, accrued=accrued, refix_from=event.day)
    return -terms.sign * (terms.principal + terms.discount), state


def _capped(run: Run, wanted: int, outstanding: int) -> int:
    """Return what is wanted, but not more than is outstanding; both are signed as the side says."""
    sign = run.terms.sign
    return sign * min(sign * wanted, max(sign * outstanding, 0))


def _repaid(run: Run, state: State, wanted: int) -> Moved:
    """Take principal off; the base of interest follows where it is the outstanding."""
    principal = state.principal - wanted
    base = principal if run.terms.interest_base is InterestBase.OUTSTANDING else state.base
    return run.scaled(wanted, state.principal_scaling), replace(state, principal=principal, base=base)


def _principal_due(run: Run, state: State, event: Planned, _elapsed: Ratio) -> Moved:
    """Repay the stated amount, or the payment, less the interest in it where it holds some."""
    if event.amount is not None:
        wanted = run.terms.sign * event.amount
    elif state.payment is None:
        raise InputError("principal is due and no payment is fixed", got=event.day)
    else:
        wanted = state.payment - (run.whole(state.accrued) if run.terms.pays_total else 0)
    return _repaid(run, state, _capped(run, wanted, state.principal))


def _principal_drawn(run: Run, state: State, event: Planned, _elapsed: Ratio) -> Moved:
    return _repaid(run, state, -run.terms.sign * (event.amount or 0))


def _prepaid(run: Run, state: State, event: Planned, _elapsed: Ratio) -> Moved:
    """Repay early; the payment is refixed where the terms say that instalments shrink."""
    terms = run.terms
    if event.amount is None:
        seen = run.market.value_on(terms.prepayment_index, day=event.planned_for)
        wanted = terms.sign * run.whole((seen[0] * terms.scale.one, seen[1]))
    else:
        wanted = terms.sign * event.amount
    amount, after = _repaid(run, state, _capped(run, wanted, state.principal))
    if terms.refix_after_prepayment:
        after = replace(after, payment=payment_from(run, after, day=event.day + _DAY))
    return amount, after


def _penalty_due(run: Run, state: State, event: Planned, elapsed: Ratio) -> Moved:
    terms = run.terms
    assert terms.penalty is not None  # planned only where the terms have one
    if terms.penalty.kind is PenaltyKind.AMOUNT:
        return terms.sign * terms.penalty.amount, state
    rate = ratio(terms.penalty.rate)
    if terms.penalty.kind is PenaltyKind.INTEREST_DIFFERENCE:
        difference = minus(state.rate, run.market.value_on(terms.reset.index, day=event.day))
        rate = difference if difference[0] > 0 else NOTHING
    return run.whole(times((state.principal, 1), times(rate, elapsed))), state


def _fee_due(run: Run, state: State, _event: Planned, _elapsed: Ratio) -> Moved:
    fee = run.terms.fee
    if fee is None:
        raise InputError("a fee is due and the terms state none")
    if fee.amount is not None:
        return run.terms.sign * fee.amount, state
    amount = run.whole(state.fee_accrued)
    return amount, replace(state, fee_accrued=_left(run, state.fee_accrued, amount))


def _left(run: Run, owed: Ratio, paid: int) -> Ratio:
    """Return the remainder of rounding, if it is carried."""
    return taken_from(owed, paid) if run.terms.carry_remainders else NOTHING


def _interest_due(run: Run, state: State, _event: Planned, _elapsed: Ratio) -> Moved:
    owed = state.accrued if state.settling is None else state.settling
    amount = run.whole(owed)
    after = replace(state, accrued=_left(run, owed, amount), settling=None)
    scaled = run.whole(times(owed, state.interest_scaling))
    return scaled, after


def _interest_capitalised(run: Run, state: State, _event: Planned, _elapsed: Ratio) -> Moved:
    added = run.whole(state.accrued)
    after = replace(state, accrued=_left(run, state.accrued, added))
    return 0, _repaid(run, after, -added)[1]


def _called(run: Run, state: State, event: Planned, _elapsed: Ratio) -> Moved:
    """Fix the interest owed, where settlement comes later: nothing more is counted until then."""
    if run.life.last == event.day:
        return 0, state
    return 0, replace(state, settling=state.accrued, accrued=NOTHING)


def _defaulted(_run: Run, state: State, _event: Planned, _elapsed: Ratio) -> Moved:
    return 0, replace(state, performing=False)


def _rate_fixed(run: Run, state: State, event: Planned, _elapsed: Ratio) -> Moved:
    assert event.rate is not None  # planned so
    return 0, _with_rate(run, state, event, event.rate)


def _with_rate(run: Run, state: State, event: Planned, rate: Ratio) -> State:
    """Set the rate; an equal instalment follows it, also one that the terms stated."""
    changed = replace(state, rate=rate)
    if run.terms.repayment is not Repayment.EQUAL_INSTALMENT:
        return changed
    return replace(changed, payment=equal_instalment(run, changed, day=event.planned_for + _DAY))


def _rate_reset(run: Run, state: State, event: Planned, _elapsed: Ratio) -> Moved:
    """Read the market on the planned day, wherever the event was moved to."""
    reset = run.terms.reset
    observed = run.market.value_on(reset.index, day=event.planned_for)
    rate = reset_rate(observed=observed, spread=event.spread, current=state.rate, reset=reset)
    return 0, _with_rate(run, state, event, rate)


def _payment_fixed(run: Run, state: State, event: Planned, _elapsed: Ratio) -> Moved:
    return 0, replace(state, payment=equal_instalment(run, state, day=event.planned_for + _DAY))


def _purchased(run: Run, state: State, event: Planned, _elapsed: Ratio) -> Moved:
    return -run.terms.sign * ((event.amount or 0) + run.whole(state.accrued)), state


def _terminated(run: Run, state: State, event: Planned, _elapsed: Ratio) -> Moved:
    return run.terms.sign * ((event.amount or 0) + run.whole(state.accrued)), _nothing_left(state)


def _nothing_left(state: State) -> State:
    return replace(state, principal=0, base=0, accrued=NOTHING, fee_accrued=NOTHING)


def _scaled(run: Run, state: State, event: Planned, _elapsed: Ratio) -> Moved:
    scaling = run.terms.scaling
    assert scaling is not None  # the terms have dates of it
    start = ratio(scaling.index_at_start)
    factor = times(run.market.value_on(scaling.index, day=event.planned_for), (start[1], start[0]))
    return 0, replace(
        state,
        interest_scaling=factor if scaling.scales_interest else state.interest_scaling,
        principal_scaling=factor if scaling.scales_principal else state.principal_scaling,
    )


def _base_fixed(_run: Run, state: State, _event: Planned, _elapsed: Ratio) -> Moved:
    return 0, replace(state, base=state.principal)


def _matured(run: Run, state: State, _event: Planned, _elapsed: Ratio) -> Moved:
    return run.scaled(state.principal, state.principal_scaling), _nothing_left(state)


def _observed(_run: Run, state: State, _event: Planned, _elapsed: Ratio) -> Moved:
    return 0, state


TRANSITIONS: Mapping[FlowKind, Transition] = {
    FlowKind.DISBURSED: _disbursed,
    FlowKind.FEE_DUE: _fee_due,
    FlowKind.PRINCIPAL_DUE: _principal_due,
    FlowKind.PRINCIPAL_DRAWN: _principal_drawn,
    FlowKind.PENALTY_DUE: _penalty_due,
    FlowKind.PREPAID: _prepaid,
    FlowKind.CALLED: _called,
    FlowKind.INTEREST_DUE: _interest_due,
    FlowKind.INTEREST_CAPITALISED: _interest_capitalised,
    FlowKind.DEFAULTED: _defaulted,
    FlowKind.RATE_FIXED: _rate_fixed,
    FlowKind.RATE_RESET: _rate_reset,
    FlowKind.PAYMENT_FIXED: _payment_fixed,
    FlowKind.PURCHASED: _purchased,
    FlowKind.TERMINATED: _terminated,
    FlowKind.SCALED: _scaled,
    FlowKind.BASE_FIXED: _base_fixed,
    FlowKind.SETTLED: _matured,
    FlowKind.MATURED: _matured,
    FlowKind.OBSERVED: _observed,
}
