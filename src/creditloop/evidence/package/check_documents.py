"""Checking documents against the commitments of records (文件核验)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.evidence.package.check_records import CheckedRecord
from creditloop.evidence.package.content import commitment
from creditloop.evidence.package.manifest import MANIFEST, PackagedDocument, Place
from creditloop.evidence.package.read import Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDocument:
    """A document of the package.

    Attributes:
        document: what the manifest says of it.
        holds: whether every record it names commits to it.
        seen_at: POSIX seconds by which a quorum had seen the earliest of them, at the latest; None if no
            place on a log is proven.
    """

    document: PackagedDocument
    holds: bool
    seen_at: int | None


def check_documents(opened: Opened, records: Sequence[CheckedRecord]) -> list[CheckedDocument]:
    """Check that each document is what was committed to, and each commitment is accounted for once."""
    manifest, findings = opened.manifest, opened.findings
    by_place = {(one.record.origin, one.record.sequence): one for one in records if one.record.documents}
    commitments: dict[Place, str] = {
        (origin, sequence, named.name): named.commitment
        for (origin, sequence), one in by_place.items()
        for named in one.record.documents
    }
    claimed: set[Place] = set()
    checked = []
    for document in manifest.documents:
        places = [one.place for one in document.committed]
        holds = _is_committed(opened, document, commitments)
        for place in places:
            if place in claimed:
                findings.add("document_unaccounted", file=document.path, detail=f"{place} is claimed twice")
            claimed.add(place)
        seen = [one.seen_at for place in places if (one := by_place.get(place[:2])) and one.seen_at]
        checked.append(CheckedDocument(document=document, holds=holds, seen_at=min(seen, default=None)))
    for withheld in manifest.withheld:
        place = withheld.place
        if place in claimed or place not in commitments:
            findings.add("document_unaccounted", file=MANIFEST, detail=f"withheld {place}: there, or no such")
        claimed.add(place)
    for place in commitments:
        if place not in claimed:
            record = f"{place[0]} steps {place[1]}"
            findings.add("document_unaccounted", record=record, detail=f"{place[2]} is not in the package")
    return checked


def _is_committed(opened: Opened, document: PackagedDocument, commitments: Mapping[Place, str]) -> bool:
    body, holds = opened.member(document.path), True
    for one in document.committed:
        found = None if body is None else commitment(bytes.fromhex(one.salt), body)
        if found is None or commitments.get(one.place) != found:
            holds = False
            record = f"{one.origin} steps {one.sequence}"
            opened.findings.add("document_uncommitted", file=document.path, record=record, detail=one.name)
    return holds
