"""A product (产品) as its document says, as in force on a day: policies/<product>/lend/product.yaml.

Every term is dated and sourced. What a loan of the product follows from — plan, penalty, allocation, joint
lending — is here as a value or as the name of another document; nothing of it stands in the code.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from creditloop.book.calendars import BusinessDays, Cycle
from creditloop.book.interest import DayCount
from creditloop.book.plan import FirstStub, InterestBy, PlanRules, PlanTerms, RepaymentMethod, Rest
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.kernel.money import Fen
from creditloop.lend.dated_values import (
    Dated,
    change_days,
    dated_from_node,
    money_from_node,
    ratio_from_node,
    wording_from_node,
    words_from_node,
)
from creditloop.lend.products.terms import (
    DueRule,
    Fee,
    GraceRule,
    HolidayRule,
    PrepaymentRule,
    RoundingRule,
    TermRange,
    due_from_node,
    fees_from_node,
    grace_from_node,
    holidays_from_node,
    prepayment_from_node,
    rounding_from_node,
    terms_from_node,
)
from creditloop.risk import Effective, Wording

_HEAD = ("loan_product", "title", "effective", "customer", "purpose", "channel", "secured", "revolving")
_NONE = "none"
"""What a name of another document says where there is none."""


class Customer(StrEnum):
    """Whom a product is for."""

    PERSON = "person"
    FIRM = "firm"


class Purpose(StrEnum):
    """What its money is for."""

    CONSUMPTION = "consumption"
    BUSINESS = "business"


class Channel(StrEnum):
    """Where it is sold."""

    INTERNET = "internet"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductTerms:
    """The dated terms of a product, by the names its document has for them.

    Attributes:
        customer_limit_min, customer_limit_max: what one customer may be granted.
        drawdown_min, drawdown_max: what may be drawn at a time.
        all_in_cost_max: the yearly cost with every fee that the product may have.
        penalty_rule, allocation_rule: the names of policies in policies/lending/lend.
        colending_programme: a name in policies/lending/programmes; None if the bank lends alone.
    """

    methods: Dated[tuple[RepaymentMethod, ...]]
    term_months: Dated[TermRange]
    customer_limit_min: Dated[Fen]
    customer_limit_max: Dated[Fen]
    drawdown_min: Dated[Fen]
    drawdown_max: Dated[Fen]
    rate_annual_min: Dated[Decimal]
    rate_annual_max: Dated[Decimal]
    all_in_cost_max: Dated[Decimal]
    day_count: Dated[DayCount]
    interest_by: Dated[InterestBy]
    rounding: Dated[RoundingRule]
    due_days: Dated[DueRule]
    holidays: Dated[HolidayRule]
    grace: Dated[GraceRule]
    prepayment: Dated[PrepaymentRule]
    fees: Dated[tuple[Fee, ...]]
    penalty_rule: Dated[str]
    allocation_rule: Dated[str]
    colending_programme: Dated[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product as in force on a day.

    Attributes:
        rules_as_of: the day whose values these are.
        document: the text; its hash is the product's version.
    """

    name: str
    title: Wording
    document: Document
    rules_as_of: date
    effective: Effective
    customer: Customer
    purpose: Purpose
    channel: Channel
    secured: bool
    revolving: bool
    terms: ProductTerms

    @property
    def is_consumer(self) -> bool:
        """Whether its money is for a person's own consumption."""
        return self.customer is Customer.PERSON and self.purpose is Purpose.CONSUMPTION

    @property
    def is_consumer_internet(self) -> bool:
        """Whether it is an unsecured consumer loan of the internet, which has a cap over all products."""
        return self.is_consumer and self.channel is Channel.INTERNET and not self.secured

    def plan_rules(self, method: RepaymentMethod) -> PlanRules:
        """Return the rules of repayment that a plan of this product follows.

        Raises: InputError if the product does not offer the method.
        """
        terms = self.terms
        if method not in terms.methods.value:
            offered = [each.value for each in terms.methods.value]
            where = {"product": self.name, "rules_as_of": self.rules_as_of}
            raise InputError(
                "the product does not offer this method", got=method, expected=offered, where=where
            )
        return _plan_rules(terms, method)

    def plan_terms(
        self,
        *,
        method: RepaymentMethod,
        principal_fen: int,
        rate_annual: Decimal,
        start: date,
        term_months: int,
        business_days: BusinessDays,
    ) -> PlanTerms:
        """Return the terms of a plan of this product for a loan paid out on a day.

        Whether the loan keeps the product's amounts, rates and terms is not asked here: see `check_drawdown`.

        Args:
            business_days: of the calendar the product names; `EVERY_DAY` where it names none.
        Raises: InputError if the product does not offer the method, or the term is not whole periods.
        """
        due = self.terms.due_days.value
        if term_months % due.every_months:
            raise InputError(
                "the term is not a whole number of instalments",
                got=f"{term_months} months",
                expected=f"by {due.every_months} months",
                where={"product": self.name},
            )
        return PlanTerms(
            rules=self.plan_rules(method),
            principal_fen=principal_fen,
            rate=rate_annual,
            start=start,
            first_due=due.first_due(start),
            count=term_months // due.every_months,
            due_day=due.due_day(start),
            business_days=business_days,
        )


def read_product(document: Document, *, on: date) -> Product:
    """Read a product as in force on a day; the values of all its other days are read and checked as well.

    Raises: PolicyError naming file, line and field: an unknown term, a value that cannot be, one without
        source, none in force on the day, values that contradict each other on any of its days.
    """
    root = document.root
    entries = root.mapping(required=[*_HEAD, "terms"], optional=[])
    effective = _effective(entries["effective"], on)
    nodes = {
        name: _values(name, node)
        for name, node in entries["terms"].mapping(required=list(TERM_READERS), optional=[]).items()
    }
    terms = _terms(nodes, on)
    for day in sorted({on, *(day for node in nodes.values() for day in change_days(node))}):
        if effective.holds(day):
            _check_together(_terms(nodes, day), nodes)
    return Product(
        name=entries["loan_product"].text(),
        title=wording_from_node(entries["title"]),
        document=document,
        rules_as_of=on,
        effective=effective,
        customer=Customer(entries["customer"].text(among=[each.value for each in Customer])),
        purpose=Purpose(entries["purpose"].text(among=[each.value for each in Purpose])),
        channel=Channel(entries["channel"].text(among=[each.value for each in Channel])),
        secured=entries["secured"].boolean(),
        revolving=entries["revolving"].boolean(),
        terms=terms,
    )


def _effective(node: Node, on: date) -> Effective:
    parts = node.mapping(required=["from"], optional=["to"])
    effective = Effective(since=parts["from"].day(), until=parts["to"].day() if "to" in parts else None)
    if effective.until is not None and effective.until <= effective.since:
        raise parts["to"].fail(
            "the product ends before it begins", got=effective.until, expected=f"> {effective.since}"
        )
    if not effective.holds(on):
        until = f", before {effective.until}" if effective.until is not None else ""
        raise node.fail(
            "the product is not sold on this date", got=on, expected=f"from {effective.since}{until}"
        )
    return effective


def _values(name: str, node: Node) -> Node:
    """Return the dated values of a term, its unit checked."""
    unit = UNITS.get(name)
    parts = node.mapping(required=["unit", "values"] if unit else ["values"], optional=[])
    if unit is not None:
        parts["unit"].text(among=[unit])
    return parts["values"]


def _terms(nodes: Mapping[str, Node], on: date) -> ProductTerms:
    return ProductTerms(
        **{name: dated_from_node(nodes[name], on=on, read=read) for name, read in TERM_READERS.items()}
    )


def _methods(node: Node) -> tuple[RepaymentMethod, ...]:
    return tuple(map(RepaymentMethod, words_from_node(node, among=[each.value for each in RepaymentMethod])))


def _day_count(node: Node) -> DayCount:
    return DayCount(node.text(among=[each.value for each in DayCount]))


def _interest_by(node: Node) -> InterestBy:
    return InterestBy(node.text(among=[each.value for each in InterestBy]))


def _name(node: Node) -> str:
    name = node.text()
    if not (name.isascii() and name.isidentifier() and name == name.lower()):
        raise node.fail("not the name of a document", got=name, expected="small letters, digits and _")
    return name


def _name_or_none(node: Node) -> str | None:
    name = _name(node)
    return None if name == _NONE else name


UNITS: Mapping[str, str] = {
    "term_months": "month",
    "customer_limit_min": "fen",
    "customer_limit_max": "fen",
    "drawdown_min": "fen",
    "drawdown_max": "fen",
    "rate_annual_min": "a year",
    "rate_annual_max": "a year",
    "all_in_cost_max": "a year",
}
"""The unit each term that is a number must state; the others are words and what words are made of."""
TERM_READERS: Mapping[str, Callable[[Node], Any]] = {
    "methods": _methods,
    "term_months": terms_from_node,
    "customer_limit_min": money_from_node,
    "customer_limit_max": money_from_node,
    "drawdown_min": money_from_node,
    "drawdown_max": money_from_node,
    "rate_annual_min": ratio_from_node,
    "rate_annual_max": ratio_from_node,
    "all_in_cost_max": ratio_from_node,
    "day_count": _day_count,
    "interest_by": _interest_by,
    "rounding": rounding_from_node,
    "due_days": due_from_node,
    "holidays": holidays_from_node,
    "grace": grace_from_node,
    "prepayment": prepayment_from_node,
    "fees": fees_from_node,
    "penalty_rule": _name,
    "allocation_rule": _name,
    "colending_programme": _name_or_none,
}
"""How each term of a document is read, in the order people are shown them."""


def _check_together(terms: ProductTerms, nodes: Mapping[str, Node]) -> None:
    """Refuse terms of one day that contradict each other."""
    for least, most in (
        ("customer_limit_min", "customer_limit_max"),
        ("drawdown_min", "drawdown_max"),
        ("drawdown_max", "customer_limit_max"),
        ("rate_annual_min", "rate_annual_max"),
        ("rate_annual_max", "all_in_cost_max"),
    ):
        low, high = getattr(terms, least).value, getattr(terms, most).value
        if low > high:
            raise nodes[most].fail(f"{most} is below {least}", got=high, expected=f">= {low}")
    every, term = terms.due_days.value.every_months, terms.term_months.value
    short = next((months for months in _months(term) if months % every), None)
    if short is not None:
        raise nodes["term_months"].fail(
            "a term is not a whole number of instalments",
            got=f"{short} months",
            expected=f"by {every} months",
        )
    for method in terms.methods.value:
        try:
            _plan_rules(terms, method)
        except PolicyError:
            raise
        except InputError as error:
            raise nodes["methods"].fail(error.message, got=error.got, expected=error.expected) from error


def _months(term: TermRange) -> Iterator[int]:
    yield from term.only or (term.least, term.most)


def _plan_rules(terms: ProductTerms, method: RepaymentMethod) -> PlanRules:
    """Return what a plan of these terms follows; what does not concern its method is as the book has it."""
    rounding, holidays = terms.rounding.value, terms.holidays.value
    levelled = method is RepaymentMethod.EQUAL_INSTALMENT
    return PlanRules(
        method=method,
        period=Cycle(months=terms.due_days.value.every_months),
        interest_by=terms.interest_by.value,
        day_count=terms.day_count.value,
        rounding=rounding.amounts,
        convention=holidays.convention,
        accrue_to_planned_day=holidays.accrue_to_planned_day,
        rest=rounding.rest if method is RepaymentMethod.EQUAL_PRINCIPAL else Rest.LAST,
        first_stub=rounding.first_period if levelled else FirstStub.LEVELLED,
    )


def dated_terms(product: Product) -> Mapping[str, Dated[Any]]:
    """Return the terms of a product by name, in the order people are shown them."""
    return {entry.name: getattr(product.terms, entry.name) for entry in fields(ProductTerms)}
