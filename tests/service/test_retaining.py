"""Committed documents go when their loan is over for as long as the policy says: by the rule, once."""

from datetime import date, timedelta

import pytest
from tests.service.attesting.network import Door, joined, looked
from tests.service.attesting.test_sending import noted, on_log
from tests.service.loans.asked import BULLET, START, move_clock, opened

from creditloop.book.loans import Keep
from creditloop.evidence.package import DocumentKind
from creditloop.kernel.errors import InputError, PolicyError, StateError
from creditloop.kernel.storage import connect
from creditloop.service.attesting import (
    RULES,
    Step,
    StepDocument,
    find_committed,
    find_document_deletions,
    find_steps,
    note_step,
)
from creditloop.service.bank import Bank
from creditloop.service.loans import Payment, find_payoff, prepay
from creditloop.service.retaining import ExpiredDocuments, delete_expired_documents, keeping_rule

AMOUNT = 2_000_000
OVER_ON = START
TEN_YEARS_LATER = date(2036, 1, 6)
"""The first day on which what was over on the 5th of January 2026 was over for more than 120 months."""


def deleted(bank: Bank, as_of: date, *, dry_run: bool = False) -> ExpiredDocuments:
    return delete_expired_documents(bank, as_of=as_of, by="dpo", reason="yearly run", dry_run=dry_run)


def paid_off(bank: Bank, loan_id: str) -> None:
    """Pay a loan off on the day it was opened."""
    with bank.work() as work:
        _, quote = find_payoff(work, loan_id=loan_id)
        payment = Payment(loan_id=loan_id, payment_id="P-1", amount_fen=quote.total, value_date=None)
        prepay(work, payment=payment, keep=Keep.COUNT)


def network_on(door: Door, day: date) -> None:
    """Set the nodes' clocks to a day."""
    for place in door.lab.places.values():
        place.off += day - START


def kept(bank: Bank, loan_id: str) -> int:
    """How many of a loan's documents are kept, the salt of its name counted in."""
    with connect(bank.url) as connection:
        found = connection.execute(
            "SELECT count(*) FROM attesting.secret WHERE commitment IN ("
            " SELECT commitment FROM attesting.document JOIN attesting.step USING (step_id)"
            " WHERE loan_id = %(loan)s"
            " UNION SELECT pseudonym FROM attesting.loan WHERE loan_id = %(loan)s)",
            {"loan": loan_id},
        ).fetchone()
    assert found is not None
    return int(found[0])


def two_loans(bank: Bank) -> Door:
    """L-1 is paid off, L-2 is owed; both are on our log."""
    door = joined(bank)
    for loan_id in ("L-1", "L-2"):
        assert opened(bank, loan_id=loan_id, asked=BULLET, amount_fen=AMOUNT).outcome == "approve"
    paid_off(bank, "L-1")
    looked(bank, door)
    return door


def test_it_goes_on_its_day_and_the_rule_is_the_reason(
    small_bank: Bank,
) -> None:
    two_loans(small_bank)
    before, others = kept(small_bank, "L-1"), kept(small_bank, "L-2")
    assert before >= 5
    move_clock(small_bank, TEN_YEARS_LATER)
    early = deleted(small_bank, TEN_YEARS_LATER - timedelta(days=1))
    assert (early.loans, early.documents, early.cut_day) == ((), 0, OVER_ON)
    counted = deleted(small_bank, TEN_YEARS_LATER, dry_run=True)
    assert (counted.documents, kept(small_bank, "L-1")) == (before, before)
    told = deleted(small_bank, TEN_YEARS_LATER)
    assert told == counted
    assert told.rule is not None and told.rule.months == 120
    assert [(one.loan_id, one.over_on, one.documents) for one in told.loans] == [("L-1", OVER_ON, before)]
    assert (told.still_owing, told.unknown) == (1, ())
    assert (kept(small_bank, "L-1"), kept(small_bank, "L-2")) == (0, others)
    with connect(small_bank.url) as connection:
        (deletion,) = find_document_deletions(connection)
        steps = find_steps(connection, "L-1")
        with pytest.raises(StateError, match="salt"):
            find_committed(connection, "L-1")
        assert all(one.content is not None for one in find_committed(connection, "L-2").documents)
    assert (deletion.by, deletion.documents) == ("dpo", before)
    assert deletion.reason == f"{told.rule.reason}; yearly run"
    for said in (RULES, told.rule.policy_hash[:12], "documents_kept_months 120", "Article 34"):
        assert said in deletion.reason
    assert {step.stage for step in steps} == {"final"}, "what is on the logs stays"
    assert small_bank.verify().problems == ()


def test_again_deletes_nothing(small_bank: Bank) -> None:
    two_loans(small_bank)
    move_clock(small_bank, TEN_YEARS_LATER)
    assert deleted(small_bank, TEN_YEARS_LATER).documents > 0
    again = deleted(small_bank, TEN_YEARS_LATER)
    assert (again.loans, again.documents) == ((), 0)
    with connect(small_bank.url) as connection:
        assert len(find_document_deletions(connection)) == 1


def test_a_later_step_or_one_not_sent_yet_keeps_it(small_bank: Bank) -> None:
    door = two_loans(small_bank)
    move_clock(small_bank, START + timedelta(days=30))
    noted(small_bank, "L-1", 1)
    move_clock(small_bank, TEN_YEARS_LATER)
    assert deleted(small_bank, TEN_YEARS_LATER).loans == (), "a statement was asked for later"
    later = TEN_YEARS_LATER + timedelta(days=31)
    move_clock(small_bank, later)
    assert deleted(small_bank, later).loans == (), "it is not on the log yet"
    network_on(door, later)
    looked(small_bank, door)
    assert on_log(small_bank, door, "L-1")[-1] == len(on_log(small_bank, door, "L-1"))
    assert [one.loan_id for one in deleted(small_bank, later).loans] == ["L-1"]


def test_what_was_never_paid_out_goes_by_the_day_its_waiting_ended(small_bank: Bank) -> None:
    door = joined(small_bank)
    door.away = True
    assert opened(small_bank).outcome == "awaiting"
    move_clock(small_bank, START + timedelta(days=1))
    door.away = False
    looked(small_bank, door)  # its day is over: it lapses
    noted(small_bank, "N-1", 1)
    looked(small_bank, door)
    move_clock(small_bank, TEN_YEARS_LATER)
    assert deleted(small_bank, TEN_YEARS_LATER).loans == ()
    later = TEN_YEARS_LATER + timedelta(days=1)
    move_clock(small_bank, later)
    told = deleted(small_bank, later)
    assert [(one.loan_id, one.over_on) for one in told.loans] == [("L-1", START + timedelta(days=1))]
    assert told.unknown == ("N-1",), "the book knows nothing of it: a person has to look"
    assert (kept(small_bank, "L-1"), kept(small_bank, "N-1")) == (0, 2)


def test_a_document_of_another_loan_as_well_goes_with_the_last_of_them(small_bank: Bank) -> None:
    door = joined(small_bank)
    shared = StepDocument(
        name="statement",
        body="模拟 both loans".encode(),
        kind=DocumentKind.STATEMENT,
        media_type="text/plain",
        title_zh="模拟对账单",
        title_en="Simulated statement",
    )
    for loan_id in ("L-1", "L-2"):
        assert opened(small_bank, loan_id=loan_id, asked=BULLET, amount_fen=AMOUNT).outcome == "approve"
        with small_bank.work() as work:
            note_step(work, loan_id=loan_id, step=Step.STATEMENT, key="s", lenders=1, documents=[shared])
    paid_off(small_bank, "L-1")
    looked(small_bank, door)
    others = kept(small_bank, "L-2")
    move_clock(small_bank, TEN_YEARS_LATER)
    assert [one.loan_id for one in deleted(small_bank, TEN_YEARS_LATER).loans] == ["L-1"]
    assert (kept(small_bank, "L-1"), kept(small_bank, "L-2")) == (1, others)
    assert deleted(small_bank, TEN_YEARS_LATER).loans == ()
    paid_off(small_bank, "L-2")
    network_on(door, TEN_YEARS_LATER)
    looked(small_bank, door)
    last = date(2046, 1, 7)
    move_clock(small_bank, last)
    assert [one.loan_id for one in deleted(small_bank, last).loans] == ["L-2"]
    assert (kept(small_bank, "L-1"), kept(small_bank, "L-2")) == (0, 0)


def test_what_cannot_be_is_refused(small_bank: Bank) -> None:
    door = joined(small_bank)
    assert deleted(small_bank, START).rule is None, "nothing is kept: the rule is not asked for"
    noted(small_bank, "N-1", 1)
    with pytest.raises(InputError, match="a day that has come"):
        deleted(small_bank, START + timedelta(days=1))
    for by, reason in (("", "x"), ("x", " ")):
        with pytest.raises(InputError, match="who deletes and why"):
            delete_expired_documents(small_bank, as_of=START, by=by, reason=reason)
    looked(small_bank, door)
    move_clock(small_bank, START + timedelta(days=1))
    document = small_bank.places.documents / RULES
    text = document.read_text("utf-8")
    document.write_text(text.replace("documents_kept_months", "another_number"), "utf-8")
    with pytest.raises(PolicyError, match="does not say how long"):
        deleted(small_bank, START + timedelta(days=1))


def test_the_number_is_that_of_the_law_of_the_day(small_bank: Bank) -> None:
    with small_bank.work() as work:
        months = {day: keeping_rule(work, on=day).months for day in (date(2024, 12, 31), date(2025, 1, 1))}
    assert months == {date(2024, 12, 31): 60, date(2025, 1, 1): 120}
