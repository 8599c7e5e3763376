"""Open the bank a command works on."""

from creditloop.service.bank import Bank, open_bank
from creditloop.service.places import find_places


def bank_of(database: str) -> Bank:
    """Open the bank that the process's environment names."""
    return open_bank(places=find_places(), database=database)
