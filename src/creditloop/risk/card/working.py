"""What a card says of one case (评分过程): the score, its reasons, and what each feature and pair did.

What a table lost is what parts its points from its best bin or cell. A pair's loss is halved between its two
features, the odd unit to the first: so no feature ever loses less than nothing, and what all features lost
is what parts the score from the best of every table. With pairs no customer may be able to have all of these
at once, a feature being in one bin only.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from creditloop.formula import State
from creditloop.risk.rules import ReasonCode

_STATES = frozenset(state.value for state in State)
_QUIET = range(State.OK, State.OVERFLOW)
"""States of a feature beside which its value says all there is to say."""


class CardPart(NamedTuple):
    """What one feature did to a score.

    Attributes:
        value: as it was given, None if it is missing or absent.
        bin: the label of its bin; None, as are the rest, if the feature refers the case.
        points: of its own table, in units.
        points_lost: to the feature's best bin, and its share of what its pairs lost; >= 0, in units.
    """

    feature: str
    zh: str
    en: str
    value: object
    bin: str | None
    points: int | None
    points_lost: int | None
    woe_nano: int | None


class PairPart(NamedTuple):
    """What two features at once did to a score.

    Attributes:
        bins: the labels of their bins on the axes; None, as are the rest, if one of them refers the case.
        points, points_lost: of the cell, to the best cell; in units.
    """

    features: tuple[str, str]
    bins: tuple[str, str] | None
    points: int | None
    points_lost: int | None


class TellsParts(Protocol):
    """Tells what a card's tables did to a case, from its values and how they came out."""

    def parts(self, values: Sequence[object], states: Sequence[int]) -> tuple[CardPart, ...]:
        """Return what each feature did; `states` is empty where all did."""

    def pair_parts(self, values: Sequence[object], states: Sequence[int]) -> tuple[PairPart, ...]:
        """Return what each pair did."""


class CardScore(NamedTuple):
    """What a card says of one case.

    Attributes:
        score: in whole points; it and `pd_nano`, `score_nano` are None if the case refers.
        state: 0 scored; otherwise the case refers, and this is the worst state met (see `formula.State`).
        reasons: what cost points, the most first (of equals in the order of the card), code `CARD_<FEATURE>`;
            if the case refers, why.
        score_nano: the sum before it was rounded to whole points, exactly.
        values: as the features were given, in the order of the card.
        states: how each came out; empty if the case was scored.
        tables: of the card, for the parts.
    """

    score: int | None
    pd_nano: int | None
    state: int
    reasons: tuple[ReasonCode, ...]
    score_nano: int | None
    values: tuple[object, ...]
    states: tuple[int, ...]
    tables: TellsParts

    @property
    def refers(self) -> bool:
        """Whether there is no score, and a person must look (转人工)."""
        return self.state != State.OK

    @property
    def parts(self) -> tuple[CardPart, ...]:
        """What every feature did, in the order of the card; worked out when it is asked for."""
        return self.tables.parts(self.values, self.states)

    @property
    def pairs(self) -> tuple[PairPart, ...]:
        """What every pair did, in the order of the card."""
        return self.tables.pair_parts(self.values, self.states)


def told_state(row: Mapping[str, object], name: str) -> int:
    """Return how the row says a feature came out, if it failed; what is said must be a state."""
    if name not in row:
        return State.OK.value
    told = row[name]
    if type(told) is not int or told not in _STATES:
        return State.BROKEN_INPUT.value
    return State.OK.value if told in _QUIET else told


def halved(lost: int) -> tuple[int, int]:
    """Share what a pair lost between its two features, the odd unit to the first.

    >>> halved(7), halved(0)
    ((4, 3), (0, 0))
    """
    return lost - lost // 2, lost // 2
