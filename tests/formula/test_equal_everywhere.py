"""Random programs on random rows: Python, Polars and the reference say the same, value and state."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from tests.formula.reference import Reference, as_result
from tests.formula.strategies import INPUTS, programs, rows

from creditloop.formula import PolarsTarget, PythonTarget, Step, compile_program
from creditloop.formula.grammar import read_expression
from creditloop.formula.writing import Writing
from creditloop.kernel.errors import PolicyError

REFUSED = {"not among the declared values", "division by zero", "the list holds a value twice"}
QUIET = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def reference_answer(steps: list[Step], row: dict[str, object]) -> tuple[object, ...]:
    reference = Reference(INPUTS, row)
    found: list[object] = []
    for step in steps:
        out = reference.value(read_expression(Writing(step.text)))
        assert step.kind is not None
        reference.names[step.name] = reference.as_kind(out, step.kind)
        found.extend(as_result(reference.names[step.name]))
    return tuple(found)


def kinds(answers: Sequence[tuple[object, ...]]) -> list[list[type]]:
    return [list(map(type, answer)) for answer in answers]


def check(steps: list[Step], cases: list[dict[str, object]]) -> None:
    try:
        program = compile_program(inputs=INPUTS, steps=steps)
    except (
        PolicyError
    ) as error:  # the drawn text is of the right kinds, but says something that cannot be meant
        assert error.message in REFUSED
        reject()
    expected = [reference_answer(steps, row) for row in cases]
    for target in (PythonTarget(), PolarsTarget()):
        answers = target.answers(program, cases)
        assert answers == expected, target.name
        assert [list(map(type, answer)) for answer in answers] == [
            list(map(type, answer)) for answer in expected
        ]


@QUIET
@given(programs(), st.lists(rows(), min_size=1, max_size=6))
def test_python_polars_and_fractions_agree(steps: list[Step], cases: list[dict[str, object]]) -> None:
    check(steps, cases)


@pytest.mark.outside
@settings(QUIET, max_examples=120)
@given(programs(depth=4), st.lists(rows(), min_size=1, max_size=8))
def test_they_agree_on_deeper_programs(steps: list[Step], cases: list[dict[str, object]]) -> None:
    check(steps, cases)
