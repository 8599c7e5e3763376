"""The pages of one loan: found, told in full, every amount leads to how it came about, and all adds up."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from tests.book.aging_loans import PROGRAMME_BATCH, add_programmes, pay_out
from tests.service.bank_copies import database_like
from tests.service.console.browser import Browser
from tests.service.console.conftest import application
from tests.service.console.lived_loan import BOOKED, LAST_CLOSED, LIVED, live
from tests.service.console.loop_bank import PASSWORD
from tests.service.console.test_click_down import Tree, unled
from tests.service.loans.asked import START
from tests.service.small_bank import open_small

from creditloop.book.loan_records import find_closes
from creditloop.book.loan_store import find_loan
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.doors import create_person

PAGE, WORKING, STATEMENT = (
    f"/console/{name}/{LIVED}" for name in ("loans", "loan-working", "loan-statements")
)


@pytest.fixture(scope="module")
def lived_bank(tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str) -> Iterator[Bank]:
    with database_like(server_url, template) as url:
        bank = open_small(tmp_path_factory.mktemp("lived"), url)
        with bank.work() as work:
            for role in ("auditor", "modeller"):
                person = create_person(
                    work.connection,
                    login=role,
                    display_name=role,
                    roles=[role],
                    password=PASSWORD,
                    by="test",
                    now=work.now,
                )
                work.recorded(person.batch_id)
        _take_in(bank)
        live(bank)
        yield bank


def _take_in(bank: Bank) -> None:
    """Take a loan in as it was elsewhere, without the text of its terms."""
    with bank.work() as work:
        add_programmes(work.connection)
        work.recorded(PROGRAMME_BATCH)
        pay_out(
            work.connection,
            batch_id=UUID(int=90),
            day=START,
            first_due=BOOKED[0][0],
            numbers=(900,),
            programme=1,
            now=work.now,
        )
        work.recorded(UUID(int=90))


@pytest.fixture
def auditor(lived_bank: Bank) -> Browser:
    browser = Browser(application(lived_bank))
    assert browser.sign_in("auditor").status == 200
    return browser


def test_a_loan_is_found_by_its_number_its_customer_and_its_product(auditor: Browser) -> None:
    for query in ("", f"?text={LIVED}", "?text=small_cards/1", "?product=retail_line"):
        seen = auditor.get(f"/console/loans{query}")
        assert seen.status == 200
        assert PAGE in seen.links
        assert unled(seen.response.text) == []
    assert PAGE not in auditor.get("/console/loans?text=nobody").links


def test_the_page_tells_every_event_with_its_postings_and_hashes(lived_bank: Bank, auditor: Browser) -> None:
    seen = auditor.get(PAGE)
    assert seen.status == 200
    with connect(lived_bank.url) as connection:
        loan = find_loan(connection, loan_id=LIVED)
    assert len(loan.events) == len(BOOKED) + 1
    for stored in loan.events:
        assert f"event-{stored.event.id}" in seen.reader.ids
        assert stored.hash in seen.text
        assert f"/console/rows/book.loan_event/{stored.batch_id}/0" in seen.links
    assert unled(seen.response.text) == []
    assert "已被 V-1 冲正" in seen.text and "补记，2026-03-25 入账" in seen.text
    assert f"/console/loan-classes/{LAST_CLOSED}/{LIVED}" in seen.links


def test_what_the_plan_says_is_what_the_loan_owes(lived_bank: Bank, auditor: Browser) -> None:
    with connect(lived_bank.url) as connection:
        loan = find_loan(connection, loan_id=LIVED)
    state = loan.state(as_of=LAST_CLOSED.replace(day=31))
    text = auditor.get(PAGE).response.text
    owed = f"{state.open_units // 100:,}.{state.open_units % 100:02d}"
    sums = next(one for one in Tree(text).root.inside() if one.tag == "tfoot")
    assert owed in sums.text


def workings(browser: Browser) -> list[str]:
    """Every working that the loan's page leads to, on all its pages of days."""
    found: dict[str, None] = {}
    for page in (1, 2, 3):
        seen = browser.get(f"{PAGE}?page={page}")
        found |= dict.fromkeys(link for link in seen.links if link.startswith(WORKING))
    return list(found)


def test_every_amount_is_computed_again_as_it_stands(auditor: Browser) -> None:
    """All workings of all pages: each says that its steps give the amount, and leads to events and rules."""
    paths = workings(auditor)
    asked = {parse_qs(urlsplit(path).query)["what"][0] for path in paths}
    assert asked == {"row", "settlement", "accrual", "share", "leg"}
    for path in paths:
        seen = auditor.get(path)
        assert seen.status == 200, path
        assert "与台账一致" in seen.text, path
        assert unled(seen.response.text) == [], path


def test_a_working_shows_the_formula_with_its_numbers(auditor: Browser) -> None:
    def shown(query: str) -> str:
        return auditor.get(f"{WORKING}?{query}").text

    assert "12,000.00 × 10.8% × 31/360 = 111.60" in shown("what=row&row=1&part=interest")
    late = shown("what=row&row=2&part=penalty")
    assert re.search(r"× 16\.2% × 1/360 = [\d.]+…? ?，加上日结转", late), late
    assert "取小：该项未还" in shown("what=settlement&event=P-2")
    assert re.search(r"× 54/59|× \d+/31 =", shown("what=accrual&part=interest&day=2026-01-20"))
    assert "× 3/10 =" in shown("what=share&part=interest&day=2026-01-20")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("what=anything", 400),
        ("what=row&row=99&part=interest", 404),
        ("what=row&row=1&part=gold", 400),
        ("what=settlement&event=P-3", 404),
        ("what=accrual&part=interest&day=2025-01-01", 404),
        ("what=leg&event=P-1&account=gold&lender=own", 404),
        ("what=leg&event=nothing&account=clearing&lender=own", 404),
    ],
)
def test_a_working_of_nothing_is_refused(auditor: Browser, query: str, status: int) -> None:
    assert auditor.get(f"{WORKING}?{query}").status == status


def test_the_statement_is_shown_and_given_as_a_file(auditor: Browser) -> None:
    seen = auditor.get(f"{STATEMENT}?since=2026-02-01&until=2026-03-30")
    assert seen.status == 200
    assert unled(seen.response.text) == []
    assert "P-1" in seen.text and "pay-out" not in seen.text
    file = auditor.get(f"{STATEMENT}?since=2026-02-01&until=2026-03-30&file=pdf").response
    assert file.headers["content-type"] == "application/pdf"
    assert file.content.startswith(b"%PDF")
    assert auditor.get(f"{STATEMENT}?since=2026-03-01&until=2026-02-01").status == 400


def test_who_may_not_see_customers_sees_no_loan(lived_bank: Bank) -> None:
    browser = Browser(application(lived_bank))
    browser.sign_in("modeller")
    for path in ("/console/loans", PAGE, f"{WORKING}?what=row&row=1&part=interest", STATEMENT):
        assert browser.get(path).status == 403
    with connect(lived_bank.url) as connection:
        reads = connection.execute(
            "SELECT count(*) FROM data.access_log WHERE reader = 'console:modeller'"
        ).fetchone()
    assert reads == (0,)


def test_a_loan_without_its_terms_shows_its_days_and_explains_only_shares(auditor: Browser) -> None:
    seen = auditor.get("/console/loans/L/900")
    assert seen.status == 200
    assert "台账没有本借据的合同条款原文" in seen.text
    assert unled(seen.response.text) == []
    paths = {link for link in seen.links if link.startswith("/console/loan-working/")}
    assert {parse_qs(urlsplit(path).query)["what"][0] for path in paths} == {"share"}
    for path in sorted(paths)[:5]:
        assert "与台账一致" in auditor.get(path).text
    assert auditor.get("/console/loan-statements/L/900").status == 409
    assert auditor.get("/console/loan-working/L/900?what=row&row=1&part=interest").status == 409


def test_closed_days_are_paged(lived_bank: Bank, auditor: Browser) -> None:
    with connect(lived_bank.url) as connection:
        loan = find_loan(connection, loan_id=LIVED)
        days = find_closes(connection, shard=loan.shard, loan_no=loan.loan_no, most=100)
    seen = auditor.get(f"{PAGE}?page=3")
    assert str(days[-1].business_date) in seen.text
    assert f"{PAGE}?page=2" in seen.links
