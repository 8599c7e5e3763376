"""Reading verdicts: pages of a run by what is looked for, their sums, and all there were on one customer."""

from dataclasses import dataclass
from uuid import UUID

from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection, load_queries
from creditloop.monitor.store import ClassificationRun, find_runs

_SQL = "creditloop.monitor"
VERDICT_KINDS = ("owing", "late", "above_limit", "in_credit")
"""Ways to choose verdicts that are neither bucket nor class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """A verdict on one customer as it is kept: what it was made from, what it says, the rules that decided.

    Attributes:
        row_no: its row in the run's batch, which is how it is proven.
        months_late, days_past_due_low, days_past_due: None where the source's code is not known.
    """

    batch_id: UUID
    row_no: int
    party_id: str
    source_ref: str
    limit_fen: int
    owed_fen: int
    credit_fen: int
    months_late: int | None
    days_past_due_low: int | None
    days_past_due: int | None
    bucket: str
    bucket_rule: str
    regulatory_class: str
    regulatory_rule: str
    bank_class: str
    bank_rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictChoice:
    """Which verdicts of a run are looked for; what is None does not choose.

    Attributes:
        party: a part of the party's number.
        kind: one of `VERDICT_KINDS`.
    Raises: InputError if there is no such kind.
    """

    bucket: str | None = None
    regulatory_class: str | None = None
    bank_class: str | None = None
    party: str | None = None
    kind: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in {None, *VERDICT_KINDS}:
            raise InputError("there is no such kind of verdict", got=self.kind, expected=VERDICT_KINDS)

    def _parameters(self) -> dict[str, str | None]:
        return {
            "bucket": self.bucket,
            "regulatory_class": self.regulatory_class,
            "bank_class": self.bank_class,
            "party": self.party,
            "kind": self.kind,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictSums:
    """How many customers were chosen, and what they owe and may owe together."""

    customers: int
    owed_fen: int
    limit_fen: int


ALL_VERDICTS = VerdictChoice()
"""Everybody in the run."""


def list_verdicts(
    connection: Connection,
    *,
    batch_id: UUID,
    choice: VerdictChoice = ALL_VERDICTS,
    most: int | None = None,
    skip: int = 0,
) -> tuple[VerdictRow, ...]:
    """Return the chosen verdicts of a run: who owes most first, then by party.

    Args:
        most: at most so many, after the first `skip`.
    Raises: InputError for a number below 0.
    """
    if skip < 0 or (most is not None and most < 0):
        raise InputError("a number of verdicts is not below 0", got=f"most {most}, skip {skip}")
    rows = load_queries(_SQL).list_verdicts(
        connection, batch_id=batch_id, most=most, skip=skip, **choice._parameters()
    )
    return tuple(_row(*row) for row in rows)


def count_verdicts(
    connection: Connection, *, batch_id: UUID, choice: VerdictChoice = ALL_VERDICTS
) -> VerdictSums:
    """Count the chosen verdicts of a run and add up their amounts."""
    customers, owed_fen, limit_fen = load_queries(_SQL).count_verdicts(
        connection, batch_id=batch_id, **choice._parameters()
    )
    return VerdictSums(customers=customers, owed_fen=owed_fen, limit_fen=limit_fen)


def verdicts_of(connection: Connection, *, party_id: str) -> tuple[tuple[ClassificationRun, VerdictRow], ...]:
    """Return every verdict there was on a customer with its run, oldest business date first."""
    runs = {run.batch_id: run for run in find_runs(connection)}
    found = [_row(*row) for row in load_queries(_SQL).verdicts_of(connection, party_id=party_id)]
    return tuple((runs[row.batch_id], row) for row in found)


def _row(
    batch_id: UUID,
    row_no: int,
    party_id: str,
    source_ref: str,
    limit_fen: int,
    owed_fen: int,
    credit_fen: int,
    months_late: int | None,
    days_past_due_low: int | None,
    days_past_due: int | None,
    *bucket_and_classes: str,
) -> VerdictRow:
    bucket, bucket_rule, regulatory_class, regulatory_rule, bank_class, bank_rule = bucket_and_classes
    return VerdictRow(
        batch_id=batch_id,
        row_no=row_no,
        party_id=party_id,
        source_ref=source_ref,
        limit_fen=limit_fen,
        owed_fen=owed_fen,
        credit_fen=credit_fen,
        months_late=months_late,
        days_past_due_low=days_past_due_low,
        days_past_due=days_past_due,
        bucket=bucket,
        bucket_rule=bucket_rule,
        regulatory_class=regulatory_class,
        regulatory_rule=regulatory_rule,
        bank_class=bank_class,
        bank_rule=bank_rule,
    )
