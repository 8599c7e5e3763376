"""What the tests of the service share."""

from collections.abc import Iterator

import pytest
from tests.service.banks import decided_once, posted_bank, posted_once, small_bank
from tests.service.review_bank import fitted_once, review_bank

from creditloop.service.doors import passwords

__all__ = [
    "decided_once",
    "fitted_once",
    "posted_bank",
    "posted_once",
    "quick_passwords",
    "review_bank",
    "small_bank",
]

COST = passwords._COST
"""What a new hash costs a bank; `doors/test_people.py` makes one at this price."""


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash new passwords at a low price: hundreds of people are let in and sign in, a quarter second each.

    A hash names its own parameters, so checking one is the same code at any price.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_COST", 2**4)
        yield
