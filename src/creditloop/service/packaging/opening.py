"""Opening what packages are made with (开启制证): our node's line, its network, its submitter's key."""

from collections.abc import Iterator
from contextlib import contextmanager

from creditloop.kernel.errors import StateError
from creditloop.service.evidence_node import NODE, open_node_client
from creditloop.service.packaging.packager import Packager
from creditloop.service.places import Places


@contextmanager
def packager_at(places: Places) -> Iterator[Packager]:
    """Lend what a bank's packages are made with.

    Raises: StateError if the bank has no node of the evidence network; what `NodeClient` raises.
    """
    client = open_node_client(places.environment)
    if client is None:
        raise StateError(
            "the bank has no node of the evidence network",
            expected=f"the node's folder in {NODE}",
            hint="creditloop evidence node --help",
        )
    try:
        yield Packager(door=client, trusted=client.trusted, signer=client.submitter)
    finally:
        client.close()
