"""A condition written from its operations reads as it was written."""

import pytest

from creditloop.formula import Input, Kind, ListOfValues, Step, compile_program
from creditloop.formula.regions.text import described

INPUTS = [
    Input("days", Kind.INTEGER),
    Input("rate", Kind.NANO),
    Input("owed", Kind.MONEY),
    Input("grade", Kind.TEXT),
    Input("frozen", Kind.BOOLEAN),
    Input("opened", Kind.DATE),
]


@pytest.mark.parametrize(
    "text",
    [
        "days > 3",
        "days <= -3",
        "rate >= 0.05",
        "rate != -1.5",
        "owed < yuan(500.00)",
        "grade = 'A'",
        "grade in ['A', 'B']",
        "grade in list.grades",
        "frozen = true",
        "frozen != false",
        "opened > date('2024-02-29')",
        "double > 6",
        "frozen",
    ],
)
def test_a_comparison_reads_as_it_was_written(text: str) -> None:
    steps = [Step("double", "days * 2"), Step("condition", text)]
    listed = ListOfValues("grades", Kind.TEXT, ("A",))
    program = compile_program(inputs=INPUTS, steps=steps, lists=[listed])
    assert described(program, program.step("condition").number) == text


def test_what_has_no_name_is_left_out() -> None:
    program = compile_program(inputs=INPUTS, steps=[Step("condition", "days * 2 + 1 > 6")])
    assert described(program, program.steps[0].number) == "… > 6"


def test_a_count_compared_with_a_ratio_keeps_its_name() -> None:
    program = compile_program(inputs=INPUTS, steps=[Step("condition", "days > 0.5")])
    assert described(program, program.steps[0].number) == "days > 0.5"
