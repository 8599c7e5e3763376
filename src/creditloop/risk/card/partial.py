"""A part of a score (部分得分): what some features give, and between what the rest must lie.

A partner that holds the features of one source tells their points; who holds the rest adds its own. What the
rest can give is the sum of the least and of the most of each table, given what is known: with pairs perhaps
wider than any case makes it, never narrower.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from creditloop.formula import State
from creditloop.kernel.errors import InputError
from creditloop.risk.card.card import Card
from creditloop.risk.card.scaling import rounded_score
from creditloop.risk.card.tables import Crossing
from creditloop.risk.card.working import told_state


class PartialPoints(NamedTuple):
    """What some features of a card give a case, in units.

    Attributes:
        features: whose points these are, in the order of the card.
        state: 0, or the worst state of these features: then the case refers whatever the rest is, and the
            rest here is None.
        points: of their own tables and of the pairs among them, without the base.
        rest_least, rest_most: between these the other tables together give.
        score_least, score_most: between these the score lies, in whole points.
    """

    features: tuple[str, ...]
    state: int
    points: int | None
    rest_least: int | None
    rest_most: int | None
    score_least: int | None
    score_most: int | None


def partial_points(*, card: Card, row: Mapping[str, object], features: Iterable[str]) -> PartialPoints:
    """Return what some of a card's features give, and what the rest may.

    Args:
        row: plain values of these features, as `Card.score` takes them; others are not looked at.
        features: names of features of the card.
    Raises: InputError for a name that is no feature of the card.
    """
    wanted = set(features)
    names = card.tables.names
    if unknown := sorted(wanted - set(names)):
        raise InputError("the card has no such feature", got=unknown, expected=list(names))
    known = tuple(name for name in names if name in wanted)
    state = max((_state(card, row, name) for name in known), default=State.OK.value)
    if state:
        return PartialPoints(known, state, None, None, None, None, None)
    places = [
        card.tables.places[number].place(row[name]) if name in wanted else None
        for number, name in enumerate(names)
    ]
    points, least, most = 0, 0, 0
    for given, is_known in _tables(card, places):
        if is_known:
            points += given[0]
        else:
            least, most = least + min(given), most + max(given)
    ends = [rounded_score(card.base + points + rest, card.decimals) for rest in (least, most)]
    return PartialPoints(known, state, points, least, most, ends[0], ends[1])


def _state(card: Card, row: Mapping[str, object], name: str) -> int:
    """Return how one feature comes out."""
    if name not in row:
        return State.BROKEN_INPUT.value
    places = card.tables.places[card.tables.names.index(name)]
    return max(told_state(row, f"{name}__state"), places.state(row[name]))


def _tables(card: Card, places: Sequence[int | None]) -> Iterable[tuple[list[int], bool]]:
    """Give of each table what it may give, places being known or None, and whether that is one number."""
    for entry, own, place in zip(card.features, card.tables.places, places, strict=True):
        number = None if place is None else own.bins[0][place]
        yield (
            [part.points for part in entry.bins] if number is None else [entry.bins[number].points],
            (place is not None),
        )
    for crossing in card.tables.crossings:
        both = (places[crossing.first], places[crossing.second])
        yield _cells(crossing, *both), None not in both


def _cells(crossing: Crossing, row: int | None, column: int | None) -> list[int]:
    """Return what a pair may give."""
    rows = range(len(crossing.cells) // crossing.width) if row is None else [row]
    columns = range(crossing.width) if column is None else [column]
    found = (crossing.cells[one * crossing.width + other] for one in rows for other in columns)
    return [cell[0] for cell in found if cell is not None]
