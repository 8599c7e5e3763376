"""Strategies as published (策略版本): from which day, made of which texts, proven, and who put them live.

A version is `published` by one person, put `live` by another (双人复核), and `retired`; each of them once,
each with a reason. The database itself refuses that one person does both, and a version without its proof.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from creditloop.kernel.canonical import canonical_bytes, content_hash
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder, UnknownId
from creditloop.kernel.ids import content_id, is_same_name
from creditloop.kernel.storage import Connection, first_recorded, load_queries
from creditloop.oversight.strategy_proofs import StrategyProof
from creditloop.risk import Policy

_SQL = "creditloop.oversight"
_BEFORE = {"live": ("published",), "retired": ("published", "live")}
"""What a version is before it is put into a state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """What became of a version: the state, who put it there, and why."""

    state: str
    person: str
    reason: str
    simulated: bool
    recorded_at: datetime = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyVersion:
    """A strategy as published.

    Attributes:
        document_hash: of the text; `documents` canonical JSON list of the hashes of its sub-strategies.
        program_hash: of what the text means with the numbers in force on `rules_as_of`.
        warnings, notes: what checking it found; `cases`: worked cases, all of which hold.
        changes: what became of it, oldest first.
    """

    batch_id: UUID
    product: str
    stage: str
    policy: str
    document_hash: str
    documents: str
    program_hash: str
    rules_as_of: date
    effective_from: date
    warnings: int
    notes: int
    cases: int
    proof_batch: UUID
    published_by: str
    simulated: bool
    content_hash: str
    changes: tuple[StateChange, ...] = field(default=(), compare=False)

    @property
    def state(self) -> str:
        """published, live or retired."""
        return self.changes[-1].state

    def as_record(self) -> dict[str, object]:
        """Return the version as plain data, with what became of it."""
        plain = ("product", "stage", "policy", "document_hash", "program_hash", "warnings", "notes", "cases")
        return {
            "version": str(self.batch_id),
            "state": self.state,
            **{name: getattr(self, name) for name in plain},
            "documents": json.loads(self.documents),
            "rules_as_of": self.rules_as_of.isoformat(),
            "effective_from": self.effective_from.isoformat(),
            "proof": str(self.proof_batch),
            "published_by": self.published_by,
            "simulated": self.simulated,
            "changes": [
                {name: getattr(change, name) for name in ("state", "person", "reason", "simulated")}
                for change in self.changes
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedVersion:
    """A version that was put live, as the stages need it.

    Attributes:
        documents: as `StrategyVersion` has it.
        path: that of the text in the archive; None if it was not kept there.
        retired: whether it was retired since.
    """

    batch_id: UUID
    product: str
    stage: str
    policy: str
    document_hash: str
    documents: str
    rules_as_of: date
    effective_from: date
    path: str | None
    retired: bool

    @property
    def strategy(self) -> tuple[str, str, str]:
        """Which strategy it is a version of: product, stage and name."""
        return (self.product, self.stage, self.policy)


def strategy_version_id(policy: Policy, *, effective_from: date) -> UUID:
    """Return the id of a strategy as published from a day: by its name, its texts and its meaning."""
    named = (policy.product, policy.stage, policy.name)
    texts = (policy.document.hash, [document.hash for document in policy.documents])
    return content_id("strategy_version", *named, *texts, policy.program.hash, effective_from)


def record_version(
    connection: Connection,
    *,
    policy: Policy,
    effective_from: date,
    warnings: int,
    notes: int,
    cases: int,
    proof: StrategyProof,
    published_by: str,
    reason: str,
    simulated: bool,
    now: datetime,
) -> StrategyVersion:
    """Record a strategy as published; the same one again returns the first.

    Raises: InputError if nobody publishes it, or the proof does not hold or is of another program;
        ConflictingRepeat if it was published by somebody else, or checked or proven otherwise.
    """
    _check_proof(policy, proof)
    _check_words(published_by, reason)
    version = StrategyVersion(
        batch_id=strategy_version_id(policy, effective_from=effective_from),
        product=policy.product,
        stage=policy.stage,
        policy=policy.name,
        document_hash=policy.document.hash,
        documents=canonical_bytes([document.hash for document in policy.documents]).decode(),
        program_hash=policy.program.hash,
        rules_as_of=policy.rules_as_of,
        effective_from=effective_from,
        warnings=warnings,
        notes=notes,
        cases=cases,
        proof_batch=proof.batch_id,
        published_by=published_by,
        simulated=simulated,
        content_hash=content_hash([published_by, warnings, notes, cases, str(proof.batch_id), simulated]),
    )
    found = find_versions(connection, version_id=version.batch_id)
    if found:
        where = {"version": str(version.batch_id), "policy": policy.name}
        message = "this strategy was published otherwise"
        return first_recorded(found[0], version, message=message, where=where)
    values = {name: getattr(version, name) for name in version.__dataclass_fields__ if name != "changes"}
    load_queries(_SQL).insert_version(connection, recorded_at=check_aware(now, name="now"), **values)
    change = StateChange(
        state="published", person=published_by, reason=reason, simulated=simulated, recorded_at=now
    )
    _insert_state(connection, version, change, batch_id=version.batch_id)
    return replace(version, changes=(change,))


def find_versions(
    connection: Connection,
    *,
    version_id: UUID | None = None,
    product: str | None = None,
    stage: str | None = None,
) -> list[StrategyVersion]:
    """Return strategies as published, by strategy, the oldest first; of a product or stage, or one alone."""
    queries = load_queries(_SQL)
    changes: dict[UUID, list[StateChange]] = {}
    for found, *told in queries.find_states(connection, version_id=version_id):
        names = ("state", "person", "reason", "simulated", "recorded_at")
        changes.setdefault(found, []).append(StateChange(**dict(zip(names, told, strict=True))))
    rows = queries.find_versions(connection, batch_id=version_id, product=product, stage=stage)
    return [_version(row, changes) for row in rows]


def find_version(connection: Connection, *, version_id: UUID) -> StrategyVersion:
    """Return one strategy as published.

    Raises: UnknownId if there is none.
    """
    found = find_versions(connection, version_id=version_id)
    if not found:
        raise UnknownId("no such strategy was published", got=version_id)
    return found[0]


def find_released(connection: Connection) -> tuple[ReleasedVersion, ...]:
    """Return every version that was put live, by the day it is effective from and the order of putting."""
    names = ReleasedVersion.__dataclass_fields__
    rows = load_queries(_SQL).find_released_versions(connection)
    return tuple(ReleasedVersion(**dict(zip(names, row, strict=True))) for row in rows)


def state_batch_id(version_id: UUID, *, state: str) -> UUID:
    """Return the id under which it is recorded that a version was put live or retired."""
    return content_id("strategy_state", str(version_id), state)


def change_state(
    connection: Connection,
    *,
    version_id: UUID,
    state: str,
    person: str,
    reason: str,
    simulated: bool,
    now: datetime,
) -> StrategyVersion:
    """Put a version live (上线) or retire it (下线); a repeat returns the first.

    Raises: UnknownId if there is no such version; InputError if whoever published it puts it live, nobody
        does it or says why, or there is no such state; OutOfOrder if it is retired; ConflictingRepeat if
        somebody else did it before, or for another reason.
    """
    version = find_version(connection, version_id=version_id)
    where = {"version": str(version_id), "policy": version.policy}
    _check_words(person, reason)
    if state not in _BEFORE:
        raise InputError("a version is not put into this state", got=state, expected=sorted(_BEFORE))
    if state == "live" and is_same_name(person, version.published_by):
        raise InputError(
            "whoever published a strategy cannot put it live: a second person must", got=person, where=where
        )
    change = StateChange(state=state, person=person, reason=reason, simulated=simulated, recorded_at=now)
    first = next((old for old in version.changes if old.state == state), None)
    if first is None:
        if version.state not in _BEFORE[state]:
            raise OutOfOrder(
                f"this version is not to be {state} any more",
                got=version.state,
                expected=" or ".join(_BEFORE[state]),
                where=where,
            )
        _insert_state(connection, version, change, batch_id=state_batch_id(version_id, state=state))
        version = find_version(connection, version_id=version_id)
        first = next(old for old in version.changes if old.state == state)
    if first != change:
        raise ConflictingRepeat(
            f"this version was put into the state {state} by somebody else, or for another reason",
            got=f"{person}: {reason}",
            expected=f"{first.person}: {first.reason}",
            where=where,
        )
    return version


def _check_proof(policy: Policy, proof: StrategyProof) -> None:
    where = {"policy": policy.name, "proof": str(proof.batch_id)}
    if proof.program_hash != policy.program.hash:
        raise InputError(
            "the proof is of another program",
            got=proof.program_hash,
            expected=policy.program.hash,
            where=where,
        )
    if not proof.holds:
        raise InputError(
            "the targets disagree about this strategy", got=proof.differences, expected=0, where=where
        )


def _check_words(person: str, reason: str) -> None:
    if not person.strip() or not reason.strip():
        raise InputError(
            "a strategy changes its state by somebody, for a reason", got=f"{person!r}, {reason!r}"
        )


def _insert_state(
    connection: Connection, version: StrategyVersion, change: StateChange, *, batch_id: UUID
) -> None:
    load_queries(_SQL).insert_state(
        connection,
        batch_id=batch_id,
        version_id=version.batch_id,
        published_by=version.published_by,
        state=change.state,
        person=change.person,
        reason=change.reason,
        simulated=change.simulated,
        recorded_at=check_aware(change.recorded_at, name="now"),
    )


def _version(row: Sequence[Any], changes: dict[UUID, list[StateChange]]) -> StrategyVersion:
    names = [name for name in StrategyVersion.__dataclass_fields__ if name != "changes"]
    told = dict(zip(names, row, strict=True))
    return StrategyVersion(**told, changes=tuple(changes.get(told["batch_id"], ())))
