"""How a planned amount of an instalment came about (计划金额算法): found by its formula, and compared.

After an event that plans, each row is computed again from the numbers its formula takes. Where the formula of
the way of repaying gives what stands there, it is the step's; else the step says that the plan states it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from creditloop.book.explaining.steps import How, Step, Term, rounded
from creditloop.book.explaining.trace import Moment, Trace
from creditloop.book.interest import year_fraction
from creditloop.book.loans import (
    Charged,
    ChargedBack,
    CreditRefunded,
    Disbursed,
    InterestMethod,
    LoanTerms,
    Part,
    Prepaid,
    RateReset,
    Reaged,
    Reamortised,
    Rescheduled,
    Restructured,
)
from creditloop.book.loans.rows import OpenRow, RowKind
from creditloop.book.plan import RepaymentMethod

_PLANNED = (RowKind.INSTALMENT, RowKind.REAGED)
_PLANNING = (Disbursed, Prepaid, RateReset, Reaged, Reamortised, Rescheduled, Restructured)
_Found = tuple[How, int, tuple[Term, ...], int, int]
"""How, what the formula gives, its products, what is added to them as it stands, over how many places."""


def planned_step(trace: Trace, moment: Moment, place: int, part: Part) -> Step | None:
    """Return what an event changed of what falls due of a part in a row; None if nothing."""
    row = moment.after.rows[place]
    source = moment.came_from[place]
    old = None if source is None or moment.before is None else moment.before.rows[source]
    now, was = row.due_of(part), 0 if old is None else old.due_of(part)
    if now == was:
        return None
    event = moment.event
    how, result, terms, added, places = _found(trace, moment, place, part, now, old)
    if result != now:
        how, terms, added, places = How.STATED, (), 0, 0
    return Step(
        how=how,
        amount=now - was,
        result=now,
        was=was,
        day=event.value_date,
        event_id=event.id,
        terms=terms,
        added=added,
        places=places,
    )


def _found(trace: Trace, moment: Moment, place: int, part: Part, now: int, old: OpenRow | None) -> _Found:
    """Return the formula that gives what stands in a row now, if one is known."""
    event, row = moment.event, moment.after.rows[place]
    if part in (Part.PENALTY, Part.FEE) or not isinstance(event, _PLANNING):
        return _booked(moment, place, part, now, old)
    settled = row.paid[part] + row.waived[part]
    if isinstance(event, Prepaid | Restructured) and row.due == event.value_date:
        return _cut(moment, place, part, now, old)
    if now == settled and old is not None:
        return How.REPLANNED, now, (), settled, 0
    for found in (_interest if part is Part.INTEREST else _principal)(trace, moment, place):
        if found[1] == now - settled:
            return found[0], now, found[2], settled + found[3], found[4]
    return How.STATED, now, (), 0, 0


def _booked(moment: Moment, place: int, part: Part, now: int, old: OpenRow | None) -> _Found:
    """Explain what an event booked or moved that plans nothing of this part."""
    was = 0 if old is None else old.due_of(part)
    if isinstance(moment.event, Charged):
        return How.CHARGED, was + moment.event.amount, (), was + moment.event.amount, 0
    if isinstance(moment.event, ChargedBack | CreditRefunded):
        again = moment.after.rows[place].credited[part] - (0 if old is None else old.credited[part])
        return How.OWED_AGAIN, was + again, (), was + again, 0
    return How.MOVED, now, (), now, 0


def _cut(moment: Moment, place: int, part: Part, now: int, old: OpenRow | None) -> _Found:
    """Explain a row that ends on the event's day: interest to the day, and what was repaid ahead."""
    day, row = moment.event.value_date, moment.after.rows[place]
    if part is Part.PRINCIPAL:
        return How.MOVED, now, (), now, 0
    before = [] if moment.before is None else moment.before.rows
    sources = [one for one in before if one.start < day < one.due] if old is None else [old]
    terms: list[Term] = []
    total = settled = 0 if old is None else row.paid[part] + row.waived[part]
    if old is not None and now == settled:
        return How.REPLANNED, now, (), settled, 0
    for one in sources:
        part_passed = Fraction((day - one.start).days, (one.due - one.start).days)
        term = Term(base=one.due_of(Part.INTEREST), part=part_passed, since=one.start, until=day)
        already = one.paid[Part.INTEREST] + one.waived[Part.INTEREST]
        left = rounded(term.exact, moment.after.terms.scale) - already
        if one.start < day < one.due and left > 0:
            terms.append(term)
            settled -= already
            total += left
    return How.INTEREST_TO_DAY, total, tuple(terms), settled, 0


def _ahead(moment: Moment) -> list[int]:
    """Return the places of the instalments that an event planned: those after its day, all for a new date."""
    rows, event = moment.after.rows, moment.event
    since = event.from_due if isinstance(event, Rescheduled) else event.value_date
    if isinstance(event, Rescheduled) and event.to_due is not None:
        since = min(event.from_due, event.to_due)
    return [
        place
        for place, row in enumerate(rows)
        if row.kind in _PLANNED and (row.due >= since if isinstance(event, Rescheduled) else row.due > since)
    ]


def _balance(rows: Sequence[OpenRow], places: Sequence[int], place: int) -> int:
    """Return the principal outstanding as a row's period begins: what it and the later ones repay."""
    return sum(max(0, rows[one].open_of(Part.PRINCIPAL)) for one in places if one >= place)


def _interest(trace: Trace, moment: Moment, place: int) -> Iterator[_Found]:
    """Give formulas for the interest of a row."""
    rows, terms = moment.after.rows, moment.after.terms
    if (found := _agreed_interest(trace, moment, place)) is not None:
        yield found
    places = _ahead(moment)
    if place not in places:
        return
    if terms.interest_method is InterestMethod.FLAT:
        yield from _flat(moment, places, place)
    balance = _balance(rows, places, place)
    yield _of_spans(terms, _spans(moment, rows[place], balance))


def _agreed_interest(trace: Trace, moment: Moment, place: int) -> _Found | None:
    """Return the formula of an instalment of the plan agreed."""
    plan, event = trace.terms.agreed, moment.event
    if plan is None or not isinstance(event, Disbursed) or place >= len(plan):
        return None
    terms = trace.terms
    start, days = plan.start[place], plan.days[place]
    balance = terms.principal - sum(plan.principal_fen[:place])
    if terms.interest_method is InterestMethod.FLAT:
        balance = terms.principal
    row = OpenRow(start=start, due=start + timedelta(days=days))
    return _of_spans(terms, [(balance, terms.rate, row, row.start, row.due)])


_Span = tuple[int, Decimal, OpenRow, date, date]
"""Balance, yearly rate, the row whose period it is, first day, day after the last."""


def _spans(moment: Moment, row: OpenRow, balance: int) -> list[_Span]:
    """Return a row's period cut where balance or rate changed within it."""
    event, work = moment.event, moment.after
    day, end = event.value_date, max(row.start, row.counted_until or row.due)
    if not row.start < day < end or moment.before is None:
        return [(balance, work.rate, row, row.start, end)]
    if isinstance(event, RateReset):
        return [(balance, moment.before.rate, row, row.start, day), (balance, work.rate, row, day, end)]
    if isinstance(event, Disbursed):
        older = balance - event.amount
        return [(older, work.rate, row, row.start, day), (balance, work.rate, row, day, end)]
    return [(balance, work.rate, row, row.start, end)]


def _of_spans(terms: LoanTerms, spans: Sequence[_Span]) -> _Found:
    products = tuple(
        Term(base=base, rate=rate, part=_part_of_year(terms, row, since, until), since=since, until=until)
        for base, rate, row, since, until in spans
    )
    exact = sum((one.exact for one in products), Fraction(0))
    return How.PERIOD_INTEREST, rounded(exact, terms.scale), products, 0, 0


def _part_of_year(terms: LoanTerms, row: OpenRow, since: date, until: date) -> Fraction:
    """Return the part of a year from one day to another within a row's period."""
    if terms.day_count is not None:
        return Fraction(*year_fraction(start=since, end=until, day_count=terms.day_count))
    cycle = terms.cycle
    whole = Fraction(cycle.months, 12) if cycle.months else Fraction(cycle.days, 365)
    if terms.repayment is RepaymentMethod.BULLET:
        whole *= terms.count
    length = (row.due - row.start).days
    return whole * Fraction((until - since).days, length) if length else whole


def _flat(moment: Moment, places: Sequence[int], place: int) -> Iterator[_Found]:
    """Give the formulas of flat interest: that of the whole loan over its instalments."""
    rows, work = moment.after.rows, moment.after
    bearing = _balance(rows, places, places[0])
    spans = [(bearing, work.rate, rows[one], rows[one].start, rows[one].due) for one in places]
    products = _of_spans(work.terms, spans)[2]
    total = rounded(sum((one.exact for one in products), Fraction(0)), work.terms.scale)
    each = work.terms.scale.divide(total, len(places))
    yield How.FLAT_INTEREST, each, products, 0, len(places)
    yield How.FLAT_INTEREST, total - each * (len(places) - 1), products, 0, len(places)


def _principal(trace: Trace, moment: Moment, place: int) -> Iterator[_Found]:
    """Give formulas for the principal of a row."""
    plan, rows, terms = trace.terms.agreed, moment.after.rows, moment.after.terms
    method, places = terms.repayment, _ahead(moment)
    if isinstance(moment.event, Reaged):
        method = RepaymentMethod.EQUAL_INSTALMENT
    if plan is not None and isinstance(moment.event, Disbursed):
        places = list(range(len(plan)))
    if place not in places:
        return
    balance = _balance(rows, places, place)
    if balance == max(0, rows[place].open_of(Part.PRINCIPAL)):
        yield How.LAST_PRINCIPAL, balance, (), balance, 0
    if method is RepaymentMethod.EQUAL_PRINCIPAL:
        whole = _balance(rows, places, places[0])
        product = Term(base=whole, part=Fraction(1, len(places)))
        yield How.EQUAL_PRINCIPAL, rounded(product.exact, terms.scale), (product,), 0, len(places)
    if method is RepaymentMethod.EQUAL_INSTALMENT:
        interest = rows[place].open_of(Part.INTEREST)
        level = _level(rows, places)
        yield How.LEVEL_PRINCIPAL, level - interest, (Term(base=-interest, part=Fraction(1)),), level, 0


def _level(rows: Sequence[OpenRow], places: Sequence[int]) -> int:
    """Return the instalment that the rows have in common which repay principal, but the last of them."""
    repaying = [rows[one] for one in places if rows[one].open_of(Part.PRINCIPAL) > 0]
    sums = [row.open_of(Part.PRINCIPAL) + row.open_of(Part.INTEREST) for row in repaying[:-1]]
    return max(set(sums), key=sums.count, default=0)
