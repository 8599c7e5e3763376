"""Keeping measurements: one append-only run per card, kind, population and business date, and figures."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import polars as pl

from creditloop.kernel.canonical import content_hash
from creditloop.kernel.dates import Dates, check_aware
from creditloop.kernel.errors import InputError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, copy_rows, first_recorded, load_queries
from creditloop.oversight.alarms import RAISED
from creditloop.oversight.metrics import Metric

_SQL = "creditloop.oversight"
KINDS = ("performance", "stability", "fairness", "monthly", "scoring", "scored", "review")
_COLUMNS = ("name", "segment", "value_nano", "numerator", "denominator", "level", "rule")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRun:
    """A recorded measurement.

    Attributes:
        population: whom it is about, in words ("decided half, reviewed").
        rows: cases measured; `inputs_hash` of what the card was shown, `outputs_hash` of what it said.
        alarm_policy_hash: of the thresholds that judged it; None where none were named.
        alarms: figures that are yellow or red.
    """

    batch_id: UUID
    card_hash: str
    kind: str
    product: str
    population: str
    dates: Dates
    rows: int
    inputs_hash: str
    outputs_hash: str
    alarm_policy_hash: str | None
    alarms: int
    content_hash: str


def frame_hash(frame: pl.DataFrame) -> str:
    """Return the SHA-256 of a frame as CSV, in its order of columns and rows."""
    return hashlib.sha256(frame.write_csv().encode()).hexdigest()


def record_model_run(
    connection: Connection,
    *,
    card_hash: str,
    kind: str,
    product: str,
    population: str,
    dates: Dates,
    inputs: pl.DataFrame,
    outputs: pl.DataFrame,
    metrics: Sequence[Metric],
    alarm_policy_hash: str | None,
    now: datetime,
) -> ModelRun:
    """Record a measurement; the same one again returns the first.

    The run is named by card, kind, population, dates, alarm policy and what the card was shown.

    Args:
        inputs, outputs: what the card was shown and what it said; only their hashes are kept.
        metrics: judged by the alarm policy with this hash; by None judged by nothing.
    Raises: ConflictingRepeat if this measurement gave other figures before; InputError for an unknown kind
        or a figure that stands twice.
    """
    _check(kind, metrics)
    inputs_hash = frame_hash(inputs)
    named = (card_hash, kind, product, population, dates.business_date, dates.rules_as_of)
    run = ModelRun(
        batch_id=content_id("model_run", *named, alarm_policy_hash, inputs_hash),
        card_hash=card_hash,
        kind=kind,
        product=product,
        population=population,
        dates=dates,
        rows=inputs.height,
        inputs_hash=inputs_hash,
        outputs_hash=frame_hash(outputs),
        alarm_policy_hash=alarm_policy_hash,
        alarms=sum(metric.level in RAISED for metric in metrics),
        content_hash=content_hash([metric.as_record() for metric in metrics]),
    )
    first = find_model_run(connection, batch_id=run.batch_id)
    if first is None:
        _insert(connection, run, metrics, check_aware(now, name="now"))
        return run
    where = {"batch": str(run.batch_id), "card": run.card_hash, **run.dates.as_record()}
    return first_recorded(first, run, message="this measurement was recorded with other figures", where=where)


def find_model_runs(connection: Connection, *, card_hash: str | None = None) -> list[ModelRun]:
    """Return recorded measurements, of one card or of all, by business date and kind."""
    found = load_queries(_SQL).find_model_runs(connection, card_hash=card_hash)
    return [_run(row) for row in found]


def find_model_run(connection: Connection, *, batch_id: UUID) -> ModelRun | None:
    """Return a recorded measurement; None if there is none with this id."""
    row = load_queries(_SQL).find_model_run(connection, batch_id=batch_id)
    return None if row is None else _run(row)


def find_metrics(connection: Connection, *, batch_id: UUID) -> tuple[Metric, ...]:
    """Return the figures of a measurement, in the order they were made; none of one that is not there."""
    rows = load_queries(_SQL).find_metrics(connection, batch_id=batch_id)
    return tuple(Metric(**dict(zip(_COLUMNS, row, strict=True))) for row in rows)


def _check(kind: str, metrics: Sequence[Metric]) -> None:
    if kind not in KINDS:
        raise InputError("no such kind of measurement", got=kind, expected=KINDS)
    keys = [(metric.name, metric.segment) for metric in metrics]
    if len(set(keys)) != len(keys):
        raise InputError(
            "a figure stands twice in a measurement", got=next(key for key in keys if keys.count(key) > 1)
        )


def _insert(connection: Connection, run: ModelRun, metrics: Sequence[Metric], now: datetime) -> None:
    values = {name: getattr(run, name) for name in run.__dataclass_fields__ if name != "dates"}
    load_queries(_SQL).insert_model_run(
        connection,
        business_date=run.dates.business_date,
        rules_as_of=run.dates.rules_as_of,
        recorded_at=now,
        **values,
    )
    copy_rows(
        connection,
        table="oversight.metric",
        columns=("batch_id", "row_no", *_COLUMNS),
        rows=(
            (run.batch_id, number, *(getattr(metric, name) for name in _COLUMNS))
            for number, metric in enumerate(metrics)
        ),
    )


def _run(row: Sequence[Any]) -> ModelRun:
    batch_id, card_hash, kind, product, population, business_date, rules_as_of, *rest = row
    rows, inputs_hash, outputs_hash, alarm_policy_hash, alarms, content = rest
    return ModelRun(
        batch_id=batch_id,
        card_hash=card_hash,
        kind=kind,
        product=product,
        population=population,
        dates=Dates(business_date=business_date, rules_as_of=rules_as_of),
        rows=rows,
        inputs_hash=inputs_hash,
        outputs_hash=outputs_hash,
        alarm_policy_hash=alarm_policy_hash,
        alarms=alarms,
        content_hash=content,
    )
