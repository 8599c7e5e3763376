"""A customer of several sources: portrait, freshness, consent, what is denied, and values down to rows."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.service.console.browser import Browser
from tests.service.console.conftest import application
from tests.service.console.loop_bank import PASSWORD
from tests.service.firm_sources import DAY, FIRM, SOURCES, write_firm_sources

from creditloop.data import accesses, import_file
from creditloop.data.consents import ConsentGiven, ConsentWithdrawn, record_consent
from creditloop.data.retention import delete_expired
from creditloop.service.bank import Bank
from creditloop.service.doors import create_person
from creditloop.service.features import publish_features
from creditloop.service.root_key import open_keys

PAGE = f"/console/customers/{FIRM}?as_of={DAY}"
WINDOWS = "features/derived_windows/invoices.yaml"
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


def test_what_is_in_production_is_shown_and_computed_not_the_edited_file(
    browser: Browser, small_bank: Bank
) -> None:
    consent(small_bank)
    asked = f"/console/feature-values/{FIRM}?as_of={DAY}&text={SALES}"
    trace = f"/console/traces/{SALES}?party=customer%2Ff1&as_of={DAY}"
    for path in (asked, trace, PAGE, f"/console/features/{SALES}"):
        assert "草稿" in browser.get(path).response.text, path
    file = small_bank.places.documents / WINDOWS
    with small_bank.work() as work:
        publish_features(work, file=Path(WINDOWS), by="x", parties=5, simulated=True)
    text = file.read_text("utf-8")
    file.write_text(text.replace("title: {zh: 发票（", "title: {zh: 改过的（"), "utf-8")
    for path in (asked, trace, PAGE, f"/console/features/{SALES}"):
        page = browser.get(path)
        assert page.status == 200, path
        assert "第 1 版" in page.response.text, path
    assert "文档已改" in browser.get(f"/console/features/{SALES}").response.text
    assert "文档已改" in browser.get(f"/console/features?text={SALES}").response.text
    assert "5,000.00" in browser.get(PAGE).response.text
    # a name only the file has is of a draft of a document in production: it is not computed
    file.write_text(text.replace("days: [180, 365, 545]", "days: [180, 365, 545, 300]"), "utf-8")
    added = SALES.replace("365d", "300d")
    assert browser.get(f"/console/features/{added}").status == 404
    assert browser.get(trace).status == 200
    file.unlink()
    assert browser.get(trace).status == 200, "what is in production does not go with its file"


def test_what_was_published_is_read_under_the_contract_in_force(browser: Browser, small_bank: Bank) -> None:
    file = small_bank.places.documents / "contracts" / "invoices.yaml"
    text = file.read_text("utf-8")
    before, _, after = text.partition("\nconsent:\n")
    file.write_text(before + after[after.index("\nstaleness:") :], "utf-8")
    trace = f"/console/traces/{SALES}?party=customer%2Ff1&as_of={DAY}"
    values = f"/console/feature-values/{FIRM}?as_of={DAY}&text={SALES}"
    with small_bank.work() as work:
        publish_features(work, file=Path(WINDOWS), by="x", parties=5, simulated=True)
    assert browser.get(trace).status == 200
    assert "5,000.00" in browser.get(PAGE).response.text
    file.write_text(text, "utf-8")
    assert browser.get(trace).status != 200
    for page in (values, PAGE):
        assert "不可读取" in browser.get(page).response.text
        assert "5,000.00" not in browser.get(page).response.text
    consent(small_bank)
    assert browser.get(trace).status == 200


def test_a_value_deleted_under_retention_is_said_to_be(browser: Browser, small_bank: Bank) -> None:
    file = small_bank.places.documents / "contracts" / "parties.yaml"
    rule = '  by_class:\n    "2": {months: 12, versions: all, columns: [size], basis: {title: the tests}}\n'
    text = file.read_text("utf-8")
    assert text.count("  by_class:\n") == 1
    file.write_text(text.replace("  by_class:\n", rule), "utf-8")
    row = next(one for one in browser.get(PAGE).links if "/rows/source.parties_party/" in one)
    assert browser.get(row).status == 200
    with small_bank.work() as work:
        deletion = delete_expired(
            work.connection,
            contract=work.contract("parties"),
            as_of=date(2026, 1, 5),
            deleted_by="wang.fang",
            reason="monthly run",
            now=work.now,
        )
        work.recorded(deletion.batch_id)
    assert deletion.values_by_class == {2: 1}
    assert f"已按保存期限删除，删除记录 {deletion.number}" in browser.get(PAGE).response.text
    refused = browser.get(row)
    assert refused.status == 409
    assert "deleted under retention" in refused.response.text
