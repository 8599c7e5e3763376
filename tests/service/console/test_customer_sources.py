"""A customer of several sources: portrait, freshness, consent, what is denied, and values down to rows."""

from datetime import UTC, datetime

import pytest
from tests.service.console.browser import Browser
from tests.service.console.conftest import application
from tests.service.console.loop_bank import PASSWORD
from tests.service.firm_sources import DAY, FIRM, SOURCES, write_firm_sources

from creditloop.data import accesses, import_file
from creditloop.data.consents import ConsentGiven, ConsentWithdrawn, record_consent
from creditloop.service.bank import Bank
from creditloop.service.doors import create_person
from creditloop.service.root_key import open_keys

PAGE = f"/console/customers/{FIRM}?as_of={DAY}"
SALES = "vat_invoice_sum_amount_sale_normal_365d"
OUTSIDE = frozenset({"invoices", "tax_filings"})
FROM = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def browser(small_bank: Bank) -> Browser:
    folder = small_bank.places.documents
    write_firm_sources(folder)
    with small_bank.work() as work:
        for name in SOURCES:
            result = import_file(
                work.connection,
                contract=work.contract(name),
                file=folder / f"{name}.csv",
                now=work.now,
                keys=open_keys(work, by="test"),
            )
            work.recorded(result.batch_id)
        create_person(
            work.connection,
            login="postloan",
            display_name="贷后小明",
            roles=["postloan"],
            password=PASSWORD,
            by="test",
            now=work.now,
        )
    found = Browser(application(small_bank))
    assert found.sign_in("postloan").status == 200
    return found


def consent(bank: Bank, *, withdrawn: bool = False) -> None:
    """Have the firm allow its invoices and filings to be read, or take that back."""
    said = {
        "party_id": FIRM,
        "contracts": OUTSIDE,
        "purposes": frozenset({"rule", "monitoring"}),
        "channel": "branch",
        "evidence": "form/1",
    }
    record = (
        ConsentWithdrawn(consent_id="back", **said)  # type: ignore[arg-type]  # as said above
        if withdrawn
        else ConsentGiven(
            consent_id="given",
            valid_from=FROM,
            valid_until=None,
            wording_version="1",
            wording_hash="0" * 64,
            **said,  # type: ignore[arg-type]
        )
    )
    with bank.work() as work:
        record_consent(work.connection, record=record, now=work.now)


def test_without_consent_outside_sources_are_not_read_and_said_so(browser: Browser, small_bank: Bank) -> None:
    text = browser.get(PAGE).response.text
    assert "不可读取" in text
    assert "未授权" in text
    assert "5,000.00" not in text
    with small_bank.work() as work:
        denied = [one for one in accesses(work.connection, party_id=FIRM) if not one.allowed]
    assert {one.contract for one in denied} == OUTSIDE
    assert {one.reader for one in denied} == {"console:postloan"}


def test_the_portrait_leads_down_to_rows_until_consent_is_withdrawn(
    browser: Browser, small_bank: Bank
) -> None:
    consent(small_bank)
    page = browser.get(PAGE)
    text = page.response.text
    for told in ("小画像", "来源矛盾", "少报", "其他", "5,000.00", "2,000.00", "有记录", "无记录"):
        assert told in text, told
    trace = f"/console/traces/{SALES}?party=customer%2Ff1&as_of={DAY}"
    assert trace in page.links
    traced = browser.get(trace)
    assert (traced.status, traced.response.text.count("invoices.csv")) == (200, 5)
    assert "一致" in traced.response.text
    row = next(link for link in traced.links if "/rows/source.invoices_invoice/" in link)
    assert "1000.00" in browser.get(row).response.text.replace(",", "")
    values = browser.get(f"/console/feature-values/{FIRM}?as_of={DAY}&text={SALES}")
    assert trace in values.links

    consent(small_bank, withdrawn=True)
    assert "已撤回" in browser.get(PAGE).response.text
    assert browser.get(trace).status != 200
    assert "1000.00" not in browser.get(row).response.text.replace(",", "")
