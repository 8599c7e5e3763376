"""What the tests of the service share."""

from tests.service.banks import posted_bank, posted_once, small_bank
from tests.service.review_bank import fitted_once, review_bank

__all__ = ["fitted_once", "posted_bank", "posted_once", "review_bank", "small_bank"]
