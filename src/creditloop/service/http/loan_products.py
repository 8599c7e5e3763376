"""Loan products: which there are on a day, and one with every term, number and source as in force on it."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from creditloop.kernel.dates import beijing_date
from creditloop.kernel.errors import PolicyError
from creditloop.lend.products import (
    Dated,
    Product,
    ProductRules,
    RuleNumber,
    dated_terms,
    plain,
    policy_numbers,
)
from creditloop.risk import Policy, Wording
from creditloop.service.http.loan_answers import (
    AllocationOrder,
    LenderShare,
    LoanProduct,
    LoanProducts,
    NotSold,
    ProductLine,
    ProductNumber,
    ProductTerm,
    Words,
)
from creditloop.service.http.loan_scopes import QUOTE
from creditloop.service.http.visits import visit
from creditloop.service.lending.products import products_on
from creditloop.service.loans import nano_of_rate, rules_in_force

router = APIRouter(tags=["loans 贷款"])
On = Annotated[
    date | None, Query(description="规则日期 the day whose values are told; today in Beijing if not said")
]


@router.get("/v1/loan-products", summary="贷款产品 the bank's loan products on a day")
def find_loan_products(request: Request, on: On = None) -> LoanProducts:
    """Return every product as in force on a day; those that are not to be had on it, with the reason."""
    with visit(request, scope=QUOTE) as visited:
        day = on or beijing_date(visited.work.now)
        found = products_on(visited.work.places, on=day)
    return LoanProducts(
        on=day,
        products=[_line(product) for _, product in found if isinstance(product, Product)],
        not_sold=[
            NotSold(product=name, why=fault.message)
            for name, fault in found
            if isinstance(fault, PolicyError)
        ],
    )


@router.get("/v1/loan-products/{product}", summary="一个产品 a product with every rule it names")
def find_loan_product(
    request: Request,
    product: Annotated[str, Path(max_length=100, examples=["retail_line"])],
    on: On = None,
) -> LoanProduct:
    """Return a product as in force on a day: each term with its day and source, and every rule it names."""
    with visit(request, scope=QUOTE) as visited:
        day = on or beijing_date(visited.work.now)
        rules = rules_in_force(visited.work.places, product=product, on=day, field="on")
    return _product(rules)


def words(wording: Wording) -> Words:
    """Return a text of a document as it is answered."""
    return Words(zh=wording.zh, en=wording.en)


def _line(product: Product) -> ProductLine:
    terms = product.terms
    return ProductLine(
        product=product.name,
        title=words(product.title),
        customer=product.customer.value,
        purpose=product.purpose.value,
        channel=product.channel.value,
        secured=product.secured,
        revolving=product.revolving,
        methods=[method.value for method in terms.methods.value],
        drawdown_min_fen=terms.drawdown_min.value,
        drawdown_max_fen=terms.drawdown_max.value,
        rate_annual_min_nano=nano_of_rate(terms.rate_annual_min.value),
        rate_annual_max_nano=nano_of_rate(terms.rate_annual_max.value),
        document=product.document.hash,
    )


def _product(rules: ProductRules) -> LoanProduct:
    product, programme, allocation = rules.product, rules.programme, rules.allocation
    switches = [None, *(switch.above_dpd for switch in allocation.by_dpd)]
    return LoanProduct(
        product=product.name,
        title=words(product.title),
        on=product.rules_as_of,
        since=product.effective.since,
        until=product.effective.until,
        customer=product.customer.value,
        purpose=product.purpose.value,
        channel=product.channel.value,
        secured=product.secured,
        revolving=product.revolving,
        terms={name: _term(term) for name, term in dated_terms(product).items()},
        allocation=[AllocationOrder(above_dpd=dpd, order=_cells(rules, dpd)) for dpd in switches],
        lenders=[]
        if programme is None
        else [
            LenderShare(
                lender=each.name, title=words(each.title), share=str(programme.shares.value.share(each.name))
            )
            for each in programme.lenders
        ],
        numbers=[_number(policy, number) for policy, number in _numbers(rules)],
        documents={document.path: document.hash for document in rules.documents},
    )


def _term(term: Dated[Any]) -> ProductTerm:
    return ProductTerm(
        value=plain(term.value),
        since=term.since,
        until=term.until,
        source=term.source.title,
        reference=term.source.reference,
        checked=term.source.checked,
    )


def _cells(rules: ProductRules, above_dpd: int | None) -> list[str]:
    order = rules.allocation.order(0 if above_dpd is None else above_dpd + 1)
    return [f"{due.value}.{part.name.lower()}" for due, part in order.cells]


def _number(policy: Policy, number: RuleNumber) -> ProductNumber:
    source = number.source
    return ProductNumber(
        policy=policy.document.path,
        name=number.name,
        value=plain(number.value),
        unit=number.unit,
        since=number.since,
        source=source.title,
        reference=source.reference,
        checked=source.checked,
    )


def _numbers(rules: ProductRules) -> Iterator[tuple[Policy, RuleNumber]]:
    """Give the numbers of every policy the product is judged by, as in force on the day."""
    policies: list[Policy | None] = [rules.penalty.policy, rules.allocation.policy, rules.drawdown]
    if rules.programme is not None:
        policies += [rules.colending, rules.colending_partner]
    for policy in policies:
        if policy is not None:
            yield from ((policy, number) for number in policy_numbers(policy))
