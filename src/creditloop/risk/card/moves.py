"""The shortest way to a score (反事实): which features would have to be in other bins, and in which.

Shortest is fewest features; of these the fewest bins moved, of these the most points, of these the first in
the order of the card. A number moves along its bins; a word, or what is missing or a special code, moves to
any bin of values in one step; nothing moves into a special code or the missing.

1. Each movable feature's choices: the parts of its values between the cuts of all its tables.
2. Without pairs tables do not touch each other. The fewest features are those of the greatest gains, and the
   fewest bins follow from the most points that so many features can gain with so many bins, feature by
   feature: both exact.
3. With pairs every set of so many features is tried that could reach the score at best, every choice of
   theirs; when `tries_max` sets and choices have been tried the search stops, and the answer says that it is
   not exact: then single moves of the greatest gain are made until the score is reached.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, pairwise, product
from typing import NamedTuple

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NUMBERS, Bin
from creditloop.risk.card.card import Card
from creditloop.risk.card.placing import Places
from creditloop.risk.card.scaling import rounded_score, units_of_score

TRIES_MAX = 100_000
"""Sets and choices tried of a card with pairs before the search stops: a second or two."""


class BinMove(NamedTuple):
    """One feature that would have to be in another bin.

    Attributes:
        before, after: labels, of the bin it is in and of the part of its values it would have to be in.
        bins_moved: how far: 1 from a word, the missing or a special code.
    """

    feature: str
    zh: str
    en: str
    before: str
    after: str
    bins_moved: int


class Counterfactual(NamedTuple):
    """How a case would reach a score.

    Attributes:
        score: with the moves made; None if no moves of these features reach the score, or none was found.
        moves: in the order of the card; empty if the case has the score already.
        exact: whether no shorter list exists (and, where `score` is None, none at all).
    """

    score: int | None
    moves: tuple[BinMove, ...]
    exact: bool


class _Choice(NamedTuple):
    """A part of a feature's values it could be in."""

    place: int
    moved: int
    gain: int
    label: str


_Picks = tuple[tuple[int, _Choice], ...]
"""Numbers of features, ascending, and what each chose."""


def counterfactual(
    *,
    card: Card,
    row: Mapping[str, object],
    wanted_score: int,
    movable: Collection[str],
    tries_max: int = TRIES_MAX,
) -> Counterfactual:
    """Find the shortest list of bin moves by which a case reaches a score; see the module.

    Args:
        row: as `Card.score` takes it; it must have a score.
        movable: features that a customer can change.
    Raises: InputError if the case refers, or for a name that is no feature of the card.
    """
    told = card.score(row)
    if told.score is None:
        raise InputError("a case that refers has no score to move", got=[each.code for each in told.reasons])
    if unknown := sorted(set(movable) - set(card.tables.names)):
        raise InputError("the card has no such feature", got=unknown, expected=list(card.tables.names))
    if told.score >= wanted_score:
        return Counterfactual(told.score, (), True)
    search = _Search(card, told.values, [name in movable for name in card.tables.names])
    need = units_of_score(wanted_score, card.decimals) - search.units(())
    picks, exact = search.crossed(need, tries_max) if card.pairs else (search.separate(need), True)
    if picks is None:
        return Counterfactual(None, (), exact)
    score = rounded_score(search.units(picks), card.decimals)
    return Counterfactual(score, tuple(search.move(*pick) for pick in picks), exact)


class _Search:
    """The choices of one case."""

    def __init__(self, card: Card, values: Sequence[object], movable: Sequence[bool]) -> None:
        self._card = card
        self._places = [_place(card, number, value) for number, value in enumerate(values)]
        self._own = [
            [None if own is None else entry.bins[own].points for own in places.bins[0]]
            for entry, places in zip(card.features, card.tables.places, strict=True)
        ]
        self._choices = {
            number: choices
            for number, can in enumerate(movable)
            if can and (choices := _choices(card, number, self._places[number]))
        }

    def units(self, picks: _Picks) -> int:
        """Return the sum with these moves made."""
        places = list(self._places)
        for number, choice in picks:
            places[number] = choice.place
        total = self._card.base + sum(own[place] or 0 for own, place in zip(self._own, places, strict=True))
        for crossing in self._card.tables.crossings:
            cell = crossing.cells[places[crossing.first] * crossing.width + places[crossing.second]]
            total += 0 if cell is None else cell[0]
        return total

    def move(self, number: int, choice: _Choice) -> BinMove:
        """Return a choice as people read it."""
        entry = self._card.features[number]
        own = self._card.tables.places[number].bins[0][self._places[number]]
        assert own is not None, "the case has a score"
        before = entry.bins[own].label(entry.feature.kind)
        feature = entry.feature
        return BinMove(feature.name, feature.zh, feature.en, before, choice.label, choice.moved)

    def separate(self, need: int) -> _Picks | None:
        """Return the shortest list where no table is of two features."""
        greatest = sorted(
            (max(each.gain for each in choices) for choices in self._choices.values()), reverse=True
        )
        count, gained = 0, 0
        while gained < need and count < len(greatest) and greatest[count] > 0:
            gained += greatest[count]
            count += 1
        if gained < need:
            return None
        best: dict[tuple[int, int], tuple[int, _Picks]] = {(0, 0): (0, ())}  # by features and bins moved
        for number, choices in self._choices.items():
            for (features, moved), (gain, picks) in sorted(best.items(), reverse=True):
                if features == count:
                    continue
                for choice in choices:
                    key = (features + 1, moved + choice.moved)
                    if choice.gain > 0 and (key not in best or best[key][0] < gain + choice.gain):
                        best[key] = (gain + choice.gain, (*picks, (number, choice)))
        reached = [key for key, (gain, _) in best.items() if key[0] == count and gain >= need]
        return best[min(reached)][1]

    def crossed(self, need: int, tries_max: int) -> tuple[_Picks | None, bool]:
        """Return the shortest list found, and whether it is known to be the shortest."""
        left, wanted = tries_max, self.units(()) + need
        best_own, best_cells = self._best_own(), self._best_cells()
        if self._at_best(tuple(self._choices), best_own, best_cells) < wanted:
            return None, True
        for count in range(1, len(self._choices) + 1):
            found: tuple[tuple[int, int], _Picks] | None = None
            for numbers in combinations(self._choices, count):
                could = self._at_best(numbers, best_own, best_cells) >= wanted
                for picks in self._picks(numbers) if could else ((),):
                    if not left:
                        return (found[1] if found else self._step_by_step(wanted)), False
                    left -= 1
                    units, moved = self.units(picks), sum(choice.moved for _, choice in picks)
                    if units >= wanted and (found is None or (moved, -units) < found[0]):
                        found = ((moved, -units), picks)
            if found is not None:
                return found[1], True
        return None, True

    def _picks(self, numbers: Sequence[int]) -> Iterator[_Picks]:
        for choices in product(*(self._choices[number] for number in numbers)):
            yield tuple(zip(numbers, choices, strict=True))

    def _best_own(self) -> list[int]:
        """Return the most that a move of each feature gains in its own table, 0 if it cannot move."""
        gains = ((number, [0, *(each.gain for each in choices)]) for number, choices in self._choices.items())
        most = {number: max(each) for number, each in gains}
        return [most.get(number, 0) for number in range(len(self._places))]

    def _best_cells(self) -> list[dict[tuple[bool, bool], int]]:
        """Return the best cell of each pair, by whether its first and its second feature may move."""
        can = [
            {False: [place], True: [place, *(each.place for each in self._choices.get(number, ()))]}
            for number, place in enumerate(self._places)
        ]
        return [
            {
                (first, second): max(
                    cell[0]
                    for one in can[crossing.first][first]
                    for other in can[crossing.second][second]
                    if (cell := crossing.cells[one * crossing.width + other]) is not None
                )
                for first, second in product((False, True), repeat=2)
            }
            for crossing in self._card.tables.crossings
        ]

    def _at_best(
        self,
        numbers: Collection[int],
        best_own: Sequence[int],
        best_cells: Sequence[Mapping[tuple[bool, bool], int]],
    ) -> int:
        """Return the sum that moves of these features cannot exceed."""
        own = sum(own[place] or 0 for own, place in zip(self._own, self._places, strict=True))
        total = self._card.base + own + sum(best_own[number] for number in numbers)
        for crossing, best in zip(self._card.tables.crossings, best_cells, strict=True):
            total += best[crossing.first in numbers, crossing.second in numbers]
        return total

    def _step_by_step(self, wanted: int) -> _Picks | None:
        """Make the single move of the greatest gain until the score is reached."""
        picks: _Picks = ()
        while (now := self.units(picks)) < wanted:
            taken = {number for number, _ in picks}
            tried = [
                tuple(sorted((*picks, (number, choice))))
                for number, choices in self._choices.items()
                if number not in taken
                for choice in choices
            ]
            best = max(tried, key=self.units, default=())
            if self.units(best) <= now:
                return None
            picks = best
        return picks


def _place(card: Card, number: int, value: object) -> int:
    place = card.tables.places[number].place(value)
    assert place is not None, "the case has a score"
    return place


def _choices(card: Card, number: int, now: int) -> list[_Choice]:
    """Return where a feature could be instead, the nearest first."""
    entry, places = card.features[number], card.tables.places[number]
    parts = _parts(card, number)
    way = tuple(table[now] for table in places.bins)
    ways = [tuple(table[place] for table in places.bins) for place, _ in parts]
    is_ordinary = now != places.missing and not (
        entry.feature.special and places.cuts and places.cuts[now - 1] in entry.feature.special
    )
    at = ways.index(way) if is_ordinary and entry.feature.kind in NUMBERS else None
    own_now = places.bins[0][now]
    assert own_now is not None, "the case has a score"
    found = list[_Choice]()
    for step, (place, label) in enumerate(parts):
        own = places.bins[0][place]
        if own is None or (is_ordinary and ways[step] == way):
            continue
        gain = entry.bins[own].points - entry.bins[own_now].points
        found.append(_Choice(place, 1 if at is None else abs(step - at), gain, label))
    return sorted(found, key=lambda choice: choice.moved)


def _parts(card: Card, number: int) -> list[tuple[int, str]]:
    """Return a place of each ordinary part of a feature's values, in order, and the part's label."""
    entry, places = card.features[number], card.tables.places[number]
    kind = entry.feature.kind
    if kind not in NUMBERS:
        kept = dict[int, list[str | bool]]()
        for word, place in places.words.items():
            kept.setdefault(place, []).append(word)
        return [(place, _label(kind, values=tuple(words))) for place, words in kept.items()]
    axes = [
        axis
        for pair in card.pairs
        for name, axis in zip(pair.features, (pair.rows, pair.columns), strict=True)
        if name == entry.feature.name
    ]
    cuts = {part.high for bins in (entry.ordered, *axes) for part in bins if part.high is not None}
    ends: list[int | None] = [None, *sorted(cuts), None]
    return [
        (inside, _label(kind, low=low, high=high))
        for low, high in pairwise(ends)
        if (inside := _ordinary_place(places, low, high)) is not None
    ]


def _ordinary_place(places: Places, low: int | None, high: int | None) -> int | None:
    """Return a place between two cuts that is no special code; None if codes are all there is."""
    special = set(places.feature.special)
    for place in range(1, len(places.cuts)):
        start = places.cuts[place - 1]
        if start not in special and (low is None or start >= low) and (high is None or start < high):
            return place
    return None


def _label(kind: Kind, **where: object) -> str:
    return Bin(rows=0, bad=0, woe_nano=0, **where).label(kind)  # type: ignore[arg-type]
