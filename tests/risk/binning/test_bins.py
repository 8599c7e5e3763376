"""Bins as people read them, features that cannot be, and the one door from floats to what decides."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.formula import Kind, Step, compile_program
from creditloop.kernel.errors import InputError
from creditloop.risk import Bin, CardFeature, Direction
from creditloop.risk.binning.bins import nano_from_float, nano_text, number_text


def one(**where: object) -> Bin:
    return Bin(rows=1, bad=0, woe_nano=0, **where)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "kind", "label"),
    [
        (one(high=500_000_000), Kind.NANO, "< 0.5"),
        (one(low=500_000_000, high=10**9), Kind.NANO, "0.5 … < 1.0"),
        (one(low=12_345), Kind.MONEY, ">= 123.45"),
        (one(low=-3, high=4), Kind.INTEGER, "-3 … < 4"),
        (one(), Kind.INTEGER, "任意值 any value"),
        (one(missing=True), Kind.TEXT, "缺失 missing"),
        (one(special=(96, 98)), Kind.INTEGER, "特殊值 special 96, 98"),
        (one(special=(-100,)), Kind.MONEY, "特殊值 special -1.00"),
        (one(values=("A", "it's")), Kind.TEXT, "A, it's"),
        (one(values=(False, True)), Kind.BOOLEAN, "false, true"),
    ],
)
def test_a_bin_is_labelled_for_people(part: Bin, kind: Kind, label: str) -> None:
    assert part.label(kind) == label


@pytest.mark.parametrize("kind", [Kind.INTEGER, Kind.MONEY, Kind.NANO])
@given(value=st.integers(-(2**62), 2**62))
def test_a_number_is_written_as_the_language_reads_it(kind: Kind, value: int) -> None:
    program = compile_program(inputs=[], steps=[Step("x", number_text(value, kind), kind=kind)])
    assert program.operations[program.steps[0].number].value == value


@given(st.floats(-1e6, 1e6))
def test_a_float_becomes_nano_half_away_from_zero(value: float) -> None:
    exact, got = Fraction(value) * 10**9, nano_from_float(value)
    assert abs(got - exact) <= Fraction(1, 2)
    assert abs(got - exact) < Fraction(1, 2) or abs(got) > abs(exact)
    assert nano_text(got).count(".") == 1


@pytest.mark.parametrize(
    ("name", "kind", "direction", "message"),
    [
        ("a b", Kind.INTEGER, "up", "not a name for feature"),
        ("a__state", Kind.INTEGER, "up", "not a name for a feature of a card"),
        ("case", Kind.INTEGER, "up", "not a name for feature"),
        ("work", Kind.TEXT, "up", "values of work have no order"),
        ("owner", Kind.BOOLEAN, "down", "values of owner have no order"),
        ("opened", Kind.DATE, "none", "a scorecard reads no date"),
    ],
)
def test_what_can_be_no_feature_is_refused(name: str, kind: Kind, direction: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        CardFeature(name=name, kind=kind, direction=Direction(direction), zh="特征", en="feature")


def test_kind_and_direction_may_be_given_by_their_names() -> None:
    made = CardFeature(name="x", kind="nano", direction="up", zh="特征", en="feature")  # type: ignore[arg-type]
    assert (made.kind, made.direction) == (Kind.NANO, Direction.UP)
    with pytest.raises(InputError, match="no such direction of a feature: x"):
        CardFeature(name="x", kind=Kind.NANO, direction="sideways", zh="特征", en="feature")  # type: ignore[arg-type]


def test_special_codes_are_whole_numbers_of_a_number() -> None:
    made = CardFeature(
        name="x", kind=Kind.INTEGER, direction=Direction.PEAK, zh="特征", en="x", special=(98, -1)
    )
    assert made.special == (-1, 98)
    for special in ((1, 1), (True,), (0.5,), (2**63,)):
        with pytest.raises(InputError, match="special codes of x are whole numbers, each once"):
            CardFeature(
                name="x", kind=Kind.NANO, direction=Direction.FREE, zh="特征", en="x", special=special
            )  # type: ignore[arg-type]
    with pytest.raises(InputError, match="only a number has special codes, not x"):
        CardFeature(name="x", kind=Kind.TEXT, direction=Direction.NONE, zh="特征", en="x", special=(1,))
