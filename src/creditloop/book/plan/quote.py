"""What a loan would cost before it is made (试算): its plan, its fees, and its annualised rates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import gcd

from creditloop.book.interest import DayCount, Rounding, Scale, ratio
from creditloop.book.interest.annualised_rate import RATE_DECIMALS, Flow, compound_rate, simple_rate
from creditloop.book.plan.periods import first_part_by_months
from creditloop.book.plan.plans import Plan, plan_of
from creditloop.book.plan.terms import InterestBy, PlanTerms, RepaymentMethod
from creditloop.kernel.errors import InputError

DAYS_A_YEAR = 365
"""Days by which flows on dates are annualised, whatever the day count of the interest."""
_DAYS_OF_DAILY_RATE = {
    DayCount.ACT_365: 365,
    DayCount.ACT_ACT: 365,
    DayCount.ACT_364: 364,
    DayCount.TWENTY_EIGHT_E_336: 336,
}
"""What the yearly rate is divided by for a day's; 360 for the others."""
_RATES = Scale(decimals=RATE_DECIMALS, rounding=Rounding.HALF_EVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A fee directly related to the loan (与贷款直接相关的费用).

    Attributes:
        code: what it is for, e.g. `guarantee`.
        amount_fen: >= 0, each time.
        instalments: with which it is paid; 0 is when the money is paid out.
    """

    code: str
    amount_fen: int
    instalments: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedRate:
    """A rate with its name and method, as it must be shown."""

    code: str
    zh: str
    en: str
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a loan would cost.

    Attributes:
        plan: what is due when; without fees.
        fees_fen: fees with each payment: at 0 those when the money is paid out, at k those of instalment k.
        annual_compound, annual_simple: all the loan costs as yearly fractions, 10 decimals; by the IRR
            method, and without interest on interest.
        annual_stated: the rate of the terms.
        daily_stated: the same for a day, 10 decimals.
    """

    plan: Plan
    fees_fen: tuple[int, ...]
    annual_compound: Decimal
    annual_simple: Decimal
    annual_stated: Decimal
    daily_stated: Decimal

    @property
    def total_interest_fen(self) -> int:
        """Interest of all instalments."""
        return self.plan.total_interest_fen

    @property
    def total_fees_fen(self) -> int:
        """All fees."""
        return sum(self.fees_fen)

    @property
    def rates(self) -> tuple[QuotedRate, ...]:
        """The rates in the order they are shown: annualised first, the daily one last, never alone."""
        shown = (self.annual_compound, self.annual_simple, self.annual_stated, self.daily_stated)
        return tuple(
            QuotedRate(code=code, zh=zh, en=en, rate=rate)
            for (code, zh, en), rate in zip(_NAMES_OF_RATES, shown, strict=True)
        )


_NAMES_OF_RATES = (
    ("annual_compound", "年化利率（复利，内部收益率法）", "annualised rate (compound, IRR)"),
    ("annual_simple", "年化利率（单利）", "annualised rate (simple)"),
    ("annual_stated", "约定年利率（不含费用）", "agreed yearly rate, without fees"),
    ("daily_stated", "约定日利率（不含费用）", "agreed daily rate, without fees"),
)


def quote(*, terms: PlanTerms, fees: Iterable[Fee] = ()) -> Quote:
    """Return what a loan would cost.

    With interest by days, time is that between dates, over a year of 365 days; by months, that of the periods
    as the interest is counted, so that a year has twelve equal months.

    Raises: InputError as `plan_of` does; if a fee is negative or paid with an instalment that is not there;
        or if the flows have no rate.
    """
    plan = plan_of(terms)
    paid = _fees_by_instalment(plan, fees)
    times, units_per_year = _times(terms, plan)
    amounts = map(sum, zip(plan.principal_fen, plan.interest_fen, paid[1:], strict=True))
    flows: Sequence[Flow] = [(0, paid[0] - terms.principal_fen), *zip(times, amounts, strict=True)]
    divisor = _DAYS_OF_DAILY_RATE.get(terms.rules.day_count, 360)
    return Quote(
        plan=plan,
        fees_fen=tuple(paid),
        annual_compound=compound_rate(flows=flows, units_per_year=units_per_year),
        annual_simple=simple_rate(flows=flows, units_per_year=units_per_year),
        annual_stated=terms.rate,
        daily_stated=_daily(terms.rate, divisor),
    )


def _daily(rate: Decimal, days: int) -> Decimal:
    top, below = ratio(rate)
    return _RATES.amount(_RATES.divide(top * _RATES.one, below * days))


def _fees_by_instalment(plan: Plan, fees: Iterable[Fee]) -> list[int]:
    """Return the sum of the fees paid at 0 and with each instalment."""
    paid = [0] * (len(plan) + 1)
    for fee in fees:
        if fee.amount_fen < 0:
            raise InputError("a fee is negative", got=fee.amount_fen, where={"fee": fee.code})
        for number in fee.instalments:
            if not 0 <= number <= len(plan):
                raise InputError(
                    "a fee is paid with an instalment that is not there",
                    got=number,
                    expected=f"0 to {len(plan)}",
                    where={"fee": fee.code},
                )
            paid[number] += fee.amount_fen
    return paid


def _times(terms: PlanTerms, plan: Plan) -> tuple[list[int], int]:
    """Return when instalments are paid, in whole units, and how many units a year has."""
    if terms.rules.interest_by is InterestBy.DAYS:
        return [(day - terms.start).days for day in plan.due], DAYS_A_YEAR
    top, units = first_part_by_months(terms, start=terms.start, end=terms.first_due)
    each, bullet = terms.rules.period.months * (units // 12), terms.rules.method is RepaymentMethod.BULLET
    times = [top + each * number for number in range(terms.count if bullet else len(plan))]
    common = gcd(units, top, each)
    return [time // common for time in (times[-1:] if bullet else times)], units // common
