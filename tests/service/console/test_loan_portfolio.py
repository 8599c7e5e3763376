"""The loan book's screens: standing, vintages, roll rates, day ends; what they add up to, who sees what."""

import io
from collections.abc import Mapping
from urllib.parse import urlsplit

import openpyxl
import pytest
from tests.service.console.browser import Browser
from tests.service.console.conftest import application
from tests.service.console.loan_book import AFTER, BEFORE, LOAN
from tests.service.console.loop_bank import PASSWORD
from tests.service.console.test_click_down import Tree, figures, unled

from creditloop.book.portfolio import day_cells
from creditloop.book.portfolio import figures as sums_of
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.console.figures import money
from creditloop.service.doors import create_person

PAGES = (
    "/loan-portfolio",
    "/loan-vintages",
    "/loan-rolls",
    "/day-ends",
    f"/day-ends/{AFTER}",
)


@pytest.fixture
def auditor(signed_in: Mapping[str, Browser]) -> Browser:
    return signed_in["auditor"]


def shares(browser: Browser, page: str) -> list[str]:
    """Addresses of the shares a page shows."""
    return sorted({path for _, path in figures(browser, f"/console{page}") if "/loan-shares/" in path})


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ["strategist", "postloan"])
def test_officers_and_strategists_see_the_book_and_only_some_its_loans(
    signed_in: Mapping[str, Browser], role: str, page: str
) -> None:
    seen = signed_in[role].get(f"/console{page}")
    assert seen.status == 200
    lists = [link for link in seen.links if urlsplit(link).path.endswith("-loans")]
    assert bool(lists) is (role == "postloan")
    assert signed_in[role].get("/console/portfolio-loans").status == (200 if role == "postloan" else 403)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "page", [*PAGES, "/portfolio-loans?tier=npl&stage=2&bucket=overdue", f"/loan-classes/{AFTER}/{LOAN}"]
)
def test_every_page_is_drawn_in_both_languages(auditor: Browser, page: str, language: str) -> None:
    auditor.cookies.set("creditloop_language", language)
    try:
        seen = auditor.get(f"/console{page}")
    finally:
        auditor.cookies.delete("creditloop_language")
    assert seen.status == 200
    assert unled(seen.response.text) == []


def test_what_stands_on_the_page_is_what_the_day_adds_up_to(
    auditor: Browser, loop_once: tuple[object, Bank]
) -> None:
    with connect(loop_once[1].url) as connection:
        now, before = (sums_of(day_cells(connection, business_date=day)) for day in (AFTER, BEFORE))
    seen = auditor.get("/console/loan-portfolio?against=month")
    assert money(now.principal_fen) in seen.text
    assert f"+{money(now.principal_fen - before.principal_fen)}" in seen.text
    assert f"+{money(now.overdue_principal_fen)}" in seen.text, "nothing was overdue at the end before"
    one = auditor.get("/console/loan-portfolio?product=shop_loan")
    assert money(now.principal_fen) not in one.text
    for path, parts in (("programme=1", "3 35,100.00"), ("programme=2", "6 85,200.00")):
        assert parts in auditor.get(f"/console/loan-portfolio?{path}").text.replace(" +4 ", " ")


@pytest.mark.parametrize("page", ["/loan-portfolio", "/loan-vintages?measure=over_30", "/loan-rolls"])
def test_a_share_is_made_of_what_stands_there(auditor: Browser, page: str) -> None:
    opened = shares(auditor, page)
    assert opened
    for path in opened:
        tree = Tree(auditor.get(path).response.text).root
        said = {one.given["data-sum"]: one.text for one in tree.inside() if one.given.get("data-sum")}
        counted, whole = (float(said[name].replace(",", "")) for name in ("counted", "whole"))
        if whole:
            assert abs(float(said["share"].rstrip("%")) - 100 * counted / whole) <= 0.0051, path
        else:
            assert said["share"] == "–"


def test_the_vintage_of_november_is_late_as_its_due_dates_say(auditor: Browser) -> None:
    """Three of five loans, 35,100.00 of 57,100.00, are 31 days past due on the last day."""
    text = auditor.get("/console/loan-vintages").text
    assert "2025-11 5 57,100.00 0.00% 61.47%" in text
    assert "2025-12 4 63,200.00 0.00%" in text
    assert "61.47%" not in auditor.get("/console/loan-vintages?measure=over_90").text
    assert auditor.get("/console/loan-vintages?measure=over_60").status == 400
    assert auditor.get("/console/loan-vintages?window=5").status == 400


def test_a_loan_s_class_leads_to_the_rule_in_its_document(auditor: Browser) -> None:
    listed = auditor.get("/console/portfolio-loans?bucket=dpd_31_60")
    [path] = [link for link in listed.links if link.endswith(f"/{LOAN}") and "/loan-classes/" in link]
    why = auditor.get(path)
    rules = [link for link in why.links if "find=LT_02" in link]
    assert rules, "past due is special mention"
    assert auditor.get(rules[0]).status == 200
    assert auditor.get(f"/console/loan-classes/{AFTER}/nobody").status == 404


def test_a_day_is_downloaded_as_it_is_shown(auditor: Browser) -> None:
    page = auditor.get(f"/console/day-ends/{AFTER}")
    csv, xlsx = (auditor.get(f"/console/day-ends/{AFTER}?file={name}") for name in ("csv", "xlsx"))
    assert csv.response.headers["content-type"].startswith("text/csv")
    assert f"day-end-{AFTER}.csv" in csv.response.headers["content-disposition"]
    header, *lines = csv.response.text.splitlines()
    assert header == "business_date,product,account,lender,debit_fen,credit_fen"
    debit, credit = (sum(int(line.split(",")[place]) for line in lines) for place in (4, 5))
    assert debit == credit > 0
    assert money(debit) in page.text
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx.response.content)).active
    assert sheet is not None
    assert sheet.max_row == len(lines) + 1
    assert auditor.get(f"/console/day-ends/{AFTER}?file=pdf").status == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/loan-portfolio?on=2025-11-28", 404),
        ("/loan-portfolio?on=2026-01-01", 404),
        ("/loan-portfolio?against=year", 400),
        ("/loan-portfolio?programme=9", 404),
        ("/portfolio-loans?bucket=M9", 400),
        ("/portfolio-loans?tier=7", 400),
        ("/loan-rolls?on=2025-12-30", 404),
        (f"/loan-rolls?on={BEFORE}", 409),
        ("/rolled-loans?from_state=settled", 400),
        ("/vintage-loans", 400),
        ("/vintage-loans?paid_out=2026-01", 404),
        ("/day-ends/2024-01-01", 404),
        ("/day-ends/yesterday", 400),
        ("/loan-shares/nothing", 404),
        ("/loan-shares/loan_bucket?bucket=M9", 404),
        ("/loan-shares/loan_roll?from_state=dpd_0&to_state=entered", 404),
    ],
)
def test_what_there_is_not_is_refused(auditor: Browser, path: str, status: int) -> None:
    assert auditor.get(f"/console{path}").status == status


def test_a_bank_without_a_loan_book_is_told_so(small_bank: Bank) -> None:
    with small_bank.work() as work:
        person = create_person(
            work.connection,
            login="postloan",
            display_name="x",
            roles=["postloan"],
            password=PASSWORD,
            by="test",
            now=work.now,
        )
        work.recorded(person.batch_id)
    browser = Browser(application(small_bank))
    browser.sign_in("postloan")
    for page in ("/loan-portfolio", "/loan-vintages", "/loan-rolls", "/day-ends", "/portfolio-loans"):
        seen = browser.get(f"/console{page}")
        assert seen.status == 200
        assert "creditloop dayend run" in seen.text
    assert browser.get(f"/console/day-ends/{AFTER}").status == 404
    assert browser.get("/console/loan-shares/loan_npl").status == 404


@pytest.mark.parametrize("page", [*PAGES, "/loans", f"/loan-classes/{AFTER}/{LOAN}"])
def test_a_book_of_real_customers_is_nowhere_called_simulated(auditor: Browser, page: str) -> None:
    assert "含模拟数据" not in auditor.get(f"/console{page}").response.text
