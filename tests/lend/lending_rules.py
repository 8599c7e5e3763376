"""Products and rules of the bank's own documents, and a drawdown that keeps every rule."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from creditloop.book.plan import RepaymentMethod
from creditloop.kernel.documents import Document, parse_document, read_document
from creditloop.lend.products import (
    Customer,
    DrawdownFacts,
    LenderPosition,
    ProductRules,
    read_product_rules,
)

REPOSITORY = Path(__file__).parents[2]
PRODUCTS = ("bullet_loan", "instalment_loan", "patent_line", "retail_line", "sme_working_capital")
YUAN = 100


@lru_cache
def find(path: str) -> Document:
    """A document of the bank by its path."""
    return read_document(REPOSITORY / path, root=REPOSITORY)


def product_path(name: str) -> str:
    """Where a product's document stands."""
    return f"policies/{name}/lend/product.yaml"


def edited(path: str, *changes: tuple[str, str]) -> Document:
    """A document with texts of it replaced, each of which must be there."""
    text = find(path).text
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return parse_document(text, path=path)


@lru_cache
def rules(name: str, on: date) -> ProductRules:
    """A product with its rules on a day."""
    return read_product_rules(find(product_path(name)), on=on, find=find)


def rules_with(name: str, on: date, found: Callable[[str], Document]) -> ProductRules:
    """The same with documents of a test's own."""
    return read_product_rules(found(product_path(name)), on=on, find=found)


def position(**told: int | None) -> LenderPosition:
    """A lender far below every cap, unless something is said."""
    told = {"net_tier1_fen": 10**13, "loans_fen": 10**14, "colending_fen": 10**12} | told
    partner = told.pop("with_partner_fen", 10**12)
    with_partner = {} if partner is None else {"own": partner, "partner_bank": partner}
    return LenderPosition(**told, with_partner_fen=with_partner)  # type: ignore[arg-type]


def drawdown(on: date, **changes: object) -> DrawdownFacts:
    """A drawdown on the retail line that keeps every rule, unless something is changed."""
    kept = DrawdownFacts(
        business_date=on,
        customer=Customer.PERSON,
        amount_fen=10_000 * YUAN,
        limit_fen=50_000 * YUAN,
        owed_fen=0,
        frozen=False,
        dpd=0,
        term_months=12,
        method=RepaymentMethod.EQUAL_INSTALMENT,
        rate_annual=Decimal("0.108"),
        all_in_annual=Decimal("0.1135"),
        loan_purpose="consumption",
        region="r01",
        consumer_unsecured_fen=0,
        lenders={"own": position(), "partner_bank": position()},
    )
    return replace(kept, **changes)  # type: ignore[arg-type]
