"""Keeping an experiment's log (分流记录): which arm decided each case, and what the shadows said of it.

The rows stand in the batch of the decisions they belong to and are sealed with them.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from uuid import UUID

from creditloop.kernel.storage import Connection, copy_rows, load_queries

_SQL = "creditloop.oversight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One decision and the arm that made it; `experiment_hash` is of the experiment's document."""

    experiment: str
    experiment_hash: str
    decision_id: UUID
    party_id: str
    arm: str
    policy_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowVerdict:
    """What a shadow said of a case it did not decide.

    Attributes:
        policy_hash: None where its text could not be read.
        rule: the row that gave the outcome, "refer" where it could not be evaluated.
        failure: why the shadow says nothing; None where it does.
    """

    experiment_hash: str
    decision_id: UUID
    party_id: str
    shadow: str
    policy_hash: str | None
    outcome: str | None
    rule: str | None
    limit_proposed_fen: int | None
    rate_annual_nano: int | None
    failure: str | None


def record_assignments(
    connection: Connection,
    *,
    batch_id: UUID,
    assignments: Sequence[Assignment],
    verdicts: Sequence[ShadowVerdict],
) -> None:
    """Record which arm made each decision of a batch, and what the shadows said; once, with the decisions."""
    copy_rows(
        connection,
        table="oversight.strategy_assignment",
        columns=("batch_id", "row_no", *Assignment.__dataclass_fields__),
        rows=((batch_id, number, *astuple(row)) for number, row in enumerate(assignments)),
    )
    copy_rows(
        connection,
        table="oversight.shadow_verdict",
        columns=("batch_id", "row_no", *ShadowVerdict.__dataclass_fields__),
        rows=((batch_id, number, *astuple(row)) for number, row in enumerate(verdicts)),
    )


def find_assignments(connection: Connection, *, experiment_hash: str) -> list[Assignment]:
    """Return every decision made under an experiment, by batch."""
    rows = load_queries(_SQL).find_assignments(connection, experiment_hash=experiment_hash)
    return [Assignment(**dict(zip(Assignment.__dataclass_fields__, row, strict=True))) for row in rows]


def find_shadow_verdicts(connection: Connection, *, experiment_hash: str) -> list[ShadowVerdict]:
    """Return everything the shadows of an experiment said, by batch."""
    rows = load_queries(_SQL).find_shadow_verdicts(connection, experiment_hash=experiment_hash)
    return [ShadowVerdict(**dict(zip(ShadowVerdict.__dataclass_fields__, row, strict=True))) for row in rows]
