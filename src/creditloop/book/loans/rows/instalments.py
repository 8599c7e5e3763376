"""The instalments of a principal over given periods: how much of it, and of interest, falls due when.

One function fills rows for every way of repaying, for the first plan and for what is left of it after a
rate reset, a prepayment or new terms. Interest of a period is rounded once; the last row clears the
principal, so that parts add up.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from creditloop.book.interest import (
    Ratio,
    Rounding,
    divide,
    interest,
    level_instalment,
    ratio,
    reduced,
    year_fraction,
)
from creditloop.book.loans.rows.open_row import OpenRow
from creditloop.book.loans.rules import Part
from creditloop.book.loans.terms import InterestMethod, LevelBasis, LoanTerms
from creditloop.book.plan import RepaymentMethod
from creditloop.kernel.errors import StateError

_DAYS_IN_YEAR = 365
_DAYS_IN_MONTH = 30
_MONTHS_IN_YEAR = 12


def factor_of(
    *, terms: LoanTerms, rate: Decimal, row: OpenRow, start: date | None = None, end: date | None = None
) -> Ratio:
    """Return rate × part of a year of a row's period, or of the days of it from `start` to `end`.

    Where every period is alike (no day count), days are a part of the period by their number.
    """
    first = start or row.start
    last = end or max(first, row.counted_until or row.due)
    above, below = ratio(rate)
    if terms.day_count is not None:
        fraction = year_fraction(start=first, end=last, day_count=terms.day_count)
    else:
        cycle = terms.cycle
        fraction = (cycle.months, _MONTHS_IN_YEAR) if cycle.months else (cycle.days, _DAYS_IN_YEAR)
        if terms.repayment is RepaymentMethod.BULLET:
            fraction = fraction[0] * terms.count, fraction[1]
        whole = (row.due - row.start).days
        if (first, last) != (row.start, row.due) and whole > 0:
            fraction = (fraction[0] * (last - first).days, fraction[1] * whole)
    return reduced((above * fraction[0], below * fraction[1]))


def rows_between(*, terms: LoanTerms, start: date, dues: Sequence[date]) -> list[OpenRow]:
    """Return rows that follow on each other; a bullet loan has one, due with the last of them."""
    if terms.repayment is RepaymentMethod.BULLET:
        dues = dues[-1:]
    return [OpenRow(start=first, due=due) for first, due in zip([start, *dues], dues, strict=False)]


def added(left: Ratio, right: Ratio) -> Ratio:
    """Return the sum of two ratios."""
    return reduced((left[0] * right[1] + right[0] * left[1], left[1] * right[1]))


def to_multiple(*, units: int, multiple: int, rounding: Rounding) -> int:
    """Round units to a multiple of so many."""
    if multiple == 1:
        return units
    return multiple * divide(numerator=units, denominator=multiple, rounding=rounding)


def fill(
    *,
    rows: Sequence[OpenRow],
    units: int,
    terms: LoanTerms,
    factors: Sequence[Ratio],
    rate: Decimal,
    first: bool = False,
    level: int | None = None,
    beyond_settled: bool = True,
    bearing: int | None = None,
    ran: int = 0,
) -> None:
    """Write into rows what of a principal and its interest falls due there.

    Args:
        rows: in order of due date, at least one.
        units: principal to be repaid by them.
        factors: interest of one unit over each row's period; rate: yearly, from the first row on.
        first: whether these are the loan's first instalments, to which grace applies.
        level: instalment to keep, if it is not to be found anew.
        beyond_settled: whether the units are what is still owed, so that they come on top of what is settled
            in a row already; else they are all that the rows plan.
        bearing: principal that flat interest is computed on; None: the units themselves.
        ran: settled interest of the first row for days before its factor begins; whatever else is settled of
            a row's interest was paid in advance and is a part of what is found now.
    """
    free_rows = terms.grace_principal if first else 0
    late_interest = terms.grace_interest if first else 0
    if terms.interest_method is InterestMethod.FLAT:
        amounts = _flat(units, units if bearing is None else bearing, factors, terms, free_rows)
    elif terms.repayment is RepaymentMethod.EQUAL_INSTALMENT:
        amounts = _level(units, factors, terms, rate, free_rows, level)
    elif terms.repayment is RepaymentMethod.EQUAL_PRINCIPAL:
        amounts = _equal_principal(units, factors, terms, free_rows)
    elif terms.repayment is RepaymentMethod.INTEREST_FIRST:
        amounts = [(0, _on(units, factor, terms)) for factor in factors[:-1]]
        amounts.append((units, _on(units, factors[-1], terms)))
    elif terms.repayment is RepaymentMethod.BULLET:
        amounts = [(0, 0)] * (len(factors) - 1) + [(units, _on(units, factors[-1], terms))]
    else:
        raise StateError(
            "stated amounts are not planned anew",
            got=terms.repayment,
            hint="Re-age the loan: what is unpaid goes on equal instalments.",
        )
    carried = 0
    for number, (row, (principal, cost)) in enumerate(zip(rows, amounts, strict=True)):
        carried += cost
        now = 0 if number < late_interest else carried
        carried -= now
        if not beyond_settled:
            row.planned[Part.PRINCIPAL], row.planned[Part.INTEREST] = principal, now
        else:
            owed = row.settled_of(Part.PRINCIPAL) + principal
            whole = max(row.settled_of(Part.INTEREST), now + (0 if number else ran))
            row.planned[Part.PRINCIPAL] = owed - row.charged[Part.PRINCIPAL]
            row.planned[Part.INTEREST] = whole - row.charged[Part.INTEREST]
        if row.open_units > 0:
            row.settled_on = None


def _on(units: int, factor: Ratio, terms: LoanTerms) -> int:
    return interest(units=units, rate=factor, fraction=(1, 1), rounding=terms.scale.rounding)


def level_of(*, units: int, factors: Sequence[Ratio], terms: LoanTerms) -> int:
    """Return the equal instalment, rounded to the unit and then to the terms' multiple."""
    rounding = terms.scale.rounding
    exact = level_instalment(units=units, factors=factors, rounding=rounding)
    return to_multiple(units=exact, multiple=terms.multiple, rounding=rounding)


def _level_factors(factors: Sequence[Ratio], terms: LoanTerms, rate: Decimal) -> Sequence[Ratio]:
    """Return the factors that an equal instalment is found from."""
    if terms.day_count is None or terms.level_basis is LevelBasis.OWN_PERIODS:
        return factors
    above, below = ratio(rate)
    days = terms.cycle.days or terms.cycle.months * _DAYS_IN_MONTH
    return [reduced((above * days, below * _DAYS_IN_YEAR))] * len(factors)


def _level(
    units: int,
    factors: Sequence[Ratio],
    terms: LoanTerms,
    rate: Decimal,
    free_rows: int,
    level: int | None,
) -> list[tuple[int, int]]:
    if level is None:
        level = level_of(units=units, factors=_level_factors(factors[free_rows:], terms, rate), terms=terms)
    amounts, balance = [], units
    for number, factor in enumerate(factors):
        cost = _on(balance, factor, terms)
        principal = 0 if number < free_rows else min(balance, max(0, level - cost))
        if number == len(factors) - 1:
            principal = balance
        balance -= principal
        amounts.append((principal, cost))
    return amounts


def _equal_principal(
    units: int, factors: Sequence[Ratio], terms: LoanTerms, free_rows: int
) -> list[tuple[int, int]]:
    each = terms.scale.divide(units, len(factors) - free_rows)
    amounts, balance = [], units
    for number, factor in enumerate(factors):
        principal = 0 if number < free_rows else min(each, balance)
        if number == len(factors) - 1:
            principal = balance
        amounts.append((principal, _on(balance, factor, terms)))
        balance -= principal
    return amounts


def _flat(
    units: int, bearing: int, factors: Sequence[Ratio], terms: LoanTerms, free_rows: int
) -> list[tuple[int, int]]:
    """Share principal and interest out alike; an instalment is their sum, each rounded to the multiple."""
    total = (0, 1)
    for factor in factors:
        total = added(total, factor)
    cost_left = _on(bearing, total, terms)
    cost_each = terms.scale.divide(cost_left, len(factors))
    level = sum(
        to_multiple(units=part, multiple=terms.multiple, rounding=terms.scale.rounding)
        for part in (terms.scale.divide(units, len(factors) - free_rows), cost_each)
    )
    amounts, balance = [], units
    for number in range(len(factors)):
        last = number == len(factors) - 1
        cost = cost_left if last else min(cost_left, cost_each)
        principal = 0 if number < free_rows else min(balance, max(0, level - cost))
        principal = balance if last else principal
        balance, cost_left = balance - principal, cost_left - cost
        amounts.append((principal, cost))
    return amounts
