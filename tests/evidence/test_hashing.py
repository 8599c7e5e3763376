import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.evidence.hashing import (
    EMPTY_ROOT,
    Tree,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    tree_root,
)
from creditloop.kernel.errors import EvidenceError, InputError

LEAVES = [leaf_hash(bytes([number])) for number in range(70)]
sizes = st.integers(1, 70)


def naive_root(leaves):
    """RFC 6962 §2.1, word by word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


@pytest.mark.parametrize("size", range(71))
def test_roots_follow_the_definition(size):
    tree = Tree()
    for leaf in LEAVES[:size]:
        tree.add(leaf)
    assert tree_root(LEAVES[:size]) == tree.root() == naive_root(LEAVES[:size])
    assert tree.size == size


def test_known_hashes():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert (
        node_hash(b"N123", b"N456").hex()
        == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )


@given(sizes, st.data())
def test_inclusion_proofs_verify_at_their_place_only(size, data):
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(LEAVES[:size], index)
    root = tree_root(LEAVES[:size])
    check_inclusion(index=index, size=size, leaf=LEAVES[index], root=root, proof=proof)
    other = data.draw(
        st.integers(0, size - 1).filter(lambda other: other != index) if size > 1 else st.just(size)
    )
    with pytest.raises(EvidenceError):
        check_inclusion(index=other, size=size, leaf=LEAVES[index], root=root, proof=proof)
    with pytest.raises(EvidenceError):
        check_inclusion(index=index, size=size, leaf=LEAVES[index], root=root, proof=[*proof, LEAVES[0]])
    for cut in range(len(proof)):
        with pytest.raises(EvidenceError):
            check_inclusion(index=index, size=size, leaf=LEAVES[index], root=root, proof=proof[:cut])


@given(sizes, st.data())
def test_consistency_proofs_verify_for_their_sizes_only(size, data):
    before = data.draw(st.integers(1, size))
    proof = consistency_proof(LEAVES[:size], before)
    roots = {"root_before": tree_root(LEAVES[:before]), "root": tree_root(LEAVES[:size])}
    check_consistency(size_before=before, size=size, proof=proof, **roots)
    with pytest.raises(EvidenceError):
        check_consistency(size_before=before, size=size, proof=[*proof, LEAVES[0]], **roots)
    for cut in range(len(proof)):
        with pytest.raises(EvidenceError):
            check_consistency(size_before=before, size=size, proof=proof[:cut], **roots)
    forked = roots | {"root": tree_root([*LEAVES[: size - 1], leaf_hash(b"other")])}
    with pytest.raises(EvidenceError):
        check_consistency(size_before=before, size=size, proof=proof, **forked)


@given(sizes, st.data())
def test_any_changed_bit_is_found(size, data):
    index = data.draw(st.integers(0, size - 1))
    parts = [LEAVES[index], tree_root(LEAVES[:size]), *inclusion_proof(LEAVES[:size], index)]
    which, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    changed = int.from_bytes(parts[which]) ^ 1 << bit
    parts[which] = changed.to_bytes(32)
    leaf, root, *proof = parts
    with pytest.raises(EvidenceError):
        check_inclusion(index=index, size=size, leaf=leaf, root=root, proof=proof)


@pytest.mark.parametrize("size", [0, 1, 5])
def test_an_empty_tree_proves_no_consistency(size):
    root = tree_root(LEAVES[:size])
    with pytest.raises(EvidenceError, match="sizes do not allow"):
        check_consistency(size_before=0, size=size, root_before=EMPTY_ROOT, root=root, proof=[])


@pytest.mark.parametrize(
    ("leaf", "root"), [(b"", b""), (b"", LEAVES[0]), (LEAVES[0], b""), (LEAVES[0][:31],) * 2]
)
def test_what_is_not_a_hash_is_refused(leaf, root):
    with pytest.raises(EvidenceError, match="not a hash"):
        check_inclusion(index=0, size=1, leaf=leaf, root=root, proof=[])


@pytest.mark.parametrize(("index", "size"), [(1, 1), (-1, 1), (0, 0)])
def test_a_leaf_outside_the_tree_is_refused(index, size):
    with pytest.raises(EvidenceError, match="outside the tree"):
        check_inclusion(index=index, size=size, leaf=LEAVES[0], root=LEAVES[0], proof=[])


def test_proofs_of_what_is_not_there_are_not_made():
    with pytest.raises(InputError, match="no such leaf"):
        inclusion_proof(LEAVES[:3], 3)
    for size in (0, 4):
        with pytest.raises(InputError, match="no such earlier tree"):
            consistency_proof(LEAVES[:3], size)
