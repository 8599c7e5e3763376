"""Where an event left a loan, as a row of `book.loan_position`, and the plan it left, if it is another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from creditloop.book.day_end import POSITION_COLUMNS, RATE_UNIT
from creditloop.book.interest import Ratio
from creditloop.book.loans import LoanAccount, Standing, ToCome
from creditloop.kernel.errors import BookError

_NEVER = "infinity"
"""How the database writes a date that does not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What only closes of days know of a loan, and how it is restructured.

    Attributes:
        paid_up_on, restructured_due: None for never.
    """

    tier: int = 0
    paid_up_on: date | None
    instalments_met: int = 0
    restructured: int = 0
    restructured_due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """An instalment of a version of a plan as it is stored."""

    version: int
    number: int
    due: date
    principal_fen: int
    interest_fen: int
    period_interest_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLeft:
    """The plan an event left.

    Attributes:
        version, next_no: of the instalment that comes next; 0 where none is left.
        rows: what is stored as this version, if it is a new one.
    """

    version: int
    next_no: int
    rows: tuple[ToCome, ...]


def plan_left(*, standing: Standing, stored: Sequence[PlanRow]) -> PlanLeft:
    """Return the plan in force after an event: the stored one, or a new version.

    Args:
        stored: the version in force before, in order.
    """
    version = stored[0].version if stored else 0
    if standing.next is None:
        return PlanLeft(version=max(version, 1), next_no=0, rows=())
    at = next((row for row in stored if row.due == standing.next.due), None)
    if at is not None and _later(standing.to_come) == [
        (row.due, row.principal_fen, row.interest_fen, row.period_interest_fen)
        for row in stored
        if row.number > at.number
    ]:
        return PlanLeft(version=version, next_no=at.number, rows=())
    return PlanLeft(version=version + 1, next_no=1, rows=(standing.next, *standing.to_come))


def _later(to_come: Sequence[ToCome]) -> list[tuple[date, int, int, int]]:
    return [(one.due, one.principal, one.interest, one.period_interest) for one in to_come]


def instalment_rows(*, loan_no: int, plan: PlanLeft) -> list[tuple[object, ...]]:
    """Return a new version's rows: number of the row, loan, version, instalment, dates, amounts."""
    return [
        (
            number - 1,
            loan_no,
            plan.version,
            number,
            min(row.start, row.due - timedelta(days=1)),
            row.due,
            row.principal,
            row.interest,
            row.period_interest,
        )
        for number, row in enumerate(plan.rows, start=1)
    ]


def position_row(
    *, loan_no: int, standing: Standing, plan: PlanLeft, kept: Kept, basis: int
) -> tuple[object, ...]:
    """Return the values of `POSITION_COLUMNS`.

    Raises: BookError if a part of a fen is no whole number of the parts the day end counts in.
    """
    balances, after = standing.balances, standing.next
    unit = basis * RATE_UNIT
    values: dict[str, object] = {
        "loan_no": loan_no,
        "principal_fen": balances.get(LoanAccount.LOAN_PRINCIPAL, 0),
        "interest_fen": balances.get(LoanAccount.INTEREST_RECEIVABLE, 0),
        "fee_fen": balances.get(LoanAccount.FEE_RECEIVABLE, 0),
        "penalty_fen": balances.get(LoanAccount.PENALTY_RECEIVABLE, 0),
        "due_principal_fen": standing.due_principal,
        "due_interest_fen": standing.due_interest,
        "oldest_due": standing.oldest_due or _NEVER,
        "version": plan.version,
        "next_no": plan.next_no,
        "next_due": after.due if after else _NEVER,
        "next_principal_fen": after.principal if after else 0,
        "next_interest_fen": after.interest if after else 0,
        "period_interest_fen": after.period_interest if after else 0,
        "accrual_from": after.start if after and after.period_interest > 0 else _NEVER,
        "period_accrued_fen": standing.accrued,
        "interest_total_fen": -balances.get(LoanAccount.INTEREST_INCOME, 0),
        "penalty_total_fen": -balances.get(LoanAccount.PENALTY_INCOME, 0),
        "penalty_remainder": _parts(standing.carried[0], unit),
        "penalty_waiting": _parts(standing.waiting[0], unit),
        "overdue_interest_remainder": _parts(standing.carried[1], unit),
        "overdue_interest_waiting": _parts(standing.waiting[1], unit),
        "paid_up_on": kept.paid_up_on or _NEVER,
        "instalments_met": kept.instalments_met,
        "restructured": kept.restructured,
        "restructured_due": kept.restructured_due or _NEVER,
        "tier": kept.tier,
    }
    return tuple(values[name] for name in POSITION_COLUMNS)


def _parts(exact: Ratio, unit: int) -> int:
    """Return a part of a fen in the day end's parts of a fen."""
    whole, rest = divmod(exact[0] * unit, exact[1])
    if rest:
        raise BookError("a part of a fen cannot be carried into the day end", got=exact, expected=f"/ {unit}")
    return whole
