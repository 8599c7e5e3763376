"""Weights: planted ones are found, none is below 0, they add up to a thousand."""

import random

import polars as pl
import pytest

from creditloop.kernel.errors import InputError
from creditloop.monitor import RISK_MAX, propose_weights

PLANTED = {"strong": 2.0, "weak": 0.7, "idle": 0.0, "safer": -1.5}


def planted(rows: int = 20_000) -> tuple[pl.DataFrame, pl.Series]:
    """Customers whose odds of going bad are 1 to 7, times e to the planted weights of their signals."""
    draw = random.Random(7)
    signals: dict[str, list[int]] = {name: [] for name in PLANTED}
    bad = []
    for _ in range(rows):
        odds = 1 / 7
        for name, weight in PLANTED.items():
            there = draw.random() < 0.3
            signals[name].append(int(there))
            odds *= 2.718281828459045 ** (weight * there)
        bad.append(draw.random() < odds / (1 + odds))
    return pl.DataFrame(signals), pl.Series(bad)


def test_planted_weights_are_found() -> None:
    signals, bad = planted()
    weights = propose_weights(signals=signals, bad=bad)
    assert tuple(weights) == tuple(PLANTED)
    assert sum(weights.values()) == RISK_MAX
    assert weights["safer"] == 0, "a signal never makes a customer safer"
    assert weights["idle"] <= 30
    assert weights["strong"] / weights["weak"] == pytest.approx(2.0 / 0.7, rel=0.15)


def test_the_same_rows_give_the_same_weights() -> None:
    signals, bad = planted(2000)
    assert propose_weights(signals=signals, bad=bad) == propose_weights(signals=signals, bad=bad)


def test_a_signal_nobody_has_weighs_nothing() -> None:
    signals, bad = planted(2000)
    weights = propose_weights(signals=signals.with_columns(never=pl.lit(0, pl.Int64)), bad=bad)
    assert weights["never"] == 0


SIGNALS, BAD = pl.DataFrame({"a": [1, 0, 1]}), pl.Series([True, False, True])
REFUSED = {
    "a two": (pl.DataFrame({"a": [2, 0, 1]}), BAD, "a signal is 0 or 1"),
    "a float": (pl.DataFrame({"a": [1.0, 0.0, 1.0]}), BAD, "a signal is 0 or 1"),
    "a null signal": (pl.DataFrame({"a": [1, None, 1]}), BAD, "a signal is 0 or 1"),
    "numbers as outcomes": (SIGNALS, pl.Series([1, 0, 1]), "outcomes are true or false"),
    "one outcome": (SIGNALS, pl.Series([True, True, True]), "outcomes are true or false"),
    "a null outcome": (SIGNALS, pl.Series([True, None, False]), "outcomes are true or false"),
    "another length": (SIGNALS, pl.Series([True, False]), "outcomes are true or false"),
    "nothing to tell by": (pl.DataFrame({"a": [0, 1, 0]}), BAD, "no signal tells"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_weighed_is_refused(name: str) -> None:
    signals, bad, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        propose_weights(signals=signals, bad=bad)
