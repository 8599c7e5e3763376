"""Rows of a plan: whole units, outcomes, late rows, the rejected; what does not fit is refused or kept."""

from pathlib import Path

import polars as pl
import pytest
from tests.service.modelling.model_plans import REJECTED, ROWS, changed, plan_in, table

from creditloop.kernel.errors import InputError
from creditloop.service.modelling import ModelPlan, Sample, TableData, table_sample
from creditloop.service.modelling.sample import AGE_BAND


def sample_of(plan: ModelPlan, folder: Path) -> Sample:
    assert isinstance(plan.data, TableData)
    return table_sample(plan, plan.data, folder=folder)


def test_rows_are_in_whole_units(tmp_path: Path) -> None:
    sample = sample_of(plan_in(tmp_path), tmp_path)
    given = table().head(ROWS)
    assert sample.frame["income"].to_list() == [round(each * 100) for each in given["Income"]]
    assert sample.frame["use"].to_list() == [round(each * 10**9) for each in given["Use"]]
    assert sample.frame.height == ROWS and sample.rejected is not None
    assert sample.rejected.height == REJECTED
    assert sample.attributes.columns == ["Sex", AGE_BAND]
    assert sample.late.tolist() == [each.month > 10 for each in given["Month"]]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pl.Series([float("inf"), *[1.5] * (ROWS + REJECTED - 1)]), "nano"),
        (pl.Series([0.005, *[1.0] * (ROWS + REJECTED - 1)]), "money"),
        (pl.Series([1e300, *[1.0] * (ROWS + REJECTED - 1)]), "nano"),
        (pl.Series(["x"] * (ROWS + REJECTED)), "nano"),
    ],
)
def test_what_is_no_whole_unit_stays_to_be_found(tmp_path: Path, values: pl.Series, kind: str) -> None:
    text = changed("kind: nano", f"kind: {kind}")
    plan = plan_in(tmp_path, text=text, rows=table().with_columns(values.alias("Use")))
    assert sample_of(plan, tmp_path).frame["use"].to_list() == values.head(ROWS).to_list()


@pytest.mark.parametrize(
    ("text", "change", "said"),
    [
        (None, {"outcome": pl.lit(None, dtype=pl.Int64)}, "rows have no outcome"),
        (None, {"outcome": pl.lit(1)}, "one outcome only"),
        (None, {"outcome": pl.lit("yes")}, "not one this column can have"),
        (None, {"outcome": pl.lit(float("nan"))}, "rows have no outcome"),
        (None, {"Age": pl.lit("old")}, "the age is no number of years"),
        (None, {"Sex": pl.lit([1])}, "no names of groups"),
        (None, {"Decision": pl.lit(1)}, "no row was turned down"),
        (None, {"Month": pl.lit(None, dtype=pl.Date)}, "rows have no time"),
        (None, {"Month": pl.lit(1)}, "not of its column's kind"),
        (("until: 2025-10-31", "until: 2026-10-31"), {}, "all rows are on one side"),
        (("value: rejected", "value: refused"), {}, "no row was turned down"),
        (("column: Use,", "column: Usage,"), {}, "columns names columns the table does not have"),
        (("column: Sex,", "column: Gender,"), {}, "fairness names columns"),
        (("table: rows.parquet", "table: gone.parquet"), {}, "the table cannot be read"),
        (("table: rows.parquet", "table: model.yaml"), {}, "the table cannot be read"),
    ],
)
def test_bad_rows_are_refused(
    tmp_path: Path, text: tuple[str, str] | None, change: dict[str, pl.Expr], said: str
) -> None:
    rows = table().with_columns(**change)
    plan = plan_in(tmp_path, rows=rows) if text is None else plan_in(tmp_path, text=changed(*text), rows=rows)
    with pytest.raises(InputError, match=said) as told:
        sample_of(plan, tmp_path)
    assert told.value.diagnostics()
