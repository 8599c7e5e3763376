"""What being overdue costs by the day (罚息): exact, the fraction of a fen carried from day to day.

For each day, in this order:

    1 overdue   rows due by the day of which principal or own interest is open, or whose cost waits
    2 cost      of each row: what is overdue × the yearly rate in force × the day's part of a year
    3 grace     while the loan's oldest unpaid due date is not older than the grace days, costs wait; paid
                within them they are forgotten, else they are charged with the day on which grace has passed
    4 fen       the running total of the loan is charged in whole fen; what is left of a fen is carried on. A
                row bears what the total grew by as its cost was added, oldest row first

The close of a day does the same over columns of loans (`book.day_end`), so both come to the same fen.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from math import lcm

from creditloop.book.interest import Ratio, ratio, reduced, year_fraction
from creditloop.book.loans.rows.instalments import added
from creditloop.book.loans.rows.open_row import OpenRow
from creditloop.book.loans.rows.working import Working
from creditloop.book.loans.rules import Part, PenaltyBase, PenaltyVariant

OVERDUE_PARTS = (Part.PENALTY, Part.INTEREST)
"""What being overdue is charged as, in the order in which its two rates stand."""
_ONE_DAY = timedelta(days=1)
_NOTHING: Ratio = (0, 1)


def charge_overdue(*, work: Working, until: date) -> None:
    """Charge for what is overdue on each day before `until` that has not been charged for."""
    since = work.overdue_until
    work.overdue_until = until
    if since is None or not work.rules.penalties or work.written_off:
        return
    day = since
    while day < until:
        rows, changes = _overdue_rows(work, day, until)
        number = _variant_of(work.rules.penalties, day)
        if number + 1 < len(work.rules.penalties):
            changes = min(changes, work.rules.penalties[number + 1].valid_from)
        day = _charge_span(work, rows, day, changes, number) if rows and number >= 0 else changes


def _overdue_rows(work: Working, day: date, until: date) -> tuple[list[OpenRow], date]:
    """Return the rows overdue on a day, and the day on which the next one joins them, `until` at most."""
    rows: list[OpenRow] = []
    settled = work.settled_rows
    for number in range(settled, len(work.rows)):
        row = work.rows[number]
        if row.due > day:
            return rows, min(until, row.due)
        if row.open_of(Part.PRINCIPAL) > 0 or row.open_of(Part.INTEREST) > 0 or row.waits:
            rows.append(row)
        elif not rows and number == work.settled_rows:
            work.settled_rows = number + 1
    return rows, until


def _variant_of(variants: Sequence[PenaltyVariant], day: date) -> int:
    """Return the place of the variant in force on a day, -1 before the first."""
    return sum(variant.valid_from <= day for variant in variants) - 1


def _charge_span(work: Working, rows: list[OpenRow], day: date, until: date, number: int) -> date:
    """Charge for the days from one on that are alike; return the day after them."""
    variant = work.rules.penalties[number]
    oldest = work.oldest_due(day)
    assert oldest is not None, "rows are overdue"
    if work.grace_from is not None and work.grace_from != oldest:
        forget_grace(work)
    charged_from = oldest + timedelta(days=variant.grace_days)
    costs = [_costs(work, row, number) for row in rows]
    if day < charged_from:
        end = min(until, charged_from)
        work.grace_from = oldest
        part = year_fraction(start=day, end=end, day_count=variant.day_count)
        for row, cost in zip(rows, costs, strict=True):
            row.overdue_waiting = [
                added(held, _times(each, part)) for held, each in zip(row.overdue_waiting, cost, strict=True)
            ]
        return end
    if work.grace_from is not None:
        if variant.grace_is_charged:
            _charge(work, rows, [row.overdue_waiting for row in rows])
        forget_grace(work)
    end = until if len(rows) == 1 else day + _ONE_DAY
    while day < until:
        part = year_fraction(start=day, end=end, day_count=variant.day_count)
        _charge(work, rows, [[_times(each, part) for each in cost] for cost in costs])
        day, end = end, end + _ONE_DAY
    return until


def _times(left: Ratio, right: Ratio) -> Ratio:
    return left[0] * right[0], left[1] * right[1]


def _costs(work: Working, row: OpenRow, number: int) -> list[Ratio]:
    """Return what a year of being overdue costs on a row, as penalty and as interest."""
    base = overdue_base(row=row, variant=work.rules.penalties[number])
    return [(base * above, below) for above, below in _rates(work, number)]


def _rates(work: Working, number: int) -> tuple[Ratio, Ratio]:
    """Return a variant's rates at the loan's rate as ratios, found once."""
    key = number, work.rate
    if key not in work.overdue_rates:
        penalty, interest = work.rules.penalties[number].rates(work.rate)
        work.overdue_rates[key] = ratio(penalty), ratio(interest)
    return work.overdue_rates[key]


def overdue_base(*, row: OpenRow, variant: PenaltyVariant) -> int:
    """Return the units of a row that being overdue is computed on; interest for being overdue is not."""
    principal = row.open_of(Part.PRINCIPAL)
    if variant.base is PenaltyBase.OVERDUE_PRINCIPAL:
        return principal
    return principal + row.own_interest_open


def _charge(work: Working, rows: list[OpenRow], costs: Sequence[Sequence[Ratio]]) -> None:
    """Add exact costs of rows to the loan's running totals and charge the whole units they grow by."""
    for place, part in enumerate(OVERDUE_PARTS):
        if not any(cost[place][0] for cost in costs):
            continue
        carried, below = work.overdue_carried[place]
        whole = lcm(below, *(cost[place][1] for cost in costs))
        carried *= whole // below
        for row, cost in zip(rows, costs, strict=True):
            above, below = cost[place]
            units, carried = divmod(carried + above * (whole // below), whole)
            row.charged[part] += units
            row.overdue_units[place] += units
            if units and row.due <= work.counted_until:
                work.counted[part] += units
        work.overdue_carried[place] = reduced((carried, whole))


def forget_grace(work: Working) -> None:
    """Drop the costs that wait: the due date they count from is paid, or they are charged now."""
    work.grace_from = None
    for row in work.rows:
        row.overdue_waiting = [_NOTHING, _NOTHING]
