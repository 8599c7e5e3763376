"""Hand-made tables with planted faults: each is found, named and shown, and nothing else is claimed."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formula.small_cases import EVERY_CASE, INPUTS, conditions
from tests.risk.checked_tables import found_in, table

from creditloop.formula import Kind, Match, Step, Value, compile_program, python_function, resolve
from creditloop.risk.checking.findings import Severity, StrategyFinding
from creditloop.risk.checking.rows import check_sheets
from creditloop.risk.checking.sheets import Line, Sheet

GRAVE = frozenset({Severity.ERROR, Severity.WARNING})
D, R, A = "-> decline", "-> refer", "-> approve"

PLANTED: list[tuple[list[str], set[tuple[str, str | None]]]] = [
    # sound tables: nothing grave is claimed
    ([f"days > 90 {D}", f"days > 30 {R}"], set()),
    ([f"days > 90 and lenders > 3 {D}", f"days > 90 {R}", f"grade = 'C' {D}"], set()),
    ([f"lenders is null {R}", f"lenders > 5 {D}"], set()),
    ([f"(lenders ?? 9) > 5 {D}", f"lenders > 3 {R}"], set()),
    ([f"owed > limit {D}", f"owed = limit {R}"], set()),
    ([f"owed / limit > 0.9 {D}", f"owed / limit > 0.5 {R}"], set()),
    ([f"city in list.bad {D}", f"city = 'Z' {R}"], set()),
    ([f"opened < date('2024-01-01') {D}", f"opened in [date('2024-01-01')..date('2024-06-30')] {R}"], set()),
    ([f"not frozen {R}", f"frozen and days > 5 {D}"], set()),
    ([f"starts_with(city, 'A') {D}", f"city = 'B' {R}"], set()),
    # dead rows: contradictions, outside declared values or ranges
    ([f"days > 90 and days < 30 {D}", f"days > 5 {R}"], {("never_true", "R1")}),
    ([f"days > 5 {R}", f"days in (3..4) {D}"], {("never_true", "R2")}),
    ([f"grade = 'A' and grade = 'B' {D}", f"days > 5 {R}"], {("never_true", "R1")}),
    ([f"not (grade in ['A', 'B', 'C']) {D}", f"days > 5 {R}"], {("never_true", "R1")}),
    ([f"frozen and not frozen {D}", f"days > 5 {R}"], {("never_true", "R1")}),
    ([f"city in list.none {D}", f"days > 5 {R}"], {("never_true", "R1")}),
    ([f"city in list.bad and city = 'Q' {D}", f"days > 5 {R}"], {("never_true", "R1")}),
    ([f"opened > date('2024-01-01') and opened < date('2024-01-02') {D}"], {("never_true", "R1")}),
    ([f"rate > 0.5 and rate < 0.500000001 {D}", f"days > 5 {R}"], {("never_true", "R1")}),
    ([f"days is null and days > 3 {D}", f"lenders > 5 {R}"], {("never_true", "R1")}),
    ([f"length(city) < 0 and days > 3 {D}", f"lenders > 5 {R}"], {("never_true", "R1")}),
    ([f"abs(owed) < fen(0) {D}", f"lenders > 5 {R}"], {("never_true", "R1")}),
    ([f"owed > limit and limit > owed {D}", f"lenders > 5 {R}"], {("never_true", "R1")}),
    ([f"owed = limit and owed != limit {D}", f"lenders > 5 {R}"], {("never_true", "R1")}),
    ([f"days > 9223372036854775807 {D}", f"lenders > 5 {R}"], {("never_true", "R1")}),
    ([f"false {D}", f"lenders > 5 {R}"], {("never_true", "R1")}),
    # unreachable rows: one earlier row takes all, several do, or a null stops them all
    ([f"days > 30 {R}", f"days > 90 {D}"], {("unreachable", "R2")}),
    ([f"days > 30 {R}", f"days > 30 {D}"], {("unreachable", "R2")}),
    ([f"days > 30 {R}", f"days >= 31 {D}"], {("unreachable", "R2")}),
    ([f"days > 30 {R}", f"days <= 30 {D}", f"lenders > 5 and days > 5 {A}"], {("unreachable", "R3")}),
    ([f"grade = 'A' {A}", f"grade in ['B', 'C'] {R}", f"grade = 'C' {D}"], {("unreachable", "R3")}),
    ([f"days > 5 or grade = 'A' {R}", f"days > 9 and frozen {D}"], {("unreachable", "R2")}),
    ([f"days > 30 {R}", f"days is null {D}"], {("unreachable", "R2")}),
    ([f"owed > limit {R}", f"owed > limit and days > 5 {D}"], {("unreachable", "R2")}),
    ([f"owed / limit > 0.5 {R}", f"owed / limit > 0.9 {D}"], {("unreachable", "R2")}),
    ([f"gone > 5 {R}", f"gone is null {D}"], {("unreachable", "R2")}),
    ([f"city in list.bad {R}", f"city = 'X' {D}"], {("unreachable", "R2")}),
    ([f"rate > 0.5 {R}", f"rate > 1 {D}"], {("unreachable", "R2")}),
    ([f"days > 0.5 {R}", f"days >= 1 and frozen {D}"], {("unreachable", "R2")}),
    (
        [f"days > 9 and frozen {R}", f"days > 9 and not frozen {D}", f"days > 20 {A}"],
        {("unreachable", "R3")},
    ),
    # conditions that never change
    ([f"days > 9 {R}", f"true {D}"], {("always_true", "R2")}),
    ([f"days > 9 {R}", f"days <= 9 or days is null {D}"], set()),  # a null has stopped before
    ([f"lenders > 5 or lenders <= 5 or lenders is null {R}"], {("always_true", "R1")}),
    ([f"true {R}", f"days > 5 {D}"], {("always_true", "R1"), ("unreachable", "R2")}),
    ([f"days > 9 and length(city) >= -9223372036854775808 {R}"], {("constant_part", "R1")}),
    ([f"abs(days) >= 0 and frozen {R}"], {("constant_part", "R1")}),
    ([f"abs(days) < 0 or frozen {R}"], {("constant_part", "R1")}),
]  # fmt: skip


def grave(found: Sequence[StrategyFinding]) -> set[tuple[str, str | None]]:
    return {
        (each.code, each.rule)
        for each in found
        if each.severity in GRAVE and each.code != "value_never_given"
    }


@pytest.mark.parametrize(
    ("rows", "planted"), PLANTED, ids=lambda part: part[0] if isinstance(part, list) else ""
)
def test_what_is_planted_is_found_and_nothing_else(
    rows: list[str], planted: set[tuple[str, str | None]]
) -> None:
    assert grave(found_in(rows)) == planted


GAPS: list[tuple[list[str], dict[str, Value] | None]] = [
    ([f"days > 30 {D}", f"days < 30 {A}"], {"days": 30}),
    ([f"days > 30 {D}", f"days <= 30 {A}"], None),
    ([f"grade = 'A' {A}", f"grade = 'B' {R}"], {"grade": "C"}),
    ([f"grade = 'A' {A}", f"grade != 'A' {R}"], None),
    ([f"lenders > 5 {D}", f"lenders <= 5 {A}"], {"lenders": None}),
    ([f"lenders > 5 {D}", f"lenders <= 5 {A}", f"lenders is null {R}"], None),
    ([f"gone > 5 {D}", f"gone <= 5 {A}"], None),
    ([f"city = 'X' {D}", f"city != 'X' {A}"], None),
    ([f"city in ['X', 'Y'] {D}"], {"city": "XY?"}),
    ([f"frozen {D}", f"not frozen and days > 3 {A}"], {"frozen": False, "days": 0}),
    ([f"rate < 0.5 {A}", f"rate > 0.5 {D}"], {"rate": 500_000_000}),
    ([f"days > 0.5 {A}", f"days < 0.5 {D}"], None),
    ([f"owed > limit {D}", f"owed < limit {A}"], {"owed": 0, "limit": 0}),
    ([f"owed > limit {D}", f"owed <= limit {A}"], None),
    ([f"days > 30 and frozen {D}", f"days <= 30 {A}", f"days > 30 and not frozen {R}"], None),
]


@pytest.mark.parametrize(
    ("rows", "witness"), GAPS, ids=lambda part: " / ".join(part) if isinstance(part, list) else ""
)
def test_a_gap_is_shown_by_a_case_and_a_full_table_has_none(
    rows: list[str], witness: dict[str, Value] | None
) -> None:
    gaps = [each for each in found_in(rows, otherwise=None) if each.code == "gap"]
    assert [each.witness for each in gaps] == ([witness] if witness is not None else [])
    assert all(each.severity is Severity.ERROR for each in gaps)


def test_a_gap_that_only_computed_values_could_tell_is_possible() -> None:
    found = found_in([f"days * days > 2 {A}", f"days * days < 2 {D}"], otherwise=None)
    assert {each.code for each in found if each.severity in GRAVE} <= {"possible_gap", "value_never_given"}
    (gap,) = (each for each in found if each.code == "possible_gap")
    assert (gap.severity, gap.witness) == (Severity.WARNING, None)


def test_an_otherwise_that_is_never_taken_is_told() -> None:
    codes = [each.code for each in found_in([f"days > 30 {D}", f"days <= 30 {A}"])]
    assert "otherwise_unreachable" in codes


OVERLAPS: list[tuple[list[str], str | None, str]] = [
    ([f"days > 90 {D}", f"days > 30 {R}"], "R1", "lies within it"),
    ([f"days > 30 and frozen {D}", f"days < 60 {R}"], "R1", "in part"),
    ([f"days > 90 {D}", f"days < 30 {R}"], None, ""),
    ([f"days > 90 {D}", f"days > 30 {D}"], None, ""),  # the same output
    ([f"days > 30 {D}", f"lenders > 3 {R}"], "R1", "in part"),
    ([f"owed > limit {D}", f"days > 3 {R}"], "R1", "in part"),
]


@pytest.mark.parametrize(("rows", "other", "how"), OVERLAPS, ids=str)
def test_an_overlap_comes_with_a_case_on_which_both_match(
    rows: list[str], other: str | None, how: str
) -> None:
    found = [each for each in found_in(rows) if each.code == "overlap"]
    assert [each.rule for each in found] == (["R2"] if other else [])
    for each in found:
        assert f"e.g. {other} (" in each.en
        assert how in each.en
        program, sheet = table(rows)
        assert each.witness is not None
        row = dict.fromkeys((entry.name for entry in program.inputs), None) | dict(each.witness)
        said = python_function(program)(row)
        assert [resolve(said[f"when_{n}"]) for n in (1, 2)] == [Match.MATCHED, Match.MATCHED]
        assert sheet.id == each.table


def test_an_unreachable_rule_names_who_takes_its_cases() -> None:
    (alone,) = (
        each
        for each in found_in([f"days > 30 {R}", f"days > 5 {A}", f"days > 90 {D}"])
        if each.rule == "R3" and each.code == "unreachable"
    )
    assert "every case of it: R1 (they match)" in alone.en
    (null,) = (
        each for each in found_in([f"days > 30 {R}", f"days is null {D}"]) if each.code == "unreachable"
    )
    assert "one of them refers on a null" in null.en
    assert "转人工" in null.zh


def test_where_a_null_stops_a_table_is_told() -> None:
    rows = [f"frozen {D}", f"days > 90 and grade = 'A' {D}", f"owed > limit {R}", f"lenders > 5 {R}"]
    stops = {each.rule: each for each in found_in(rows) if each.code == "null_stops"}
    assert {rule: each.witness for rule, each in stops.items()} == {
        "R1": {"frozen": None},
        "R2": {"frozen": False, "days": None, "grade": "A"},
        "R3": {"frozen": False, "days": 0, "grade": "B", "owed": None, "limit": 0},
    } or stops.keys() == {"R1", "R2", "R3"}
    assert "days, grade" in stops["R2"].en
    assert "owed, limit" in stops["R3"].en


def test_rows_that_all_count_are_not_held_against_each_other() -> None:
    found = found_in([f"days > 30 {R}", f"days > 90 {D}", f"true {A}"], first=False)
    assert grave(found) == {("always_collected", "R3")}


def test_a_value_that_no_row_gives_is_named() -> None:
    found = found_in([f"days > 30 {R}", f"days > 90 and days < 30 {D}"])
    (never,) = (each for each in found if each.code == "value_never_given")
    assert never.en.endswith("never gives: decline"), "a row that never matches gives nothing"
    nothing = found_in(["days > 30 -> null"], otherwise="null")
    assert "output_never_given" in {each.code for each in nothing}


def test_a_condition_of_too_many_alternatives_is_not_proven_by_name() -> None:
    many = " and ".join(f"(days * {n} > {n} or owed * {n} > fen({n}))" for n in range(2, 14))
    found = found_in([f"{many} {R}", f"days > 5 {D}"])
    assert grave(found) == {("not_proven", "R1")}
    (told,) = (each for each in found if each.code == "not_proven")
    assert (
        told.en
        == "not proven: verdict.R1: whether its condition can hold (the condition has too many alternatives)"
    )
    assert "条件分支过多" in told.zh
    assert "not_proven" in {
        each.code for each in found_in([f"{many} {R}"], otherwise=None) if each.rule is None
    }


def test_what_a_step_computes_is_an_operand_of_its_own() -> None:
    steps = [Step("over", "days - 5"), Step("band", "if days > 9 then 'high' else 'low'")]
    found = found_in([f"over > 3 {R}", f"over > 9 {D}", f"band = 'mid' {A}"], steps=steps)
    assert grave(found) == {("unreachable", "R2"), ("never_true", "R3")}


def sheet_of(texts: list[str], *, otherwise: bool) -> tuple[Sheet, tuple[StrategyFinding, ...]]:
    """A table over small inputs, each row with an output of its own, and what is found in it."""
    steps = [Step(f"when_{n}", text, kind=Kind.BOOLEAN) for n, text in enumerate(texts)]
    cells = [Step(f"cell_{n}", str(n)) for n in range(len(texts) + 1)]
    program = compile_program(inputs=INPUTS, steps=[*steps, *cells])
    lines = [
        Line(
            id=str(n),
            condition=program.step(f"when_{n}").number,
            cells={"n": program.step(f"cell_{n}").number},
            where={},
        )
        for n in range(len(texts))
    ]
    last = Line(
        id="otherwise", condition=-1, cells={"n": program.step(f"cell_{len(texts)}").number}, where={}
    )
    sheet = Sheet(
        id="t", what="table", first=True, lines=tuple(lines), otherwise=last if otherwise else None, where={}
    )
    return sheet, tuple(check_sheets(program, [sheet]))


@settings(max_examples=40, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=5), st.booleans())
def test_claims_hold_on_every_case_there_is(texts: list[str], otherwise: bool) -> None:
    _, found = sheet_of(texts, otherwise=otherwise)
    steps = [Step(f"when_{n}", text, kind=Kind.BOOLEAN) for n, text in enumerate(texts)]
    function = python_function(compile_program(inputs=INPUTS, steps=steps))
    said = [[resolve(result) for result in function(case).values()] for case in EVERY_CASE]
    decided = [next((n for n, each in enumerate(row) if each is not Match.NOT_MATCHED), None) for row in said]
    deciding = {
        str(n) for n, row in zip(decided, said, strict=True) if n is not None and row[n] is Match.MATCHED
    }
    never = {each.rule for each in found if each.code in {"unreachable", "never_true"}}
    assert never == {str(n) for n in range(len(texts))} - deciding
    gaps = [each for each in found if each.code == "gap"]
    assert bool(gaps) == (None in decided and not otherwise)
    for gap in gaps:
        assert gap.witness is not None
        row = dict.fromkeys("abcg", None) | dict(gap.witness)
        assert all(resolve(result) is Match.NOT_MATCHED for result in function(row).values())
