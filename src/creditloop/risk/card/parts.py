"""What a scorecard consists of (评分卡构成): features with bins, bands of the score, what was left out."""

from dataclasses import dataclass
from enum import StrEnum

from creditloop.formula import Kind
from creditloop.risk.binning.bins import Bin, CardFeature, interval_label
from creditloop.risk.card.settings import FitSettings


class LeftOut(StrEnum):
    """Why a feature is not in the card."""

    ONE_BIN = "one_bin"
    IV_BELOW = "iv_below"
    WRONG_SIGN = "wrong_sign"
    NO_POINTS = "no_points"


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedFeature:
    """A feature of the card: its bins with their points, and what it is worth."""

    feature: CardFeature
    bins: tuple[Bin, ...]
    iv_nano: int
    coefficient_nano: int

    @property
    def present(self) -> tuple[Bin, ...]:
        """The bins of values that are there."""
        return tuple(part for part in self.bins if not part.missing)

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
        base: the score before any points.
        rows, bad: of the fit sample.
        features: in the order offered; `dropped` the rest.
        bands: of the score, ascending.
    """

    base: int
    rows: int
    bad: int
    features: tuple[FittedFeature, ...]
    dropped: tuple[DroppedFeature, ...]
    bands: tuple[ScoreBand, ...]
    settings: FitSettings
