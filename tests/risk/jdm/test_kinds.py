import pytest

from creditloop.formula import Kind
from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm.expressions import read_expression
from creditloop.risk.jdm.kinds import InputKinds, kinds_in_use

SCHEMA = {
    "properties": {
        "o": {"properties": {"n": {"type": "number"}, "a": {"type": "array"}}},
        "t": {"type": "string"},
    }
}


def used(*texts):
    return kinds_in_use((read_expression(text), None) for text in texts)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], Kind.INTEGER),
        ([1, 2.5], Kind.NANO),
        ([2.0], Kind.INTEGER),
        (["a", None], Kind.TEXT),
        ([True], Kind.BOOLEAN),
    ],
)
def test_rows_tell_the_kind(values, kind):
    assert InputKinds(samples=[{"o": {"x": value}} for value in values]).kind_of(("o", "x")) is kind


def test_the_schema_tells_the_kind_and_a_number_may_be_a_fraction():
    kinds = InputKinds(schema=SCHEMA, samples=[{"o": {"n": 1}}])
    assert kinds.kind_of(("o", "n")) is Kind.NANO
    assert kinds.kind_of(("t",)) is Kind.TEXT


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x == 'a'", Kind.TEXT),
        ("2 < x", Kind.NANO),
        ("x in [1, 2]", Kind.NANO),
        ("x in [1..2]", Kind.NANO),
        ("x * y > 1", Kind.NANO),
        ("x == true", Kind.BOOLEAN),
        ("not x", Kind.BOOLEAN),
        ("x ? 1 : 2", Kind.BOOLEAN),
        ("upper(x)", Kind.TEXT),
        ("min([x, 1])", Kind.NANO),
    ],
)
def test_use_tells_the_kind_where_nobody_else_does(text, kind):
    assert InputKinds(used=used(text)).kind_of(("x",)) is kind


def test_what_rows_say_comes_before_use():
    assert InputKinds(samples=[{"x": 1}], used=used("x == 'a'")).kind_of(("x",)) is Kind.INTEGER


@pytest.mark.parametrize(
    ("kinds", "path", "reason"),
    [
        (InputKinds(), ("x",), "kind of an input is not known"),
        (InputKinds(samples=[{"x": None}]), ("x",), "kind of an input is not known"),
        (InputKinds(samples=[{"x": 1}, {"x": "a"}]), ("x",), "kinds do not go together"),
        (InputKinds(schema=SCHEMA, samples=[{"t": 1}]), ("t",), "kinds do not go together"),
        (InputKinds(used=used("x == 'a'", "x > 1")), ("x",), "kinds do not go together"),
        (InputKinds(samples=[{"x": []}]), ("x",), "array as a value"),
        (InputKinds(schema=SCHEMA), ("o", "a"), "array as a value"),
        (InputKinds(samples=[{"x": {}}]), ("x",), "object as a value"),
    ],
)
def test_what_nobody_says_or_two_say_differently_is_refused(kinds, path, reason):
    with pytest.raises(PolicyError) as caught:
        kinds.kind_of(path)
    assert caught.value.where["reason"] == reason
    assert ".".join(path) in str(caught.value.got)
