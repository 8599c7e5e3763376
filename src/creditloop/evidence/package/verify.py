"""Checking a package without a connection to anybody (离线核验), with the reader's file of the network alone.

1. The file is a package: one form of zip, nothing beside it.
2. A party of the reader's network signed the manifest; every member is what it says, in its place.
3. The network and its logs' policies are the reader's.
4. Each log's records: form, chain from 1 without a gap, place on the log under a quorum of cosignatures, the
   submitter's signed batch, a quorum of verdicts, objections out of verdicts and none left out.
5. The nodes' statements of the ends agree with the package, by a quorum on every log.
6. Documents are what records commit to, and every commitment is accounted for.
7. The index says what manifest and records say.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from creditloop.evidence.network.record import Record
from creditloop.evidence.package.check_documents import CheckedDocument, check_documents
from creditloop.evidence.package.check_ends import Freshness, check_log_ends, checked_ends
from creditloop.evidence.package.check_records import CheckedRecord, LogCheck
from creditloop.evidence.package.index import index_text
from creditloop.evidence.package.loan_end import NO_CHALLENGE, LoanEnd
from creditloop.evidence.package.manifest import INDEX, Manifest
from creditloop.evidence.package.problem import Findings, PackageProblem
from creditloop.evidence.package.read import Opened, open_package
from creditloop.evidence.package.trust import TrustedNetwork
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import InputError

_CHALLENGE = re.compile("[0-9a-f]{64}")


class _Words(NamedTuple):
    """A verdict in one language: it fails; it holds; and what must be said beside."""

    fails: str
    holds: str
    withheld: str
    not_fresh: str


_ZH = _Words(
    fails="核验未通过：{problems} 处问题。不得作为完整、未改动的证据使用。",
    holds="核验通过：借据 {loan}，记录 {records} 条，文件 {documents} 份均与存证一致；截至 {as_of} 完整。",
    withheld="另有 {withheld} 份文件未附（见目录）。",
    not_fresh="未指定时间或挑战值：可能另有更新的证据包。",
)
_EN = _Words(
    fails="Does not verify: {problems} problems. Not evidence that is whole and unchanged.",
    holds="Verifies: loan {loan}, {records} records, {documents} documents as they were committed to; "
    "complete as of {as_of}.",
    withheld=" {withheld} documents are withheld (see the index).",
    not_fresh=" No time or challenge was asked for: a newer package may exist.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageReport:
    """What was found about a package.

    Attributes:
        manifest: what its packager signed; None if the file is no package.
        problems: what does not hold; empty if everything does.
        records: the loan's records, log by log, steps before objections.
        documents: in order of their paths.
        ends: the nodes' statements that hold.
        fresh: whether the reader asked for how new the statements must be.
    """

    manifest: Manifest | None
    problems: tuple[PackageProblem, ...]
    records: tuple[CheckedRecord, ...] = ()
    documents: tuple[CheckedDocument, ...] = ()
    ends: tuple[LoanEnd, ...] = ()
    fresh: bool = False

    @property
    def holds(self) -> bool:
        """Whether nothing was found against it."""
        return self.manifest is not None and not self.problems

    def verdict_zh(self) -> str:
        """Return the verdict in Chinese."""
        return self._verdict(_ZH)

    def verdict_en(self) -> str:
        """Return the verdict in English."""
        return self._verdict(_EN)

    def _verdict(self, words: _Words) -> str:
        if self.manifest is None or not self.holds:
            return words.fails.format(problems=len(self.problems))
        said = words.holds.format(
            loan=self.manifest.loan.number,
            records=len(self.records),
            documents=len(self.documents),
            as_of=self.manifest.completeness.as_of,
        )
        if self.manifest.withheld:
            said += words.withheld.format(withheld=len(self.manifest.withheld))
        return said if self.fresh else said + words.not_fresh


def verify_package(
    file: bytes,
    trusted: TrustedNetwork,
    *,
    ends_not_before: datetime | None = None,
    challenge: str | None = None,
    not_after: datetime | None = None,
) -> PackageReport:
    """Check a package; what is wrong with it is a value, never raised.

    An old package is whole as of its time: whether there is a newer one, only `ends_not_before` or
    `challenge` can show.

    Args:
        file: the package's bytes.
        trusted: the reader's network, got beforehand and not with the package.
        ends_not_before: aware; statements of the loan's end made earlier are refused.
        challenge: 32 bytes in hex that the reader gave, not all zero; statements without it are refused.
        not_after: aware; cosignatures dated later are refused, usually the reader's clock.

    Raises: InputError if an argument of the reader's cannot be.
    """
    fresh = Freshness(not_before=_aware(ends_not_before, "ends_not_before"), challenge=challenge)
    if challenge is not None and (challenge == NO_CHALLENGE or not _CHALLENGE.fullmatch(challenge)):
        raise InputError("not a challenge", got=challenge, expected="64 hex digits, not all of them zero")
    latest = _aware(not_after, "not_after")
    findings = Findings()
    opened = open_package(file, trusted=trusted, findings=findings)
    if opened is None:
        return PackageReport(manifest=None, problems=findings.problems)
    ends = checked_ends(opened, trusted, fresh)
    records: list[CheckedRecord] = []
    logs = opened.manifest.completeness.logs
    if [log.origin for log in logs] != list(trusted.network.names):
        logs = ()  # told: another network
    for number, packaged in enumerate(logs, start=1):
        check = LogCheck(
            opened=opened,
            trusted=trusted,
            number=number,
            packaged=packaged,
            not_after=None if latest is None else int(latest.timestamp()),
        )
        of_log = check.records()
        check_log_ends(check, of_log, ends)
        records += of_log
    documents = check_documents(opened, records)
    _check_index(opened, {one.file: one.record for one in records})
    return PackageReport(
        manifest=opened.manifest,
        problems=findings.problems,
        records=tuple(records),
        documents=tuple(documents),
        ends=tuple(ends.values()),
        fresh=fresh != Freshness(),
    )


def _aware(moment: datetime | None, name: str) -> datetime | None:
    return None if moment is None else check_aware(moment, name=name)


def _check_index(opened: Opened, records: dict[str, Record]) -> None:
    body = opened.member(INDEX)
    if body is not None and body != index_text(opened.manifest, records).encode():
        opened.findings.add("index_differs", file=INDEX)
