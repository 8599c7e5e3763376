"""The rules a product names, read together with it as in force on one day.

policies/lending/lend/<name>.yaml             penalty, allocation, and what every drawdown is checked by
policies/lending/programmes/<name>.yaml       joint lending
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditloop.book.loans import LoanRules
from creditloop.kernel.documents import Document
from creditloop.lend.products.allocation import AllocationRule, allocation_rule
from creditloop.lend.products.judging import check_norms
from creditloop.lend.products.penalty import PenaltyRule, PenaltyTerms, penalty_rule
from creditloop.lend.products.product import Product, read_product
from creditloop.lend.shares import Programme, read_programme
from creditloop.risk import Policy, read_policy

FOLDER = "policies/lending"
"""The folder of the rules that all products share, from the bank's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRules:
    """A product with every rule it names, as in force on the product's day.

    Attributes:
        programme: None if the bank lends alone.
        drawdown, colending, colending_partner: what a drawdown is checked by; see `check_drawdown`. The last
            is None on days before there was such a rule.
    """

    product: Product
    programme: Programme | None
    penalty: PenaltyRule
    allocation: AllocationRule
    drawdown: Policy
    colending: Policy
    colending_partner: Policy | None

    @property
    def rules_as_of(self) -> date:
        """The day whose rules these are."""
        return self.product.rules_as_of

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every document read: what a record of a decision keeps the hashes of."""
        policies = [self.penalty.policy, self.allocation.policy, self.drawdown, self.colending]
        policies += [self.colending_partner] if self.colending_partner is not None else []
        programme = (self.programme.document,) if self.programme is not None else ()
        return (self.product.document, *programme, *(policy.document for policy in policies))

    def penalty_terms(
        self, *, rate_annual: Decimal, fees_annual: Decimal, funds_misused: bool = False
    ) -> PenaltyTerms:
        """Say what being overdue costs on a loan of this product; see `PenaltyRule.terms`."""
        return self.penalty.terms(
            rate_annual=rate_annual, fees_annual=fees_annual, funds_misused=funds_misused
        )

    def loan_rules(self, *, rate_annual: Decimal, fees_annual: Decimal) -> LoanRules:
        """Return the rules that the life of a loan of this product is replayed with."""
        terms = self.product.terms
        grace = terms.grace.value
        penalty = self.penalty_terms(rate_annual=rate_annual, fees_annual=fees_annual)
        variant = penalty.variant(
            valid_from=terms.penalty_rule.since,
            day_count=terms.day_count.value,
            grace_days=grace.days,
            grace_is_charged=grace.charged_after,
        )
        return LoanRules(
            allocation=self.allocation.allocation,
            by_dpd=self.allocation.by_dpd,
            penalties=(variant,),
            prepayment_fee=terms.prepayment.value.fee,
            dpd_grace_days=grace.days,
        )


def read_product_rules(
    product_document: Document, *, on: date, find: Callable[[str], Document]
) -> ProductRules:
    """Read a product and every rule it names, as in force on a day.

    Args:
        find: gives a document by its path from the bank's folder.
    Raises: PolicyError naming the file of what is wrong, or not in force on the day.
    """

    def policy(name: str) -> Policy:
        return read_policy(find(f"{FOLDER}/lend/{name}.yaml"), rules_as_of=on, find=find)

    partner = find(f"{FOLDER}/lend/colending_partner.yaml")
    product = read_product(product_document, on=on)
    programme = product.terms.colending_programme.value
    return ProductRules(
        product=product,
        programme=read_programme(find(f"{FOLDER}/programmes/{programme}.yaml"), on=on) if programme else None,
        penalty=penalty_rule(policy(product.terms.penalty_rule.value)),
        allocation=allocation_rule(policy(product.terms.allocation_rule.value)),
        drawdown=check_norms(policy("drawdown")),
        colending=check_norms(policy("colending")),
        colending_partner=check_norms(policy("colending_partner")) if _is_in_force(partner, on) else None,
    )


def _is_in_force(document: Document, on: date) -> bool:
    """Say whether a rule is there already: before its first day nobody could have kept it."""
    head = document.root.mapping(required=["effective"])
    return head["effective"].mapping(required=["from"])["from"].day() <= on
