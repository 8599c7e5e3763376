"""How a value chooses its bin, written once for every export (取值分支).

Branches are tried in order, the first that holds gives the bin: nulls, special codes, intervals by their
upper ends or lists of words, and what is left. A bin of None refers the case: no points, no score.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from creditloop.risk.binning.bins import NUMBERS, Bin, CardFeature
from creditloop.risk.card.card import Card
from creditloop.risk.card.pairs import PairTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One way to a bin; exactly one of the conditions is set, none of them where everything else goes.

    Attributes:
        bin: its number, None where the case refers.
        is_null: holds of a null; `codes`: of these special codes; `below`: of numbers less than this;
            `words`: of these words, or of true, or of false.
    """

    bin: int | None
    is_null: bool = False
    codes: tuple[int, ...] = ()
    below: int | None = None
    words: tuple[str | bool, ...] = ()

    @property
    def is_rest(self) -> bool:
        """Whether it takes what is left."""
        return not (self.is_null or self.codes or self.words) and self.below is None


def branches(feature: CardFeature, bins: Sequence[Bin]) -> tuple[Branch, ...]:
    """Return how a feature's values choose among bins, its own or an axis's; the last is the rest."""
    missing = next((number for number, part in enumerate(bins) if part.missing), None)
    found = [Branch(bin=missing, is_null=True)]
    found += [Branch(bin=number, codes=part.special) for number, part in enumerate(bins) if part.special]
    held = {code for part in bins for code in part.special}
    if unheld := tuple(code for code in feature.special if code not in held):
        found.append(Branch(bin=missing, codes=unheld))
    ordinary = [(number, part) for number, part in enumerate(bins) if not part.missing and not part.special]
    if feature.kind in NUMBERS:
        found += [Branch(bin=number, below=part.high) for number, part in ordinary]
    else:
        found += [Branch(bin=number, words=part.values) for number, part in ordinary]
        found.append(Branch(bin=missing))
    return tuple(found)


def axes(card: Card, pair: PairTable) -> tuple[tuple[CardFeature, tuple[Bin, ...]], ...]:
    """Return the feature and the bins of the rows, then of the columns, of a pair."""
    by_name = {entry.feature.name: entry.feature for entry in card.features}
    return tuple(
        (by_name[name], axis) for name, axis in zip(pair.features, (pair.rows, pair.columns), strict=True)
    )
