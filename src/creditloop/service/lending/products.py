"""The bank's products as they stand in its documents (产品查询): which there are, and each with its rules."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from creditloop.book.calendars import EVERY_DAY, BusinessDays, read_business_days
from creditloop.book.plan import RepaymentMethod
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import PolicyError, UnknownId
from creditloop.lend.products import (
    Product,
    ProductQuote,
    ProductRules,
    quote_product,
    read_product,
    read_product_rules,
)
from creditloop.service.places import Places

_PRODUCT = "lend/product.yaml"
"""Where a product's document stands below policies/<product>."""


def product_names(places: Places) -> tuple[str, ...]:
    """Return the names of the products that have a document, in order."""
    found = sorted((places.documents / "policies").glob(f"*/{_PRODUCT}"))
    return tuple(file.parent.parent.name for file in found)


def product_document(places: Places, *, product: str) -> Document:
    """Return a product's document.

    Raises: UnknownId naming the products there are; PolicyError if the document says it is of another.
    """
    known = product_names(places)
    if product not in known:
        raise UnknownId("there is no such product", got=product, expected=", ".join(known) or "none")
    document = places.document(Path("policies") / product / _PRODUCT)
    named = document.root.mapping(required=["loan_product"])["loan_product"]
    if named.text() != product:
        raise named.fail(
            "the document is of another product than its folder", got=named.value, expected=product
        )
    return document


def product_rules(places: Places, *, product: str, on: date) -> ProductRules:
    """Read a product with every rule it names, as in force on a day.

    Raises: UnknownId for a product there is not; PolicyError naming the file of what is wrong.
    """
    document = product_document(places, product=product)
    return read_product_rules(document, on=on, find=places.document)


def quote_loan(
    places: Places,
    *,
    product: str,
    method: RepaymentMethod,
    principal_fen: int,
    rate_annual: Decimal,
    start: date,
    term_months: int,
) -> ProductQuote:
    """Return what a loan of a product would cost, as the product stands on the day of the pay-out.

    Raises: as `product_document` and `quote_product`.
    """
    read = read_product(product_document(places, product=product), on=start)
    return quote_product(
        product=read,
        method=method,
        principal_fen=principal_fen,
        rate_annual=rate_annual,
        start=start,
        term_months=term_months,
        business_days=_business_days(places, read),
    )


def _business_days(places: Places, product: Product) -> BusinessDays:
    """Return the business days of the calendar a product names."""
    calendar = product.terms.holidays.value.calendar
    if calendar is None:
        return EVERY_DAY
    return read_business_days(places.document(Path("policies") / "calendars" / f"{calendar}.yaml"))


def products_on(places: Places, *, on: date) -> tuple[tuple[str, Product | PolicyError], ...]:
    """Read every product as in force on a day; for one that is not sold, or not well formed, why not."""
    return tuple((name, _product_or_fault(places, name, on)) for name in product_names(places))


def _product_or_fault(places: Places, name: str, on: date) -> Product | PolicyError:
    try:
        return read_product(product_document(places, product=name), on=on)
    except PolicyError as error:
        return error
