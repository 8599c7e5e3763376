"""How repayment methods divide many loans at once, in int64 that was checked not to overflow.

A loan that a method cannot do in columns, or that must be refused, is marked, and planned by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from creditloop.book.interest import Rounding
from creditloop.book.plan.column_levels import FACTOR_END, PRINCIPAL_END, divided, level_instalments
from creditloop.book.plan.column_periods import LoanColumns, PeriodColumns, Whole
from creditloop.book.plan.terms import FirstStub, PlanRules, RepaymentMethod, Rest

INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Divided:
    """Principal, interest and balance of loans, (m, n) of int64 each, and who must be planned by itself."""

    principal: NDArray[np.int64]
    interest: NDArray[np.int64]
    balance: NDArray[np.int64]
    doubtful: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Loans:
    """What a method looks at; it marks loans in `doubtful`."""

    rules: PlanRules
    columns: LoanColumns
    factors: NDArray[np.int64]
    denominator: Whole
    doubtful: NDArray[np.bool_]

    @property
    def amounts(self) -> NDArray[np.int64]:
        """The stated amounts of a method that has some."""
        assert self.columns.amounts_fen is not None
        return self.columns.amounts_fen


def fits(loans: LoanColumns, periods: PeriodColumns) -> NDArray[np.bool_]:
    """Say for each loan whether nothing of its plan can overflow."""
    largest = np.maximum(periods.factors.max(axis=0), periods.regular_first)
    small: NDArray[np.bool_] = loans.principal_fen < PRINCIPAL_END
    small &= periods.denominator + largest < FACTOR_END
    small &= largest <= periods.denominator
    room = (INT64_MAX - FACTOR_END) // np.maximum(largest, 1)
    small &= (periods.factors.min(axis=0) >= 0) & (loans.principal_fen <= room)
    return small


def divided_columns(*, rules: PlanRules, loans: LoanColumns, periods: PeriodColumns) -> Divided:
    """Return what instalments pay; all loans must fit. After a loan's last one there is nothing."""
    factors, first = periods.factors, periods.factors[0]
    if rules.first_stub is FirstStub.APART:
        factors = np.concatenate([periods.regular_first[np.newaxis], factors[1:]])
    doubtful = np.zeros(len(loans), dtype=np.bool_)
    repaid_by = _METHODS[rules.method](_Loans(rules, loans, factors, periods.denominator, doubtful))
    principal, interest, balances = (np.empty_like(factors) for _ in range(3))
    balance, last = loans.principal_fen, loans.count - 1
    for number, factor in enumerate(factors):
        due = divided(balance * factor, periods.denominator, rules.rounding)
        repaid = repaid_by(number, balance, due)
        repaid = np.where(number == last, balance, repaid)
        balance = balance - repaid
        principal[number], interest[number], balances[number] = repaid, due, balance
    if rules.first_stub is FirstStub.APART:
        interest[0] = divided(loans.principal_fen * first, periods.denominator, rules.rounding)
    if grace := rules.interest_grace:
        interest[grace] += interest[:grace].sum(axis=0)
        interest[:grace] = 0
    return Divided(principal, interest, balances, doubtful)


_Repaid = Callable[[int, Whole, Whole], Whole]
"""From an instalment's number (from 0), balances and interest to the principal it repays."""


def _equal_instalments(loans: _Loans) -> _Repaid:
    grace, columns = loans.rules.principal_grace, loans.columns
    level = level_instalments(
        principal=columns.principal_fen, factors=loans.factors[grace:], denominator=loans.denominator,
        count=columns.count - grace, rounding=loans.rules.rounding, doubtful=loans.doubtful,
    )  # fmt: skip

    def repaid(number: int, balance: Whole, due: Whole) -> Whole:
        if number < grace:
            return np.zeros_like(balance)
        return (level - due).clip(0, balance)

    return repaid


def _fixed_payments(loans: _Loans) -> _Repaid:
    grace, amounts, last = loans.rules.principal_grace, loans.amounts, loans.columns.count - 1

    def repaid(number: int, balance: Whole, due: Whole) -> Whole:
        if number < grace:
            return np.zeros_like(balance)
        left: Whole = amounts[number] - due
        loans.doubtful[(left < 0) & (number < last)] = True
        return left.clip(0, balance)

    return repaid


def _equal_principal(loans: _Loans) -> _Repaid:
    rules, grace = loans.rules, loans.rules.principal_grace
    count, first_takes_rest = loans.columns.count - grace, rules.rest is Rest.FIRST
    rounding = Rounding.DOWN if first_takes_rest else rules.rounding
    part = divided(loans.columns.principal_fen, count, rounding)

    def repaid(number: int, balance: Whole, _due: Whole) -> Whole:
        if number < grace:
            return np.zeros_like(balance)
        if number == grace and first_takes_rest:
            return balance - part * (count - 1)
        return part.clip(0, balance)

    return repaid


def _at_the_end(_loans: _Loans) -> _Repaid:
    return lambda _number, balance, _due: np.zeros_like(balance)


def _stepped(loans: _Loans) -> _Repaid:
    amounts, last = loans.amounts, loans.columns.count - 1

    def repaid(number: int, balance: Whole, _due: Whole) -> Whole:
        stated: Whole = amounts[number]
        loans.doubtful[(stated > balance) & (number < last)] = True
        return stated.clip(0, balance)

    return repaid


_METHODS: dict[RepaymentMethod, Callable[[_Loans], _Repaid]] = {
    RepaymentMethod.EQUAL_INSTALMENT: _equal_instalments,
    RepaymentMethod.EQUAL_PRINCIPAL: _equal_principal,
    RepaymentMethod.INTEREST_FIRST: _at_the_end,
    RepaymentMethod.BULLET: _at_the_end,
    RepaymentMethod.STEPPED: _stepped,
    RepaymentMethod.FIXED_PAYMENT: _fixed_payments,
}
