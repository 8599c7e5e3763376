"""What a day's close finds of loans on the evidence network is noted: all of it, once, of no other loan."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tests.service.attesting.network import joined, looked, packed
from tests.service.day_end.firm_reports import warned
from tests.service.day_end.loan_bank import board
from tests.service.loans.asked import move_clock, opened

from creditloop.book.loans import Keep
from creditloop.kernel.dates import Dates
from creditloop.kernel.storage import connect
from creditloop.service.attesting import (
    DOCUMENT_KIND,
    LoanStep,
    Step,
    StepDocument,
    find_steps,
    join_network,
    note_step,
    note_steps,
)
from creditloop.service.bank import Bank
from creditloop.service.day_end import close_days, close_one_day, network_steps
from creditloop.service.loans import Change, Payment, change_loan, find_payoff, prepay, repay
from creditloop.service.work import Work

LATE = date(2026, 2, 6)
"""The first day on which loans boarded on the usual day are overdue: they have no days of grace."""


def simulated(number: int = 1) -> StepDocument:
    return StepDocument(
        name="event",
        body=f"simulated {number}".encode(),
        kind=DOCUMENT_KIND[Step.STATEMENT],
        media_type="text/plain",
        title_zh="模拟",
        title_en="Simulated",
    )


def named(bank: Bank, numbers: Sequence[int], *, join: bool = True) -> None:
    """Give boarded loans a name on the network, by a step each."""
    with bank.work() as work:
        if join:
            join_network(
                work, origin="bank.example", submitter="bank.example/core", by="tests", reason="simulated"
            )
        for number in numbers:
            note_step(
                work,
                loan_id=f"L/{number}",
                step=Step.STATEMENT,
                key="1",
                lenders=2,
                documents=[simulated(number)],
            )


def closed(bank: Bank, through: date) -> None:
    move_clock(bank, through, hour=23)
    list(close_days(bank, through=through))


def noted(bank: Bank, *kinds: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Loan, step and document of all steps of the day end, in order."""
    with connect(bank.url) as connection:
        rows = connection.execute(
            "SELECT step.loan_id, step.step, secret.body FROM attesting.step AS step"
            " JOIN attesting.document USING (step_id) JOIN attesting.secret AS secret USING (commitment)"
            " WHERE step.step = ANY(%s) ORDER BY step.occurred_at, step.loan_id, step.step_no",
            (list(kinds or ("overdue", "classification", "warning")),),
        ).fetchall()
    return [(loan_id, step, json.loads(bytes(body))) for loan_id, step, body in rows]


def test_loans_that_become_overdue_are_cured_settled_or_written_off(small_bank: Bank) -> None:
    """A write-off is no cure and has a record of its own; a loan that is paid off has no class any more."""
    door = joined(small_bank)
    for number in (1, 2, 3):
        assert opened(small_bank, loan_id=f"L-{number}", amount_fen=600_000).outcome == "awaiting"
    looked(small_bank, door)
    closed(small_bank, date(2026, 2, 9))
    move_clock(small_bank, date(2026, 2, 10))
    with small_bank.work() as work:
        some = Payment(loan_id="L-1", payment_id="P-1", amount_fen=60_000, value_date=None)
        repay(work, payment=some)
        _, quote = find_payoff(work, loan_id="L-2")
        prepay(work, payment=replace(some, loan_id="L-2", amount_fen=quote.total), keep=Keep.COUNT)
        gone = Change(
            loan_id="L-3", event_id="O-1", kind="written_off", details={}, value_date=None, reason="simulated"
        )
        change_loan(work, change=gone, by="tests")
    closed(small_bank, date(2026, 2, 11))
    found = noted(small_bank)
    assert [(loan, step, said.get("became"), said["dpd"], said["tier"]) for loan, step, said in found] == [
        *(
            (f"L-{number}", *step)
            for number in (1, 2, 3)
            for step in (
                ("overdue", "overdue", 4, "special_mention"),
                ("classification", None, 4, "special_mention"),
            )
        ),
        ("L-1", "overdue", "cured", 0, "normal"),
        ("L-1", "classification", None, 0, "normal"),
        ("L-2", "overdue", "cured", 0, "nothing_owed"),
    ]
    assert [said["business_date"] for _, _, said in found] == ["2026-02-09"] * 6 + ["2026-02-10"] * 3
    first = found[0][2]
    assert (first["oldest_due"], first["dpd_before"], first["tier_before"]) == ("2026-02-05", 0, "normal")
    assert set(first["judged_by"]) == {"five_tier", "ecl_stage", "risk_signs", "debts_elsewhere"}
    with connect(small_bank.url) as connection:
        row = connection.execute(
            "SELECT day.principal_fen, day.interest_fen, day.penalty_fen, day.batch_id::text"
            " FROM book.loan_day AS day JOIN book.loan USING (loan_no)"
            " WHERE loan_id = 'L-1' AND business_date = '2026-02-09'"
        ).fetchone()
    assert (first["principal_fen"], first["interest_fen"], first["penalty_fen"], first["batch"]) == row
    looked(small_bank, door, times=2)
    with connect(small_bank.url) as connection:
        steps = find_steps(connection, "L-1")
    assert [step.stage for step in steps] == ["final"] * 9
    assert [step.kind for step in steps[4:]] == [
        "overdue",
        "classification",
        "repayment",
        "overdue",
        "classification",
    ]
    assert packed(small_bank, door, "L-1").holds
    assert small_bank.verify().problems == ()


class Killed(BaseException):
    """The process ends here."""


def test_only_loans_with_records_are_noted_and_a_run_that_was_killed_goes_on(
    small_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    board(small_bank, count=8)
    closed(small_bank, LATE - timedelta(days=1))
    assert noted(small_bank, *Step) == [], "a bank that takes no part"
    named(small_bank, [1, 2, 5])
    warned(small_bank, {1: "alert", 3: "notice", 4: "watch"}, on=LATE)
    warned(small_bank, {1: "watch", 2: "refer"}, on=LATE - timedelta(days=30), product="sme_loan")
    move_clock(small_bank, LATE, hour=23)
    calls = 0

    def killed_at_the_second(work: Work, *, steps: Sequence[LoanStep]) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Killed
        return note_steps(work, steps=steps)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(network_steps, "STEPS_AT_ONCE", 2)
        patch.setattr(network_steps, "note_steps", killed_at_the_second)
        list(close_days(small_bank, through=LATE))
    assert [(loan, step) for loan, step, _ in noted(small_bank)] == [
        ("L/1", "overdue"),
        ("L/1", "classification"),
    ]
    assert [day.repeated for day in close_days(small_bank, through=LATE)] == [True]
    found = noted(small_bank)
    assert sorted((loan, step, said.get("level")) for loan, step, said in found) == sorted(
        [
            *((f"L/{number}", step, None) for number in (1, 2, 5) for step in ("overdue", "classification")),
            *((f"L/{number}", "warning", level) for number in (1, 2) for level in ("alert", "watch")),
            ("L/5", "warning", "notice"),
        ]
    ), "customer 1 owes loans 1 and 2, customer 3 loan 5; loan 6 and customer 4 have no records"
    warning = next(said for _, _, said in found if said.get("level") == "alert")
    assert (warning["warned_of"], warning["signals"], warning["risk"]) == (str(LATE), ["simulated"], 700)
    with connect(small_bank.url) as connection:
        assert [step.step_no for step in find_steps(connection, "L/1")] == [1, 2, 3, 4, 5]
    named(small_bank, [7], join=False)
    assert close_one_day(small_bank, dates=Dates(business_date=LATE, rules_as_of=LATE)).repeated
    closed(small_bank, LATE + timedelta(days=1))
    assert len(noted(small_bank)) == len(found), "a day that was said is not noted again, nor a warning"
    assert small_bank.verify().problems == ()
