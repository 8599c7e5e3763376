"""What a loan of a product would cost (试算): its plan, every fee of its document, and the all-in cost.

A fee on the drawdown or of a fixed amount is paid when the money is paid out; one on the balance by the year
comes with each instalment, for the days of its period and the principal owed during it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditloop.book.calendars import BusinessDays
from creditloop.book.interest import interest, ratio, year_fraction
from creditloop.book.plan import Fee as PlanFee
from creditloop.book.plan import Plan, PlanTerms, Quote, RepaymentMethod, plan_of, quote
from creditloop.lend.products.product import Product
from creditloop.lend.products.terms import Fee, FeeBasis


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductQuote:
    """A quote of a product, with what rules ask of it.

    Attributes:
        all_in_annual: yearly cost with every fee, by the IRR method: the dearer way to say it, and the one
            that caps are held against.
        fees_annual: the part of it that fees make up, >= 0.
    """

    quote: Quote
    all_in_annual: Decimal
    fees_annual: Decimal


def quote_product(
    *,
    product: Product,
    method: RepaymentMethod,
    principal_fen: int,
    rate_annual: Decimal,
    start: date,
    term_months: int,
    business_days: BusinessDays,
) -> ProductQuote:
    """Return what a loan of a product would cost, with the fees in force on the product's day.

    Args:
        business_days: of the calendar the product names; `EVERY_DAY` where it names none.
    Raises: InputError if the product has no such plan (see `Product.plan_terms`) or the flows have no rate.
    """
    terms = product.plan_terms(
        method=method,
        principal_fen=principal_fen,
        rate_annual=rate_annual,
        start=start,
        term_months=term_months,
        business_days=business_days,
    )
    plan = plan_of(terms)
    fees = [paid for fee in product.terms.fees.value for paid in _paid(fee, terms, plan)]
    with_fees = quote(terms=terms, fees=fees)
    bare = quote(terms=terms) if fees else with_fees
    return ProductQuote(
        quote=with_fees,
        all_in_annual=with_fees.annual_compound,
        fees_annual=with_fees.annual_compound - bare.annual_compound,
    )


def _paid(fee: Fee, terms: PlanTerms, plan: Plan) -> Iterator[PlanFee]:
    """Give what is paid of a fee and with which instalments."""
    if fee.amount_fen is not None:
        yield PlanFee(code=fee.name, amount_fen=fee.amount_fen)
        return
    assert fee.rate is not None, "a fee has a rate or is an amount"
    rate, rounding = ratio(fee.rate), terms.rules.rounding
    if fee.basis is FeeBasis.DRAWDOWN:
        once = interest(units=terms.principal_fen, rate=rate, fraction=(1, 1), rounding=rounding)
        yield PlanFee(code=fee.name, amount_fen=once)
        return
    owed = (terms.principal_fen, *plan.balance_fen)
    ends = (*plan.start[1:], plan.due[-1])
    for number, (start, end) in enumerate(zip(plan.start, ends, strict=True), start=1):
        part = year_fraction(start=start, end=end, day_count=terms.rules.day_count)
        amount = interest(units=owed[number - 1], rate=rate, fraction=part, rounding=rounding)
        yield PlanFee(code=fee.name, amount_fen=amount, instalments=(number,))
