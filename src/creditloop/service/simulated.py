"""Whose data is made up (模拟): customers of the simulated world, or of a file that says it is."""

from creditloop.book.loan_records import holds_loans_of
from creditloop.data import imports
from creditloop.kernel.storage import Connection
from creditloop.world.lending import SIMULATED_PARTY


def simulated_beginnings(connection: Connection) -> tuple[str, ...]:
    """Return how the ids of the customers begin whose data is made up."""
    sources = {f"{one.contract}/" for one in imports(connection) if one.simulated}
    return (SIMULATED_PARTY, *sorted(sources))


def is_simulated(connection: Connection, *, party_id: str) -> bool:
    """Whether a customer's data is made up."""
    return party_id.startswith(simulated_beginnings(connection))


def holds_simulated_loans(connection: Connection) -> bool:
    """Whether the loan book holds a loan of a customer whose data is made up."""
    return holds_loans_of(connection, beginnings=simulated_beginnings(connection))
