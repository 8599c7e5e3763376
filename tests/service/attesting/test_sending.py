"""Steps become records on our log: in order, once, whatever breaks off and whoever is away."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from tests.evidence.network.node.lab import FUND, PARTNER
from tests.service.attesting.network import BANK, Door, joined, key, looked, packed
from tests.service.loans.asked import BULLET, opened

from creditloop.evidence.network import read_record
from creditloop.evidence.network.node import Answer, Standing
from creditloop.evidence.package import DocumentKind, LoanOnLog, SignedLoanEnd, commitment, loan_pseudonym
from creditloop.evidence.signature import Ed25519Signer
from creditloop.kernel.errors import InputError, StateError, UnknownId
from creditloop.kernel.storage import connect
from creditloop.service.answering import deliver_chain
from creditloop.service.attesting import (
    Step,
    StepDocument,
    attest_pending,
    delete_document,
    find_committed,
    find_pending,
    find_steps,
    join_network,
    leave_network,
    note_step,
    sending,
)
from creditloop.service.bank import Bank
from creditloop.service.loans import Payment, repay
from creditloop.service.work import Work


def noted(bank: Bank, loan_id: str, count: int, *, first: int = 1) -> None:
    """Note statements of a loan, simulated."""
    for number in range(first, first + count):
        document = StepDocument(
            name="statement",
            body=f"模拟 {loan_id} {number}".encode(),
            kind=DocumentKind.STATEMENT,
            media_type="text/plain",
            title_zh="模拟对账单",
            title_en="Simulated statement",
        )
        with bank.work() as work:
            note_step(
                work,
                loan_id=loan_id,
                step=Step.STATEMENT,
                key=str(number),
                lenders=1,
                documents=[document],
            )


def on_log(bank: Bank, door: Door, loan_id: str) -> list[int]:
    """Numbers of a loan's records on our log."""
    with connect(bank.url) as connection:
        pseudonym = find_committed(connection, loan_id).pseudonym
    found = door.loan_on_log(BANK, loan=pseudonym)
    return [read_record(step.body).sequence for step in found.steps]


def test_every_step_of_a_loan_of_ours_alone_is_recorded(small_bank: Bank) -> None:
    door = joined(small_bank)
    assert opened(small_bank, asked=BULLET).outcome == "approve"
    with small_bank.work() as work:
        payment = Payment(loan_id="L-1", payment_id="P-1", amount_fen=1_000, value_date=None)
        repay(work, payment=payment)
        repay(work, payment=payment)
    told = looked(small_bank, door)
    assert (told.made, told.final, told.refused, told.under_way, told.away) == (1, 5, 0, 0, "")
    with connect(small_bank.url) as connection:
        steps = find_steps(connection, "L-1")
        loan = find_committed(connection, "L-1")
        assert find_pending(connection, steps_max=10).count == 0
    assert [(step.step, step.stage, step.sequence) for step in steps] == [
        ("decision", "final", 1),
        ("agreement", "final", 2),
        ("payout_order", "final", 3),
        ("payout", "final", 4),
        ("repayment", "final", 5),
    ]
    records = door.loan_on_log(BANK, loan=loan.pseudonym)
    said = {
        (number, document.name): document.commitment
        for number, step in enumerate(records.steps, start=1)
        for document in read_record(step.body).documents
    }
    assert {(one.sequence, one.name): one.commitment for one in loan.documents} == said
    for one in loan.documents:
        assert one.salt is not None and one.content is not None
        assert commitment(one.salt, one.content) == one.commitment
    assert loan_pseudonym(loan.salt, "L-1") == loan.pseudonym
    assert b"L-1" not in b"".join(step.body for step in records.steps)
    assert small_bank.verify().problems == ()
    assert packed(small_bank, door, "L-1").holds


def test_a_bank_that_takes_no_part_notes_nothing(small_bank: Bank) -> None:
    noted(small_bank, "N-1", 1)
    with connect(small_bank.url) as connection, pytest.raises(UnknownId):
        find_committed(connection, "N-1")
    door = joined(small_bank)
    with small_bank.work() as work:
        assert join_network(work, origin=BANK, submitter=door_key(), by="b", reason="r").version == 1
        with pytest.raises(InputError, match="not a name"):
            join_network(work, origin="no name", submitter=door_key(), by="b", reason="r")
    noted(small_bank, "N-1", 1)
    with small_bank.work() as work:
        leave_network(work, by="tests", reason="simulated")
    noted(small_bank, "N-1", 1, first=2)
    assert looked(small_bank, door).made == 0
    with small_bank.work() as work:
        assert join_network(work, origin=BANK, submitter=door_key(), by="b", reason="r").version == 3
    looked(small_bank, door)
    assert on_log(small_bank, door, "N-1") == [1]


def door_key() -> str:
    return key().verifier.name


def test_another_node_or_key_is_refused(small_bank: Bank) -> None:
    door = joined(small_bank)
    noted(small_bank, "N-1", 1)
    with pytest.raises(InputError, match="not the one the bank takes part with"):
        attest_pending(small_bank, door=door, signer=Ed25519Signer.generate("bank.example/other"))
    door.name = FUND
    with pytest.raises(InputError, match="not the one the bank takes part with"):
        attest_pending(small_bank, door=door, signer=key())


def test_many_steps_keep_their_order_over_batches(small_bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH_RECORDS_MAX", 5)
    door = joined(small_bank)
    noted(small_bank, "N-1", 7)
    noted(small_bank, "N-2", 4)
    told = looked(small_bank, door, times=3)
    assert (told.made, told.final) == (3, 11), "the rest of a loan waits until what was sent is decided"
    assert on_log(small_bank, door, "N-1") == list(range(1, 8))
    assert on_log(small_bank, door, "N-2") == list(range(1, 5))


def test_what_lacks_agreements_is_final_once_a_quorum_is_back(small_bank: Bank) -> None:
    door = joined(small_bank)
    door.lab.away |= {FUND, PARTNER}
    noted(small_bank, "N-1", 2)
    told = looked(small_bank, door, times=2)
    assert (told.made, told.final, told.under_way) == (1, 0, 1)
    noted(small_bank, "N-1", 1, first=3)
    noted(small_bank, "N-2", 1)
    told = looked(small_bank, door)
    assert (told.made, told.under_way) == (1, 2), "another loan goes on, this one waits for its own"
    door.lab.away.clear()
    looked(small_bank, door, times=3)
    assert (on_log(small_bank, door, "N-1"), on_log(small_bank, door, "N-2")) == ([1, 2, 3], [1])


def test_the_same_bytes_are_submitted_until_the_node_has_them(small_bank: Bank) -> None:
    door = joined(small_bank)
    noted(small_bank, "N-1", 1)
    door.lost = True
    assert attest_pending(small_bank, door=door, signer=key()).away == "the answer was lost"
    door.lost = False
    told = attest_pending(small_bank, door=door, signer=key())
    assert (told.made, told.final) == (0, 1)
    assert len(set(door.submitted)) == 1
    noted(small_bank, "N-1", 1, first=2)
    door.away = True
    for _ in range(3):
        assert attest_pending(small_bank, door=door, signer=key()).away == "the node is not there"
    door.away = False
    looked(small_bank, door)
    assert on_log(small_bank, door, "N-1") == [1, 2]
    assert len(door.submitted) == 2, "one batch, however often the node was away"


def test_a_node_that_does_not_take_a_batch_is_told_of(small_bank: Bank) -> None:
    door = joined(small_bank)
    noted(small_bank, "N-1", 1)
    with small_bank.work() as work:
        join_network(work, origin=BANK, submitter="bank.example/new", by="tests", reason="simulated")
    stranger = Ed25519Signer.generate("bank.example/new")
    told = attest_pending(small_bank, door=door, signer=stranger)
    (trouble,) = told.troubles.values()
    assert trouble.startswith("unknown_key")
    assert (told.under_way, told.final) == (1, 0)


def test_a_document_can_be_deleted_and_what_is_left_still_holds(small_bank: Bank) -> None:
    door = joined(small_bank)
    noted(small_bank, "N-1", 2)
    looked(small_bank, door)
    with connect(small_bank.url) as connection:
        first, second = find_committed(connection, "N-1").documents
    with small_bank.work() as work:
        for _ in range(2):
            delete_document(work, commitment=first.commitment, by="tests", reason="the customer asks")
        with pytest.raises(UnknownId):
            delete_document(work, commitment="0" * 64, by="tests", reason="nothing there")
    with connect(small_bank.url) as connection:
        loan = find_committed(connection, "N-1")
    assert [(one.content is None, one.salt is None) for one in loan.documents] == [
        (True, True),
        (False, False),
    ]
    assert [one.commitment for one in loan.documents] == [first.commitment, second.commitment]
    assert small_bank.verify().problems == ()
    with small_bank.work() as work:
        delete_document(work, commitment=loan.pseudonym, by="tests", reason="the customer asks")
    with connect(small_bank.url) as connection, pytest.raises(StateError, match="salt"):
        find_committed(connection, "N-1")


# cut off anywhere


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Cut:
    """Ends the process at one of the points it passes."""

    at: int
    passed: int = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed - 1 == self.at:
            raise Killed


@dataclass
class CutBank:
    """A bank whose process ends before, within or after one of its pieces of work."""

    bank: Bank
    cut: Cut

    @contextmanager
    def work(self) -> Iterator[Work]:
        self.cut.point()
        with self.bank.work() as work:
            yield work
            self.cut.point()
        self.cut.point()


@dataclass
class CutDoor:
    """A door at which the process ends before or after it is asked."""

    door: Door
    cut: Cut

    @property
    def name(self) -> str:
        return self.door.name

    def submit(self, batch: bytes) -> Answer:
        self.cut.point()
        answer = self.door.submit(batch)
        self.cut.point()
        return answer

    def standing(self, batch: str) -> Standing:
        self.cut.point()
        return self.door.standing(batch)

    def loan_on_log(self, origin: str, *, loan: str) -> LoanOnLog:
        return self.door.loan_on_log(origin, loan=loan)

    def loan_ends(self, *, loan: str, challenge: str) -> Sequence[SignedLoanEnd]:
        return self.door.loan_ends(loan=loan, challenge=challenge)


def test_cut_off_at_any_point_every_step_is_recorded_once_and_paid_out_once(small_bank: Bank) -> None:
    door, number, cuts = joined(small_bank), 0, 0
    while True:
        loan_id = f"L-{number}"
        assert opened(small_bank, loan_id=loan_id, amount_fen=100_000).outcome == "awaiting"
        cut = Cut(at=number)
        try:
            attest_pending(CutBank(small_bank, cut), door=CutDoor(door, cut), signer=key())
        except Killed:
            cuts += 1
        looked(small_bank, door, times=2)
        deliver_chain(small_bank)
        assert on_log(small_bank, door, loan_id) == [1, 2, 3, 4], f"cut at {number}"
        number += 1
        if cut.passed <= cut.at:
            break
    assert cuts == number - 1 >= 15
    with connect(small_bank.url) as connection:
        for one in range(number):
            steps = find_steps(connection, f"L-{one}")
            assert [(step.step, step.stage) for step in steps] == [
                (name, "final") for name in ("decision", "agreement", "payout_order", "payout")
            ]
        counted = connection.execute("SELECT count(*) FROM book.loan").fetchone()
    assert counted == (number,)
    assert small_bank.verify().problems == ()
