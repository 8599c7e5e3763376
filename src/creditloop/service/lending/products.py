"""The bank's products as they stand in its documents (产品查询): which there are, and each with its rules."""

from datetime import date
from pathlib import Path

from creditloop.kernel.documents import Document
from creditloop.kernel.errors import PolicyError, UnknownId
from creditloop.lend.products import Product, ProductRules, read_product, read_product_rules
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


def products_on(places: Places, *, on: date) -> tuple[tuple[str, Product | PolicyError], ...]:
    """Read every product as in force on a day; for one that is not sold, or not well formed, why not."""
    return tuple((name, _product_or_fault(places, name, on)) for name in product_names(places))


def _product_or_fault(places: Places, name: str, on: date) -> Product | PolicyError:
    try:
        return read_product(product_document(places, product=name), on=on)
    except PolicyError as error:
        return error
