"""The events that lie ahead of a loan: from its terms and from what came in, in the order they are taken."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from creditloop.book.calendars import shift
from creditloop.book.flows.dates import Life, interest_dates, principal_dates, step_dates
from creditloop.book.flows.events import FlowKind, Planned, Unscheduled
from creditloop.book.flows.terms import PrincipalStep, Repayment, Step, Terms
from creditloop.book.interest import ratio

_DAY = timedelta(days=1)
_OUTSIDE_THE_LOAN = frozenset({FlowKind.PURCHASED, FlowKind.OBSERVED})
"""Kinds that may stand before the disbursement."""


def planned_events(
    terms: Terms, *, life: Life, unscheduled: Sequence[Unscheduled], until: date | None
) -> list[Planned]:
    """Return the events after the opening and up to `until`, in the order they are taken."""
    events = [event for part in _PARTS for event in part(terms, life)]
    events += _came_in(terms, life, unscheduled)
    if terms.penalty is not None:
        events += [_fixed(FlowKind.PENALTY_DUE, e.day) for e in events if e.kind is FlowKind.PREPAID]
    wanted = (e for e in events if _lies_ahead(e, terms) and (until is None or _happens_by(e, life, until)))
    return sorted(wanted, key=lambda event: event.place)


def _lies_ahead(event: Planned, terms: Terms) -> bool:
    if event.day <= terms.opened_on:
        return False
    return event.day >= terms.disbursed_on or event.kind in _OUTSIDE_THE_LOAN


def _happens_by(event: Planned, life: Life, until: date) -> bool:
    """Return whether an event happens up to a day; a settlement belongs to its call."""
    settles = life.called_on is not None and event.day == life.last
    return (event.planned_for if settles else event.day) <= until


def _fixed(kind: FlowKind, day: date, *, closes_day: bool = False, amount: int | None = None) -> Planned:
    """Return an event on a day that is never moved; one that closes its day counts the day itself."""
    accrue_to = day + _DAY if closes_day else day
    return Planned(
        kind=kind, day=day, accrue_to=accrue_to, planned_for=day, closes_day=closes_day, amount=amount
    )


def _moved(terms: Terms, kind: FlowKind, planned_for: date) -> Planned:
    """Return an event of a cycle, moved to a business day."""
    day = shift(day=planned_for, convention=terms.convention, business_days=terms.business_days)
    accrue_to = planned_for if terms.accrue_to_planned_day else day
    return Planned(kind=kind, day=day, accrue_to=accrue_to, planned_for=planned_for)


def _on_last_day(terms: Terms, kind: FlowKind, day: date) -> Planned:
    """Return an event of the last day: moved where the day is a due date like the others."""
    if terms.maturity_moves or (terms.maturity is None and not terms.maturity_closes_day):
        return _moved(terms, kind, day)
    return _fixed(kind, day, closes_day=terms.maturity_closes_day)


def _disbursement(terms: Terms, _life: Life) -> Iterator[Planned]:
    yield _fixed(FlowKind.DISBURSED, terms.disbursed_on)


def _end(terms: Terms, life: Life) -> Iterator[Planned]:
    """Give what ends the loan: its last day, or the call and its settlement."""
    if life.called_on is not None and life.last is not None:
        yield _fixed(FlowKind.CALLED, life.called_on)
        yield Planned(kind=FlowKind.SETTLED, day=life.last, accrue_to=life.last, planned_for=life.called_on)
    elif life.last is not None:
        yield _on_last_day(terms, FlowKind.MATURED, life.last)


def _interest(terms: Terms, life: Life) -> Iterator[Planned]:
    paid, added = interest_dates(terms, life=life)
    in_cycle = {day for _, day in step_dates(terms, terms.interest_steps, end=life.end)}
    for day in added:
        if day == terms.capitalised_until and day not in in_cycle:
            yield _fixed(FlowKind.INTEREST_CAPITALISED, day)
        else:
            yield _moved(terms, FlowKind.INTEREST_CAPITALISED, day)
    for day in paid:
        if day != life.end:
            yield _moved(terms, FlowKind.INTEREST_DUE, day)
        elif life.called_on is not None and life.last is not None:
            yield Planned(
                kind=FlowKind.INTEREST_DUE, day=life.last, accrue_to=life.called_on, planned_for=day
            )
        else:
            yield _on_last_day(terms, FlowKind.INTEREST_DUE, day)


def _principal(terms: Terms, life: Life) -> Iterator[Planned]:
    for step, day in step_dates(terms, terms.principal_steps, end=life.end):
        if not isinstance(step, PrincipalStep):
            yield _moved(terms, FlowKind.PRINCIPAL_DUE, day)
            continue
        kind = FlowKind.PRINCIPAL_DRAWN if step.drawn else FlowKind.PRINCIPAL_DUE
        moved = _moved(terms, kind, day)
        yield Planned(
            kind=kind,
            day=moved.day,
            accrue_to=moved.accrue_to,
            planned_for=day,
            amount=step.amount,
        )


def _payment_fixing(terms: Terms, life: Life) -> Iterator[Planned]:
    """Give the first fixing of an equal instalment: the day before the first is due."""
    if terms.repayment is Repayment.EQUAL_INSTALMENT and terms.payment is None:
        first = principal_dates(terms, end=life.end)[0]
        yield _fixed(FlowKind.PAYMENT_FIXED, first - _DAY)


def _rates(terms: Terms, life: Life) -> Iterator[Planned]:
    dated = step_dates(terms, terms.rate_steps, end=life.end)
    ahead = [(step, day) for step, day in dated if day > terms.opened_on]
    for number, (step, day) in enumerate(ahead):
        stated = step.rate if number or step.rate is not None else terms.reset.fixed_rate
        moved = _moved(terms, FlowKind.RATE_RESET if stated is None else FlowKind.RATE_FIXED, day)
        yield Planned(
            kind=moved.kind,
            day=moved.day,
            accrue_to=moved.accrue_to,
            planned_for=day,
            rate=None if stated is None else ratio(stated),
            spread=None if step.spread is None else ratio(step.spread),
        )
        if terms.repayment is Repayment.EQUAL_INSTALMENT and terms.payment is None:
            yield _moved(terms, FlowKind.PAYMENT_FIXED, day)


def _cyclic(
    kind: FlowKind, steps_of: Callable[[Terms], Sequence[Step]], *, include_end: bool = False
) -> Callable[[Terms, Life], Iterator[Planned]]:
    """Return the part that gives events of one kind on the dates of steps."""

    def part(terms: Terms, life: Life) -> Iterator[Planned]:
        wanted = include_end and life.last is not None
        for _, day in step_dates(terms, steps_of(terms), end=life.end, include_end=wanted):
            yield _fixed(kind, day) if day == life.end else _moved(terms, kind, day)

    return part


def _trades(terms: Terms, _life: Life) -> Iterator[Planned]:
    for kind, trade in ((FlowKind.PURCHASED, terms.purchase), (FlowKind.TERMINATED, terms.termination)):
        if trade is not None:
            yield _fixed(kind, trade.day, closes_day=trade.closes_day, amount=trade.price)


def _came_in(terms: Terms, life: Life, unscheduled: Sequence[Unscheduled]) -> Iterator[Planned]:
    """Give what came in; a call stands among the ends already."""
    for event in unscheduled:
        if event.kind is not FlowKind.CALLED and (life.last is None or event.day <= life.last):
            yield _fixed(event.kind, event.day, amount=event.amount)


_PARTS: tuple[Callable[[Terms, Life], Iterator[Planned]], ...] = (
    _disbursement,
    _interest,
    _principal,
    _payment_fixing,
    _rates,
    _cyclic(FlowKind.FEE_DUE, lambda terms: terms.fee_steps, include_end=True),
    _cyclic(FlowKind.BASE_FIXED, lambda terms: terms.base_steps),
    _cyclic(FlowKind.SCALED, lambda terms: terms.scaling_steps),
    _cyclic(FlowKind.PREPAID, lambda terms: terms.prepayment_steps),
    _trades,
    _end,
)
"""Which events when: each part gives some of them from the terms alone."""
