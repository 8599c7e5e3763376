"""Changes of the plan while a loan lives: rate, dates, terms, re-ageing, prepayment (贷后变更)."""

from dataclasses import replace
from datetime import date

from creditloop.book.interest import reduced
from creditloop.book.loans.events import (
    DueDatesMoved,
    Keep,
    Prepaid,
    RateReset,
    Reaged,
    Reamortised,
    Rescheduled,
    Restructured,
)
from creditloop.book.loans.rows.allocation import Taken, allocate
from creditloop.book.loans.rows.crediting import use_credit
from creditloop.book.loans.rows.instalments import added, factor_of, fill, rows_between, to_multiple
from creditloop.book.loans.rows.open_row import OpenRow, RowKind
from creditloop.book.loans.rows.working import Settled, Working
from creditloop.book.loans.rules import Part
from creditloop.book.loans.terms import InterestMethod
from creditloop.book.plan import RepaymentMethod
from creditloop.kernel.errors import InputError, StateError

_PLANNED_KINDS = (RowKind.INSTALMENT, RowKind.REAGED)


def reset_rate(*, work: Working, event: RateReset) -> None:
    """Compute the instalments to come at another rate; the running period changes within itself."""
    rows = _to_come(work, event.value_date)
    old, work.rate = work.rate, event.rate
    if not rows:
        return
    factors = []
    for row in rows:
        factor = factor_of(terms=work.terms, rate=event.rate, row=row, start=max(row.start, event.value_date))
        if row.start < event.value_date:
            before = factor_of(terms=work.terms, rate=old, row=row, end=event.value_date)
            factor = added(before, factor)
        factors.append(factor)
    units = sum(row.open_of(Part.PRINCIPAL) for row in rows)
    fill(rows=rows, units=units, terms=work.terms, factors=factors, rate=work.rate)


def reschedule(*, work: Working, event: Rescheduled) -> None:
    """Move an instalment and those after it, add instalments, change their rate (展期)."""
    rows = [row for row in work.rows_of(RowKind.INSTALMENT) if row.due >= event.from_due]
    if not rows or rows[0].due != event.from_due:
        raise InputError("no instalment is due on the day to be changed", got=event.from_due)
    if event.to_due is not None:
        _move_from(work, rows, event.to_due)
    if event.extra_count:
        _extend(work, rows, event.extra_count)
    rate = work.rate if event.rate is None else event.rate
    if event.extra_count or event.rate is not None:
        work.level_units, work.level_count = sum(row.planned[Part.PRINCIPAL] for row in rows), len(rows)
        units, work.rate = sum(row.open_of(Part.PRINCIPAL) for row in rows), rate
        factors = [factor_of(terms=work.terms, rate=rate, row=row) for row in rows]
        bearing = work.disbursed if work.terms.interest_method is InterestMethod.FLAT else None
        fill(rows=rows, units=units, terms=work.terms, factors=factors, rate=work.rate, bearing=bearing)
    work.order()


def _move_from(work: Working, rows: list[OpenRow], to_due: date) -> None:
    work.anchor = to_due, len(work.rows_of(RowKind.INSTALMENT)) - len(rows)
    start = rows[0].start
    for number, row in enumerate(rows):
        row.start, row.counted_until = start, None
        row.due = start = work.terms.cycle.after(to_due, times=number)
    for extra in _extras_after(work, rows[0].start):
        extra.start, extra.due = start, max(extra.due, start)


def _extend(work: Working, rows: list[OpenRow], count: int) -> None:
    anchor, number = work.anchor
    cycles = len(work.rows_of(RowKind.INSTALMENT)) - number
    for _ in range(count):
        while (due := work.terms.cycle.after(anchor, times=cycles)) <= rows[-1].due:
            cycles += 1  # a bullet loan's one instalment stands for several cycles
        row = OpenRow(start=rows[-1].due, due=due)
        rows.append(row)
        work.insert(row)
    for extra in _extras_after(work, rows[0].start):
        extra.start, extra.due = rows[-1].due, max(extra.due, rows[-1].due)


def _extras_after(work: Working, day: date) -> list[OpenRow]:
    """Return the rows beyond the instalments that are still to follow them; past ones stay where they are."""
    return [row for row in work.rows_of(RowKind.EXTRA) if row.due > day]


def move_due_dates(*, work: Working, event: DueDatesMoved) -> None:
    """Move single due dates (节假日顺延); amounts stay, the next period begins where the one before ends."""
    for old, new in event.moves:
        moved = [row for row in work.rows if row.due == old and row.kind in _PLANNED_KINDS]
        if not moved:
            raise InputError("no instalment is due on the day to be moved", got=old)
        for row in work.rows:
            if row in moved:
                row.due = new
            elif row.start == old and row.kind is not RowKind.DOWN_PAYMENT:
                row.start = new
    work.order()


def reage(*, work: Working, event: Reaged, settled: Settled) -> None:
    """Spread everything unpaid of the principal over new instalments."""
    units = 0
    for row in work.rows:
        units += _empty(row, event.value_date)
    settled.parts[Part.PRINCIPAL] = units
    last = [row for row in work.rows if row.kind is not RowKind.DOWN_PAYMENT][-1]
    rows, start = [], last.due
    for number in range(event.count):
        due = event.cycle.after(event.start, times=number)
        rows.append(OpenRow(start=start, due=due, kind=RowKind.REAGED))
        start = due
    terms = replace(work.terms, cycle=event.cycle, repayment=RepaymentMethod.EQUAL_INSTALMENT)
    factors = [factor_of(terms=terms, rate=work.rate, row=row) for row in rows]
    fill(rows=rows, units=units, terms=terms, factors=factors, rate=work.rate)
    for row in rows:
        work.insert(row)


def _empty(row: OpenRow, day: date) -> int:
    """Take the open principal out of a row, and its interest if the row was still to come."""
    units = max(0, row.open_of(Part.PRINCIPAL))
    row.planned[Part.PRINCIPAL] -= units
    if row.due > day:
        row.planned[Part.INTEREST] -= max(0, row.open_of(Part.INTEREST))
    if row.open_units <= 0:
        row.note(day)
    return units


def reamortise(*, work: Working, event: Reamortised, settled: Settled) -> None:
    """Spread what is overdue of the principal over the instalments to come."""
    ahead = [row for row in work.rows if row.due > event.value_date and row.kind is RowKind.INSTALMENT]
    if not ahead:
        raise StateError("no instalment is to come", got=event.value_date)
    units = sum(_empty(row, event.value_date) for row in work.rows if row.due <= event.value_date)
    settled.parts[Part.PRINCIPAL] = units
    rounding = work.terms.scale.rounding
    even = work.terms.scale.divide(units, len(ahead))
    each = to_multiple(units=even, multiple=work.terms.multiple, rounding=rounding)
    left = units
    for row in ahead[:-1]:
        row.planned[Part.PRINCIPAL] += min(each, left)
        left -= min(each, left)
    ahead[-1].planned[Part.PRINCIPAL] += left
    for row in ahead:
        row.note(event.value_date)


def restructure(*, work: Working, event: Restructured, settled: Settled) -> None:
    """Put the principal outstanding on new terms; interest up to the day stays due, or becomes principal.

    Interest that was paid for days after it repays principal.
    """
    day = event.value_date
    units, left = 0, sum(max(0, row.open_of(Part.PRINCIPAL)) for row in work.rows)
    for row in work.rows:
        earned = row.interest_earned(day, work.terms.scale)
        units += _empty(row, day)
        repaid = _cut(row, day, earned, left)
        settled.parts[Part.INTEREST] -= repaid
        if repaid:
            settled.taken += [(row, Part.INTEREST, -repaid), (row, Part.PRINCIPAL, repaid)]
        units, left = units - repaid, left - repaid
        if event.capitalise and row.due <= day:
            owed = max(0, row.open_of(Part.INTEREST))
            if row.pay(Part.INTEREST, owed, day):
                settled.taken.append((row, Part.INTEREST, owed))
            units += owed
            settled.parts[Part.INTEREST] += owed
        row.note(day)
    work.rows = [row for row in work.rows if row.due < day or row.settled_units or row.open_units]
    work.order()
    settled.parts[Part.PRINCIPAL] = units
    work.balance += settled.parts[Part.INTEREST]
    work.rate = event.rate
    work.terms = replace(
        work.terms, cycle=event.cycle, count=event.count, grace_principal=0, grace_interest=0
    )
    _new_rows(work, event, units)


def _cut(row: OpenRow, day: date, earned: int, most: int) -> int:
    """End the period of a row to come on a day; return the interest paid ahead that now repays principal.

    Args:
        earned: what of its interest is; most: principal that is left to be repaid.
    """
    if row.due <= day:
        return 0
    ahead = min(most, row.paid[Part.INTEREST], max(0, row.settled_of(Part.INTEREST) - earned))
    row.paid[Part.INTEREST] -= ahead
    row.planned[Part.INTEREST] = max(row.settled_of(Part.INTEREST), earned) - row.charged[Part.INTEREST]
    row.planned[Part.PRINCIPAL] += ahead
    row.paid[Part.PRINCIPAL] += ahead
    row.start, row.due = min(row.start, day), day
    return ahead


def _new_rows(work: Working, event: Restructured, units: int) -> None:
    dues = [event.cycle.after(event.first_due, times=number) for number in range(event.count)]
    rows = rows_between(terms=work.terms, start=event.value_date, dues=dues)
    work.anchor = event.first_due, len(work.rows_of(RowKind.INSTALMENT))
    factors = [factor_of(terms=work.terms, rate=work.rate, row=row) for row in rows]
    fill(rows=rows, units=units, terms=work.terms, factors=factors, rate=work.rate)
    for row in rows:
        work.insert(row)


def _interest_to(work: Working, row: OpenRow, day: date) -> int:
    """Return the open interest of a row that is earned before a day."""
    if day >= row.due:
        return row.open_of(Part.INTEREST)
    return max(0, row.interest_earned(day, work.terms.scale) - row.settled_of(Part.INTEREST))


def payoff_parts(*, work: Working, day: date) -> list[int]:
    """Return what would settle the whole loan on a day, by `Part`; the prepayment fee is among the fees.

    Interest is below zero where more was paid for days to come than is owed.
    """
    parts = [0, 0, 0, 0]
    for row in work.rows:
        for part in Part:
            parts[part] += _interest_to(work, row, day) if part is Part.INTEREST else row.open_of(part)
    ahead = sum(row.open_of(Part.PRINCIPAL) for row in _to_come(work, day))
    parts[Part.FEE] += _fee_on(work, ahead)
    parts[Part.INTEREST] -= sum(_paid_ahead(work, row, day) for row in _to_come(work, day))
    return [
        units if part is Part.INTEREST else max(0, units) for part, units in zip(Part, parts, strict=True)
    ]


def _fee_on(work: Working, principal: int) -> int:
    above, below = work.rules.prepayment_fee.as_integer_ratio()
    return work.terms.scale.divide(principal * above, below)


def prepay(*, work: Working, event: Prepaid, settled: Settled) -> None:
    """Settle what is due, then interest to the day, then principal and its fee; plan the rest anew."""
    day = event.value_date
    rule = work.rules.allocation
    released = _release(work, day)
    units = event.amount + sum(back for _, _, back in released)
    owed = sum(payoff_parts(work=work, day=day))
    if units < owed <= units + work.overpaid:  # what stands to the customer's credit pays off, as quoted
        settled.covered = owed - units
        use_credit(work, settled.covered)
        units = owed
    due = [row for row in work.rows if row.due <= day]
    left, settled.taken = allocate(
        rows=due, units=units, day=day, rule=rule, rounding=work.terms.scale.rounding
    )
    settled.taken += [(row, part, -back) for row, part, back in released]
    left -= _settle_charges_due(work, day, left, settled)
    ahead = _to_come(work, day)
    whole = left >= sum(payoff_parts(work=work, day=day))  # also if interest to come is all that is open
    if whole or (left > 0 and ahead):
        row = _prepaid_row(work, ahead, day, left, whole)
        left, taken = allocate(rows=[row], units=left, day=day, rule=rule, rounding=work.terms.scale.rounding)
        settled.taken.extend(taken)
        if ahead:
            _plan_rest(work, ahead, event, row)
    for _, part, units in settled.taken:
        settled.parts[part] += units
    settled.overpaid = settled.overpaid_left = left
    settled.after_write_off = work.written_off
    work.overpaid += left
    if not work.written_off:
        work.balance -= settled.parts[Part.PRINCIPAL]


def _release(work: Working, day: date) -> Taken:
    """Take back the interest that was paid for days to come; the prepayment repays with it."""
    released: Taken = []
    for row in _to_come(work, day):
        if units := _paid_ahead(work, row, day):
            row.paid[Part.INTEREST] -= units
            row.note(day)
            released.append((row, Part.INTEREST, units))
    return released


def _paid_ahead(work: Working, row: OpenRow, day: date) -> int:
    """Return the units of interest that were paid for days from a day on."""
    earned = row.interest_earned(day, work.terms.scale)
    return min(row.paid[Part.INTEREST], max(0, row.settled_of(Part.INTEREST) - earned))


def _settle_charges_due(work: Working, day: date, units: int, settled: Settled) -> int:
    """Settle charges that are due by their own dates although their rows are not; return how many units."""
    left = units
    for row in work.rows:
        for part in (Part.PENALTY, Part.FEE):
            taken = row.pay(part, min(left, row.due_by(part, day)), day) if row.due > day else 0
            if taken:
                settled.taken.append((row, part, taken))
                left -= taken
    return units - left


def _to_come(work: Working, day: date) -> list[OpenRow]:
    return [row for row in work.rows if row.due > day and row.kind in _PLANNED_KINDS]


def _prepaid_row(work: Working, ahead: list[OpenRow], day: date, units: int, whole: bool) -> OpenRow:
    """Make the row that a prepayment settles: interest to the day, principal, fee; at payoff all charges."""
    row = OpenRow(start=min([day, *(one.start for one in ahead)]), due=day, kind=RowKind.PREPAYMENT)
    row.planned[Part.INTEREST] = sum(_interest_to(work, one, day) for one in ahead)
    if whole:
        for one in (one for one in work.rows if one.due > day):
            for part in (Part.PENALTY, Part.FEE) if one in ahead else Part:
                moved = one.open_of(part)
                one.charged[part] -= moved
                one.charges = _without(one.charges, part, moved)
                row.charged[part] += moved
    rest = units - row.open_units
    owed = sum(one.open_of(Part.PRINCIPAL) for one in ahead)
    principal = owed
    if owed + _fee_on(work, owed) > rest:
        above, below = (1 + work.rules.prepayment_fee).as_integer_ratio()
        principal = min(owed, max(0, rest) * below // above + 1)
        while principal > 0 and principal + _fee_on(work, principal) > rest:
            principal -= 1
    row.planned[Part.PRINCIPAL] = principal
    row.charged[Part.FEE] += _fee_on(work, principal)
    work.insert(row)
    return row


def _without(charges: list[tuple[date, Part, int]], part: int, units: int) -> list[tuple[date, Part, int]]:
    """Return charges less so many units of a part, the latest first."""
    kept: list[tuple[date, Part, int]] = []
    for own, of, amount in reversed(charges):
        less = min(units, amount) if of == part else 0
        units -= less
        if amount > less:
            kept.append((own, of, amount - less))
    return kept[::-1]


def _plan_rest(work: Working, ahead: list[OpenRow], event: Prepaid, row: OpenRow) -> None:
    """Plan the principal that is left over the instalments to come, from the day on."""
    day, terms = event.value_date, work.terms
    level = ahead[0].due_of(Part.PRINCIPAL) + ahead[0].due_of(Part.INTEREST)
    units = sum(one.open_of(Part.PRINCIPAL) for one in ahead) - row.planned[Part.PRINCIPAL]
    factors = [factor_of(terms=terms, rate=work.rate, row=one) for one in ahead]
    first, ran = ahead[0], 0
    if first.start < day:
        part = (first.due - day).days, (first.due - first.start).days
        factors[0] = reduced((factors[0][0] * part[0], factors[0][1] * part[1]))
        ran = min(first.settled_of(Part.INTEREST), first.interest_earned(day, terms.scale))
        first.start, first.ran = day, ran
    kept = level if event.keep is Keep.INSTALMENT else None
    if kept is not None:
        ahead, factors = _fewer(work, ahead, factors, units, kept)
    fill(rows=ahead, units=units, terms=terms, factors=factors, rate=work.rate, level=kept, ran=ran)
    for one in ahead:
        one.note(day)
    work.rows = [one for one in work.rows if one.due <= day or one.settled_units or one.open_units]


def _fewer(
    work: Working, ahead: list[OpenRow], factors: list[tuple[int, int]], units: int, level: int
) -> tuple[list[OpenRow], list[tuple[int, int]]]:
    """Keep only the instalments that the level needs; the rest plan nothing any more."""
    balance, needed = units, 0
    for factor in factors:
        needed += 1
        cost = work.terms.scale.divide(balance * factor[0], factor[1])
        balance -= max(0, level - cost)
        if balance <= 0:
            break
    for row in ahead[needed:]:
        for part in (Part.PRINCIPAL, Part.INTEREST):
            row.planned[part] -= max(0, row.open_of(part))
    return ahead[:needed], factors[:needed]
