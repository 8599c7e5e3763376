"""What the API answers about loan products and quotes; see `answers` for units.

A quote says its rates in the order in which they must be shown: what everything costs a year by the IRR
method first and most prominent, the daily rate last and never alone.
"""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from creditloop.service.http.answers import Answer, Hash


class Words(Answer):
    """A text in Chinese and English."""

    zh: str
    en: str


class ProductLine(Answer):
    """A product in the list."""

    product: Annotated[str, Field(description="产品 the name it is asked for by", examples=["retail_line"])]
    title: Words
    customer: Annotated[str, Field(examples=["person", "firm"])]
    purpose: Annotated[str, Field(examples=["consumption", "business"])]
    channel: Annotated[str, Field(examples=["internet", "branch"])]
    secured: bool
    revolving: bool
    methods: Annotated[list[str], Field(description="还款方式", examples=[["equal_instalment"]])]
    drawdown_min_fen: int
    drawdown_max_fen: int
    rate_annual_min_nano: int
    rate_annual_max_nano: int
    document: Hash


class NotSold(Answer):
    """A product that is not to be had on the day."""

    product: str
    why: str


class LoanProducts(Answer):
    """The bank's loan products on a day."""

    on: Annotated[date, Field(description="规则日期 the day whose values these are")]
    products: list[ProductLine]
    not_sold: list[NotSold]


class ProductTerm(Answer):
    """A term of a product (产品要素) with its day and source."""

    value: Annotated[Any, Field(description="取值 money in fen, ratios as decimal text")]
    since: date
    until: Annotated[date | None, Field(description="截止 the day another value takes its place")]
    source: str
    reference: str | None
    checked: Annotated[date | None, Field(description="核对日 when the source was last looked up")]


class ProductNumber(Answer):
    """A number or list of the rules that a product is judged by."""

    policy: str
    name: str
    value: Any
    unit: str
    since: date
    source: str
    reference: str | None
    checked: date | None


class AllocationOrder(Answer):
    """The order in which a repayment settles (冲抵顺序) above so many days past due."""

    above_dpd: Annotated[int | None, Field(description="null: a loan that is not late")]
    order: Annotated[list[str], Field(description="twelve cells, the first settled first")]


class LenderShare(Answer):
    """A lender of a programme of joint lending (联合放款)."""

    lender: str
    title: Words
    share: Annotated[str, Field(description="出资比例 as a fraction", examples=["3/10"])]


class LoanProduct(Answer):
    """A product as in force on a day, with every rule it names."""

    product: str
    title: Words
    on: Annotated[date, Field(description="规则日期 the day whose values these are")]
    since: date
    until: date | None
    customer: str
    purpose: str
    channel: str
    secured: bool
    revolving: bool
    terms: dict[str, ProductTerm]
    allocation: list[AllocationOrder]
    lenders: Annotated[list[LenderShare], Field(description="empty: the bank lends alone")]
    numbers: list[ProductNumber]
    documents: Annotated[dict[str, str], Field(description="文件 path and SHA-256 of every document read")]


class QuotedRate(Answer):
    """A rate by its name and method."""

    code: Annotated[str, Field(examples=["annual_compound"])]
    zh: str
    en: str
    rate_nano: Annotated[int, Field(description="in nano, half away from zero")]
    percent: Annotated[str, Field(description="as it may be shown, four decimals", examples=["7.4424 %"])]


class PlannedInstalment(Answer):
    """One row of a plan (期)."""

    nr: int
    start: Annotated[date, Field(description="first day of its interest period")]
    due: date
    days: int
    principal_fen: int
    interest_fen: int
    fees_fen: int
    amount_fen: Annotated[int, Field(description="本期应还 principal, interest and fees")]
    balance_fen: Annotated[int, Field(description="剩余本金 principal still owed after it")]


class QuotedFee(Answer):
    """A fee and when it is paid."""

    fee: str
    title: Words
    basis: Annotated[str, Field(examples=["drawdown", "balance", "amount"])]
    paid_to: str
    at_pay_out_fen: int
    with_instalments_fen: list[int]
    total_fen: int


class DrawdownRule(Answer):
    """A rule that is not kept, or could not be told."""

    rule: str
    norm: Annotated[Words, Field(description="规则 what should be so")]
    holds: Annotated[bool | None, Field(description="null: it could not be told, a person decides")]
    code: Annotated[str, Field(description="原因码", examples=["DR_07"])]
    why: Annotated[Words | None, Field(description="原因 why it is broken; null if it could not be told")]
    missing: Annotated[list[str], Field(description="what it would have had to know")]
    side: Annotated[str | None, Field(description="whose side it was asked from: the lender's, if not null")]
    since: date | None
    policy: str
    numbers: Annotated[
        list[dict[str, Any]], Field(description="依据 what it reads, with sources; [] if kept")
    ]
    facts: dict[str, Any]


class DrawdownCheck(Answer):
    """What the rules of the day say of the drawdown (支用检查)."""

    outcome: Annotated[str, Field(description="结论", examples=["approve", "refer", "decline"])]
    broken: Annotated[list[str], Field(description="rules that are not kept")]
    unknown: Annotated[list[str], Field(description="rules that could not be told")]
    kept: Annotated[list[str], Field(description="rules that are kept; what they read stands in the product")]
    rules: Annotated[list[DrawdownRule], Field(description="those broken or unknown, with their reasons")]


class LoanQuote(Answer):
    """What a loan would cost (试算): nothing is kept, nothing is promised."""

    rates: Annotated[list[QuotedRate], Field(description="in the order they are shown, the first largest")]
    product: str
    method: str
    amount_fen: int
    rate_annual_nano: int
    start: date
    term_months: int
    total_interest_fen: int
    total_fees_fen: int
    total_fen: Annotated[int, Field(description="还款总额 principal, interest and fees")]
    fees: list[QuotedFee]
    instalments: list[PlannedInstalment]
    check: Annotated[DrawdownCheck | None, Field(description="null: nothing was said of the borrower")]
    rules_as_of: date
    documents: Annotated[dict[str, str], Field(description="文件 path and SHA-256 of every document read")]
