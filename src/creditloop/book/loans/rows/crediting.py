"""What puts money back on a loan: credits taken back, overpayments paid out, refunds of what was repaid."""

from datetime import date

from creditloop.book.loans.events import ChargedBack, CreditRefunded, Refunded
from creditloop.book.loans.rows.allocation import allocate, take_back
from creditloop.book.loans.rows.open_row import OpenRow, RowKind
from creditloop.book.loans.rows.working import Settled, Working
from creditloop.book.loans.rules import Part
from creditloop.kernel.errors import UnknownId


def charge_back(*, work: Working, event: ChargedBack, settled: Settled) -> None:
    """Owe again what a payment had settled (拒付): by the rules' order of parts, or as principal."""
    payment = next((one for one in work.settled if one.event.id == event.payment_id), None)
    if payment is None:
        raise UnknownId("a chargeback of a payment that is not there", got=event.payment_id)
    if work.rules.credit_order is None:
        _owe_principal(work, settled, event.amount, event.value_date)
        return
    parts = _parts_taken_back(work, event, payment)
    rest = event.amount - sum(parts)
    settled.covered = min(rest, work.overpaid)
    use_credit(work, settled.covered)
    parts[Part.PRINCIPAL] += rest - settled.covered
    settled.parts = parts
    row = _row_for_credit(work, event.value_date)
    for part in Part:
        row.charged[part] += parts[part]
        row.credited[part] += parts[part]
    row.note(event.value_date)
    settle_from_credit(work=work, settled=settled, day=event.value_date)
    work.owe_again(settled, parts[Part.PRINCIPAL] - settled.covered_principal)


def refund_credit(*, work: Working, event: CreditRefunded, settled: Settled) -> None:
    """Pay out an overpaid balance; what exceeds it is owed again as principal."""
    _owe_principal(work, settled, event.amount, event.value_date)


def refund(*, work: Working, event: Refunded, settled: Settled) -> None:
    """Pay back what had been repaid: the last settled opens first."""
    left, settled.taken = take_back(
        rows=work.rows,
        units=event.amount,
        day=event.value_date,
        rule=work.rules.allocation,
        rounding=work.terms.scale.rounding,
    )
    for _, part, units in settled.taken:
        settled.parts[part] -= units
    settled.covered = min(work.overpaid, left)
    use_credit(work, settled.covered)
    work.owe_again(settled, settled.parts[Part.PRINCIPAL])


def settle_from_credit(*, work: Working, settled: Settled, day: date) -> None:
    """Let an overpaid balance settle what has become open; the event that opened it keeps the record."""
    if work.overpaid <= 0:
        return
    left, taken = allocate(
        rows=work.rows,
        units=work.overpaid,
        day=day,
        rule=work.rules.allocation,
        rounding=work.terms.scale.rounding,
    )
    settled.taken.extend(taken)
    settled.covered_principal += sum(units for _, part, units in taken if part is Part.PRINCIPAL)
    used = work.overpaid - left
    settled.covered += used
    use_credit(work, used)


def use_credit(work: Working, units: int) -> None:
    """Take used credit off what is overpaid, and off the payments that left it over, oldest first."""
    work.overpaid -= units
    for older in work.settled:
        used = min(units, older.overpaid_left)
        older.overpaid_left -= used
        units -= used


def _owe_principal(work: Working, settled: Settled, amount: int, day: date) -> None:
    owed = max(0, amount - work.overpaid)
    settled.covered = amount - owed
    settled.parts[Part.PRINCIPAL] = owed
    use_credit(work, settled.covered)
    work.owe_again(settled, owed)
    if owed <= 0:
        return
    row = _row_for_credit(work, day)
    row.charged[Part.PRINCIPAL] += amount
    row.credited[Part.PRINCIPAL] += amount
    row.note(day)
    taken = row.pay(Part.PRINCIPAL, settled.covered, day)
    if taken:
        settled.taken.append((row, Part.PRINCIPAL, taken))


def _row_for_credit(work: Working, day: date) -> OpenRow:
    """Return the next row to come due, else one after the last."""
    for row in work.rows:
        if row.kind is RowKind.EXTRA:
            row.due = max(row.due, day)
            work.order()
            return row
        if row.due > day:
            return row
    if work.rows[-1].due == day:
        return work.rows[-1]
    return extra_row(work=work, due=day)


def extra_row(*, work: Working, due: date) -> OpenRow:
    """Return the row after the last instalment, reaching to a day at least."""
    for row in work.rows:
        if row.kind is RowKind.EXTRA:
            row.due = max(row.due, due)
            return row
    row = OpenRow(start=work.rows[-1].due, due=due, kind=RowKind.EXTRA)
    work.insert(row)
    return row


def _parts_taken_back(work: Working, event: ChargedBack, payment: Settled) -> list[int]:
    """Spread a chargeback over what its payment had settled and earlier ones have not taken back."""
    left = list(payment.parts)
    for older in work.settled:
        if isinstance(older.event, ChargedBack) and older.event.payment_id == event.payment_id:
            left = [have - back for have, back in zip(left, older.parts, strict=True)]
    parts, amount = [0, 0, 0, 0], event.amount
    for part in work.rules.credit_order or ():
        parts[part] = max(0, min(amount, left[part]))
        amount -= parts[part]
    return parts
