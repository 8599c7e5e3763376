"""The hash tree of RFC 6962 (默克尔树): leaf and node hashes, roots, inclusion and consistency proofs.

SHA-256 throughout; every hash is 32 bytes and anything else is refused, so that two empty strings never pass
for equal hashes. A tree is given by its leaf hashes in order. Proofs are the lists of RFC 6962 §2.1.
"""

import hashlib
from collections.abc import Sequence

from creditloop.kernel.errors import EvidenceError, InputError

HASH_SIZE = 32
"""Bytes of a hash."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256 of a zero byte and the leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 of a one byte and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree that keeps only what its root needs: the roots of its complete subtrees.

    Adding n leaves costs n hashes; `root` costs at most one hash per subtree kept, log2(size) of them.
    """

    __slots__ = ("_subtrees", "size")

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def copy(self) -> "Tree":
        """Return a tree that grows on its own from here."""
        grown = Tree()
        grown.size, grown._subtrees = self.size, self._subtrees.copy()
        return grown

    def add(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        carry = leaf
        occupied = self.size
        while occupied & 1:
            carry = node_hash(self._subtrees.pop(), carry)
            occupied >>= 1
        self._subtrees.append(carry)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of the leaves added so far."""
        if not self._subtrees:
            return EMPTY_ROOT
        root = self._subtrees[-1]
        for subtree in reversed(self._subtrees[:-1]):
            root = node_hash(subtree, root)
        return root


def tree_root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root of a tree given by its leaf hashes.

    Level by level: pairs are hashed, a last odd one moves up unchanged, which is RFC 6962's split at the
    largest power of two.

    >>> tree_root([]) == EMPTY_ROOT
    True
    """
    if not leaf_hashes:
        return EMPTY_ROOT
    level = list(leaf_hashes)
    sha256 = hashlib.sha256
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + odd
    return level[0]


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of a leaf: the sibling hashes from the leaf up to the root.

    Raises: InputError if the tree has no such leaf.
    """
    if not 0 <= index < len(leaf_hashes):
        raise InputError("no such leaf in the tree", got=index, expected=f"0..{len(leaf_hashes) - 1}")
    path: list[bytes] = []
    level = list(leaf_hashes)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        odd = level[-1:] if len(level) % 2 else []
        level = [node_hash(a, b) for a, b in zip(level[::2], level[1::2], strict=False)] + odd
        index //= 2
    return path


def consistency_proof(leaf_hashes: Sequence[bytes], size: int) -> list[bytes]:
    """Return the proof that the first `size` leaves are the beginning of this tree.

    Raises: InputError unless 1 <= size <= leaves (an empty tree is the beginning of every tree).
    """
    if not 1 <= size <= len(leaf_hashes):
        raise InputError("no such earlier tree", got=size, expected=f"1..{len(leaf_hashes)}")
    return _subproof(leaf_hashes, size, complete=True)


def _subproof(leaf_hashes: Sequence[bytes], size: int, *, complete: bool) -> list[bytes]:
    """RFC 6962 §2.1.2 SUBPROOF; `complete` says that the earlier tree's own root is known to the reader."""
    if size == len(leaf_hashes):
        return [] if complete else [tree_root(leaf_hashes)]
    split = 1 << (len(leaf_hashes) - 1).bit_length() - 1
    left, right = leaf_hashes[:split], leaf_hashes[split:]
    if size <= split:
        return [*_subproof(left, size, complete=complete), tree_root(right)]
    return [*_subproof(right, size - split, complete=False), tree_root(left)]


def check_inclusion(*, index: int, size: int, leaf: bytes, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that a leaf hash stands at an index of the tree with this size and root (RFC 9162 §2.1.3.2).

    Raises: EvidenceError saying what does not fit.
    """
    _check_hashes(leaf, root, *proof)
    if not 0 <= index < size:
        raise EvidenceError("the leaf lies outside the tree", got=index, expected=f"0..{size - 1}")
    position, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise EvidenceError("the inclusion proof is too long", got=len(proof))
        if position & 1 or position == last:
            value = node_hash(sibling, value)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise EvidenceError("the inclusion proof is too short", got=len(proof))
    _check_root(value, root, "inclusion")


def check_consistency(
    *, size_before: int, size: int, root_before: bytes, root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that a tree only grew from an earlier one (RFC 9162 §2.1.4.2).

    An empty earlier tree proves nothing and is refused, whatever the later one is.

    Raises: EvidenceError saying what does not fit.
    """
    _check_hashes(root_before, root, *proof)
    if not 1 <= size_before <= size:
        raise EvidenceError("sizes do not allow a consistency proof", got=(size_before, size))
    if size_before == size:
        if proof:
            raise EvidenceError("equal sizes need no consistency proof", got=len(proof), expected=0)
        return _check_root(root_before, root, "consistency")
    # a complete earlier tree is itself the first node of the path
    path = [root_before, *proof] if size_before & (size_before - 1) == 0 else list(proof)
    position, last = size_before - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    if not path:
        raise EvidenceError("the consistency proof is too short", got=0)
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise EvidenceError("the consistency proof is too long", got=len(proof))
        if position & 1 or position == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise EvidenceError("the consistency proof is too short", got=len(proof))
    _check_root(before, root_before, "consistency")
    return _check_root(after, root, "consistency")


def _check_hashes(*hashes: bytes) -> None:
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise EvidenceError("not a hash", got=f"{len(value)} bytes", expected=f"{HASH_SIZE} bytes")


def _check_root(computed: bytes, root: bytes, what: str) -> None:
    if computed != root:
        raise EvidenceError(
            f"the {what} proof leads to another root", got=computed.hex(), expected=root.hex()
        )
