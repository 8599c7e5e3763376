"""From a step of the bank to a package that verifies, with nothing in between but the bank's own parts."""

import json
from dataclasses import replace

from tests.service.packaging.attested_loan import AttestedLoan
from tests.service.packaging.conftest import LOAN

from creditloop.evidence.network.record import Lane
from creditloop.evidence.package import DocumentKind, WithheldReason, verify_package
from creditloop.evidence.package.archive import read_archive
from creditloop.service.attesting import Step, delete_document, find_committed
from creditloop.service.bank import Bank
from creditloop.service.packaging import Asked, check_loan, export_package

ASKED = Asked(loan_id=LOAN, reason="仲裁举证（模拟）", recipient="模拟仲裁委员会", person="cli:tester")


def test_what_the_bank_noted_is_what_a_stranger_checks(lending_bank: Bank) -> None:
    loan = AttestedLoan(lending_bank, LOAN).live()
    made = export_package(lending_bank, packager=loan.packager, asked=ASKED)
    report = verify_package(made.file, loan.packager.trusted)
    assert report.holds and made.unfinished == ()
    members = read_archive(made.file)
    packed = {members[one.document.path] for one in report.documents}
    assert packed == {one.body for one in loan.documents}
    assert all(one.document.kind is not DocumentKind.OTHER for one in report.documents)

    with lending_bank.work() as work:
        first = find_committed(work.connection, LOAN).documents[0]
        delete_document(work, commitment=first.commitment, by="test", reason="the retention period is over")
    loan.note(Step.REPAYMENT, [], key="2")
    again = export_package(lending_bank, packager=loan.packager, asked=ASKED)
    assert again.report.manifest is not None
    assert [one.reason for one in again.report.manifest.withheld] == [WithheldReason.DESTROYED]
    assert [one.stage for one in again.unfinished] == ["pending"]
    checked = check_loan(lending_bank, packager=loan.packager, loan_id=LOAN, person="x", reason="looked")
    kinds = [one.record.kind.value for one in checked.agreed if one.record.lane is Lane.STEPS]
    assert kinds == ["decision", "agreement", "payout", "statement", "repayment"]
    assert len(checked.agreed) == 8  # who objects to a payout objects to what follows it, too
    assert lending_bank.verify().problems == ()


def test_statement_and_contacts_are_recorded_first_and_once(lending_bank: Bank) -> None:
    loan = AttestedLoan(lending_bank, LOAN).live()
    before = export_package(lending_bank, packager=loan.packager, asked=ASKED)
    asked = replace(ASKED, complete=True)
    made = export_package(lending_bank, packager=loan.packager, asked=asked)
    assert len(made.report.records) == len(before.report.records) + 1
    assert verify_package(made.file, loan.packager.trusted).holds
    members = read_archive(made.file)
    added = {
        (one.document.kind, one.document.media_type): members[one.document.path]
        for one in made.report.documents
        if one.document.path not in {known.document.path for known in before.report.documents}
    }
    statement = json.loads(added[DocumentKind.STATEMENT, "application/json"])
    assert statement["loan_id"] == LOAN
    assert added[DocumentKind.STATEMENT, "application/pdf"].startswith(b"%PDF")
    contacts = json.loads(added[DocumentKind.CONTACT, "application/json"])
    assert contacts == {"party_id": statement["party_id"], "contacts": []}

    again = export_package(lending_bank, packager=loan.packager, asked=asked)
    assert len(again.report.records) == len(made.report.records), "nothing new happened"
