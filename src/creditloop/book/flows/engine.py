"""The engine: terms, market and what came in, turned into dated flows with the state after each."""

from collections.abc import Iterator, Sequence
from datetime import date

from creditloop.book.flows.amounts import Run, accrue, opening
from creditloop.book.flows.dates import life_of
from creditloop.book.flows.events import ENDINGS, Flow, FlowKind, Planned, State, Unscheduled
from creditloop.book.flows.market import NO_MARKET, Market
from creditloop.book.flows.planning import planned_events
from creditloop.book.flows.terms import Terms
from creditloop.book.flows.transitions import TRANSITIONS
from creditloop.kernel.errors import InputError


def flows(
    *,
    terms: Terms,
    market: Market = NO_MARKET,
    unscheduled: Sequence[Unscheduled] = (),
    until: date | None = None,
) -> list[Flow]:
    """Work out every flow of a loan after its opening, in order.

    Args:
        market: series that rate resets, scaling and planned prepayments read.
        unscheduled: what happened without being planned, in any order.
        until: the last day wanted; a loan without a last day needs it.
    Returns: flows up to the end of the loan; those before a purchase are not the buyer's and left out.
    Raises: InputError if the terms do not lead to flows, naming what is missing.
    """
    run = _run(terms, market, unscheduled, until)
    result: list[Flow] = []
    for event, amount, state in _walk(run, unscheduled, until):
        if event.kind is FlowKind.PURCHASED:
            result.clear()
        result.append(_flow(run, event, amount, state))
    return result


def standing(
    *,
    terms: Terms,
    day: date,
    market: Market = NO_MARKET,
    unscheduled: Sequence[Unscheduled] = (),
) -> State:
    """Return what a loan stands at when a day is over, with interest counted up to that day.

    Raises: InputError if the day lies before the opening, or the terms do not lead to flows.
    """
    if day < terms.opened_on:
        raise InputError("the loan was not open then", got=day, expected=f">= {terms.opened_on}")
    run = _run(terms, market, unscheduled, day)
    state = opening(run)
    for _, _, after in _walk(run, unscheduled, day):
        state = after
    return accrue(run, state, day)[0]


def _run(terms: Terms, market: Market, unscheduled: Sequence[Unscheduled], until: date | None) -> Run:
    return Run(terms=terms, market=market, life=life_of(terms, unscheduled=unscheduled, until=until))


def _walk(
    run: Run, unscheduled: Sequence[Unscheduled], until: date | None
) -> Iterator[tuple[Planned, int, State]]:
    """Take one event after the other, to the end of the loan."""
    state = opening(run)
    for event in planned_events(run.terms, life=run.life, unscheduled=unscheduled, until=until):
        amount, state = _step(run, state, event)
        yield event, amount, state
        if event.kind in ENDINGS:
            return


def _step(run: Run, state: State, event: Planned) -> tuple[int, State]:
    """Count interest up to the event, then let it happen; nothing is paid after a default."""
    counted, elapsed = accrue(run, state, event.accrue_to)
    amount, after = TRANSITIONS[event.kind](run, counted, event, elapsed)
    return (amount if state.performing else 0), after


def _flow(run: Run, event: Planned, amount: int, state: State) -> Flow:
    return Flow(
        kind=event.kind,
        day=event.day,
        amount=amount,
        principal=state.principal,
        rate=state.rate,
        accrued=run.whole(state.accrued),
        closes_day=event.closes_day,
    )
