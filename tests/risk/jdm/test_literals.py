from decimal import Decimal

import pytest

from creditloop.formula import Kind, Step, compile_program
from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm.expressions import read_expression
from creditloop.risk.jdm.literals import folded, literal, number_text, text_literal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", Decimal(7)),
        ("-2 ^ 2", Decimal(4)),
        ("7 % -4", Decimal(3)),
        ("'a' + 'b'", "ab"),
        ("true", True),
        ("1 / 0", None),
        ("2 ^ 0.5", None),
        ("2 ^ 1000", None),
        ("'a' + 1", None),
        ("x + 1", None),
        ("null", None),
    ],
)
def test_written_values_are_computed_when_they_are_read(text, value):
    assert folded(read_expression(text)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.0000000005", "0.000000001"),
        ("-0.0000000005", "-0.000000001"),
        ("1e3", "1000"),
        ("-1.50", "-1.5"),
        ("-0", "0"),
    ],
)
def test_numbers_have_nine_places_half_away_from_zero(value, text):
    assert number_text(Decimal(value)) == text


@pytest.mark.parametrize("text", ["", "a", "it's", '"', "'\"'", "\"'\"'", "≤ 14"])
def test_any_text_of_one_line_is_written_as_itself(text):
    written = text_literal(text)
    assert compile_program(inputs=[], steps=[Step("x", written, kind=Kind.TEXT)])
    assert literal(text).text == written


@pytest.mark.parametrize("text", ["a\nb", "e\u0301"])
def test_a_text_of_two_lines_or_not_in_normal_form_is_refused(text):
    with pytest.raises(PolicyError):
        text_literal(text)
