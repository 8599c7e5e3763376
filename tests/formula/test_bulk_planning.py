"""A plan follows the order of the operations, so that however long a program, nothing in it nests deep."""

import polars as pl
import pytest

from creditloop.formula import Input, Kind, NullPolicy, Step, compile_program
from creditloop.formula.bulk_planning import planned
from creditloop.formula.polars_dialect import PolarsDialect

INPUTS = [Input("a", Kind.INTEGER, NullPolicy.NO_MATCH), Input("b", Kind.INTEGER)]
CHAIN = 600
"""Steps each reading the one before: more than the stack holds, if they were gone through from the last."""


def chained(last: str) -> list[Step]:
    """Steps from `c0` to the last, which reads them through `c599`; any of two nulls can be the reason."""
    steps = [Step("c0", "a > 0")]
    for number in range(1, CHAIN):
        word, name = ("and", "b") if number % 2 else ("or", "a")
        steps.append(Step(f"c{number}", f"{name} > {number} {word} c{number - 1}"))
    return [*steps, Step("last", last)]


@pytest.mark.parametrize(
    ("last", "states"),
    [
        ("c599", True),
        ("not c599", True),
        ("c599 is null", False),
        ("c599 ?? false", False),
        ("if c599 then 1 else 2", False),
        ("if a > 1 then 3 else if c599 then 1 else 2", False),
        ("case when a > 1 then 3 when b > 1 then 4 when c599 then 1 else 2 end", False),
    ],
)
def test_a_state_behind_hundreds_of_steps_is_worked_out_from_the_first(last: str, states: bool) -> None:
    program = compile_program(inputs=INPUTS, steps=chained(last))
    dialect = PolarsDialect(pl.Schema({"a": pl.UInt64(), "b": pl.UInt64()}))
    plan = planned(program, [program.step("last")], dialect, states=states, taken=())
    assert [name for name, _ in plan.columns] == ["last", "last__state"][: 1 + states]
    assert len(plan.layers) > CHAIN


@pytest.mark.parametrize("last", ["c599", "not c599", "c599 and a > 0"])
def test_where_no_state_is_read_none_is_worked_out(last: str) -> None:
    program = compile_program(inputs=INPUTS, steps=chained(last))
    dialect = PolarsDialect(pl.Schema({"a": pl.UInt64(), "b": pl.UInt64()}))
    plan = planned(program, [program.step("last")], dialect, states=False, taken=())
    made = [name for layer in plan.layers for name, _ in layer]
    assert [name for name in made if name.startswith("__s")] == []
