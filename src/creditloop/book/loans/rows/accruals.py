"""Income by the day (计提), and what being overdue costs (罚息): both exact until they are rounded once.

Interest of a period is earned evenly over its days; a charge on its own due date. What is recognised is
always the whole up to a day less what was recognised before, so remainders are carried and never dropped.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from creditloop.book.interest import Ratio, divide, ratio, year_fraction
from creditloop.book.loans.rows.instalments import added
from creditloop.book.loans.rows.open_row import OpenRow
from creditloop.book.loans.rows.working import Working
from creditloop.book.loans.rules import Part, Parts, PenaltyBase, PenaltyVariant

_EARNED = (Part.PENALTY, Part.FEE, Part.INTEREST)
_OVERDUE_PARTS = (Part.PENALTY, Part.INTEREST)


def earned(*, work: Working, until: date) -> list[int]:
    """Return the income earned before a day, by `Part`; days are asked for in order."""
    rows, count = work.rows, work.counted_rows
    while count < len(rows) and rows[count].due <= until:
        for part, units in enumerate(earned_of(work=work, row=rows[count], until=until)):
            work.counted[part] += units
        count += 1
    work.counted_rows = count
    total = list(work.counted)
    while count < len(rows) and rows[count].start < until:
        for part, units in enumerate(earned_of(work=work, row=rows[count], until=until)):
            total[part] += units
        count += 1
    return total


def earned_of(*, work: Working, row: OpenRow, until: date) -> Parts:
    """Return what one row has earned before a day: its interest by days, its charges by their due dates."""
    if row.due <= until:
        whole = [row.due_of(part) - row.credited[part] for part in _EARNED]
        return whole[0], whole[1], whole[2], 0
    interest = 0
    if row.start < until:
        interest = work.terms.scale.divide(
            row.due_of(Part.INTEREST) * (until - row.start).days, (row.due - row.start).days
        )
    by_part = [0, 0]
    for own, part, units in row.charges:
        if own <= until:
            by_part[part] += units
    return by_part[0], by_part[1], interest, 0


def whole_income(work: Working) -> list[int]:
    """Return all income of the rows as they stand, by `Part`."""
    total = [0, 0, 0, 0]
    for row in work.rows:
        for part in _EARNED:
            total[part] += row.due_of(part) - row.credited[part]
    return total


def missing_by_row(*, work: Working, until: date) -> list[tuple[date, Parts]]:
    """Return the income earned before a day and not recognised, each at its row's due date, the last by then.

    This is how a day end recognises instalment by instalment what it has missed.
    """
    left = list(work.recognised)
    found: list[tuple[date, Parts]] = []
    for row in work.rows:
        if row.start >= until and row.due > until:
            break
        target = earned_of(work=work, row=row, until=until)
        missing = [0, 0, 0, 0]
        for part in _EARNED:
            known = min(left[part], target[part])
            left[part] -= known
            missing[part] = target[part] - known
        if any(missing):
            found.append((min(row.due, until), (missing[0], missing[1], missing[2], 0)))
    return found


def charge_overdue(*, work: Working, until: date) -> None:
    """Charge for what is overdue up to a day: each day by the variant and the rate in force."""
    since = work.overdue_until
    work.overdue_until = until
    variants = work.rules.penalties
    if since is None or since >= until or not variants or work.written_off:
        return
    first = True
    for number in range(work.settled_rows, len(work.rows)):
        row = work.rows[number]
        if row.due >= until:
            break
        if row.open_of(Part.PRINCIPAL) > 0 or row.open_of(Part.INTEREST) > 0:
            _charge_row(work, number, max(since, row.due), until, variants)
            first = False
        elif first:
            work.settled_rows = number + 1


def _charge_row(
    work: Working, place_of_row: int, since: date, until: date, variants: Sequence[PenaltyVariant]
) -> None:
    row = work.rows[place_of_row]
    for number, variant in enumerate(variants):
        later = variants[number + 1].valid_from if number + 1 < len(variants) else until
        start, end = max(since, variant.valid_from), min(until, later)
        if start < end:
            base = _base(row, variant)
            year = year_fraction(start=start, end=end, day_count=variant.day_count)
            for place, (above, below) in enumerate(_rates(work, number, variant)):
                if above:
                    cost = (base * above * year[0], below * year[1])
                    row.overdue_exact[place] = added(row.overdue_exact[place], cost)
    in_force = [variant for variant in variants if variant.valid_from < until]
    if in_force and (any(row.overdue_units) or until > row.due + timedelta(days=in_force[-1].grace_days)):
        _stand(work, row, counted=place_of_row < work.counted_rows)


def _rates(work: Working, number: int, variant: PenaltyVariant) -> tuple[Ratio, Ratio]:
    """Return the variant's rates at the loan's rate as ratios, found once."""
    key = number, work.rate
    if key not in work.overdue_rates:
        penalty, interest = variant.rates(work.rate)
        work.overdue_rates[key] = ratio(penalty), ratio(interest)
    return work.overdue_rates[key]


def _base(row: OpenRow, variant: PenaltyVariant) -> int:
    principal = row.open_of(Part.PRINCIPAL)
    if variant.base is PenaltyBase.OVERDUE_PRINCIPAL:
        return principal
    own = max(0, row.open_of(Part.INTEREST) - row.overdue_units[1])
    return principal + own


def _stand(work: Working, row: OpenRow, *, counted: bool) -> None:
    """Put the whole units of what being overdue costs into the row."""
    for place, part in enumerate(_OVERDUE_PARTS):
        above, below = row.overdue_exact[place]
        units = divide(numerator=above, denominator=below, rounding=work.terms.scale.rounding)
        row.charged[part] += units - row.overdue_units[place]
        work.counted[part] += (units - row.overdue_units[place]) if counted else 0
        row.overdue_units[place] = units


def forget_grace(row: OpenRow) -> None:
    """Drop what would have been charged, if the row was settled within its grace days."""
    if row.open_of(Part.PRINCIPAL) <= 0 and not any(row.overdue_units):
        row.overdue_exact = [(0, 1), (0, 1)]
