"""Draws: a function of seed, subject and name; within bounds, in proportion, whole numbers."""

from collections import Counter

import pytest

from creditloop.kernel.errors import InputError
from creditloop.world.lending import Draws


def test_a_draw_is_the_same_again_and_another_for_any_other_name() -> None:
    draws = Draws(7, "sim-000001-01")
    again = Draws(7, "sim-000001-01")
    assert draws.bits("late", 3) == again.bits("late", 3)
    others = {Draws(8, "sim-000001-01").bits("late", 3), Draws(7, "sim-000001-02").bits("late", 3)}
    assert len({draws.bits("late", 3), draws.bits("late", 4), *others}) == 4


def test_this_very_draw_is_the_same_on_every_machine() -> None:
    assert Draws(7, "sim-000001-01").bits("late", 3) == 0x400ADBDBBDF20C75


def test_numbers_are_within_their_bounds_and_meet_both() -> None:
    draws = Draws(7, "bounds")
    met = Counter(draws.between(2, 5, number) for number in range(2_000))
    assert set(met) == {2, 3, 4, 5}
    assert min(met.values()) > 400
    with pytest.raises(InputError, match="nothing lies between"):
        draws.between(3, 2, "none")


def test_what_happens_and_what_is_picked_is_in_proportion() -> None:
    draws = Draws(7, "proportion")
    assert sum(draws.happens(2_500, number) for number in range(4_000)) == pytest.approx(1_000, abs=110)
    assert not any(draws.happens(0, number) for number in range(500))
    assert all(draws.happens(10_000, number) for number in range(500))
    met = Counter(draws.pick({"a": 3, "b": 0, "c": 1}, number) for number in range(4_000))
    assert met["b"] == 0 and met["a"] == pytest.approx(3_000, abs=110)
    with pytest.raises(InputError):
        draws.pick({"a": 0}, "none")
