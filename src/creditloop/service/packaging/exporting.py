"""Exporting a loan's package (导出证据包), as numbered steps, and checking a loan as a reader would.

0. The loan's statement and the contacts about it are recorded as they are now, if that is asked for.
1. What the bank keeps of the loan is read, and the read is logged with its reason.
2. Records and statements are collected from the nodes, outside any transaction.
3. A package is built and checked; its index is drawn of what the check read.
4. It is built and checked again with the index in it.
5. The export is written down: who, when, why, for whom, the SHA-256. Only then it leaves this room.
"""

import hashlib
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from creditloop.evidence.network import moment_from_text
from creditloop.evidence.package import (
    NO_CHALLENGE,
    DocumentKind,
    PackageReport,
    build_package,
    verify_package,
)
from creditloop.kernel.errors import EvidenceError
from creditloop.service.attesting import CommittedLoan, StepStanding
from creditloop.service.bank import Bank
from creditloop.service.own_reads import record_own_read
from creditloop.service.packaging.agreeing import AgreedRecord, agreed_records
from creditloop.service.packaging.collecting import Collected, collect_loan
from creditloop.service.packaging.dossier import complete_dossier
from creditloop.service.packaging.exports import Export, check_challenge, one_line, record_export
from creditloop.service.packaging.index_page import Occasion, index_aid
from creditloop.service.packaging.packager import Packager
from creditloop.service.packaging.standing import find_standing
from creditloop.service.simulated import is_simulated

_SQL = "creditloop.service.attesting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for.

    Attributes:
        loan_id: the loan.
        reason, recipient: why, for whom; one line each.
        person: who exports, as the log of reads names him.
        challenge: 32 bytes in hex of whoever wants to know that the package is new; None without.
        confidential: kinds of documents that are listed and not handed over.
        complete: record statement and contacts first, so that they are in it.
    """

    loan_id: str
    reason: str
    recipient: str
    person: str
    challenge: str | None = None
    confidential: Set[DocumentKind] = frozenset()
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedPackage:
    """A package that was written down and may leave.

    Attributes:
        file: its bytes.
        export: what was written down.
        state: where the loan stands: "on_book", or that its payout is "awaiting", "refused" or "lapsed".
        report: of our own check.
        unfinished: our steps that are not in it, as their records are not final.
        behind: nodes whose statement was left out, as it is older than the records.
    """

    file: bytes
    export: Export
    state: str
    report: PackageReport
    unfinished: tuple[StepStanding, ...]
    behind: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLoan:
    """A loan on the network as a reader of its package would find it now.

    Attributes:
        report: of the check.
        agreed: its final records, in order of time, and who agreed to each.
        unfinished: our steps whose records are not final, in order.
        simulated: its customer is made up.
        behind: nodes whose statement is older than the records.
    """

    report: PackageReport
    agreed: tuple[AgreedRecord, ...]
    unfinished: tuple[StepStanding, ...]
    behind: tuple[str, ...]
    simulated: bool


def export_package(bank: Bank, *, packager: Packager, asked: Asked) -> ExportedPackage:
    """Export a loan's package; of one whose payout waits or came to nothing, what there is of it.

    Raises: InputError for a reason, recipient or challenge that is none; UnknownId for a loan that is not
        there or has nothing on the network; SourceError, StateError and EvidenceError as `collect_loan` and
        `build_package`; StateError if the extra `report` is not installed.
    """
    reason = one_line(asked.reason, name="reason")
    recipient = one_line(asked.recipient, name="recipient")
    challenge = check_challenge(asked.challenge)
    if asked.complete:
        complete_dossier(bank, packager=packager, loan_id=asked.loan_id)
    kept = _read(bank, packager, loan_id=asked.loan_id, person=asked.person, reason=reason)
    collected = _collect(kept, packager, challenge=challenge or NO_CHALLENGE, confidential=asked.confidential)
    report, agreed = _checked(collected, packager, challenge=asked.challenge)
    occasion = Occasion(reason=reason, recipient=recipient, simulated=kept.simulated, state=kept.state)
    content = replace(collected.content, aids=[index_aid(report, agreed, occasion)])
    file = build_package(content, signer=packager.signer)
    report = verify_package(file, packager.trusted, challenge=asked.challenge)
    _refuse_broken(report)
    with bank.work() as work:
        export = record_export(work, _export(asked, occasion, file, report, packager, at=work.now))
    return ExportedPackage(
        file=file,
        export=export,
        state=kept.state,
        report=report,
        unfinished=collected.unfinished,
        behind=collected.behind,
    )


def check_loan(bank: Bank, *, packager: Packager, loan_id: str, person: str, reason: str) -> CheckedLoan:
    """Check a loan on the network as a reader of its package would, now; nothing leaves the bank.

    Raises: as `export_package`.
    """
    kept = _read(bank, packager, loan_id=loan_id, person=person, reason=reason)
    collected = _collect(kept, packager)
    report, agreed = _checked(collected, packager, challenge=None)
    return CheckedLoan(
        report=report,
        agreed=tuple(sorted(agreed, key=lambda one: (one.record.occurred_at, one.record.lane.value))),
        unfinished=collected.unfinished,
        behind=collected.behind,
        simulated=kept.simulated,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the bank keeps of a loan, when it was read, where it stood, whether its customer is made up."""

    loan_id: str
    loan: CommittedLoan
    steps: Sequence[StepStanding]
    read_at: datetime
    state: str
    simulated: bool


def _read(bank: Bank, packager: Packager, *, loan_id: str, person: str, reason: str) -> _Kept:
    """Read what the bank keeps, and log it.

    Raises: UnknownId for a loan that is not there, or has nothing on the network.
    """
    with bank.work() as work:
        standing = find_standing(work, loan_id=loan_id)
        party_id = standing.party_id
        steps = packager.steps(work.connection, loan_id)  # first: a step that is final has its documents then
        loan = packager.find(work.connection, loan_id)
        record_own_read(
            work,
            package=_SQL,
            table="attesting.document",
            columns=("name", "kind", "title_zh", "title_en", "salt", "body"),
            purpose="audit",
            reader=person,
            reason=reason,
            parties_count=1,
            party_id=party_id,
        )
        made_up = is_simulated(work.connection, party_id=party_id)
        return _Kept(
            loan_id=loan_id,
            loan=loan,
            steps=steps,
            read_at=work.now,
            state=standing.state,
            simulated=made_up,
        )


def _collect(
    kept: _Kept,
    packager: Packager,
    *,
    challenge: str = NO_CHALLENGE,
    confidential: Set[DocumentKind] = frozenset(),
) -> Collected:
    return collect_loan(
        loan_number=kept.loan_id,
        loan=kept.loan,
        steps=kept.steps,
        door=packager.door,
        trusted=packager.trusted,
        made_at=kept.read_at,
        challenge=challenge,
        confidential=confidential,
    )


def _checked(
    collected: Collected, packager: Packager, *, challenge: str | None
) -> tuple[PackageReport, list[AgreedRecord]]:
    """Build without the drawn index, check as a reader does, and say who agreed.

    Raises: EvidenceError naming the first problem if it does not verify.
    """
    content = collected.content
    file = build_package(content, signer=packager.signer)
    report = verify_package(file, packager.trusted, challenge=challenge)
    _refuse_broken(report)
    agreed = [one for log in content.logs for one in agreed_records(log, trusted=packager.trusted)]
    return report, agreed


def _refuse_broken(report: PackageReport) -> None:
    if not report.holds:
        raise EvidenceError(
            "the package would not verify",
            got=report.problems[0].line(),
            where={"problems": len(report.problems)},
        )


def _export(
    asked: Asked, occasion: Occasion, file: bytes, report: PackageReport, packager: Packager, *, at: datetime
) -> Export:
    manifest = report.manifest
    assert manifest is not None, "a package that verifies has a manifest"
    return Export(
        loan_id=asked.loan_id,
        number=0,  # given when it is written down
        sha256=hashlib.sha256(file).hexdigest(),
        size=len(file),
        reason=occasion.reason,
        recipient=occasion.recipient,
        exported_by=asked.person,
        exported_at=at,
        as_of=moment_from_text(manifest.completeness.as_of),
        challenge=asked.challenge,
        records=len(report.records),
        documents=len(report.documents),
        withheld=len(manifest.withheld),
        packager=manifest.packager,
        network=manifest.network,
    )
