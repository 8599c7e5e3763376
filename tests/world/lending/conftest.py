"""The products and a small stressed book for the tests of simulated loans."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from creditloop.kernel.documents import Document, read_document
from creditloop.world.lending import Book, Offers, Scenario, read_behaviour

ROOT = Path(__file__).parents[3]
PRODUCTS = ("bullet_loan", "instalment_loan", "patent_line", "retail_line", "sme_working_capital")


@pytest.fixture(scope="session")
def find() -> Callable[[str], Document]:
    """Give a document of the project by its path."""
    return lambda path: read_document(ROOT / path, root=ROOT)


@pytest.fixture(scope="session")
def offers(find: Callable[[str], Document]) -> Offers:
    """All products."""
    return Offers(products=PRODUCTS, find=find)


@pytest.fixture(scope="session")
def make_book(offers: Offers) -> Callable[..., Book]:
    """Make a book of 60 borrowers over five years, or as the values given say."""

    def make(**changes) -> Book:
        values = {
            "seed": 7,
            "borrowers": 60,
            "first_day": date(2021, 1, 1),
            "after": date(2026, 1, 1),
            "behaviour": read_behaviour(scenario=Scenario.STRESS),
            "offers": offers,
        }
        return Book(**(values | changes))

    return make
