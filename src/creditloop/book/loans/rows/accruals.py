"""Income by the day (计提): exact until it is rounded once.

Interest of a period is earned evenly over its days; a charge on its own due date. What is recognised is
always the whole up to a day less what was recognised before, so remainders are carried and never dropped.
"""

from datetime import date

from creditloop.book.loans.rows.open_row import OpenRow
from creditloop.book.loans.rows.working import Working
from creditloop.book.loans.rules import Part, Parts

_EARNED = (Part.PENALTY, Part.FEE, Part.INTEREST)


def earned(*, work: Working, until: date) -> list[int]:
    """Return the income earned before a day, by `Part`; days are asked for in order."""
    rows, count = work.rows, work.counted_rows
    while count < len(rows) and rows[count].due <= until:
        for part, units in enumerate(earned_of(work=work, row=rows[count], until=until)):
            work.counted[part] += units
        count += 1
    work.counted_rows, work.counted_until = count, until
    total = list(work.counted)
    regular = work.regular_from = _regular_from(rows) if work.regular_from is None else work.regular_from
    for place in range(count, len(rows)):
        row = rows[place]
        if _may_have_earned(row, until):
            for part, units in enumerate(earned_of(work=work, row=row, until=until)):
                total[part] += units
        elif place >= regular:
            break  # no later row has begun either
    return total


def _regular_from(rows: list[OpenRow]) -> int:
    """Return the place from which rows begin one after the other, and nothing is earned before they do."""
    place, later = len(rows), date.max
    while place and (row := rows[place - 1]).start <= later and not row.charges and not row.ran:
        place, later = place - 1, row.start
    return place


def _may_have_earned(row: OpenRow, until: date) -> bool:
    """Whether a row may have earned anything: a charge may be due although its row's period has not begun."""
    return row.start < until or bool(row.charges) or row.ran > 0


def earned_of(*, work: Working, row: OpenRow, until: date) -> Parts:
    """Return what one row has earned before a day: its interest by days, its charges by their due dates."""
    if row.due <= until:
        whole = [row.due_of(part) - row.credited[part] for part in _EARNED]
        return whole[0], whole[1], whole[2], 0
    interest = row.interest_earned(until, work.terms.scale) - row.credited[Part.INTEREST]
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
        if row.due > until and not _may_have_earned(row, until):
            continue
        target = earned_of(work=work, row=row, until=until)
        missing = [0, 0, 0, 0]
        for part in _EARNED:
            known = min(left[part], target[part])
            left[part] -= known
            missing[part] = target[part] - known
        if any(missing):
            found.append((min(row.due, until), (missing[0], missing[1], missing[2], 0)))
    return found
