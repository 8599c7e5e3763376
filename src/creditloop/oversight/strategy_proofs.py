"""Keeping proofs (一致性证明): that a strategy's program gave the same in every target, and on which rows.

What executes changes with each release of the engines, so their versions are part of what a proof is of.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from creditloop.formula import Proof
from creditloop.kernel.canonical import canonical_bytes, content_hash
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, first_recorded, load_queries

_SQL = "creditloop.oversight"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyProof:
    """A recorded proof.

    Attributes:
        policy: the strategy's name.
        engines, targets: canonical JSON: versions of what executed, and which targets were compared.
        differences: (row, step) the targets disagree on; a strategy with any is not published.
        first_differences: canonical JSON of some of them, with the rows.
        seen: canonical JSON: for each step how many rows gave what.
    """

    batch_id: UUID
    policy: str
    program_hash: str
    engines: str
    targets: str
    boundary_rows: int
    random_rows: int
    seed: int
    differences: int
    first_differences: str
    seen: str
    proof_hash: str

    @property
    def content_hash(self) -> str:
        """SHA-256 of the proof as plain data."""
        return self.proof_hash

    @property
    def holds(self) -> bool:
        """Whether the targets agreed on everything."""
        return self.differences == 0

    def as_record(self) -> dict[str, object]:
        """Return the proof as plain data, without what was seen of each step."""
        told = ("program_hash", "boundary_rows", "random_rows", "seed", "differences", "proof_hash")
        return {
            "proof": str(self.batch_id),
            **{name: getattr(self, name) for name in told},
            "targets": json.loads(self.targets),
            "engines": json.loads(self.engines),
        }


def record_proof(
    connection: Connection, *, policy: str, proof: Proof, engines: Mapping[str, str], now: datetime
) -> StrategyProof:
    """Record a proof, one that does not hold as well; the same one again returns the first.

    Args:
        engines: what executed, by name, with its version.
    Raises: ConflictingRepeat if the same rows gave something else before.
    """
    told = proof.as_record()
    record = StrategyProof(
        batch_id=_proof_id(proof, engines),
        policy=policy,
        program_hash=proof.program_hash,
        engines=canonical_bytes(engines).decode(),
        targets=canonical_bytes(list(proof.targets)).decode(),
        boundary_rows=proof.boundary_rows,
        random_rows=proof.random_rows,
        seed=proof.seed,
        differences=proof.differences,
        first_differences=canonical_bytes(told["first"]).decode(),
        seen=canonical_bytes(told["seen"]).decode(),
        proof_hash=content_hash(told),
    )
    row = load_queries(_SQL).find_proof(connection, batch_id=record.batch_id)
    if row is not None:
        where = {"proof": str(record.batch_id), "policy": policy}
        return first_recorded(
            _proof(row), record, message="this proof came out otherwise before", where=where
        )
    values = {name: getattr(record, name) for name in record.__dataclass_fields__}
    load_queries(_SQL).insert_proof(connection, recorded_at=check_aware(now, name="now"), **values)
    return record


def find_proof(connection: Connection, *, batch_id: UUID) -> StrategyProof:
    """Return a recorded proof.

    Raises: UnknownId if there is none.
    """
    row = load_queries(_SQL).find_proof(connection, batch_id=batch_id)
    if row is None:
        raise UnknownId("no such proof is recorded", got=batch_id)
    return _proof(row)


def _proof_id(proof: Proof, engines: Mapping[str, str]) -> UUID:
    rows = (proof.random_rows, proof.seed, list(proof.targets))
    return content_id("strategy_proof", proof.program_hash, *rows, dict(engines))


def _proof(row: Sequence[Any]) -> StrategyProof:
    return StrategyProof(**dict(zip(StrategyProof.__dataclass_fields__, row, strict=True)))
