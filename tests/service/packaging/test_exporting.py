"""A loan's package from the bank and real nodes: whole, drawn, written down; or refused, nothing leaves."""

import json
from dataclasses import replace

import pytest
from conformance.package import verify as standalone
from tests.evidence.network.node.lab import BANK, BUREAU, FUND, PARTNER, PAYMENT
from tests.service.packaging.conftest import LOAN
from tests.service.packaging.recorded_loan import RecordedLoan, digest

from creditloop.evidence.network.record import Lane, RecordKind
from creditloop.evidence.package import DocumentKind, WithheldReason, verify_package
from creditloop.evidence.package.archive import read_archive
from creditloop.kernel.errors import EvidenceError, InputError, SourceError, StateError, UnknownId
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.packaging import (
    Asked,
    ExportedPackage,
    check_loan,
    export_package,
    find_exports,
)

CHALLENGE = "5a" * 32
ASKED = Asked(loan_id=LOAN, reason="仲裁举证（模拟）", recipient="模拟仲裁委员会", person="cli:tester")


def exported(bank: Bank, recorded: RecordedLoan, asked: Asked = ASKED) -> ExportedPackage:
    return export_package(bank, packager=recorded.packager, asked=asked)


def test_a_package_of_the_bank_verifies_for_a_stranger(lending_bank: Bank, recorded: RecordedLoan) -> None:
    made = exported(lending_bank, recorded)
    report = verify_package(made.file, recorded.trusted)
    assert report.holds, [problem.line() for problem in report.problems]
    assert report.manifest is not None
    assert [one.document.kind for one in report.documents] == [
        DocumentKind.DECISION,
        DocumentKind.AGREEMENT,
        DocumentKind.PAYOUT,
        DocumentKind.STATEMENT,
        DocumentKind.REPAYMENT,
        DocumentKind.CONTACT,
    ]
    assert [one.record.lane for one in report.records] == [Lane.STEPS] * 6 + [Lane.OBJECTIONS]
    assert len(report.ends) == 5 and not report.manifest.withheld
    assert (made.unfinished, made.behind) == ((), ())
    assert standalone.verify(made.file, recorded.trusted.text()) == []
    bodies = {one.content for one in recorded.documents}
    assert {read_archive(made.file)[one.document.path] for one in report.documents} == bodies


def test_the_drawn_index_is_a_pdf_in_the_package(lending_bank: Bank, recorded: RecordedLoan) -> None:
    members = read_archive(exported(lending_bank, recorded).file)
    assert members["aids/index.pdf"].startswith(b"%PDF-")
    assert 10_000 < len(members["aids/index.pdf"]) < 500_000


def test_every_export_is_written_down_and_sealed(lending_bank: Bank, recorded: RecordedLoan) -> None:
    first = exported(lending_bank, recorded)
    second = exported(lending_bank, recorded, replace(ASKED, reason="再次", challenge=CHALLENGE))
    with lending_bank.work() as work:
        found = find_exports(work, loan_id=LOAN)
        assert find_exports(work, loan_id="another") == ()
    assert found == (first.export, second.export)
    assert [one.number for one in found] == [1, 2]
    assert [one.sha256 for one in found] == [digest(first.file), digest(second.file)]
    assert [one.size for one in found] == [len(first.file), len(second.file)]
    assert (found[0].reason, found[0].recipient) == ("仲裁举证（模拟）", "模拟仲裁委员会")
    assert (found[0].exported_by, found[0].challenge) == ("cli:tester", None)
    assert (found[1].challenge, found[1].records, found[1].documents) == (CHALLENGE, 7, 6)
    with connect(lending_bank.url) as connection:
        reads = connection.execute(
            "SELECT reason, contract, parties_count FROM data.access_log WHERE reader = 'cli:tester'"
            " ORDER BY access_no"
        ).fetchall()
    package = "creditloop.service.attesting"
    assert reads == [("仲裁举证（模拟）", package, 1), ("再次", package, 1)]
    assert lending_bank.verify().problems == ()


def test_a_challenge_stands_in_every_statement(lending_bank: Bank, recorded: RecordedLoan) -> None:
    made = exported(lending_bank, recorded, replace(ASKED, challenge=CHALLENGE))
    assert {end.challenge for end in made.report.ends} == {CHALLENGE}
    assert verify_package(made.file, recorded.trusted, challenge=CHALLENGE).holds
    assert not verify_package(made.file, recorded.trusted, challenge="6b" * 32).holds


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "  "},
        {"reason": "a\nb"},
        {"reason": "x" * 201},
        {"recipient": ""},
        {"recipient": "a\u202eb"},
        {"challenge": "0" * 64},
        {"challenge": "5A" * 32},
        {"challenge": "5a"},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_before_anything_is_read(
    lending_bank: Bank, recorded: RecordedLoan, wrong: dict[str, str]
) -> None:
    with pytest.raises(InputError):
        exported(lending_bank, recorded, replace(ASKED, **wrong))  # type: ignore[arg-type]
    with connect(lending_bank.url) as connection:
        reads = connection.execute(
            "SELECT count(*) FROM data.access_log WHERE reader = 'cli:tester'"
        ).fetchone()
    assert reads == (0,)


def test_loans_that_are_not_there_are_refused(lending_bank: Bank, recorded: RecordedLoan) -> None:
    with pytest.raises(UnknownId):
        exported(lending_bank, recorded, replace(ASKED, loan_id="L-2"))
    with pytest.raises(UnknownId, match="no step on the network"):
        exported(lending_bank, RecordedLoan("L-9"), ASKED)
    with pytest.raises(StateError, match="no record of the loan is final"):
        exported(lending_bank, RecordedLoan(LOAN))
    with lending_bank.work() as work:
        assert find_exports(work, loan_id=LOAN) == ()


def test_destroyed_and_confidential_documents_are_listed_and_not_there(
    lending_bank: Bank, recorded: RecordedLoan
) -> None:
    recorded.destroy("contact")
    made = exported(lending_bank, recorded, replace(ASKED, confidential=frozenset({DocumentKind.DECISION})))
    assert made.report.manifest is not None
    listed = {one.name: one.reason for one in made.report.manifest.withheld}
    assert listed == {"contact": WithheldReason.DESTROYED, "decision": WithheldReason.CONFIDENTIAL}
    assert (made.export.documents, made.export.withheld) == (4, 2)
    assert "另有 2 份文件未附" in made.report.verdict_zh()


def test_a_document_that_nobody_kept_is_listed(lending_bank: Bank, recorded: RecordedLoan) -> None:
    del recorded.documents[0]
    manifest = exported(lending_bank, recorded).report.manifest
    assert manifest is not None
    assert [(one.name, one.reason) for one in manifest.withheld] == [("decision", WithheldReason.NOT_HELD)]


def test_a_refused_step_is_told_and_only_its_objections_are_packed(
    lending_bank: Bank, recorded: RecordedLoan
) -> None:
    recorded.refused()
    made = exported(lending_bank, recorded)
    (unfinished,) = made.unfinished
    assert (unfinished.stage, unfinished.reasons) == (
        "refused",
        {FUND: "limit_exceeded", PARTNER: "limit_exceeded"},
    )
    assert (made.export.documents, made.export.records) == (6, 9)


def test_one_node_may_be_away_and_two_not(lending_bank: Bank, recorded: RecordedLoan) -> None:
    recorded.lab.away = {FUND}
    made = exported(lending_bank, recorded)
    assert [end.node for end in made.report.ends] == [BANK, BUREAU, PARTNER, PAYMENT]
    recorded.lab.away = {FUND, PARTNER}
    with pytest.raises(SourceError, match="too few nodes"):
        exported(lending_bank, recorded)
    recorded.lab.away = {BANK}
    with pytest.raises(SourceError):
        exported(lending_bank, recorded)
    with lending_bank.work() as work:
        assert len(find_exports(work, loan_id=LOAN)) == 1


def test_a_node_that_is_behind_is_left_out_and_told(lending_bank: Bank, recorded: RecordedLoan) -> None:
    recorded.lab.away = {FUND}
    recorded.step(RecordKind.REPAYMENT, "repayment_2", "还款凭证")
    recorded.lab.away = set()
    made = exported(lending_bank, recorded)
    assert made.behind == (FUND,)
    assert FUND not in {end.node for end in made.report.ends}


def test_a_record_that_comes_between_two_questions_is_collected(
    lending_bank: Bank, recorded: RecordedLoan, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = recorded.door.loan_ends
    asked = []

    def and_go_on(*, loan: str, challenge: str) -> object:
        asked.append(challenge)
        if len(asked) == 1:
            recorded.step(RecordKind.REPAYMENT, "repayment_2", "还款凭证")
        return ask(loan=loan, challenge=challenge)

    monkeypatch.setattr(recorded.door, "loan_ends", and_go_on)
    assert exported(lending_bank, recorded).export.records == 8
    assert len(asked) == 2


def test_a_loan_that_never_rests_is_refused(
    lending_bank: Bank, recorded: RecordedLoan, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = recorded.door.loan_ends

    def and_go_on(*, loan: str, challenge: str) -> object:
        recorded.step(RecordKind.REPAYMENT, "repayment_2", "还款凭证")
        return ask(loan=loan, challenge=challenge)

    monkeypatch.setattr(recorded.door, "loan_ends", and_go_on)
    with pytest.raises(StateError, match="changes faster"):
        exported(lending_bank, recorded)


def test_a_node_with_another_past_is_told(
    lending_bank: Bank, recorded: RecordedLoan, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = RecordedLoan(LOAN, seed=6)
    other.pseudonym = recorded.pseudonym
    other.live()
    ask = recorded.door.loan_ends
    monkeypatch.setattr(
        recorded.door,
        "loan_ends",
        lambda **said: [*ask(**said)[:4], other.door.stated(PAYMENT, said["loan"], said["challenge"])],
    )
    with pytest.raises(EvidenceError, match="another past"):
        exported(lending_bank, recorded)


def test_a_document_that_was_changed_since_does_not_leave(lending_bank: Bank, recorded: RecordedLoan) -> None:
    first = recorded.documents[0]
    recorded.documents[0] = replace(first, content=b"other bytes")
    with pytest.raises(EvidenceError, match="would not verify"):
        exported(lending_bank, recorded)
    with lending_bank.work() as work:
        assert find_exports(work, loan_id=LOAN) == ()


def test_a_final_record_that_is_not_written_down_yet_is_waited_for(
    lending_bank: Bank, recorded: RecordedLoan
) -> None:
    recorded.steps[-1] = replace(recorded.steps[-1], stage="sent")
    del recorded.documents[-1]
    with pytest.raises(StateError, match="not written down yet"):
        exported(lending_bank, recorded)


def test_a_record_that_was_final_and_is_gone_from_the_log_is_told(
    lending_bank: Bank, recorded: RecordedLoan
) -> None:
    recorded.steps[-1] = replace(recorded.steps[-1], record_hash="ab" * 32)
    with pytest.raises(EvidenceError, match="not on our log any more"):
        exported(lending_bank, recorded)


def test_checking_says_who_agreed_when_and_writes_no_export(
    lending_bank: Bank, recorded: RecordedLoan
) -> None:
    recorded.refused()
    checked = check_loan(
        lending_bank, packager=recorded.packager, loan_id=LOAN, person="console:auditor", reason="looked"
    )
    assert checked.report.holds and [one.stage for one in checked.unfinished] == ["refused"]
    steps = [one for one in checked.agreed if one.record.lane is Lane.STEPS]
    assert [one.record.sequence for one in steps] == [1, 2, 3, 4, 5, 6]
    by_file = {(one.record.lane, one.record.sequence): one for one in checked.report.records}
    for one in checked.agreed:
        proven = by_file[one.record.lane, one.record.sequence]
        assert (one.index, one.hash) == (proven.index, proven.hash)
        assert int(one.final_at.timestamp()) == proven.seen_at
        assert tuple(sorted(said.node for said in one.judged if said.objection is None)) == proven.agreed
    against = [said for said in steps[2].judged if said.objection]
    assert [(said.node, said.objection) for said in against] == [(PARTNER, "limit_exceeded")]
    assert all(said.at <= one.final_at for one in steps for said in one.judged)
    with lending_bank.work() as work:
        assert find_exports(work, loan_id=LOAN) == ()
    with connect(lending_bank.url) as connection:
        payloads = connection.execute("SELECT payload FROM kernel.fact").fetchall()
    assert not any("sha256" in json.loads(payload) and "recipient" in payload for (payload,) in payloads)
