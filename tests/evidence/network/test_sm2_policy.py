"""A log's SM2 line under a cosigned checkpoint: passed over without its key, needed and checked with it."""

import pytest
from tests.evidence.network.parties import PARTIES, QUORUM, Batch

from creditloop.evidence.checkpoint import sign_checkpoint
from creditloop.evidence.network import NetworkPolicy, majority_policy, open_cosigned
from creditloop.evidence.sm2 import Sm2Signer
from creditloop.kernel.errors import EvidenceError

PARTY = PARTIES[0]
BATCH = Batch(PARTY, (b"a", b"b", b"c"))
SM2 = Sm2Signer(PARTY.log.verifier.name, bytes(range(1, 33)))
WITHOUT = BATCH.cosigned(PARTY.others)
LINE = sign_checkpoint(BATCH.checkpoint, signer=PARTY.log, sm2=SM2).splitlines()[-1]
NOTE = f"{WITHOUT}{LINE}\n"


@pytest.fixture
def policy() -> NetworkPolicy:
    others = {other.name: other.witness.verifier for other in PARTY.others}
    return majority_policy(log=PARTY.log.verifier, others=others, threshold=QUORUM)


def test_who_has_no_sm2_key_passes_the_line_over(policy: NetworkPolicy) -> None:
    witnesses = [other.witness.verifier for other in PARTY.others]
    assert policy.check(NOTE) == policy.check(WITHOUT)
    assert open_cosigned(NOTE, log=PARTY.log.verifier, witnesses=witnesses).checkpoint == BATCH.checkpoint


def test_who_has_the_key_wants_the_line_and_checks_it(policy: NetworkPolicy) -> None:
    with_line, without = policy.check(NOTE, sm2=[SM2.verifier]), policy.check(WITHOUT)
    assert (with_line.checkpoint, with_line.times) == (without.checkpoint, without.times)
    assert with_line.base == f"{without.base}{LINE}\n"
    with pytest.raises(EvidenceError, match="SM2 key did not sign"):
        policy.check(WITHOUT, sm2=[SM2.verifier])
    later = Batch(PARTY, (b"a", b"b", b"c", b"d"))
    foreign = sign_checkpoint(later.checkpoint, signer=PARTY.log, sm2=SM2).splitlines()[-1]
    bad = f"{WITHOUT}{foreign}\n"
    assert policy.check(bad).checkpoint == BATCH.checkpoint
    with pytest.raises(EvidenceError, match="does not verify"):
        policy.check(bad, sm2=[SM2.verifier])


def test_a_key_of_another_log_is_not_asked_here(policy: NetworkPolicy) -> None:
    other = Sm2Signer.generate(PARTIES[1].log.verifier.name).verifier
    assert policy.check(WITHOUT, sm2=[other]) == policy.check(WITHOUT)


def test_an_sm2_line_is_worth_no_cosignature_and_no_log_signature(policy: NetworkPolicy) -> None:
    text, _, _ = WITHOUT.rpartition("\n\n")
    with pytest.raises(EvidenceError, match="log did not sign it"):
        policy.check(f"{text}\n\n{LINE}\n", sm2=[SM2.verifier])
    lines = WITHOUT.splitlines()
    few = "\n".join([*lines[: len(lines) - 2], LINE, ""])
    with pytest.raises(EvidenceError, match="too few witnesses"):
        policy.check(few, sm2=[SM2.verifier])
