"""A card as a program: every kind of feature, the missing first, the unseen never guessed."""

import pytest

from creditloop.formula import Kind, Program, Result, prove, python_function
from creditloop.risk import Bin, CardFeature, Direction, FittedFeature, ScoreBand
from creditloop.risk.card.programs import bins_program, card_program


def feature(name: str, kind: Kind, *bins: Bin) -> FittedFeature:
    made = CardFeature(name=name, kind=kind, direction=Direction.NONE, zh="特征", en="feature")
    return FittedFeature(feature=made, bins=bins, iv_nano=0, coefficient_nano=0)


def one(points: int, **where: object) -> Bin:
    return Bin(rows=1, bad=0, woe_nano=0, points=points, **where)  # type: ignore[arg-type]


FEATURES = (
    feature("days", Kind.INTEGER, one(5, high=-1), one(3, low=-1, high=4), one(-9, low=4)),
    feature("owed", Kind.MONEY, one(2), one(-7, missing=True)),
    feature("use", Kind.NANO, one(4, high=1), one(-4, low=1), one(0, missing=True)),
    feature(
        "work", Kind.TEXT, one(1, values=("a", "it's")), one(-1, values=('say "b"',)), one(-2, missing=True)
    ),
    feature("grade", Kind.TEXT, one(1, values=("A",)), one(-1, values=("B",))),
    feature("owner", Kind.BOOLEAN, one(6, values=(True,)), one(-6, missing=True)),
    feature("late", Kind.BOOLEAN, one(8, values=(False,)), one(-8, values=(True,))),
)
BANDS = (
    ScoreBand(low=None, high=100, rows=1, bad=1, pd_nano=500_000_000),
    ScoreBand(low=100, high=None, rows=1, bad=0, pd_nano=0),
)
ROW = {"days": 0, "owed": 5, "use": 0, "work": "it's", "grade": "A", "owner": True, "late": False}
PROGRAM = card_program(base=75, features=FEATURES, bands=BANDS)


def answer(row: dict[str, object], step: str, program: Program = PROGRAM) -> Result:
    return python_function(program)(row)[step]


def test_the_score_is_base_and_points() -> None:
    assert answer(ROW, "score") == (75 + 3 + 2 + 4 + 1 + 1 + 6 + 8, 0)
    assert answer(ROW, "pd_nano") == (0, 0)
    assert answer({**ROW, "days": 4}, "pd_nano") == (500_000_000, 0)


@pytest.mark.parametrize(
    ("name", "value", "points", "number"),
    [
        ("days", -2, (5, 0), 0),
        ("days", -1, (3, 0), 1),
        ("days", 4, (-9, 0), 2),
        ("days", None, (None, 3), None),
        ("owed", -(2**63), (2, 0), 0),
        ("owed", None, (-7, 0), 1),
        ("use", 1, (-4, 0), 1),
        ("use", None, (0, 0), 2),
        ("work", 'say "b"', (-1, 0), 1),
        ("work", "unseen", (-2, 0), 2),
        ("work", None, (-2, 0), 2),
        ("grade", "C", (None, 3), None),
        ("grade", None, (None, 3), None),
        ("owner", False, (-6, 0), 1),
        ("owner", None, (-6, 0), 1),
        ("late", True, (-8, 0), 1),
        ("late", None, (None, 3), None),
        ("late", 1, (None, 6), None),
        ("use", 0.5, (None, 6), None),
    ],
)
def test_each_value_has_its_bin_and_its_points(
    name: str, value: object, points: tuple[int | None, int], number: int | None
) -> None:
    row = {**ROW, name: value}
    assert answer(row, f"points_{name}") == points
    assert answer(row, f"bin_{name}", bins_program(FEATURES)).value == number
    assert answer(row, "score").state == points[1]


@pytest.mark.parametrize("program", [PROGRAM, bins_program(FEATURES)], ids=["card", "bins"])
def test_python_and_polars_are_proven_to_agree(program: Program) -> None:
    proof = prove(program, rows=2_000, seed=1)
    assert proof.holds, proof.first
