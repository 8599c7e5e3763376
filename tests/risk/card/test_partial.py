"""A partner's part and the rest add up to the score, whatever the rest is."""

import pytest
from tests.risk.pair_cards import drawn_card, drawn_rows

from creditloop.kernel.errors import InputError
from creditloop.risk.card.partial import partial_points


@pytest.mark.parametrize("pairs", [0, 9])
def test_the_score_lies_between_the_ends(pairs: int) -> None:
    card = drawn_card(seed=7, features=8, pairs=pairs, decimals=2)
    theirs = ["f6", "f1", "f2"]
    scored = 0
    for row in drawn_rows(card, count=300, seed=1).iter_rows(named=True):
        told, unit = card.score(row), 10**7
        got = partial_points(card=card, row={name: row[name] for name in theirs}, features=theirs)
        assert got.features == ("f1", "f2", "f6")
        own = [part for part in told.parts if part.feature in theirs]
        assert (got.state == 0) == all(part.points is not None for part in own)
        if got.state or told.score is None or told.score_nano is None:
            continue
        scored += 1
        assert got.points is not None
        rest = told.score_nano // unit - card.base - got.points
        assert (got.rest_least or 0) <= rest <= (got.rest_most or 0)
        assert (got.score_least or 0) <= told.score <= (got.score_most or 0)
        inside = [pair for pair in told.pairs if set(pair.features) <= set(theirs)]
        assert got.points == sum(part.points or 0 for part in (*own, *inside))
    assert scored > 50


def test_all_of_it_and_nothing_of_it() -> None:
    card = drawn_card(seed=7, features=4, pairs=3, decimals=2)
    row = next(
        one for one in drawn_rows(card, count=50, seed=3).iter_rows(named=True) if card.score(one).score
    )
    whole = partial_points(card=card, row=row, features=card.tables.names)
    assert (whole.rest_least, whole.rest_most) == (0, 0)
    assert whole.score_least == whole.score_most == card.score(row).score
    nothing = partial_points(card=card, row={}, features=[])
    assert (nothing.points, nothing.score_least, nothing.score_most) == (0, card.score_least, card.score_most)


def test_a_part_that_refers_says_so() -> None:
    card = drawn_card(seed=7, features=4, pairs=3, decimals=2)
    assert partial_points(card=card, row={}, features=["f0"]).state == 6
    assert partial_points(card=card, row={"f0": 1, "f0__state": 5}, features=["f0"]).state == 5
    assert partial_points(card=card, row={"f3": None}, features=["f3"]) == (("f3",), 3, *(None,) * 5)
    with pytest.raises(InputError, match="no such feature"):
        partial_points(card=card, row={}, features=["age"])
