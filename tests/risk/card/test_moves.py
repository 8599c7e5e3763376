"""The shortest way to a score is the shortest there is: against every choice of every feature."""

from itertools import product

import pytest
from tests.risk.card_texts import card as small
from tests.risk.pair_cards import drawn_card, drawn_rows

from creditloop.kernel.errors import InputError
from creditloop.risk import Card
from creditloop.risk.card.moves import _choices, counterfactual
from creditloop.risk.card.scaling import rounded_score


def by_hand(
    card: Card, row: dict[str, object], wanted: int, movable: list[str]
) -> tuple[int, int, int] | None:
    """Return features, bins moved and minus the units of the best of all choices there are."""
    places = [own.place(row[name]) for own, name in zip(card.tables.places, card.tables.names, strict=True)]
    options: list[list[tuple[int, int]]] = []
    for number, name in enumerate(card.tables.names):
        now = places[number]
        assert now is not None
        moves = [(one.place, one.moved) for one in _choices(card, number, now)] if name in movable else []
        options.append([(now, 0), *moves])
    found = list[tuple[int, int, int]]()
    for chosen in product(*options):
        units = card.base
        for entry, own, (place, _) in zip(card.features, card.tables.places, chosen, strict=True):
            number = own.bins[0][place]
            assert number is not None
            units += entry.bins[number].points
        for crossing in card.tables.crossings:
            cell = crossing.cells[chosen[crossing.first][0] * crossing.width + chosen[crossing.second][0]]
            assert cell is not None
            units += cell[0]
        if rounded_score(units, card.decimals) >= wanted:
            moved = [move for _, move in chosen if move]
            found.append((len(moved), sum(moved), -units))
    return min(found, default=None)


@pytest.mark.parametrize(("pairs", "decimals"), [(0, 0), (0, 2), (4, 2)])
def test_the_shortest_list_of_all(pairs: int, decimals: int) -> None:
    card = drawn_card(seed=4, features=5, pairs=pairs, decimals=decimals, bins=4)
    movable = ["f0", "f2", "f3", "f4"]
    compared = 0
    for row in drawn_rows(card, count=25, seed=8).iter_rows(named=True):
        told = card.score(row)
        if told.score is None:
            continue
        for gain in (0, 5, 25, 60, 500):
            wanted = told.score + gain
            got = counterfactual(card=card, row=row, wanted_score=wanted, movable=movable)
            best = by_hand(card, row, wanted, movable)
            assert got.exact
            assert (got.score is None) == (best is None)
            if best is not None and got.score is not None:
                moved = sum(move.bins_moved for move in got.moves)
                assert (len(got.moves), moved) == best[:2]
                assert got.score == rounded_score(-best[2], decimals)
                assert {move.feature for move in got.moves} <= set(movable)
            compared += 1
    assert compared >= 40


def test_a_way_by_hand() -> None:
    row = {"late": 3, "use": 600_000_000, "work": "clerk"}  # 600 - 58 + 0 - 8
    asked = {"card": small(), "row": row, "movable": ["late", "use", "work"]}
    nearer = counterfactual(wanted_score=560, **asked)  # type: ignore[arg-type]
    assert nearer == (567, (("late", "逾期月数", "months late", ">= 3", "1 … < 3", 1),), True)
    best = counterfactual(wanted_score=600, **asked)  # type: ignore[arg-type]
    assert best == (623, (("late", "逾期月数", "months late", ">= 3", "< 1", 2),), True)
    missing = counterfactual(wanted_score=640, **{**asked, "row": {**row, "use": None}})  # type: ignore[arg-type]
    assert [(move.feature, move.before, move.after, move.bins_moved) for move in missing.moves] == [
        ("late", ">= 3", "< 1", 2),
        ("use", "缺失 missing", "< 0.5", 1),
        ("work", "clerk", "teacher, it's", 1),
    ]


def test_the_list_is_the_same_every_time_and_says_where_to() -> None:
    card = drawn_card(seed=4, features=5, pairs=0, decimals=0)
    row = {"f0": 96, "f1": 0, "f2": 0, "f3": "clerk", "f4": True}
    told = card.score(row)
    assert told.score is not None
    asked = {"card": card, "row": row, "wanted_score": told.score + 30, "movable": list(card.tables.names)}
    got = counterfactual(**asked)  # type: ignore[arg-type]
    assert got == counterfactual(**asked)  # type: ignore[arg-type]
    assert got.score is not None
    assert got.score >= told.score + 30
    assert got.moves
    assert all(move.before and move.after and move.before != move.after for move in got.moves)


def test_a_search_that_is_cut_says_so() -> None:
    card = drawn_card(seed=6, features=12, pairs=20, decimals=1, bins=8)
    row = next(
        one for one in drawn_rows(card, count=50, seed=3).iter_rows(named=True) if card.score(one).score
    )
    wanted = (card.score(row).score or 0) + 150
    got = counterfactual(
        card=card, row=row, wanted_score=wanted, movable=list(card.tables.names), tries_max=50
    )
    assert not got.exact
    assert got.score is None or got.score >= wanted


def test_a_score_that_nobody_reaches_is_known_at_once() -> None:
    card = drawn_card(seed=6, features=12, pairs=20, decimals=1, bins=8)
    row = next(
        one for one in drawn_rows(card, count=50, seed=3).iter_rows(named=True) if card.score(one).score
    )
    asked = {"wanted_score": card.score_most + 1, "movable": list(card.tables.names), "tries_max": 0}
    assert counterfactual(card=card, row=row, **asked) == (None, (), True)  # type: ignore[arg-type]


def test_what_cannot_be_asked_is_refused() -> None:
    card = drawn_card(seed=4, features=5, pairs=0, decimals=0)
    with pytest.raises(InputError, match="a case that refers has no score to move"):
        counterfactual(card=card, row={}, wanted_score=1, movable=[])
    row = next(
        one for one in drawn_rows(card, count=50, seed=3).iter_rows(named=True) if card.score(one).score
    )
    with pytest.raises(InputError, match="no such feature"):
        counterfactual(card=card, row=row, wanted_score=1, movable=["age"])
    assert counterfactual(card=card, row=row, wanted_score=0, movable=[]).moves == ()
    assert counterfactual(card=card, row=row, wanted_score=9_999, movable=[]) == (None, (), True)
