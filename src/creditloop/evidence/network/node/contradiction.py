"""Proof that a party contradicted itself (自相矛盾): two things it signed that cannot both be honest.

A fork: two checkpoints of one log, of one size and different roots; or of different sizes, with two leaves
that stand at one index. Two batches: one submitter, one id, two contents. Whoever has the parties' public
keys can check either, without any record.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.hashing import check_inclusion
from creditloop.evidence.network.batch import SignedHeader, check_header
from creditloop.evidence.network.node.parties import Network
from creditloop.evidence.network.record import Count, Hex, Refusal, RefusedError, canonical_form, read_form
from creditloop.evidence.network.tree import KeptTree

CONTRADICTION_BYTES_MAX = 32_768
"""Most bytes of a proof."""
_Note = Annotated[str, msgspec.Meta(max_length=8_000)]
_Path = Annotated[tuple[Hex, ...], msgspec.Meta(max_length=63)]


class LeafAt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A leaf hash with its path to the root."""

    leaf: Hex
    path: _Path


class Fork(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="fork"):
    """Two signed checkpoints of one log, neither of which can come from the other.

    Attributes:
        first: a checkpoint signed by the log, not larger than the second.
        second: another.
        index: where their trees differ; 0 if they are of one size.
        first_leaf: the leaf there under the first; absent if they are of one size.
        second_leaf: the leaf there under the second; absent if they are of one size.
    """

    first: _Note
    second: _Note
    index: Count = 0
    first_leaf: LeafAt | None = None
    second_leaf: LeafAt | None = None


class TwoBatches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="two_batches"):
    """Two batches of one submitter for one log, under one id, with different contents."""

    first: SignedHeader
    second: SignedHeader


class Contradiction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proof, and the log whose party it names."""

    origin: str
    proof: Fork | TwoBatches

    def body(self) -> bytes:
        """Return its canonical text."""
        return canonical_form(self)


def read_contradiction(body: bytes) -> Contradiction:
    """Read a proof from its canonical text; nothing is checked yet but the form.

    Raises: RefusedError if it is too large or malformed.
    """
    return read_form(body, Contradiction, bytes_max=CONTRADICTION_BYTES_MAX, what="a contradiction")


def check_contradiction(contradiction: Contradiction, *, network: Network) -> None:
    """Check that a party really contradicted itself.

    Raises: EvidenceError naming what does not hold; that it is too large to be read again, too.
    """
    if len(contradiction.body()) > CONTRADICTION_BYTES_MAX:
        raise RefusedError(
            Refusal.OVERSIZED, "a contradiction is too large", expected=f"<= {CONTRADICTION_BYTES_MAX} bytes"
        )
    party = network.find(contradiction.origin)
    if party is None:
        raise RefusedError(Refusal.UNKNOWN_ORIGIN, "nobody we know", got=contradiction.origin)
    proof = contradiction.proof
    if isinstance(proof, TwoBatches):
        for signed in (proof.first, proof.second):
            if signed.header.origin != party.name:
                raise RefusedError(Refusal.MALFORMED, "batches of another log", got=signed.header.origin)
            check_header(signed, submitters=party.submitters_ever)
        first, second = proof.first.header, proof.second.header
        same = (first.submitter, first.batch) == (second.submitter, second.batch)
        if not same or first.hash == second.hash:
            raise RefusedError(Refusal.MALFORMED, "these batches do not contradict each other")
        return
    before, after = network.opened(party.name, proof.first), network.opened(party.name, proof.second)
    if (before.base, after.base) != (proof.first, proof.second):
        raise RefusedError(Refusal.MALFORMED, "a proof of a fork has the log's own signatures alone")
    _check_fork(proof, before.checkpoint, after.checkpoint)


def _check_fork(proof: Fork, first: Checkpoint, second: Checkpoint) -> None:
    if first.size == second.size:
        if first.root == second.root or proof.index or proof.first_leaf or proof.second_leaf:
            raise RefusedError(Refusal.MALFORMED, "these checkpoints do not contradict each other")
        return
    if (
        first.size > second.size
        or proof.first_leaf is None
        or proof.second_leaf is None
        or proof.first_leaf.leaf == proof.second_leaf.leaf
    ):
        raise RefusedError(Refusal.MALFORMED, "nothing shows that these checkpoints differ")
    for leaf, checkpoint in ((proof.first_leaf, first), (proof.second_leaf, second)):
        check_inclusion(
            index=proof.index,
            size=checkpoint.size,
            leaf=bytes.fromhex(leaf.leaf),
            root=checkpoint.root,
            proof=[bytes.fromhex(hash_) for hash_ in leaf.path],
        )


def fork_of_one_size(origin: str, first: str, second: str) -> Contradiction:
    """Make the proof from two checkpoints of one size."""
    return Contradiction(origin=origin, proof=Fork(first=min(first, second), second=max(first, second)))


def fork_by_leaves(
    origin: str, ours: tuple[str, KeptTree, int], theirs: tuple[str, Sequence[bytes]]
) -> Contradiction | None:
    """Make the proof from two checkpoints of different sizes.

    Args:
        ours: our checkpoint, our tree, the checkpoint's size.
        theirs: the other checkpoint and all its leaf hashes, which lead to its root.

    Returns: None if one tree is the beginning of the other.
    """
    our_note, our_tree, our_size = ours
    their_note, their_leaves = theirs
    if our_size == len(their_leaves):
        return fork_of_one_size(origin, our_note, their_note)
    shared = min(our_size, len(their_leaves))
    pairs = zip(our_tree.leaves(0, shared), their_leaves[:shared], strict=True)
    index = next((at for at, (a, b) in enumerate(pairs) if a != b), None)
    if index is None:
        return None
    their_tree = KeptTree()
    for leaf in their_leaves:
        their_tree.add(leaf)
    sides = [
        (our_size, our_note, _leaf_at(our_tree, index, our_size)),
        (len(their_leaves), their_note, _leaf_at(their_tree, index, len(their_leaves))),
    ]
    (_, first, first_leaf), (_, second, second_leaf) = sorted(sides, key=lambda side: side[0])
    proof = Fork(first=first, second=second, index=index, first_leaf=first_leaf, second_leaf=second_leaf)
    return Contradiction(origin=origin, proof=proof)


def _leaf_at(tree: KeptTree, index: int, size: int) -> LeafAt:
    path = tuple(hash_.hex() for hash_ in tree.inclusion(index, size))
    return LeafAt(leaf=tree.leaves(index, index + 1)[0].hex(), path=path)
