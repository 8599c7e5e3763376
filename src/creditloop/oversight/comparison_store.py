"""Keeping comparisons: one append-only run per strategy, card, plan and cases compared, with its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from creditloop.kernel.canonical import content_hash
from creditloop.kernel.dates import Dates, check_aware
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, copy_rows, first_recorded, load_queries
from creditloop.oversight.comparison import NOTE, Comparison

_SQL = "creditloop.oversight"
BASELINES, CHALLENGER = "baselines", "challenger"
_COLUMNS = tuple(Comparison.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRun:
    """A recorded comparison.

    Attributes:
        kind: "baselines" (the strategy beside written-down rules) or "challenger" (beside its champion).
        strategy_hash, card_hash, plan_hash: versions of what was compared.
        inputs_hash: of the compared cases: scores, approvals, outcomes.
        note: what every figure of it says of itself.
    """

    batch_id: UUID
    kind: str
    product: str
    population: str
    dates: Dates
    rows: int
    strategy_hash: str
    card_hash: str
    plan_hash: str
    draws: int
    seed: int
    inputs_hash: str
    note: str
    content_hash: str


def record_comparison(
    connection: Connection,
    *,
    kind: str,
    product: str,
    population: str,
    dates: Dates,
    rows: int,
    strategy_hash: str,
    card_hash: str,
    plan_hash: str,
    draws: int,
    seed: int,
    inputs_hash: str,
    lines: Sequence[Comparison],
    now: datetime,
) -> ComparisonRun:
    """Record a comparison; the same one again returns the first.

    Raises: ConflictingRepeat if this comparison came out otherwise before.
    """
    named = (kind, product, population, dates.business_date, dates.rules_as_of)
    versions = (strategy_hash, card_hash, plan_hash, inputs_hash, draws, seed)
    baselines = sorted({(line.baseline, line.baseline_hash) for line in lines})
    run = ComparisonRun(
        batch_id=content_id("comparison", *named, *versions, baselines),
        kind=kind,
        product=product,
        population=population,
        dates=dates,
        rows=rows,
        strategy_hash=strategy_hash,
        card_hash=card_hash,
        plan_hash=plan_hash,
        draws=draws,
        seed=seed,
        inputs_hash=inputs_hash,
        note=NOTE,
        content_hash=content_hash([line.as_record() for line in lines]),
    )
    first = next((old for old in find_comparison_runs(connection) if old.batch_id == run.batch_id), None)
    if first is None:
        _insert(connection, run, lines, check_aware(now, name="now"))
        return run
    where = {"batch": str(run.batch_id), **dates.as_record()}
    return first_recorded(first, run, message="this comparison was recorded with other figures", where=where)


def find_comparison_runs(connection: Connection, *, kind: str | None = None) -> list[ComparisonRun]:
    """Return recorded comparisons, of one kind or of all, by business date; the last recorded last."""
    runs = [_run(row) for row in load_queries(_SQL).find_comparison_runs(connection)]
    return [run for run in runs if kind in {None, run.kind}]


def find_comparisons(connection: Connection, *, batch_id: UUID) -> tuple[Comparison, ...]:
    """Return the lines of a comparison, in the order they were made.

    Raises: UnknownId if there is no such comparison.
    """
    rows = load_queries(_SQL).find_comparisons(connection, batch_id=batch_id)
    lines = tuple(Comparison(**dict(zip(_COLUMNS, row, strict=True))) for row in rows)
    if not lines:
        raise UnknownId("no such comparison is recorded", got=batch_id)
    return lines


def _insert(connection: Connection, run: ComparisonRun, lines: Sequence[Comparison], now: datetime) -> None:
    values = {name: getattr(run, name) for name in run.__dataclass_fields__ if name != "dates"}
    load_queries(_SQL).insert_comparison_run(
        connection,
        business_date=run.dates.business_date,
        rules_as_of=run.dates.rules_as_of,
        recorded_at=now,
        **values,
    )
    copy_rows(
        connection,
        table="oversight.comparison",
        columns=("batch_id", "row_no", *_COLUMNS),
        rows=(
            (run.batch_id, number, *(getattr(line, name) for name in _COLUMNS))
            for number, line in enumerate(lines)
        ),
    )


def _run(row: Sequence[Any]) -> ComparisonRun:
    batch_id, kind, product, population, business_date, rules_as_of, *rest = row
    names = (
        "rows",
        "strategy_hash",
        "card_hash",
        "plan_hash",
        "draws",
        "seed",
        "inputs_hash",
        "note",
        "content_hash",
    )
    return ComparisonRun(
        batch_id=batch_id,
        kind=kind,
        product=product,
        population=population,
        dates=Dates(business_date=business_date, rules_as_of=rules_as_of),
        **dict(zip(names, rest, strict=True)),
    )
