"""A simulated loan (模拟) of a small bank on a network of five real nodes, and the bank's door to its own."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from uuid import UUID

from tests.evidence.network.node.lab import BANK, Lab
from tests.faults.network.parties import NAMES, REFUSED_BY_ONE, REFUSED_BY_TWO, submitter_of

from creditloop.evidence.network.batch import read_batch
from creditloop.evidence.network.node import Answer, Standing
from creditloop.evidence.network.record import (
    DocumentCommitment,
    Record,
    RecordKind,
    instant_text,
    record_hash,
)
from creditloop.evidence.package import (
    LoanOnLog,
    SignedLoanEnd,
    TrustedNetwork,
    commitment,
    loan_pseudonym,
    trust_from_text,
)
from creditloop.kernel.errors import SourceError, UnknownId
from creditloop.kernel.storage import Connection
from creditloop.service.attesting import CommittedDocument, CommittedLoan, StepStanding
from creditloop.service.evidence_node import loan_end, loan_text
from creditloop.service.packaging import Packager

STEPS = (
    (RecordKind.DECISION, "decision", "审批决定及依据", "application/json"),
    (RecordKind.AGREEMENT, "agreement", "借款合同", "application/pdf"),
    (RecordKind.PAYOUT, "payout", "放款凭证", "application/json"),
    (RecordKind.STATEMENT, "statement", "对账单", "application/pdf"),
    (RecordKind.REPAYMENT, "repayment", "还款凭证", "application/json"),
    (RecordKind.CONTACT, "contact", "催收联系记录", "text/plain"),
)


class LabDoor:
    """The port `NodeDoor` before a node of this process."""

    def __init__(self, lab: Lab, name: str = BANK) -> None:
        self.lab = lab
        self.name = name

    def submit(self, batch: bytes) -> Answer:
        answer = self.lab.submit(self.name, read_batch(batch))
        self.lab.pump()
        return answer

    def standing(self, batch: str) -> Standing:
        return self.lab.nodes[self.name].standing(batch)

    def loan_on_log(self, origin: str, *, loan: str) -> LoanOnLog:
        if self.name in self.lab.away:
            raise SourceError("a node is not there", got=self.name)
        return loan_text(self.lab.nodes[self.name], origin=origin, loan=loan).content()

    def loan_ends(self, *, loan: str, challenge: str) -> Sequence[SignedLoanEnd]:
        return [self.stated(name, loan, challenge) for name in NAMES if name not in self.lab.away]

    def stated(self, name: str, loan: str, challenge: str) -> SignedLoanEnd:
        return loan_end(self.lab.nodes[name], loan=loan, challenge=challenge)


class RecordedLoan:
    """A loan whose steps are on the network, all real but the people in it."""

    def __init__(self, number: str, *, seed: int = 5) -> None:
        self.number, self.random, self.lab = number, Random(seed), Lab()
        self.lab.let_pass(500)
        self.salt = self.random.randbytes(32)
        self.pseudonym = loan_pseudonym(self.salt, number)
        self.documents: list[CommittedDocument] = []
        self.steps: list[StepStanding] = []
        self.door = LabDoor(self.lab)

    @property
    def trusted(self) -> TrustedNetwork:
        return trust_from_text(TrustedNetwork(name="lab", network=self.lab.network).text())

    @property
    def packager(self) -> Packager:
        return Packager(
            door=self.door, trusted=self.trusted, signer=submitter_of(BANK), find=self.find, steps=self.found
        )

    @property
    def kept(self) -> CommittedLoan:
        return CommittedLoan(
            loan_id=self.number, pseudonym=self.pseudonym, salt=self.salt, documents=tuple(self.documents)
        )

    def find(self, connection: Connection, loan_id: str) -> CommittedLoan:
        del connection
        if loan_id != self.number:
            raise UnknownId("the loan has no step on the network", got=loan_id)
        return self.kept

    def found(self, connection: Connection, loan_id: str) -> list[StepStanding]:
        del connection, loan_id
        return list(self.steps)

    def live(self, *, steps: int = 6, size: int = 400) -> "RecordedLoan":
        """Let the loan live; one node objects to its third step."""
        for number in range(steps):
            kind, name, title, media = STEPS[number % len(STEPS)]
            self.step(kind, name if number != 2 else REFUSED_BY_ONE, title, media, size=size)
        return self

    def step(
        self, kind: RecordKind, name: str, title: str, media: str = "text/plain", *, size: int = 400
    ) -> None:
        """Record a step with one document."""
        salt, origin = self.random.randbytes(32), BANK
        body = f"模拟 {title} {self.number} ".encode() + self.random.randbytes(size).hex().encode()
        made, now = commitment(salt, body), self.lab.places[origin].now()
        head = self.lab.nodes[origin].head(origin, loan=self.pseudonym)
        record = Record(
            documents=(DocumentCommitment(commitment=made, name=name),),
            kind=kind,
            loan=self.pseudonym,
            occurred_at=instant_text(now),
            origin=origin,
            previous=head.hash,
            sequence=head.sequence + 1,
            submitter=submitter_of(origin).name,
            v=1,
        )
        batch = self.lab.batch(origin, [*self.lab.records(origin, loan=3), record])
        self.lab.submit(origin, batch)
        self.lab.let_pass(1_500)
        standing = self.lab.nodes[origin].standing(batch.header.batch)
        index = standing.included.get(1)
        self.steps.append(
            StepStanding(
                step_id=UUID(int=len(self.steps)),
                step_no=len(self.steps) + 1,
                step=kind.value,
                kind=kind.value,
                occurred_at=now,
                stage="refused" if index is None else "final",
                batch=batch.header.batch,
                sequence=record.sequence,
                record_hash=record_hash(record.body()),
                log_index=index,
                reasons=dict(standing.refused.get(1, {})),
                decided_at=self.lab.places[origin].now(),
            )
        )
        if index is None:
            return
        self.documents.append(
            CommittedDocument(
                sequence=record.sequence,
                name=name,
                commitment=made,
                kind=kind.value,
                media_type=media,
                title_zh=f"{title}（模拟）",
                title_en=f"Simulated {kind.value}",
                salt=salt,
                content=body,
            )
        )

    def refused(self) -> None:
        """Submit a step that two nodes object to, so that it does not come on the log."""
        self.step(RecordKind.PAYOUT, REFUSED_BY_TWO, "被拒绝的放款")

    def destroy(self, name: str) -> None:
        """Destroy a document with its salt."""
        self.documents = [
            replace(one, content=None, salt=None) if one.name == name else one for one in self.documents
        ]


def digest(file: bytes) -> str:
    return hashlib.sha256(file).hexdigest()
