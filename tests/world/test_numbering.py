"""Numbers of parties: kinds by place, ranks there and back, orders that lose nobody."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from creditloop.world import numbering

SIZES = st.integers(1_000, 10_000_000)


@given(SIZES)
def test_every_party_is_of_one_kind_and_counted_once(parties: int) -> None:
    numbers = np.arange(min(parties, 5_000), dtype=np.int64)
    kinds = numbering.kind_of(numbers)
    assert numbering.firm_count(len(numbers)) == int((kinds == numbering.FIRM).sum())
    assert numbering.people_count(parties) + numbering.firm_count(parties) == parties


def test_ranks_lead_back_to_numbers() -> None:
    numbers = np.arange(10_000, dtype=np.int64)
    kinds = numbering.kind_of(numbers)
    firms, people = numbers[kinds == numbering.FIRM], numbers[kinds != numbering.FIRM]
    assert np.array_equal(numbering.firm_rank(firms), np.arange(len(firms)))
    assert np.array_equal(numbering.firm_number(numbering.firm_rank(firms)), firms)
    assert np.array_equal(numbering.person_rank(people), np.arange(len(people)))
    assert np.array_equal(numbering.person_number(numbering.person_rank(people)), people)


@given(st.integers(0, 2**63 - 1), SIZES)
def test_an_order_is_undone_by_arithmetic_and_stays_in_64_bits(seed: int, size: int) -> None:
    order = numbering.shuffle(seed, "any", size)
    ranks = np.unique(np.array([0, 1, size // 3, size // 2, size - 1], dtype=np.int64))
    places = order.to(ranks)
    assert np.array_equal(order.back(places), ranks)
    assert ((places >= 0) & (places < size)).all()
    assert order.factor * size + order.offset < 2**63


def test_an_order_takes_every_place_once() -> None:
    order = numbering.shuffle(5, "x", 8_500)
    assert np.array_equal(np.sort(order.to(np.arange(8_500))), np.arange(8_500))
