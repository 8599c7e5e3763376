"""The kept tree gives what the plain functions over all leaves give, for every size and place."""

import pytest

from creditloop.evidence.hashing import (
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    tree_root,
)
from creditloop.evidence.network.tree import KeptTree
from creditloop.kernel.errors import InputError

LEAVES = [leaf_hash(str(number).encode()) for number in range(40)]


def tree_of(size: int) -> KeptTree:
    """Return the tree of the first leaves."""
    tree = KeptTree()
    for leaf in LEAVES[:size]:
        tree.add(leaf)
    return tree


def test_every_root_of_every_size() -> None:
    tree = tree_of(40)
    assert [tree.root(size) for size in range(41)] == [tree_root(LEAVES[:size]) for size in range(41)]
    assert tree.root() == tree_root(LEAVES)
    assert tree.leaves(3, 7) == LEAVES[3:7]


def test_every_proof() -> None:
    tree = tree_of(40)
    for size in range(1, 41):
        for index in range(size):
            path = tree.inclusion(index, size)
            assert path == inclusion_proof(LEAVES[:size], index)
            check_inclusion(index=index, size=size, leaf=LEAVES[index], root=tree.root(size), proof=path)
        for before in range(1, size + 1):
            proof = tree.consistency(before, size)
            assert proof == consistency_proof(LEAVES[:size], before)
            check_consistency(
                size_before=before,
                size=size,
                root_before=tree.root(before),
                root=tree.root(size),
                proof=proof,
            )


@pytest.mark.parametrize("size", range(9))
def test_a_tree_that_goes_on_leaves_the_kept_one_alone(size: int) -> None:
    tree = tree_of(size)
    grown = tree.grown()
    for leaf in LEAVES[size:20]:
        grown.add(leaf)
    assert (grown.size, grown.root()) == (20, tree_root(LEAVES[:20]))
    assert (tree.size, tree.root()) == (size, tree_root(LEAVES[:size]))


def test_what_is_not_there_is_refused() -> None:
    tree = tree_of(5)
    for ask in (
        lambda: tree.root(6),
        lambda: tree.root(-1),
        lambda: tree.inclusion(5, 5),
        lambda: tree.inclusion(0, 6),
        lambda: tree.inclusion(-1, 3),
        lambda: tree.consistency(0, 3),
        lambda: tree.consistency(4, 3),
        lambda: tree.consistency(4, 6),
    ):
        with pytest.raises(InputError):
            ask()
