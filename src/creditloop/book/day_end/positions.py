"""Where loans stand at the close of a day: one array a column, one place a loan."""

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from creditloop.kernel.errors import InputError

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FIRST_DAY = date(2000, 1, 1)
"""Day 0 of a day number; the database counts its dates from here too."""
NO_DAY = 2**31 - 1
"""The day number of "never": nothing is past due, nothing comes due. The database calls it infinity."""


def day_number(day: date) -> int:
    """Return how many days after 2000-01-01 a date is.

    >>> day_number(date(2000, 3, 1))
    60
    """
    return (day - FIRST_DAY).days


def date_of(number: int) -> date | None:
    """Return the date of a day number, None for "never"."""
    return None if number == NO_DAY else FIRST_DAY + timedelta(days=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """Where loans stand at the close of a day; every attribute an int64 array of one length.

    Balances are what the postings so far add up to; amounts are fen, >= 0 unless said.

    Attributes:
        loan_no: the loan's number, ascending, each once.
        principal_fen: principal outstanding, due or not.
        interest_fen: interest accrued and unpaid, due or not; below 0 while paid ahead of its accrual.
        fee_fen: fees charged and unpaid.
        penalty_fen: penalty interest accrued and unpaid.
        due_principal_fen: principal that came due and is unpaid.
        due_interest_fen: interest that came due and is unpaid; what being overdue costs is not in it.
        oldest_due: day number of the oldest due date that is unpaid, `NO_DAY` if none.
        version: the plan in force.
        next_no: the next instalment's number, 0 if none is left.
        next_due: its due date, `NO_DAY` if none is left.
        next_principal_fen: the principal that will come due with it.
        next_interest_fen: the interest that will come due with it.
        period_interest_fen: the interest the running period accrues from `accrual_from` to `next_due`.
        accrual_from: the day from which the running period accrues evenly: its first, or that of a change;
            `NO_DAY` where no interest accrues.
        period_accrued_fen: what of `period_interest_fen` is accrued.
        interest_total_fen: all interest ever accrued on the loan.
        penalty_total_fen: all penalty interest ever accrued.
        penalty_remainder: the part of a fen of penalty that is carried, in units of 1 / `Rules.fen_unit`.
        penalty_waiting: penalty that waits for the days of grace to pass, in the same units.
        overdue_interest_remainder, overdue_interest_waiting: the same of interest on what is overdue.
        paid_up_on: the day since which nothing is past due, `NO_DAY` while something is.
        instalments_met: due dates met in full since then, or since the loan was restructured.
        restructured: 0 never or released, 1 under observation, 2 restructured again while it was.
        restructured_due: first due date of the new terms, `NO_DAY` if not restructured.
        tier: the class in force at the last close (0..5, 6 undecided), 0 before the first.
    """

    loan_no: Integers
    principal_fen: Integers
    interest_fen: Integers
    fee_fen: Integers
    penalty_fen: Integers
    due_principal_fen: Integers
    due_interest_fen: Integers
    oldest_due: Integers
    version: Integers
    next_no: Integers
    next_due: Integers
    next_principal_fen: Integers
    next_interest_fen: Integers
    period_interest_fen: Integers
    accrual_from: Integers
    period_accrued_fen: Integers
    interest_total_fen: Integers
    penalty_total_fen: Integers
    penalty_remainder: Integers
    penalty_waiting: Integers
    overdue_interest_remainder: Integers
    overdue_interest_waiting: Integers
    paid_up_on: Integers
    instalments_met: Integers
    restructured: Integers
    restructured_due: Integers
    tier: Integers

    def __post_init__(self) -> None:
        sizes = {getattr(self, field.name).size for field in fields(self)}
        if len(sizes) > 1:
            raise InputError("the columns of positions differ in length", got=sorted(sizes))
        if self.loan_no.size > 1 and not bool((np.diff(self.loan_no) > 0).all()):
            raise InputError("loans of positions are not in order, each once")

    def __len__(self) -> int:
        return int(self.loan_no.size)


POSITION_COLUMNS = tuple(field.name for field in fields(Positions))
"""The columns in the order they are stored."""


def taken(positions: Positions, which: Mask | Integers) -> Positions:
    """Return the positions at some places: a mask, or ascending places."""
    return Positions(**{name: getattr(positions, name)[which] for name in POSITION_COLUMNS})


def with_history(moved: Positions, before: Positions) -> Positions:
    """Return where events left loans, with what only closes of days know: class, due dates met, observation.

    A loan that was restructured since the close before keeps what its event says of the observation.
    """
    at = np.searchsorted(before.loan_no, moved.loan_no)
    at = np.minimum(at, max(len(before) - 1, 0))
    known = before.loan_no[at] == moved.loan_no if len(before) else np.zeros(len(moved), dtype=np.bool_)
    again = moved.restructured_due != before.restructured_due[at] if len(before) else ~known
    kept = {
        name: np.where(known & ~hidden, getattr(before, name)[at], getattr(moved, name))
        for name, hidden in (
            ("tier", ~known),
            ("paid_up_on", ~known),
            ("instalments_met", again),
            ("restructured", again),
        )
        if len(before)
    }
    return replace(moved, **kept)


def joined(before: Positions, changed: Positions) -> Positions:
    """Return positions in which changed loans replace theirs of before, and new ones are added, in order."""
    kept = taken(before, ~np.isin(before.loan_no, changed.loan_no))
    order = np.argsort(np.concatenate([kept.loan_no, changed.loan_no]), kind="stable")
    return Positions(
        **{
            name: np.concatenate([getattr(kept, name), getattr(changed, name)])[order]
            for name in POSITION_COLUMNS
        }
    )
