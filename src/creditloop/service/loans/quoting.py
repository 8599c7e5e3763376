"""What a loan of a product would cost, and whether the rules of its day let it be drawn (试算与支用检查)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from creditloop.book.calendars import BusinessDays
from creditloop.book.plan import PlanTerms, RepaymentMethod
from creditloop.kernel.errors import InputError
from creditloop.lend.products import (
    Customer,
    DrawdownFacts,
    DrawdownOutcome,
    Fee,
    LenderPosition,
    Product,
    ProductQuote,
    ProductRules,
    check_drawdown,
    quote_product,
)
from creditloop.service.loans.in_force import business_days_of, rules_in_force
from creditloop.service.places import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanAsked:
    """A loan as somebody asks for it.

    Attributes:
        amount_fen: what is paid out, > 0.
        rate_annual: yearly fraction, at most nine decimals.
        start: the day it is paid out.
    """

    product: str
    method: RepaymentMethod
    amount_fen: int
    rate_annual: Decimal
    start: date
    term_months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowerFacts:
    """What is known of who asks; None where something is not known. See `lend.products.DrawdownFacts`."""

    customer: Customer
    limit_fen: int | None
    owed_fen: int | None
    frozen: bool | None
    dpd: int | None
    loan_purpose: str | None
    region: str | None
    consumer_unsecured_fen: int | None
    good_credit_large_need: bool | None
    lenders: dict[str, LenderPosition]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedFee:
    """A fee of the product and what is paid of it: at 0 with the pay-out, at k with instalment k, fen."""

    fee: Fee
    paid_fen: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLoan:
    """A quote with all that it follows from.

    Attributes:
        rules: the product and its rules, as in force on the day of the pay-out.
        terms: what the plan was made from.
    """

    asked: LoanAsked
    rules: ProductRules
    terms: PlanTerms
    quote: ProductQuote
    fees: tuple[QuotedFee, ...]

    @property
    def documents(self) -> dict[str, str]:
        """Every document it follows from, with its hash: the versions that were quoted by."""
        return {document.path: document.hash for document in self.rules.documents}


def quoted_loan(places: Places, *, asked: LoanAsked) -> QuotedLoan:
    """Return what a loan would cost, by its product as in force on the day of the pay-out.

    Raises: UnknownId for a product there is not; InputError naming the field for what the product does not
        have; PolicyError naming the file of what is wrong.
    """
    rules = rules_in_force(places, product=asked.product, on=asked.start, field="start")
    product = rules.product
    _check_asked(product, asked)
    business_days = business_days_of(places, product=product)
    quote = _quote(product, asked, business_days)
    return QuotedLoan(
        asked=asked,
        rules=rules,
        terms=product.plan_terms(
            method=asked.method,
            principal_fen=asked.amount_fen,
            rate_annual=asked.rate_annual,
            start=asked.start,
            term_months=asked.term_months,
            business_days=business_days,
        ),
        quote=quote,
        fees=tuple(_fees(product, asked, business_days, quote)),
    )


def checked_drawdown(quoted: QuotedLoan, *, facts: BorrowerFacts) -> DrawdownOutcome:
    """Return what the rules of the day say of drawing a quoted loan.

    Raises: InputError naming the field for an amount that cannot be, or a lender the programme has not.
    """
    asked = quoted.asked
    return check_drawdown(
        rules=quoted.rules,
        facts=DrawdownFacts(
            business_date=asked.start,
            customer=facts.customer,
            amount_fen=asked.amount_fen,
            limit_fen=facts.limit_fen,
            owed_fen=facts.owed_fen,
            frozen=facts.frozen,
            dpd=facts.dpd,
            term_months=asked.term_months,
            method=asked.method,
            rate_annual=asked.rate_annual,
            all_in_annual=quoted.quote.all_in_annual,
            loan_purpose=facts.loan_purpose,
            region=facts.region,
            consumer_unsecured_fen=facts.consumer_unsecured_fen,
            good_credit_large_need=facts.good_credit_large_need,
            lenders=facts.lenders,
        ),
    )


def _check_asked(product: Product, asked: LoanAsked) -> None:
    """Refuse what no plan of the product can have, by the name of the field."""
    methods, every = product.terms.methods.value, product.terms.due_days.value.every_months
    if asked.method not in methods:
        raise InputError(
            "the product does not offer this method",
            got=asked.method.value,
            expected=", ".join(method.value for method in methods),
            where={"field": "method", "product": product.name},
        )
    if asked.term_months % every:
        raise InputError(
            "the term is not a whole number of instalments",
            got=f"{asked.term_months} months",
            expected=f"by {every} months",
            where={"field": "term_months", "product": product.name},
        )


def _quote(product: Product, asked: LoanAsked, business_days: BusinessDays) -> ProductQuote:
    return quote_product(
        product=product,
        method=asked.method,
        principal_fen=asked.amount_fen,
        rate_annual=asked.rate_annual,
        start=asked.start,
        term_months=asked.term_months,
        business_days=business_days,
    )


def _fees(
    product: Product, asked: LoanAsked, business_days: BusinessDays, quote: ProductQuote
) -> Iterator[QuotedFee]:
    """Give what is paid of each fee: a quote adds them up, so of several each is quoted by itself."""
    fees = product.terms.fees
    for fee in fees.value:
        alone = quote
        if len(fees.value) > 1:
            terms = replace(product.terms, fees=replace(fees, value=(fee,)))
            alone = _quote(replace(product, terms=terms), asked, business_days)
        yield QuotedFee(fee=fee, paid_fen=alone.quote.fees_fen)
