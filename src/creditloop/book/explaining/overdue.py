"""What being overdue cost, day by day (罚息逐日计算): base, rate, the part of a fen carried, the charge.

This computes the days again from how the rows stood at the beginning of each moment, by the rule as it is
written in `docs/loans.md`; the replay charges the same, and whoever explains an amount compares the two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from creditloop.book.explaining.steps import How, Step, Term
from creditloop.book.explaining.trace import Moment, Trace
from creditloop.book.interest import Ratio, year_fraction
from creditloop.book.loans import Part, PenaltyBase, PenaltyVariant
from creditloop.book.loans.rows import OpenRow, Working

OVERDUE_PARTS = (Part.PENALTY, Part.INTEREST)
"""As what being overdue is charged, in the order in which its two rates stand."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueStep:
    """A step of a row on a day: `place` is the row's in its moment; `part` what it is charged as."""

    place: int
    part: Part
    step: Step


@dataclass(slots=True)
class _Costs:
    """What is carried and what waits, while the days of a moment are gone through."""

    carried: list[Fraction]
    grace_from: date | None
    waiting: dict[tuple[int, int], Fraction] = field(default_factory=dict)


def overdue_steps(trace: Trace, moment: Moment) -> list[OverdueStep]:
    """Return what each day of a moment cost on each row; days that wait in grace are among them, at 0."""
    work = moment.after
    if work.written_off or not trace.rules.penalties:
        return []
    costs = _Costs([Fraction(*each) for each in work.overdue_carried], work.grace_from)
    for place, row in enumerate(work.rows):
        for of in range(len(OVERDUE_PARTS)):
            costs.waiting[place, of] = Fraction(*row.overdue_waiting[of])
    found: list[OverdueStep] = []
    day = moment.event.value_date
    while day < moment.until:
        variant = _in_force(trace.rules.penalties, day)
        places = [place for place, row in enumerate(work.rows) if row.due <= day and _is_overdue(row)]
        if variant is not None and places:
            found.extend(_day(work, costs, variant, places, day))
        day += _ONE_DAY
    return found


def _is_overdue(row: OpenRow) -> bool:
    return row.open_of(Part.PRINCIPAL) > 0 or row.open_of(Part.INTEREST) > 0


def _in_force(variants: Sequence[PenaltyVariant], day: date) -> PenaltyVariant | None:
    held = [variant for variant in variants if variant.valid_from <= day]
    return held[-1] if held else None


def _day(
    work: Working, costs: _Costs, variant: PenaltyVariant, places: Sequence[int], day: date
) -> Iterator[OverdueStep]:
    """Charge one day, or let it wait while the loan's days of grace run."""
    oldest = min(row.due for row in work.rows if row.due <= day and row.open_units > 0)
    if costs.grace_from != oldest:
        costs.grace_from, costs.waiting = None, {}
    part = year_fraction(start=day, end=day + _ONE_DAY, day_count=variant.day_count)
    rates = variant.rates(work.rate)
    terms = {
        (place, of): _term(work.rows[place], variant, rates[of], part, day)
        for place in places
        for of in range(len(OVERDUE_PARTS))
    }
    if day < oldest + timedelta(days=variant.grace_days):
        costs.grace_from = oldest
        for (place, of), term in terms.items():
            costs.waiting[place, of] = costs.waiting.get((place, of), Fraction(0)) + term.exact
            if term.exact:
                step = Step(how=How.GRACE_WAITS, amount=0, day=day, terms=(term,))
                yield OverdueStep(place=place, part=OVERDUE_PARTS[of], step=step)
        return
    if costs.grace_from is not None:
        if variant.grace_is_charged:
            waited = {
                key: Term(base=1, part=costs.waiting.get(key, Fraction(0)), since=oldest, until=day)
                for key in terms
            }
            yield from _charged(costs, waited, day, How.GRACE_OVER)
        costs.grace_from, costs.waiting = None, {}
    yield from _charged(costs, terms, day, How.OVERDUE_DAY)


def _term(row: OpenRow, variant: PenaltyVariant, rate: Decimal, part: Ratio, day: date) -> Term:
    base = row.open_of(Part.PRINCIPAL)
    if variant.base is PenaltyBase.OVERDUE_PRINCIPAL_AND_INTEREST:
        base += row.own_interest_open
    return Term(base=base, rate=rate, part=Fraction(*part), since=day, until=day + _ONE_DAY)


def _charged(costs: _Costs, terms: dict[tuple[int, int], Term], day: date, how: How) -> Iterator[OverdueStep]:
    """Add costs to the loan's running totals, oldest row first; charge the whole units they grow by."""
    for of, part in enumerate(OVERDUE_PARTS):
        for (place, other), term in terms.items():
            if other != of or not term.exact:
                continue
            carried = costs.carried[of]
            units, rest = divmod(carried + term.exact, 1)
            costs.carried[of] = rest
            step = Step(
                how=how, amount=int(units), result=int(units), day=day, terms=(term,), carried=(carried, rest)
            )
            yield OverdueStep(place=place, part=part, step=step)
