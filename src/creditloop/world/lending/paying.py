"""How a borrower pays, instalment by instalment (还款行为)."""

from collections.abc import Callable
from datetime import date

from creditloop.book.calendars import Cycle
from creditloop.book.loans import Keep, Part
from creditloop.world.lending.actions import ChargeFee, Extend, Habit, HowMuch, Prepay, Waive
from creditloop.world.lending.behaviour import ALWAYS
from creditloop.world.lending.pen import Pen

_ROOM_DAYS = 6
"""Days that have to lie before a due date for something to happen between it and the one before."""


def pay_instalments(
    pen: Pen, *, first: int = 0, after: int | None = None, as_if: Habit | None = None
) -> None:
    """Write what a borrower does about the instalments with these places.

    Args:
        after: the place after the last; None: to the end.
        as_if: the habit of these instalments, if it is not the loan's own.
    """
    habit = as_if or pen.opened.habit
    extended = _place_of_extension(pen, first, after)
    number = first
    while number < (len(pen.dues) if after is None else after):
        if number == extended:
            _extend(pen, number)
        _maybe_fee(pen, number)
        if _WAYS.get(habit, _punctual)(pen, number, pen.dues[number]):
            return
        number += 1


def _name(number: int) -> str:
    return f"repay-{number + 1:03}"


def _period_start(pen: Pen, number: int) -> date:
    return pen.dues[number - 1] if number else pen.opened.day


def _punctual(pen: Pen, number: int, due: date) -> bool:
    name = _name(number)
    room = (due - _period_start(pen, number)).days - 1
    if room > 0 and pen.happens("paying.ahead", name):
        ahead = pen.days(1, min(10, room), name, "ahead")
        pen.repay(name, due - ahead, HowMuch.NEXT)
    else:
        pen.repay(name, due, HowMuch.DUE)
    return False


def _forgetful(pen: Pen, number: int, due: date) -> bool:
    name = _name(number)
    late = pen.happens("paying.late", name)
    day = due + pen.days(1, 25, name, "late") if late else due
    pen.repay(name, day, HowMuch.DUE, due=due)
    return False


def _careless(pen: Pen, number: int, due: date) -> bool:
    name = _name(number)
    if pen.happens("paying.skip", name):
        if number == len(pen.dues) - 1:
            pen.repay(name, due + pen.days(15, 75, name, "at last"), HowMuch.DUE, due=due)
        return False
    if pen.happens("paying.half", name):
        pen.repay(name, due, HowMuch.HALF)
        pen.repay(f"{name}-rest", due + pen.days(2, 28, name, "rest"), HowMuch.DUE, due=due)
        return False
    return _forgetful(pen, number, due)


def _prepayer(pen: Pen, number: int, due: date) -> bool:
    name = _name(number)
    room = (due - _period_start(pen, number)).days - 1
    if room >= _ROOM_DAYS and pen.happens("paying.part_ahead", name):
        keep = Keep.INSTALMENT if pen.happens("paying.keep_instalment", name) else Keep.COUNT
        pen.write(
            Prepay(
                loan_id=pen.loan_id,
                name=f"prepay-{number + 1:03}",
                day=due - pen.days(0, room, name, "prepaid"),
                share=pen.draws.between(500, 6_000, name, "prepaid share"),
                keep=keep,
            )
        )
    pen.repay(name, due, HowMuch.DUE)
    return False


def _early_closer(pen: Pen, number: int, due: date) -> bool:
    closes = pen.draws.between(0, len(pen.dues) - 1, "closes")
    if number < closes:
        return _punctual(pen, number, due)
    room = max(0, (due - _period_start(pen, number)).days - 1)
    day = due - pen.days(0, room, "closed")
    pen.write(Prepay(loan_id=pen.loan_id, name="settle", day=day, share=ALWAYS, keep=Keep.COUNT))
    return True


_WAYS: dict[Habit, Callable[[Pen, int, date], bool]] = {
    Habit.PUNCTUAL: _punctual,
    Habit.FORGETFUL: _forgetful,
    Habit.CARELESS: _careless,
    Habit.PREPAYER: _prepayer,
    Habit.EARLY_CLOSER: _early_closer,
}
"""What each habit does at a due date; says whether that was the last."""


def _maybe_fee(pen: Pen, number: int) -> None:
    due, name = pen.dues[number], f"fee-{number + 1:03}"
    room = (due - _period_start(pen, number)).days
    if room < _ROOM_DAYS or not pen.happens("incidents.fee", name):
        return
    day = pen.work_day(_period_start(pen, number) + pen.days(1, room, name))
    amount = pen.draws.between(1, 200, name, "amount") * 100
    pen.write(ChargeFee(loan_id=pen.loan_id, name=name, day=day, amount_fen=amount))
    if pen.happens("incidents.fee_waived", name):
        waived = pen.work_day(day + pen.days(0, 30, name, "waived"))
        share = ALWAYS if pen.happens("paying.keep_instalment", name, "whole") else 5_000
        pen.write(Waive(loan_id=pen.loan_id, name=f"waive-{name}", day=waived, part=Part.FEE, share=share))


def _place_of_extension(pen: Pen, first: int, after: int | None) -> int | None:
    """Return the place of the instalment that is moved, if one is."""
    if pen.opened.habit is Habit.EARLY_CLOSER or after is not None:
        return None
    if first >= len(pen.dues) or not pen.happens("incidents.extended", first):
        return None
    return pen.draws.between(first, len(pen.dues) - 1, "extended", first)


def _extend(pen: Pen, number: int) -> None:
    """Move an instalment and those after it before it is due, perhaps with further ones."""
    from_due = pen.dues[number]
    asked = pen.work_day(from_due - pen.days(3, 20, "asked", number))
    if not _period_start(pen, number) < asked < from_due:
        return
    to_due = from_due + pen.days(10, 92, "moved", number)
    single = len(pen.dues) == 1
    extra = 0 if single else pen.draws.between(0, 6, "extra instalments", number)
    pen.write(
        Extend(
            loan_id=pen.loan_id,
            name=f"extend-{number + 1:03}",
            day=asked,
            from_due=from_due,
            to_due=to_due,
            extra_count=extra,
        )
    )
    cycle, count = Cycle(months=pen.every_months), len(pen.dues) - number + extra
    pen.dues[number:] = [cycle.after(to_due, times=each) for each in range(count)]
