from datetime import date, datetime
from itertools import product

import pytest

from creditloop.formula import Input, Kind, Match, NullPolicy, Parameter, Result, State, resolve
from creditloop.formula.kinds import is_of_kind, join_states
from creditloop.kernel.errors import InputError


def test_the_boundary_decides_what_a_null_means() -> None:
    told = [resolve(Result(None, state)) for state in list(State)[1:]]
    assert told == [Match.MATCHED, Match.NOT_MATCHED, *[Match.REFER] * 4]
    assert (resolve(Result(True, 0)), resolve(Result(False, 0))) == (Match.MATCHED, Match.NOT_MATCHED)


def test_states_join_in_any_order_and_disagreeing_nulls_refer() -> None:
    for a, b, c in product(range(7), repeat=3):
        assert join_states(a, b) == join_states(b, a) >= max(a, b)
        assert join_states(join_states(a, b), c) == join_states(a, join_states(b, c)) == join_states(a, b, c)
        assert join_states(a, a) == a
    assert {(a, b) for a, b in product(range(7), repeat=2) if join_states(a, b) > max(a, b)} == {
        (1, 2),
        (2, 1),
    }


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (1, {Kind.INTEGER, Kind.MONEY, Kind.NANO}),
        (2**63, set()),
        (-(2**63), {Kind.INTEGER, Kind.MONEY, Kind.NANO}),
        (True, {Kind.BOOLEAN}),
        (1.0, set()),
        ("1", {Kind.TEXT}),
        (b"1", set()),
        (date(2005, 6, 30), {Kind.DATE}),
        (datetime(2005, 6, 30), set()),  # noqa: DTZ001
        (None, set()),
    ],
)
def test_a_value_is_of_the_kinds_of_its_exact_class(value: object, kinds: set[Kind]) -> None:
    assert {kind for kind in Kind if is_of_kind(value, kind)} == kinds


def test_an_input_takes_what_keeps_its_declaration() -> None:
    declared = Input("code", Kind.INTEGER, NullPolicy.MATCH, values=(1, 2))
    assert [declared.takes(value) for value in (1, 2, 3, True, 1.0, "1", None)] == [True, True, *[False] * 5]


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (Kind.INTEGER, (), "once each"),
        (Kind.INTEGER, (1, 1), "once each"),
        (Kind.INTEGER, (1, "2"), "not of its kind"),
        (Kind.INTEGER, (True, 2), "not of its kind"),
        (Kind.NANO, (2**63,), "not of its kind"),
        (Kind.TEXT, ("e\u0301",), "NFC"),
        (Kind.TEXT, ("\ud800",), "NFC"),
    ],
)
def test_declared_values_are_checked(kind: Kind, values: tuple[object, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Input("x", kind, values=values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "value"),
    [(Kind.NANO, "0.5"), (Kind.MONEY, None), (Kind.DATE, datetime(2005, 6, 30))],  # noqa: DTZ001
)
def test_a_parameter_is_of_its_kind(kind: Kind, value: object) -> None:
    with pytest.raises(InputError, match="a value of p is not of its kind"):
        Parameter("p", kind, value)  # type: ignore[arg-type]


def test_an_unknown_kind_or_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="decimal"):
        Input("x", "decimal")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="ignore"):
        Input("x", Kind.TEXT, "ignore")  # type: ignore[arg-type]
