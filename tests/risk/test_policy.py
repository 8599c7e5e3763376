"""Policies: numbers by their date, one meaning for every execution; bad documents refused by line."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.risk.bank_policies import policy_files
from tests.risk.policy_texts import TEXT, line_of, policy

from creditloop.formula import Program, prove
from creditloop.kernel.documents import read_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Policy, read_policy

REPOSITORY = Path(__file__).parents[2]
RULES = date(2024, 6, 30)


def test_a_policy_says_what_it_is_and_where_its_numbers_are_from() -> None:
    read = policy()
    assert (read.name, read.product, read.stage, read.rules_as_of) == ("lateness", "card", "monitor", RULES)
    assert read.hash == read.document.hash
    late, small = read.parameters
    assert (late.parameter.value, late.unit, late.since) == (3, "day", date(2024, 1, 1))
    assert (late.source.title, late.source.reference, late.source.checked) == (
        "second rule",
        "article 7",
        date(2024, 2, 1),
    )
    assert (small.parameter.value, small.since) == (150, date(2020, 1, 1))
    assert [table.id for table in read.tables] == ["verdict", "name"]


@pytest.mark.parametrize(
    ("on", "value"),
    [
        (date(2020, 1, 1), 5),
        (date(2023, 12, 31), 5),
        (date(2024, 1, 1), 3),
        (date(9999, 12, 31), 3),
    ],
)
def test_the_value_in_force_is_the_dates(on: date, value: int) -> None:
    read = policy(on=on)
    assert read.parameters[0].parameter.value == value
    assert read.judge_frame(frame([(value, 0), (value + 1, 0)]))["tier"].to_list() == [0, 1]


def test_a_date_before_the_first_value_is_refused() -> None:
    with pytest.raises(PolicyError, match="nothing is in force on this date") as caught:
        policy(on=date(2019, 12, 31))
    assert caught.value.got == date(2019, 12, 31)
    assert caught.value.where["file"] == "lateness.yaml"
    assert caught.value.where["field"] == "parameters.late_over.values"


def frame(rows: list[tuple[int | None, int | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"days": pl.Int64, "owed": pl.Int64}, orient="row")


def test_steps_come_first_then_tables_each_reading_those_before() -> None:
    judged = policy().judge_frame(frame([(3, 999), (4, 999), (4, 150), (4, None), (None, 5)]))
    assert judged["over"].to_list() == [0, 1, 1, 1, None]
    assert judged["tier"].to_list() == [0, 2, 1, 1, None]
    assert judged["verdict_row"].to_list() == ["otherwise", "V_2", "V_1", "V_1", None]
    assert judged["word"].to_list() == ["good", "bad", "bad", "bad", None]
    assert judged["verdict_state"].to_list() == [0, 0, 0, 0, 3]
    assert judged["name_state"].to_list() == [0, 0, 0, 0, 3], "a table that reads a referral refers"


def test_a_step_that_overflows_refers_and_never_falls_through() -> None:
    judged = policy().judge_frame(frame([(-(2**63), 999), (2**63 - 1, 999)]))
    assert judged["over"].to_list() == [None, 2**63 - 4]
    assert judged["tier"].to_list() == [None, 2]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.none() | st.integers(-9, 9), st.none() | st.integers(-200, 200)), min_size=1))
def test_a_frame_is_judged_as_its_rows_one_by_one(rows: list[tuple[int | None, int | None]]) -> None:
    read = policy()
    judged = read.judge_frame(frame(rows))
    for row, (days, owed) in zip(judged.iter_rows(named=True), rows, strict=True):
        over = None if days is None else days - 3
        assert row["over"] == over
        verdict = read.tables[0].decide({"over": over, "owed": owed})
        assert row["tier"] == verdict.outputs.get("tier")
        assert row["verdict_state"] == verdict.state


# Documents bad in every way a policy can be bad

BAD = yaml.safe_load(Path(__file__).with_name("bad_policies.yaml").read_text("utf-8"))


def test_there_are_many_ways() -> None:
    assert len(BAD) >= 40
    assert len({bad["name"] for bad in BAD}) == len(BAD)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad["name"])
def test_a_bad_policy_is_refused_by_file_line_and_field(bad: dict[str, object]) -> None:
    text = TEXT.replace(str(bad["replace"]), str(bad["by"]), 1)
    assert text != TEXT
    with pytest.raises(PolicyError) as caught:
        policy(text)
    assert caught.value.message == bad["message"]
    assert caught.value.where["file"] == "lateness.yaml"
    assert (caught.value.where["line"], caught.value.where.get("field")) == (bad["line"], bad["field"])


FLOW = [
    ({"tier: {kind: integer, \"null\"": "grade: {kind: integer, \"null\"", "tier >= 1": "grade >= 1"},
     "tables.1", "the table 'name' reads what the policy does not give it", "grade, integer"),
    ({"over: {kind: integer,": "over: {kind: money,", "over > 0": "over > fen(0)"},
     "tables.0", "the table 'verdict' reads what the policy does not give it", "over, money"),
    ({"word": "days"}, "tables.1", "the table 'name' gives a name that stands already", "['days']"),
    ({"word": "over"}, "tables.1", "the table 'name' gives a name that stands already", "['over']"),
    ({"word": "bank_row", "verdict\n": "bank\n"},
     "tables.1", "the table 'name' gives a name that stands already", "['bank_row']"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "message", "got"), FLOW, ids=range(len(FLOW)))
def test_a_table_reads_what_is_before_it_and_gives_new_names(
    changes: dict[str, str], field: str, message: str, got: str
) -> None:
    text = TEXT
    for right, wrong in changes.items():
        assert right in text
        text = text.replace(right, wrong)
    with pytest.raises(PolicyError, match=message) as caught:
        policy(text)
    begins = {"tables.0": "- id: verdict", "tables.1": "- id: name"}[field]
    where = {"file": "lateness.yaml", "line": line_of(text, begins)}
    assert caught.value.where == {**where, "field": field}
    assert str(caught.value.got) == got


# Every policy and contract of the bank: one meaning, whichever executes it


def policies() -> Iterator[Policy]:
    files = policy_files()
    assert files
    for file in files:
        yield read_policy(read_document(file, root=REPOSITORY), rules_as_of=RULES)


def programs() -> Iterator[tuple[str, Program]]:
    for read in policies():
        yield f"{read.name}, whole", read.program
        for table in read.tables:
            yield f"{read.name}, table {table.id}", table.program


PROGRAMS = dict(programs())


@pytest.mark.parametrize("name", PROGRAMS)
def test_python_and_polars_agree_on_every_policy(name: str) -> None:
    proof = prove(PROGRAMS[name], rows=1_500, seed=20240630)
    assert proof.holds, proof.first
    assert proof.boundary_rows > 10
    for step, counts in proof.seen.items():
        if step.startswith("when_"):  # a condition that only ever gave one answer has been proven little
            assert counts.get("true", 0) > 0
            assert counts.get("false", 0) > 0
