"""Where the values of a feature fall (取值落位), at once in its own table and in those of its pairs.

The tables of a feature may part its values differently. Their common parts are its places: every value of
one place has the same bin in each table, so that a value is looked for once. A place of a number lies
between two cuts; a special code is a place as wide as itself.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from creditloop.formula import Kind, State
from creditloop.risk.binning.bins import NUMBERS, Bin, CardFeature
from creditloop.risk.binning.placing import BinFinder

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
CLASSES: Mapping[Kind, type] = {Kind.TEXT: str, Kind.BOOLEAN: bool, **dict.fromkeys(NUMBERS, int)}
"""The class a value of a kind has; a value of another one is broken."""


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one feature.

    Attributes:
        feature: whose values they are.
        kind: the class its values have; one of another is broken.
        cuts: of a number, ascending: place i holds what is less than cuts[i] and in no place before; the
            first and the last place are outside int64. Empty for words.
        words: the place of each word.
        missing: the place of nulls, of texts that were not seen, and of special codes without a bin.
        bins: by table, its own first, by place: the number of the bin, None where there is none.
    """

    feature: CardFeature
    kind: type
    cuts: tuple[int, ...]
    words: Mapping[str | bool, int]
    missing: int
    bins: tuple[tuple[int | None, ...], ...]

    @classmethod
    def of(cls, feature: CardFeature, tables: Sequence[Sequence[Bin]]) -> Self:
        """Return the places of a feature in its tables, its own first."""
        finds = [BinFinder.of(bins) for bins in tables]
        if feature.kind in NUMBERS:
            codes = set(feature.special)
            ends = {part.high for bins in tables for part in bins if part.high is not None}
            cuts = sorted({_INT64_MIN, _INT64_MAX + 1} | ends | codes | {code + 1 for code in codes})
            inside = [[find.of_number(low, is_code=low in codes) for low in cuts[:-1]] for find in finds]
            bins = tuple((None, *own, None, find.missing) for own, find in zip(inside, finds, strict=True))
            return cls(feature, int, tuple(cuts), {}, len(cuts) + 1, bins)
        words = {word: tuple(find.words[word] for find in finds) for word in finds[0].words}
        ways = {way: place for place, way in enumerate(dict.fromkeys(words.values()))}
        bins = tuple((*(way[table] for way in ways), find.missing) for table, find in enumerate(finds))
        return cls(
            feature,
            CLASSES[feature.kind],
            (),
            {word: ways[way] for word, way in words.items()},
            len(ways),
            bins,
        )

    def place(self, value: object) -> int | None:
        """Return the place of a value; None if it is not of the feature's kind."""
        if value is None:
            return self.missing
        if type(value) is not self.kind:
            return None
        if isinstance(value, str | bool):
            return self.words.get(value, self.missing)
        assert isinstance(value, int), "a kind is of whole numbers or of words"
        place = bisect_right(self.cuts, value)
        return place if 0 < place < len(self.cuts) else None

    def state(self, value: object) -> int:
        """Return OK, or why a value that is given gives no points: it has no bin, or is not of the kind."""
        place = self.place(value)
        if place is None:
            return State.BROKEN_INPUT.value
        return State.NULL_REFER.value if self.bins[0][place] is None else State.OK.value
