"""The index drawn for people (证据包目录 PDF): what happened when, which document, who agreed, where to look.

Every figure comes from the package itself: it is built and checked once without this page, and what the check
read is drawn. The page is an aid in the package: nothing stands for it but the packager's signature.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable

from creditloop.evidence.network import Lane, moment_from_text
from creditloop.evidence.package import AidFile, CheckedRecord, Manifest, PackagedDocument, PackageReport
from creditloop.kernel.dates import BEIJING_UTC_OFFSET_HOURS, beijing_date
from creditloop.oversight.report import typeset_pages, typeset_pdf
from creditloop.service.packaging.agreeing import AgreedRecord
from creditloop.service.packaging.standing import ON_BOOK
from creditloop.service.packaging.words import (
    DOCUMENT_KINDS,
    LOAN_STATES,
    RECORD_KINDS,
    WITHHELD,
    reason_zh,
)

FILE_NAME = "index.pdf"
"""Name of the drawn index among the aids of a package."""
_TEMPLATE = "index.typ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Why a package is made.

    Attributes:
        reason: in the words of whoever exports it, one line.
        recipient: whom it is for, one line.
        simulated: the loan is made up.
        state: where the loan stands, one of `LOAN_STATES`.
    """

    reason: str
    recipient: str
    simulated: bool
    state: str = ON_BOOK


def index_aid(report: PackageReport, agreed: Sequence[AgreedRecord], occasion: Occasion) -> AidFile:
    """Draw the index of a package that verifies.

    Args:
        report: of the package without this page.
        agreed: who agreed to its records.

    Raises: StateError if the extra `report` is not installed.
    """
    record = index_record(report, agreed, occasion)
    return AidFile(
        file_name=FILE_NAME,
        body=typeset_pdf(_template(), record=record, created_on=beijing_date(_made_at(report))),
        media_type="application/pdf",
        title_zh="证据包目录（供阅读）",
        title_en="Index of the package, for reading",
    )


def index_pages(report: PackageReport, agreed: Sequence[AgreedRecord], occasion: Occasion) -> list[bytes]:
    """Draw the same as one PNG a page, for looking at."""
    return typeset_pages(_template(), record=index_record(report, agreed, occasion))


def index_record(
    report: PackageReport, agreed: Sequence[AgreedRecord], occasion: Occasion
) -> dict[str, object]:
    """Return what the page says, as plain data; times on Beijing's clock."""
    manifest = _manifest(report)
    by_place = {one.place: one for one in agreed}
    by_time = sorted(report.records, key=lambda one: (one.record.occurred_at, one.record.lane != Lane.STEPS))
    whole = manifest.completeness
    return {
        "loan": manifest.loan.number,
        "network": manifest.network,
        "packager": manifest.packager,
        "made_at": _beijing(_made_at(report)),
        "as_of": _beijing(moment_from_text(whole.as_of)),
        "reason": occasion.reason,
        "recipient": occasion.recipient,
        "simulated": occasion.simulated,
        "state": LOAN_STATES[occasion.state][0],
        "verdict": report.verdict_zh(),
        "proven": whole.proven_zh,
        "not_proven": whole.not_proven_zh,
        "counts": {
            "records": len(report.records),
            "objections": sum(one.record.lane is Lane.OBJECTIONS for one in report.records),
            "documents": len(report.documents),
            "withheld": len(manifest.withheld),
            "logs": sum(bool(log.steps.sequence) for log in whole.logs),
        },
        "steps": [_step(one, by_place[_place(one)], manifest) for one in by_time],
        "documents": [_document(one.document, manifest, seen_at=one.seen_at) for one in report.documents],
        "withheld": [
            {
                "log": one.origin,
                "sequence": one.sequence,
                "name": one.name,
                "reason": WITHHELD[one.reason.value][0],
            }
            for one in manifest.withheld
        ],
        "logs": list(_logs(manifest, agreed)),
        "ends": [
            {"node": one.node, "at": _beijing(moment_from_text(one.at)), "challenge": one.challenge}
            for one in sorted(report.ends, key=lambda one: one.node)
        ],
    }


def _step(one: CheckedRecord, agreed: AgreedRecord, manifest: Manifest) -> dict[str, object]:
    """Return a record of the timeline."""
    record = one.record
    here = (record.origin, record.sequence)
    documents = [
        {"title": document.title_zh, "path": document.path}
        for document in manifest.documents
        if record.lane is Lane.STEPS and any(by.place[:2] == here for by in document.committed)
    ]
    missing = [
        {"name": withheld.name, "reason": WITHHELD[withheld.reason.value][0]}
        for withheld in manifest.withheld
        if record.lane is Lane.STEPS and withheld.place[:2] == here
    ]
    objected = None
    if record.objection:
        objected = {"node": record.objection.node, "reason": reason_zh(record.objection.reason)}
    return {
        "at": _beijing(moment_from_text(record.occurred_at)),
        "kind": RECORD_KINDS[record.kind.value][0],
        "log": record.origin,
        "sequence": record.sequence,
        "objected": objected,
        "documents": documents,
        "missing": missing,
        "judged": [
            {
                "node": said.node,
                "at": _beijing(said.at),
                "objection": said.objection and reason_zh(said.objection),
            }
            for said in agreed.judged
        ],
        "final_at": _beijing(agreed.final_at),
        "path": one.file,
    }


def _document(document: PackagedDocument, manifest: Manifest, *, seen_at: int | None) -> dict[str, object]:
    member = next(one for one in manifest.files if one.path == document.path)
    return {
        "path": document.path,
        "title": document.title_zh,
        "kind": DOCUMENT_KINDS[document.kind.value][0],
        "size": member.size,
        "sha256": member.sha256,
        "records": [f"{one.origin} {one.sequence}" for one in document.committed],
        "seen_at": None if seen_at is None else _beijing(datetime.fromtimestamp(seen_at, UTC)),
    }


def _logs(manifest: Manifest, agreed: Sequence[AgreedRecord]) -> Iterator[Mapping[str, object]]:
    """Give each log's ends, and the witnesses of the checkpoint that the loan's records stand under."""
    for number, log in enumerate(manifest.completeness.logs, start=1):
        of_log = [one for one in agreed if one.record.origin == log.origin]
        yield {
            "number": number,
            "log": log.origin,
            "steps": log.steps.sequence,
            "objections": log.objections.sequence,
            "verdicts": log.verdicts,
            "cosigned": [
                {"witness": name, "at": _beijing(at)} for name, at in (of_log[0].cosigned if of_log else ())
            ],
        }


def _place(one: CheckedRecord) -> tuple[str, Lane, int]:
    return one.record.origin, one.record.lane, one.record.sequence


def _manifest(report: PackageReport) -> Manifest:
    assert report.manifest is not None, "a package that verifies has a manifest"
    return report.manifest


def _made_at(report: PackageReport) -> datetime:
    return moment_from_text(_manifest(report).made_at)


def _beijing(moment: datetime) -> str:
    return (moment + timedelta(hours=BEIJING_UTC_OFFSET_HOURS)).strftime("%Y-%m-%d %H:%M:%S")


def _template() -> Traversable:
    return resources.files(__package__).joinpath(_TEMPLATE)
