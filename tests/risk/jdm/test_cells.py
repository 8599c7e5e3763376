import pytest

from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm.cells import read_cell
from creditloop.risk.jdm.expressions import read_expression


@pytest.mark.parametrize(
    ("cell", "meaning"),
    [
        ("> 5", "$ > 5"),
        ("5", "$ == 5"),
        ("'a', 'b'", "$ == 'a' or $ == 'b'"),
        ("['a', 'b']", "$ in ['a', 'b']"),
        ("not in [1]", "$ not in [1]"),
        ("(1..5]", "$ in (1..5]"),
        ("> 1 and < 5", "$ > 1 and $ < 5"),
        ("< 1 or > 5", "$ < 1 or $ > 5"),
        ("1 or 2 and > 5", "($ == 1 or $ == 2) and $ > 5"),  # from the left, neither binds tighter
        ("contains($, 'x')", "contains($, 'x')"),
        ("len('x')", "$ == len('x')"),
        ("a > 5", "a > 5"),
        ("a", "$ == a"),
        ("!a", "$ == !a"),
        ("a + 1", "$ == a + 1"),
        ("a ?? 1", "a ?? 1"),
        ("d(a).isAfter(d(b))", "d(a).isAfter(d(b))"),
        ("null", "$ == null"),
        ("5 > 3", "5 > 3"),
    ],
)
def test_a_cell_is_a_test_of_the_value(cell, meaning):
    assert read_cell(cell) == read_expression(meaning)


@pytest.mark.parametrize("cell", ["", " ", "\n"])
def test_an_empty_cell_tests_nothing(cell):
    assert read_cell(cell) is None


@pytest.mark.parametrize("cell", ["> ", "1 2", "> 5,", "<= 5 and", "(> 5)", "(a and b)"])
def test_a_cell_that_is_not_well_formed_is_refused(cell):
    with pytest.raises(PolicyError) as caught:
        read_cell(cell)
    assert caught.value.where["reason"] == "not well formed"
