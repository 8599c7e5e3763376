"""The cells of an operand: every value lies in one, and no comparison changes within one."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.formula import Input, Kind, NullPolicy, Program, Step, Value, compile_program
from creditloop.formula.kinds import INT64_MAX, INT64_MIN
from creditloop.formula.regions.cells import Cell, Outcomes, given_values, nearest_to_zero
from creditloop.formula.regions.conditions import Regions

A = Input("a", Kind.INTEGER, NullPolicy.MATCH)
G = Input("g", Kind.TEXT, values=("x", "y"))


def cells_of(text: str, entry: Input) -> tuple[Cell, ...]:
    program = compile_program(inputs=[entry], steps=[Step("s", text)])
    regions = Regions(program, [program.steps[0].number])
    regions.boxes(program.steps[0].number, Outcomes.HOLDS)
    (dimension,) = regions.dimensions.values()
    return dimension.cells


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=4, unique=True))
def test_every_number_lies_in_one_cell(constants: list[int]) -> None:
    cells = cells_of(f"a in [{', '.join(map(str, constants))}]", A)
    stretches = [cell for cell in cells if not cell.state]
    assert stretches[0].low == INT64_MIN
    assert stretches[-1].high == INT64_MAX
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
