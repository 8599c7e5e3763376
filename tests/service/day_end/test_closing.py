"""The bank closes its days: once, in order, sealed, each loan classified by the documents."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from tests.service.day_end.loan_bank import PAID_OUT, board

from creditloop.book.day_end import close_shard, find_programmes
from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import InputError, OutOfOrder, SourceError
from creditloop.service.bank import Bank
from creditloop.service.day_end import close_days, close_one_day, closing, day_summary, write_summary
from creditloop.service.day_end.classifying import read_classifier

FIRST_DUE = date(2026, 2, 5)


def on(day: date) -> Dates:
    return Dates(business_date=day, rules_as_of=day)


def loan_rows(bank: Bank, *, loan_no: int, columns: str) -> list[tuple[object, ...]]:
    with bank.connection() as connection:
        query = f"SELECT {columns} FROM book.loan_day WHERE loan_no = %s ORDER BY business_date"
        return connection.execute(query.encode(), (loan_no,)).fetchall()


def test_days_are_caught_up_sealed_and_never_closed_twice(small_bank: Bank) -> None:
    board(small_bank)
    days = list(close_days(small_bank, through=PAID_OUT + timedelta(days=2)))
    assert [(day.business_date, day.loans, day.repeated) for day in days] == [
        (PAID_OUT + timedelta(days=passed), 40, False) for passed in range(3)
    ]
    assert list(close_days(small_bank, through=PAID_OUT + timedelta(days=2))) == []
    again = close_one_day(small_bank, dates=on(PAID_OUT))
    assert again == replace(days[0], repeated=True)
    with pytest.raises(OutOfOrder):
        close_one_day(small_bank, dates=on(PAID_OUT + timedelta(days=9)))
    assert not small_bank.verify().problems


def test_a_run_that_was_stopped_goes_on_with_the_parts_that_are_missing(
    small_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    board(small_bank)
    whole = closing._close_part

    def fails_at(bank: Bank, dates: Dates, part: Sequence[int]) -> object:
        if 5 in part:
            raise SourceError("the database does not answer")
        return whole(bank, dates, part)

    with monkeypatch.context() as patch:
        patch.setattr(closing, "_close_part", fails_at)
        patch.setattr(closing, "PART_LOANS", 8)
        with pytest.raises(SourceError):
            close_one_day(small_bank, dates=on(PAID_OUT))
    assert loan_rows(small_bank, loan_no=9, columns="1") == [], "the part that failed left nothing"
    closed = close_one_day(small_bank, dates=on(PAID_OUT))
    assert (closed.loans, closed.repeated) == (40, False)
    rows = loan_rows(small_bank, loan_no=9, columns="business_date, interest_accrued_fen")
    assert len(rows) == 1


def test_what_a_day_adds_to_the_general_ledger_is_a_table_a_csv_and_a_workbook(
    small_bank: Bank, tmp_path: Path
) -> None:
    board(small_bank)
    [day] = close_days(small_bank, through=PAID_OUT)
    with small_bank.connection() as connection:
        lines = day_summary(connection, business_date=PAID_OUT)
    by_account = {
        (account, lender): (debit, credit) for _, _, account, lender, debit, credit in lines.iter_rows()
    }
    lent = day.principal_fen
    own = -lines.filter(account="clearing").select(pl.col("debit_fen") - pl.col("credit_fen")).item()
    assert abs(own - lent * 3 // 10) <= day.loans
    assert by_account == {
        ("loan_principal", "us"): (lent, 0),
        ("clearing", "us"): (0, own),
        ("interest_receivable", "us"): (day.interest_accrued_fen, 0),
        ("interest_income", "us"): (0, day.own_interest_fen),
        ("partner_payable", "partner"): (
            0,
            lent - own + day.interest_accrued_fen - day.own_interest_fen,
        ),
    }
    write_summary(lines, file=tmp_path / "day.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "day.xlsx").active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][2] == "科目 account"
    assert sheet.max_row == 6
    write_summary(lines, file=tmp_path / "day.csv")
    assert (tmp_path / "day.csv").read_text("utf-8").splitlines()[0].startswith("business_date,product")
    with pytest.raises(InputError, match=r"\.csv or \.xlsx"):
        write_summary(lines, file=tmp_path / "day.pdf")


def test_unpaid_loans_go_down_tier_by_tier_on_the_days_the_rules_say(small_bank: Bank) -> None:
    """Nobody pays: late from the day after the due date, substandard from 60 days (the bank's own floor)."""
    board(small_bank, count=2)
    with small_bank.work() as work:
        for passed in range(31 + 92):
            day = PAID_OUT + timedelta(days=passed)
            close_shard(
                work.connection,
                dates=on(day),
                shard=1,
                programmes=find_programmes(work.connection),
                classify=read_classifier(work, business_date=day, rules_as_of=day),
                now=work.now,
            )
    rows = loan_rows(small_bank, loan_no=1, columns="dpd, tier, stage")
    assert [dpd for dpd, _, _ in rows] == [0] * 31 + list(range(92))
    seen = dict(zip(range(-31, 92), ((tier, stage) for _, tier, stage in rows), strict=True))
    assert [seen[days] for days in (0, 1, 30, 31, 59, 60)] == [(1, 1), (2, 1), (2, 1), (2, 2), (2, 2), (3, 3)]


def test_a_firm_s_loan_nobody_can_judge_is_undecided_not_normal(small_bank: Bank) -> None:
    board(small_bank, count=2, retail=0)
    list(close_days(small_bank, through=PAID_OUT))
    assert loan_rows(small_bank, loan_no=1, columns="tier, stage") == [(6, 2)]
