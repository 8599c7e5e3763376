"""Changing the keys of a node (密钥轮换): what the old ones signed goes on to count, and nothing after it.

The keys change at a place that is the same for everybody who checks: the size of every log at this node. So
the node stands still, its store is whole and no batch waits that the old submitter's key signed.
"""

from contextlib import closing

from creditloop.kernel.errors import StateError
from creditloop.kernel.storage import connect
from creditloop.service.evidence_node.card import Card
from creditloop.service.evidence_node.checking import check_store
from creditloop.service.evidence_node.folder import NodeFolder
from creditloop.service.evidence_node.signed_files import SignedFiles


def rotate_keys(folder: NodeFolder, *, url: str) -> Card:
    """Replace all keys that a node signs with; return its new card, with which every party joins.

    Args:
        url: of the node's own database.

    Raises: StateError if the node runs, has joined no network, its store is not as it left it, or batches
        wait; as `NodeFolder.change_keys`. Nothing has changed then.
    """
    network = folder.trusted().network
    with closing(SignedFiles(folder.signed, alone=True)) as signed:
        with connect(url) as connection:
            found = check_store(connection, name=folder.name, network=network, signed=signed)
        if found.problems:
            first = found.problems[0]
            raise StateError(
                "the node's store is not as it left it",
                got=f"{len(found.problems)}, first {first.code} {first.table} {first.row}",
                hint="creditloop evidence node check; keys are changed once it is whole",
            )
        if found.uncosigned:
            raise StateError(
                "the node has not cosigned what it holds",
                got=list(found.uncosigned),
                hint="run the node until it has; its new keys count beyond what it holds now",
            )
        if found.waiting:
            raise StateError(
                "batches wait that the old key signed",
                got=found.waiting,
                hint="run the node until they are decided",
            )
        return folder.change_keys(until=found.sizes)
