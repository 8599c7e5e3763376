"""Lists, and nulls that are declared again: every target and the reference say the same."""

import dataclasses

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from tests.formula.reference import NULLS, Reference, as_result
from tests.formula.strategies import INPUTS, LISTS, listed_programs, rows
from tests.formula.test_equal_everywhere import QUIET, REFUSED

from creditloop.formula import Input, Kind, ListOfValues, Step, compile_program, python_function
from creditloop.formula.grammar import read_expression
from creditloop.formula.targets import TARGETS
from creditloop.formula.writing import Writing
from creditloop.kernel.errors import InputError, PolicyError


def told(steps: list[Step], row: dict[str, object]) -> tuple[object, ...]:
    reference = Reference(INPUTS, row, LISTS)
    found: list[object] = []
    for step in steps:
        assert step.kind is not None
        out = reference.as_kind(reference.value(read_expression(Writing(step.text))), step.kind)
        if step.null is not None and 1 <= out[2] <= 3:
            out = (out[0], None, NULLS[step.null.value])
        reference.names[step.name] = out
        found.extend(as_result(out))
    return tuple(found)


@pytest.mark.outside
@QUIET
@given(listed_programs(), st.lists(rows(), min_size=1, max_size=6))
def test_all_targets_and_the_reference_agree(steps: list[Step], cases: list[dict[str, object]]) -> None:
    try:
        program = compile_program(inputs=INPUTS, lists=LISTS, steps=steps)
    except PolicyError as error:  # well-typed, but it cannot be meant
        assert error.message in REFUSED
        reject()
    expected = [told(steps, row) for row in cases]
    for target in TARGETS:
        answers = target.answers(program, cases)
        assert answers == expected, target.name
        assert [[type(value) for value in answer] for answer in answers] == [
            [type(value) for value in answer] for answer in expected
        ]


def test_a_list_is_one_operation_however_long() -> None:
    many = ListOfValues("many", Kind.INTEGER, tuple(range(100_000)))
    program = compile_program(
        inputs=[Input("n", Kind.INTEGER)], lists=[many, *LISTS], steps=[Step("a", "n in list.many")]
    )
    assert len(program.operations) == 2
    assert set(program.lists) == {"many"}, "a list nobody asks is no part of the program"
    function = python_function(program)
    assert [function({"n": n})["a"].value for n in (-1, 0, 99_999, 100_000)] == [False, True, True, False]


def test_the_values_of_a_list_are_part_of_the_version_and_their_order_is_not() -> None:
    def version(*values: str) -> str:
        listed = ListOfValues("names", Kind.TEXT, values)
        inputs, steps = [Input("t", Kind.TEXT)], [Step("a", "t in list.names")]
        return compile_program(inputs=inputs, lists=[listed], steps=steps).hash

    assert version("A", "B") == version("B", "A")
    assert len({version(), version("A"), version("A", "B")}) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": ("A", "A")}, "holds a value twice"),
        ({"values": ("A", 1)}, "not of its kind"),
        ({"name": "in"}, "not a name for list"),
    ],
)
def test_a_list_is_checked(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataclasses.replace(LISTS[0], **change)  # type: ignore[arg-type]


def test_a_list_is_given_once() -> None:
    with pytest.raises(InputError, match="given twice"):
        compile_program(inputs=[], lists=[LISTS[0], LISTS[0]], steps=[])
