"""Proofs that a party contradicted itself: they hold against liars, and never against the honest."""

from dataclasses import replace
from random import Random

import pytest
from msgspec.structs import replace as changed
from tests.evidence.network.node.lab import BANK, BUREAU, FUND, NAMES, Lab
from tests.faults.network.parties import keys_of, network

from creditloop.evidence.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from creditloop.evidence.hashing import leaf_hash
from creditloop.evidence.network.node import (
    Contradiction,
    Fork,
    Gossip,
    Outcome,
    TwoBatches,
    check_contradiction,
    message_bytes,
    read_contradiction,
)
from creditloop.evidence.network.node.contradiction import fork_by_leaves, fork_of_one_size
from creditloop.evidence.network.tree import KeptTree
from creditloop.kernel.errors import EvidenceError

NETWORK = network()


def tree_of(leaves: str) -> KeptTree:
    """Return the tree of leaves that are letters."""
    tree = KeptTree()
    for letter in leaves:
        tree.add(leaf_hash(letter.encode()))
    return tree


def note_of(leaves: str, *, origin: str = BANK) -> str:
    """Return a checkpoint that the log signed over leaves that are letters."""
    checkpoint = Checkpoint(origin=origin, size=len(leaves), root=tree_of(leaves).root())
    return sign_checkpoint(checkpoint, signer=keys_of(origin).log)


def fork(ours: str, theirs: str) -> Contradiction | None:
    """Make the proof from what two parties were told."""
    return fork_by_leaves(
        BANK,
        ours=(note_of(ours), tree_of(ours), len(ours)),
        theirs=(note_of(theirs), tree_of(theirs).leaves(0, len(theirs))),
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("abc", "abd"),
        ("abcdefg", "abX"),
        ("abX", "abcdefg"),
        ("X", "abcdefgh"),
        ("abcde", "abcdX"),
        ("a", "b"),
    ],
)
def test_two_stories_are_proven(ours: str, theirs: str) -> None:
    proof = fork(ours, theirs)
    assert proof is not None
    check_contradiction(proof, network=NETWORK)
    assert read_contradiction(proof.body()) == proof


@pytest.mark.parametrize(("ours", "theirs"), [("abc", "abcd"), ("abcdefg", "ab"), ("a", "abcdefgh")])
def test_growing_is_no_contradiction(ours: str, theirs: str) -> None:
    assert fork(ours, theirs) is None


def test_what_proves_nothing_is_refused() -> None:
    true = fork("abcdefg", "abX")
    assert true is not None
    assert isinstance(true.proof, Fork)
    same = fork_of_one_size(BANK, note_of("abc"), note_of("abc"))
    leaf = true.proof.first_leaf
    assert leaf is not None
    wrong = [
        same,
        changed(true, origin=BUREAU),
        changed(true, origin="nobody.example"),
        changed(true, proof=changed(true.proof, index=1)),
        changed(true, proof=changed(true.proof, first_leaf=None)),
        changed(true, proof=changed(true.proof, second_leaf=true.proof.first_leaf)),
        changed(
            true,
            proof=changed(true.proof, first_leaf=changed(leaf, leaf="00" * 32)),
        ),
        changed(true, proof=changed(true.proof, second=note_of("abcdefg", origin=BUREAU))),
    ]
    true_of_one_size = fork_of_one_size(BANK, note_of("abc"), note_of("abX"))
    check_contradiction(true_of_one_size, network=NETWORK)
    of_one_size = true_of_one_size.proof
    assert isinstance(of_one_size, Fork)
    stranger = "— stranger.example " + "A" * 92 + "\n"
    # a proof has one form: who owns a node's database cannot write another unseen
    wrong += [
        changed(true_of_one_size, proof=changed(of_one_size, index=1)),
        changed(true_of_one_size, proof=changed(of_one_size, first=of_one_size.first + stranger)),
        changed(true_of_one_size, proof=changed(of_one_size, first_leaf=leaf)),
        changed(
            true,
            proof=changed(
                true.proof,
                first=true.proof.second,
                first_leaf=true.proof.second_leaf,
                second=true.proof.first,
                second_leaf=true.proof.first_leaf,
            ),
        ),
    ]
    for contradiction in wrong:
        with pytest.raises(EvidenceError):
            check_contradiction(contradiction, network=NETWORK)


def test_two_batches_under_one_id_are_proven_and_the_same_twice_is_not(lab: Lab) -> None:
    first = lab.batch(BANK, name="b").signed_header
    second = lab.batch(BANK, name="b").signed_header
    other = lab.batch(BANK, name="c").signed_header
    check_contradiction(
        Contradiction(origin=BANK, proof=TwoBatches(first=first, second=second)), network=NETWORK
    )
    for pair in ((first, first), (first, other)):
        with pytest.raises(EvidenceError):
            check_contradiction(
                Contradiction(origin=BANK, proof=TwoBatches(first=pair[0], second=pair[1])), network=NETWORK
            )
    forged = changed(second, signature=other.signature)
    with pytest.raises(EvidenceError):
        check_contradiction(
            Contradiction(origin=BANK, proof=TwoBatches(first=first, second=forged)), network=NETWORK
        )


def test_no_bit_of_a_proof_can_be_another(lab: Lab) -> None:
    """By this an edit of a node's database shows: a proof has one form, whatever it proves."""
    first, second = (lab.batch(BANK, name="b").signed_header for _ in range(2))
    proofs = [
        fork_of_one_size(BANK, note_of("abc"), note_of("abX")),
        fork("abcdefg", "abX"),
        Contradiction(origin=BANK, proof=TwoBatches(first=first, second=second)),
    ]
    draw = Random("bits")
    for proof in proofs:
        assert proof is not None
        body = proof.body()
        for place in range(len(body)):
            spoilt = bytearray(body)
            spoilt[place] ^= 1 << draw.randrange(7)
            with pytest.raises(EvidenceError):
                check_contradiction(read_contradiction(bytes(spoilt)), network=NETWORK)


def gossip(lab: Lab, *notes: str) -> bytes:
    """Return gossip that brings checkpoints."""
    now = lab.nodes[BUREAU].context.now_text()
    return message_bytes(Gossip(contradictions=(), headers=(), notes=notes, sent_at=now))


def test_a_fork_is_named_by_everybody_once_one_has_seen_it(lab: Lab) -> None:
    lab.grow(BANK, 2)
    state = lab.nodes[FUND].context.states[BANK]
    true = open_checkpoint(state.base, verifier=lab.network.party(BANK).log)
    false = sign_checkpoint(replace(true, root=bytes(32)), signer=keys_of(BANK).log)
    lab.nodes[FUND].handle(gossip(lab, false), sender=BUREAU)
    assert state.contradiction is not None
    lab.let_pass(4_000)
    assert all(node.context.states[BANK].contradiction for node in lab.nodes.values())
    lab.submit(BANK, lab.batch(BANK))
    lab.let_pass(4_000)
    assert {node.context.states[BANK].size for node in lab.nodes.values()} == {2}, "nothing more is taken"
    assert lab.restart(FUND).context.states[BANK].contradiction is not None
    assert {log.origin for log in lab.nodes[FUND].status().logs if log.forked} == {BANK}
    lab.grow(BUREAU)
    assert {node.context.states[BUREAU].size for name, node in lab.nodes.items() if name != FUND} == {1}


def test_an_old_checkpoint_accuses_nobody(lab: Lab) -> None:
    lab.grow(BANK)
    old = lab.nodes[FUND].context.states[BANK].latest
    lab.grow(BANK, 2)
    lab.nodes[FUND].handle(gossip(lab, old), sender=BUREAU)
    assert not any(node.context.contradictions for node in lab.nodes.values())


def test_gossip_that_does_not_hold_leaves_a_line_only(lab: Lab) -> None:
    lab.grow(BANK)
    lab.let_pass(3_000)
    note = lab.nodes[FUND].context.states[BANK].latest
    before = bytes(lab.places[FUND].disk.data)
    for bad in (
        note.replace("\n1\n", "\n2\n"),
        "nobody.example\n1\n",
        "bank.example\nx\n",
        "",
        "bank.example",
    ):
        answer = lab.asked(BUREAU, FUND, gossip(lab, bad))
        assert answer.outcome is Outcome.DONE
    assert bytes(lab.places[FUND].disk.data) == before
    assert sum(line.what == "gossip" for line in lab.places[FUND].lines) >= 3
    assert set(NAMES) == set(lab.nodes)
