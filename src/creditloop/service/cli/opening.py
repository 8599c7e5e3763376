"""Open the bank a command works on, and the plan of its book."""

from pathlib import Path

from creditloop.service.bank import Bank, open_bank
from creditloop.service.booking.card_book import BookPlan, read_plan
from creditloop.service.places import find_places


def bank_of(database: str) -> Bank:
    """Open the bank that the process's environment names."""
    return open_bank(places=find_places(), database=database)


def book_plan(bank: Bank, file: Path) -> BookPlan:
    """Read the plan of a book that a command names."""
    return read_plan(bank.places.document(file), root=bank.places.documents)
