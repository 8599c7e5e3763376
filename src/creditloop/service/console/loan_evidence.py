"""存证核验: a loan's steps on the network: proposed or final, who agreed when, who objected, our check."""

from collections.abc import Sequence
from dataclasses import dataclass

from creditloop.book.loan_store import StoredLoan
from creditloop.evidence.network import Lane
from creditloop.kernel.errors import EvidenceError, SourceError, StateError, UnknownId
from creditloop.service.attesting import StepStanding, find_steps
from creditloop.service.console.loan_reading import read_loan, way_to_loan
from creditloop.service.console.visit import Answer, Page, Visit
from creditloop.service.packaging import AgreedRecord, CheckedLoan, check_loan, packager_at
from creditloop.service.work import Work

STEP_COLUMNS = ("loan_id", "step_no", "step", "kind", "occurred_at")
"""What is shown of a step, for the log of reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    """A step or a record of another log, with what the network says of it.

    Attributes:
        step: as the bank wrote it down; None for a record of another party's log.
        agreed: who agreed when; None before it was checked, or while it is not final.
        objections: records of objections to it.
    """

    step: StepStanding | None
    agreed: AgreedRecord | None
    objections: tuple[AgreedRecord, ...]


def steps_of(visit: Visit, work: Work, loan: StoredLoan) -> tuple[StepStanding, ...]:
    """Return how far a loan's steps are on the network, the read logged."""
    visit.log_read(
        work,
        package="creditloop.service.attesting",
        table="attesting.step",
        columns=STEP_COLUMNS,
        parties_count=1,
        party_id=loan.party_id,
    )
    return find_steps(work.connection, loan.loan_id)


def show_loan_evidence(visit: Visit) -> Answer:
    """Show a loan's steps; asked to, check them now as a reader of its package would."""
    with visit.work() as work:
        read = read_loan(visit, work)
        steps = steps_of(visit, work, read.loan)
    checked, trouble = None, None
    if visit.query.get("check"):
        checked, trouble = _checked(visit, read.loan.loan_id)
    lines = evidence_lines(steps, () if checked is None else checked.agreed)
    record = {
        "read": read,
        "loan": read.loan,
        "lines": lines,
        "final": sum(step.stage == "final" for step in steps),
        "refused": sum(step.stage == "refused" for step in steps),
        "checked": checked,
        "manifest": None if checked is None else checked.report.manifest,
        "trouble": trouble,
    }
    way = way_to_loan(visit, read.loan.loan_id, (visit.words("screen.loan_evidence"), None))
    return Page(template="loan_evidence.html", record=record, trail=way)


def _checked(
    visit: Visit, loan_id: str
) -> tuple[CheckedLoan | None, EvidenceError | SourceError | StateError | UnknownId | None]:
    """Check a loan, or say why that cannot be done now."""
    try:
        with packager_at(visit.bank.places) as packager:
            return (
                check_loan(
                    visit.bank,
                    packager=packager,
                    loan_id=loan_id,
                    person=visit.reader,
                    reason=visit.reason,
                ),
                None,
            )
    except (EvidenceError, SourceError, StateError, UnknownId) as error:
        return None, error


def evidence_lines(steps: Sequence[StepStanding], agreed: Sequence[AgreedRecord]) -> tuple[EvidenceLine, ...]:
    """Put the bank's steps beside what was found on the logs; records of other logs follow."""
    records = {one.hash: one for one in agreed if one.record.lane is Lane.STEPS}
    objections: dict[str, list[AgreedRecord]] = {}
    for one in agreed:
        if one.record.objection:
            objections.setdefault(one.record.objection.record, []).append(one)
    lines = []
    for step in steps:
        hash_ = step.record_hash or ""
        found = records.pop(hash_, None)
        lines.append(EvidenceLine(step=step, agreed=found, objections=tuple(objections.get(hash_, ()))))
    lines += [
        EvidenceLine(step=None, agreed=one, objections=tuple(objections.get(hash_, ())))
        for hash_, one in records.items()
    ]
    return tuple(lines)
