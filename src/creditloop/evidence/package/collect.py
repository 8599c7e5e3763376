"""What a node holds of a loan, made into content (取证): rounds → records, shares, verdicts, proofs."""

from collections.abc import Callable, Iterable, Sequence

from creditloop.evidence.network import TlogProof
from creditloop.evidence.network.node import OpenRound
from creditloop.evidence.network.record import Lane, Record
from creditloop.evidence.network.verdict import SignedVerdict
from creditloop.evidence.package.content import LoanOnLog, ProvenRecord
from creditloop.evidence.package.share import BatchShare, batch_share
from creditloop.kernel.errors import InputError

Prove = Callable[[Sequence[int]], Sequence[TlogProof]]
"""Makes the proofs of a log's records by their indexes, at least one, all under one final checkpoint."""


def loan_on_log(*, origin: str, loan: str, rounds: Iterable[OpenRound], prove: Prove) -> LoanOnLog:
    """Collect a loan's records on one log from the rounds that hold them.

    Args:
        origin: the log.
        loan: the loan's pseudonym.
        rounds: opened rounds of this log in order; those without the loan may be left out.
        prove: makes proofs, for example over `make_tlog_proofs`.

    Raises: InputError if a round is of another log.
    """
    found: list[tuple[int, bytes, Record, BatchShare | None]] = []
    verdicts: dict[str, SignedVerdict] = {}
    for opened in rounds:
        if opened.round.origin != origin:
            raise InputError("a round of another log", got=opened.round.origin, expected=origin)
        found += _steps(opened, loan)
        found += _objections(opened, loan)
        used = any(opened.batch and opened.batch.records[index].loan == loan for index in opened.included)
        for signed in opened.round.verdicts:
            if used or _objects(signed, loan):
                verdicts[signed.verdict.hash] = signed
        verdicts |= {signed.verdict.hash: signed for signed in opened.round.late if _objects(signed, loan)}
    proofs = prove([index for index, *_ in found]) if found else ()
    lanes: dict[Lane, list[ProvenRecord]] = {lane: [] for lane in Lane}
    for (_, body, record, share), proof in zip(found, proofs, strict=True):
        lanes[record.lane].append(ProvenRecord(body=body, proof=proof, share=share))
    return LoanOnLog(
        origin=origin,
        steps=lanes[Lane.STEPS],
        objections=lanes[Lane.OBJECTIONS],
        verdicts=list(verdicts.values()),
    )


def _steps(opened: OpenRound, loan: str) -> Iterable[tuple[int, bytes, Record, BatchShare]]:
    batch = opened.batch
    for number, index in enumerate(opened.included if batch else ()):
        assert batch is not None
        if batch.records[index].loan == loan:
            share = batch_share(batch, index=index)
            yield opened.round.first + number, batch.bodies[index], batch.records[index], share


def _objections(opened: OpenRound, loan: str) -> Iterable[tuple[int, bytes, Record, None]]:
    first = opened.round.first + len(opened.included)
    for number, record in enumerate(opened.objection_records):
        if record.loan == loan:
            yield first + number, opened.leaves[len(opened.included) + number], record, None


def _objects(signed: SignedVerdict, loan: str) -> bool:
    return any(objection.loan == loan for objection in signed.verdict.objections)
