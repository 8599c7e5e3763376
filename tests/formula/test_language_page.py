"""Every example of docs/formula.md is run: values, rules and faults, by every target."""

import re
from datetime import date
from pathlib import Path

import pytest

from creditloop.formula import (
    CompiledStep,
    Kind,
    ListOfValues,
    Parameter,
    Result,
    State,
    Step,
    Value,
    compile_program,
    constant_from_node,
    inputs_from_node,
    kind_from_node,
    resolve,
)
from creditloop.formula.functions import FUNCTIONS
from creditloop.formula.targets import TARGETS, Target
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.kernel.money import text_from_fen

PAGE = (Path(__file__).parents[2] / "docs" / "formula.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def examples(language: str) -> list[tuple[str, str]]:
    lines = [line.split("→") for block in blocks(language) for line in block.splitlines()]
    return [(text.strip(), result.strip()) for text, result in lines]


DECLARED = parse_document(blocks("yaml")[0], path="docs/formula.md").root.mapping()
INPUTS = inputs_from_node(DECLARED["inputs"])
PARAMETERS = [
    Parameter(name, kind := kind_from_node(entry["kind"]), constant_from_node(entry["value"], kind=kind))
    for name, node in DECLARED["parameters"].mapping().items()
    if (entry := node.mapping(required=["kind", "value"], optional=[]))
]
LISTS = [
    ListOfValues(
        name, kind_from_node(entry["kind"]), tuple(value.text() for value in entry["values"].items())
    )
    for name, node in DECLARED["lists"].mapping().items()
    if (entry := node.mapping(required=["kind", "values"], optional=[]))
]
CASE = {
    entry.name: None
    if (node := DECLARED["case"].mapping()[entry.name]).value is None
    else constant_from_node(node, kind=entry.kind)
    for entry in INPUTS
}


def result(text: str, target: Target, kind: Kind | None = None) -> tuple[CompiledStep, Result]:
    steps = [Step("value", text, kind=kind)]
    program = compile_program(inputs=INPUTS, parameters=PARAMETERS, lists=LISTS, steps=steps)
    ((value, state),) = target.answers(program, [CASE])
    assert isinstance(state, int)
    return program.steps[0], Result(value, state)


def written(value: Value, kind: Kind) -> str:
    if kind is Kind.NANO and isinstance(value, int):
        sign, whole, rest = "-" * (value < 0), *divmod(abs(value), 10**9)
        return f"{sign}{whole}.{rest:09d}".rstrip("0").rstrip(".")
    if kind is Kind.MONEY and isinstance(value, int):
        return f"yuan({text_from_fen(value)})"
    if isinstance(value, date):
        return f"date('{value}')"
    return repr(value) if isinstance(value, str) else str(value).lower()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@pytest.mark.parametrize(("text", "expected"), examples("formula"))
def test_an_example_gives_what_the_page_says(text: str, expected: str, target: Target) -> None:
    step, (value, state) = result(text, target)
    assert (State(state).name.lower() if state else written(value, step.kind)) == expected


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@pytest.mark.parametrize(("text", "expected"), examples("rule"))
def test_a_rule_says_what_the_page_says(text: str, expected: str, target: Target) -> None:
    assert resolve(result(text, target, Kind.BOOLEAN)[1]).value == expected


@pytest.mark.parametrize(("text", "hint"), examples("fault"))
def test_a_mistake_is_taught_as_the_page_says(text: str, hint: str) -> None:
    with pytest.raises(PolicyError) as raised:
        result(text, TARGETS[0])
    assert raised.value.hint == hint


def test_the_page_names_every_kind_state_and_function() -> None:
    words = [*Kind, *(state.name.lower() for state in State), *(f"{name}(" for name in FUNCTIONS)]
    assert [word for word in words if f"`{word}" not in PAGE] == []
    assert len(examples("formula")) > 30
    assert len(examples("rule")) == 10
