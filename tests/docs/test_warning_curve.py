"""The warning curve: what a warning may read of the file, and the page that tells of it."""

import numpy as np
import polars as pl
import pytest
from bench.warning_columns import warning_sample
from bench.warning_curve import LEADS, RUNS, alerts_for, measured, page

ROWS = 400


def table():
    draw = np.random.default_rng(5)
    status = {f"PAY_{at}": draw.integers(-2, 4, ROWS) for at in (0, 2, 3, 4, 5, 6)}
    bills = {f"BILL_AMT{at}": draw.integers(-500, 90_000, ROWS).astype(float) for at in range(1, 7)}
    paid = {f"PAY_AMT{at}": draw.integers(0, 9_000, ROWS).astype(float) for at in range(1, 7)}
    plain = {"LIMIT_BAL": draw.integers(1, 50, ROWS) * 10_000.0, "AGE": draw.integers(21, 70, ROWS)}
    return pl.DataFrame({**plain, "SEX": 1, **status, **bills, **paid, "class": draw.integers(0, 2, ROWS)})


@pytest.mark.parametrize(("lead", "later"), [(2, ("PAY_0",)), (3, ("PAY_0", "PAY_2"))])
def test_a_warning_reads_nothing_of_the_months_after(lead, later):
    whole = table()
    numbers = {"PAY_0": 1, "PAY_2": 2}
    blind = whole.with_columns(
        pl.lit(7).alias(column)
        for status in later
        for column in (status, f"BILL_AMT{numbers[status]}", f"PAY_AMT{numbers[status]}")
    )
    assert warning_sample(whole, lead=lead).frame.equals(warning_sample(blind, lead=lead).frame)


def test_a_protected_column_is_not_read():
    sample = warning_sample(table(), lead=1)
    assert sample.plain == 20
    assert not {"sex", "education", "marriage", "id"} & set(sample.frame.columns)
    assert sample.late.tolist() == (table()["PAY_0"] > 0).to_list()


def test_a_share_of_a_bill_is_whole_nano_or_null():
    whole = table().with_columns(BILL_AMT2=pl.lit(3.0), PAY_AMT1=pl.lit(1.0))
    assert set(warning_sample(whole, lead=1).frame["ratio_paid_sep"]) == {333_333_333}
    nothing = whole.with_columns(BILL_AMT2=pl.lit(0.0))
    assert warning_sample(nothing, lead=1).frame["ratio_paid_sep"].null_count() == ROWS


def test_the_least_alerts_that_catch_a_share():
    bad = np.array([True, False, True, False, False])
    assert alerts_for(np.array([5.0, 4.0, 3.0, 2.0, 1.0]), bad, 0.5) == 0.2
    assert alerts_for(np.array([5.0, 4.0, 3.0, 2.0, 1.0]), bad, 0.8) == 0.6
    assert alerts_for(np.zeros(5), bad, 0.1) == 1


def test_the_page_tells_every_run_and_whether_a_bar_is_missed():
    draw = np.random.default_rng(1)
    answers = {run: draw.normal(size=ROWS) for run in RUNS}
    text = page(measured(table(), answers))
    assert text.count("| joint card, ") + text.count("| LightGBM, ") == 2 * len(RUNS) - 1
    assert text.count("| rule ") == 2 * len(LEADS)
    assert text.count("**missed**") + text.count("**reached**") == 2
