from collections import Counter
from collections.abc import Mapping
from datetime import date

from creditloop.formula import Input, Kind, ListOfValues, PythonTarget, Step, compile_program
from creditloop.formula.sample_edges import broken_values
from creditloop.formula.samples import (
    boundary_rows,
    broken_alone,
    broken_rows,
    random_row,
    random_rows,
    samples_of,
)


def values(steps: list[Step], inputs: list[Input], name: str) -> list[object]:
    program = compile_program(inputs=inputs, steps=steps)
    samples = samples_of(program, seed=1)
    return [row.get(name, "absent") for row in (*boundary_rows(samples), *broken_rows(samples))]


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
        if (above := (key[0] + 1, key[1])) in told and told[above][:2] != answer[:2]  # type: ignore[operator]
    ]
    assert any(told[key][1] == told[key[0] + 1, key[1]][1] == 0 for key in flips), "the cut-off"  # type: ignore[operator]
    sums = [key for key in told if key[0] + key[1] in {2**63 - 1, 2**63, -(2**63), -(2**63) - 1}]  # type: ignore[operator]
    assert len(sums) > 1, "the overflow"


def test_a_text_is_tried_with_and_without_what_is_looked_for() -> None:
    found = values([Step("a", "starts_with(lower(t), 'ab')")], [Input("t", Kind.TEXT)], "t")
    assert {"ab", "AB", "ab?", "?ab", "a", "b", " ab\t", "", "\u3000x\u00a0"} <= set(found)
    found = values([Step("a", "length(t) >= 3")], [Input("t", Kind.TEXT)], "t")
    assert {2, 3, 4} <= {len(text) for text in found if isinstance(text, str) and set(text) == {"中"}}


def test_ends_of_months_leap_days_and_ties_are_tried() -> None:
    found = values([Step("a", "add_months(d, 1) > date('2005-01-31')")], [Input("d", Kind.DATE)], "d")
    assert {date(2004, 2, 29), date(2004, 8, 31), date(2003, 2, 28), date(9999, 11, 30)} <= set(found)
    found = values([Step("a", "truncate(n, 100)")], [Input("n", Kind.INTEGER)], "n")
    assert {-101, -100, -99, -50, 49, 50, 51, 99, 100, 101, 149, 150} <= set(found)
    found = values([Step("a", "remainder(n, 30)")], [Input("n", Kind.INTEGER)], "n")
    assert {-31, -30, -29, 29, 30, 31} <= set(found)


def test_values_of_a_list_are_tried() -> None:
    listed = ListOfValues("few", Kind.TEXT, ("x", "y"))
    program = compile_program(
        inputs=[Input("t", Kind.TEXT)], lists=[listed], steps=[Step("a", "t in list.few")]
    )
    assert {"x", "y", "", None} <= {row.get("t") for row in boundary_rows(samples_of(program, seed=1))}


MANY = [Input(f"x{n}", (Kind.INTEGER, Kind.MONEY, Kind.NANO)[n % 3]) for n in range(240)]
CONSTANTS = [(str(n), f"fen({n})", f"0.{n + 100}")[n % 3] for n in range(240)]
LARGE = compile_program(
    inputs=MANY,
    steps=[
        Step(f"r{n}", f"{entry.name} > {constant}")
        for n, (entry, constant) in enumerate(zip(MANY, CONSTANTS, strict=True))
    ],
)


def test_a_large_program_tries_every_edge_of_every_input_in_rows_that_try_several() -> None:
    samples = samples_of(LARGE, seed=1)
    rows = list(boundary_rows(samples))
    assert len(rows) < 5_000 < sum(len(edges) for edges in samples.edges.values()) * 3
    for entry in MANY:
        tried = Counter(row.get(entry.name, "absent") for row in rows)
        assert min(tried[edge] for edge in samples.edges[entry.name]) >= 3
        own = next(step for step in LARGE.steps if step.reads == (entry.name,))
        cut = LARGE.operations[LARGE.operations[own.number].args[1]].value
        assert isinstance(cut, int)
        assert {cut - 1, cut, cut + 1, None} <= set(samples.edges[entry.name])


def test_a_large_program_breaks_several_inputs_at_once_and_each_in_every_way_somewhere() -> None:
    samples = samples_of(LARGE, seed=2)
    alone = [row for batch in broken_alone(samples) for row in batch]
    for entry in MANY:
        told = [row.get(entry.name, "absent") for row in alone]
        assert {*broken_values(entry), "absent"} == set(told)
    broken = list(broken_rows(samples))
    assert all(is_whole(row, entry) for row in boundary_rows(samples) for entry in MANY)
    for entry in MANY:
        assert any(not is_whole(row, entry) for row in broken)
        assert any(is_whole(row, entry) for row in broken)


def is_whole(row: Mapping[str, object], declared: Input) -> bool:
    value = row.get(declared.name, "absent")
    return value is None or declared.takes(value)


def test_rows_drawn_together_are_like_rows_drawn_alone() -> None:
    inputs = [
        Input("n", Kind.INTEGER),
        Input("t", Kind.TEXT),
        Input("d", Kind.DATE),
        Input("b", Kind.BOOLEAN),
    ]
    program = compile_program(inputs=inputs, steps=[Step("a", "n > 5 or t = 'x'")])
    samples = samples_of(program, seed=3)
    for rows in (random_rows(samples, 2_000), [random_row(samples) for _ in range(2_000)]):
        for entry in inputs:
            values = [row[entry.name] for row in rows]
            assert all(value is None or entry.takes(value) for value in values)
            assert 0.04 < values.count(None) / 2_000 < 0.45
            assert set(samples.edges[entry.name]) <= set(values)
        assert len({row["n"] for row in rows}) > 300
    assert random_rows(samples_of(program, seed=4), 50) == random_rows(samples_of(program, seed=4), 50)
