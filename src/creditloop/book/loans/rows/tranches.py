"""How a payment to the borrower becomes rows: the first one makes the plan, further ones raise it."""

from datetime import date, timedelta

from creditloop.book.interest import Ratio
from creditloop.book.loans.rows.instalments import added, factor_of, fill, rows_between, to_multiple
from creditloop.book.loans.rows.open_row import OpenRow, RowKind
from creditloop.book.loans.rows.working import Working
from creditloop.book.loans.rules import Part
from creditloop.book.loans.terms import InterestMethod, LevelChange, LoanTerms
from creditloop.book.plan import Plan
from creditloop.kernel.errors import StateError


def add_tranche(*, work: Working, day: date, units: int) -> int:
    """Plan the repayment of a tranche paid out on a day; return its down payment."""
    if work.terms.agreed is not None:
        _agreed_rows(work, work.terms.agreed, day, units)
        return 0
    down = down_payment_of(terms=work.terms, units=units)
    if not work.planned:
        _first_rows(work, day, units - down)
    else:
        _raise_rows(work, day, units - down)
    if down:
        row = OpenRow(start=day, due=day, kind=RowKind.DOWN_PAYMENT)
        row.planned[Part.PRINCIPAL] = down
        work.insert(row)
    return down


def _agreed_rows(work: Working, plan: Plan, day: date, units: int) -> None:
    """Take the plan agreed as it is; it is one of one pay-out."""
    if work.planned or (day, units) != (work.terms.start, work.terms.principal):
        raise StateError(
            "the plan agreed is one of another pay-out",
            got=f"{units} on {day}" + (", a further tranche" if work.planned else ""),
            expected=f"{work.terms.principal} on {work.terms.start}, once",
        )
    work.planned, start = True, day
    ends = [first + timedelta(days=days) for first, days in zip(plan.start, plan.days, strict=True)]
    last = max(range(len(ends)), key=lambda number: ends[number].day)
    work.anchor = ends[last], last
    work.level_units, work.level_count = units, len(plan)
    for number, due in enumerate(plan.due):
        row = OpenRow(start=start, due=due, counted_until=ends[number] if ends[number] != due else None)
        row.planned[Part.PRINCIPAL] = plan.principal_fen[number]
        row.planned[Part.INTEREST] = plan.interest_fen[number]
        start = due
        work.insert(row)


def down_payment_of(*, terms: LoanTerms, units: int) -> int:
    """Return the part of a tranche that is due at once, rounded to the terms' multiple."""
    above, below = terms.down_payment.as_integer_ratio()
    exact = terms.scale.divide(units * above, below)
    return to_multiple(units=exact, multiple=terms.multiple, rounding=terms.scale.rounding)


def _first_rows(work: Working, day: date, units: int) -> None:
    terms = work.terms
    dues = [terms.cycle.after(day, times=number) for number in range(1, terms.count + 1)]
    rows = rows_between(terms=terms, start=day, dues=dues)
    factors = [factor_of(terms=terms, rate=work.rate, row=row) for row in rows]
    fill(rows=rows, units=units, terms=terms, factors=factors, rate=work.rate, first=True)
    work.planned, work.anchor = True, (day, -1)
    work.level_units, work.level_count = units, terms.count - terms.grace_principal
    for row in rows:
        work.insert(row)


def _raise_rows(work: Working, day: date, units: int) -> None:
    terms = work.terms
    rows = [
        row
        for row in work.rows
        if row.kind is RowKind.INSTALMENT
        and (row.due > day or (row.due == day and terms.tranche_joins_due_day))
    ]
    if not rows:
        raise StateError(
            "no instalment is left for a tranche", got=day, expected="a day before the last due date"
        )
    balance = sum(row.planned[Part.PRINCIPAL] for row in rows)
    work.level_units += units
    if terms.level_change is LevelChange.BY_COUNT:
        _by_count(work, rows, balance, units, day)
    else:
        factors = [_factor_on(work, row, day, balance, units) for row in rows]
        fill(
            rows=rows,
            units=balance + units,
            terms=terms,
            factors=factors,
            rate=work.rate,
            beyond_settled=False,
        )
    _keep_settled(rows, day)


def _keep_settled(rows: list[OpenRow], day: date) -> None:
    """Leave to each row what is settled in it already; the last open ones plan as much less."""
    for part in (Part.PRINCIPAL, Part.INTEREST):
        surplus = sum(max(0, -row.open_of(part)) for row in rows)
        for row in reversed(rows):
            taken = min(surplus, max(0, row.open_of(part)))
            row.planned[part] += max(0, -row.open_of(part)) - taken
            surplus -= taken
    for row in rows:
        row.note(day)


def _factor_on(work: Working, row: OpenRow, day: date, balance: int, units: int) -> Ratio:
    """Return a row's factor on the raised balance; before the tranche's day only the old bore interest."""
    if row.start >= day:
        return factor_of(terms=work.terms, rate=work.rate, row=row)
    before = factor_of(terms=work.terms, rate=work.rate, row=row, end=min(day, row.due))
    old = before[0] * balance, before[1] * (balance + units)
    if row.due <= day:
        return old
    return added(old, factor_of(terms=work.terms, rate=work.rate, row=row, start=day))


def _by_count(work: Working, rows: list[OpenRow], balance: int, units: int, day: date) -> None:
    """Give each row what was paid out by the number of instalments; the last takes what is missing."""
    terms = work.terms
    flat = terms.interest_method is InterestMethod.FLAT
    old = work.level_units - units if flat else balance
    balance += units
    each = to_multiple(
        units=terms.scale.divide(work.level_units, work.level_count),
        multiple=terms.multiple,
        rounding=terms.scale.rounding,
    )
    for number, row in enumerate(rows):
        principal = balance if number == len(rows) - 1 else min(each, balance)
        factor = _factor_on(work, row, day, old, units)
        bearing = work.level_units if flat else balance
        row.planned[Part.PRINCIPAL] = principal
        row.planned[Part.INTEREST] = terms.scale.divide(bearing * factor[0], factor[1])
        row.settled_on = None if row.open_units > 0 else row.settled_on
        balance -= principal
