"""What each feature did to a score (评分过程): its bin, its points, and the points lost to its best bin."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

from creditloop.formula import State
from creditloop.risk.binning.bins import NUMBERS
from creditloop.risk.card.parts import FittedFeature
from creditloop.risk.rules import ReasonCode

_STATES = frozenset(state.value for state in State)


class CardPart(NamedTuple):
    """What one feature did to a score.

    Attributes:
        value: as it was given, None if it is missing or absent.
        bin: the label of its bin; None, as are the rest, if the feature refers the case.
        points_lost: to the feature's best bin, >= 0.
    """

    feature: str
    zh: str
    en: str
    value: object
    bin: str | None
    points: int | None
    points_lost: int | None
    woe_nano: int | None


class _Told(NamedTuple):
    """What a bin tells of every case in it."""

    label: str
    points: int
    points_lost: int
    woe_nano: int


@dataclass(frozen=True, slots=True)
class Lookup:
    """Finds the bin of a value; made once a card, so that a case costs microseconds.

    Attributes:
        cuts: where a number's bins end, the last one's aside; `told` is of each bin in order.
        by_word: of each text, or of true and false.
        missing: of the missing, and of texts that were not seen; None if the card has no bin for them.
        cost: the reason given if the feature costs points.
    """

    name: str
    state_name: str
    zh: str
    en: str
    is_number: bool
    cuts: tuple[int, ...]
    told: tuple[_Told, ...]
    by_word: Mapping[object, _Told]
    missing: _Told | None
    cost: ReasonCode

    @classmethod
    def of(cls, entry: FittedFeature) -> Self:
        """Return the lookup of a feature."""
        feature, best = entry.feature, max(part.points for part in entry.bins)
        told = [
            _Told(part.label(feature.kind), part.points, best - part.points, part.woe_nano)
            for part in entry.bins
        ]
        words: dict[object, _Told] = {
            word: one for part, one in zip(entry.bins, told, strict=True) for word in part.values
        }
        return cls(
            name=feature.name,
            state_name=f"{feature.name}__state",
            zh=feature.zh,
            en=feature.en,
            is_number=feature.kind in NUMBERS,
            cuts=tuple(part.high for part in entry.present if part.high is not None),
            told=tuple(told),
            by_word=words,
            missing=told[-1] if entry.missing is not None else None,
            cost=ReasonCode(code=f"CARD_{feature.name.upper()}", zh=feature.zh, en=feature.en),
        )

    def part(self, value: object) -> CardPart:
        """Return what a value that has points did; the caller knows from the program that it has."""
        if value is None:
            told = self.missing
        elif self.is_number and isinstance(value, int):
            told = self.told[bisect_right(self.cuts, value)]
        else:
            told = self.by_word.get(value, self.missing)
        assert told is not None, "the program gave points, so there is a bin"
        return CardPart(self.name, self.zh, self.en, value, *told)

    def no_part(self, row: Mapping[str, object]) -> CardPart:
        """Return what a feature that refers did: nothing."""
        return CardPart(self.name, self.zh, self.en, row.get(self.name), None, None, None, None)

    def failed_state(self, row: Mapping[str, object]) -> int:
        """Return how the row says the feature came out, if it failed; what is said must be a state."""
        if self.state_name not in row:
            return State.OK.value
        told = row[self.state_name]
        if type(told) is not int or told not in _STATES:
            return State.BROKEN_INPUT.value
        return told if told >= State.OVERFLOW else State.OK.value
