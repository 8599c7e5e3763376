"""A package of a loan that is not on the book, as its payout waits, was refused or lapsed: what there is."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.evidence.network.node.lab import FUND, PARTNER
from tests.service.attesting.test_joint_payout import Against
from tests.service.loans.asked import PARTY, move_clock, opened
from tests.service.packaging.attested_loan import AttestedLoan
from tests.service.packaging.conftest import LOAN

from creditloop.evidence.package import PackageReport, verify_package
from creditloop.evidence.package.archive import read_archive
from creditloop.kernel.errors import StateError, UnknownId
from creditloop.service.answering import deliver_chain
from creditloop.service.bank import Bank
from creditloop.service.packaging import Asked, ExportedPackage, export_package, find_exports

ASKED = Asked(
    loan_id=LOAN, reason="争议处理（模拟）", recipient="模拟仲裁委员会", person="cli:tester", complete=True
)
DAY = date(2026, 3, 2)


def agreed(bank: Bank, *, reason: str | None = None) -> AttestedLoan:
    """A joint loan that was agreed; with a reason, two nodes object to its payout order."""
    move_clock(bank, DAY, hour=9)
    loan = AttestedLoan(bank, LOAN)
    for name in (FUND, PARTNER) if reason else ():
        loan.world.lab.places[name].rules = Against(reason or "")
        loan.world.lab.restart(name)
    assert opened(bank, loan_id=LOAN, start=DAY).outcome == "awaiting"
    return loan


def exported(loan: AttestedLoan) -> ExportedPackage:
    made = export_package(loan.bank, packager=loan.packager, asked=ASKED)
    assert verify_package(made.file, loan.packager.trusted).holds
    return made


def kinds(report: PackageReport) -> list[str]:
    return [one.record.kind.value for one in report.records]


def said(made: ExportedPackage, name: str) -> Mapping[str, Any]:
    members = read_archive(made.file)
    (path,) = (
        one.document.path for one in made.report.documents if one.document.path.endswith(f"-{name}.json")
    )
    return dict(json.loads(members[path]))


def test_one_that_waits_has_decision_and_agreement_and_says_that_it_waits(
    small_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("creditloop.service.packaging.dossier._SECONDS", 0.3)
    loan = agreed(small_bank, reason="loan_unknown")
    loan.settle()
    made = exported(loan)
    assert made.state == "awaiting"
    assert kinds(made.report)[:2] == ["decision", "agreement"]
    assert set(kinds(made.report)[2:]) == {"objection"}
    assert [(one.step, one.stage) for one in made.unfinished] == [
        ("payout_order", "again"),
        ("statement", "again"),
    ], "what comes after the order waits for it"
    with small_bank.work() as work:
        assert [one.sha256 for one in find_exports(work, loan_id=LOAN)] == [made.export.sha256]
    move_clock(small_bank, date(2026, 3, 3))
    assert exported(loan).state == "lapsed"
    assert small_bank.verify().problems == ()


def test_one_that_was_refused_shows_who_objected_and_that_nothing_was_paid_out(small_bank: Bank) -> None:
    loan = agreed(small_bank, reason="limit_exceeded")
    loan.settle()
    deliver_chain(small_bank)
    made = exported(loan)
    assert made.state == "refused"
    assert kinds(made.report)[:3] == ["decision", "agreement", "statement"]
    assert kinds(made.report)[3:] == ["objection", "objection"]
    stated = said(made, "payout_state")
    assert (stated["state"], stated["party_id"], stated["principal_fen"]) == ("refused", PARTY, 1_200_000)
    assert stated["detail"] == {FUND: "limit_exceeded", PARTNER: "limit_exceeded"}
    again = exported(loan)
    assert kinds(again.report) == kinds(made.report), "the same again is no new record"
    assert [(one.step, one.stage) for one in again.unfinished] == [("payout_order", "refused")]
    assert small_bank.verify().problems == ()


def test_one_that_is_paid_out_while_its_package_is_made_has_its_statement(small_bank: Bank) -> None:
    loan = agreed(small_bank)
    made = exported(loan)
    assert made.state == "on_book"
    assert said(made, "payout_state")["state"] == "awaiting"
    assert said(made, "statement")["loan_id"] == LOAN
    assert kinds(made.report) == ["decision", "agreement", "payout", "statement", "payout", "statement"]


def test_what_is_not_there_or_has_no_final_record_is_refused(small_bank: Bank) -> None:
    loan = agreed(small_bank)
    with pytest.raises(UnknownId, match="no such loan"):
        export_package(small_bank, packager=loan.packager, asked=replace(ASKED, loan_id="L-9"))
    with pytest.raises(StateError, match="no record of the loan is final"):
        export_package(small_bank, packager=loan.packager, asked=replace(ASKED, complete=False))
