"""A card's tables laid out for one case at a time (单笔评分): a few microseconds, reasons included.

A value is looked for once (`placing`); its place tells the units it adds and its rank among the reasons as
one number, less than 0 if it lost any: minus what was lost times the number of features, plus the feature's
own number, so that sorting ranks reasons and ties stand in the order of the card. Whatever is not plainly a
value with a bin goes the careful way, which finds out why.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from creditloop.formula import State
from creditloop.risk.binning.bins import NANO
from creditloop.risk.card.pairs import PairTable
from creditloop.risk.card.parts import FittedFeature, ScoreBand
from creditloop.risk.card.placing import CLASSES, Places
from creditloop.risk.card.scaling import rounded_score
from creditloop.risk.card.working import CardPart, CardScore, PairPart, halved, told_state
from creditloop.risk.rules import ReasonCode
from creditloop.risk.verdicts import Cause, refer_reasons

_Told = tuple[int, int] | None
"""Units and rank among the reasons; None: the careful way."""

_Tail = tuple[str | None, int | None, int | None, int | None]
"""Label, points, points lost and woe of a bin."""
_NOTHING: _Tail = (None, None, None, None)


class _Step(NamedTuple):
    """One feature as the quick way reads it."""

    kind: type
    cuts: tuple[int, ...]
    told: tuple[_Told, ...]
    words: Mapping[str | bool, int]
    missing: int


class Crossing(NamedTuple):
    """One pair as it is read.

    Attributes:
        first, second: numbers of its features.
        rows, columns: the bin of each place of the first, of the second.
        width: places of the second.
        cells: by both places, points and what the ranks of both lose; None where one has no bin.
    """

    first: int
    second: int
    rows: tuple[int | None, ...]
    columns: tuple[int | None, ...]
    width: int
    cells: tuple[tuple[int, ...] | None, ...]


class CardTables:
    """What a card does to one case; see `Card.score`.

    Attributes:
        names: of the features, in the order of the card.
        places: of each feature: its own table the first, then its pairs in order.
        crossings: tables of two features by both places.
    """

    __slots__ = (
        "_bands", "_base", "_best", "_costs", "_decimals", "_features", "_fetch", "_pairs", "_pds",
        "_state_names", "_steps", "_tails", "_unit", "crossings", "names", "places",
    )  # fmt: skip

    def __init__(
        self,
        *,
        base: int,
        decimals: int,
        features: Sequence[FittedFeature],
        pairs: Sequence[PairTable],
        bands: Sequence[ScoreBand],
    ) -> None:
        self._base, self._decimals, self._unit = base, decimals, 10**decimals
        self._features, self._pairs = tuple(features), tuple(pairs)
        self.names = tuple(entry.feature.name for entry in features)
        self.places = tuple(_places(entry, pairs) for entry in features)
        self.crossings = tuple(_crossing(pair, pairs, self.places, self.names) for pair in pairs)
        self._best = tuple(max(part.points for part in entry.bins) for entry in features)
        self._steps = tuple(self._step(number) for number in range(len(features)))
        self._tails = tuple(
            _tails(entry, places, best)
            for entry, places, best in zip(self._features, self.places, self._best, strict=True)
        )
        self._costs = tuple(_cost(entry) for entry in features)
        self._state_names = tuple(f"{name}__state" for name in self.names)
        self._fetch = _fetch(self.names)
        self._bands = tuple(band.high for band in bands if band.high is not None)
        self._pds = tuple(band.pd_nano for band in bands)

    def score(self, row: Mapping[str, object]) -> CardScore:
        """Score one case; see `Card.score`."""
        fine = 0  # told of nearly every feature of nearly every case
        for name in self._state_names:
            if row.get(name, fine) is not fine and told_state(row, name):
                return self._careful(row)
        try:
            values = self._fetch(row)
            units, ranks = self._crossed(values) if self.crossings else self._added(values)
        except (KeyError, TypeError):  # a feature is absent, or a value has no bin: None has no units
            return self._careful(row)
        ranks.sort()
        count, costs = len(ranks), self._costs
        reasons = tuple([costs[rank % count] for rank in ranks if rank < 0])
        score = units if self._unit == 1 else rounded_score(units, self._decimals)
        pd = self._pds[bisect_right(self._bands, score)]
        return CardScore(score, pd, 0, reasons, units * (NANO // self._unit), values, (), self)

    def _added(self, values: Sequence[object]) -> tuple[int, list[int]]:
        """Return the sum of a card without pairs, and the ranks; a TypeError if a value has no bin."""
        units, ranks = self._base, list[int]()
        for value, (kind, cuts, told, words, missing) in zip(values, self._steps, strict=True):
            if type(value) is not kind:
                if value is not None:
                    raise TypeError(value)
                own, rank = told[missing]  # type: ignore[misc]  # see above
            elif cuts:
                own, rank = told[bisect_right(cuts, value)]  # type: ignore[misc, call-overload]
            else:
                own, rank = told[words.get(value, missing)]  # type: ignore[misc, call-overload]
            units += own
            ranks.append(rank)
        return units, ranks

    def _crossed(self, values: Sequence[object]) -> tuple[int, list[int]]:
        """Return the same of a card with pairs."""
        units, ranks, places = self._base, list[int](), list[int]()
        for value, (kind, cuts, told, words, missing) in zip(values, self._steps, strict=True):
            if type(value) is not kind:
                if value is not None:
                    raise TypeError(value)
                place = missing
            else:
                place = bisect_right(cuts, value) if cuts else words.get(value, missing)  # type: ignore[call-overload]
            own, rank = told[place]  # type: ignore[misc]
            units += own
            ranks.append(rank)
            places.append(place)
        for first, second, _, _, width, cells in self.crossings:
            own, one, other = cells[places[first] * width + places[second]]  # type: ignore[misc]
            units += own
            ranks[first] -= one
            ranks[second] -= other
        return units, ranks

    def _careful(self, row: Mapping[str, object]) -> CardScore:
        """Say why a case refers."""
        failed = [told_state(row, name) for name in self._state_names]
        values = tuple(row.get(name) for name in self.names)
        states = [
            max(one, places.state(value)) if name in row else State.BROKEN_INPUT.value
            for one, places, value, name in zip(failed, self.places, values, self.names, strict=True)
        ]
        worst = max(states)
        assert worst, "what has a bin everywhere is scored the quick way"
        reasons = tuple(dict.fromkeys(self._refer_reasons(values, failed, states)))
        return CardScore(None, None, worst, reasons, None, values, tuple(states), self)

    def _refer_reasons(
        self, values: Sequence[object], failed: Sequence[int], states: Sequence[int]
    ) -> Iterator[ReasonCode]:
        """Give why each feature that has no points has none."""
        for name, value, one, state in zip(self.names, values, failed, states, strict=True):
            if state == State.OK:
                continue
            if state == State.NULL_REFER and value is not None:
                code = f"UNSEEN_{name.upper()}"
                yield ReasonCode(
                    code=code, zh=f"{name} 的取值未见过", en=f"a value of {name} not seen before"
                )
                continue
            missing = (name,) if value is None and one == State.OK else ()
            broken = (name,) if value is not None and one == State.OK else ()
            yield from refer_reasons(Cause(name, state, (name,)), missing=missing, broken=broken)

    def parts(self, values: Sequence[object], states: Sequence[int]) -> tuple[CardPart, ...]:
        """Return what each feature did; `states` is empty where all did."""
        placed = self._placed(values, states)
        shares = [0] * len(placed)
        for crossing in self.crossings:
            if (cell := _cell(crossing, placed)) is not None:
                shares[crossing.first] += cell[1] // len(placed)
                shares[crossing.second] += cell[2] // len(placed)
        found = list[CardPart]()
        for entry, tails, value, place, share in zip(
            self._features, self._tails, values, placed, shares, strict=True
        ):
            label, points, lost, woe = _NOTHING if place is None else tails[place]
            feature, lost = entry.feature, None if lost is None else lost + share
            found.append(CardPart(feature.name, feature.zh, feature.en, value, label, points, lost, woe))
        return tuple(found)

    def pair_parts(self, values: Sequence[object], states: Sequence[int]) -> tuple[PairPart, ...]:
        """Return what each pair did; nothing where one of its features refers."""
        placed = self._placed(values, states)
        both = zip(self._pairs, self.crossings, strict=True)
        return tuple(self._pair_part(pair, crossing, placed) for pair, crossing in both)

    def _pair_part(self, pair: PairTable, crossing: Crossing, placed: Sequence[int | None]) -> PairPart:
        first, second = placed[crossing.first], placed[crossing.second]
        row = None if first is None else crossing.rows[first]
        column = None if second is None else crossing.columns[second]
        if row is None or column is None:
            return PairPart(pair.features, None, None, None)
        kinds = [self._features[number].feature.kind for number in (crossing.first, crossing.second)]
        labels = (pair.rows[row].label(kinds[0]), pair.columns[column].label(kinds[1]))
        points = pair.points[row][column]
        return PairPart(pair.features, labels, points, pair.most - points)

    def _placed(self, values: Sequence[object], states: Sequence[int]) -> list[int | None]:
        """Return the place of each value that has a bin; None where the feature refers."""
        return [
            None if states and states[number] else self.places[number].place(value)
            for number, value in enumerate(values)
        ]

    def _step(self, number: int) -> _Step:
        places, entry, count = self.places[number], self._features[number], len(self._features)
        told = tuple(
            None
            if own is None
            else (
                entry.bins[own].points,
                number - count * (self._best[number] - entry.bins[own].points),
            )
            for own in places.bins[0]
        )
        return _Step(CLASSES[entry.feature.kind], places.cuts, told, places.words, places.missing)


def _places(entry: FittedFeature, pairs: Sequence[PairTable]) -> Places:
    name = entry.feature.name
    axes = [
        pair.rows if pair.features[0] == name else pair.columns for pair in pairs if name in pair.features
    ]
    return Places.of(entry.feature, [entry.bins, *axes])


def _tails(entry: FittedFeature, places: Places, best: int) -> tuple[_Tail, ...]:
    """Return what each place tells of every case in it."""
    by_bin = [
        (part.label(entry.feature.kind), part.points, best - part.points, part.woe_nano)
        for part in entry.bins
    ]
    return tuple(_NOTHING if own is None else by_bin[own] for own in places.bins[0])


def _cell(crossing: Crossing, placed: Sequence[int | None]) -> tuple[int, ...] | None:
    """Return the cell of two places; None if one of the features refers."""
    first, second = placed[crossing.first], placed[crossing.second]
    return None if first is None or second is None else crossing.cells[first * crossing.width + second]


def _table_number(pairs: Sequence[PairTable], pair: int, name: str) -> int:
    return 1 + sum(name in before.features for before in pairs[:pair])


def _crossing(
    pair: PairTable, pairs: Sequence[PairTable], places: Sequence[Places], names: Sequence[str]
) -> Crossing:
    first, second = (names.index(name) for name in pair.features)
    at = [each is pair for each in pairs].index(True)
    rows, columns = (
        places[number].bins[_table_number(pairs, at, names[number])] for number in (first, second)
    )
    held = [
        [(one, *(len(names) * lost for lost in halved(pair.most - one))) for one in row]
        for row in pair.points
    ]
    cells = tuple(
        None if row is None or column is None else held[row][column] for row in rows for column in columns
    )
    return Crossing(first, second, rows, columns, len(columns), cells)


def _cost(entry: FittedFeature) -> ReasonCode:
    feature = entry.feature
    return ReasonCode(code=f"CARD_{feature.name.upper()}", zh=feature.zh, en=feature.en)


def _fetch(names: Sequence[str]) -> Callable[[Mapping[str, object]], tuple[object, ...]]:
    if len(names) == 1:
        return lambda row: (row[names[0]],)
    return itemgetter(*names)
