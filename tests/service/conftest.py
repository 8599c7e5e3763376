"""What the tests of the service share."""

from tests.service.banks import posted_bank, posted_once, small_bank

__all__ = ["posted_bank", "posted_once", "small_bank"]
