"""Boxes of a condition hold exactly the cases on which it comes out so, whatever the condition is."""

from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.formula.small_cases import EVERY_CASE, conditions
from tests.formula.small_cases import INPUTS as SMALL
from tests.formula.strategies import INPUTS, programs, rows

from creditloop.formula import Input, Kind, ListOfValues, NullPolicy, Step, Value, compile_program
from creditloop.formula.kinds import State
from creditloop.formula.python_target import operations_function
from creditloop.formula.regions.boxes import Box, covers
from creditloop.formula.regions.cases import Cases
from creditloop.formula.regions.cells import OF_STATE, Cell, Dimension, Outcomes
from creditloop.formula.regions.conditions import Regions
from creditloop.kernel.errors import PolicyError

SETS = (
    Outcomes.HOLDS,
    Outcomes.FAILS,
    Outcomes.MATCHES,
    Outcomes.STOPS,
    Outcomes.PASSES,
    Outcomes.NULL_REFER,
)


def cell_of(dimension: Dimension, value: Value, state: int) -> int | None:
    """The cell a value lies in; None if it cannot be evaluated."""
    if isinstance(value, date):
        value = value.toordinal()
    for index, cell in enumerate(dimension.cells):
        if state or cell.state:
            found = cell.state == state
        elif isinstance(value, int) and not isinstance(value, bool):
            found = cell.low <= value <= cell.high
        else:
            found = value == cell.value
        if found:
            return index
    if isinstance(value, str):  # a text that no condition names
        return len([cell for cell in dimension.cells if not cell.state]) - 1
    return None


def order_of(
    dimension: Dimension, one: tuple[Value, int], other: tuple[Value, int], joined: int
) -> int | None:
    if joined:
        return next((i for i, cell in enumerate(dimension.cells) if cell.state == joined), None)
    if isinstance(one[0], (int, date)) and not isinstance(one[0], bool):
        sign = (one[0] > other[0]) - (one[0] < other[0])  # type: ignore[operator]
    else:
        sign = int(one[0] != other[0])
    return next((i for i, cell in enumerate(dimension.cells) if cell == Cell(0, sign, sign, sign)), None)


def point_of(regions: Regions, row: dict[str, object]) -> Box | None:
    """The cells a row lies in; None if an operand cannot be evaluated on it."""
    point: dict[int, int] = {}
    for number, dimension in regions.dimensions.items():
        numbers = [n for n in (dimension.number, dimension.other) if n is not None]
        flat = operations_function(regions.program, numbers)[1](row)
        states = [int(str(state)) for state in flat[1::2]]
        if max(states) > State.NULL_REFER:
            return None
        if dimension.other is None:
            cell = cell_of(dimension, flat[0], states[0])
        else:
            joined = 3 if set(states) == {1, 2} else max(states)
            cell = order_of(dimension, (flat[0], states[0]), (flat[2], states[1]), joined)
        if cell is None:
            return None
        point[number] = 1 << cell
    return point


def outcome_of(value: object, state: object) -> Outcomes | None:
    if state == State.OK:
        return Outcomes.HOLDS if value else Outcomes.FAILS
    return OF_STATE.get(state) if isinstance(state, int) else None


@settings(max_examples=120, deadline=None)
@given(programs(depth=2), rows())
def test_a_case_lies_in_the_boxes_of_what_its_conditions_say(
    steps: list[Step], row: dict[str, object]
) -> None:
    try:
        program = compile_program(inputs=INPUTS, steps=steps)
    except PolicyError:  # a constant that is not among an input's declared values
        assume(condition=False)
    conditions = [step for step in program.steps if step.kind is Kind.BOOLEAN]
    regions = Regions(program, [step.number for step in conditions])
    for step in conditions:
        known = {outcomes: regions.boxes(step.number, outcomes) for outcomes in SETS}
        flat = operations_function(program, [step.number])[1](row)
        outcome, point = outcome_of(flat[0], flat[1]), point_of(regions, row)
        if outcome is None or point is None:
            continue
        for outcomes, boxes in known.items():
            if boxes is not None:
                assert any(covers(box, point) for box in boxes) == bool(outcome & outcomes), outcomes


joined = st.one_of(
    conditions,
    st.builds("(({}) ?? ({}))".format, conditions, conditions),
    st.builds("(if {} then {} else (({}) ?? ({})))".format, *4 * [conditions]),
    st.builds("(case when {} then {} when {} then {} else {} end)".format, *5 * [conditions]),
    st.builds("not (({}) ?? ({})) or {}".format, *3 * [conditions]),
    st.builds("{} and {} and {}".format, *3 * [conditions]),
    st.builds("{} or {} or {}".format, *3 * [conditions]),
)


@settings(max_examples=80, deadline=None)
@given(joined, st.lists(st.sampled_from(EVERY_CASE), min_size=12, max_size=12))
def test_what_is_chosen_among_conditions_lies_in_the_boxes_of_its_outcome(
    text: str, cases: list[dict[str, Value]]
) -> None:
    program = compile_program(inputs=SMALL, steps=[Step("s", text, kind=Kind.BOOLEAN)])
    number = program.steps[0].number
    regions = Regions(program, [number])
    known = {Outcomes(1 << n): regions.boxes(number, Outcomes(1 << n)) for n in range(5)}
    function = operations_function(program, [number])[1]
    for case in cases:
        flat, point = function(case), point_of(regions, dict(case))
        assert point is not None
        for outcome, boxes in known.items():
            if boxes is not None:
                held = any(covers(box, point) for box in boxes)
                assert held == (outcome_of(flat[0], flat[1]) is outcome), (case, outcome)


A = Input("a", Kind.INTEGER)
B = Input("b", Kind.INTEGER, NullPolicy.NO_MATCH)
C = Input("c", Kind.INTEGER, NullPolicy.MATCH)
G = Input("g", Kind.TEXT, values=("x", "y"))
M = Input("m", Kind.MONEY)
N = Input("n", Kind.MONEY)
T = Input("t", Kind.TEXT)
F = Input("f", Kind.BOOLEAN)
D = Input("d", Kind.DATE)
R = Input("r", Kind.NANO)
LISTS = [
    ListOfValues("empty", Kind.TEXT, ()),
    ListOfValues("short", Kind.TEXT, ("p", "q")),
    ListOfValues("long", Kind.TEXT, tuple(f"v{n}" for n in range(100))),
]


def regions_of(text: str) -> tuple[Regions, int]:
    steps = [Step("condition", text, kind=Kind.BOOLEAN)]
    program = compile_program(inputs=[A, B, C, G, M, N, T, F, D, R], steps=steps, lists=LISTS)
    number = program.steps[0].number
    return Regions(program, [number]), number


@pytest.mark.parametrize(
    "text",
    [
        "a > 5 and a < 5",
        "a > 5 and a <= 5.5 and a != 6 and a in [5..6)",
        "g = 'x' and g = 'y'",
        "not (g in ['x', 'y'])",
        "(b > 3) is null and b is not null",
        "m > n and n > m",
        "m > n and m = n",
        "(a ?? 7) > 7 and a is null",
        "t in list.empty",
        "t in list.short and t = 'z'",
        "t in list.short and t not in ['p', 'q']",
        "f and not f",
        "d > date('2024-01-01') and d < date('2024-01-02')",
        "d + 1 > date('2024-01-02') and d <= date('2024-01-01')",
        "-a > 3 and a > -3",
        "a - 3 > 10 and a < 13",
        "10 - a > 3 and a > 7",
        "(if g = 'x' then a else 0) > 5 and g = 'x' and a > 6 and a < 6",
        "a is null and a > 3",
        "(case when g = 'x' then 'lo' else 'hi' end) = 'mid'",
        "abs(a) < 0",
        "r > 1.5 and r < 1.500000001",
    ],
)
def test_a_contradiction_matches_nothing(text: str) -> None:
    regions, number = regions_of(text)
    assert regions.boxes(number, Outcomes.MATCHES) == ()


@pytest.mark.parametrize(
    "text",
    [
        "a is null or a is not null",
        "g in ['x', 'y'] or g is null",
        "(a ?? 0) > 5 or (a ?? 0) <= 5",
        "abs(a ?? 0) >= 0",
    ],
)
def test_what_always_holds_leaves_nothing_else(text: str) -> None:
    regions, number = regions_of(text)
    assert regions.boxes(number, Outcomes(31) & ~Outcomes.MATCHES) == ()


@pytest.mark.parametrize(
    ("text", "outcomes", "case"),
    [
        ("a > 5 and b < 3", Outcomes.HOLDS, {"a": 6, "b": 0}),
        ("a > 5 and b < 3", Outcomes.NULL_NO_MATCH, {"a": 6, "b": None}),
        ("a > 5 and b < 3", Outcomes.NULL_REFER, {"a": None, "b": 0}),
        ("b > 3 or c > 3", Outcomes.NULL_REFER, {"b": None, "c": None}),
        ("(a ?? 5) > 3 and b > 3 and c > 3", Outcomes.NULL_REFER, {"a": 4, "b": None, "c": None}),
        ("(a ?? 0) > 3 or b > 3 or c > 3", Outcomes.NULL_REFER, {"a": 0, "b": None, "c": None}),
        ("c > 3", Outcomes.NULL_MATCH, {"c": None}),
        ("t in list.short", Outcomes.HOLDS, {"t": "p"}),
        ("t in list.long", Outcomes.NULL_REFER, {"t": None}),
        ("d + 1 > date('2024-01-02')", Outcomes.HOLDS, {"d": date(2024, 1, 2)}),
        ("a - 3 > 10", Outcomes.HOLDS, {"a": 14}),
        ("r >= 0.000000001", Outcomes.HOLDS, {"r": 1}),
        ("a > 0.5", Outcomes.HOLDS, {"a": 1}),
    ],
)
def test_a_case_of_an_outcome_is_the_easiest_to_read(
    text: str, outcomes: Outcomes, case: dict[str, Value]
) -> None:
    regions, number = regions_of(text)
    boxes = regions.boxes(number, outcomes)
    assert boxes
    found = Cases(regions, [number]).find(boxes[0], {number: outcomes})
    assert found is not None
    assert {name: found[name] for name in case} == case


@pytest.mark.parametrize(
    "text",
    ["m / n > 0.5", "m > n", "n > m", "m = n", "m - n in [fen(3)..fen(4)]", "abs(m - n) > fen(500)",
     "length(t) = 0", "month(d) = 5 and year(d) = 2011",
     "starts_with(t, 'ab')", "t in list.long", "min(a, 3) = 2", "floor(m, yuan(100)) = yuan(300)",
     "m * 3 > fen(10) and m * 3 < fen(13)", "d - date('2024-01-01') = 31"],
)  # fmt: skip
def test_a_case_is_found_where_operands_are_computed(text: str) -> None:
    regions, number = regions_of(text)
    boxes = regions.boxes(number, Outcomes.HOLDS)
    assert boxes
    cases = Cases(regions, [number])
    found = [cases.find(box, {number: Outcomes.HOLDS}) for box in boxes]
    assert any(found), text
    assert cases.comes_out(next(case for case in found if case)) == {number: Outcomes.HOLDS}


def test_a_condition_of_too_many_boxes_is_not_known() -> None:
    inputs = [Input(f"x{n}", Kind.INTEGER) for n in range(24)]
    text = " and ".join(f"(x{n} > 1 or x{n + 1} > 2)" for n in range(0, 24, 2))
    program = compile_program(inputs=inputs, steps=[Step("s", text)])
    regions = Regions(program, [program.steps[0].number])
    assert regions.boxes(program.steps[0].number, Outcomes.HOLDS) is None
    assert regions.boxes(program.steps[0].number, Outcomes.HOLDS) is None, "nor when it is asked again"


MANY = " and ".join(f"(x{n} > 1 or x{n + 1} > 2)" for n in range(0, 24, 2))


@pytest.mark.parametrize("text", [f"b > 1 or ({MANY})", f"({MANY}) or b > 1", f"not (b > 1 or ({MANY}))"])
def test_what_a_condition_always_comes_out_as_is_everywhere_however_many_boxes_its_parts_have(
    text: str,
) -> None:
    """Nothing here has an input whose null refers, so that no part can refer."""
    inputs = [B, *(Input(f"x{n}", Kind.INTEGER, NullPolicy.NO_MATCH) for n in range(24))]
    program = compile_program(inputs=inputs, steps=[Step("s", text)])
    number = program.steps[0].number
    regions = Regions(program, [number])
    assert regions.boxes(number, Outcomes.HOLDS if text.startswith(("b", "(")) else Outcomes.FAILS) is None
    always = Outcomes.HOLDS | Outcomes.FAILS | Outcomes.NULL_NO_MATCH
    assert regions.boxes(number, always) == ({},)


def told(regions: Regions, box: Box) -> set[tuple[str, bool]]:
    """The inputs a box tells of, and whether they are null in it."""
    found = set()
    for number, cells in box.items():
        dimension = regions.dimensions[number]
        assert dimension.declared is not None
        states = {bool(cell.state) for index, cell in enumerate(dimension.cells) if cells >> index & 1}
        found |= {(dimension.declared.name, state) for state in states}
    return found


@pytest.mark.parametrize(
    ("text", "outcomes", "name", "parts"),
    [
        ("a > 5", Outcomes.NULL_REFER, "a", [{("a", True)}]),
        ("a > 5", Outcomes.NULL_REFER, "b", [None]),
        ("a > 5", Outcomes.HOLDS, "a", [None]),
        ("a > 5", Outcomes.HOLDS, "b", [None]),
        ("(a ?? 0) > 5 and m > yuan(1)", Outcomes.NULL_REFER, "m", [{("a", False), ("m", True)}]),
        ("(a ?? 0) > 5 and m > yuan(1)", Outcomes.NULL_REFER, "a", [None]),
        ("(a ?? 0) > 5 and m > yuan(1)", Outcomes.NULL_REFER, "b", [None]),
        ("a > 5 and a is null and m is null", Outcomes.NULL_REFER, "a", [None]),
    ],
)
def test_the_part_of_a_box_where_one_input_alone_is_null(
    text: str, outcomes: Outcomes, name: str, parts: list[set[tuple[str, bool]] | None]
) -> None:
    """There is none where the box wants another input null, or tells nothing of this one."""
    regions, number = regions_of(text)
    boxes = regions.boxes(number, outcomes)
    assert boxes
    found = [regions.one_null(box, name) for box in boxes]
    assert [told(regions, part) if part is not None else None for part in found] == parts
