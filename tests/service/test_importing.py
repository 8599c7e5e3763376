"""A file is held against the features in production: a code they do not list is a finding of each row."""

from datetime import timedelta
from pathlib import Path

from tests.service.console.browser import Browser
from tests.service.console.conftest import application
from tests.service.firm_sources import FILES, write_firm_sources
from tests.service.people import PASSWORD, let_in
from tests.service.stale_documents import change

from creditloop.data import ImportResult, findings
from creditloop.data.quality import quality_report
from creditloop.service.bank import Bank
from creditloop.service.features import publish_features
from creditloop.service.importing import import_source

DOCUMENT = Path("features/derived_windows/invoices.yaml")
HEADER = FILES["invoices"][0]


def rows(*states: str, prefix: str) -> str:
    """A file of invoices, one in each of these states."""
    lines = (
        f"f1,{prefix}{n},2025-11-0{n},sale,{state},1000.00,130.00,c{n},2025-12-20"
        for n, state in enumerate(states, start=1)
    )
    return "\n".join((HEADER, *lines)) + "\n"


def imported(bank: Bank, *states: str, prefix: str) -> ImportResult:
    file = bank.places.documents / f"{prefix}.csv"
    file.write_text(rows(*states, prefix=prefix), "utf-8")
    with bank.work() as work:
        return import_source(work, contract=work.contract("invoices"), file=file)


def test_a_code_that_features_do_not_list_is_a_finding_of_each_row(small_bank: Bank) -> None:
    write_firm_sources(small_bank.places.documents)
    with small_bank.work() as work:
        publish_features(work, file=DOCUMENT, by="x", parties=5, simulated=True)
    assert imported(small_bank, "normal", "void", prefix="before").findings_by_code == {}
    change(
        small_bank.places.contract_file("invoices"),
        ('void: {zh: "作废"', 'held: {zh: "待确认", en: "held"}\n          void: {zh: "作废"'),
    )
    result = imported(small_bank, "held", "normal", "held", "odd", prefix="after")
    # what the contract does not list either is the import's own finding, and told once
    assert result.findings_by_code == {"unlisted_in_features": 2, "unlisted_value": 1}
    with small_bank.work() as work:
        told = findings(
            work.connection,
            batch_id=result.batch_id,
            reader="a test",
            reason="a test",
            now=work.now,
            code="unlisted_in_features",
        )
        report = quality_report(
            work.connection,
            contract=work.contract("invoices"),
            reader="a test",
            reason="a test",
            reads_since=work.now - timedelta(days=1),
            now=work.now,
            record_denial=work.record_denial,
        )
    assert [(one.source_row, one.field, one.got, one.effect.value) for one in told] == [
        (1, "state", "held", "keep"),
        (3, "state", "held", "keep"),
    ]
    assert told[0].expected == "features vat_invoice: one of normal, red, void"
    assert {one.code: one.count for one in report.findings}["unlisted_in_features"] == 2
    let_in(small_bank, "strategist_a", "strategist")
    browser = Browser(application(small_bank))
    browser.sign_in("strategist_a", PASSWORD)
    page = browser.get("/console/findings").text
    assert "unlisted_in_features" in page
    assert small_bank.verify().problems == ()


def test_features_whose_column_is_gone_do_not_stop_an_import(small_bank: Bank) -> None:
    """Whoever computes them is told; the file keeps its contract."""
    write_firm_sources(small_bank.places.documents)
    with small_bank.work() as work:
        publish_features(work, file=DOCUMENT, by="x", parties=5, simulated=True)
    contract = small_bank.places.contract_file("invoices")
    contract.write_text(contract.read_text("utf-8").replace("      direction:\n", "      way:\n"), "utf-8")
    assert imported(small_bank, "normal", prefix="other").findings_by_code == {}
