"""Collecting a loan's package (证据收集): our documents, all logs' records, the statements of their ends.

The records come from our node, the documents from the bank. Which record commits to which document is found
by the commitment itself, never by a note about it. A record may become final between two questions: then
the nodes state more than was collected, and all is collected again.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from creditloop.evidence.network import Lane, read_record, record_hash
from creditloop.evidence.package import (
    NO_CHALLENGE,
    CommittedBy,
    Document,
    DocumentKind,
    LoanOnLog,
    PackageContent,
    SignedLoanEnd,
    TrustedNetwork,
    WithheldDocument,
    WithheldReason,
)
from creditloop.kernel.errors import EvidenceError, SourceError, StateError
from creditloop.service.attesting import CommittedDocument, CommittedLoan, StepStanding
from creditloop.service.node_door import NodeDoor

COLLECTIONS_MAX = 4
"""So often is collected before a loan counts as too lively to be packed now."""
_ENDINGS = {
    "application/pdf": "pdf",
    "application/json": "json",
    "text/plain": "txt",
    "text/html": "html",
    "text/csv": "csv",
    "image/png": "png",
    "image/jpeg": "jpg",
}
Place = tuple[str, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a package can be built of.

    Attributes:
        content: for `build_package`, without aids.
        unfinished: our steps that are not final: still to be sent, under way, or refused; none is packed.
        behind: nodes whose statement is older than the records, left out.
    """

    content: PackageContent
    unfinished: tuple[StepStanding, ...]
    behind: tuple[str, ...]


def collect_loan(
    *,
    loan_number: str,
    loan: CommittedLoan,
    steps: Sequence[StepStanding],
    door: NodeDoor,
    trusted: TrustedNetwork,
    made_at: datetime,
    challenge: str = NO_CHALLENGE,
    confidential: Set[DocumentKind] = frozenset(),
) -> Collected:
    """Collect everything about a loan, as of now.

    Args:
        loan_number: as the bank writes it.
        loan: what the bank keeps of it.
        steps: how far its steps are, read with it.
        door: of our node.
        trusted: the network, as the readers know it.
        made_at: aware.
        challenge: hex that the nodes must sign, of whoever asked for the package.
        confidential: kinds of documents that are withheld.

    Raises: SourceError if our node, or too many of the others, did not answer; EvidenceError if a node states
        another past; StateError if no record of the loan is final yet, or it changes faster than it is read.
    """
    for _ in range(COLLECTIONS_MAX):
        logs = [door.loan_on_log(origin, loan=loan.pseudonym) for origin in trusted.network.names]
        ends = door.loan_ends(loan=loan.pseudonym, challenge=challenge)
        agreeing, behind, is_more = _compared(logs, ends)
        if not is_more:
            break
    else:
        raise StateError("the loan changes faster than it is read", hint="export it again in a while")
    if not any(log.steps for log in logs):
        raise StateError("no record of the loan is final on the network yet", where={"loan": loan_number})
    _check_quorum(agreeing, behind, trusted)
    _check_steps(logs, steps, own=door.name)
    documents, withheld = _documents(logs, loan, confidential=confidential, own=door.name)
    content = PackageContent(
        loan_number=loan_number,
        loan_salt=loan.salt,
        made_at=made_at,
        trusted=trusted,
        logs=logs,
        ends=agreeing,
        documents=documents,
        withheld=withheld,
    )
    unfinished = tuple(step for step in steps if step.stage != "final")
    return Collected(content=content, unfinished=unfinished, behind=behind)


def _last(log: LoanOnLog, lane: Lane) -> tuple[int, str | None]:
    records = log.steps if lane is Lane.STEPS else log.objections
    return len(records), record_hash(records[-1].body) if records else None


def _last_index(log: LoanOnLog) -> int:
    """Return the place of the loan's last record on a log, -1 without one."""
    return max((one.proof.index for one in (*log.steps, *log.objections)), default=-1)


def _compared(
    logs: Sequence[LoanOnLog], ends: Iterable[SignedLoanEnd]
) -> tuple[list[SignedLoanEnd], tuple[str, ...], bool]:
    """Part the statements: those that agree, nodes that are behind, whether one states more than we have.

    Raises: EvidenceError if a node states another last record at the same number: two pasts.
    """
    agreeing, behind, is_more = [], [], False
    for signed in ends:
        stated_less = False
        for log in logs:
            stated = signed.end.by_origin[log.origin]
            stated_less |= stated.size <= _last_index(log)
            for lane in Lane:
                count, last = _last(log, lane)
                end = stated.end(lane)
                if end.sequence == count and count and end.hash != last:
                    raise EvidenceError(
                        "a node states another past of the loan than ours holds",
                        got=f"{signed.end.node}: {end.hash}",
                        expected=last,
                        where={"log": log.origin, "chain": lane.value, "record": count},
                    )
                stated_less |= end.sequence < count
                is_more |= end.sequence > count
        if stated_less:
            behind.append(signed.end.node)
        else:
            agreeing.append(signed)
    return agreeing, tuple(behind), is_more


def _check_quorum(agreeing: Sequence[SignedLoanEnd], behind: Sequence[str], trusted: TrustedNetwork) -> None:
    """Refuse before anything is packed what nobody could show to be whole."""
    nodes = {signed.end.node for signed in agreeing}
    for origin in trusted.network.names:
        others = sorted(nodes - {origin})
        if len(others) < trusted.network.quorum:
            raise SourceError(
                "too few nodes state where the loan's records end",
                got=others,
                expected=f"{trusted.network.quorum} others of {origin}",
                where={"behind": list(behind)},
                hint="try again when they answer",
            )


def _check_steps(logs: Sequence[LoanOnLog], steps: Sequence[StepStanding], *, own: str) -> None:
    """Compare what the bank wrote down of its steps with its log.

    Raises: EvidenceError if a final record is not on the log; StateError if one there is not written down.
    """
    on_log = {record_hash(one.body) for log in logs if log.origin == own for one in log.steps}
    for step in steps:
        where: dict[str, object] = {"step": step.step_no, "record": step.record_hash}
        if step.stage == "final" and step.record_hash not in on_log:
            raise EvidenceError("a record that was final is not on our log any more", where=where)
        if step.stage == "sent" and step.record_hash in on_log:
            raise StateError(
                "a record is final and not written down yet",
                where=where,
                hint="export again once the bank has asked its node",
            )


def _documents(
    logs: Sequence[LoanOnLog], loan: CommittedLoan, *, confidential: Set[DocumentKind], own: str
) -> tuple[list[Document], list[WithheldDocument]]:
    """Return the documents to pack, and the commitments without one and why."""
    places: dict[str, list[Place]] = {}
    for place, made in _commitments(logs):
        places.setdefault(made, []).append(place)
    packed: dict[str, Document] = {}
    reasons: dict[str, WithheldReason] = {}
    for document in loan.documents:
        made = document.commitment
        if made not in places:
            continue  # of a step that came after the logs were read, or that only another log has
        if document.content is None or document.salt is None:
            reasons[made] = WithheldReason.DESTROYED
        elif kind_of(document) in confidential:
            reasons[made] = WithheldReason.CONFIDENTIAL
        else:
            packed[made] = _packed(document, places[made], own=own)
    withheld = [
        WithheldDocument(
            origin=origin,
            sequence=sequence,
            name=name,
            reason=reasons.get(made, WithheldReason.NOT_HELD),
        )
        for made, here in places.items()
        if made not in packed
        for origin, sequence, name in here
    ]
    return list(packed.values()), withheld


def _commitments(logs: Iterable[LoanOnLog]) -> Iterator[tuple[Place, str]]:
    """Give every commitment of the loan's steps."""
    for log in logs:
        for one in log.steps:
            record = read_record(one.body)
            for named in record.documents:
                yield (log.origin, record.sequence, named.name), named.commitment


def _packed(document: CommittedDocument, places: Sequence[Place], *, own: str) -> Document:
    assert document.content is not None and document.salt is not None, "a document that is kept"
    origin, sequence, name = places[0]
    ending = _ENDINGS.get(document.media_type, "bin")
    before = "" if origin == own else f"{origin.partition('.')[0].lower()}-"
    return Document(
        file_name=f"{before}{sequence:03d}-{name}.{ending}",
        body=document.content,
        kind=kind_of(document),
        media_type=document.media_type,
        title_zh=document.title_zh,
        title_en=document.title_en,
        committed=[
            CommittedBy(origin=origin, sequence=sequence, name=name, salt=document.salt)
            for origin, sequence, name in places
        ],
    )


def kind_of(document: CommittedDocument) -> DocumentKind:
    """Return a document's kind; "other" for one that packages do not know."""
    known = set(DocumentKind)
    return DocumentKind(document.kind) if document.kind in known else DocumentKind.OTHER
