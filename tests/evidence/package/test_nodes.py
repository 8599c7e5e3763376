"""A package of what real nodes hold: batches proposed, judged, appended and cosigned by five of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import pytest
from conformance.package import verify as standalone
from tests.evidence.network.node.lab import BANK, FUND, NAMES, Lab
from tests.evidence.package.loans import log_end, statement
from tests.faults.network.parties import REFUSED_BY_ONE, keys_of, submitter_of

from creditloop.evidence.hashing import leaf_hash
from creditloop.evidence.network import TlogProof, make_tlog_proofs
from creditloop.evidence.network.cosignature import unverified_checkpoint
from creditloop.evidence.network.node import Node, open_round, read_round
from creditloop.evidence.network.record import DocumentCommitment, Lane, Record, RecordKind, instant_text
from creditloop.evidence.package import (
    CommittedBy,
    Document,
    DocumentKind,
    LoanOnLog,
    PackageContent,
    SignedLoanEnd,
    TrustedNetwork,
    build_package,
    commitment,
    loan_on_log,
    loan_pseudonym,
    trust_from_text,
    verify_package,
)
from creditloop.kernel.errors import EvidenceError

NUMBER = "SIM-NODES-1"


def submitted(lab: Lab, loan: str, name: str, random: Random) -> Document:
    """Let the bank submit a record that commits to one simulated document."""
    head, salt, body = lab.nodes[BANK].head(BANK, loan=loan), random.randbytes(32), f"模拟 {name}".encode()
    record = Record(
        documents=(DocumentCommitment(commitment=commitment(salt, body), name=name),),
        kind=RecordKind.PAYOUT,
        loan=loan,
        occurred_at=instant_text(lab.places[BANK].now()),
        origin=BANK,
        previous=head.hash,
        sequence=head.sequence + 1,
        submitter=submitter_of(BANK).name,
        v=1,
    )
    lab.submit(BANK, lab.batch(BANK, [*lab.records(BANK, loan=3), record]))
    lab.let_pass(1_500)
    return Document(
        file_name=f"document-{record.sequence}.txt",
        body=body,
        kind=DocumentKind.PAYOUT,
        media_type="text/plain",
        title_zh="模拟文件",
        title_en="Simulated document",
        committed=[CommittedBy(origin=BANK, sequence=record.sequence, name=name, salt=salt)],
    )


def held(node: Node, lab: Lab, origin: str, loan: str) -> LoanOnLog:
    """What one node holds of the loan on a log, with proofs under its final checkpoint."""
    stored = node.context.ports.store.rounds(origin, first=0)
    rounds = [open_round(read_round(one.body), network=lab.network) for one in stored]
    hashes = [hash_ for opened in rounds for hash_ in opened.hashes]

    def prove(indexes: Sequence[int]) -> list[TlogProof]:
        return make_tlog_proofs(leaf_hashes=hashes, indexes=indexes, checkpoint=node.checkpoint(origin))

    assert [leaf_hash(leaf) for opened in rounds for leaf in opened.leaves] == hashes
    return loan_on_log(origin=origin, loan=loan, rounds=rounds, prove=prove)


def stated(node: Node, lab: Lab, loan: str) -> SignedLoanEnd:
    logs = []
    for origin in NAMES:
        note = node.checkpoint(origin)
        size, root = 0, bytes(32)
        if note:
            checkpoint = unverified_checkpoint(note)
            size, root = checkpoint.size, checkpoint.root
        heads = {lane: node.head(origin, loan=loan, lane=lane) for lane in Lane}
        last = {lane: (head.sequence, head.hash) for lane, head in heads.items()}
        logs.append(log_end(origin, size=size, root=root, heads=last))
    name = node.context.name
    signer = keys_of(name, lab.places[name].generation).judge
    return statement(logs, loan=loan, at=lab.places[name].now(), signer=signer)


def packed(lab: Lab, *, holder: str, loan: str, salt: bytes, documents: Sequence[Document]) -> bytes:
    """Make the loan's package from what one node holds."""
    content = PackageContent(
        loan_number=NUMBER,
        loan_salt=salt,
        made_at=lab.places[BANK].now() + timedelta(minutes=1),
        trusted=trusted_of(lab),
        logs=[held(lab.nodes[holder], lab, origin, loan) for origin in NAMES],
        ends=[stated(node, lab, loan) for node in lab.nodes.values()],
        documents=documents,
    )
    return build_package(content, signer=submitter_of(BANK, lab.places[BANK].generation))


def trusted_of(lab: Lab) -> TrustedNetwork:
    return trust_from_text(TrustedNetwork(name="lab", network=lab.network).text())


def test_what_any_of_five_nodes_holds_makes_the_evidence_of_a_loan() -> None:
    lab, random = Lab(), Random(5)
    lab.let_pass(500)
    salt = random.randbytes(32)
    loan = loan_pseudonym(salt, NUMBER)
    documents = [submitted(lab, loan, name, random) for name in ("order", REFUSED_BY_ONE, "receipt")]
    files = {
        packed(lab, holder=holder, loan=loan, salt=salt, documents=documents)
        for holder in (BANK, FUND)  # a mirror has all that the operator has
    }
    for file in files:
        report = verify_package(file, trusted_of(lab), not_after=lab.places[BANK].now() + timedelta(hours=1))
        assert report.holds, [problem.line() for problem in report.problems]
        assert [one.record.lane for one in report.records] == [Lane.STEPS] * 3 + [Lane.OBJECTIONS]
        assert len(report.records[1].agreed) == 3 and len(report.records[0].agreed) >= 3


def test_a_package_outlives_the_keys_it_was_made_with() -> None:
    """One made before parties changed their keys holds by the new file; one made after, by that alone."""
    lab, random = Lab(), Random(6)
    lab.let_pass(500)
    salt = random.randbytes(32)
    loan = loan_pseudonym(salt, NUMBER)
    documents = [submitted(lab, loan, "order", random)]
    lab.let_pass(3_000)
    first, known = packed(lab, holder=BANK, loan=loan, salt=salt, documents=documents), trusted_of(lab)
    for name in (BANK, FUND, BANK):
        lab.change_keys(name)
        lab.let_pass(3_000)
        documents.append(submitted(lab, loan, f"receipt_{len(documents)}", random))
    second, now = packed(lab, holder=FUND, loan=loan, salt=salt, documents=documents), trusted_of(lab)
    assert now.continues(known) and not known.continues(now)

    def problems(file: bytes, trusted: TrustedNetwork, not_before: datetime | None = None) -> set[str]:
        latest = lab.places[BANK].now() + timedelta(hours=1)
        report = verify_package(file, trusted, not_after=latest, ends_not_before=not_before)
        assert report.holds == (not report.problems)
        # a program that has nothing of ours says the same
        asked = None if not_before is None else instant_text(not_before)
        assert bool(standalone.verify(file, trusted.text(), not_before=asked)) == bool(report.problems)
        return {problem.code for problem in report.problems}

    assert problems(first, known) == problems(first, now) == problems(second, now) == set()
    assert {"network_differs", "manifest_signature", "proof_fails", "end_fails"} <= problems(second, known)
    # what somebody wants stated now, a key of before does not state, whatever date it writes
    early = lab.places[BANK].now() - timedelta(days=1)
    assert problems(first, known, early) == problems(second, now, early) == set()
    assert {"end_fails"} <= problems(first, now, early)
    # keys that are said to have counted for less than they signed leave nothing of it
    other = Lab()
    other.change_keys(BANK)
    assert {"proof_fails", "end_fails"} <= problems(first, trusted_of(other))


def test_a_former_judge_states_nothing_of_later() -> None:
    """Whoever has a key that was changed cannot state an end for a log that has grown since."""
    lab, random = Lab(), Random(7)
    lab.let_pass(500)
    salt = random.randbytes(32)
    loan = loan_pseudonym(salt, NUMBER)
    documents = [submitted(lab, loan, "order", random)]
    lab.change_keys(FUND)
    lab.let_pass(3_000)
    documents.append(submitted(lab, loan, "receipt", random))
    lab.let_pass(3_000)
    lab.places[FUND].generation = 0  # the thief's
    with pytest.raises(EvidenceError) as refused:  # what is packed is verified first
        packed(lab, holder=BANK, loan=loan, salt=salt, documents=documents)
    assert str(refused.value.got).startswith("end_fails") and refused.value.where["problems"] == 1
