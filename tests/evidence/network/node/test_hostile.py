"""What one party alone must not be able to do to a node: fill it, brick it, or have it believe too much."""

from dataclasses import replace
from hashlib import sha256

import msgspec
import pytest
from tests.evidence.network.node.lab import BANK, BUREAU, FUND, PARTNER, PAYMENT, Lab
from tests.faults.network.parties import keys_of, network

from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.network.batch import BATCH_RECORDS_MAX, SignedHeader
from creditloop.evidence.network.cosignature import CosignatureSigner, cosign, open_cosigned
from creditloop.evidence.network.node import (
    Contradiction,
    Fork,
    Gossip,
    Network,
    Node,
    message_bytes,
    read_answer,
    read_request,
)
from creditloop.evidence.network.node import context as context_module
from creditloop.evidence.network.node.messages import FetchHashes
from creditloop.evidence.network.record import Slug
from creditloop.evidence.network.verdict import Objection, SignedVerdict, Verdict, sign_verdict
from creditloop.kernel.errors import InputError


def tell(lab: Lab, sender: str, party: str, **told: object) -> None:
    """Tell a node what nobody on the table tells."""
    told = {"contradictions": (), "headers": (), "notes": ()} | told
    lab.asked(sender, party, message_bytes(Gossip(sent_at=lab.nodes[party].context.now_text(), **told)))  # type: ignore[arg-type]


def bank_note(size: int, content: str) -> str:
    """Return a checkpoint that the bank signed, over no records that anybody has."""
    checkpoint = Checkpoint(origin=BANK, size=size, root=sha256(content.encode()).digest())
    return sign_checkpoint(checkpoint, signer=keys_of(BANK).log)


def late_verdict(lab: Lab, reason: Slug) -> SignedVerdict:
    """Return a verdict of the fund on the bank's first batch, naming as many records as it can."""
    [(name, place)] = lab.nodes[BANK].context.states[BANK].batches.items()
    objections = tuple(
        Objection(
            index=index,
            loan=sha256(b"%d" % index).hexdigest(),
            reason=reason,
            record=sha256(f"{reason} {index}".encode()).hexdigest(),
        )
        for index in range(BATCH_RECORDS_MAX)
    )
    verdict = Verdict(
        at=lab.nodes[FUND].context.now_text(),
        batch=name,
        batch_hash=place.hash,
        kind="verdict",
        node=FUND,
        objections=objections,
        origin=BANK,
        size=place.first,
        v=1,
    )
    return sign_verdict(verdict, signer=keys_of(FUND).judge)


def test_objections_held_back_and_sent_at_once_do_not_make_a_round_that_nobody_reads(lab: Lab) -> None:
    """One party answers sixteen proposals late, all of them with as many objections as it can."""
    lab.grow(BANK)
    late = [late_verdict(lab, f"late_{number}") for number in range(16)]
    lab.nodes[BANK].operator.late = list(late)
    lab.let_pass(8_000)
    states = [node.context.states[BANK] for node in lab.nodes.values()]
    assert {(state.size, state.final_size) for state in states} == {(16_001, 16_001)}
    assert lab.restart(BANK).context.states[BANK].damaged == ""


def test_a_proof_that_could_not_be_read_again_is_not_kept(lab: Lab) -> None:
    """Names of strangers under a checkpoint are free text, of three bytes a character."""
    first, second = (
        bank_note(3, content) + f"— {'见' * 7_000} {'A' * 8}\n" for content in ("one story", "another")
    )
    proof = Contradiction(origin=BANK, proof=Fork(first=first, second=second))
    tell(lab, BUREAU, FUND, contradictions=(proof,))
    assert not lab.nodes[FUND].context.contradictions
    assert lab.restart(FUND).context.contradictions == {}


def test_a_store_does_not_say_by_itself_that_a_checkpoint_is_final(lab: Lab) -> None:
    lab.grow(BANK, 2)
    node = lab.nodes[FUND]
    node.context.ports.store.save_final(BANK, final=node.context.states[BANK].base)
    state = lab.restart(FUND).context.states[BANK]
    assert (state.final_size, state.damaged) == (0, "the final checkpoint is cosigned by too few")


def test_nobody_fetches_what_only_the_log_itself_says_it_has(lab: Lab) -> None:
    """The operator signs an immense size and would hand out hashes for ever."""
    lab.grow(BANK)
    lab.seen.clear()
    tell(lab, BANK, FUND, notes=(bank_note(2**62, "immense"),))
    lab.let_pass(4_000)
    assert not any(isinstance(read_request(request), FetchHashes) for _, _, request, _ in lab.seen)
    assert {node.context.states[BANK].size for node in lab.nodes.values()} == {1}


def test_rounds_that_come_with_the_proof_of_a_fork_are_not_cosigned(lab: Lab) -> None:
    lab.away = {PAYMENT}
    lab.grow(BANK, 3)
    fork = Contradiction(
        origin=BANK, proof=Fork(first=bank_note(9, "one story"), second=bank_note(9, "another"))
    )

    def proving(node: Node) -> None:
        handle = node.handle

        def proves(body: bytes, *, sender: str) -> bytes:
            answer = read_answer(handle(body, sender=sender))
            if answer.rounds:
                answer = msgspec.structs.replace(answer, contradictions=(fork,))
            return message_bytes(answer)

        node.handle = proves  # type: ignore[method-assign]

    for name in (BUREAU, FUND, PARTNER):
        proving(lab.nodes[name])
    lab.away = {BANK}
    lab.let_pass(6_000)
    state = lab.nodes[PAYMENT].context.states[BANK]
    assert state.contradiction == fork
    assert (state.size, state.cosignatures) == (0, {})


def test_signatures_of_strangers_are_not_passed_on(lab: Lab) -> None:
    lab.grow(BANK)
    final = lab.nodes[BANK].checkpoint(BANK)
    lab.grow(BANK)
    state = lab.nodes[FUND].context.states[BANK]
    state.final, state.final_size = "", 0
    tell(lab, BUREAU, FUND, notes=(f"{final}— stranger {'A' * 8}\n",))
    assert state.final_size == 1
    assert sorted(state.final.splitlines()) == sorted(final.splitlines())


def test_a_witness_cannot_spoil_a_note_by_dating_its_cosignature_in_the_future(lab: Lab) -> None:
    """A reader who minds the time refuses the whole note for one such line."""
    now = int(lab.places[BANK].now().timestamp())

    def tomorrow(checkpoint: Checkpoint) -> str:
        return cosign(checkpoint.text(), signer=keys_of(FUND).witness, at=now + 86_400)

    lab.nodes[FUND].mirror._line = tomorrow  # type: ignore[method-assign]
    lab.grow(BANK)
    lab.let_pass(5_000)
    for name in (BANK, BUREAU):
        opened = open_cosigned(
            lab.nodes[name].checkpoint(BANK),
            log=lab.network.party(BANK).log,
            witnesses=lab.network.signers_at(BANK, 0).witnesses,
            not_after=now + 300,
        )
        assert set(opened.times) == {keys_of(other).witness.name for other in (BUREAU, PARTNER, PAYMENT)}


def test_a_witness_that_is_named_like_a_log_does_not_sign_for_it() -> None:
    witness = CosignatureSigner(BANK, keys_of(FUND).witness.seed)
    note = bank_note(3, "story")
    text, _, line = note.rpartition("\n\n")
    cosignature = cosign(f"{text}\n", signer=witness, at=1)
    log = keys_of(BANK).log.verifier
    opened = open_cosigned(f"{text}\n\n{cosignature}{line}", log=log, witnesses=[witness.verifier])
    assert (opened.base, dict(opened.lines)) == (note, {BANK: cosignature})


def header(lab: Lab, origin: str) -> SignedHeader:
    return lab.batch(origin).signed_header


def test_who_floods_a_node_with_headers_pushes_out_his_own_alone(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context_module, "HEADERS_KEPT", 3)
    watched = header(lab, BANK)
    tell(lab, BUREAU, FUND, headers=(watched,))
    tell(lab, BUREAU, FUND, headers=tuple(header(lab, BUREAU) for _ in range(60)))
    told = lab.nodes[FUND].gossip.told().headers
    assert watched in told
    assert len(told) == 1 + 3


def test_a_party_does_not_cosign_under_two_names() -> None:
    first, second, *others = network().parties
    key = replace(second.witness, public=first.witness.public)
    with pytest.raises(InputError, match="two parties of one"):
        Network(parties=(first, replace(second, witness=key), *others))
