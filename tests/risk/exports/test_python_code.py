"""A card as a Python file: the same answers, reasons and states, and nothing of ours in it."""

from types import ModuleType

import pytest
from tests.risk.exports.edges import CARDS, ROWS, answered

from creditloop.risk import Card
from creditloop.risk.exports import python_code


def loaded(card: Card) -> ModuleType:
    module = ModuleType("exported")
    exec(compile(python_code(card), "exported.py", "exec"), module.__dict__)
    return module


def compare(card: Card, *, count: int) -> None:
    module = loaded(card)
    for row in answered(card, count=count).iter_rows(named=True):
        told = card.score(row)
        names = [reason.code.removeprefix("CARD_").lower() for reason in told.reasons]
        want = (told.score, told.pd_nano, told.score_nano, [] if told.refers else names)
        assert module.score(row) == want


@pytest.mark.parametrize("name", list(CARDS))
def test_the_same_score_and_reasons(name: str) -> None:
    compare(CARDS[name], count=ROWS)


@pytest.mark.outside
@pytest.mark.parametrize("name", list(CARDS))
def test_the_same_on_many_rows(name: str) -> None:
    compare(CARDS[name], count=100_000)


@pytest.mark.parametrize(
    "spoilt",
    [{"f0__state": 4}, {"f0__state": 9}, {"f0__state": True}, {"f0__state": None}, {"f0": True}, {"f0": "1"},
     {"f0": 2**63}, {"f0": 1.0}, {"f4": 1}, {"f3": b"clerk"}],
)  # fmt: skip
def test_what_is_broken_refers(spoilt: dict[str, object]) -> None:
    card = CARDS["points"]
    good = {"f0": 1, "f1": 1, "f2": 1, "f3": "clerk", "f4": True, "f5": 1, "f6": 1}
    assert loaded(card).score(good)[0] == card.score(good).score is not None
    assert loaded(card).score({**good, **spoilt}) == (None, None, None, [])
    assert card.score({**good, **spoilt}).refers
    assert loaded(card).score({}) == (None, None, None, [])


def test_the_file_stands_alone_and_says_what_it_is() -> None:
    code = python_code(CARDS["pairs"])
    assert [line for line in code.splitlines() if "import" in line] == ["from bisect import bisect_right"]
    assert CARDS["pairs"].hash in code
    assert code == python_code(CARDS["pairs"])
