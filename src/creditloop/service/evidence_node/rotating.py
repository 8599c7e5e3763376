"""Changing the keys of a node (密钥轮换): what the old ones signed goes on to count, and nothing after it.

The keys change at a place that is the same for everybody who checks: the size of every log at this node. So
the node stands still, its store is whole and no batch waits that the old submitter's key signed.
"""

from collections.abc import Sequence
from contextlib import closing

from creditloop.evidence import require_sm2
from creditloop.kernel.errors import StateError
from creditloop.kernel.storage import connect
from creditloop.service.evidence_node.card import Card
from creditloop.service.evidence_node.checking import check_store
from creditloop.service.evidence_node.folder import NodeFolder
from creditloop.service.evidence_node.signed_files import SignedFiles


def rotate_keys(folder: NodeFolder, *, url: str, sm2: bool | None = None) -> Card:
    """Replace all keys that a node signs with; return its new card, with which every party joins.

    Args:
        url: of the node's own database.
        sm2: whether it signs by SM2 (国密), too, from here on; None: if it does now.

    Raises: StateError if the node runs, has joined no network, its store or its memory of what it signed is
        not whole, or batches wait; as `NodeFolder.change_keys`. Nothing has changed then.
    """
    if sm2:
        require_sm2()  # before the whole store is read
    network = folder.trusted().network
    with closing(SignedFiles(folder.signed, alone=True)) as signed:
        if lost := [name for name in network.names if signed.is_lost(name)]:
            raise StateError(
                "what the node signed of these logs is not remembered",
                got=lost,
                hint="its keys must count that far: run it until all others have told what they know",
            )
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
        return folder.change_keys(until=found.sizes, sm2=sm2)


def check_new_cards(folder: NodeFolder, cards: Sequence[Card], *, network: str, url: str) -> None:
    """Check that all that is here holds by new cards, too: no party takes back what it signed.

    Args:
        cards: with which the node is to join; of the same network, with other keys.
        url: of the node's own database; the node may run.

    Raises: StateError naming the first thing that would be nobody's; as `NodeFolder.join`.
    """
    new, signed = folder.network_of(cards, network=network), SignedFiles(folder.signed)
    with connect(url) as connection:
        found = check_store(connection, name=folder.name, network=new.network, signed=signed)
        if not found.problems:
            return
        known = check_store(connection, name=folder.name, network=folder.trusted().network, signed=signed)
    if odd := [problem for problem in found.problems if problem not in known.problems]:
        raise StateError(
            "by these cards something here would be nobody's",
            got=f"{odd[0].code} {odd[0].table} {odd[0].row}: {odd[0].detail}",
            hint="the sizes up to which a party's former keys count are too small: have its card made right",
        )
