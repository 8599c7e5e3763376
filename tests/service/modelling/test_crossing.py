"""Folds: all rows of a customer stand in one; what only names a customer again is no leak."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.service.modelling.model_plans import plan_in, scorecard_only, table

from creditloop.service.modelling import ModelPlan, Sample, TableData, table_sample
from creditloop.service.modelling.crossing import folds_of
from creditloop.service.modelling.findings import look_at_columns, look_further


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> ModelPlan:
    return plan_in(tmp_path_factory.mktemp("plan"), text=scorecard_only())


@pytest.fixture(scope="module")
def sample(plan: ModelPlan, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("rows")
    table().write_parquet(folder / "rows.parquet")
    assert isinstance(plan.data, TableData)
    return table_sample(plan, plan.data, folder=folder)


def twice(sample: Sample) -> Sample:
    """Every row again, as a customer who was looked at on two days, earlier or later."""
    count = len(sample.bad)
    return replace(
        sample,
        frame=pl.concat([sample.frame, sample.frame]),
        bad=np.concatenate([sample.bad, sample.bad]),
        attributes=pl.concat([sample.attributes, sample.attributes]),
        segments=pl.concat([sample.segments, sample.segments]),
        months=None if sample.months is None else pl.concat([sample.months, sample.months]),
        late=np.concatenate([sample.late, sample.late]),
        parties=pl.Series([*range(count), *range(count)]),
    )


def test_all_rows_of_a_customer_stand_in_one_fold(sample: Sample) -> None:
    given = twice(sample)
    fold = folds_of(given, folds=4, seed=3)
    assert given.parties is not None and len(fold) == int((~given.late).sum())
    rows = pl.DataFrame({"party": given.parties.filter(pl.Series(~given.late)), "fold": fold})
    assert rows.group_by("party").agg(pl.col("fold").n_unique())["fold"].unique().to_list() == [1]
    sizes = np.bincount(fold)
    assert sizes.max() - sizes.min() <= 2 * 2
    bad = given.bad[~given.late]
    rates = [float(bad[fold == number].mean()) for number in range(4)]
    assert max(rates) - min(rates) < 0.02
    # without customers of several rows the folds are those of the rows
    assert np.array_equal(fold[: len(fold) // 2], folds_of(sample, folds=4, seed=3))


def test_rows_of_a_customer_do_not_give_each_other_away(
    plan: ModelPlan, sample: Sample, tmp_path: Path
) -> None:
    given = twice(sample)
    columns = look_at_columns(given, plan=plan)
    found = look_further(given, columns, plan=plan)
    alone = look_further(sample, look_at_columns(sample, plan=plan), plan=plan)
    assert [leak.feature for leak in found.leaks.leaks] == [leak.feature for leak in alone.leaks.leaks]
