"""A small bank that takes part in a network of five real nodes (模拟): its door leads to a node beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tests.evidence.network.node.lab import BANK, FUND, NAMES, PARTNER, Lab
from tests.evidence.package.test_nodes import held, stated
from tests.faults.network.parties import submitter_of

from creditloop.evidence.network.node import Answer, Preconditions, Standing
from creditloop.evidence.package import (
    NO_CHALLENGE,
    CommittedBy,
    Document,
    DocumentKind,
    LoanOnLog,
    PackageContent,
    PackageReport,
    SignedLoanEnd,
    TrustedNetwork,
    build_package,
    trust_from_text,
    verify_package,
)
from creditloop.evidence.signature import Signer
from creditloop.kernel.errors import SourceError
from creditloop.kernel.storage import connect
from creditloop.service.answering import deliver_chain
from creditloop.service.attesting import (
    Attested,
    CommittedDocument,
    attest_pending,
    find_committed,
    join_network,
)
from creditloop.service.bank import Bank

__all__ = ["BANK", "FUND", "NAMES", "PARTNER", "Door", "joined", "key", "looked", "packed"]


@dataclass
class Door:
    """The door to our node on the lab's table; `away`: nobody answers."""

    lab: Lab
    name: str = BANK
    away: bool = False
    submitted: list[bytes] = field(default_factory=list)
    lost: bool = False

    def submit(self, batch: bytes) -> Answer:
        self._check()
        self.submitted.append(batch)
        answer = self.lab.nodes[BANK].submit(batch)
        self.lab.pump()
        if self.lost:
            raise SourceError("the answer was lost")
        return answer

    def standing(self, batch: str) -> Standing:
        self._check()
        return self.lab.nodes[BANK].standing(batch)

    def loan_on_log(self, origin: str, *, loan: str) -> LoanOnLog:
        self._check()
        return held(self.lab.nodes[BANK], self.lab, origin, loan)

    def loan_ends(self, *, loan: str, challenge: str) -> Sequence[SignedLoanEnd]:
        self._check()
        return [stated(node, self.lab, loan) for node in self.lab.nodes.values()]

    def _check(self) -> None:
        if self.away:
            raise SourceError("the node is not there")


def joined(bank: Bank, *, rules: Mapping[str, Preconditions] | None = None) -> Door:
    """Let a bank take part in a network; `rules` are those of other parties, who have none of their own."""
    lab = Lab()
    for name, rule in (rules or {}).items():
        lab.places[name].rules = rule
        lab.restart(name)
    lab.let_pass(1_000)
    with bank.work() as work:
        join_network(work, origin=BANK, submitter=key().verifier.name, by="tests", reason="simulated")
    return Door(lab)


def key() -> Signer:
    """The key of the bank's own systems."""
    return submitter_of(BANK)


def looked(bank: Bank, door: Door, *, times: int = 1) -> Attested:
    """Look at the network, let a second and a half pass, look again, let act who must; all looks added up."""
    looks = []
    for _ in range(times):
        looks.append(attest_pending(bank, door=door, signer=key()))
        door.lab.let_pass(1_500)
        looks.append(attest_pending(bank, door=door, signer=key()))
        deliver_chain(bank)
    sums = {name: sum(getattr(one, name) for one in looks) for name in ("made", "final", "refused", "again")}
    return replace(looks[-1], **sums)


def packed(bank: Bank, door: Door, loan_id: str) -> PackageReport:
    """Make the package of a loan from what bank and nodes have; return what a stranger's check says."""
    with connect(bank.url) as connection:
        loan = find_committed(connection, loan_id)
    committed: dict[str, list[CommittedDocument]] = {}
    for one in loan.documents:
        committed.setdefault(one.commitment, []).append(one)
    trusted = trust_from_text(TrustedNetwork(name="lab", network=door.lab.network).text())
    now = door.lab.places[BANK].now()
    content = PackageContent(
        loan_number=loan_id,
        loan_salt=loan.salt,
        made_at=now + timedelta(minutes=1),
        trusted=trusted,
        logs=[door.loan_on_log(origin, loan=loan.pseudonym) for origin in NAMES],
        ends=door.loan_ends(loan=loan.pseudonym, challenge=NO_CHALLENGE),
        documents=[_document(place, same) for place, same in enumerate(committed.values())],
    )
    return verify_package(build_package(content, signer=key()), trusted, not_after=now + timedelta(hours=1))


def _document(place: int, same: list[CommittedDocument]) -> Document:
    first = same[0]
    assert first.content is not None
    return Document(
        file_name=f"{place:03d}-{first.name}.txt",
        body=first.content,
        kind=DocumentKind(first.kind),
        media_type=first.media_type,
        title_zh=first.title_zh,
        title_en=first.title_en,
        committed=[
            CommittedBy(origin=BANK, sequence=one.sequence, name=one.name, salt=one.salt or b"")
            for one in same
        ],
    )
