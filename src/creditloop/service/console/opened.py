"""A decision opened (调阅): the decision, its run, its working made again; the read is logged."""

from dataclasses import dataclass
from uuid import UUID

from creditloop.admit import Decision, DecisionBatch, Working, find_batch, find_decision, replay
from creditloop.kernel.errors import UnknownId
from creditloop.service.admitting.replaying import rules_of
from creditloop.service.console.visit import Visit
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A decision with the run it was made in and its whole working."""

    decision: Decision
    batch: DecisionBatch
    working: Working


def read_decision(visit: Visit, work: Work, *, decision_id: UUID, purpose: str | None = None) -> Opened:
    """Return a decision and its working, made again from the bank's archive.

    Args:
        purpose: what the person reads it for, logged with the read; None: what the person's roles read for.
    Raises: UnknownId if there is no such decision; EvidenceError if an adopted text was changed.
    """
    decision = find_decision(work.connection, decision_id=decision_id)
    batch = find_batch(work.connection, batch_id=decision.batch_id)
    if batch is None:
        raise UnknownId("there is no such run of decisions", got=str(decision.batch_id))
    visit.log_read(
        work,
        package="creditloop.admit",
        table="admit.decision",
        columns=tuple(decision.said),
        parties_count=1,
        party_id=decision.party_id,
        purpose=purpose,
    )
    rules = rules_of(work, batch=batch)
    working = replay(party_id=decision.party_id, inputs=str(decision.said["inputs"]), rules=rules)
    return Opened(decision=decision, batch=batch, working=working)
