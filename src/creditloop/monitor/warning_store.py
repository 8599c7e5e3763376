"""Keeping warnings: one append-only batch per product, month, and versions of what decided.

Only those warned, and those who could not be judged, get a row; the batch counts everybody judged, and its
content hash covers them all, so that a month judged again can be compared with what was recorded.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import polars as pl

from creditloop.kernel.dates import Dates, check_aware
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, copy_frame, first_recorded, load_queries
from creditloop.monitor.store import ClassificationRun
from creditloop.monitor.warning import NO_WARNING, WARNING_LEVELS, WARNING_REFERRED

_SQL = "creditloop.monitor"
_MADE = ("party_id", "risk", "level", "level_rule", "signals", "measures")
"""What a judgement adds to the values it read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningVersions:
    """What decides a month's warnings besides the facts: by hash, and the verdicts by their run."""

    policy_hash: str
    features_hash: str
    contract_hash: str
    classification_batch: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRun:
    """A recorded month of warnings: its dates, what decided, how many of each level."""

    batch_id: UUID
    product: str
    dates: Dates
    versions: WarningVersions
    evaluated: int
    alerts: int
    watches: int
    notices: int
    referred: int
    content_hash: str

    def as_record(self) -> dict[str, object]:
        """Return the run as plain data: both dates, counts by level, versions by hash."""
        return {
            **self.dates.as_record(),
            "product": self.product,
            "batch": str(self.batch_id),
            "evaluated": self.evaluated,
            "alert": self.alerts,
            "watch": self.watches,
            "notice": self.notices,
            "referred": self.referred,
            "policy": self.versions.policy_hash,
            "features": self.versions.features_hash,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRow:
    """A warning on one customer; `values` are the policy's inputs as it read them."""

    batch_id: UUID
    party_id: str
    level: str
    level_rule: str
    risk: int | None
    signals: tuple[str, ...]
    measures: tuple[str, ...]
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningCounts:
    """Warnings of a run by level, and how many carry each signal, and each measure."""

    levels: Mapping[str, int]
    signals: Mapping[str, int]
    measures: Mapping[str, int]


def warning_batch_id(*, product: str, dates: Dates, versions: WarningVersions) -> UUID:
    """Return the id of the warnings of a product on these dates by these versions."""
    return content_id(
        "warnings",
        product,
        dates.business_date,
        dates.rules_as_of,
        versions.policy_hash,
        versions.features_hash,
        versions.contract_hash,
        str(versions.classification_batch),
    )


def record_warnings(
    connection: Connection,
    *,
    judged: pl.DataFrame,
    versions: WarningVersions,
    product: str,
    dates: Dates,
    now: datetime,
) -> WarningRun:
    """Record a month's warnings; the same ones again return the first.

    Args:
        judged: as `judge_warnings` returns it.
    Raises: ConflictingRepeat if this month was recorded with other judgements.
    """
    counts = dict(judged.group_by("level").len().iter_rows())
    run = WarningRun(
        batch_id=warning_batch_id(product=product, dates=dates, versions=versions),
        product=product,
        dates=dates,
        versions=versions,
        evaluated=judged.height,
        alerts=counts.get("alert", 0),
        watches=counts.get("watch", 0),
        notices=counts.get("notice", 0),
        referred=counts.get(WARNING_REFERRED, 0),
        content_hash=_content_hash(judged),
    )
    if (first := find_warning_run(connection, batch_id=run.batch_id)) is not None:
        where = {"batch": str(run.batch_id), **dates.as_record()}
        message = "this month's warnings were recorded with other judgements"
        return first_recorded(first, run, message=message, where=where)
    _insert(connection, run, judged, check_aware(now, name="now"))
    return run


def find_warning_run(connection: Connection, *, batch_id: UUID) -> WarningRun | None:
    """Return a recorded month of warnings by its id, if there is one."""
    return next((run for run in find_warning_runs(connection) if run.batch_id == batch_id), None)


def find_warning_runs(connection: Connection, *, product: str | None = None) -> list[WarningRun]:
    """Return every recorded month, by business date, rules date and moment of recording."""
    rows = load_queries(_SQL).find_warning_runs(connection, product=product)
    return [_run(*row) for row in rows]


def find_warnings(
    connection: Connection,
    *,
    batch_id: UUID,
    level: str | None = None,
    signal: str | None = None,
    most: int | None = None,
    skip: int = 0,
) -> tuple[WarningRow, ...]:
    """Return the warnings of a run: gravest first (referred last), then by risk, then by party.

    Args:
        level, signal: only warnings of this level, with this signal.
        most: at most so many, after the first `skip`.
    Raises: InputError for a level there is not, or a number below 0.
    """
    if level is not None and level not in (*WARNING_LEVELS, WARNING_REFERRED):
        raise InputError("there is no such level", got=level, expected=(*WARNING_LEVELS, WARNING_REFERRED))
    if skip < 0 or (most is not None and most < 0):
        raise InputError("a number of warnings is not below 0", got=f"most {most}, skip {skip}")
    rows = load_queries(_SQL).find_warnings(
        connection, batch_id=batch_id, level=level, signal=signal, most=most, skip=skip
    )
    return tuple(_row(*row) for row in rows)


def find_warning(connection: Connection, *, batch_id: UUID, party_id: str) -> WarningRow:
    """Return the warning on one customer in a run.

    Raises: UnknownId if the run has no warning on the customer.
    """
    row = load_queries(_SQL).find_warning(connection, batch_id=batch_id, party_id=party_id)
    if row is None:
        raise UnknownId(
            "no warning on this customer in this run", got=party_id, where={"batch": str(batch_id)}
        )
    return _row(*row)


def find_party_warnings(
    connection: Connection, *, party_id: str
) -> tuple[tuple[WarningRun, WarningRow], ...]:
    """Return every warning there was on a customer with its run, oldest first; empty if there was none."""
    runs = {run.batch_id: run for run in find_warning_runs(connection)}
    found = [_row(*row) for row in load_queries(_SQL).find_party_warnings(connection, party_id=party_id)]
    return tuple((runs[row.batch_id], row) for row in found)


def warning_counts(connection: Connection, *, batch_id: UUID) -> WarningCounts:
    """Count the warnings of a run by level, by signal and by measure; what nobody has is not listed."""
    queries = load_queries(_SQL)
    return WarningCounts(
        levels=dict(queries.count_warning_levels(connection, batch_id=batch_id)),
        signals=dict(queries.count_warning_signals(connection, batch_id=batch_id)),
        measures=dict(queries.count_warning_measures(connection, batch_id=batch_id)),
    )


def verdict_frame(connection: Connection, *, run: ClassificationRun) -> pl.DataFrame:
    """Return every verdict of a run, by party: party_id, months_late, bank_class, owed_fen."""
    rows = load_queries(_SQL).find_verdicts(connection, batch_id=run.batch_id)
    schema = {"party_id": pl.String, "months_late": pl.Int64, "bank_class": pl.String, "owed_fen": pl.Int64}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def late_statements(connection: Connection, *, runs: list[ClassificationRun]) -> pl.DataFrame:
    """Count, over the verdicts of these runs, the statements on which each customer was late (>= 1 month).

    Returns: party_id, late_statements; null where a verdict did not know the months late.
    """
    rows = load_queries(_SQL).count_late(connection, batch_ids=[run.batch_id for run in runs])
    return pl.DataFrame(list(rows), schema={"party_id": pl.String, "late_statements": pl.Int64}, orient="row")


def _insert(connection: Connection, run: WarningRun, judged: pl.DataFrame, now: datetime) -> None:
    load_queries(_SQL).insert_warning_batch(
        connection,
        batch_id=run.batch_id,
        product=run.product,
        business_date=run.dates.business_date,
        rules_as_of=run.dates.rules_as_of,
        policy_hash=run.versions.policy_hash,
        features_hash=run.versions.features_hash,
        contract_hash=run.versions.contract_hash,
        classification_batch=run.versions.classification_batch,
        evaluated=run.evaluated,
        alerts=run.alerts,
        watches=run.watches,
        notices=run.notices,
        referred=run.referred,
        content_hash=run.content_hash,
        recorded_at=now,
    )
    read = [name for name in judged.columns if name not in _MADE]
    kept = judged.filter(pl.col("level") != NO_WARNING).with_row_index("row_no")
    frame = kept.select(
        "party_id",
        pl.lit(str(run.batch_id)).alias("batch_id"),
        "row_no",
        "level",
        "level_rule",
        "risk",
        _json_list("signals"),
        _json_list("measures"),
        pl.struct(sorted(read)).struct.json_encode().alias("values_read"),
    )
    copy_frame(connection, table="monitor.warning", frame=frame)


def _json_list(name: str) -> pl.Expr:
    quoted = pl.col(name).list.eval(pl.format('"{}"', pl.element())).list.join(",")
    return pl.format("[{}]", quoted).alias(name)


def _content_hash(judged: pl.DataFrame) -> str:
    """Return the SHA-256 of all judgements as CSV, lists written as text."""
    flat = judged.with_columns(_json_list("signals"), _json_list("measures"))
    return hashlib.sha256(flat.write_csv().encode()).hexdigest()


def _run(
    batch_id: UUID,
    product: str,
    business_date: date,
    rules_as_of: date,
    policy_hash: str,
    features_hash: str,
    contract_hash: str,
    classification_batch: UUID,
    *counts_and_hash: Any,
) -> WarningRun:
    evaluated, alerts, watches, notices, referred, content = counts_and_hash
    return WarningRun(
        batch_id=batch_id,
        product=product,
        dates=Dates(business_date=business_date, rules_as_of=rules_as_of),
        versions=WarningVersions(
            policy_hash=policy_hash,
            features_hash=features_hash,
            contract_hash=contract_hash,
            classification_batch=classification_batch,
        ),
        evaluated=evaluated,
        alerts=alerts,
        watches=watches,
        notices=notices,
        referred=referred,
        content_hash=content,
    )


def _row(
    batch_id: UUID,
    party_id: str,
    level: str,
    level_rule: str,
    risk: int | None,
    signals: str,
    measures: str,
    values: str,
) -> WarningRow:
    return WarningRow(
        batch_id=batch_id,
        party_id=party_id,
        level=level,
        level_rule=level_rule,
        risk=risk,
        signals=tuple(json.loads(signals)),
        measures=tuple(json.loads(measures)),
        values=json.loads(values),
    )
