"""Make past decisions again (决策重放): from the values kept with them and the texts in the bank's archive.

Not from files of now, and not from data of now: what is asked is whether the decision that stands is what its
own rules make of its own values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from creditloop.admit import (
    Decision,
    DecisionBatch,
    ReviewRules,
    Working,
    decision_frame,
    differing,
    find_batch,
    find_batches,
    find_decision,
    replay,
    review_rules,
)
from creditloop.data import Progress
from creditloop.kernel.errors import UnknownId
from creditloop.service.compiled import compiled_card, compiled_policy
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work

READER = "service.replaying"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDifference:
    """A decision that comes out otherwise: (kept, made again) by column."""

    decision_id: str
    party_id: str
    columns: Mapping[str, tuple[object, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay found: how many decisions of how many runs were made again, and those that differ."""

    runs: int
    decisions: int
    differing: tuple[ReplayDifference, ...]


def open_decision(work: Work, *, decision_id: UUID, reader: str, reason: str) -> tuple[Decision, Working]:
    """Return a decision and its whole working, made again from the archive; the read is logged.

    Raises: UnknownId if there is no such decision; EvidenceError if an adopted text was changed.
    """
    decision = find_decision(work.connection, decision_id=decision_id)
    rules = rules_of(work, batch=_batch(work, decision.batch_id))
    record_own_read(
        work,
        package="creditloop.admit",
        table="admit.decision",
        columns=tuple(decision.said),
        purpose="display",
        reader=reader,
        reason=reason,
        parties_count=1,
        party_id=decision.party_id,
    )
    working = replay(party_id=decision.party_id, inputs=str(decision.said["inputs"]), rules=rules)
    return decision, working


def rules_of(work: Work, *, batch: DecisionBatch) -> ReviewRules:
    """Return the policy and card a run was decided by, from the archive, as in force on its rules date."""
    policy = compiled_policy(work.adopted(batch.policy_hash), rules_as_of=batch.dates.rules_as_of)
    return review_rules(policy=policy, card=compiled_card(work.adopted(batch.card_hash)))


def replay_one(work: Work, *, decision_id: UUID) -> Replayed:
    """Make one recorded decision again and compare it with what is kept; the read is logged.

    Raises: UnknownId if there is no such decision.
    """
    decision, working = open_decision(
        work, decision_id=decision_id, reader=READER, reason="replay of one decision"
    )
    columns = differing(decision=decision.said, working=working)
    told = ReplayDifference(decision_id=str(decision_id), party_id=decision.party_id, columns=columns)
    return Replayed(runs=1, decisions=1, differing=(told,) if columns else ())


def replay_all(work: Work, *, progress: Progress | None = None) -> Replayed:
    """Make every recorded decision again and compare each with what is kept; the read is logged."""
    batches = find_batches(work.connection)
    total, done = sum(batch.decided for batch in batches), 0
    found = list[ReplayDifference]()
    for batch in batches:
        rules = rules_of(work, batch=batch)
        for said in decision_frame(work.connection, batch_id=batch.batch_id).iter_rows(named=True):
            working = replay(party_id=said["party_id"], inputs=said["inputs"], rules=rules)
            if columns := differing(decision=said, working=working):
                found.append(
                    ReplayDifference(
                        decision_id=said["decision_id"], party_id=said["party_id"], columns=columns
                    )
                )
            done += 1
            if progress is not None and done % 1_000 == 0:
                progress(done, total)
    record_own_read(
        work,
        package="creditloop.admit",
        table="admit.decision",
        columns=("inputs",),
        purpose="audit",
        reader=READER,
        reason="replay of every decision",
        parties_count=done,
    )
    return Replayed(runs=len(batches), decisions=done, differing=tuple(found))


def _batch(work: Work, batch_id: UUID) -> DecisionBatch:
    batch = find_batch(work.connection, batch_id=batch_id)
    if batch is None:
        raise UnknownId("there is no such run of decisions", got=str(batch_id))
    return batch
