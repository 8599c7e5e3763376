"""`creditloop loans`: a loan shown and its statement printed, as PDF too; every read is logged."""

from datetime import date, timedelta

import pytest
from tests.service.cli.said import Shell
from tests.service.loans.asked import PARTY, START, move_clock, opened

from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.loans import Payment, repay

DAY = date(2026, 1, 25)


@pytest.fixture
def lending(in_new_bank: Bank) -> Bank:
    """A loan with a repayment ahead of its first due date."""
    opened(in_new_bank)
    move_clock(in_new_bank, DAY)
    with in_new_bank.work() as work:
        repay(work, payment=Payment(loan_id="L-1", payment_id="P-1", amount_fen=50_000, value_date=None))
    return in_new_bank


def test_a_loan_is_shown_with_plan_events_and_balances(lending: Bank, shell: Shell) -> None:
    said = shell(f"loans show L-1 --on {DAY} --json")
    assert said.status == 0
    record = said.record
    assert (record["party"], record["on"], record["dpd"]) == (PARTY, str(DAY), 0)
    events, plan, balances = record["events"], record["plan"], record["balances"]
    assert isinstance(events, list) and isinstance(plan, list) and isinstance(balances, dict)
    assert [one["id"] for one in events] == ["pay-out", "P-1"]
    assert sum(row["principal_fen"] for row in plan) == 1_200_000
    assert sum(row["paid_fen"] for row in plan) == 50_000
    shown = shell(f"loans show L-1 --on {DAY}")
    assert (shown.status, shown.err) == (0, "")
    assert "plan in force" in shown.out and "12,000.00" in shown.out and "disbursed" in shown.out


def test_a_statement_adds_up_and_is_written_as_pdf(lending: Bank, shell: Shell) -> None:
    line = f"loans statement L-1 --since {START} --until {DAY}"
    said = shell(f"{line} --file out.pdf --language en --json")
    assert said.status == 0
    record = said.record
    opening, moved, accrued, closing = (record[name] for name in ("opening", "moved", "accrued", "closing"))
    assert isinstance(opening, dict) and isinstance(closing, dict)
    assert isinstance(moved, dict) and isinstance(accrued, dict)
    for name, reached in closing.items():
        assert opening[name] + moved[name] + accrued[name] == reached
    file = lending.places.documents / "out.pdf"
    assert file.read_bytes().startswith(b"%PDF")
    shown = shell(line)
    assert "期末 closing" in shown.out and "P-1" in shown.out
    with connect(lending.url) as connection:
        logged = connection.execute(
            "SELECT count(*) FROM data.access_log"
            " WHERE reader LIKE 'cli:%' AND table_name = 'book.loan_event'"
        ).fetchone()
    assert logged == (2,)


@pytest.mark.parametrize(
    "line",
    [
        "loans show nobody",
        f"loans show L-1 --on {START - timedelta(days=1)}",
        f"loans statement L-1 --since {DAY} --until {START}",
        f"loans statement L-1 --since {START} --until {DAY} --file out.doc",
        f"loans statement L-1 --since {START} --until {DAY} --file out.pdf --language fr",
    ],
)
def test_what_cannot_be_is_refused(lending: Bank, shell: Shell, line: str) -> None:
    assert shell(line).status == 2
