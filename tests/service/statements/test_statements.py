"""A loan's statement adds up over any cut, says what is signed, and stands on paper in both languages."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from tests.conftest import missing
from tests.service.bank_copies import database_like
from tests.service.loans.asked import BULLET, PARTY, START, move_clock, opened
from tests.service.small_bank import open_small

from creditloop.book.day_end import find_programmes
from creditloop.book.loan_store import NewLoan, find_loan, open_loan
from creditloop.book.loans import EVENT_KINDS, Disbursed, Keep
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.service.bank import Bank
from creditloop.service.day_end import close_days
from creditloop.service.loans import Payment, prepay, repay
from creditloop.service.statements import (
    LoanStatement,
    loan_statement,
    render_statement_pages,
    render_statement_pdf,
)
from creditloop.service.statements.words import EVENT_WORDS, WORDS

FIRST_DUE, LATE, EARLY = date(2026, 2, 5), date(2026, 3, 16), date(2026, 3, 25)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str) -> Iterator[Bank]:
    """A loan paid in time, then eleven days late, then in part ahead of time; closed to the day before."""
    with database_like(server_url, template) as url:
        bank = open_small(tmp_path_factory.mktemp("lived"), url)
        opened(bank)
        for day, pay in (
            (FIRST_DUE, lambda work: repay(work, payment=_payment("P-1", 106_005))),
            (LATE, lambda work: repay(work, payment=_payment("P-2", 110_000))),
            (EARLY, lambda work: prepay(work, payment=_payment("E-1", 300_000), keep=Keep.COUNT)),
        ):
            list(close_days(bank, through=day - timedelta(days=1)))
            move_clock(bank, day)
            with bank.work() as work:
                pay(work)
        yield bank


def _payment(name: str, fen: int) -> Payment:
    return Payment(loan_id="L-1", payment_id=name, amount_fen=fen, value_date=None)


@pytest.fixture
def stated(lived: Bank) -> Callable[[date, date], LoanStatement]:
    def of(since: date, until: date) -> LoanStatement:
        with lived.work() as work:
            return loan_statement(work, "L-1", since, until)

    return of


def test_what_was_owed_and_what_happened_is_what_is_owed(stated: Callable[..., LoanStatement]) -> None:
    """The whole period, and cut into three, each beginning where the one before ended."""
    whole = stated(START, EARLY)
    cuts = [START, date(2026, 2, 10), LATE, EARLY + timedelta(days=1)]
    pieces = [stated(since, until - timedelta(days=1)) for since, until in pairwise(cuts)]
    assert [event.event_id for event in whole.events] == ["pay-out", "P-1", "P-2", "E-1"]
    for one in (whole, *pieces):
        assert one.opening.plus(one.moved).plus(one.accrued) == one.closing
    for before, after in pairwise(pieces):
        assert before.closing == after.opening
    assert pieces[-1].closing == whole.closing
    assert sum(one.accrued.interest_fen for one in pieces) == whole.accrued.interest_fen
    assert [(month.since, month.until) for month in whole.months] == [
        (START, date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 3, 1), EARLY),
    ]
    assert whole.accrued.penalty_fen > 0


def test_what_a_month_earned_is_what_its_closes_recognised(
    lived: Bank, stated: Callable[..., LoanStatement]
) -> None:
    closed = stated(START, EARLY - timedelta(days=1))
    with lived.work() as work:
        rows = work.connection.execute(
            "SELECT date_trunc('month', business_date)::date, sum(interest_accrued_fen)::bigint,"
            " sum(penalty_accrued_fen)::bigint FROM book.loan_day GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert [(month.interest_fen, month.penalty_fen) for month in closed.months] == [
        tuple(row[1:]) for row in rows
    ]


def test_it_says_what_is_due_next_what_is_late_and_the_rates_that_were_signed(
    stated: Callable[..., LoanStatement],
) -> None:
    late = stated(START, LATE - timedelta(days=1))
    assert (late.next_due, late.dpd) == (date(2026, 4, 5), 10)
    assert late.overdue_fen > 0
    assert f"{late.overdue_fen // 100:,}" in late.notices[0]["zh"] and " 10 " in late.notices[0]["en"]
    after = stated(START, EARLY)
    assert (after.overdue_fen, after.dpd) == (0, 0)
    assert after.next_due is not None and after.next_amount_fen > 0
    assert after.next_due.isoformat() in after.notices[0]["zh"]
    assert [rate.code for rate in after.rates][:2] == ["annual_compound", "annual_simple"]
    assert after.agreement_hash is not None
    assert any("投诉" in notice["zh"] and "complain" in notice["en"] for notice in after.notices)
    due = {row.due: row for row in after.dues}
    assert all(row.total_fen == row.paid_fen + row.waived_fen + row.open_fen for row in due.values())
    assert json.loads(json.dumps(after.as_record(), ensure_ascii=False))["party_id"] == PARTY


def test_a_loan_that_came_in_without_an_agreement_shows_its_plan_annualised(small_bank: Bank) -> None:
    opened(small_bank, asked=BULLET)
    with small_bank.work() as work:
        known = find_loan(work.connection, loan_id="L-1")
        new = NewLoan(
            loan_id="M-1",
            party_id=PARTY,
            retail=True,
            programme_no=find_programmes(work.connection)[0].number,
            terms=known.terms,
            rules=known.rules,
        )
        pay_out = Disbursed(
            id="moved", sequence=1, value_date=START, booked_on=START, amount=known.terms.principal
        )
        work.recorded(open_loan(work.connection, new=new, pay_out=pay_out, now=work.now).batch_id)
        found = loan_statement(work, "M-1", START, START)
    assert found.agreement_hash is None
    [due] = found.dues
    simple = Decimal(due.interest_fen) / due.principal_fen * 365 / (due.due - START).days * 100
    assert [(rate.code, rate.shown) for rate in found.rates[1:]] == [
        ("annual_simple", f"{simple:.4f} %"),
        ("annual_stated", "6.0000 %"),
    ]


def test_what_cannot_be_stated_is_refused(stated: Callable[..., LoanStatement], lived: Bank) -> None:
    with pytest.raises(InputError, match="no such period"):
        stated(EARLY, START)
    with pytest.raises(InputError, match="no such period"):
        stated(START, EARLY + timedelta(days=1))
    with lived.work() as work, pytest.raises(UnknownId):
        loan_statement(work, "nobody", START, EARLY)
    with pytest.raises(InputError, match="not written in this language"):
        render_statement_pdf(stated(START, EARLY), language="fr")


@pytest.fixture
def text_of(tmp_path: Path) -> Callable[[bytes], str]:
    reader = shutil.which("pdftotext")
    if reader is None:
        missing("pdftotext")

    def read(pdf: bytes) -> str:
        file = tmp_path / "statement.pdf"
        file.write_bytes(pdf)
        done = subprocess.run([str(reader), "-layout", str(file), "-"], capture_output=True, check=True)
        return done.stdout.decode()

    return read


def test_the_page_holds_every_event_and_adds_up(
    stated: Callable[..., LoanStatement], text_of: Callable[[bytes], str]
) -> None:
    statement = stated(START, EARLY)
    for language in ("zh", "en"):
        pdf = render_statement_pdf(statement, language=language)
        assert pdf == render_statement_pdf(statement, language=language), "the same bytes every time"
        written = re.sub(r"[\s\u200b]", "", text_of(pdf)).replace("−", "-")
        for event in statement.events:
            assert event.event_id in written
        for amount in (
            statement.closing.total_fen,
            statement.moved.total_fen,
            statement.accrued.interest_fen,
        ):
            assert f"{abs(amount) // 100:,}.{abs(amount) % 100:02d}" in written
        assert str(WORDS[language]["title"]).replace(" ", "") in written
        assert str(WORDS[language]["simulated"]) not in written
        assert "1/" in written
    made_up = render_statement_pdf(replace(statement, simulated=True))
    assert "模拟数据" in re.sub(r"\s", "", text_of(made_up))
    assert len(render_statement_pages(statement)) == text_of(pdf).count("\f")


def test_every_kind_of_event_is_worded() -> None:
    assert set(EVENT_WORDS) == set(EVENT_KINDS)
