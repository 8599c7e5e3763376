import pytest

from creditloop.formula import Kind
from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm.activity import Activity, either
from creditloop.risk.jdm.contexts import EMPTY, Fields, Given, Nothing, Rows, Scalar, found, overlaid, written

CASE = Given(())
ONE, TWO = Scalar("one", Kind.INTEGER), Scalar("two", Kind.INTEGER)


def test_what_no_node_has_written_is_the_cases_own():
    context = written(CASE, ("a", "b"), ONE)
    assert found(context, ("a", "b")) == ONE
    assert found(context, ("a", "c")) == Given(("a", "c"))
    assert found(context, ("x",)) == Given(("x",))
    assert found(written(EMPTY, ("a",), ONE), ("x",)) == Nothing()
    assert found(context, ("a", "b", "c")) == Nothing()


def test_objects_are_joined_and_values_replaced():
    under = written(written(CASE, ("a", "b"), ONE), ("c",), ONE)
    over = written(written(EMPTY, ("a", "d"), TWO), ("c",), TWO)
    laid = overlaid(under, over)
    assert [found(laid, path) for path in (("a", "b"), ("a", "d"), ("c",))] == [ONE, TWO, TWO]
    assert overlaid(under, Nothing()) == Nothing()
    assert isinstance(laid, Fields) and laid.base == CASE


def test_a_list_of_rows_has_no_members():
    with pytest.raises(PolicyError, match="array"):
        found(Fields(None, (("r", Rows("t", (), "0", False)),)), ("r", "x"))


def test_branches_of_a_first_hit_switch_exclude_each_other():
    always = Activity()
    one = always.branch("s_1", switch="s", statement=1, first=True)
    two = always.branch("s_2", switch="s", statement=2, first=True)
    inner = one.branch("t_1", switch="t", statement=1, first=True)
    assert one.excludes(two) and inner.excludes(two) and not inner.excludes(one)
    assert not always.excludes(one)
    assert either([one, two]).text == "s_1 or s_2"
    assert either([one, always]) == always
    collected = [always.branch(f"c_{n}", switch="c", statement=n, first=False) for n in (1, 2)]
    assert not collected[0].excludes(collected[1])
