"""Every event of a loan is a step of it on the evidence network, under a kind that says what it is."""

import json
from collections.abc import Mapping
from datetime import date

from tests.service.attesting.network import joined, looked, packed
from tests.service.loans.asked import BULLET, move_clock, opened

from creditloop.book.loan_store import find_loan
from creditloop.book.loans import EVENT_KINDS, Keep
from creditloop.kernel.storage import connect
from creditloop.service.attesting import find_committed, find_steps
from creditloop.service.bank import Bank
from creditloop.service.loans import Change, EventBooked, Payment, change_loan, prepay, repay
from creditloop.service.loans.network_steps import EVENT_STEPS

DAY = date(2026, 2, 5)


def changed(bank: Bank, name: str, kind: str, *, loan_id: str = "L-1", **details: object) -> EventBooked:
    change = Change(
        loan_id=loan_id,
        event_id=name,
        kind=kind,
        details=details,
        value_date=None,
        reason="by agreement (simulated)",
    )
    with bank.work() as work:
        return change_loan(work, change=change, by="tests")


def paid(bank: Bank, name: str, fen: int, *, loan_id: str = "L-1", early: bool = False) -> None:
    payment = Payment(loan_id=loan_id, payment_id=name, amount_fen=fen, value_date=None)
    with bank.work() as work:
        if early:
            prepay(work, payment=payment, keep=Keep.COUNT)
        else:
            repay(work, payment=payment)


def documents(bank: Bank, loan_id: str = "L-1") -> list[tuple[str, str, Mapping[str, object]]]:
    """Record kind, title and content of every document of an event, in the order of the records."""
    with connect(bank.url) as connection:
        kinds = {step.sequence: step.kind for step in find_steps(connection, loan_id)}
        loan = find_committed(connection, loan_id)
    return [
        (kinds[one.sequence], one.title_zh, json.loads(one.content or b"{}"))
        for one in loan.documents
        if one.name == "event"
    ]


def test_there_is_a_step_for_every_kind_of_event_but_what_a_day_earns() -> None:
    assert set(EVENT_STEPS) == set(EVENT_KINDS) - {"disbursed", "accrued"}


def test_whatever_changes_what_is_owed_or_when_is_recorded_with_its_working(small_bank: Bank) -> None:
    door = joined(small_bank)
    assert opened(small_bank, asked=BULLET).outcome == "approve"
    move_clock(small_bank, DAY)
    paid(small_bank, "P-1", 1_000_000, early=True)
    changed(small_bank, "R-1", "rate_reset", rate="0.05")
    changed(small_bank, "F-1", "charged", amount=500, part="fee", due=str(DAY))
    changed(small_bank, "W-1", "waived", amount=200, part="fee")
    changed(small_bank, "X-1", "reversed", event_id="W-1")
    changed(small_bank, "M-1", "due_dates_moved", moves=[["2026-07-06", "2026-07-07"]])
    changed(small_bank, "C-1", "charged_back", amount=400_000, payment_id="P-1")
    changed(small_bank, "O-1", "written_off")
    paid(small_bank, "P-2", 2_000)
    assert changed(small_bank, "R-1", "rate_reset", rate="0.05").booked.repeated
    looked(small_bank, door)
    found = documents(small_bank)
    assert [(kind, title, said["kind"]) for kind, title, said in found] == [
        ("payout", "放款入账", "disbursed"),
        ("repayment", "提前还款入账", "prepaid"),
        ("change", "利率调整", "rate_reset"),
        ("charge", "收费入账", "charged"),
        ("waiver", "减免入账", "waived"),
        ("reversal", "冲正入账", "reversed"),
        ("change", "还款日顺延", "due_dates_moved"),
        ("reversal", "拒付入账", "charged_back"),
        ("write_off", "核销入账", "written_off"),
        ("recovery", "核销后回收入账", "repaid"),
    ]
    rate, charge, waiver, reversal, moved = (said for _, _, said in found[2:7])
    assert (rate["by"], rate["reason"]) == ("tests", "by agreement (simulated)")
    assert json.loads(str(rate["content"])) == {"rate": "0.05"}
    with connect(small_bank.url) as connection:
        loan = find_loan(connection, loan_id="L-1")
    for (_, _, said), stored in zip(found, loan.events, strict=True):
        postings = [(account.name.lower(), lender, amount) for account, lender, amount in stored.legs]
        assert postings == [
            (one["account"], one["lender"], one["amount_fen"])
            for one in said["postings"]  # type: ignore[attr-defined]
        ]
        assert said["batch"] == str(stored.batch_id)

    def told(said: Mapping[str, object], what: str) -> list[tuple[int, int]]:
        lines: list[dict[str, object]] = said["differences"]  # type: ignore[assignment]
        return [(int(str(one["was"])), int(str(one["now"]))) for one in lines if one["what"] == what]

    assert all(now < was for was, now in told(rate, "interest due")), "less interest comes due"
    assert told(rate, "interest due")
    assert any(now - was == 500 for was, now in told(charge, "owed"))
    assert any(was - now == 200 for was, now in told(waiver, "owed"))
    assert any(now - was == 200 for was, now in told(reversal, "owed"))
    assert moved["differences"], "a due date is gone and another one is there"
    report = packed(small_bank, door, "L-1")
    assert report.holds, [problem.line() for problem in report.problems]
    assert small_bank.verify().problems == ()


def test_a_restructuring_and_a_refund_are_recorded_and_a_joint_loan_begins_its_chain_with_a_change(
    small_bank: Bank,
) -> None:
    assert opened(small_bank).loan_id == "L-1"
    assert opened(small_bank, loan_id="L-2", asked=BULLET, amount_fen=1_000_000).loan_id == "L-2"
    door = joined(small_bank)
    move_clock(small_bank, DAY)
    cycle = {"months": 1}
    new = {"first_due": "2026-03-05", "cycle": cycle, "count": 6, "rate": "0.09"}
    for loan_id in ("L-1", "L-2"):
        changed(small_bank, "T-1", "restructured", loan_id=loan_id, **new)
    with connect(small_bank.url) as connection:
        assert [step.step for step in find_steps(connection, "L-1")] == ["change"]
        assert find_steps(connection, "L-2") == (), "a loan of ours alone without records stays without"
    paid(small_bank, "P-1", 50_000, loan_id="L-2")
    changed(small_bank, "B-1", "refunded", loan_id="L-2", amount=10_000)
    looked(small_bank, door)
    with connect(small_bank.url) as connection:
        steps = find_steps(connection, "L-2")
    assert [(step.step, step.kind, step.stage) for step in steps] == [
        ("repayment", "repayment", "final"),
        ("refund", "refund", "final"),
    ]
    ((_, title, said),) = documents(small_bank)
    assert (title, said["kind"]) == ("重组", "restructured")


def test_a_bank_that_takes_no_part_notes_no_change(small_bank: Bank) -> None:
    opened(small_bank)
    move_clock(small_bank, DAY)
    changed(small_bank, "R-1", "rate_reset", rate="0.09")
    with connect(small_bank.url) as connection:
        assert find_steps(connection, "L-1") == ()
