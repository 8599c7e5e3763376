"""Parties with SM2 keys (国密): they sign by both keys or not at all, and all checks are of both lines."""

from dataclasses import replace

import pytest
from msgspec import Raw
from msgspec.structs import replace as changed
from tests.evidence.network.node.lab import BANK, BUREAU, FUND, NAMES, PARTNER, Lab
from tests.faults.network.parties import keys_of
from tests.faults.network.sm2_keys import public_sm2_keys_of

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.network import Cosigned, unverified_checkpoint
from creditloop.evidence.network.node import (
    Append,
    Contradiction,
    Fork,
    Gossip,
    Network,
    NodeKeys,
    Outcome,
    check_contradiction,
    message_bytes,
    open_round,
    read_round,
)
from creditloop.evidence.network.node.contradiction import fork_of_one_size
from creditloop.evidence.network.record import RefusedError
from creditloop.kernel.errors import EvidenceError, InputError

AT = 1_767_600_000


@pytest.fixture
def lab() -> Lab:
    """Bank and fund have changed their keys for such with SM2 beside; the bank's log has two entries."""
    lab = Lab()
    lab.let_pass(3_000)
    lab.grow(BANK)
    lab.change_keys(BANK)
    lab.let_pass(3_000)
    lab.change_keys(FUND)
    lab.let_pass(3_000)
    lab.grow(BANK)
    lab.grow(FUND)
    lab.let_pass(3_000)
    return lab


def ed25519_only(name: str) -> NodeKeys:
    """A party's keys as a thief has them who got all but those of SM2."""
    return replace(keys_of(name, 1), sm2=None)


def final(lab: Lab, origin: str) -> tuple[str, Cosigned]:
    note = lab.nodes[origin].checkpoint(origin)
    return note, lab.network.opened(origin, note)


def test_both_keys_sign_and_every_node_holds_the_lines(lab: Lab) -> None:
    note, opened = final(lab, BANK)
    names = [line.split(" ")[1] for line in note.rpartition("\n\n")[2].splitlines()]
    assert names.count(BANK) == 2 and names.count(f"{FUND}/witness") == 2
    assert names.count(f"{PARTNER}/witness") == 1
    assert f"{FUND}/witness" in opened.times and opened.checkpoint.size == 2
    for name in NAMES:
        node = lab.nodes[name]
        assert node.size(BANK) == node.final_size(BANK) == 2
        assert lab.network.opened(BANK, node.checkpoint(BANK)).checkpoint == opened.checkpoint
        lab.restart(name)
        assert lab.nodes[name].final_size(BANK) == 2 and not lab.nodes[name].context.states[BANK].damaged
    # before the change the log signed by Ed25519 alone, and that counts up to there
    first = read_round(next(iter(lab.nodes[FUND].context.ports.store.rounds(BANK, first=0))).body)
    assert first.checkpoint.count("— ") == 1
    assert open_round(first, network=lab.network).after == 1


def test_a_log_that_signs_by_one_key_alone_signs_nothing(lab: Lab) -> None:
    state = lab.nodes[BANK].context.states[BANK]
    later = Checkpoint(origin=BANK, size=3, root=b"\1" * 32)
    lines = keys_of(BANK, 1).sign(later).splitlines()
    text, (ed25519, sm2) = "\n".join(lines[:4]), lines[4:]
    stranger = keys_of(BANK, 3).sign(later).splitlines()[5]
    old = state.base.splitlines()[5]
    for signatures in ([ed25519], [sm2], [ed25519, stranger], [ed25519, old]):
        asked = Append(
            checkpoint="\n".join([text, *signatures, ""]),
            old_size=2,
            proof=(),
            rounds=(),
            sent_at=lab.nodes[BANK].context.now_text(),
        )
        assert lab.asked(BANK, FUND, message_bytes(asked)).outcome is Outcome.WRONG_SIGNATURE
    stored = list(lab.nodes[FUND].context.ports.store.rounds(BANK, first=1))[-1]
    round_ = read_round(stored.body)
    without = round_.checkpoint.rpartition("— ")[0]
    for checkpoint in (without, round_.checkpoint + old + "\n"):
        with pytest.raises(RefusedError, match="checkpoint is not its log's"):
            open_round(changed(round_, checkpoint=checkpoint), network=lab.network)


def test_a_witness_that_cosigns_by_one_key_alone_is_not_counted(lab: Lab) -> None:
    note, opened = final(lab, BANK)
    witness = f"{FUND}/witness"
    others = opened.base + "".join(line for name, line in opened.lines.items() if name != witness)
    first, second = opened.lines[witness].splitlines(keepends=True)
    later = keys_of(FUND, 1).cosign(opened.checkpoint, at=opened.times[witness] + 1)
    again = later.splitlines(keepends=True)
    for lines in (first, second, first + again[1], again[0] + second):
        found = lab.network.opened(BANK, others + lines)
        assert set(found.times) == set(opened.times) - {witness} == set(found.lines)
    assert lab.network.opened(BANK, others + second + first).lines == opened.lines
    assert lab.network.opened(BANK, others + later).times[witness] == opened.times[witness] + 1
    wrong = keys_of(FUND, 1).cosign(replace(opened.checkpoint, size=3), at=opened.times[witness])
    with pytest.raises(EvidenceError, match="does not verify"):
        lab.network.opened(BANK, others + first + wrong.splitlines(keepends=True)[1])
    assert note == lab.nodes[BANK].checkpoint(BANK)


def test_an_answer_with_half_a_cosignature_makes_nothing_final(lab: Lab) -> None:
    """One of the others is away, so the fund's cosignature is needed; its SM2 key is not there."""
    node, before = lab.nodes[FUND], lab.nodes[BANK].final_size(BANK)
    node.context.keys = ed25519_only(FUND)
    lab.away = {BUREAU}
    lab.submit(BANK, lab.batch(BANK))
    lab.let_pass(5_000)
    assert (lab.nodes[BANK].size(BANK), lab.nodes[BANK].final_size(BANK)) == (before + 1, before)
    said = {(line.party, line.what): line.detail for line in lab.places[BANK].lines}
    assert "not by all the keys" in said[FUND, "cosignature"]
    lab.away = set()
    lab.let_pass(5_000)
    assert lab.nodes[BANK].final_size(BANK) == before + 1


def test_a_checkpoint_signed_twice_is_one_checkpoint(lab: Lab) -> None:
    """The operator hands out another signing of his last checkpoint with the rounds, and as gossip."""
    lab.away = {FUND}
    lab.grow(BANK)
    lab.away = set()
    bank, fund = lab.nodes[BANK].context.states[BANK], lab.nodes[FUND].context.states[BANK]
    last = unverified_checkpoint(bank.base)
    again = _signed_again(last)
    assert again != bank.base and fund.size == 2
    (round_,) = lab.nodes[BANK].context.ports.store.rounds(BANK, first=2)
    asked = Append(
        checkpoint=again,
        old_size=2,
        proof=tuple(hash_.hex() for hash_ in bank.tree.consistency(2, 3)),
        rounds=(Raw(round_.body),),
        sent_at=lab.nodes[BANK].context.now_text(),
    )
    answer = lab.asked(BANK, FUND, message_bytes(asked))
    assert answer.outcome is Outcome.DONE and answer.cosignature.count("— ") == 2
    assert fund.base == bank.base, "what is kept is the round's own"
    told = Gossip(
        contradictions=(),
        headers=(),
        notes=(again + answer.cosignature,),
        sent_at=lab.nodes[BANK].context.now_text(),
    )
    for name in (PARTNER, FUND):
        assert lab.asked(BANK, name, message_bytes(told)).outcome is Outcome.DONE
    lab.let_pass(5_000)
    for name in NAMES:
        state = lab.restart(name).context.states[BANK]
        assert (state.size, state.final_size, state.contradiction, state.damaged) == (3, 3, None, "")
    lab.let_pass(3_000)
    lab.grow(BANK)
    assert lab.nodes[FUND].final_size(BANK) == 4


def _signed_again(checkpoint: Checkpoint) -> str:
    keys = keys_of(BANK, 1)
    return [keys.sign(checkpoint) for _ in range(9)][-1]


def test_no_fork_is_proven_by_ed25519_alone(lab: Lab) -> None:
    state = lab.nodes[FUND].context.states[BANK]
    false = replace(unverified_checkpoint(state.base), root=bytes(32))
    check_contradiction(fork_of_one_size(BANK, state.base, keys_of(BANK, 1).sign(false)), network=lab.network)
    half = Contradiction(origin=BANK, proof=Fork(first=state.base, second=ed25519_only(BANK).sign(false)))
    with pytest.raises(EvidenceError, match="SM2 key did not sign"):
        check_contradiction(half, network=lab.network)


def test_a_node_that_lost_all_arrives_at_what_was_signed_by_both(lab: Lab) -> None:
    lab.places[FUND].disk.data.clear()
    lab.restart(FUND)
    assert lab.nodes[FUND].size(BANK) == 0
    lab.let_pass(10_000)
    assert lab.nodes[FUND].final_size(BANK) == 2
    lab.grow(BANK)
    lab.let_pass(3_000)
    assert f"{FUND}/witness" in final(lab, BANK)[1].times


def test_keys_beside_are_named_like_those_they_sign_beside() -> None:
    party = Lab().network.party(BANK)
    with pytest.raises(InputError, match="named like"):
        replace(party, sm2=public_sm2_keys_of(FUND, 1))
    own = replace(party, sm2=public_sm2_keys_of(BANK, 1))
    assert not own.continues(party) and not party.continues(own)


def test_sm2_keys_are_given_up_by_another_change(lab: Lab) -> None:
    lab.change_keys(BANK)
    lab.let_pass(3_000)
    lab.grow(BANK)
    lab.let_pass(3_000)
    note, opened = final(lab, BANK)
    assert opened.checkpoint.size == 3 and opened.base.count("— ") == 1
    assert [bool(keys.sm2) for keys in lab.network.party(BANK).former] == [False, True]
    assert isinstance(lab.network, Network) and note
