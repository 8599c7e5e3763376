"""Check a drawdown (支用检查): the rules of product and day, and of joint lending from every lender's side.

1. the product's own terms and what holds for all products      policies/lending/lend/drawdown.yaml
2. for each lender of the programme: what the others put up, how much it lends jointly, where, and what it
   does itself                                                  policies/lending/lend/colending.yaml
3. for each lender and each of its partners: how much of its capital it lends with that one
                                                                policies/lending/lend/colending_partner.yaml
4. a rule that is broken declines, one that cannot be told refers; otherwise the drawdown is approved
Nothing is raised for a rule that is broken: the outcome is a value with every rule in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from creditloop.book.plan import RepaymentMethod
from creditloop.formula import NANO
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.lend.dated_values import nano_from_ratio, rounded_nano
from creditloop.lend.products.judging import (
    RuleNumber,
    RuleResult,
    judged_norms,
    number_of_list,
    number_of_term,
)
from creditloop.lend.products.product import Customer, Product
from creditloop.lend.products.rules import ProductRules
from creditloop.lend.shares import Lender, LenderScope, Programme

_MONEY_TERMS = ("customer_limit_min", "customer_limit_max", "drawdown_min", "drawdown_max")
_RATE_TERMS = ("rate_annual_min", "rate_annual_max", "all_in_cost_max")
_OFFERED = {"term_is_offered": "term_months", "method_is_offered": "methods"}
"""What the product's document answers itself, by the term it answers from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LenderPosition:
    """What a lender has on its books before the drawdown, fen; None where it has not been told.

    Attributes:
        net_tier1_fen: net tier-1 capital (一级资本净额).
        loans_fen: all its loans.
        colending_fen: its part of the loans it makes jointly, with all partners.
        with_partner_fen: its part of the loans made with each partner, the partner's related parties counted.
    """

    net_tier1_fen: int | None
    loans_fen: int | None
    colending_fen: int | None
    with_partner_fen: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawdownFacts:
    """A drawdown asked for, and what is known of who asks; None where something is not known.

    Attributes:
        business_date: the day of the drawdown; the rules must be as of this day.
        limit_fen, owed_fen, frozen: the customer's limit and the principal owed under it before.
        rate_annual, all_in_annual: yearly ratios; the first has at most nine decimals, the second counts
            every fee of every party and is rounded to nine.
        loan_purpose: a code of the bank's list, e.g. "consumption".
        consumer_unsecured_fen: owed before on unsecured consumer loans of the internet.
        good_credit_large_need: what raises the consumer cap; None: not found.
        lenders: positions by lender; one that is not here has told nothing.
    """

    business_date: date
    customer: Customer
    amount_fen: int
    limit_fen: int | None
    owed_fen: int | None
    frozen: bool | None
    dpd: int | None
    term_months: int
    method: RepaymentMethod
    rate_annual: Decimal
    all_in_annual: Decimal | None
    loan_purpose: str | None
    region: str | None
    consumer_unsecured_fen: int | None = None
    good_credit_large_need: bool | None = None
    lenders: Mapping[str, LenderPosition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawdownOutcome:
    """What the rules of the day say of a drawdown.

    Attributes:
        results: every rule in force, the loan's own first, then each lender's.
        documents: those the rules stand in.
    """

    product: str
    business_date: date
    results: tuple[RuleResult, ...]
    documents: tuple[Document, ...]

    @property
    def broken(self) -> tuple[RuleResult, ...]:
        """The rules that are not kept."""
        return tuple(result for result in self.results if result.holds is False)

    @property
    def unknown(self) -> tuple[RuleResult, ...]:
        """The rules that could not be told."""
        return tuple(result for result in self.results if result.holds is None)

    @property
    def outcome(self) -> str:
        """Decline if a rule is broken, refer if one could not be told, otherwise approve."""
        if self.broken:
            return "decline"
        return "refer" if self.unknown else "approve"

    def as_record(self) -> dict[str, object]:
        """Return it as plain data, for pages and JSON."""
        return {
            "outcome": self.outcome,
            "product": self.product,
            "business_date": self.business_date.isoformat(),
            "broken": [result.rule for result in self.broken],
            "unknown": [result.rule for result in self.unknown],
            "rules": [result.as_record() for result in self.results],
            "documents": {document.path: document.hash for document in self.documents},
        }


def check_drawdown(*, rules: ProductRules, facts: DrawdownFacts) -> DrawdownOutcome:
    """Check a drawdown by every rule of its day; see the module for the steps.

    Args:
        rules: of the product, as of the business date.
    Raises: InputError if the rules are of another day, an amount cannot be, a rate has more than nine
        decimals, or a position is of somebody who is no lender of the programme.
    """
    _check_facts(rules, facts)
    return DrawdownOutcome(
        product=rules.product.name,
        business_date=facts.business_date,
        results=(*_of_the_loan(rules, facts), *_of_the_lenders(rules, facts)),
        documents=rules.documents,
    )


def _check_facts(rules: ProductRules, facts: DrawdownFacts) -> None:
    where = {"product": rules.product.name}
    if rules.rules_as_of != facts.business_date:
        raise InputError(
            "a drawdown is checked by the rules of its own day",
            got=rules.rules_as_of,
            expected=facts.business_date,
            where=where,
        )
    for name, amount, least in _amounts(facts):
        if amount is not None and amount < least:
            raise InputError(f"{name} cannot be", got=amount, expected=f">= {least}", where=where)
    known = {lender.name for lender in rules.programme.lenders} if rules.programme is not None else set()
    if strangers := sorted(set(facts.lenders) - known):
        raise InputError("no lender of the programme", got=strangers, expected=sorted(known), where=where)


def _amounts(facts: DrawdownFacts) -> Iterator[tuple[str, int | None, int]]:
    """Give every whole number of the facts with its name and the least it can be."""
    yield "amount_fen", facts.amount_fen, 1
    yield "term_months", facts.term_months, 1
    for name in ("limit_fen", "owed_fen", "dpd", "consumer_unsecured_fen"):
        yield name, getattr(facts, name), 0
    for lender, position in facts.lenders.items():
        yield f"loans_fen of {lender}", position.loans_fen, 0
        yield f"colending_fen of {lender}", position.colending_fen, 0
        for partner, amount in position.with_partner_fen.items():
            yield f"with_partner_fen of {lender} with {partner}", amount, 0


def _of_the_loan(rules: ProductRules, facts: DrawdownFacts) -> tuple[RuleResult, ...]:
    product = rules.product
    terms = product.terms
    given: dict[str, object] = {
        "amount_fen": facts.amount_fen,
        "limit_fen": facts.limit_fen,
        "owed_fen": facts.owed_fen,
        "frozen": facts.frozen,
        "dpd": facts.dpd,
        "customer": facts.customer.value,
        "term_months": facts.term_months,
        "repayment_method": facts.method.value,
        "rate_annual_nano": nano_from_ratio(facts.rate_annual, what="the rate"),
        "all_in_annual_nano": _nano_or_none(facts.all_in_annual),
        "loan_purpose": facts.loan_purpose,
        "region": facts.region,
        "consumer_unsecured_fen": facts.consumer_unsecured_fen,
        "good_credit_large_need": facts.good_credit_large_need,
        "term_is_offered": terms.term_months.value.offers(facts.term_months),
        "method_is_offered": facts.method in terms.methods.value,
        "product_customer": product.customer.value,
        "product_consumer": product.is_consumer,
        "product_consumer_internet": product.is_consumer_internet,
        **{name: getattr(terms, name).value for name in _MONEY_TERMS},
        **{name: nano_from_ratio(getattr(terms, name).value, what=name) for name in _RATE_TERMS},
    }
    return judged_norms(rules.drawdown, given, dated=_dated(product))


def _dated(product: Product) -> dict[str, RuleNumber]:
    """Return what rules read of the product's document, with days and sources."""
    terms = product.terms
    found = {name: number_of_term(name, getattr(terms, name), unit="fen") for name in _MONEY_TERMS}
    found |= {name: number_of_term(name, getattr(terms, name), unit="a year") for name in _RATE_TERMS}
    for name, term in _OFFERED.items():
        found[name] = number_of_term(term, getattr(terms, term), unit="offered")
    return found


def _nano_or_none(ratio: Decimal | None) -> int | None:
    return None if ratio is None else rounded_nano(ratio, what="the all-in cost")


def _of_the_lenders(rules: ProductRules, facts: DrawdownFacts) -> Iterator[RuleResult]:
    programme = rules.programme
    if programme is None:
        return
    shares = RuleNumber(
        name="shares",
        value=tuple(f"{each.name} {programme.shares.value.share(each.name)}" for each in programme.lenders),
        unit="of the loan",
        since=programme.shares.since,
        source=programme.shares.source,
    )
    key_steps = number_of_list(rules.colending, "key_risk_steps")
    dated = {"others_share_nano": shares, "steps_outsourced": key_steps}
    for lender in programme.lenders:
        given = _seen_from(lender, facts, programme, key_steps=key_steps)
        yield from judged_norms(rules.colending, given, dated=dated, side=lender.name)
        for partner in programme.lenders:
            if partner is not lender and rules.colending_partner is not None:
                pair = _with_partner(lender, partner, facts, programme)
                side = f"{lender.name} / {partner.name}"
                yield from judged_norms(rules.colending_partner, pair, dated={}, side=side)


def _seen_from(
    lender: Lender, facts: DrawdownFacts, programme: Programme, *, key_steps: RuleNumber
) -> dict[str, object]:
    position, part = facts.lenders.get(lender.name), programme.part_of(lender.name, facts.amount_fen)
    standing = lender.standing.value
    return {
        "others_share_nano": _floored(programme.others_share(lender.name)),
        "colending_after_fen": _after(position.colending_fen if position else None, part),
        "loans_after_fen": _after(position.loans_fen if position else None, part),
        "lender_is_regional": standing.scope is LenderScope.REGIONAL,
        "borrower_is_local": None if facts.region is None else facts.region in standing.regions,
        "steps_outsourced": sum(step not in standing.own_steps for step in _words(key_steps)),
    }


def _words(listed: RuleNumber) -> tuple[object, ...]:
    assert isinstance(listed.value, tuple), "a list of a policy has entries"
    return listed.value


def _with_partner(
    lender: Lender, partner: Lender, facts: DrawdownFacts, programme: Programme
) -> dict[str, object]:
    position, part = facts.lenders.get(lender.name), programme.part_of(lender.name, facts.amount_fen)
    before = position.with_partner_fen.get(partner.name) if position else None
    return {
        "with_partner_after_fen": _after(before, part),
        "net_tier1_fen": position.net_tier1_fen if position else None,
    }


def _floored(share: Fraction) -> int:
    """Return a share in billionths, rounded down: a share just below the smallest one must not reach it."""
    return int(share * NANO // 1)


def _after(before: int | None, part: int) -> int | None:
    return None if before is None else before + part
