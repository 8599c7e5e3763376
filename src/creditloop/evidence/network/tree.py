"""A log's tree kept whole, so that any earlier root and any proof costs some log2(size) hashes.

All complete subtrees' roots are kept, level by level: 64 bytes a leaf. `GrowingTree` goes on from a kept tree
without touching it, to see where further leaves would lead before anything is stored.
"""

from collections.abc import Sequence

from creditloop.evidence.hashing import EMPTY_ROOT, Tree, node_hash
from creditloop.kernel.errors import InputError


class GrowingTree(Tree):
    """A tree that goes on from another one's complete subtrees."""

    __slots__ = ()

    def __init__(self, *, size: int, subtrees: Sequence[bytes]) -> None:
        super().__init__()
        self.size, self._subtrees = size, list(subtrees)


class KeptTree:
    """A tree that keeps every complete subtree's root."""

    __slots__ = ("_levels",)

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = [[]]

    @property
    def size(self) -> int:
        """Leaves."""
        return len(self._levels[0])

    def add(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        level, value = 0, leaf
        self._levels[0].append(value)
        while len(self._levels[level]) % 2 == 0:
            value = node_hash(*self._levels[level][-2:])
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(value)

    def leaves(self, first: int, after: int) -> list[bytes]:
        """Return the leaf hashes at `[first, after)`."""
        return self._levels[0][first:after]

    def grown(self) -> GrowingTree:
        """Return a tree that goes on from here, on its own."""
        subtrees = [
            self._levels[level][-1]
            for level in reversed(range(len(self._levels)))
            if self.size >> level & 1  # one complete subtree for each bit of the size, the largest first
        ]
        return GrowingTree(size=self.size, subtrees=subtrees)

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` leaves, by default over all.

        Raises: InputError if there are not so many.
        """
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise InputError("no such earlier tree", got=size, expected=f"0..{self.size}")
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the audit path of a leaf in the tree of the first `size` leaves.

        Raises: InputError if that tree has no such leaf.
        """
        if not 0 <= index < size <= self.size:
            raise InputError("no such leaf in the tree", got=(index, size), expected=f"0..{self.size - 1}")
        path: list[bytes] = []
        first, after = 0, size
        while after - first > 1:
            middle = first + _split(after - first)
            if index < middle:
                path.append(self._range(middle, after))
                after = middle
            else:
                path.append(self._range(first, middle))
                first = middle
        return path[::-1]

    def consistency(self, before: int, size: int) -> list[bytes]:
        """Return the proof that the first `before` leaves begin the tree of the first `size` ones.

        Raises: InputError unless 1 <= before <= size <= leaves.
        """
        if not 1 <= before <= size <= self.size:
            raise InputError("no such trees", got=(before, size), expected=f"1..{self.size}")
        path: list[bytes] = []
        first, after, complete = 0, size, True
        while before != after:
            middle = first + _split(after - first)
            if before <= middle:
                path.append(self._range(middle, after))
                after = middle
            else:
                path.append(self._range(first, middle))
                first, complete = middle, False
        if not complete:
            path.append(self._range(first, after))
        return path[::-1]

    def _range(self, first: int, after: int) -> bytes:
        """Return the root over `[first, after)`, a range that RFC 6962's splits lead to."""
        count = after - first
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self._levels[level][first >> level]
        middle = first + _split(count)
        return node_hash(self._range(first, middle), self._range(middle, after))


def _split(count: int) -> int:
    """Return the largest power of two smaller than a count >= 2."""
    return 1 << (count - 1).bit_length() - 1
