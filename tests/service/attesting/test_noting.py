"""Steps of many loans noted at once: as one by one, in order, once, and only of loans that have a name."""

from tests.service.attesting.network import joined, looked

from creditloop.evidence.package import DocumentKind
from creditloop.kernel.storage import connect
from creditloop.service.attesting import (
    LoanStep,
    Step,
    StepDocument,
    find_committed,
    find_pseudonym,
    find_steps,
    note_step,
    note_steps,
)
from creditloop.service.bank import Bank


def step(loan_id: str, kind: Step, key: str) -> LoanStep:
    document = StepDocument(
        name="event",
        body=f"模拟 {loan_id} {kind} {key}".encode(),
        kind=DocumentKind.EVENT,
        media_type="text/plain",
        title_zh="模拟",
        title_en="Simulated",
    )
    return LoanStep(loan_id=loan_id, step=kind, key=key, lenders=1, document=document)


def test_many_steps_at_once_are_recorded_as_one_by_one(small_bank: Bank) -> None:
    many = [
        step("N-2", Step.OVERDUE, "a"),
        step("N-1", Step.OVERDUE, "a"),
        step("N-1", Step.CLASSIFICATION, "a"),
        step("N-3", Step.OVERDUE, "a"),
        step("N-1", Step.CONTACT, "a"),
        step("N-2", Step.OVERDUE, "a"),
    ]
    with small_bank.work() as work:
        assert note_steps(work, steps=many) == 0, "the bank takes no part"
    door = joined(small_bank)
    with small_bank.work() as work:
        for loan_id in ("N-1", "N-2"):
            one = step(loan_id, Step.STATEMENT, "1")
            note_step(work, loan_id=loan_id, step=one.step, key=one.key, lenders=1, documents=[one.document])
        assert note_steps(work, steps=many) == 3, "N-3 has no name, contacts are left out, the same is one"
        assert note_steps(work, steps=many) == 0
        assert note_steps(work, steps=[]) == 0
        one = step("N-1", Step.OVERDUE, "b")
        note_step(work, loan_id="N-1", step=one.step, key=one.key, lenders=1, documents=[one.document])
    looked(small_bank, door)
    with connect(small_bank.url) as connection:
        found = {loan_id: find_steps(connection, loan_id) for loan_id in ("N-1", "N-2", "N-3")}
        assert find_pseudonym(connection, "N-3") is None
        kept = find_committed(connection, "N-1").documents
    assert [(one.step, one.step_no, one.sequence, one.stage) for one in found["N-1"]] == [
        ("statement", 1, 1, "final"),
        ("overdue", 2, 2, "final"),
        ("classification", 3, 3, "final"),
        ("overdue", 4, 4, "final"),
    ]
    assert [one.step for one in found["N-2"]] == ["statement", "overdue"]
    assert kept[1].content == "模拟 N-1 overdue a".encode()
    assert small_bank.verify().problems == ()
