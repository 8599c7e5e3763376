"""A loan whose steps the bank itself noted and sent to five real nodes (模拟), by its own parts alone."""

from datetime import date

from tests.evidence.network.node.lab import BANK
from tests.faults.network.parties import REFUSED_BY_ONE, submitter_of
from tests.service.loans.asked import move_clock
from tests.service.packaging.recorded_loan import RecordedLoan

from creditloop.evidence.package import DocumentKind
from creditloop.service.attesting import Step, StepDocument, attest_pending, join_network, note_step
from creditloop.service.bank import Bank
from creditloop.service.packaging import Packager

STEPS = (
    (Step.DECISION, DocumentKind.DECISION, ("decision",)),
    (Step.AGREEMENT, DocumentKind.AGREEMENT, ("agreement",)),
    (Step.PAYOUT, DocumentKind.PAYOUT, (REFUSED_BY_ONE, "payout")),
    (Step.STATEMENT, DocumentKind.STATEMENT, ("statement",)),
    (Step.REPAYMENT, DocumentKind.REPAYMENT, ("repayment",)),
)
_TITLES = {
    DocumentKind.DECISION: "审批决定及依据（模拟）",
    DocumentKind.AGREEMENT: "借款合同（模拟）",
    DocumentKind.PAYOUT: "放款凭证（模拟）",
    DocumentKind.STATEMENT: "对账单（模拟）",
    DocumentKind.REPAYMENT: "还款凭证（模拟）",
}


def document(name: str, kind: DocumentKind) -> StepDocument:
    """Make a simulated document."""
    return StepDocument(
        name=name,
        body=f'{{"simulated":"模拟","name":"{name}"}}'.encode() * 20,
        kind=kind,
        media_type="application/json",
        title_zh=_TITLES[kind],
        title_en=f"Simulated {kind.value}",
    )


class AttestedLoan:
    """A bank that takes part in the network, and a loan of its book there."""

    def __init__(self, bank: Bank, loan_id: str) -> None:
        self.bank, self.loan_id = bank, loan_id
        self.world = RecordedLoan(loan_id)  # its nodes and door; the steps are the bank's own
        self.packager = Packager(door=self.world.door, trusted=self.world.trusted, signer=submitter_of(BANK))
        self.documents: list[StepDocument] = []
        with bank.work() as work:
            join_network(work, origin=BANK, submitter=submitter_of(BANK).name, by="test", reason="test")

    def note(self, step: Step, documents: list[StepDocument], *, key: str = "1") -> None:
        """Note a step."""
        with self.bank.work() as work:
            note_step(work, loan_id=self.loan_id, step=step, key=key, lenders=1, documents=documents)
        self.documents += documents

    def settle(self) -> None:
        """Send what is noted and learn what came of it."""
        for _ in range(4):
            attest_pending(self.bank, door=self.world.door, signer=submitter_of(BANK))
            self.world.lab.let_pass(2_000)
        attest_pending(self.bank, door=self.world.door, signer=submitter_of(BANK))

    def live(self) -> "AttestedLoan":
        """Let it live; one node objects to its payout."""
        move_clock(self.bank, date(2026, 3, 2), hour=9)
        for step, kind, names in STEPS:
            self.note(step, [document(name, kind) for name in names])
        self.settle()
        return self
