"""Keeping verdicts: one append-only batch per product, business date, rules date and policy versions."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import polars as pl

from creditloop.kernel.dates import Dates, check_aware
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, copy_frame, first_recorded, load_queries
from creditloop.monitor.classification import Policies
from creditloop.monitor.tables import CLASSIFICATION_TABLES

_SQL = "creditloop.monitor"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassificationRun:
    """A recorded classification: its dates, the hashes of the policies it used, and of what came out."""

    batch_id: UUID
    product: str
    dates: Dates
    currency: str
    delinquency_policy_hash: str
    five_tier_policy_hash: str
    customers: int
    content_hash: str


def find_run(
    connection: Connection, *, product: str, dates: Dates, policies: Policies
) -> ClassificationRun | None:
    """Return the recorded classification of a product on these dates by these policies, if any."""
    batch_id = _batch_id(product, dates, policies)
    return next((run for run in find_runs(connection) if run.batch_id == batch_id), None)


def record_classification(
    connection: Connection,
    *,
    verdicts: pl.DataFrame,
    policies: Policies,
    product: str,
    dates: Dates,
    currency: str,
    now: datetime,
) -> ClassificationRun:
    """Record a classification; the same one again returns the first.

    Args:
        verdicts: as `classify` returns them.
    Raises: ConflictingRepeat if this classification was recorded with other verdicts.
    """
    run = ClassificationRun(
        batch_id=_batch_id(product, dates, policies),
        product=product,
        dates=dates,
        currency=currency,
        delinquency_policy_hash=policies.days_past_due.hash,
        five_tier_policy_hash=policies.five_tier.hash,
        customers=verdicts.height,
        content_hash=_content_hash(verdicts),
    )
    if (first := find_run(connection, product=product, dates=dates, policies=policies)) is not None:
        where = {"batch": str(run.batch_id), **dates.as_record()}
        message = "this classification was recorded with other verdicts"
        return first_recorded(first, run, message=message, where=where)
    _insert(connection, run, verdicts, check_aware(now, name="now"))
    return run


def _insert(connection: Connection, run: ClassificationRun, verdicts: pl.DataFrame, now: datetime) -> None:
    load_queries(_SQL).insert_batch(
        connection,
        batch_id=run.batch_id,
        product=run.product,
        business_date=run.dates.business_date,
        rules_as_of=run.dates.rules_as_of,
        currency=run.currency,
        delinquency_policy_hash=run.delinquency_policy_hash,
        five_tier_policy_hash=run.five_tier_policy_hash,
        customers=run.customers,
        content_hash=run.content_hash,
        recorded_at=now,
    )
    numbered = verdicts.with_row_index("row_no").with_columns(batch_id=pl.lit(str(run.batch_id)))
    copy_frame(connection, table="monitor.classification", frame=numbered)


def find_runs(connection: Connection) -> list[ClassificationRun]:
    """Return every recorded classification, by business date, rules date and moment of recording."""
    return [
        ClassificationRun(
            batch_id=batch_id,
            product=product,
            dates=Dates(business_date=business_date, rules_as_of=rules_as_of),
            currency=currency,
            delinquency_policy_hash=delinquency_hash,
            five_tier_policy_hash=five_tier_hash,
            customers=customers,
            content_hash=content_hash,
        )
        for (
            batch_id,
            product,
            business_date,
            rules_as_of,
            currency,
            delinquency_hash,
            five_tier_hash,
            customers,
            content_hash,
        ) in load_queries(_SQL).find_runs(connection)
    ]


def find_verdict(connection: Connection, *, batch_id: UUID, party_id: str) -> Mapping[str, object]:
    """Return the verdict on one customer: what it was made from, what it says, the rules that decided.

    Raises: UnknownId if the run or the customer is not there.
    """
    row = load_queries(_SQL).find_verdict(connection, batch_id=batch_id, party_id=party_id)
    if row is None:
        raise UnknownId(
            "no verdict on this customer in this run", got=party_id, where={"batch": str(batch_id)}
        )
    names = [column for column in CLASSIFICATION_TABLES[1].columns if column not in {"batch_id", "row_no"}]
    return dict(zip(names, row, strict=True))


def _batch_id(product: str, dates: Dates, policies: Policies) -> UUID:
    texts = (policies.days_past_due.hash, policies.five_tier.hash)
    return content_id("classification", product, dates.business_date, dates.rules_as_of, *texts)


def _content_hash(verdicts: pl.DataFrame) -> str:
    """Return the SHA-256 of the verdicts as CSV in their order of columns and parties."""
    return hashlib.sha256(verdicts.write_csv().encode()).hexdigest()
