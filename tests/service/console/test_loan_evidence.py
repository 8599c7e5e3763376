"""The evidence check of a loan and the export of its package, as people with a role meet them."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.evidence.network.node.lab import FUND, PARTNER
from tests.service.bank_copies import database_like
from tests.service.console.browser import Browser
from tests.service.console.conftest import application
from tests.service.console.loop_bank import PASSWORD
from tests.service.console.test_click_down import unled
from tests.service.loans.asked import opened
from tests.service.packaging.attested_loan import AttestedLoan
from tests.service.small_bank import open_small

from creditloop.evidence.package import verify_package
from creditloop.kernel.storage import connect
from creditloop.service.attesting import Step
from creditloop.service.bank import Bank
from creditloop.service.console import evidence_package, loan_evidence
from creditloop.service.doors import create_person
from creditloop.service.packaging import Packager, find_exports
from creditloop.service.places import Places
from creditloop.service.receiving import check_delivery

LOAN = "L-1"
PAGE = f"/console/loans/{LOAN}"
CHECK = f"/console/loan-evidence/{LOAN}"
EXPORT = f"/console/evidence-packages/{LOAN}"
RECIPIENT = "模拟仲裁委员会"


@pytest.fixture(scope="module")
def attested(
    tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str
) -> Iterator[AttestedLoan]:
    """A bank with a loan on the network: five steps final, one node against the payout, one to be sent."""
    with database_like(server_url, template) as url:
        bank = open_small(tmp_path_factory.mktemp("attested"), url)
        with bank.work() as work:
            for role in ("auditor", "postloan", "modeller"):
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
        opened(bank, loan_id=LOAN)
        loan = AttestedLoan(bank, LOAN).live()
        loan.note(Step.REPAYMENT, [], key="2")
        yield loan


@pytest.fixture
def on_network(attested: AttestedLoan, monkeypatch: pytest.MonkeyPatch) -> AttestedLoan:
    """The same, with its node of this process behind the console."""

    @contextmanager
    def packager_at(places: Places) -> Iterator[Packager]:
        assert places == attested.bank.places
        yield attested.packager

    for module in (evidence_package, loan_evidence):
        monkeypatch.setattr(module, "packager_at", packager_at)
    monkeypatch.setattr(attested.world.lab, "away", set())
    return attested


def browser_of(loan: AttestedLoan, role: str = "auditor") -> Browser:
    browser = Browser(application(loan.bank))
    assert browser.sign_in(role).status == 200
    return browser


def reads_of(bank: Bank, table: str) -> int:
    with connect(bank.url) as connection:
        found = connection.execute(
            "SELECT count(*) FROM data.access_log WHERE table_name = %s", (table,)
        ).fetchone()
    assert found is not None
    return int(found[0])


def test_the_loans_page_leads_to_both(on_network: AttestedLoan) -> None:
    seen = browser_of(on_network).get(PAGE)
    assert {CHECK, EXPORT} <= set(seen.links)
    assert "已登记 6 个环节，其中 5 个终局。".replace(" ", "") in seen.text.replace(" ", "")
    assert "还款 待提交" in seen.text
    assert unled(seen.response.text) == []


def test_before_the_check_stages_are_told_as_they_were_written_down(on_network: AttestedLoan) -> None:
    before = reads_of(on_network.bank, "attesting.document")
    seen = browser_of(on_network).get(CHECK)
    assert seen.status == 200 and unled(seen.response.text) == []
    assert seen.text.count("终局") >= 5 and "待提交" in seen.text and "核验通过" not in seen.text
    assert reads_of(on_network.bank, "attesting.document") == before
    assert reads_of(on_network.bank, "attesting.step") > 0


def test_the_check_says_who_agreed_when_and_who_objected(on_network: AttestedLoan) -> None:
    before = reads_of(on_network.bank, "attesting.document")
    seen = browser_of(on_network).get(f"{CHECK}?check=now")
    assert seen.status == 200 and unled(seen.response.text) == []
    assert f"核验通过：借据 {LOAN}，记录 8 条，文件 6 份均与存证一致" in seen.text
    assert "超出可用额度" in seen.text and "前序记录未获同意" in seen.text and PARTNER in seen.text
    assert seen.text.count(FUND) >= 5
    assert "借款合同（模拟）" in seen.text and "与存证不一致" not in seen.text
    assert reads_of(on_network.bank, "attesting.document") == before + 1
    english = browser_of(on_network)
    english.get(CHECK)
    english.speak("en")
    seen = english.get(f"{CHECK}?check=now")
    assert f"Verifies: loan {LOAN}, 8 records, 6 documents" in seen.text
    assert "to be sent" in seen.text and "as it was committed to" in seen.text


def test_a_check_that_cannot_be_done_says_why(
    on_network: AttestedLoan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_network.world.lab, "away", {FUND, PARTNER})
    seen = browser_of(on_network).get(f"{CHECK}?check=now")
    assert seen.status == 200
    assert "未能核验" in seen.text and "too few nodes" in seen.text and "核验通过" not in seen.text


def test_a_bank_without_a_node_says_so(attested: AttestedLoan) -> None:
    seen = browser_of(attested).get(f"{CHECK}?check=now")
    assert seen.status == 200 and "has no node of the evidence network" in seen.text
    browser = browser_of(attested)
    form = browser.get(EXPORT).form(f"/evidence-packages/{LOAN}")
    assert browser.send(form, reason="x", recipient="y").status == 409


def test_a_package_is_exported_and_the_export_written_down(
    on_network: AttestedLoan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("creditloop.service.packaging.dossier._SECONDS", 0.3)
    browser = browser_of(on_network)
    form = browser.get(EXPORT).form(f"/evidence-packages/{LOAN}")
    kept = {name: "" for name in form if name.startswith("withhold_")}
    kept["withhold_decision"] = "yes"
    said = {"reason": "仲裁举证 <b>（模拟）</b>", "recipient": RECIPIENT, "challenge": "5A" * 32}
    answer = browser.send(form, **{**kept, **said}).response
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    report = verify_package(answer.content, on_network.packager.trusted, challenge="5a" * 32)
    assert report.holds and report.manifest is not None
    assert [one.name for one in report.manifest.withheld] == ["decision"]
    with on_network.bank.work() as work:
        last = find_exports(work, loan_id=LOAN)[-1]
    assert last.sha256 == hashlib.sha256(answer.content).hexdigest()
    assert (last.exported_by, last.recipient) == ("console:auditor", RECIPIENT)
    assert f'filename="evidence-L-1-{last.number}.zip"' in answer.headers["content-disposition"]

    seen = browser.get(EXPORT)
    assert unled(seen.response.text) == []
    assert last.sha256 in seen.text and "仲裁举证 <b>（模拟）</b>" in seen.text and "未签收" in seen.text
    assert f"/console/rows/kernel.fact/{last.fact_id}/0" in seen.links
    assert browser.get(f"/console/rows/kernel.fact/{last.fact_id}/0").status == 200
    note = browser.get(f"{EXPORT}?delivery={last.number}").response
    delivery = check_delivery(note.text, file=answer.content, trusted=on_network.packager.trusted)
    assert (delivery.recipient, delivery.package) == (RECIPIENT, last.sha256)
    assert browser.get(f"{EXPORT}?delivery=99").status == 404


@pytest.mark.parametrize(
    "said",
    [{"reason": " "}, {"recipient": ""}, {"challenge": "5a"}, {"reason": "x" * 201}],
    ids=["no reason", "no recipient", "no challenge", "long"],
)
def test_what_cannot_be_is_refused(on_network: AttestedLoan, said: dict[str, str]) -> None:
    browser = browser_of(on_network)
    form = browser.get(EXPORT).form(f"/evidence-packages/{LOAN}")
    with on_network.bank.work() as work:
        before = len(find_exports(work, loan_id=LOAN))
    assert browser.send(form, **{"reason": "x", "recipient": "y", **said}).status == 400
    with on_network.bank.work() as work:
        assert len(find_exports(work, loan_id=LOAN)) == before


def test_only_who_may_verify_exports(on_network: AttestedLoan) -> None:
    postloan = browser_of(on_network, "postloan")
    seen = postloan.get(EXPORT)
    assert seen.status == 200 and "不能导出证据包" in seen.text
    token = seen.form("/sign-out")["form_token"]
    sent = {"form_token": token, "reason": "x", "recipient": "y"}
    assert postloan.post(EXPORT, sent).status == 403
    assert postloan.get(f"{EXPORT}?delivery=1").status == 403
    assert postloan.get(f"{CHECK}?check=now").status == 200
    modeller = browser_of(on_network, "modeller")
    for path in (CHECK, EXPORT):
        assert modeller.get(path).status == 403
