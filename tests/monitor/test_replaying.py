"""A month's warnings come out again from the values kept with them."""

import json

import polars as pl
import pytest
from tests.monitor.warning_rows import DUE, LATE, QUIET, UNKNOWN, policy, rows

from creditloop.kernel.errors import EvidenceError
from creditloop.monitor import judge_warnings, warn_again

POLICY = policy()
SAID = ["party_id", "risk", "level", "level_rule", "signals", "measures"]


def warned() -> pl.DataFrame:
    """Warnings as they are kept: what was said, and the values as JSON."""
    judged = judge_warnings(rows=rows({}, LATE, QUIET, UNKNOWN, DUE), policy=POLICY)
    names = [entry.name for entry in POLICY.inputs]
    values = [json.dumps(row, default=str) for row in judged.select(names).iter_rows(named=True)]
    return judged.select(SAID).with_columns(pl.Series("values", values))


def test_a_month_comes_out_again_to_the_bit() -> None:
    kept = warned()
    again = warn_again(warned=kept.select("party_id", "values"), policy=POLICY)
    assert again.schema == kept.select(SAID).schema
    assert again.equals(kept.select(SAID))
    assert len(again["level"].unique()) > 2


def test_values_that_are_not_there_are_refused() -> None:
    with pytest.raises(EvidenceError, match="is not kept"):
        warn_again(warned=warned().with_columns(values=pl.lit("{}")), policy=POLICY)
