"""Trees that are made say what the same text would."""

from datetime import date

import pytest

from creditloop.formula import Input, Kind, Step, Value, compile_program, python_function
from creditloop.formula.grammar import read_expression
from creditloop.formula.tree import Tree
from creditloop.formula.writing import Writing
from creditloop.risk.lowering import (
    chosen_by_ordinal,
    constant_tree,
    guarded,
    is_written,
    mask_of,
    masks_of,
    names_in,
    nulls_asked,
    ordinal_of_first,
    with_prefix,
)


def tree(text: str) -> Tree:
    return read_expression(Writing(text))


def hash_of(*, text: str = "", made: Tree | None = None) -> str:
    inputs = [Input("a", Kind.BOOLEAN), Input("b", Kind.BOOLEAN), Input("n", Kind.INTEGER)]
    return compile_program(inputs=inputs, steps=[Step("s", text, tree=made)]).hash


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (ordinal_of_first(["a", "b"]), "case when a then 1 when b then 2 else 0 end"),
        (mask_of(["a", "b"]), "(if a then 1 else 0) + (if b then 2 else 0)"),
        (chosen_by_ordinal("n", ["a", "b"], None), "case when n = 1 then a when n = 2 then b else null end"),
        (chosen_by_ordinal("n", ["a"], "b"), "case when n = 1 then a else b end"),
    ],
)
def test_what_is_made_is_what_would_be_written(made: Tree, text: str) -> None:
    assert hash_of(made=made) == hash_of(text=text)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (-5, Kind.INTEGER),
        (12_345, Kind.MONEY),
        (-1, Kind.NANO),
        (1_500_000_000, Kind.NANO),
        ("it's", Kind.TEXT),
        (True, Kind.BOOLEAN),
        (date(2024, 2, 29), Kind.DATE),
    ],
)
def test_a_value_is_written_as_itself(value: Value, kind: Kind) -> None:
    program = compile_program(inputs=[], steps=[Step("s", "", kind=kind, tree=constant_tree(value, kind))])
    assert python_function(program)({})["s"] == (value, 0)


def test_what_is_not_among_the_values_refers() -> None:
    step = Step("s", "", tree=guarded("n", (1, 2), Kind.INTEGER))
    function = python_function(compile_program(inputs=[Input("n", Kind.INTEGER)], steps=[step]))
    assert [function({"n": n})["s"] for n in (1, 3, None)] == [(1, 0), (None, 3), (None, 3)]


def test_masks_hold_62_rows_each() -> None:
    masks = masks_of("mask", [f"c{n}" for n in range(130)])
    assert [name for name, _ in masks] == ["mask", "mask_2", "mask_3"]
    assert [len(set(names_in(made))) for _, made in masks] == [62, 62, 6]


def test_names_and_the_nulls_that_are_asked() -> None:
    text = "if a is null then (n ?? m) else max(n, parameter.p)"
    assert set(names_in(tree(text))) == {"a", "n", "m"}
    assert [name for _, name in nulls_asked(tree(text))] == ["a", "n"]


def test_numbers_and_lists_of_another_document_have_its_prefix() -> None:
    changed = repr(with_prefix(tree("n in list.l and n > parameter.p"), "sub__"))
    assert "name='sub__l'" in changed
    assert "name='sub__p'" in changed
    assert "name='n'" in changed
    assert with_prefix(tree("n"), "") == tree("n")


@pytest.mark.parametrize(
    ("text", "written"),
    [("1", True), ("yuan(5)", True), ("parameter.p", True), ("'a'", True), ("n", False), ("1 + 1", False)],
)
def test_what_is_written_cannot_fail(text: str, written: bool) -> None:
    assert is_written(tree(text)) is written
