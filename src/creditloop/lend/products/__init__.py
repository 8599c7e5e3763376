"""Products (产品) as dated, sourced documents, and the rules a drawdown has to keep.

`read_product` reads policies/<product>/lend/product.yaml as in force on a day: what is offered, to whom, at
which rates, how it is counted, rounded, due, prepaid and charged. `read_product_rules` reads with it the
penalty, the allocation and the programme of joint lending it names. `Product.plan_rules` and
`ProductRules.loan_rules` hand them to the book as it computes with them, `quote_product` says what a loan
would cost with every fee. `check_drawdown` judges a drawdown
by every rule of its day and gives an outcome with each rule's name, numbers, days and sources.
"""

from creditloop.lend.dated_values import Dated, plain
from creditloop.lend.products.allocation import AllocationRule, allocation_rule
from creditloop.lend.products.drawdown import (
    DrawdownFacts,
    DrawdownOutcome,
    LenderPosition,
    check_drawdown,
)
from creditloop.lend.products.judging import RuleNumber, RuleResult, policy_numbers
from creditloop.lend.products.penalty import PenaltyRule, PenaltyTerms, penalty_rule
from creditloop.lend.products.product import (
    Channel,
    Customer,
    Product,
    ProductTerms,
    Purpose,
    dated_terms,
    read_product,
)
from creditloop.lend.products.quoting import ProductQuote, quote_product
from creditloop.lend.products.rules import ProductRules, read_product_rules
from creditloop.lend.products.terms import (
    DueRule,
    Fee,
    FeeBasis,
    FeeCharged,
    GraceRule,
    HolidayRule,
    PrepaymentOn,
    PrepaymentRule,
    RoundingRule,
    TermRange,
)
from creditloop.lend.shares import Lender, LenderScope, LenderStanding, Programme, read_programme

__all__ = [
    "AllocationRule",
    "Channel",
    "Customer",
    "Dated",
    "DrawdownFacts",
    "DrawdownOutcome",
    "DueRule",
    "Fee",
    "FeeBasis",
    "FeeCharged",
    "GraceRule",
    "HolidayRule",
    "Lender",
    "LenderPosition",
    "LenderScope",
    "LenderStanding",
    "PenaltyRule",
    "PenaltyTerms",
    "PrepaymentOn",
    "PrepaymentRule",
    "Product",
    "ProductQuote",
    "ProductRules",
    "ProductTerms",
    "Programme",
    "Purpose",
    "RoundingRule",
    "RuleNumber",
    "RuleResult",
    "TermRange",
    "allocation_rule",
    "check_drawdown",
    "dated_terms",
    "penalty_rule",
    "plain",
    "policy_numbers",
    "quote_product",
    "read_product",
    "read_product_rules",
    "read_programme",
]
