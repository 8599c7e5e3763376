"""A batch's way through the network, and what a node tells of itself."""

from tests.evidence.network.node.lab import BANK, BUREAU, FUND, NAMES, PARTNER, PAYMENT, Lab
from tests.faults.network.parties import REFUSED_BY_ALL, REFUSED_BY_ONE, REFUSED_BY_TWO, keys_of, loan_of

from creditloop.evidence.hashing import check_inclusion
from creditloop.evidence.network import check_tlog_proof, majority_policy
from creditloop.evidence.network.node import Outcome, Stage
from creditloop.evidence.network.node.round import read_round
from creditloop.evidence.network.record import NO_RECORD, Lane, RecordKind, read_record, record_hash
from creditloop.evidence.network.tlog_proof import TlogProof
from creditloop.evidence.signature import Ed25519Verifier


def sizes(lab: Lab, origin: str) -> set[tuple[int, int]]:
    """Return every node's size and final size of a log."""
    states = [node.context.states[origin] for node in lab.nodes.values()]
    return {(state.size, state.final_size) for state in states}


def leaves(lab: Lab, name: str, origin: str) -> list[bytes]:
    """Return a log's leaves as a node holds them."""
    found = []
    for stored in lab.nodes[name].context.ports.store.rounds(origin, first=0):
        round_ = read_round(stored.body)
        place = (
            None
            if round_.batch is None
            else lab.nodes[name].context.states[origin].batches[round_.batch.header.batch]
        )
        if round_.batch is not None and place is not None:
            found += [bytes(round_.batch.records[index]) for index in place.included]
        found += map(bytes, round_.objections)
    return found


def test_a_batch_becomes_final_everywhere(lab: Lab) -> None:
    batch = lab.batch(BANK, lab.records(BANK, documents=["agreement", "payout_order"]))
    assert lab.submit(BANK, batch).outcome is Outcome.DONE
    standing = lab.nodes[BANK].standing(batch.header.batch)
    assert (standing.stage, standing.included, standing.refused) == (Stage.FINAL, {0: 0, 1: 1}, {})
    lab.let_pass(3_000)
    assert sizes(lab, BANK) == {(2, 2)}
    bodies = [bytes(raw) for raw in batch.records]
    assert [leaves(lab, name, BANK) for name in NAMES] == [bodies] * 5


def test_every_party_has_its_own_log(lab: Lab) -> None:
    for name in NAMES:
        lab.grow(name)
    lab.let_pass(2_500)
    assert [sizes(lab, name) for name in NAMES] == [{(1, 1)}] * 5


def test_a_final_record_is_proven_to_a_stranger(lab: Lab) -> None:
    lab.grow(BANK, 5)
    lab.let_pass(2_500)
    node, place = lab.nodes[FUND], 3
    note = node.checkpoint(BANK)
    path = node.inclusion(BANK, index=place, size=5)
    leaf = leaves(lab, FUND, BANK)[place]
    log = keys_of(BANK).log.verifier
    assert isinstance(log, Ed25519Verifier)
    others = {
        witness.name.replace("/", "-"): witness for witness in lab.network.signers_at(BANK, 0).witnesses
    }
    policy = majority_policy(log=log, others=others, threshold=3)
    proof = TlogProof(extra=b"", index=place, path=tuple(path), checkpoint=note)
    assert check_tlog_proof(proof, leaf, policy).checkpoint.size == 5
    root = lab.nodes[FUND].context.states[BANK].tree.root()
    check_inclusion(index=place, size=5, leaf=bytes.fromhex(record_hash(leaf)), root=root, proof=path)


def test_what_two_object_to_is_refused_and_what_one_objects_to_is_not(lab: Lab) -> None:
    documents = [REFUSED_BY_ONE, REFUSED_BY_TWO]
    records = lab.records(BANK, documents=documents, loan=1) + lab.records(
        BANK, documents=[REFUSED_BY_ALL], loan=2
    )
    batch = lab.batch(BANK, records)
    lab.submit(BANK, batch)
    standing = lab.nodes[BANK].standing(batch.header.batch)
    assert standing.included == {0: 0}
    assert set(standing.refused[2]) == {BUREAU, FUND, PARTNER, PAYMENT}
    assert set(standing.refused[2].values()) == {"limit_exceeded"}
    # who objected to the first has the second break its chain, in his eyes
    assert set(standing.refused[1].values()) <= {"limit_exceeded", "sequence_wrong"}
    on_log = [read_record(leaf) for leaf in leaves(lab, BUREAU, BANK)]
    objections = [record for record in on_log if record.kind is RecordKind.OBJECTION]
    assert len(objections) == sum(map(len, standing.refused.values())) + 1
    refused_loan = [record for record in objections if record.loan == loan_of(BANK, 2)]
    assert [record.sequence for record in refused_loan] == [1, 2, 3, 4]
    assert lab.nodes[BANK].status().logs[0].objections == len(objections)


def test_a_loan_is_complete(lab: Lab) -> None:
    lab.grow(BANK, 4)
    loan = loan_of(BANK, 0)
    chain = [record for record in map(read_record, leaves(lab, FUND, BANK)) if record.loan == loan]
    hashes = [NO_RECORD, *(record_hash(record.body()) for record in chain)]
    assert [(record.sequence, record.previous) for record in chain] == list(enumerate(hashes[:-1], start=1))
    head = lab.nodes[FUND].head(BANK, loan=loan)
    assert (head.sequence, head.hash) == (4, hashes[-1])
    assert lab.nodes[FUND].head(BANK, loan=loan, lane=Lane.OBJECTIONS).sequence == 0


def test_three_of_four_are_enough_and_two_are_not(lab: Lab) -> None:
    lab.away = {PAYMENT}
    lab.grow(BANK)
    assert lab.nodes[BANK].context.states[BANK].final_size == 1
    lab.away = {PAYMENT, PARTNER}
    batch = lab.batch(BANK)
    lab.submit(BANK, batch)
    lab.let_pass(20_000)
    assert lab.nodes[BANK].standing(batch.header.batch).stage is Stage.PROPOSED
    lab.away = set()
    lab.let_pass(5_000)
    assert lab.nodes[BANK].standing(batch.header.batch).stage is Stage.FINAL
    assert sizes(lab, BANK) == {(2, 2)}


def test_an_undecided_record_is_left_out_after_a_while(lab: Lab) -> None:
    lab.away = {PAYMENT}
    batch = lab.batch(
        BANK, [*lab.records(BANK, documents=[REFUSED_BY_ONE], loan=1), *lab.records(BANK, loan=2)]
    )
    lab.submit(BANK, batch)
    assert lab.nodes[BANK].standing(batch.header.batch).stage is Stage.PROPOSED
    lab.let_pass(12_000)
    standing = lab.nodes[BANK].standing(batch.header.batch)
    assert (standing.stage, list(standing.included)) == (Stage.FINAL, [1])
    assert list(standing.refused[0].values()) == ["limit_exceeded"]


def test_a_late_objection_is_on_the_log_all_the_same(lab: Lab) -> None:
    lab.slow = {PARTNER}  # the only one whose rules are against it
    batch = lab.batch(BANK, lab.records(BANK, documents=[REFUSED_BY_ONE]))
    lab.submit(BANK, batch)
    assert lab.nodes[BANK].standing(batch.header.batch).stage is Stage.FINAL
    lab.release()
    lab.let_pass(4_000)
    kinds = [read_record(leaf).kind for leaf in leaves(lab, FUND, BANK)]
    assert kinds == [RecordKind.AGREEMENT, RecordKind.OBJECTION]
    assert sizes(lab, BANK) == {(2, 2)}


def test_a_node_tells_lag_and_who_cosigned(lab: Lab) -> None:
    lab.away = {PAYMENT}
    lab.grow(BANK, 2)
    lab.away = set()
    node = lab.nodes[PAYMENT]
    status = {log.origin: log for log in node.status().logs}
    assert status[BANK].size == 0
    lab.let_pass(2_000)
    assert sizes(lab, BANK) == {(2, 2)}
    status = {log.origin: log for log in lab.nodes[BANK].status().logs}
    assert len(status[BANK].cosigned_by) >= 3
    assert (status[BANK].lag, status[BANK].forked, status[BANK].recovering, status[BANK].damaged) == (
        0,
        False,
        None,
        "",
    )
    assert set(lab.nodes[BANK].status().heard) == set(NAMES) - {BANK}
