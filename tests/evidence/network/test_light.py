"""A light node is led on by a log that grows, and by nothing else."""

import pytest

from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.hashing import consistency_proof, leaf_hash, tree_root
from creditloop.evidence.network import (
    CosignatureSigner,
    ForkShown,
    LightLog,
    cosign,
    majority_policy,
    make_tlog_proof,
)
from creditloop.evidence.signature import Ed25519Signer
from creditloop.kernel.errors import EvidenceError, SourceError

LOG = Ed25519Signer.generate("bank.example")
OTHERS = {
    name: CosignatureSigner.generate(f"{name}/witness") for name in ("bureau", "fund", "partner", "payment")
}
POLICY = majority_policy(
    log=LOG.verifier, others={name: key.verifier for name, key in OTHERS.items()}, threshold=3
)
RECORDS = [f'{{"record":{number}}}'.encode() for number in range(40)]
OTHER_RECORDS = [*RECORDS[:6], *(f'{{"other":{number}}}'.encode() for number in range(34))]
NOW = 1_767_600_000


def leaves(records, size):
    return [leaf_hash(record) for record in records[:size]]


def note(records, size, *, by=("bureau", "fund", "partner"), at=NOW):
    text = sign_checkpoint(
        Checkpoint(origin=LOG.name, size=size, root=tree_root(leaves(records, size))), signer=LOG
    )
    return text + "".join(cosign(text.partition("\n\n")[0] + "\n", signer=OTHERS[name], at=at) for name in by)


def grown(records):
    return lambda before, after: consistency_proof(leaves(records, after), before)


def nothing_asked(before, after):
    raise AssertionError((before, after))


def followed(*sizes):
    log = LightLog(policy=POLICY, not_after=NOW + 60)
    for size in sizes:
        log = log.taken(note(RECORDS, size), consistency=grown(RECORDS))
    return log


def test_a_log_that_grows_is_followed():
    log = followed(3, 8, 21, 40)
    held = log.held()
    assert (held.checkpoint.size, sorted(held.times)) == (40, ["bureau", "fund", "partner"])


def test_before_the_first_checkpoint_nothing_is_held():
    assert LightLog(policy=POLICY).held() is None
    assert (
        LightLog(policy=POLICY).taken(note(RECORDS, 0), consistency=nothing_asked).held().checkpoint.size == 0
    )


def test_an_older_checkpoint_of_the_same_history_changes_nothing():
    log = followed(21)
    assert log.taken(note(RECORDS, 8), consistency=grown(RECORDS)) is log
    assert log.taken(note(RECORDS, 21, by=("fund", "partner", "payment")), consistency=nothing_asked) is log


def test_two_histories_of_one_size_are_a_fork_with_both_notes():
    log = followed(21)
    with pytest.raises(ForkShown) as shown:
        log.taken(note(OTHER_RECORDS, 21), consistency=nothing_asked)
    assert (shown.value.first, shown.value.second) == (note(RECORDS, 21), note(OTHER_RECORDS, 21))


@pytest.mark.parametrize("size", [8, 40])
def test_another_history_of_another_size_is_not_taken(size):
    log = followed(21)
    for proof in (grown(RECORDS), grown(OTHER_RECORDS), lambda before, after: []):
        with pytest.raises(EvidenceError):
            log.taken(note(OTHER_RECORDS, size), consistency=proof)


def test_too_few_cosigners_and_times_to_come_are_not_taken():
    log = followed(21)
    for shown in (note(RECORDS, 40, by=("bureau", "fund")), note(RECORDS, 40, at=NOW + 61)):
        with pytest.raises(EvidenceError):
            log.taken(shown, consistency=grown(RECORDS))


def test_a_party_without_the_proof_is_no_proof():
    def away(before, after):
        raise SourceError("a node is not there")

    with pytest.raises(SourceError):
        followed(21).taken(note(RECORDS, 40), consistency=away)


@pytest.mark.parametrize("size", [8, 21, 40])
def test_a_record_on_the_log_that_is_followed(size):
    proof = make_tlog_proof(leaf_hashes=leaves(RECORDS, size), index=7, checkpoint=note(RECORDS, size))
    log = followed(21)
    assert log.check_record(proof, RECORDS[7], consistency=grown(RECORDS)).checkpoint.size == size
    with pytest.raises(EvidenceError):
        log.check_record(proof, RECORDS[6], consistency=grown(RECORDS))


@pytest.mark.parametrize("size", [8, 21, 40])
def test_a_record_on_another_history_that_a_quorum_cosigned_all_the_same(size):
    proof = make_tlog_proof(
        leaf_hashes=leaves(OTHER_RECORDS, size), index=7, checkpoint=note(OTHER_RECORDS, size)
    )
    with pytest.raises(EvidenceError):
        followed(21).check_record(proof, OTHER_RECORDS[7], consistency=grown(OTHER_RECORDS))


def test_a_record_of_a_log_of_which_nothing_is_held():
    proof = make_tlog_proof(leaf_hashes=leaves(RECORDS, 8), index=7, checkpoint=note(RECORDS, 8))
    with pytest.raises(EvidenceError, match="nothing of this log is held"):
        LightLog(policy=POLICY).check_record(proof, RECORDS[7], consistency=grown(RECORDS))
