"""Keeping decisions: one append-only batch a run, each decision with every value it was made from."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

import polars as pl

from creditloop.admit.desk import ReviewCase
from creditloop.admit.review import DECISION
from creditloop.admit.tables import DECISION_BATCH, REVIEW_CASE
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import Dates, check_aware
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, copy_frame, copy_rows, first_recorded, load_queries

SQL = "creditloop.admit"
BOOK, REQUEST = "book", "request"
"""What a run of decisions is about: a whole book, or one party by a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionBatch:
    """A recorded run of decisions: what it is about, the versions that decided, how many.

    Attributes:
        request_id: the caller's id of a request about one party; None for a book.
        fitted_on: customers the card was fitted on: they are never decided.
        decided: all others; both add up to `customers`.
        content_hash: SHA-256 of the decisions.
    """

    batch_id: UUID
    product: str
    plan: str
    mode: str
    request_id: str | None
    dates: Dates
    contract: str
    currency: str
    contract_hash: str
    plan_hash: str
    features_hash: str
    policy_hash: str
    card_hash: str
    mandates_hash: str | None
    customers: int
    fitted_on: int
    decided: int
    content_hash: str

    def as_record(self) -> dict[str, object]:
        """Return the run as plain data."""
        own = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name != "dates"}
        return {**own, "batch_id": str(self.batch_id), **self.dates.as_record()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A recorded decision about one party; its columns as `review.DECISION` has them."""

    decision_id: UUID
    batch_id: UUID
    product: str
    dates: Dates
    said: Mapping[str, object]

    @property
    def party_id(self) -> str:
        """The party decided about."""
        return str(self.said["party_id"])

    @property
    def outcome(self) -> str:
        """What was decided."""
        return str(self.said["outcome"])

    def as_record(self) -> dict[str, object]:
        """Return the decision as plain data."""
        ids = {"decision_id": str(self.decision_id), "batch_id": str(self.batch_id), "product": self.product}
        return {**ids, **self.dates.as_record(), **self.said}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCount:
    """How many decisions of a run say the same, with the sums of their limits, fen."""

    scope: str | None
    grade: str | None
    outcome: str
    rule: str
    decisions: int
    limit_fen: int
    limit_proposed_fen: int


def batch_id_of(*, mode: str, product: str, versions: Iterable[object]) -> UUID:
    """Return the id of a run, from what defines it: dates and versions, or a request's own id."""
    return content_id("decisions", mode, product, *versions)


def decisions_hash(decisions: pl.DataFrame) -> str:
    """Return the SHA-256 of decisions as CSV, in their order of columns and parties."""
    return hashlib.sha256(decisions.select(*DECISION).write_csv().encode()).hexdigest()


def decision_id_of(*, batch_id: UUID, party_id: str) -> UUID:
    """Return the id of a run's decision about a party."""
    return content_id("decision", str(batch_id), party_id)


def record_decisions(
    connection: Connection,
    *,
    batch: DecisionBatch,
    decisions: pl.DataFrame,
    cases: Iterable[ReviewCase],
    now: datetime,
) -> DecisionBatch:
    """Record a run of decisions and the cases it opens; the same one again returns the first.

    Args:
        decisions: as `review` returns them.
    Raises: ConflictingRepeat if this run was recorded with other decisions; InputError if the decisions are
        not those of the batch.
    """
    if (decisions.height, decisions_hash(decisions)) != (batch.decided, batch.content_hash):
        raise InputError(
            "these are not the decisions of the batch", got=decisions.height, expected=batch.decided
        )
    _check_amounts(decisions)
    if (first := find_batch(connection, batch_id=batch.batch_id)) is not None:
        where = {"batch": str(batch.batch_id), **batch.dates.as_record()}
        return first_recorded(first, batch, message="this run was recorded with other decisions", where=where)
    record = {name: value for name, value in batch.as_record().items() if name != "batch_id"}
    load_queries(SQL).insert_batch(
        connection,
        **{
            **record,
            "batch_id": batch.batch_id,
            "business_date": batch.dates.business_date,
            "rules_as_of": batch.dates.rules_as_of,
            "recorded_at": check_aware(now, name="now"),
        },
    )
    ids = [str(decision_id_of(batch_id=batch.batch_id, party_id=party)) for party in decisions["party_id"]]
    numbered = decisions.with_row_index("row_no").with_columns(
        pl.Series("decision_id", ids, dtype=pl.String), batch_id=pl.lit(str(batch.batch_id))
    )
    copy_frame(connection, table="admit.decision", frame=numbered)
    copy_rows(
        connection,
        table=REVIEW_CASE.name,
        columns=REVIEW_CASE.columns,
        rows=(_case_row(batch.batch_id, number, case) for number, case in enumerate(cases)),
    )
    return batch


def find_batch(connection: Connection, *, batch_id: UUID) -> DecisionBatch | None:
    """Return a recorded run of decisions, None if there is none of this id."""
    return next(iter(_batches(connection, batch_id=batch_id)), None)


def find_batches(connection: Connection, *, product: str | None = None) -> list[DecisionBatch]:
    """Return every recorded run, oldest business date first."""
    return _batches(connection, product=product)


def latest_batch(connection: Connection, *, product: str, on: date) -> DecisionBatch | None:
    """Return the last run over a book with a business date up to a day, None if there is none."""
    return next(reversed(_batches(connection, product=product, mode=BOOK, until=on)), None)


def latest_batches(connection: Connection, *, product: str, on: date) -> list[DecisionBatch]:
    """Return the runs of the last review of a book up to a day: one, or one for each arm of an experiment."""
    rows = load_queries(SQL).find_last_batches(connection, product=product, mode=BOOK, until=on)
    return [_batch(row) for row in rows]


def find_outcomes(connection: Connection, *, decision_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return what was decided by the ids of decisions; of one there is not nothing."""
    return dict(load_queries(SQL).find_outcomes(connection, decision_ids=list(decision_ids)))


def find_decision(connection: Connection, *, decision_id: UUID) -> Decision:
    """Return a decision by its id.

    Raises: UnknownId if there is none.
    """
    row = load_queries(SQL).find_decision(connection, decision_id=decision_id)
    if row is None:
        raise UnknownId("there is no such decision", got=str(decision_id))
    return _decision(row)


def find_decisions(connection: Connection, *, party_id: str) -> list[Decision]:
    """Return every decision about a party, the newest last; none if nothing was decided about it."""
    return [_decision(row) for row in load_queries(SQL).find_decisions(connection, party_id=party_id)]


def decision_frame(connection: Connection, *, batch_id: UUID) -> pl.DataFrame:
    """Return all decisions of a run by party: decision_id (text), then the columns of `review.DECISION`."""
    rows = list(load_queries(SQL).decisions_of_batch(connection, batch_id=batch_id))
    schema = {"decision_id": pl.String(), **DECISION}
    return pl.DataFrame(rows, schema=schema, orient="row")


def decision_counts(connection: Connection, *, batch_id: UUID) -> list[DecisionCount]:
    """Count a run's decisions by scope, grade, outcome and rule."""
    names = [entry.name for entry in fields(DecisionCount)]
    return [
        DecisionCount(**dict(zip(names, row, strict=True)))
        for row in load_queries(SQL).decision_counts(connection, batch_id=batch_id)
    ]


def _check_amounts(decisions: pl.DataFrame) -> None:
    for name in ("limit_fen", "limit_proposed_fen", "rate_annual_nano"):
        below = decisions.filter(pl.col(name) < 0)
        if not below.is_empty():
            where = {"field": name, "party": below["party_id"][0]}
            raise InputError(
                "a decision's amount is below 0", got=below[name][0], expected=">= 0", where=where
            )


def _batches(
    connection: Connection,
    *,
    batch_id: UUID | None = None,
    product: str | None = None,
    mode: str | None = None,
    until: date | None = None,
) -> list[DecisionBatch]:
    rows = load_queries(SQL).find_batches(
        connection, batch_id=batch_id, product=product, mode=mode, until=until
    )
    return [_batch(row) for row in rows]


def _batch(row: Sequence[Any]) -> DecisionBatch:
    names = [name for name in DECISION_BATCH.columns if name not in {"row_no", "recorded_at"}]
    told = dict(zip(names, row, strict=True))
    dates = Dates(business_date=told.pop("business_date"), rules_as_of=told.pop("rules_as_of"))
    return DecisionBatch(dates=dates, **told)


def _decision(row: tuple[object, ...]) -> Decision:
    decision_id, batch_id, product, business_date, rules_as_of, *said = row
    assert isinstance(decision_id, UUID)
    assert isinstance(batch_id, UUID)
    assert isinstance(business_date, date)
    assert isinstance(rules_as_of, date)
    return Decision(
        decision_id=decision_id,
        batch_id=batch_id,
        product=str(product),
        dates=Dates(business_date=business_date, rules_as_of=rules_as_of),
        said=dict(zip(DECISION, said, strict=True)),
    )


def _case_row(batch_id: UUID, number: int, case: ReviewCase) -> tuple[object, ...]:
    own: dict[str, object] = {entry.name: getattr(case, entry.name) for entry in fields(case)}
    own |= {"batch_id": batch_id, "row_no": number, "reasons": canonical_bytes(list(case.reasons)).decode()}
    return tuple(own[name] for name in REVIEW_CASE.columns)
