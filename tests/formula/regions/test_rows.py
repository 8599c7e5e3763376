"""Rows against each other, against an analysis that simply tries every case there is."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formula.small_cases import EVERY_CASE, INPUTS, conditions

from creditloop.formula import (
    Input,
    Kind,
    Match,
    NullPolicy,
    Step,
    compile_program,
    python_function,
    resolve,
)
from creditloop.formula.regions.cases import Cases
from creditloop.formula.regions.cells import Outcomes
from creditloop.formula.regions.conditions import Regions
from creditloop.formula.regions.rows import Covered, Gap, RowAnalysis, Unknown
from creditloop.formula.regions.text import described


def analysed(texts: Sequence[str], inputs: Sequence[Input] = INPUTS) -> tuple[RowAnalysis, list[list[Match]]]:
    """The analysis of rows, and what each says of every case."""
    steps = [Step(f"row_{index}", text, kind=Kind.BOOLEAN) for index, text in enumerate(texts)]
    program = compile_program(inputs=inputs, steps=steps)
    numbers = [step.number for step in program.steps]
    regions = Regions(program, numbers)
    function = python_function(program)
    said = [[resolve(result) for result in function(case).values()] for case in EVERY_CASE]
    return RowAnalysis(regions, numbers, cases=Cases(regions, numbers)), said


@settings(max_examples=60, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=5))
def test_the_analysis_says_what_trying_every_case_says(texts: list[str]) -> None:
    rows, said = analysed(texts)
    for row in range(len(texts)):
        matches = [case for case in said if case[row] is Match.MATCHED]
        decides = [case for case in matches if all(each is Match.NOT_MATCHED for each in case[:row])]
        assert rows.never_matches(row) == (not matches)
        assert rows.always_matches(row) == (len(matches) == len(said))
        covered = rows.covered(row)
        assert isinstance(covered, Covered) == (not decides)
        if isinstance(covered, Covered) and matches:
            beaten = [case for case in matches if not any(each is Match.MATCHED for each in case[:row])]
            assert covered.by_null == bool(beaten)
            assert all(other < row for other in covered.rows)
    opened = [case for case in said if all(each is Match.NOT_MATCHED for each in case)]
    gap = rows.gap()
    assert isinstance(gap, Gap) == bool(opened)
    assert not isinstance(gap, Gap) or gap.case is not None, "all operands are inputs: a case is there"


@settings(max_examples=60, deadline=None)
@given(st.lists(conditions, min_size=2, max_size=4))
def test_an_overlap_is_there_exactly_where_some_case_matches_both(texts: list[str]) -> None:
    rows, said = analysed(texts)
    last = len(texts) - 1
    both = [any(case[last] is case[row] is Match.MATCHED for case in said) for row in range(last)]
    overlap = rows.overlap(last, range(last))
    assert (overlap is not None) == any(both)
    if overlap is not None:
        assert overlap.count == sum(both)
        assert overlap.case is not None
        if overlap.within:
            assert all(case[last] is Match.MATCHED for case in said if case[overlap.row] is Match.MATCHED)


class NoCases(Cases):
    """Finds no case, as where operands are too entangled for its budget."""

    def find(self, box: object, required: object) -> None:
        """Find none."""


def test_an_overlap_for_which_no_case_is_found_is_told_by_the_first_row_it_is_with() -> None:
    texts = ["n > 1", "n > 2", "n > 3"]
    steps = [Step(f"row_{index}", text) for index, text in enumerate(texts)]
    program = compile_program(inputs=[Input("n", Kind.INTEGER)], steps=steps)
    numbers = [step.number for step in program.steps]
    regions = Regions(program, numbers)
    rows = RowAnalysis(regions, numbers, cases=NoCases(regions, numbers))
    overlap = rows.overlap(2, range(2))
    assert overlap is not None
    assert (overlap.row, overlap.count, overlap.case) == (0, 2, None)


@settings(max_examples=60, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=4))
def test_a_null_stops_where_the_case_shown_says(texts: list[str]) -> None:
    rows, _ = analysed(texts)
    steps = [Step(f"row_{index}", text, kind=Kind.BOOLEAN) for index, text in enumerate(texts)]
    function = python_function(compile_program(inputs=INPUTS, steps=steps))
    for stop in rows.null_stops():
        assert stop.case[stop.inputs[0]] is None
        said = [resolve(result) for result in function(stop.case).values()]
        assert said[stop.row] is Match.REFER
        assert all(each is Match.NOT_MATCHED for each in said[: stop.row])
        assert set(stop.inputs) <= {"a", "g"}, "of the others a null is answered"


def test_rows_behind_a_condition_are_asked_only_where_it_holds() -> None:
    steps = [Step("branch", "a > 3", kind=Kind.BOOLEAN), Step("low", "a <= 3"), Step("high", "a > 2")]
    program = compile_program(inputs=INPUTS, steps=steps)
    branch, low, high = (step.number for step in program.steps)
    regions = Regions(program, [branch, low, high])
    cases = Cases(regions, [branch, low, high])
    rows = RowAnalysis(regions, [low, high], cases=cases, reached=[(branch, Outcomes.MATCHES)])
    assert isinstance(rows.covered(0), Covered), "what is at most 3 does not get here"
    assert rows.covered(1) is None
    assert rows.gap() is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("g = 'x' and a > 9223372036854775807", [("a > 9223372036854775807", False)]),
        ("a >= -9223372036854775808 or b > 3", [("a >= -9223372036854775808", True)]),
        ("grade in ['A', 'B'] and a > 3", []),
        ("count <= 9 and a > 3", [("count <= 9", True)]),
        ("count <= 8 and not (a > 3)", []),
        ("count > 9 and a > 3", [("count > 9", False)]),
        ("known < 7 and known > 1", [("known < 7", True)]),
    ],
)
def test_a_comparison_that_never_changes_is_told(text: str, parts: list[tuple[str, bool]]) -> None:
    inputs = [
        *INPUTS,
        Input("grade", Kind.TEXT, values=("A", "B", "C")),
        Input("count", Kind.INTEGER, values=(1, 5, 9)),
        Input("known", Kind.INTEGER, NullPolicy.MATCH, values=(1, 2)),
    ]
    program = compile_program(inputs=inputs, steps=[Step("row", text)])
    number = program.steps[0].number
    regions = Regions(program, [number])
    rows = RowAnalysis(regions, [number], cases=Cases(regions, [number]))
    assert [(described(program, part), holds) for part, holds in rows.constant_parts(0)] == parts


def test_what_the_budget_does_not_suffice_for_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("creditloop.formula.regions.rows.BUDGET_ROW", 0)
    rows, _ = analysed([f"a > {n} and b > {n}" for n in range(4)])
    assert rows.covered(3) is Unknown.UNKNOWN
    assert rows.gap() is Unknown.UNKNOWN


def test_a_row_of_too_many_boxes_is_named_and_claims_nothing() -> None:
    inputs = [Input(f"x{n}", Kind.INTEGER) for n in range(24)]
    text = " and ".join(f"(x{n} > 1 or x{n + 1} > 2)" for n in range(0, 24, 2))
    program = compile_program(inputs=inputs, steps=[Step("many", text), Step("one", "x0 > 5")])
    numbers = [step.number for step in program.steps]
    regions = Regions(program, numbers)
    rows = RowAnalysis(regions, numbers, cases=Cases(regions, numbers))
    assert rows.unknown == {0}
    assert not rows.never_matches(0)
    assert rows.covered(0) is Unknown.UNKNOWN
    assert rows.covered(1) is None
    assert rows.gap() is Unknown.UNKNOWN
