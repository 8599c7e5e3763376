"""A proof counts differences, and can fail: targets that are wrong in one way each are all found out."""

from collections.abc import Callable, Sequence
from datetime import date

import pytest

from creditloop.formula import (
    Input,
    Kind,
    NullPolicy,
    PolarsTarget,
    Program,
    PythonTarget,
    State,
    Step,
    compile_program,
    prove,
)
from creditloop.formula.targets import Answer, Row
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import InputError

PROGRAM = compile_program(
    inputs=[
        Input("overdue_days", Kind.INTEGER),
        Input("bill", Kind.MONEY, NullPolicy.NO_MATCH),
        Input("ceiling", Kind.MONEY, NullPolicy.MATCH),
        Input("grade", Kind.TEXT, values=("A", "B")),
        Input("opened", Kind.DATE),
    ],
    steps=[
        Step("late", "overdue_days > 90"),
        Step("use", "bill / ceiling"),
        Step("heavy", "use >= 0.75 and not (grade = 'A')"),
        Step("young", "date('2005-09-30') - opened < 365"),
        Step("cap", "if late then null else ceiling * 0.3"),
    ],
)


def test_the_targets_agree_and_everything_was_seen() -> None:
    proof = prove(PROGRAM, rows=2000, seed=1)
    assert proof.holds
    assert proof.first == ()
    assert (proof.targets, proof.random_rows, proof.program_hash) == (
        ("python", "polars", "duckdb"),
        2000,
        PROGRAM.hash,
    )
    assert proof.boundary_rows > 100
    assert set(proof.seen["late"]) == {"true", "false", "null_refer", "broken_input"}
    assert {"value", "zero_division", "overflow", "null_no_match", "null_match"} <= set(proof.seen["use"])
    assert all(counts["broken_input"] for counts in proof.seen.values())


def test_the_same_seed_gives_the_same_proof_which_can_be_hashed() -> None:
    one, same, other = (prove(PROGRAM, rows=200, seed=seed).as_record() for seed in (3, 3, 4))
    assert one == same
    assert one["seen"] != other["seen"]
    assert canonical_bytes(one)


class Spoilt:
    """Polars, whose answers go through a change: (row, step's index, value, state) → (value, state)."""

    name = "spoilt"

    def __init__(self, change: Callable[[Row, int, object, int], tuple[object, int]]) -> None:
        self.change = change

    def answers(self, program: Program, rows: Sequence[Row]) -> list[Answer]:
        found = []
        for row, answer in zip(rows, PolarsTarget().answers(program, rows), strict=True):
            pairs = [self.change(row, n, answer[2 * n], answer[2 * n + 1]) for n in range(len(answer) // 2)]  # type: ignore[arg-type]
            found.append(tuple(part for pair in pairs for part in pair))
        return found  # type: ignore[return-value]


def at(index: int, wrong: Callable[[Row, object, int], tuple[object, int] | None]) -> Spoilt:
    return Spoilt(
        lambda row, n, value, state: (
            (wrong(row, value, state) or (value, state)) if n == index else (value, state)
        )
    )


WRONG = {
    "cut-off off by one": at(
        0, lambda row, v, s: (True, 0) if row.get("overdue_days") == 90 and s == 0 else None
    ),
    "null does not match": at(0, lambda row, v, s: (False, 0) if s == State.NULL_REFER else None),
    "broken input does not match": at(0, lambda row, v, s: (False, 0) if s == State.BROKEN_INPUT else None),
    "one billionth too much": at(1, lambda row, v, s: (int(v) + 1, 0) if s == 0 and v == 0 else None),
    "zero division gives zero": at(1, lambda row, v, s: (0, 0) if s == State.ZERO_DIVISION else None),
    "overflow wraps": at(1, lambda row, v, s: (0, 0) if s == State.OVERFLOW else None),
    "ratio of exactly the cut-off": at(
        2, lambda row, v, s: (False, 0) if s == 0 and v and exactly(row) else None
    ),
    "the day of the year": at(
        3, lambda row, v, s: (True, 0) if row.get("opened") == date(2004, 9, 30) else None
    ),
    "1 for true": at(3, lambda row, v, s: (1, 0) if v is True else None),
    "null for another null": at(1, lambda row, v, s: (None, 3) if s == State.NULL_MATCH else None),
}


def exactly(row: Row) -> bool:
    bill, ceiling = row["bill"], row["ceiling"]
    assert isinstance(bill, int)
    assert isinstance(ceiling, int)
    return abs(bill / ceiling - 0.75) < 1e-9


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_target_is_found_out(name: str) -> None:
    proof = prove(PROGRAM, rows=300, seed=5, targets=[PythonTarget(), WRONG[name]])
    assert not proof.holds
    assert proof.differences >= len(proof.first) > 0
    results = proof.first[0].results
    assert set(results) == {"python", "spoilt"}
    assert repr(results["python"]) != repr(results["spoilt"])


def test_a_proof_needs_two_targets() -> None:
    with pytest.raises(InputError, match="a proof compares targets"):
        prove(PROGRAM, rows=1, seed=1, targets=[PythonTarget(), PythonTarget()])


class Lenient:
    """Python, where true is 1 for one input of many."""

    name = "lenient"

    def answers(self, program: Program, rows: Sequence[Row]) -> list[Answer]:
        taken = [{**row, "x3": 1} if row.get("x3") is True else row for row in rows]
        return PythonTarget().answers(program, taken)


def test_a_wrong_type_let_through_is_found_among_many_inputs() -> None:
    inputs = [Input(f"x{n}", Kind.INTEGER) for n in range(20)]
    steps = [Step(f"r{n}", f"x{n} > {n} and x{(n + 1) % 20} < 9") for n in range(20)]
    program = compile_program(inputs=inputs, steps=steps)
    proof = prove(program, rows=100, seed=1, targets=[PythonTarget(), Lenient()])
    assert not proof.holds
    assert "__given_x3" in {difference.step for difference in proof.first}


def test_steps_that_are_one_operation_are_each_counted() -> None:
    steps = [Step("a", "n > 5"), Step("b", "n > 5")]
    program = compile_program(inputs=[Input("n", Kind.INTEGER)], steps=steps)
    proof = prove(program, rows=10, seed=1, targets=[PythonTarget(), at(0, lambda row, v, s: (True, 0))])
    assert proof.seen["a"] == proof.seen["b"]
    assert {"a", "b"} <= {difference.step for difference in proof.first}


@pytest.mark.parametrize(
    ("inputs", "steps"), [([], []), ([], [Step("a", "1 + 1")]), ([Input("n", Kind.TEXT)], [])]
)
def test_a_program_of_nothing_much_is_proven_too(inputs: list[Input], steps: list[Step]) -> None:
    assert prove(compile_program(inputs=inputs, steps=steps), rows=5, seed=1).holds
