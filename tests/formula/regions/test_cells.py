"""The cells of an operand: every value lies in one, and no comparison changes within one."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.formula import Input, Kind, NullPolicy, Program, Step, Value, compile_program, python_function
from creditloop.formula.kinds import INT64_MAX, INT64_MIN
from creditloop.formula.operators import COMPARISON
from creditloop.formula.regions.cells import (
    OF_STATE,
    Cell,
    Outcomes,
    base_of,
    constant_of,
    given_values,
    nearest_to_zero,
    outcome_of,
)
from creditloop.formula.regions.conditions import Regions
from creditloop.kernel.errors import PolicyError

A = Input("a", Kind.INTEGER, NullPolicy.MATCH)
G = Input("g", Kind.TEXT, values=("x", "y"))


def cells_of(text: str, entry: Input) -> tuple[Cell, ...]:
    program = compile_program(inputs=[entry], steps=[Step("s", text)])
    regions = Regions(program, [program.steps[0].number])
    regions.boxes(program.steps[0].number, Outcomes.HOLDS)
    (dimension,) = regions.dimensions.values()
    return dimension.cells


ENDS = st.sampled_from([INT64_MIN + 1, INT64_MAX - 1, INT64_MAX])


@given(st.lists(st.integers(-5, 5) | ENDS, min_size=1, max_size=4, unique=True))
def test_every_number_lies_in_one_cell(constants: list[int]) -> None:
    cells = cells_of(f"a in [{', '.join(map(str, constants))}]", A)
    stretches = [cell for cell in cells if not cell.state]
    assert stretches[0].low == INT64_MIN
    assert stretches[-1].high == INT64_MAX
    assert all(cell.low <= cell.high for cell in stretches), "none is empty"
    assert all(one.high + 1 == other.low for one, other in pairwise(stretches))
    assert all(any(cell.low == cell.high == constant for cell in stretches) for constant in constants)
    assert [cell.state for cell in cells if cell.state] == [1], "a null is a cell of its own"


@pytest.mark.parametrize(
    ("text", "entry", "values"),
    [
        ("g = 'x'", G, ["x", "y", None]),
        ("f", Input("f", Kind.BOOLEAN), [True, False, None]),
        ("t = 'p'", Input("t", Kind.TEXT), ["p", "p?", None]),
        ("n > 3", Input("n", Kind.INTEGER, values=(9, 1, 3)), [1, 3, 9, None]),
        ("a > 2.5", Input("a", Kind.INTEGER), [0, 2, 3, None]),
        ("a + 2 > 5", Input("a", Kind.INTEGER), [0, 3, 4, None]),
        ("5 - a > 2", Input("a", Kind.INTEGER), [0, 3, 4, None]),
        ("-a > 2", Input("a", Kind.INTEGER), [-3, -2, 0, None]),
        ("(a ?? 1) > 2", Input("a", Kind.INTEGER), [0, 2, 3, None]),
    ],
)
def test_constants_cut_an_operand(text: str, entry: Input, values: list[object]) -> None:
    assert [cell.value for cell in cells_of(text, entry)] == values


def test_a_date_is_cut_by_its_ordinal() -> None:
    cells = cells_of("d + 1 > date('2024-03-01')", Input("d", Kind.DATE))
    assert date(2024, 2, 29).toordinal() in {cell.low for cell in cells}


def program_of(text: str) -> Program:
    return compile_program(inputs=[A, G], steps=[Step("s", text)])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("if a > 3 then 'p' else 'q'", {"p", "q"}),
        ("case when a > 3 then 1 when a > 2 then null else 3 end", {1, 3}),
        ("(if a > 3 then 'p' else null) ?? 'r'", {"p", "r"}),
        ("date('2024-01-01')", {date(2024, 1, 1).toordinal()}),
    ],
)
def test_what_is_chosen_among_constants_has_these_values(text: str, values: set[Value]) -> None:
    program = program_of(text)
    assert given_values(program.operations, program.steps[0].number) == frozenset(values)


@pytest.mark.parametrize("text", ["a + 1", "a", "if a > 3 then a else 1"])
def test_of_what_is_computed_the_values_are_not_known(text: str) -> None:
    program = program_of(text)
    assert given_values(program.operations, program.steps[0].number) is None


@given(st.integers(-9, 9), st.integers(0, 9))
def test_the_number_easiest_to_read_lies_within(low: int, width: int) -> None:
    found = nearest_to_zero(low, low + width)
    assert low <= found <= low + width
    assert abs(found) == min(abs(number) for number in range(low, low + width + 1))


B = Input("b", Kind.INTEGER, NullPolicy.NO_MATCH)
D = Input("d", Kind.DATE)
MOVED = (
    *("a", "a + {k}", "{k} + a", "a - {k}", "{k} - a", "-a", "-(a - {k})", "(a ?? {k})", "(a ?? {k}) + {j}"),
    *("{j} - (a ?? {k})", "-(a + {k}) - {j}", "(a + {k}) ?? {j}", "a + {k} - {j}", "(-a ?? {k}) + 0.5"),
    *("a + 0.5", "0.25 - a"),
)
COMPARED = ("{x} > {c}", "{x} >= {c}", "{x} < {c}", "{x} <= {c}", "{x} = {c}", "{x} != {c}",
            "{c} > {x}", "{c} <= {x}", "{x} in [{c}, {j}]", "{x} not in [{c}]", "{x} in [{c}..{c} + 3)",
            "({x} > {c}) is null", "{x} is null")  # fmt: skip
small = st.integers(-4, 4)


@given(
    st.sampled_from(MOVED), st.sampled_from(COMPARED), small, small, st.sampled_from([-3, 0, 2, 1.5, -0.5])
)
def test_no_comparison_changes_within_a_cell(moved: str, compared: str, k: int, j: int, c: float) -> None:
    if "[{c}" in compared and (c == j or "." in str(c)):
        c = 7
    operand = moved.format(k=f"({k})", j=f"({j})")
    text = compared.format(x=f"({operand})", c=f"({c})" if "[" not in compared else c, j=j)
    program = compile_program(inputs=[A], steps=[Step("s", text, kind=Kind.BOOLEAN)])
    number = program.steps[0].number
    regions = Regions(program, [number])
    function = python_function(program)
    said = {outcome: regions.boxes(number, outcome) or () for outcome in (Outcomes(1 << n) for n in range(5))}
    for dimension, cells in ((key, each.cells) for key, each in regions.dimensions.items()):
        for index, cell in enumerate(cells):
            values = [None] if cell.state else [cell.low, cell.value, cell.high]
            for value in values:
                state = function({"a": value})["s"].state
                if state > 3:
                    continue
                held = Outcomes.HOLDS if function({"a": value})["s"].value else Outcomes.FAILS
                outcome = OF_STATE[state] if state else held
                boxes = said[outcome]
                assert any(box.get(dimension, -1) >> index & 1 for box in boxes), (text, value, outcome)


@pytest.mark.parametrize(
    ("text", "base"),
    [
        *(
            ("a + 2", "a"),
            ("2 - a", "a"),
            ("-a", "a"),
            ("a ?? 3", "a"),
            ("-(a - 5) ?? 1", "a"),
            ("a + 0.5", "a"),
        ),
        *(("a + b", "a + b"), ("a ?? b", "a ?? b"), ("abs(a)", "abs(a)"), ("2 * a", "2 * a"), ("d + 3", "d")),
        *(("d - date('2024-01-01')", "d"), ("3 + 4", "3 + 4"), ("a - a", "a - a")),
    ],
)
def test_the_operand_behind_is_what_only_moves(text: str, base: str) -> None:
    program = compile_program(inputs=[A, B, D], steps=[Step("s", text), Step("t", base)])
    step, behind = (program.step(name).number for name in ("s", "t"))
    assert base_of(program.operations, step) == behind


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("3 + 4", 7),
        ("'x'", "x"),
        ("date('0001-01-03')", 3),
        ("date('0001-01-03') + 4", 7),
        ("true", True),
        ("a", None),
        ("a * 0", None),
        ("1 > 2", None),
        ("null ?? 3", None),
    ],
)
def test_what_has_one_value_is_constant(text: str, value: Value) -> None:
    try:
        program = compile_program(inputs=[A], steps=[Step("s", text)])
    except PolicyError:
        assert value is None
        return
    assert constant_of(program.operations[program.steps[0].number]) == value


@given(st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), small, small)
def test_values_that_are_there_compare_as_numbers_do(sign: str, left: int, right: int) -> None:
    python = {"=": "=="}.get(sign, sign)
    holds = bool(eval(f"{left} {python} {right}"))
    assert (outcome_of(COMPARISON[sign], [left, right]) is Outcomes.HOLDS) == holds


@pytest.mark.parametrize(
    ("one", "other", "signs"),
    [
        ((1, 3), (2, 4), [-1, 0, 1]),
        ((1, 2), (2, 4), [-1, 0]),
        ((1, 2), (3, 4), [-1]),
        ((3, 4), (1, 2), [1]),
        ((2, 4), (1, 2), [0, 1]),
        ((2, 3), (2, 3), [-1, 0, 1]),
    ],
)
def test_an_order_has_the_cells_its_ranges_allow(
    one: tuple[int, int], other: tuple[int, int], signs: list[int]
) -> None:
    inputs = [Input("p", Kind.INTEGER, values=one), Input("q", Kind.INTEGER, NullPolicy.MATCH, values=other)]
    for text, flip in (("p < q", 1), ("q > p", 1)):
        program = compile_program(inputs=inputs, steps=[Step("s", text, kind=Kind.BOOLEAN)])
        regions = Regions(program, [program.steps[0].number])
        regions.boxes(program.steps[0].number, Outcomes.HOLDS)
        (dimension,) = regions.dimensions.values()
        values = [cell.value for cell in dimension.cells if not cell.state]
        first = program.operations[dimension.number].value
        assert values == (signs if first == "p" else sorted(-flip * sign for sign in signs))
        assert [cell.state for cell in dimension.cells if cell.state] == [1, 3]


def test_texts_are_equal_or_not_and_truths_too() -> None:
    for kind in (Kind.TEXT, Kind.BOOLEAN):
        inputs = [Input("p", kind), Input("q", kind)]
        program = compile_program(inputs=inputs, steps=[Step("s", "p = q", kind=Kind.BOOLEAN)])
        regions = Regions(program, [program.steps[0].number])
        regions.boxes(program.steps[0].number, Outcomes.HOLDS)
        (dimension,) = regions.dimensions.values()
        assert [cell.value for cell in dimension.cells] == [-1, 0, 1, None]
