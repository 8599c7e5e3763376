"""A party changes its keys: what the former ones signed goes on to count, and nothing beyond it."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed
from tests.evidence.network.node.lab import BANK, BUREAU, FUND, NAMES, PARTNER, PAYMENT, Lab
from tests.faults.network.parties import keys_of, network, submitter_of, with_new_keys

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.network import CosignatureSigner, make_batch, unverified_checkpoint
from creditloop.evidence.network.node import (
    Append,
    Contradiction,
    Network,
    Outcome,
    Party,
    Propose,
    check_contradiction,
    message_bytes,
)
from creditloop.evidence.network.node.contradiction import fork_of_one_size
from creditloop.evidence.network.node.round import open_round, read_round
from creditloop.evidence.network.record import RefusedError, canonical_form, is_signed
from creditloop.evidence.network.verdict import sign_verdict
from creditloop.kernel.errors import EvidenceError, InputError

ZERO = dict.fromkeys(NAMES, 0)


def test_a_witness_is_not_named_like_another_party() -> None:
    """Readers tell keys on a note by their names: it would shadow that party's own."""
    party = network().party(BANK)
    others = tuple(one for one in network().parties if one.name != BANK)
    with pytest.raises(InputError, match="named like another party"):
        Network(parties=(replace(party, witness=CosignatureSigner(FUND, bytes(32)).verifier), *others))
    own = CosignatureSigner(BANK, bytes(32)).verifier
    assert Network(parties=(replace(party, witness=own), *others)).party(BANK).witness == own


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.let_pass(3_000)
    return lab


def signers_of(lab: Lab, origin: str) -> set[str]:
    """Return the texts of the witnesses' keys under a log's last final checkpoint."""
    note = lab.nodes[origin].checkpoint(origin)
    witnesses = lab.network.signers_at(origin, unverified_checkpoint(note).size).witnesses
    lines = note.rpartition("\n\n")[2]
    return {key.text() for key in witnesses if f"— {key.name} " in lines}


# what counts


def test_each_key_counts_for_its_own_time() -> None:
    first = network().party(BANK)
    until = {**ZERO, BANK: 5, FUND: 2}
    second = with_new_keys(first, generation=1, until=until)
    third = with_new_keys(second, generation=2, until={**until, BANK: 9})
    assert [third.keys_at(BANK, size).log.text() for size in (1, 5, 6, 9, 10)] == [
        party.log.text() for party in (first, first, second, second, third)
    ]
    assert [third.keys_at(FUND, size).witness.text() for size in (2, 3)] == [
        party.witness.text() for party in (first, third)
    ]
    # an empty log has nothing that a former key could have signed
    assert third.keys_at(BUREAU, 0) is third
    assert [key.text() for key in third.submitters_at(4)] == [submitter_of(BANK).verifier.text()]
    assert third.submitters_at(5) == second.submitters and third.submitters_at(9) == third.submitters
    judged = {size: [key.text() for key in third.judges({BANK: size})] for size in (4, 5, 7, 9, 12)}
    assert judged == {
        4: [first.judge.text()],
        5: [first.judge.text(), second.judge.text()],
        7: [second.judge.text()],
        9: [second.judge.text(), third.judge.text()],
        12: [third.judge.text()],
    }
    # a statement of all logs is of one time: old sizes of one log and new ones of another are nobody's
    assert third.judges({BANK: 12, FUND: 1}) == ()
    assert len(third.submitters_ever) == 3


def test_what_continues_what() -> None:
    first = network().party(BANK)
    second = with_new_keys(first, generation=1, until={**ZERO, BANK: 5})
    third = with_new_keys(second, generation=2, until={**ZERO, BANK: 9})
    other = with_new_keys(first, generation=1, until={**ZERO, BANK: 6})
    parties = (first, second, third, other)
    assert [[one.continues(known) for known in parties] for one in parties] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, False, False, True],
    ]
    assert not second.continues(replace(first, submitters=second.submitters))


def _changed(party: Party, **fields: object) -> Network:
    former = replace(party.former[-1], **fields)
    rest = tuple(one for one in network().parties if one.name != party.name)
    return Network(parties=(*rest, replace(party, former=(*party.former[:-1], former))))


def test_former_keys_that_cannot_be_are_refused() -> None:
    party = with_new_keys(network().party(BANK), generation=1, until={**ZERO, BANK: 5})
    third = with_new_keys(party, generation=2, until={**ZERO, BANK: 9})
    stranger = keys_of(FUND, 7)
    for spoilt, fields in (
        (party, {"until": {BANK: 5}}),
        (party, {"until": {**ZERO, "stranger.example": 1}}),
        (party, {"until": {**ZERO, BANK: -1}}),
        (third, {"until": {**ZERO, BANK: 4}}),
        (party, {"witness": stranger.witness.verifier}),
        (party, {"log": stranger.log.verifier, "judge": stranger.judge.verifier}),
    ):
        with pytest.raises(InputError, match="former keys"):
            _changed(spoilt, **fields)


# nodes


def test_logs_go_on_over_a_change_and_nothing_before_it_is_lost(lab: Lab) -> None:
    for origin in (BANK, FUND):
        lab.grow(origin, 2)
    before = {origin: lab.nodes[BUREAU].checkpoint(origin) for origin in (BANK, FUND)}
    lab.change_keys(BANK)
    lab.let_pass(3_000)
    for origin in (BANK, FUND):
        lab.grow(origin, 2)
        lab.let_pass(3_000)
        for node in lab.nodes.values():
            assert node.final_size(origin) == node.size(origin) == 4
            assert not node.context.states[origin].damaged
    assert keys_of(BANK, 1).witness.verifier.text() in signers_of(lab, FUND)
    for origin, note in before.items():
        opened = lab.nodes[BUREAU].context.opened(origin, note)
        assert opened.checkpoint.size == 2 and len(opened.times) >= 3
    lab.change_keys(FUND)
    lab.change_keys(BANK)
    lab.let_pass(3_000)
    lab.grow(BANK)
    lab.let_pass(3_000)
    assert {node.final_size(BANK) for node in lab.nodes.values()} == {5}
    assert not any(node.status().contradictions for node in lab.nodes.values())


def test_who_does_not_know_the_new_keys_is_no_hindrance_and_catches_up(lab: Lab) -> None:
    lab.grow(BANK)
    lab.change_keys(BANK, told=[BANK, BUREAU, FUND, PARTNER])
    lab.let_pass(3_000)
    lab.grow(BANK, 2)
    assert lab.nodes[BANK].final_size(BANK) == 3
    assert lab.nodes[PAYMENT].size(BANK) == 1
    # those whose keys are known go on at all five but for the one verdict
    lab.grow(PAYMENT)
    assert lab.nodes[PAYMENT].final_size(PAYMENT) == 1
    lab.places[PAYMENT].known = lab.network
    lab.restart(PAYMENT)
    lab.let_pass(4_000)
    assert lab.nodes[PAYMENT].final_size(BANK) == 3


def test_nothing_gets_final_before_enough_know_the_new_keys(lab: Lab) -> None:
    lab.grow(BANK)
    lab.change_keys(BANK, told=[BANK, BUREAU, FUND])
    lab.let_pass(3_000)
    lab.submit(BANK, lab.batch(BANK))
    lab.let_pass(6_000)
    assert lab.nodes[BANK].final_size(BANK) == 1
    for name in (PARTNER, PAYMENT):
        lab.places[name].known = lab.network
        lab.restart(name)
    lab.let_pass(6_000)
    assert {node.final_size(BANK) for node in lab.nodes.values()} == {2}


def test_a_former_key_signs_nothing_more(lab: Lab) -> None:
    lab.grow(BANK)
    lab.change_keys(BANK)
    lab.let_pass(3_000)
    stolen = keys_of(BANK)
    # as log: a checkpoint beyond the change
    records = lab.records(BANK)
    later = Checkpoint(origin=BANK, size=2, root=b"\1" * 32)
    asked = Append(
        checkpoint=stolen.sign(later),
        old_size=1,
        proof=(),
        rounds=(),
        sent_at=lab.nodes[BANK].context.now_text(),
    )
    assert lab.asked(BANK, FUND, message_bytes(asked)).outcome is Outcome.WRONG_SIGNATURE
    # as submitter: to its own node, and proposed to others
    batch = make_batch(records, batch="late", at=lab.places[BANK].now(), signer=submitter_of(BANK))
    assert lab.nodes[BANK].submit(canonical_form(batch)).outcome is Outcome.WRONG_SIGNATURE
    proposed = Propose(batch=batch, sent_at=lab.nodes[BANK].context.now_text(), size=1)
    assert lab.asked(BANK, FUND, message_bytes(proposed)).outcome is Outcome.WRONG_SIGNATURE
    # as witness: its line under a new checkpoint of another log is nobody's
    lab.grow(FUND)
    note = lab.nodes[FUND].checkpoint(FUND)
    checkpoint = unverified_checkpoint(note)
    line = stolen.cosign(checkpoint, at=int(lab.places[BANK].now().timestamp()))
    opened = lab.network.opened(FUND, note)
    assert stolen.witness.name not in lab.network.opened(FUND, opened.base + line).times
    assert stolen.witness.name in opened.lines  # the new one's
    # as judge: a round at the very size of the change may carry either key's verdict, one beyond may not
    lab.grow(FUND)
    stored = list(lab.nodes[FUND].context.ports.store.rounds(FUND, first=0))[-1]
    round_ = read_round(stored.body)
    assert round_.first > lab.network.party(BANK).former[0].until[FUND]
    verdicts = tuple(
        sign_verdict(one.verdict, signer=stolen.judge) if one.verdict.node == BANK else one
        for one in round_.verdicts
    )
    open_round(round_, network=lab.network)
    with pytest.raises(RefusedError, match="verdict's signature"):
        open_round(changed(round_, verdicts=verdicts), network=lab.network)


def test_a_fork_signed_before_the_change_is_proven_after_it(lab: Lab) -> None:
    lab.grow(BANK)
    lab.change_keys(BANK)
    state = lab.nodes[FUND].context.states[BANK]
    false = Checkpoint(origin=BANK, size=1, root=b"\1" * 32)
    proof = fork_of_one_size(BANK, state.base, keys_of(BANK).sign(false))
    check_contradiction(proof, network=lab.network)
    with pytest.raises(EvidenceError):  # the new key did not count there: it proves nothing of this log
        forged = fork_of_one_size(BANK, state.base, keys_of(BANK, 1).sign(false))
        check_contradiction(Contradiction(origin=BANK, proof=forged.proof), network=lab.network)


def test_a_batch_that_was_put_back_with_the_store_is_signed_anew(lab: Lab) -> None:
    lab.away = {BUREAU, FUND, PARTNER}
    batch = lab.batch(BANK)
    assert lab.submit(BANK, batch).outcome is Outcome.DONE
    lab.away = set()
    lab.places[BANK].generation += 1
    party = with_new_keys(lab.network.party(BANK), generation=1, until=ZERO)
    lab.network = Network(parties=(*(one for one in lab.network.parties if one.name != BANK), party))
    for name in NAMES:
        lab.restart(name)
    assert not lab.nodes[BANK].operator.queue
    assert [line.what for line in lab.places[BANK].lines if "former key" in line.detail] == ["proposal"]
    lab.let_pass(3_000)
    again = make_batch(
        lab.records(BANK), batch="anew", at=lab.places[BANK].now(), signer=submitter_of(BANK, 1)
    )
    assert is_signed(again.header, again.signature, keys=party.submitters)
    assert lab.submit(BANK, again).outcome is Outcome.DONE
    lab.let_pass(3_000)
    assert lab.nodes[FUND].final_size(BANK) == 1
