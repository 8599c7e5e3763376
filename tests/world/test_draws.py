"""Chance by number: the same for the same seed, name and number; another for any other."""

import numpy as np
import pytest

from creditloop.world import draws

NUMBERS = np.arange(200_000, dtype=np.int64)


def test_bits_are_splitmix64_with_its_published_first_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    # its state steps by a constant, so that its n-th number from a seed is that of n steps
    monkeypatch.setattr(draws, "key", lambda seed, name: seed)
    mixed = draws.bits(1234567, "", np.array([1, 2, 3]))
    assert mixed.tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_a_draw_is_a_function_of_seed_name_and_number() -> None:
    once, again = draws.bits(1, "a", NUMBERS), draws.bits(1, "a", NUMBERS[::-1])[::-1]
    assert np.array_equal(once, again)
    for other in (draws.bits(2, "a", NUMBERS), draws.bits(1, "b", NUMBERS)):
        assert not np.any(once == other)


def test_uniform_and_normal_have_their_moments() -> None:
    flat, bell = draws.uniform(3, "x", NUMBERS), draws.normal(3, "x", NUMBERS)
    assert flat.min() >= 0 and flat.max() < 1
    assert abs(flat.mean() - 0.5) < 5 * (1 / 12 / len(NUMBERS)) ** 0.5
    assert abs(bell.mean()) < 5 / len(NUMBERS) ** 0.5
    assert abs(bell.std() - 1) < 5 / (2 * len(NUMBERS)) ** 0.5


def test_pick_keeps_the_weights() -> None:
    weights = np.array([5.0, 3.0, 0.0, 2.0])
    shares = np.bincount(draws.pick(4, "w", NUMBERS, weights=weights), minlength=4) / len(NUMBERS)
    assert shares[2] == 0
    assert np.abs(shares - weights / 10).max() < 0.006


@pytest.mark.parametrize("other", [(1, 1, "x"), (2, 0, "x"), (1, 0, "y")])
def test_a_generator_depends_on_seed_shard_and_name(other: tuple[int, int, str]) -> None:
    first = draws.generator(1, 0, "x").random(4)
    assert np.array_equal(first, draws.generator(1, 0, "x").random(4))
    assert not np.array_equal(first, draws.generator(*other).random(4))
