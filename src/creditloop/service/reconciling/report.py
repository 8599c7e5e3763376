"""The report of breaks (差异报告): a workbook, a CSV for programs, and a PDF to print and sign.

Everything is in one record first: what each side says in all, and every open break with what each side says
of it and its most likely cause in both languages.
"""

import io
from collections.abc import Mapping
from datetime import date
from importlib import resources
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from creditloop.book.reconciliation import CAUSES, BreakKind, Record, Total
from creditloop.kernel.money import text_from_fen
from creditloop.oversight.report import check_can_draw, typeset_pdf
from creditloop.service.reconciling.running import Reconciled

KIND_WORDS: Mapping[str, tuple[str, str]] = {
    BreakKind.DUPLICATED: ("重复", "duplicated"),
    BreakKind.STATUS_DIFFERS: ("状态不符", "status differs"),
    BreakKind.MISSING: ("单边", "missing on a side"),
    BreakKind.LATE: ("跨日", "late"),
    BreakKind.AMOUNT_DIFFERS: ("金额不符", "amount differs"),
    BreakKind.STANDING_DIFFERS: ("状态项不符", "standing differs"),
    BreakKind.SUM_DIFFERS: ("合计不符", "sum differs"),
}
RECORD_WORDS: Mapping[str, tuple[str, str]] = {
    Record.BALANCE: ("余额", "balance"),
    Record.TRANSACTION: ("流水", "transaction"),
    Record.PARTNER: ("合作行", "partner"),
}
MEASURE_WORDS: Mapping[str, tuple[str, str]] = {
    "principal": ("本金余额", "principal"),
    "interest": ("应收利息", "interest"),
    "fee": ("应收费用", "fees"),
    "penalty": ("应收罚息", "penalty interest"),
    "cash_in": ("当日收款", "money in"),
    "cash_out": ("当日付款", "money out"),
    "partner_parts": ("合作行应得", "partners' parts"),
}
_HEADER = (
    *("编号 no.", "项目 record", "借据 loan", "流水号 reference", "合作行 lender", "字段 field"),
    *("日期 day", "发现日 opened", "类型 kind", "我方 book", "核心 core", "资金方 money"),
    *("差异 difference", "可能原因 likely cause", ""),
)
_TOTALS_HEADER = ("合计 total", "", "我方 book", "核心 core", "资金方 money")


def report_record(reconciled: Reconciled) -> dict[str, object]:
    """Return the report as plain data: texts and whole numbers."""
    run = reconciled.run
    return {
        "business_date": str(run.business_date),
        "run": run.run_no,
        "ran_at": run.ran_at.isoformat(timespec="seconds"),
        "simulated": run.simulated or bool(reconciled.breaks["simulated"].any()),
        "loans": run.loans,
        "items": run.items,
        "open": reconciled.breaks.height,
        "opened_today": reconciled.new.height,
        "totals": [_total_record(total) for total in run.totals],
        "breaks": [_break_record(row) for row in reconciled.breaks.iter_rows(named=True)],
    }


def write_report(reconciled: Reconciled, *, folder: Path, pdf: bool) -> tuple[Path, ...]:
    """Write the report into a folder, named after the day; return the files.

    Args:
        pdf: also as a PDF.
    Raises: StateError, before anything is written, if a PDF is asked for and cannot be drawn.
    """
    if pdf:
        check_can_draw()
    record = report_record(reconciled)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"reconciliation_{reconciled.run.business_date}"
    written = {".xlsx": _workbook(record), ".csv": reconciled.breaks.write_csv().encode()}
    if pdf:
        written[".pdf"] = draw_pdf(record, created_on=reconciled.run.business_date)
    for suffix, content in written.items():
        (folder / f"{stem}{suffix}").write_bytes(content)
    return tuple(folder / f"{stem}{suffix}" for suffix in written)


def draw_pdf(record: Mapping[str, object], *, created_on: date) -> bytes:
    """Draw the record as a PDF; the same record and day give the same bytes."""
    template = resources.files(__package__).joinpath("report.typ")
    return typeset_pdf(template, record=record, created_on=created_on)


def _total_record(total: Total) -> dict[str, str | None]:
    zh, en = MEASURE_WORDS[total.measure]
    said = {"book": total.book_fen, "core": total.core_fen, "money": total.money_fen}
    return {"zh": zh, "en": en, **{side: _yuan(amount) for side, amount in said.items()}}


def _break_record(row: Mapping[str, object]) -> dict[str, object]:
    cause = CAUSES[str(row["cause"])]
    kind, record = KIND_WORDS[str(row["kind"])], RECORD_WORDS[str(row["record"])]
    difference = row["difference_fen"]
    return {
        "no": row["break_no"],
        "record": " ".join(record),
        **{name: row[name] for name in ("loan_id", "reference", "lender", "field")},
        "day": str(row["day"]),
        "opened_on": str(row["opened_on"]),
        "kind": " ".join(kind),
        **{name: row[f"{name}_says"] for name in ("book", "core", "money")},
        "difference": _yuan(difference) if isinstance(difference, int) else None,
        "cause_zh": cause.zh,
        "cause_en": cause.en,
    }


def _yuan(amount: int | None) -> str | None:
    return None if amount is None else text_from_fen(amount)


def _workbook(record: Mapping[str, object]) -> bytes:
    """Return the workbook: amounts as text with two decimals, since a cell's number is a float."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet), "a new workbook has a sheet"
    sheet.title = "差异 breaks"
    marked = "模拟数据 simulated" if record["simulated"] else ""
    sheet.append(["业务日期 business date", record["business_date"], f"运行 run {record['run']}", marked])
    sheet.append(list(_HEADER))
    breaks, totals = record["breaks"], record["totals"]
    assert isinstance(breaks, list)
    assert isinstance(totals, list)
    for each in breaks:
        sheet.append(list(each.values()))
    second = book.create_sheet("合计 totals")
    second.append(list(_TOTALS_HEADER))
    for each in totals:
        second.append(list(each.values()))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
