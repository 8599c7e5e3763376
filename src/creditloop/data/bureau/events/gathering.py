"""Rows of events while they are gathered from a report, and what is found on the way."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from creditloop.data.contracts import Words
from creditloop.kernel.dates import beijing_date

EVENT_FINDINGS: Mapping[str, Words] = {
    "no_value": Words(
        zh="报告代码在数据契约中没有对应值,以原代码写入",
        en="a code without a value in the contract, written as it is",
    ),
    "not_stated": Words(zh="报告未说明", en="the report does not say"),
    "no_day": Words(zh="没有发生日期,未写入", en="no day it happened on, left out"),
    "no_contract": Words(zh="没有对应的数据契约,未写入", en="no contract has columns for it, left out"),
    "no_amount": Words(zh="没有金额,未写入", en="no amount, left out"),
    "other_currency": Words(zh="非人民币,未写入", en="not in renminbi, left out"),
    "month_running": Words(zh="月份尚未结束,未写入", en="the month was still running, left out"),
    "status_unknown": Words(zh="还款状态未知,未写入", en="the month's status is unknown, left out"),
    "months_not_told": Words(
        zh="报告未给出逾期月数,沿用之前月数,至少为1", en="months late are not told: as before, at least 1"
    ),
}
"""Every kind of finding about events by its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFinding:
    """Something a contract's columns do not tell: which contract and row, which file column, what was got."""

    contract: str
    item: str
    column: str
    code: str
    got: str


class Gathering:
    """Collects the rows of each contract, and the findings."""

    def __init__(self, report_number: str, known_at: datetime) -> None:
        self.report_number = report_number
        self.known_on: date = beijing_date(known_at)
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.findings: list[EventFinding] = []

    def add(self, contract: str, **values: Any) -> None:
        """Add a row."""
        self.rows[contract].append(values)

    def find(self, contract: str, item: str, column: str, code: str, got: object = "") -> None:
        """Add a finding."""
        text = "" if got is None else str(got)
        found = EventFinding(contract=contract, item=item, column=column, code=code, got=text)
        self.findings.append(found)

    def value(
        self, contract: str, item: str, column: str, code: str | None, values: Mapping[str, str | None]
    ) -> str:
        """Return a code's value in a contract; without one it is written as `code_…` and found."""
        if code is None:
            self.find(contract, item, column, "not_stated")
            return "unstated"
        if (value := values.get(code)) is not None:
            return value
        self.find(contract, item, column, "no_value", code)
        return f"code_{code}"

    def stated(self, contract: str, item: str, column: str, text: str | None) -> str:
        """Return a text that a contract asks for; where the report does not say, that is found."""
        if text is None:
            self.find(contract, item, column, "not_stated")
            return "unstated"
        return text

    def leave_out(self, contract: str, section: str, items: Sequence[object], code: str) -> None:
        """Say that a section's items stay out, if there are any; the column is the section's."""
        if items:
            self.find(contract, section, "", code, len(items))

    def in_renminbi(self, contract: str, item: str, currency: str | None) -> bool:
        """Say whether amounts are in renminbi; a report that names no currency means it."""
        if currency in {None, "CNY"}:
            return True
        self.find(contract, item, "currency", "other_currency", currency)
        return False
