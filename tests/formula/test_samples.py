from datetime import date

from creditloop.formula import Input, Kind, PythonTarget, Step, compile_program
from creditloop.formula.samples import boundary_rows, samples_of


def values(steps: list[Step], inputs: list[Input], name: str) -> list[object]:
    program = compile_program(inputs=inputs, steps=steps)
    return [row.get(name, "absent") for row in boundary_rows(samples_of(program, seed=1))]


def test_every_compared_constant_is_tried_one_unit_to_either_side() -> None:
    found = values([Step("a", "n > 90")], [Input("n", Kind.INTEGER)], "n")
    assert {89, 90, 91, None, 2**63 - 1, -(2**63), 2**63, "absent"} <= set(found)
    assert {float, bool, date} <= set(map(type, found))
    found = values([Step("a", "n > 0.5 or n in [17, 19]")], [Input("n", Kind.NANO)], "n")
    assert {5 * 10**8 - 1, 5 * 10**8, 5 * 10**8 + 1, 17 * 10**9 - 1, 19 * 10**9 + 1} <= set(found)
    found = values([Step("a", "n > 2.5")], [Input("n", Kind.INTEGER)], "n")
    assert {2, 3} <= set(found)
    found = values([Step("a", "n < date('2004-03-01')")], [Input("n", Kind.DATE)], "n")
    assert {date(2004, 2, 29), date(2004, 3, 1), date(2004, 3, 2), date.min, date.max} <= set(found)


def test_declared_values_are_tried_and_one_that_is_not_declared() -> None:
    found = values([Step("a", "t = 'x'")], [Input("t", Kind.TEXT, values=("x", "y"))], "t")
    assert {"x", "y", None, "?", 1, "absent"} <= set(found)


def test_both_sides_of_a_computed_cut_off_and_of_an_overflow_are_found() -> None:
    inputs = [Input("a", Kind.MONEY), Input("b", Kind.MONEY)]
    program = compile_program(inputs=inputs, steps=[Step("high", "a / b > 0.75"), Step("sum", "a + b")])
    rows = [
        row for row in boundary_rows(samples_of(program, seed=2)) if {type(v) for v in row.values()} == {int}
    ]
    answers = PythonTarget().answers(program, rows)
    told = {(row["a"], row["b"]): answer for row, answer in zip(rows, answers, strict=True) if len(row) == 2}
    flips = [
        key
        for key, answer in told.items()
        if (key[0] + 1, key[1]) in told and told[key[0] + 1, key[1]][:2] != answer[:2]
    ]  # type: ignore[operator]
    assert any(told[key][1] == told[key[0] + 1, key[1]][1] == 0 for key in flips), "the cut-off"  # type: ignore[operator]
    sums = [key for key in told if key[0] + key[1] in {2**63 - 1, 2**63, -(2**63), -(2**63) - 1}]  # type: ignore[operator]
    assert len(sums) > 1, "the overflow"
