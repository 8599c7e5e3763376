"""`creditloop book export` and `creditloop reconcile …`, as a shell sees them."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from tests.service.cli.said import Shell
from tests.service.reconciling.beside_core import (
    DUE,
    PAID,
    close_through,
    drop,
    open_loans,
    repay_on_due_day,
    write_sides,
)

from creditloop.service.bank import Bank

RUN = f"reconcile run --business-date {DUE} --folder core_files"


@pytest.fixture
def beside(in_new_bank: Bank) -> Bank:
    """The process stands in the folder of a bank beside a core, whose due day is closed."""
    open_loans(in_new_bank)
    close_through(in_new_bank, DUE.replace(day=4))
    repay_on_due_day(in_new_bank)
    close_through(in_new_bank, DUE)
    payments = {f"L/{number}": PAID for number in (1, 2, 3)}
    write_sides(in_new_bank, Path("core_files"), DUE, payments=payments)
    return in_new_bank


def test_from_a_clean_day_to_a_break_that_is_closed(beside: Bank, shell: Shell) -> None:
    clean = shell(RUN)
    assert (clean.status, clean.err) == (0, "")
    assert "no break is open: every side says the same" in clean.out
    assert shell("reconcile breaks --json").record == {"breaks": []}

    drop(Path("core_files") / str(DUE) / "core_loan_transactions.csv", f"{DUE},L/1,")
    said = shell(f"{RUN} --report out --pdf --json")
    assert said.status == 5
    assert said.record["files"] == [f"out/reconciliation_{DUE}{end}" for end in (".xlsx", ".csv", ".pdf")]
    (only,) = said.record["breaks"]
    assert (only["break_no"], only["kind"], only["cause_zh"]) == (1, "missing", "核心漏记")
    assert (only["book_says"], only["core_says"], only["money_says"]) == ("900.00", None, "900.00")
    check_report(Path("out"))
    listed = shell("reconcile breaks")
    assert listed.status == 5
    assert "核心漏记" in listed.out

    line = 'reconcile close 1 --reason corrected_in_core --note "booked on the 6th" --by li.na'
    refused = shell(line)
    assert refused.status == 2
    assert "no person with this login" in refused.err
    closed = shell(f"{line} --simulated --json")
    assert (closed.status, closed.record["closed_by"]) == (0, "li.na (simulated)")
    assert shell("reconcile breaks").status == 0
    assert shell(RUN).status == 0


def check_report(folder: Path) -> None:
    """The workbook, the CSV and the PDF say the same break."""
    book = openpyxl.load_workbook(folder / f"reconciliation_{DUE}.xlsx")
    breaks, totals = (list(sheet.values) for sheet in book)
    assert breaks[2][2:4] == ("L/1", "pay-1")
    assert "核心漏记" in breaks[2]
    assert [row[0] for row in totals][:2] == ["合计 total", "本金余额"]
    with (folder / f"reconciliation_{DUE}.csv").open(encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["loan_id"], row["difference_fen"], row["cause"]) == ("L/1", str(PAID), "core_did_not_post")
    assert (folder / f"reconciliation_{DUE}.pdf").read_bytes().startswith(b"%PDF")


def test_a_bad_file_ends_with_what_and_where(beside: Bank, shell: Shell) -> None:
    file = Path("core_files") / str(DUE) / "payment_channel.csv"
    file.write_text(file.read_text("utf-8").replace("settled", "done", 1), "utf-8")
    said = shell(RUN)
    assert (said.status, said.out) == (2, "")
    assert "payment_channel.csv" in said.err
    assert "row 1, field status" in said.err
    assert shell("reconcile run --business-date 2026-02-06 --folder core_files").status == 3


def test_an_export_with_its_manifest(beside: Bank, shell: Shell) -> None:
    said = shell(f"book export --business-date {DUE} --folder out --json")
    assert said.status == 0
    manifest = json.loads((Path("out") / "manifest.json").read_text("utf-8"))
    assert manifest == said.record
    names = [each["file"] for each in manifest["files"]]
    assert names == ["book_loan_balances.csv", "book_loan_transactions.csv", "book_day_summary.csv"]
    assert all((Path("out") / name).is_file() for name in names)
    reads = shell("reads --json").out
    assert "book.loan_day" in reads
