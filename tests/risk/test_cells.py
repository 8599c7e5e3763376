"""Cells say what a name must be; together they are one condition of the language."""

import pytest

from creditloop.formula import Input, Kind, NullPolicy, Step, compile_program, python_function
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk.cells import condition_from_cells

NAMES = {
    entry.name: entry
    for entry in (
        Input("age", Kind.INTEGER),
        Input("income", Kind.MONEY),
        Input("grade", Kind.TEXT, NullPolicy.NO_MATCH),
        Input("opened", Kind.DATE),
        Input("frozen", Kind.BOOLEAN),
    )
}


def condition(cells: str) -> str:
    return condition_from_cells(parse_document(cells, path="t.yaml").root, names=NAMES)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ('age: "> 5"', "(age > 5)"),
        ('age: ">=5"', "(age >= 5)"),
        ('age: "!= 5"', "(age != 5)"),
        ("age: 5", "(age = 5)"),
        ('age: "[1..10)"', "(age in [1..10))"),
        ('age: "1, 2,3"', "(age in [1, 2, 3])"),
        ('age: "not 1, 2"', "(age not in [1, 2])"),
        ('age: "not 1"', "(age != 1)"),
        ("age: null", "(age is null)"),
        ('age: "not null"', "(age is not null)"),
        ('age: "-"', "true"),
        ('income: "< yuan(5.00)"', "(income < yuan(5.00))"),
        ('income: "fen(1), yuan(2)"', "(income in [fen(1), yuan(2)])"),
        ("grade: A", "(grade = 'A')"),
        ("grade: A, 'B, C'", "(grade in ['A', 'B, C'])"),
        ("grade: it's", '(grade = "it\'s")'),
        ('grade: "= grade"', "(grade = grade)"),
        ("opened: 2024-01-31", "(opened = date('2024-01-31'))"),
        ('opened: "> 2024-01-31"', "(opened > date('2024-01-31'))"),
        ("frozen: true", "(frozen = true)"),
        ('age: "> 5"\ngrade: not A, B\nfrozen: "-"', "(age > 5) and (grade not in ['A', 'B'])"),
    ],
)
def test_a_cell_is_a_condition(cells: str, expected: str) -> None:
    assert condition(cells) == expected
    step = Step("c", expected, kind=Kind.BOOLEAN)
    assert compile_program(inputs=list(NAMES.values()), steps=[step]).steps[0].kind is Kind.BOOLEAN


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ('ages: "> 5"', "a cell stands under a name there is not"),
        ('age: ">"', "cannot go on"),
        ('age: "A"', "nothing is called A"),
        ('age: "1,"', "cannot be read"),
        ('age: ",1"', "cannot be read"),
        ('age: "> 5 or true"', "a cell says one thing"),
        ('age: "> 5 and age is null"', "a cell says one thing"),
        (f'grade: "a{" " * 100_000}b"', "the cell is too long"),
        (f'age: "[{"." * 100_000}"', "the cell is too long"),
        (f'age: "[{"." * 9_000}"', "cannot go on"),
        ('grade: "> A"', "does not take these kinds"),
        ('income: "> 5"', "does not take these kinds"),
        ('income: "5"', "does not take these kinds"),
        ('grade: ""', "expected text"),
        ("grade: [A]", "expected text"),
        ('age: "[10..1]"', "the interval is empty"),
        ('grade: "\'\\""', "cannot be written as a literal"),
    ],
)
def test_what_is_no_cell_is_refused_where_it_stands(cells: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message) as raised:
        condition(cells)
    assert raised.value.where["file"] == "t.yaml"
    assert raised.value.where["line"] == 1


def test_a_null_is_none_of_a_list_by_the_policy_of_the_input() -> None:
    program = compile_program(
        inputs=list(NAMES.values()), steps=[Step("c", condition("grade: not A, B"), kind=Kind.BOOLEAN)]
    )
    assert python_function(program)({**dict.fromkeys(NAMES), "grade": None})["c"].state == 2
