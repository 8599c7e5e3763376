"""Screens are of the bank's business date; what a person does is dated by the bank's clock."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from tests.service.console.browser import Browser
from tests.service.console.test_source_rows import visit_of

from creditloop.admit import find_cases
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.console.days import acting_day, business_day

KNOWN = date(2005, 10, 31)
"""The last business date on record: the outcomes became known."""


def test_the_business_day_is_the_last_on_record(loop_once: tuple[Path, Bank]) -> None:
    bank = loop_once[1]
    with bank.work() as work:
        visit = visit_of(bank, work, "auditor")
        assert business_day(visit, work.connection) == KNOWN
        assert acting_day(work) in {bank.clock().date(), bank.clock().date() + timedelta(days=1)}


def test_what_is_overdue_is_so_on_the_day_shown(
    signed_in: Mapping[str, Browser], loop_once: tuple[Path, Bank]
) -> None:
    with connect(loop_once[1].url) as connection:
        waiting = find_cases(connection, closed=False)
    due = max(one.case.due_on for one in waiting)
    for day, overdue in ((due, False), (due + timedelta(days=1), True)):
        seen = signed_in["auditor"].get(f"/console/reviews?state=overdue&on={day}")
        assert (waiting[-1].case.party_id in seen.text) is overdue
        assert f"截至 {day}" in seen.text
    assert f"截至 {KNOWN}" in signed_in["auditor"].get("/console/reviews").text
    assert f"截至 {KNOWN}" in signed_in["auditor"].get("/console/models").text
    assert f"队列日期 {KNOWN}" in signed_in["auditor"].get("/console/cases").text
