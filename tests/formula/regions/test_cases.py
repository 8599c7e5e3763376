"""A case is found where there is one, it is real and the easiest to read; no search goes on for ever."""

from datetime import date

import pytest

from creditloop.formula import Input, Kind, ListOfValues, NullPolicy, Step, Value, compile_program
from creditloop.formula.regions import cases as cases_module
from creditloop.formula.regions.cases import Case, Cases
from creditloop.formula.regions.cells import Outcomes
from creditloop.formula.regions.conditions import Regions

INPUTS = [
    Input("a", Kind.INTEGER),
    Input("b", Kind.INTEGER, NullPolicy.NO_MATCH),
    Input("few", Kind.INTEGER, values=(7, 3, 5)),
    Input("m", Kind.MONEY),
    Input("r", Kind.NANO),
    Input("d", Kind.DATE),
    Input("e", Kind.DATE),
    Input("t", Kind.TEXT),
    Input("u", Kind.TEXT),
    Input("g", Kind.TEXT, values=("y", "x")),
    Input("f", Kind.BOOLEAN),
    Input("h", Kind.BOOLEAN),
]
LISTS = [ListOfValues("long", Kind.TEXT, tuple(f"v{n}" for n in range(100)))]


def searched(text: str, outcomes: Outcomes, null: str | None = None) -> tuple[Cases, list[Case | None], int]:
    steps = [Step("s", text, kind=Kind.BOOLEAN)]
    program = compile_program(inputs=INPUTS, steps=steps, lists=LISTS)
    number = program.steps[0].number
    regions = Regions(program, [number])
    boxes = regions.boxes(number, outcomes)
    assert boxes is not None
    cases = Cases(regions, [number])
    return cases, [cases.find(box, {number: outcomes}, null=null) for box in boxes], number


def found(text: str, outcomes: Outcomes = Outcomes.HOLDS, null: str | None = None) -> Case:
    """A case in every box of the condition, each real; the first of them."""
    cases, every, number = searched(text, outcomes, null)
    assert every
    for case in every:
        assert case is not None, text
        assert cases.comes_out(case)[number] & outcomes
    assert not cases.ran_out
    return every[0] or {}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("a * 3 = 370370367", "a", 123456789),
        ("a * 3 = -370370367", "a", -123456789),
        ("a * 7 = 9223372036854775807", "a", 1317624576693539401),
        ("a * 2 = -9223372036854775806", "a", -4611686018427387903),
        ("m * 3 = fen(2999997)", "m", 999999),
        ("r * 4 = 2.2", "r", 550_000_000),
        ("abs(a) = 17 and a < 0", "a", -17),
        ("a * 5 = 60 and a > 10 and a < 14", "a", 12),
        ("add_months(d, 1) = date('1987-04-29')", "d", date(1987, 3, 29)),
        ("add_months(d, -1) = date('9999-11-28')", "d", date(9999, 12, 28)),
        ("add_months(d, 1) = date('0001-02-05')", "d", date(1, 1, 5)),
        ("few * 2 = 10", "few", 5),
        ("upper(g) = 'X'", "g", "x"),
        ("t in list.long", "t", "v0"),
        ("starts_with(t, 'pq')", "t", "pq"),
        ("(if f then 1 else 2) * a = 2 * a and a * 3 = 6", "f", False),
    ],
)
def test_an_input_is_brought_to_where_what_is_computed_from_it_must_be(
    text: str, name: str, value: Value
) -> None:
    assert found(text)[name] == value


@pytest.mark.parametrize(
    "text",
    [
        *("a > b", "b > a", "a = b", "a != b", "a >= b and a <= b", "d > e", "d = e", "e - d > 400"),
        *("t = u", "t != u", "f = h", "f != h", "few > a and a > 5", "a * 2 > b * 3 and b * 5 > 1000"),
        *("a * a = 49", "a * b = 77 and a > 1", "a * 3 > 30 and a * 3 < 36", "a / b > 0.75 and a / b < 0.76"),
        *("a * 3 = 30 and b * 5 = 50", "m / fen(300) = 0.5", "a * 3 > b and b * 3 > a", "min(a, b) = 12345"),
        *(
            "a * 7 = b * 3 + 1 and b > 1000 and b < 100000",
            "a * 3 = b and b * 5 = 75",
            "month(d) = a and a > 3",
        ),
        *("m * 3 = fen(7) * a and a > 100", "a * a > b and b > 5000000 and b < 5000010"),
        *("a > 5 and b > 5 and b = a", "a > 5 and b > 5 and b <= a", "d > date('2024-01-01') and e > d"),
        *(
            "length(t) = 0",
            "f or a * 3 = 6",
            "floor(m, yuan(100)) = yuan(123400)",
            "months_between(d, e) = 7",
        ),
    ],
)
def test_every_box_of_computed_operands_has_a_case(text: str) -> None:
    found(text)


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("a * b = 77 and a > 1", {"a": 7, "b": 11}),
        ("a * 7 = b * 3 + 1 and b > 1000 and b < 100000", {"a": 430, "b": 1003}),
        ("m * 3 = fen(7) * a and a > 100", {"m": 12_678_918, "a": 5_433_822}),
        ("month(d) = a and a > 3", {"a": 12, "d": date(2018, 12, 15)}),
        ("a / b > 0.75 and a / b < 0.76", {"a": 1_000_000, "b": 1_325_976}),
        ("a * 2 > b * 3 and b * 5 > 1000", {"a": 1_000_000, "b": 1000}),
        ("a * a > b and b > 5000000 and b < 5000010", {"a": 1_000_000, "b": 5_000_003}),
        ("months_between(d, e) = 7", {"d": date(2033, 12, 2), "e": date(2034, 7, 4)}),
        ("e - d > 400", {"d": date(2033, 12, 2), "e": date(2037, 2, 2)}),
        ("remainder(a, 1000) = 777", {"a": 999_777}),
    ],
)
def test_a_search_by_trial_finds_the_same_case_every_time(text: str, case: dict[str, Value]) -> None:
    told = found(text)
    assert {name: told[name] for name in case} == case


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("a > 5", {"a": 6, "b": 0, "m": 0, "r": 0, "t": "", "g": "y", "f": False, "d": date(2024, 1, 1)}),
        ("a < -5", {"a": -6, "few": 7}),
        ("a > -5", {"a": 0}),
        ("a != 0", {"a": -1}),
        ("few > 3", {"few": 5}),
        ("f", {"f": True, "h": False}),
        ("g = 'x'", {"g": "x"}),
        ("t != 'p'", {"t": "p?"}),
        ("d > date('2030-01-01')", {"d": date(2030, 1, 2)}),
        ("r > 0.5", {"r": 500_000_001}),
    ],
)
def test_among_what_is_allowed_the_easiest_to_read_is_taken(text: str, case: dict[str, Value]) -> None:
    told = found(text)
    assert {name: told[name] for name in case} == case


@pytest.mark.parametrize(
    ("text", "null", "outcomes"),
    [
        ("a > 5", "a", Outcomes.NULL_REFER),
        ("a * 3 > 5", "a", Outcomes.NULL_REFER),
        ("d > e", "e", Outcomes.NULL_REFER),
    ],
)
def test_where_an_input_must_be_null_no_other_is(text: str, null: str, outcomes: Outcomes) -> None:
    cases, every, number = searched(text, outcomes, null)
    told = [case for case in every if case is not None]
    assert told
    for case in told:
        assert [name for name, value in case.items() if value is None] == [null]
        assert cases.comes_out(case)[number] & outcomes


@pytest.mark.parametrize(
    "text", ["a * 2 = 3", "abs(a) * 3 = 30 and a > 50", "a * a = 50", "length(t) = 1000"]
)
def test_where_there_is_none_or_it_is_not_found_nothing_is_said(text: str) -> None:
    cases, every, _ = searched(text, Outcomes.HOLDS)
    assert set(every) <= {None}
    assert not cases.ran_out


def test_a_search_by_trial_ends_when_what_is_allowed_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases_module, "OPERATIONS_MAX", 100)
    program = compile_program(inputs=INPUTS, steps=[Step("s", "a * a = 50", kind=Kind.BOOLEAN)])
    number = program.steps[0].number
    regions = Regions(program, [number])
    (box,) = regions.boxes(number, Outcomes.HOLDS) or ()
    cases = Cases(regions, [number])
    wanted = {number: Outcomes.HOLDS}
    assert not cases.ran_out
    assert cases.find(box, wanted) is None
    assert cases.ran_out
    cases.ran_out = False
    assert cases.find(box, wanted) is None
    assert cases.ran_out, "nothing is left of what was allowed"
    cases.allow()
    assert not cases.ran_out
    monkeypatch.setattr(cases_module, "OPERATIONS_MAX", 0)
    cases.allow()
    assert cases.find(box, wanted) is None
    assert cases.ran_out


def test_a_case_of_inputs_alone_costs_no_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases_module, "OPERATIONS_MAX", 0)
    assert found("a > 5 and t = 'p'")["a"] == 6


@pytest.mark.parametrize(
    ("text", "null", "there"),
    [
        ("a * 2 > b * 3", "b", "a"),
        ("b * 3 > a * 2", "b", "a"),
        ("a * 3 > 6 and b * 3 > 6", "b", "a"),
        ("b * 3 > 6 and a * 3 > 6", "b", "a"),
    ],
)
def test_of_two_computed_operands_the_one_that_must_be_null_is(text: str, null: str, there: str) -> None:
    case = found(text, Outcomes.NULL_NO_MATCH)
    assert case[null] is None and case[there] is not None
    case = found(text, Outcomes.NULL_REFER)
    assert case[there] is None
