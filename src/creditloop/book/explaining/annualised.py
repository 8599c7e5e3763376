"""What a loan costs a year by its first plan (年化利率): for a loan whose agreement does not say it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditloop.book.interest.annualised_rate import compound_rate, simple_rate
from creditloop.book.loans import Disbursed, LoanRules, LoanTerms, replay

_DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCost:
    """The yearly rates of a plan without fees, as fractions with 10 decimals.

    Attributes:
        compound: by the IRR method; simple: without interest on interest.
    """

    since: date
    compound: Decimal
    simple: Decimal


def annualised_plan(*, terms: LoanTerms, rules: LoanRules, pay_out: Disbursed) -> PlanCost:
    """Return what the plan that a pay-out made costs a year, by days over a year of 365.

    Raises: what `replay` raises; InputError if the flows have no rate.
    """
    day = pay_out.value_date
    rows = replay(terms=terms, rules=rules, events=[pay_out], as_of=day).rows
    flows = [(0, -pay_out.amount), *(((row.due - day).days, sum(row.amounts)) for row in rows)]
    return PlanCost(
        since=day,
        compound=compound_rate(flows=flows, units_per_year=_DAYS_A_YEAR),
        simple=simple_rate(flows=flows, units_per_year=_DAYS_A_YEAR),
    )
