"""Measurements and comparisons are recorded once, found again, and refused with other figures."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from measured_cases import BASELINE, DATES, decided

from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import ConflictingRepeat, InputError, UnknownId
from creditloop.kernel.storage import Connection
from creditloop.oversight import (
    BASELINES,
    NOTE,
    ComparisonRun,
    Metric,
    ModelRun,
    compare,
    find_comparison_runs,
    find_comparisons,
    find_metrics,
    find_model_runs,
    frame_hash,
    record_comparison,
    record_model_run,
)

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
INPUTS = pl.DataFrame({"party_id": ["a", "b"], "score": [600, 500]})
FIGURES = (
    Metric(
        name="auc",
        segment="first",
        value_nano=650_000_000,
        numerator=1,
        denominator=2,
        level="yellow",
        rule="AL_AUC_YELLOW",
    ),
    Metric(name="ks", segment="first", value_nano=None, numerator=None, denominator=2),
)


def measured(connection: Connection, **changed: object) -> ModelRun:
    asked = {
        "card_hash": "c" * 64,
        "kind": "performance",
        "product": "credit_card",
        "population": "everybody",
        "dates": DATES,
        "inputs": INPUTS,
        "outputs": INPUTS,
        "metrics": FIGURES,
        "alarm_policy_hash": "a" * 64,
        "now": NOW,
    } | changed
    return record_model_run(connection, **asked)  # type: ignore[arg-type]


def compared(connection: Connection, seed: int = 7, **changed: object) -> ComparisonRun:
    frame = decided([600, 500], [True, False], [True, True], [False, True])
    asked = {
        "kind": BASELINES,
        "product": "credit_card",
        "population": "everybody",
        "dates": DATES,
        "rows": 2,
        "strategy_hash": "s" * 64,
        "card_hash": "c" * 64,
        "plan_hash": "p" * 64,
        "draws": 100,
        "seed": seed,
        "inputs_hash": frame_hash(frame),
        "lines": compare(frame=frame, baselines=[BASELINE], outcomes=["first"], draws=100, seed=seed),
        "now": NOW,
    } | changed
    return record_comparison(connection, **asked)  # type: ignore[arg-type]


def test_a_measurement_is_found_with_its_figures(database: Connection) -> None:
    run = measured(database)
    assert (run.rows, run.alarms, run.inputs_hash) == (2, 1, frame_hash(INPUTS))
    assert find_model_runs(database) == [run] == find_model_runs(database, card_hash="c" * 64)
    assert find_model_runs(database, card_hash="d" * 64) == []
    assert find_metrics(database, batch_id=run.batch_id) == FIGURES
    assert find_metrics(database, batch_id=uuid.UUID(int=1)) == ()


def test_a_repeat_returns_the_first_measurement(database: Connection) -> None:
    first = measured(database)
    assert measured(database, now=NOW.replace(year=2027)) == first
    assert len(find_model_runs(database)) == 1


def test_the_same_measurement_with_other_figures_is_refused(database: Connection) -> None:
    measured(database)
    with pytest.raises(ConflictingRepeat, match="other figures"):
        measured(database, metrics=(replace(FIGURES[0], value_nano=1), FIGURES[1]))


def test_other_months_and_other_inputs_are_other_measurements(database: Connection) -> None:
    runs = {
        measured(database).batch_id,
        measured(
            database, dates=Dates(business_date=date(2005, 9, 30), rules_as_of=DATES.rules_as_of)
        ).batch_id,
        measured(database, inputs=INPUTS.head(1)).batch_id,
        measured(database, kind="stability").batch_id,
    }
    assert len(runs) == 4


def test_what_is_not_a_measurement_is_refused(database: Connection) -> None:
    with pytest.raises(InputError, match="no such kind"):
        measured(database, kind="mood")
    with pytest.raises(InputError, match="stands twice"):
        measured(database, metrics=(FIGURES[0], FIGURES[0]))
    assert find_model_runs(database) == []


def test_a_comparison_is_found_with_its_lines_and_its_note(database: Connection) -> None:
    run = compared(database)
    assert run.note == NOTE
    assert find_comparison_runs(database) == [run] == find_comparison_runs(database, kind=BASELINES)
    assert find_comparison_runs(database, kind="challenger") == []
    own, equal = find_comparisons(database, batch_id=run.batch_id)
    assert (own.strategy_approved, own.baseline_approved, own.swap_out_bads) == (1, 2, 1)
    assert (own.approvals_at, equal.approvals_at) == ("own", "equal")


def test_a_comparison_is_recorded_once_for_its_seed(database: Connection) -> None:
    assert compared(database) == compared(database)
    assert len(find_comparison_runs(database)) == 1
    compared(database, seed=8)
    assert len(find_comparison_runs(database)) == 2


def test_the_same_comparison_with_other_lines_is_refused(database: Connection) -> None:
    run = compared(database)
    lines = find_comparisons(database, batch_id=run.batch_id)
    with pytest.raises(ConflictingRepeat, match="other figures"):
        compared(database, lines=(replace(lines[0], swap_in=9), lines[1]))


def test_a_comparison_that_is_not_there_is_unknown(database: Connection) -> None:
    with pytest.raises(UnknownId, match="no such comparison"):
        find_comparisons(database, batch_id=uuid.UUID(int=1))
