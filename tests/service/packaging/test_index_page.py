"""The drawn index says what the package says: every figure of it is compared with the package itself."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.service.packaging.recorded_loan import RecordedLoan

from creditloop.evidence.network.record import RecordKind, instant_text
from creditloop.evidence.package import (
    DocumentKind,
    PackageReport,
    WithheldReason,
    build_package,
    verify_package,
)
from creditloop.evidence.package.archive import read_archive
from creditloop.lend.preconditions import REASONS as PRECONDITIONS
from creditloop.service.console.words import catalogue
from creditloop.service.packaging import AgreedRecord
from creditloop.service.packaging.agreeing import agreed_records
from creditloop.service.packaging.collecting import collect_loan
from creditloop.service.packaging.index_page import Occasion, index_aid, index_pages, index_record
from creditloop.service.packaging.words import DOCUMENT_KINDS, REASONS, RECORD_KINDS, WITHHELD

CHALLENGE = "5a" * 32
OCCASION = Occasion(reason="仲裁举证（模拟）", recipient="模拟仲裁委员会", simulated=True)
MADE = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
"""Past midnight in Beijing."""


def packed(recorded: RecordedLoan) -> tuple[bytes, PackageReport, list[AgreedRecord]]:
    loan = recorded.packager
    collected = collect_loan(
        loan_number=recorded.number,
        loan=recorded.kept,
        steps=recorded.steps,
        door=recorded.door,
        trusted=recorded.trusted,
        made_at=MADE,
        challenge=CHALLENGE,
        confidential={DocumentKind.DECISION},
    )
    file = build_package(collected.content, signer=loan.signer)
    agreed = [one for log in collected.content.logs for one in agreed_records(log, trusted=recorded.trusted)]
    return file, verify_package(file, recorded.trusted), agreed


@pytest.fixture(scope="module")
def story() -> RecordedLoan:
    """A loan with an objection, a refused step, a destroyed document."""
    recorded = RecordedLoan("L-1").live()
    recorded.refused()
    recorded.destroy("contact")
    return recorded


@pytest.fixture(scope="module")
def told(story: RecordedLoan) -> tuple[dict[str, Any], bytes, PackageReport]:
    """What the page says, and the package it is about."""
    file, report, agreed = packed(story)
    return dict(index_record(report, agreed, OCCASION)), file, report


def beijing(text: str) -> datetime:
    """Read a time of the page."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) - timedelta(hours=8)


def test_every_step_stands_on_it_once_in_order_of_time(told: tuple[dict[str, Any], bytes, Any]) -> None:
    record, _, report = told
    steps = record["steps"]
    assert sorted(one["path"] for one in steps) == sorted(one.file for one in report.records)
    assert [one["at"] for one in steps] == sorted(one["at"] for one in steps)
    by_path = {one.file: one for one in report.records}
    for one in steps:
        checked = by_path[one["path"]]
        assert (one["log"], one["sequence"]) == (checked.record.origin, checked.record.sequence)
        assert instant_text(beijing(one["at"]))[:19] == checked.record.occurred_at[:19]
        assert int(beijing(one["final_at"]).timestamp()) == checked.seen_at
        agreed = sorted(said["node"] for said in one["judged"] if said["objection"] is None)
        assert agreed == list(checked.agreed)
        assert one["kind"] == RECORD_KINDS[checked.record.kind.value][0]
        assert bool(one["objected"]) is (checked.record.kind is RecordKind.OBJECTION)
    objected = [one["objected"]["reason"] for one in steps if one["objected"]]
    assert objected == ["超出可用额度 limit_exceeded"] * 3


def test_its_counts_and_documents_are_those_of_the_package(
    told: tuple[dict[str, Any], bytes, PackageReport],
) -> None:
    record, file, report = told
    members, manifest = read_archive(file), report.manifest
    assert manifest is not None
    assert record["counts"] == {"records": 9, "objections": 3, "documents": 4, "withheld": 2, "logs": 1}
    assert record["verdict"] == report.verdict_zh()
    assert (record["as_of"], record["made_at"]) == (
        beijing_text(manifest.completeness.as_of),
        "2026-03-03 00:30:00",
    )
    for one in record["documents"]:
        body = members[one["path"]]
        assert (one["size"], one["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    shown = {document["path"] for step in record["steps"] for document in step["documents"]}
    assert shown == {one["path"] for one in record["documents"]}
    missing = {(one["name"], one["reason"]) for one in record["withheld"]}
    assert missing == {("decision", "保密"), ("contact", "已依法销毁")}
    assert {(m["name"], m["reason"]) for step in record["steps"] for m in step["missing"]} == missing
    assert [one["steps"] for one in record["logs"]] == [
        log.steps.sequence for log in manifest.completeness.logs
    ]
    assert {one["challenge"] for one in record["ends"]} == {CHALLENGE}
    assert [one["node"] for one in record["ends"]] == sorted(manifest.completeness.stated_by)


def beijing_text(instant: str) -> str:
    moment = datetime.fromisoformat(instant) + timedelta(hours=8)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def test_the_same_package_gives_the_same_page(story: RecordedLoan) -> None:
    _, report, agreed = packed(story)
    first, second = (index_aid(report, agreed, OCCASION) for _ in range(2))
    assert first == second
    assert first.body.startswith(b"%PDF-") and first.media_type == "application/pdf"


def test_a_loan_of_sixty_records_is_drawn_on_all_its_pages() -> None:
    recorded = RecordedLoan("L-60", seed=7).live(steps=58)
    _, report, agreed = packed(recorded)
    assert len(report.records) >= 59
    pages = index_pages(report, agreed, OCCASION)
    assert 3 <= len(pages) <= 12
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_everything_has_a_name() -> None:
    assert set(RECORD_KINDS) == {kind.value for kind in RecordKind}
    assert set(DOCUMENT_KINDS) == {kind.value for kind in DocumentKind}
    assert set(WITHHELD) == {reason.value for reason in WithheldReason}
    assert set(PRECONDITIONS) < set(REASONS)
    assert {reason for reason in REASONS if catalogue().get(f"network_reason.{reason}")} == set(REASONS)
