"""Close a day: roll what comes due, accrue interest and penalty for the day, count the days past due.

For day d, in this order, per loan:

    1 due         next_due = d: its principal and interest are due now; the next period begins at that date
    2 interest    accrued by the end of d is period_interest × (d + 1 − accrual_from) / (next_due −
                  accrual_from), rounded half away from zero; the day's accrual is what that adds. So the days
                  of a period add up to its interest, to the fen, whatever day count made it
    3 penalty     what is due and unpaid × yearly penalty rate / basis for each day from the oldest unpaid due
                  date; the part of a fen is carried. Within the days of grace it waits; when grace has passed
                  without payment, what waits is charged too where the product says so. Interest on what is
                  overdue goes the same way, by its own rate
    4 dpd         d − oldest unpaid due date, 0 if nothing is unpaid or grace has not passed; a late loan is
                  not paid up, a due date that leaves nothing unpaid is one met

Step 3 is the rule of `book.loans.rows.overdue` over columns; tests hold the two together.

A loan that was changed by an event of the day comes with the position the event left; rolling is then done
already, and doing it again changes nothing.
"""

from dataclasses import dataclass, replace

import numpy as np

from creditloop.book.day_end.positions import NO_DAY, Integers, Mask, Positions
from creditloop.kernel.errors import BookError, InputError

_INT64_MAX = 2**63 - 1
RATE_UNIT = 1_000_000_000
"""Penalty rates are nano: 10^-9 of a yearly rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalments:
    """Instalments that may come next, one place each, sorted by loan and number.

    Attributes:
        loan_no, version, no: which instalment of which plan.
        due: due date as a day number.
        principal_fen, interest_fen: what comes due with it.
        period_interest_fen: what its period accrues, paid in advance or not.
    """

    loan_no: Integers
    version: Integers
    no: Integers
    due: Integers
    principal_fen: Integers
    interest_fen: Integers
    period_interest_fen: Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a loan's agreement and product say, one place a loan, in the order of the positions.

    Attributes:
        penalty_rate_nano: yearly penalty rate on what is past due, in nano.
        overdue_interest_rate_nano: yearly rate of interest on what is past due, in nano.
        interest_bears_penalty: 1 where unpaid interest bears both as principal does, else 0.
        penalty_basis: days of a year for both: 360 or 365.
        grace_days: days after the oldest unpaid due date within which nothing is charged, >= 0.
        grace_is_charged: 1 where the days of grace are charged too once grace has passed unpaid, else 0.
    """

    penalty_rate_nano: Integers
    overdue_interest_rate_nano: Integers
    interest_bears_penalty: Integers
    penalty_basis: Integers
    grace_days: Integers
    grace_is_charged: Integers

    @property
    def fen_unit(self) -> Integers:
        """How many parts of a fen that being overdue costs make one fen."""
        return self.penalty_basis * RATE_UNIT


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedDay:
    """What the close of a day gives.

    Attributes:
        positions: where the loans stand at the close.
        interest_fen: interest accrued for the day, that on what is overdue included; below 0 never.
        penalty_fen: penalty accrued for the day.
        came_due: whether an instalment came due in this close.
        dpd: days past due at the close.
    """

    positions: Positions
    interest_fen: Integers
    penalty_fen: Integers
    came_due: Mask
    dpd: Integers


def close_day(positions: Positions, *, instalments: Instalments, rules: Rules, day: int) -> ClosedDay:
    """Close a day; see the module for the steps.

    Args:
        positions: at the close of the day before, or as an event of the day left them.
        instalments: at least the instalment after the next one, of every loan whose next one is due.
        rules: one place for every loan of `positions`.
        day: the day to close, as a day number.
    Raises: InputError if a rule cannot be, a position does not stand right before the day, or the
        instalment after a due one is missing;
        BookError if an amount is too large to be computed with 64 bits.
    """
    _check(positions, rules, day)
    rolled, came_due = _roll_due(positions, instalments, day)
    accrued, interest_fen = _accrue(rolled, day)
    charged, penalty_fen, overdue_interest_fen = _charge_overdue(accrued, rules, day)
    counted, dpd = _count_days(charged, rules, came_due, day)
    return ClosedDay(
        positions=counted,
        interest_fen=interest_fen + overdue_interest_fen,
        penalty_fen=penalty_fen,
        came_due=came_due,
        dpd=dpd,
    )


def _check(positions: Positions, rules: Rules, day: int) -> None:
    if rules.penalty_rate_nano.size != len(positions):
        raise InputError("not one rule a loan", got=rules.penalty_rate_nano.size, expected=len(positions))
    for name, wrong in (
        ("penalty_rate_nano", rules.penalty_rate_nano < 0),
        ("overdue_interest_rate_nano", rules.overdue_interest_rate_nano < 0),
        ("penalty_basis", rules.penalty_basis <= 0),
        ("grace_days", rules.grace_days < 0),
    ):
        _refuse(positions, wrong, f"a loan's {name} cannot be")
    _refuse(
        positions, positions.next_due < day, "a loan has an instalment of an earlier day that never came due"
    )


def _refuse(positions: Positions, wrong: Mask, message: str) -> None:
    if wrong.any():
        raise InputError(
            message, got=f"{int(wrong.sum())} such loans", where={"loan": int(positions.loan_no[wrong][0])}
        )


def _roll_due(positions: Positions, instalments: Instalments, day: int) -> tuple[Positions, Mask]:
    """Make due what is due on the day, and let the next period begin."""
    due = positions.next_due == day
    if not due.any():
        return positions, due
    _refuse(
        positions,
        due & (positions.period_accrued_fen != positions.period_interest_fen),
        "a loan's period ends before its interest is accrued",
    )
    # what is open of a loan with nothing overdue is open on the instalment that comes due now
    comes = positions.next_principal_fen + positions.next_interest_fen
    unpaid = due & (comes + positions.fee_fen + positions.penalty_fen > 0)
    following = _following(positions, instalments, due)
    has_next = following >= 0
    place = np.where(has_next, following, 0)

    def after(column: Integers, none: int, before: Integers) -> Integers:
        if not column.size:
            return np.where(due, none, before)
        return np.where(due, np.where(has_next, column[place], none), before)

    period_interest = after(instalments.period_interest_fen, 0, positions.period_interest_fen)
    return (
        replace(
            positions,
            due_principal_fen=positions.due_principal_fen + np.where(due, positions.next_principal_fen, 0),
            due_interest_fen=positions.due_interest_fen + np.where(due, positions.next_interest_fen, 0),
            oldest_due=np.where(unpaid, np.minimum(positions.oldest_due, day), positions.oldest_due),
            next_no=after(instalments.no, 0, positions.next_no),
            next_due=after(instalments.due, NO_DAY, positions.next_due),
            next_principal_fen=after(instalments.principal_fen, 0, positions.next_principal_fen),
            next_interest_fen=after(instalments.interest_fen, 0, positions.next_interest_fen),
            period_interest_fen=period_interest,
            accrual_from=np.where(due, np.where(period_interest > 0, day, NO_DAY), positions.accrual_from),
            period_accrued_fen=np.where(due, 0, positions.period_accrued_fen),
        ),
        due,
    )


def _following(positions: Positions, instalments: Instalments, due: Mask) -> Integers:
    """Return the place of what follows each due instalment, -1 where its plan ends or nothing is due."""
    found = np.full(len(positions), -1, dtype=np.int64)
    last = due & (positions.next_principal_fen - positions.principal_fen + positions.due_principal_fen == 0)
    wanted = np.flatnonzero(due)
    if instalments.loan_no.size:
        starts = np.searchsorted(instalments.loan_no, positions.loan_no[wanted], side="left")
        ends = np.searchsorted(instalments.loan_no, positions.loan_no[wanted], side="right")
        for step in range(int((ends - starts).max(initial=0))):
            at = np.minimum(starts + step, instalments.loan_no.size - 1)
            fits = (
                (starts + step < ends)
                & (instalments.version[at] == positions.version[wanted])
                & (instalments.no[at] == positions.next_no[wanted] + 1)
            )
            found[wanted[fits]] = at[fits]
    _refuse(positions, due & (found < 0) & ~last, "a loan's next instalment is missing")
    return found


def _accrue(positions: Positions, day: int) -> tuple[Positions, Integers]:
    """Accrue the day's interest of the running periods; see the module, step 2."""
    running = positions.next_due != NO_DAY
    length = np.where(running, positions.next_due - positions.accrual_from, 1)
    elapsed = np.where(running, np.maximum(day + 1 - positions.accrual_from, 0), 0)
    _check_product(positions, positions.period_interest_fen, np.maximum(elapsed, 1) * 2, "interest")
    after = (2 * positions.period_interest_fen * elapsed + length) // (2 * length)
    target = np.where(running, after, positions.period_accrued_fen)
    accrued = target - positions.period_accrued_fen
    return (
        replace(
            positions,
            period_accrued_fen=target,
            interest_fen=positions.interest_fen + accrued,
            interest_total_fen=positions.interest_total_fen + accrued,
        ),
        accrued,
    )


def _charge_overdue(positions: Positions, rules: Rules, day: int) -> tuple[Positions, Integers, Integers]:
    """Charge penalty and interest for a day of being overdue; see the module, step 3."""
    unpaid = positions.oldest_due != NO_DAY
    bearing = positions.due_interest_fen * rules.interest_bears_penalty
    base = np.where(unpaid, positions.due_principal_fen + bearing, 0)
    waits = unpaid & (day - positions.oldest_due < rules.grace_days)
    penalty_fen, remainder, waiting = _in_fen(
        positions,
        rules,
        _cost(positions, base, rules.penalty_rate_nano, "penalty"),
        (positions.penalty_remainder, positions.penalty_waiting),
        (unpaid, waits),
    )
    changed = replace(
        positions,
        penalty_fen=positions.penalty_fen + penalty_fen,
        penalty_total_fen=positions.penalty_total_fen + penalty_fen,
        penalty_remainder=remainder,
        penalty_waiting=waiting,
    )
    if not rules.overdue_interest_rate_nano.any() and not positions.overdue_interest_waiting.any():
        return changed, penalty_fen, np.zeros_like(penalty_fen)
    interest_fen, remainder, waiting = _in_fen(
        positions,
        rules,
        _cost(positions, base, rules.overdue_interest_rate_nano, "interest on what is overdue"),
        (positions.overdue_interest_remainder, positions.overdue_interest_waiting),
        (unpaid, waits),
    )
    changed = replace(
        changed,
        interest_fen=changed.interest_fen + interest_fen,
        interest_total_fen=changed.interest_total_fen + interest_fen,
        overdue_interest_remainder=remainder,
        overdue_interest_waiting=waiting,
    )
    return changed, penalty_fen, interest_fen


def _cost(positions: Positions, base: Integers, rate_nano: Integers, what: str) -> Integers:
    """Return what a day costs, in parts of a fen."""
    _check_product(positions, base, rate_nano, what)
    return base * rate_nano


def _in_fen(
    positions: Positions,
    rules: Rules,
    cost: Integers,
    kept: tuple[Integers, Integers],
    masks: tuple[Mask, Mask],
) -> tuple[Integers, Integers, Integers]:
    """Return the whole fen of a day's cost, the part of a fen that is carried, and what waits.

    Args:
        kept: carried and waiting before the day.
        masks: whether something is unpaid; whether the days of grace are running.
    """
    (carried, waiting), (unpaid, waits) = kept, masks
    due = np.where(unpaid, waiting * rules.grace_is_charged, 0)
    exact = np.where(waits, carried, carried + cost + due)
    _refuse_overflow(positions, exact < 0, "cost of being overdue")
    fen, remainder = np.divmod(exact, rules.fen_unit)
    return fen, remainder, np.where(waits, waiting + cost, 0)


def _count_days(positions: Positions, rules: Rules, came_due: Mask, day: int) -> tuple[Positions, Integers]:
    """Count the days past due, and the due dates met in full; see the module, step 4."""
    unpaid = positions.oldest_due != NO_DAY
    since = np.where(unpaid, np.maximum(day - positions.oldest_due, 0), 0)
    dpd = np.where(since > rules.grace_days, since, 0)
    late = dpd > 0
    paid_up_now = ~late & (positions.paid_up_on == NO_DAY)
    met = positions.instalments_met + (came_due & ~unpaid)
    return (
        replace(
            positions,
            paid_up_on=np.where(late, NO_DAY, np.where(paid_up_now, day, positions.paid_up_on)),
            instalments_met=np.where(late, 0, met),
        ),
        dpd,
    )


def _check_product(positions: Positions, left: Integers, right: Integers, what: str) -> None:
    """Refuse factors whose product may leave 62 bits: a wrapped amount would be silently wrong."""
    _refuse_overflow(positions, np.abs(left) > _INT64_MAX // 2 // np.maximum(np.abs(right), 1), what)


def _refuse_overflow(positions: Positions, wrong: Mask, what: str) -> None:
    if wrong.any():
        raise BookError(
            f"a loan's {what} is too large to be computed for a whole day at once",
            where={"loan": int(positions.loan_no[wrong][0])},
        )
