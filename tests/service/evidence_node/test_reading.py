"""What a node says of a loan: signed, of every log, also beside one that forked; not if it lost something."""

import base64

import pytest
from tests.evidence.network.node.lab import BANK, FUND, NAMES, PARTNER, Lab
from tests.faults.network.parties import keys_of, loan_of

from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.network import canonical_form
from creditloop.evidence.network.node import Append, message_bytes
from creditloop.kernel.errors import StateError, UnknownId
from creditloop.service.evidence_node import loan_end, loan_text

CHALLENGE = "ab" * 32


@pytest.fixture
def lab() -> Lab:
    """Five nodes; the bank's log and the fund's have two records each of their first loan."""
    lab = Lab()
    lab.let_pass(500)
    for origin in (BANK, FUND):
        lab.grow(origin, 2)
    return lab


def test_the_statement_is_signed_and_names_every_log(lab: Lab) -> None:
    loan = loan_of(BANK, 0)
    for name in NAMES:
        signed = loan_end(lab.nodes[name], loan=loan, challenge=CHALLENGE)
        assert (signed.end.node, signed.end.challenge, signed.end.loan) == (name, CHALLENGE, loan)
        message = canonical_form(signed.end)
        assert keys_of(name).judge.verifier.verify(message, base64.b64decode(signed.signature))
        assert [log.origin for log in signed.end.logs] == list(NAMES)
        assert {log.origin: log.steps.sequence for log in signed.end.logs if log.steps.sequence} == {BANK: 2}
        assert {log.origin: log.size for log in signed.end.logs if log.size} == {BANK: 2, FUND: 2}


def test_a_log_that_forked_takes_the_evidence_from_nobody(lab: Lab) -> None:
    node = lab.nodes[PARTNER]
    held = node.context.states[FUND]
    fork = Checkpoint(origin=FUND, size=held.size, root=bytes(32))
    note = sign_checkpoint(fork, signer=keys_of(FUND).log)
    asked = Append(checkpoint=note, old_size=held.size, proof=(), rounds=(), sent_at=node.context.now_text())
    assert lab.asked(FUND, PARTNER, message_bytes(asked)).outcome == "root_differs"
    assert held.contradiction is not None
    end = loan_end(node, loan=loan_of(BANK, 0)).end
    stated = {log.origin: (log.size, log.root) for log in end.logs}
    assert stated[FUND] == (2, held.tree.root().hex())
    assert stated[BANK][0] == 2


def test_a_node_that_lost_something_says_nothing(lab: Lab) -> None:
    place = lab.places[PARTNER]
    place.disk.put_back(0)
    lab.away = set(NAMES) - {PARTNER}
    node = lab.restart(PARTNER)
    with pytest.raises(StateError, match="not whole") as refused:
        loan_end(node, loan=loan_of(BANK, 0))
    assert refused.value.got == BANK
    lab.away = set()
    lab.let_pass(6_000)
    assert loan_end(node, loan=loan_of(BANK, 0)).end.node == PARTNER


def test_records_come_with_proofs_and_only_once_they_are_final(lab: Lab) -> None:
    loan, node = loan_of(BANK, 0), lab.nodes[BANK]
    found = loan_text(node, origin=BANK, loan=loan).content()
    assert len(found.steps) == 2
    with pytest.raises(UnknownId):
        loan_text(node, origin="nobody.example", loan=loan)
    lab.slow = set(NAMES) - {BANK}  # verdicts and cosignatures are on their way
    lab.submit(BANK, lab.batch(BANK))
    held, lab.held = lab.held, []
    for asker, token, answer in held:  # the verdicts arrive, nothing after them
        lab.nodes[asker].replied(token, answer)
    lab.mail.clear()
    assert node.context.states[BANK].size == 3 and node.final_size(BANK) == 2
    with pytest.raises(StateError, match="not final"):
        loan_text(node, origin=BANK, loan=loan)
