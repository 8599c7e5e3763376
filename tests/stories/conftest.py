"""What the stories share: the small bank of the service."""

from tests.service.banks import posted_bank, posted_once, small_bank

__all__ = ["posted_bank", "posted_once", "small_bank"]
