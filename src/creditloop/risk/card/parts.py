"""What a scorecard consists of (评分卡构成): features with bins, pairs, bands, what was left out.

Points are whole numbers of the card's unit, a point or 10^-decimals of one.
"""

from dataclasses import dataclass
from enum import StrEnum

from creditloop.formula import Kind
from creditloop.risk.binning.bins import Bin, CardFeature, interval_label
from creditloop.risk.card.pairs import PairTable
from creditloop.risk.card.settings import FitSettings, LearnerSettings

DECIMALS_MAX = 6
"""Decimals a card's points may have at most."""


class CardMethod(StrEnum):
    """How the points of a card were found (建模方法).

    WOE: bins of the greatest information value, logistic regression on their woe. BOOSTED: small trees of one
    or two features added up. EBM: an explainable boosting machine. What they leave is the same: tables.
    """

    WOE = "woe"
    BOOSTED = "boosted"
    EBM = "ebm"


class LeftOut(StrEnum):
    """Why a feature is not in the card."""

    ONE_BIN = "one_bin"
    IV_BELOW = "iv_below"
    WRONG_SIGN = "wrong_sign"
    NO_POINTS = "no_points"


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedFeature:
    """A feature of the card: its bins with their points, and what it is worth.

    Attributes:
        bins: those of intervals or words in order, those of special codes, that of the missing last.
        coefficient_nano: of its woe in a WOE card; None where points were found in another way.
    """

    feature: CardFeature
    bins: tuple[Bin, ...]
    iv_nano: int
    coefficient_nano: int | None = None

    @property
    def present(self) -> tuple[Bin, ...]:
        """The bins of values that are there."""
        return tuple(part for part in self.bins if not part.missing)

    @property
    def ordered(self) -> tuple[Bin, ...]:
        """The bins of ordinary values: intervals, or words."""
        return tuple(part for part in self.bins if not part.missing and not part.special)

    @property
    def missing(self) -> Bin | None:
        """The bin of the missing, None if there were none: then a missing value refers."""
        return next((part for part in self.bins if part.missing), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedFeature:
    """A feature that was offered and is not in the card, and why."""

    name: str
    iv_nano: int
    reason: LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreBand:
    """Scores `low <= score < high` (None is open), what was seen there, and the pd they are given."""

    low: int | None
    high: int | None
    rows: int
    bad: int
    pd_nano: int

    @property
    def label(self) -> str:
        """The band as people read it."""
        return interval_label(self.low, self.high, Kind.INTEGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedCard:
    """What was fitted; `card_text` writes it as a document, which is the card.

    Attributes:
        base: the score before any points, in units.
        rows, bad: of the fit sample.
        features: in the order offered; `dropped` the rest.
        bands: of the score in whole points, ascending.
        pairs: tables of two of the features, each two once.
        decimals: of a point; a unit is 10^-decimals points.
    """

    base: int
    rows: int
    bad: int
    features: tuple[FittedFeature, ...]
    dropped: tuple[DroppedFeature, ...]
    bands: tuple[ScoreBand, ...]
    settings: FitSettings | LearnerSettings
    pairs: tuple[PairTable, ...] = ()
    decimals: int = 0
    method: CardMethod = CardMethod.WOE
