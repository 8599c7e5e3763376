"""Plans of many loans of one product at once (批量还款计划), to the fen what `plan_of` says of each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from creditloop.book.calendars import EVERY_DAY, BusinessDays
from creditloop.book.plan.column_methods import divided_columns, fits
from creditloop.book.plan.column_periods import (
    NANO,
    Days,
    LoanColumns,
    MovedDays,
    Whole,
    are_whole,
    period_columns,
)
from creditloop.book.plan.plans import Plan, plan_of
from creditloop.book.plan.terms import (
    COUNT_MAX,
    PRINCIPAL_FEN_MAX,
    RATE_MAX,
    WITH_STEPS,
    PlanRules,
    PlanTerms,
    RepaymentMethod,
    Step,
)
from creditloop.kernel.errors import InputError

LOANS_AT_ONCE = 8_192
"""Loans that are planned together; a column of so many stays in a processor's cache."""
_FIRST_DAY, _LAST_DAY = np.datetime64("1900-01-01"), np.datetime64("2400-01-01")
"""Start dates of loans that are planned in columns; others are planned by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanColumns:
    """Plans of many loans: row k holds the instalments k + 1, column i those of loan i.

    Attributes:
        start: (n,) of datetime64[D], first day of each first period.
        count: (n,) of int64, how many instalments each plan has.
        due: (m, n) of datetime64[D]; not a time after a plan's last instalment.
        days: (m, n) of int64, actual days of interest periods; 0 after the last.
        principal_fen, interest_fen, balance_fen: (m, n) of int64; 0 after the last.
    """

    start: Days
    count: Whole
    due: NDArray[np.datetime64]
    days: NDArray[np.int64]
    principal_fen: NDArray[np.int64]
    interest_fen: NDArray[np.int64]
    balance_fen: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.count)

    def plan(self, at: int) -> Plan:
        """Return the plan of one loan."""
        size = int(self.count[at])
        days = self.days[:size, at]
        starts = self.start[at] + np.concatenate([[0], np.cumsum(days[:-1])])
        return Plan(
            start=tuple(starts.tolist()),
            due=tuple(self.due[:size, at].tolist()),
            days=tuple(days.tolist()),
            principal_fen=tuple(self.principal_fen[:size, at].tolist()),
            interest_fen=tuple(self.interest_fen[:size, at].tolist()),
            balance_fen=tuple(self.balance_fen[:size, at].tolist()),
        )


def plan_columns(
    *, rules: PlanRules, loans: LoanColumns, business_days: BusinessDays = EVERY_DAY
) -> Iterator[PlanColumns]:
    """Return the plans of loans, at most `LOANS_AT_ONCE` together, in order.

    Whatever could overflow, ends in doubt about a last fen, or is counted otherwise than in days over a
    constant or months, goes the way of a single loan.

    Raises: InputError as `PlanTerms` and `plan_of` do, naming the row; or if columns are not of one length.
    """
    _check_columns(rules, loans)
    return _planned(rules, loans, MovedDays(rules.convention, business_days))


def _planned(rules: PlanRules, loans: LoanColumns, moved: MovedDays) -> Iterator[PlanColumns]:
    for first in range(0, len(loans), LOANS_AT_ONCE):
        part = loans.taken(slice(first, first + LOANS_AT_ONCE))
        together = _is_plausible(rules, part)
        size = 1 if rules.method is RepaymentMethod.BULLET else int(part.count.clip(1, COUNT_MAX).max())
        columns = _empty(part, size)
        if are_whole(rules) and together.any():
            together = _plan_together(
                rules=rules, loans=part, together=together, moved=moved, columns=columns
            )
        else:
            together[:] = False
        for at in np.flatnonzero(~together).tolist():
            _plan_alone(rules=rules, loans=part, at=at, moved=moved, columns=columns, row=first + at)
        yield columns


def _empty(loans: LoanColumns, size: int) -> PlanColumns:
    """Return columns in which nothing is due."""
    shape = (size, len(loans))
    days, principal, interest, balance = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    due = np.full(shape, np.datetime64("NaT"), dtype="datetime64[D]")
    return PlanColumns(
        start=loans.start, count=loans.count.copy(), due=due, days=days,
        principal_fen=principal, interest_fen=interest, balance_fen=balance,
    )  # fmt: skip


def _plan_together(
    *,
    rules: PlanRules,
    loans: LoanColumns,
    together: NDArray[np.bool_],
    moved: MovedDays,
    columns: PlanColumns,
) -> NDArray[np.bool_]:
    """Plan those loans that can be; write their columns, and return which they were."""
    chosen = loans if together.all() else loans.taken(together)
    periods = period_columns(rules=rules, loans=chosen, moved=moved, size=int(chosen.count.max()))
    able = periods.due[0] > chosen.start.astype(np.int64)
    if rules.method is RepaymentMethod.BULLET:
        periods = periods.joined(chosen.count)
        chosen = replace(chosen, count=np.ones_like(chosen.count))
    able &= fits(chosen, periods)
    if not able.all():
        chosen, periods = chosen.taken(able), periods.taken(able)
        together = _among(together, able)
    if not len(chosen):
        return together
    divided = divided_columns(rules=rules, loans=chosen, periods=periods)
    count = chosen.count
    if rules.method is RepaymentMethod.FIXED_PAYMENT:
        count = (divided.balance == 0).argmax(axis=0) + 1
    after = np.arange(len(periods.due))[:, np.newaxis] >= count
    periods.days[after] = 0
    due = periods.due.astype("datetime64[D]")
    due[after] = np.datetime64("NaT")
    at, rows = (slice(None) if together.all() else together), slice(0, len(due))
    columns.count[at] = count
    columns.due[rows, at], columns.days[rows, at] = due, periods.days
    columns.principal_fen[rows, at], columns.interest_fen[rows, at] = divided.principal, divided.interest
    columns.balance_fen[rows, at] = divided.balance
    return _among(together, ~divided.doubtful)


def _among(chosen: NDArray[np.bool_], kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which loans are chosen and, among the chosen ones, kept."""
    both = chosen.copy()
    both[chosen] = kept
    return both


def _plan_alone(
    *, rules: PlanRules, loans: LoanColumns, at: int, moved: MovedDays, columns: PlanColumns, row: int
) -> None:
    """Plan one loan exactly and write its column."""
    try:
        plan = plan_of(_terms(rules, loans, at, moved.business_days))
    except InputError as error:
        raise InputError(
            error.message,
            got=error.got,
            expected=error.expected,
            where={"row": row, **error.where},
            hint=error.hint,
        ) from error
    size = len(plan)
    columns.count[at] = size
    for column in (columns.days, columns.principal_fen, columns.interest_fen, columns.balance_fen):
        column[:, at] = 0
    columns.due[:, at] = np.datetime64("NaT")
    columns.due[:size, at], columns.days[:size, at] = plan.due, plan.days
    columns.principal_fen[:size, at], columns.interest_fen[:size, at] = plan.principal_fen, plan.interest_fen
    columns.balance_fen[:size, at] = plan.balance_fen


def _terms(rules: PlanRules, loans: LoanColumns, at: int, business_days: BusinessDays) -> PlanTerms:
    """Return one loan's terms."""
    count = int(loans.count[at])
    amounts = [] if loans.amounts_fen is None else loans.amounts_fen[: max(count, 0), at].tolist()
    firsts = [number for number, amount in enumerate(amounts) if number == 0 or amount != amounts[number - 1]]
    return PlanTerms(
        rules=rules,
        principal_fen=int(loans.principal_fen[at]),
        rate=Decimal(f"{loans.rate_nano[at]}e-9"),
        start=loans.start[at].item(),
        first_due=loans.first_due[at].item(),
        count=count,
        due_day=None if loans.due_day is None else int(loans.due_day[at]),
        steps=tuple(Step(first=first + 1, amount_fen=amounts[first]) for first in firsts),
        business_days=business_days,
    )


def _check_columns(rules: PlanRules, loans: LoanColumns) -> None:
    """Refuse columns of other types or lengths, dates that are none, amounts missing or superfluous."""
    whole = {"principal_fen": loans.principal_fen, "rate_nano": loans.rate_nano, "count": loans.count}
    whole |= {} if loans.due_day is None else {"due_day": loans.due_day}
    for name, column in (*whole.items(), ("start", loans.start), ("first_due", loans.first_due)):
        expected = np.dtype(np.int64 if name in whole else "datetime64[D]")
        if column.dtype != expected or column.shape != (len(loans),):
            raise InputError(
                f"{name} is no such column",
                got=f"{column.dtype} {column.shape}",
                expected=f"{expected} ({len(loans)},)",
            )
        if np.isnat(column).any() if name not in whole else False:
            raise InputError(f"{name} is missing", where={"row": int(np.isnat(column).argmax())})
    amounts = loans.amounts_fen
    if (amounts is not None) != (rules.method in WITH_STEPS):
        raise InputError("amounts are those of stepped and fixed payments", got=rules.method)
    if amounts is None or not len(loans):
        return
    longest = int(loans.count.max())
    if (
        amounts.dtype != np.int64
        or amounts.ndim != 2
        or amounts.shape[1] != len(loans)
        or len(amounts) < longest
    ):
        raise InputError(
            "amounts_fen is no such column",
            got=f"{amounts.dtype} {amounts.shape}",
            expected=f"int64 ({longest}, {len(loans)})",
        )


def _is_plausible(rules: PlanRules, loans: LoanColumns) -> NDArray[np.bool_]:
    """Say of each loan whether `PlanTerms` takes it; of the others it is asked one by one."""
    grace = max(rules.principal_grace, rules.interest_grace)
    plausible = (loans.principal_fen > 0) & (loans.principal_fen <= PRINCIPAL_FEN_MAX)
    plausible &= (loans.rate_nano >= 0) & (loans.rate_nano <= int(RATE_MAX) * NANO)
    plausible &= (grace < loans.count) & (loans.count <= COUNT_MAX)
    plausible &= (loans.start >= _FIRST_DAY) & (loans.start < loans.first_due) & (loans.first_due < _LAST_DAY)
    if loans.due_day is not None:
        months = loans.first_due.astype("datetime64[M]")
        lengths = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
        day = (loans.first_due - months.astype("datetime64[D]")).astype(np.int64) + 1
        plausible &= (day == np.minimum(loans.due_day, lengths)) & (loans.due_day <= 31)
        plausible &= rules.period.months > 0
    if loans.amounts_fen is not None:
        within = np.arange(len(loans.amounts_fen))[:, np.newaxis] < loans.count
        plausible &= ~((loans.amounts_fen < 0) & within).any(axis=0)
    return plausible
