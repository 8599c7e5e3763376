"""What the simulated bank offers (产品架): documents and their rules, read once for every change.

Between two days on which any of a product's documents changes the rules are the same; so they are read once
for each such stretch, however many loans are opened in it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditloop.book import Shares, shares_of
from creditloop.book.calendars import EVERY_DAY, BusinessDays, Cycle, read_business_days
from creditloop.book.interest import Scale
from creditloop.book.loans import LoanRules, LoanTerms
from creditloop.book.plan import Plan, plan_of
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import InputError
from creditloop.lend.products import FeeBasis, ProductRules, read_product_rules
from creditloop.world.lending.actions import OpenLoan

OWN = "own"
"""The bank itself among lenders, as programmes name it."""
_CALENDAR = "china"
"""By which the bank's staff works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What the book needs of a loan that was opened: terms, rules, the first plan, who lends.

    Attributes:
        shares: of the lenders, the bank first; the bank alone where there is no programme.
    """

    terms: LoanTerms
    rules: LoanRules
    plan: Plan
    shares: Shares


class Offers:
    """The products on offer, by the documents of a bank's folder.

    Args:
        products: names of folders in policies/.
        find: gives a document by its path from the bank's folder.
    Raises: InputError if no product is named.
    """

    def __init__(self, *, products: Sequence[str], find: Callable[[str], Document]) -> None:
        if not products:
            raise InputError("a simulated book needs a product", got=list(products))
        self.products = tuple(sorted(set(products)))
        self._find = find
        self._documents: dict[str, Document] = {}
        self._changes: dict[str, list[date]] = {}
        self._rules: dict[tuple[str, date], ProductRules] = {}
        self._loan_rules: dict[tuple[str, date, Decimal], LoanRules] = {}
        self._calendars: dict[str, BusinessDays] = {}
        self.working_days = self._calendar(_CALENDAR)

    def rules(self, product: str, *, on: date) -> ProductRules:
        """Return a product with its rules as in force on a day.

        Raises: PolicyError naming the file of what is wrong.
        """
        since = self._since(product, on)
        key = product, since
        if key not in self._rules:
            self._rules[key] = read_product_rules(
                self._document(_path(product)), on=since, find=self._document
            )
        return self._rules[key]

    def agreement(self, opened: OpenLoan) -> Agreement:
        """Return what was agreed for a loan, by the rules of the day it is opened.

        Raises: InputError if the product does not offer what the loan asks for.
        """
        rules = self.rules(opened.product, on=opened.day)
        offered = rules.product.terms
        plan_terms = rules.product.plan_terms(
            method=opened.method,
            principal_fen=opened.amount_fen,
            rate_annual=opened.rate_annual,
            start=opened.day,
            term_months=opened.term_months,
            business_days=self._business_days(rules),
        )
        plan = plan_of(plan_terms)
        terms = LoanTerms(
            principal=opened.amount_fen,
            start=opened.day,
            count=plan_terms.count,
            cycle=Cycle(months=offered.due_days.value.every_months),
            rate=opened.rate_annual,
            repayment=opened.method,
            day_count=offered.day_count.value,
            scale=Scale(decimals=2, rounding=offered.rounding.value.amounts),
            agreed=plan,
        )
        return Agreement(
            terms=terms,
            rules=self._rules_of_loan(opened, rules),
            plan=plan,
            shares=_shares(rules, opened.day),
        )

    def _rules_of_loan(self, opened: OpenLoan, rules: ProductRules) -> LoanRules:
        key = opened.product, self._since(opened.product, opened.day), opened.rate_annual
        if key not in self._loan_rules:
            rules_of_fees = rules.product.terms.fees.value
            yearly = (fee.rate for fee in rules_of_fees if fee.basis is FeeBasis.BALANCE)
            fees = sum((rate for rate in yearly if rate is not None), Decimal(0))
            self._loan_rules[key] = rules.loan_rules(rate_annual=opened.rate_annual, fees_annual=fees)
        return self._loan_rules[key]

    def _business_days(self, rules: ProductRules) -> BusinessDays:
        calendar = rules.product.terms.holidays.value.calendar
        return EVERY_DAY if calendar is None else self._calendar(calendar)

    def _calendar(self, name: str) -> BusinessDays:
        if name not in self._calendars:
            self._calendars[name] = read_business_days(self._document(f"policies/calendars/{name}.yaml"))
        return self._calendars[name]

    def _document(self, path: str) -> Document:
        if path not in self._documents:
            self._documents[path] = self._find(path)
        return self._documents[path]

    def _since(self, product: str, on: date) -> date:
        """Return the first day of the stretch without a change that a day lies in."""
        if product not in self._changes:
            known = read_product_rules(self._document(_path(product)), on=on, find=self._document)
            self._changes[product] = sorted({day for each in known.documents for day in _days(each.root)})
        changes = self._changes[product]
        at = bisect_right(changes, on)
        return changes[at - 1] if at else on


def _shares(rules: ProductRules, day: date) -> Shares:
    if rules.programme is None:
        return shares_of({OWN: Decimal(1)})
    return rules.programme.shares_by_date.on(day)


def _path(product: str) -> str:
    return f"policies/{product}/lend/product.yaml"


def _days(node: Node) -> Iterator[date]:
    """Give every day from or to which something holds in a document."""
    if isinstance(node.value, dict):
        for key, inner in node.value.items():
            if key in ("from", "to") and isinstance(inner.value, date):
                yield inner.value
            yield from _days(inner)
    elif isinstance(node.value, list):
        for inner in node.value:
            yield from _days(inner)
