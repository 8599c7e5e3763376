"""The yearly rates a statement shows (贷款年化利率): annualised ones first, each with its method.

A loan that was opened by a signed agreement shows the rates that stand there, fees included. Another one has
none on record: then its first plan is annualised by the same two methods, without fees.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from creditloop.book.explaining import annualised_plan
from creditloop.book.loan_store import StoredLoan
from creditloop.book.loans import Disbursed
from creditloop.service.loans import percent_of_rate
from creditloop.service.statements.records import StatementRate


def annualised_rates(loan: StoredLoan, *, signed: Mapping[str, Any]) -> tuple[StatementRate, ...]:
    """Return a loan's rates, annualised ones first.

    Args:
        signed: the agreement, empty if there is none.
    """
    told = signed.get("rates")
    if told is not None:
        return tuple(
            StatementRate(
                code=str(one["code"]), zh=str(one["zh"]), en=str(one["en"]), shown=str(one["shown"])
            )
            for one in told
        )
    return _of_plan(loan)


def _of_plan(loan: StoredLoan) -> tuple[StatementRate, ...]:
    """Annualise the plan of the first pay-out, by days over a year of 365."""
    first = next(event for event in loan.history if isinstance(event, Disbursed))
    cost = annualised_plan(terms=loan.terms, rules=loan.rules, pay_out=first)
    rates: tuple[tuple[str, str, str, Decimal], ...] = (
        (
            "annual_compound",
            "年化利率（复利，内部收益率法，按首次还款计划，不含费用）",
            "annualised rate (compound, IRR, by the first plan, without fees)",
            cost.compound,
        ),
        (
            "annual_simple",
            "年化利率（单利，按首次还款计划，不含费用）",
            "annualised rate (simple, by the first plan, without fees)",
            cost.simple,
        ),
        ("annual_stated", "约定年利率（不含费用）", "agreed yearly rate, without fees", loan.terms.rate),
    )
    return tuple(
        StatementRate(code=code, zh=zh, en=en, shown=percent_of_rate(rate)) for code, zh, en, rate in rates
    )
