"""Who agreed to a record, and when (谁于何时同意): verdicts and cosignatures of a loan's records on a log.

Read from what a package is made of, the signed verdicts and cosigned checkpoints; that they verify is checked
with the package (`evidence.package.verify_package`), never here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from creditloop.evidence.network import Cosigned, Lane, Record, moment_from_text, read_record, record_hash
from creditloop.evidence.package import LoanOnLog, LogPolicy, ProvenRecord, TrustedNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A node's verdict on a record: when, and why it objects; None if it agrees."""

    node: str
    at: datetime
    objection: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedRecord:
    """A final record of a loan and who stands for it.

    Attributes:
        record: what it says.
        hash: its leaf hash, hex.
        index: its place on the log.
        judged: the verdicts on it, in order of time; empty for an objection.
        cosigned: when each witness cosigned the checkpoint that the record is proven under, in order of time:
            it had seen the record by then at the latest.
        final_at: when the quorum had cosigned.
    """

    record: Record
    hash: str
    index: int
    judged: tuple[Judged, ...]
    cosigned: tuple[tuple[str, datetime], ...]
    final_at: datetime

    @property
    def occurred_at(self) -> datetime:
        """When its submitter says that it happened."""
        return moment_from_text(self.record.occurred_at)

    @property
    def place(self) -> tuple[str, Lane, int]:
        """Log, chain and number."""
        return self.record.origin, self.record.lane, self.record.sequence


def agreed_records(log: LoanOnLog, *, trusted: TrustedNetwork) -> tuple[AgreedRecord, ...]:
    """Return a loan's records on a log, steps before objections, with who agreed to them.

    Raises: EvidenceError if a checkpoint is not cosigned by the quorum.
    """
    policy, quorum = LogPolicy(trusted, log.origin), trusted.network.quorum
    opened: dict[str, Cosigned] = {}
    found = []
    for one in (*log.steps, *log.objections):
        note = one.proof.checkpoint
        if note not in opened:
            opened[note] = policy.check(note)
        times = sorted((at, name) for name, at in opened[note].times.items())
        cosigned = tuple((name, datetime.fromtimestamp(at, UTC)) for at, name in times)
        found.append(
            AgreedRecord(
                record=read_record(one.body),
                hash=record_hash(one.body),
                index=one.proof.index,
                judged=tuple(sorted(_judged(one, log), key=lambda said: (said.at, said.node))),
                cosigned=cosigned,
                final_at=cosigned[quorum - 1][1],
            )
        )
    return tuple(found)


def _judged(one: ProvenRecord, log: LoanOnLog) -> Iterator[Judged]:
    """Give the verdicts on the batch that a record was in, as far as they are about it."""
    if one.share is None:
        return
    for signed in log.verdicts:
        verdict = signed.verdict
        if verdict.batch_hash == one.share.header.hash:
            reasons = [said.reason for said in verdict.objections if said.index == one.share.index]
            objection = reasons[0] if reasons else None
            yield Judged(node=verdict.node, at=moment_from_text(verdict.at), objection=objection)
