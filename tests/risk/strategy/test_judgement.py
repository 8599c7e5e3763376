"""One case is judged as a frame is, with the whole working."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.risk.policy_texts import TEXT, policy

from creditloop.formula import Kind, Result
from creditloop.kernel.documents import read_document
from creditloop.kernel.errors import UnknownId
from creditloop.risk import Policy, read_policy

REPOSITORY = Path(__file__).parents[3]
RULES = date(2024, 6, 30)
COLLECT = TEXT.replace(
    "  - id: name\n    hit_policy: first\n    inputs:\n      tier",
    "  - id: name\n    hit_policy: collect\n    inputs:\n      tier",
)
DTYPES = {
    Kind.TEXT: pl.String,
    Kind.BOOLEAN: pl.Boolean,
    Kind.DATE: pl.Date,
    **dict.fromkeys((Kind.INTEGER, Kind.MONEY, Kind.NANO), pl.Int64),
}


def test_the_working_holds_steps_verdicts_outputs_and_reasons() -> None:
    judged = policy().judge({"days": 4, "owed": 150, "other": "ignored"})
    assert dict(judged.steps) == {"over": Result(1, 0)}
    assert [verdict.table for verdict in judged.verdicts] == ["verdict", "name"]
    assert dict(judged.outputs) == {"tier": 1, "word": "bad"}
    assert [reason.code for reason in judged.reasons] == ["V_1", "N_1"]
    assert not judged.refers
    assert judged.verdict("name").matched == ("N_1",)
    with pytest.raises(UnknownId, match="the policy has no such table"):
        judged.verdict("bank")


def test_a_null_refers_the_table_and_all_that_read_it() -> None:
    judged = policy().judge({"days": None, "owed": 5})
    assert judged.refers
    assert dict(judged.outputs) == {"tier": None, "word": None}
    assert dict(judged.steps) == {"over": Result(None, 3)}
    assert [reason.code for reason in judged.reasons] == ["MISSING_OVER", "MISSING_TIER"]
    assert [entry.reason.code for entry in judged.ranked] == ["MISSING_DAYS"], "the root alone"


def test_tables_lack_what_overflowed_and_the_root_says_so() -> None:
    judged = policy().judge({"days": -(2**63), "owed": 5})
    assert [reason.code for reason in judged.reasons] == ["MISSING_OVER", "MISSING_TIER"]
    assert [entry.reason.code for entry in judged.ranked] == ["OVERFLOW"]
    assert [verdict.state for verdict in judged.verdicts] == [4, 4]


@pytest.mark.parametrize("row", [{"owed": 5}, {"days": 1.0, "owed": 5}, {"days": 2**63 - 1, "owed": 1.5}, {}])
def test_what_is_absent_or_broken_refers(row: dict[str, object]) -> None:
    assert policy().judge(row).verdicts[0].refers


def test_a_step_is_computed_and_never_taken_from_the_row() -> None:
    assert policy().judge({"days": 9, "owed": 999, "over": -1}).outputs["tier"] == 2


def test_a_table_that_collects_gives_the_values_of_all_its_rows() -> None:
    read = policy(COLLECT)
    assert read.judge({"days": 9, "owed": 999}).outputs == {"tier": 2, "word": ("bad",)}
    assert read.judge({"days": None, "owed": 999}).outputs == {"tier": None, "word": None}


def policies() -> dict[str, Policy]:
    files = sorted(
        file for file in (REPOSITORY / "policies").rglob("*.yaml") if "cases" not in file.parent.parts[-1:]
    )
    read = (read_policy(read_document(file, root=REPOSITORY), rules_as_of=RULES) for file in files)
    return {f"{one.product}/{one.stage}/{one.name}": one for one in read}


POLICIES = {"small": policy(), "collect": policy(COLLECT), **policies()}


def values(kind: Kind) -> st.SearchStrategy[object]:
    small = st.integers(-3, 12) | st.integers(0, 40_000_000_000) | st.integers(-(2**63), 2**63 - 1)
    drawn = {
        Kind.TEXT: st.sampled_from(["", "A", "B", "keep", "M1"]),
        Kind.BOOLEAN: st.booleans(),
        Kind.DATE: st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    }
    return st.none() | drawn.get(kind, small)


@pytest.mark.parametrize("name", POLICIES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_one_case_is_judged_as_it_is_in_a_frame(name: str, data: st.DataObject) -> None:
    read = POLICIES[name]
    case = {
        entry.name: data.draw(
            st.sampled_from([None, *entry.values]) if entry.values is not None else values(entry.kind)
        )
        for entry in read.inputs
    }
    schema = {entry.name: DTYPES[entry.kind] for entry in read.inputs}
    row = read.judge_frame(pl.DataFrame({k: [v] for k, v in case.items()}, schema=schema)).row(0, named=True)
    judged = read.judge(case)
    for step, result in judged.steps.items():
        assert row[step] == result.value
    for table, verdict in zip(read.tables, judged.verdicts, strict=True):
        assert row[f"{table.id}_state"] == verdict.state
        for output in table.outputs:
            got = judged.outputs[output.name]
            assert row[output.name] == (list(got) if isinstance(got, tuple) else got)
        if f"{table.id}_row" in row:
            assert row[f"{table.id}_row"] == (verdict.matched[0] if verdict.matched else None)
    assert judged.refers == any(row[f"{table.id}_state"] != 0 for table in read.tables)
