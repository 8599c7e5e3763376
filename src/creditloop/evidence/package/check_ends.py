"""Checking that nothing was left out (完整性核验): the nodes' statements against the package's chains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.network.record import Lane, moment_from_text
from creditloop.evidence.package.check_records import CheckedRecord, LogCheck
from creditloop.evidence.package.loan_end import LoanEnd, check_loan_end, read_loan_end
from creditloop.evidence.package.manifest import MANIFEST, end_path
from creditloop.evidence.package.read import Opened
from creditloop.evidence.package.trust import TrustedNetwork
from creditloop.kernel.errors import EvidenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How new the reader wants the statements to be.

    Attributes:
        not_before: aware; earlier statements are refused. None: any time is taken.
        challenge: the value the reader gave, hex; statements without it are refused. None: none was given.
    """

    not_before: datetime | None = None
    challenge: str | None = None

    @property
    def is_asked(self) -> bool:
        """Whether the reader wants new statements at all."""
        return self.not_before is not None or self.challenge is not None


def checked_ends(opened: Opened, trusted: TrustedNetwork, fresh: Freshness) -> dict[str, LoanEnd]:
    """Return the statements that hold in themselves, by their files."""
    findings, manifest = opened.findings, opened.manifest
    ends: dict[str, LoanEnd] = {}
    for number, node in enumerate(manifest.completeness.stated_by, start=1):
        path = end_path(number)
        body = opened.member(path)
        if body is None:
            break
        with findings.noting("end_fails", file=path):
            signed = read_loan_end(body)
            party = trusted.network.find(node)
            if party is None:
                raise EvidenceError("nobody of this network", got=node)
            # what a reader has asked for now a key of before does not answer, whoever has it
            judges = (party.judge,) if fresh.is_asked else party.judges(signed.end.sizes)
            check_loan_end(signed, judges=judges, origins=trusted.network.names)
            if signed.end.loan != manifest.loan.pseudonym:
                raise EvidenceError("a statement about another loan", got=signed.end.loan)
            ends[path] = signed.end
            _check_fresh(signed.end, path, opened, fresh)
    if ends and min(end.at for end in ends.values()) != manifest.completeness.as_of:
        findings.add("manifest_malformed", file=MANIFEST, detail="as_of is not the earliest statement's time")
    return ends


def _check_fresh(end: LoanEnd, path: str, opened: Opened, fresh: Freshness) -> None:
    if fresh.not_before is not None and moment_from_text(end.at) < fresh.not_before:
        opened.findings.add("end_stale", file=path, detail=f"{end.node} at {end.at}")
    if fresh.challenge is not None and end.challenge != fresh.challenge:
        opened.findings.add("end_stale", file=path, detail=f"{end.node} did not answer this challenge")


def check_log_ends(check: LogCheck, records: Sequence[CheckedRecord], ends: Mapping[str, LoanEnd]) -> None:
    """Check that enough other nodes state the ends that the package has of one log, and none another.

    Also a statement of the log's own party must agree, though it does not count.
    """
    packaged, findings = check.packaged, check.opened.findings
    origin = packaged.origin
    last = max((one.index for one in records if one.index is not None), default=-1)
    agreeing = []
    for path, end in ends.items():
        stated = end.by_origin[origin]
        if stated.size:
            check.saw(Checkpoint(origin=origin, size=stated.size, root=bytes.fromhex(stated.root)), file=path)
        odd = [lane for lane in Lane if stated.end(lane) != packaged.end(lane)]
        for lane in odd:
            findings.add(
                "end_differs",
                file=path,
                record=f"{origin} {lane.value}",
                detail=f"{end.node} states {stated.end(lane).sequence}, here {packaged.end(lane).sequence}",
            )
        if stated.size <= last:
            findings.add("end_fails", file=path, record=origin, detail="older than a record of the package")
        elif not odd and end.node != origin:
            agreeing.append(end.node)
    quorum = check.trusted.network.quorum
    if len(agreeing) < quorum:
        findings.add("ends_too_few", record=origin, detail=f"{agreeing}, must be {quorum} of the others")
