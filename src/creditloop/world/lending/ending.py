"""What becomes of borrowers who stop paying (停止还款之后): cure, new terms, write-off and recovery."""

from datetime import date, timedelta
from decimal import Decimal

from creditloop.book.calendars import Cycle
from creditloop.world.lending.actions import Habit, HowMuch, Reage, Recover, Repay, Restructure, WriteOff
from creditloop.world.lending.behaviour import ALWAYS
from creditloop.world.lending.paying import pay_instalments
from creditloop.world.lending.pen import Pen

_RATE_LEAST = Decimal("0.03")
"""No new terms are below this yearly rate."""
_OFF_AFTER_DAYS = 361
"""The first day past due on which a loan may be written off."""
_TRIES = 3
"""A write-off that is not lawful yet is tried again so often in all."""


def stop_paying(pen: Pen, *, first: int = 0, round_number: int = 1) -> None:
    """Write how a borrower pays until it stops at some instalment, and what becomes of it."""
    never = pen.opened.habit is Habit.NEVER_PAYS
    stops = first if never else pen.draws.between(first, len(pen.dues) - 1, "stops", round_number)
    pay_instalments(pen, first=first, after=stops, as_if=Habit.FORGETFUL)
    stopped = pen.dues[stops]
    _in_part(pen, stopped, round_number)
    outcome = (
        "written_off" if never else pen.draws.pick(pen.behaviour.weights("after_stopping"), round_number)
    )
    if outcome == "cured":
        _cure(pen, stops)
    elif outcome in ("restructured", "capitalised"):
        _restructure(pen, stopped, capitalise=outcome == "capitalised", round_number=round_number)
    elif outcome == "reaged":
        _reage(pen, round_number)
    else:
        _write_off(pen, stopped)


def _in_part(pen: Pen, stopped: date, round_number: int) -> None:
    """Let some bring a little while they do not pay."""
    if not pen.draws.happens(3_000, "in part", round_number):
        return
    day = stopped + pen.days(1, 120, "in part day", round_number)
    share = pen.draws.between(100, 1_500, "in part share", round_number)
    pen.write(
        Repay(
            loan_id=pen.loan_id,
            name=f"in-part-{round_number}",
            day=day,
            value_date=day,
            how_much=HowMuch.SHARE,
            share=share,
        )
    )


def _cure(pen: Pen, stops: int) -> None:
    cured = pen.dues[stops] + pen.days(15, 200, "cured")
    pen.repay("cure", cured, HowMuch.DUE, due=pen.dues[stops])
    places = range(stops + 1, len(pen.dues))
    following = next((number for number in places if pen.dues[number] > cured), len(pen.dues))
    pay_instalments(pen, first=following, as_if=Habit.PUNCTUAL)


def _restructure(pen: Pen, stopped: date, *, capitalise: bool, round_number: int) -> None:
    day = pen.work_day(stopped + pen.days(20, 220, "restructured", round_number))
    first_due = day + pen.days(15, 60, "new first due", round_number)
    count = pen.draws.between(2, 24, "new count", round_number)
    less = Decimal(pen.draws.between(0, 8, "new rate", round_number)) * Decimal("0.0025")
    pen.write(
        Restructure(
            loan_id=pen.loan_id,
            name=f"restructure-{round_number}",
            day=day,
            first_due=first_due,
            count=count,
            rate_annual=max(_RATE_LEAST, pen.opened.rate_annual - less),
            capitalise=capitalise,
        )
    )
    pen.dues[:] = [due for due in pen.dues if due <= day]
    _go_on(pen, first_due, count, round_number)


def _reage(pen: Pen, round_number: int) -> None:
    day = pen.work_day(pen.dues[-1] + pen.days(2, 90, "reaged", round_number))
    start = day + pen.days(10, 40, "new start", round_number)
    count = pen.draws.between(2, 18, "new count", round_number)
    pen.write(Reage(loan_id=pen.loan_id, name=f"reage-{round_number}", day=day, start=start, count=count))
    _go_on(pen, start, count, round_number)


def _go_on(pen: Pen, first_due: date, count: int, round_number: int) -> None:
    """Pay the new instalments, or stop again."""
    cycle, first = Cycle(months=pen.every_months), len(pen.dues)
    pen.dues += [cycle.after(first_due, times=number) for number in range(count)]
    if round_number == 1 and pen.draws.happens(3_500, "stops again"):
        stop_paying(pen, first=first, round_number=2)
    else:
        pay_instalments(pen, first=first, as_if=Habit.PUNCTUAL)


def _write_off(pen: Pen, stopped: date) -> None:
    pen.in_good_standing = False
    day = stopped + timedelta(days=_OFF_AFTER_DAYS) + pen.days(0, 90, "written off")
    for number in range(1, _TRIES + 1):
        day = pen.work_day(day)
        pen.write(WriteOff(loan_id=pen.loan_id, name=f"write-off-{number}", day=day))
        day += pen.days(100, 160, "written off again", number)
    times = pen.draws.between(0, pen.behaviour["sizes.recoveries_most"], "recoveries")
    for number in range(1, times + 1):
        day += pen.days(10, 300, "recovered", number)
        share = ALWAYS if number == 3 else pen.draws.between(300, 6_000, "recovered share", number)
        pen.write(Recover(loan_id=pen.loan_id, name=f"recover-{number}", day=day, share=share))
