"""A package of what real nodes hold: batches proposed, judged, appended and cosigned by five of them."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

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
    return statement(logs, loan=loan, at=lab.places[name].now(), signer=keys_of(name).judge)


def test_what_any_of_five_nodes_holds_makes_the_evidence_of_a_loan() -> None:
    lab, random = Lab(), Random(5)
    lab.let_pass(500)
    salt = random.randbytes(32)
    loan = loan_pseudonym(salt, NUMBER)
    documents = [submitted(lab, loan, name, random) for name in ("order", REFUSED_BY_ONE, "receipt")]
    trusted = trust_from_text(TrustedNetwork(name="lab", network=lab.network).text())
    files = set()
    for holder in (BANK, FUND):  # a mirror has all that the operator has
        content = PackageContent(
            loan_number=NUMBER,
            loan_salt=salt,
            made_at=lab.places[BANK].now() + timedelta(minutes=1),
            trusted=trusted,
            logs=[held(lab.nodes[holder], lab, origin, loan) for origin in NAMES],
            ends=[stated(node, lab, loan) for node in lab.nodes.values()],
            documents=documents,
        )
        files.add(build_package(content, signer=submitter_of(BANK)))
    for file in files:
        report = verify_package(file, trusted, not_after=lab.places[BANK].now() + timedelta(hours=1))
        assert report.holds, [problem.line() for problem in report.problems]
        assert [one.record.lane for one in report.records] == [Lane.STEPS] * 3 + [Lane.OBJECTIONS]
        assert len(report.records[1].agreed) == 3 and len(report.records[0].agreed) >= 3
