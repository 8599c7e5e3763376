"""The scale of a card (评分刻度): log-odds, points and units, and the one place where each is rounded.

At `score_at` there are `odds_at` goods a bad, and `points_to_double_odds` (pdo) points double that:

    score = score_at + pdo / ln 2 · (ln(odds) - ln(odds_at)),   odds = (1 - pd) / pd

Reference: Siddiqi, Credit Risk Scorecards (2006), chapter 6. A unit is 10^-decimals points. Floats of a fit
become units here, half away from zero; units become the score here, in whole numbers.
"""

import math
from dataclasses import dataclass

import numpy as np

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away
from creditloop.risk.binning.bins import NANO
from creditloop.risk.card.settings import FitSettings, LearnerSettings
from creditloop.risk.measures.outcomes import Floats, Ints

_INT64_END = 2.0**63


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What a score means: goods a bad at one score, and the points that double them.

    Attributes:
        decimals: of a point; a unit is 10^-decimals points.
    """

    score_at: int
    odds_at: int
    points_to_double_odds: int
    decimals: int = 0

    @classmethod
    def of(cls, settings: FitSettings | LearnerSettings, *, decimals: int = 0) -> "Scale":
        """Return the scale that settings ask for."""
        return cls(
            score_at=settings.score_at,
            odds_at=settings.odds_at,
            points_to_double_odds=settings.points_to_double_odds,
            decimals=decimals,
        )

    @property
    def factor(self) -> float:
        """Points a unit of log-odds: pdo / ln 2."""
        return self.points_to_double_odds / math.log(2)

    def base(self, log_odds: float) -> int:
        """Return the score of log-odds of good, in units: a card's base from its intercept."""
        return self._units(self.score_at + self.factor * (log_odds - math.log(self.odds_at)))

    def points(self, log_odds: float) -> int:
        """Return the points that log-odds of good add, in units.

        >>> Scale(score_at=600, odds_at=20, points_to_double_odds=20).points(math.log(2))
        20
        """
        return self._units(self.factor * log_odds)

    def log_odds(self, score_nano: int) -> float:
        """Return the log-odds of good that a score means.

        >>> Scale(score_at=600, odds_at=20, points_to_double_odds=20).log_odds(600 * NANO) == math.log(20)
        True
        """
        return (score_nano / NANO - self.score_at) / self.factor + math.log(self.odds_at)

    def log_odds_of_units(self, units: Ints) -> Floats:
        """Return the log-odds of good that totals in units mean, (n,) float."""
        points: Floats = units / 10.0**self.decimals
        return (points - self.score_at) / self.factor + math.log(self.odds_at)

    def scores(self, log_odds: Floats) -> Ints:
        """Return the scores in whole points of log-odds of good, (n,) int64, halves away from zero."""
        points = self.score_at + self.factor * (log_odds - math.log(self.odds_at))
        return half_away(points)

    def pd(self, score_nano: int) -> float:
        """Return the pd (违约概率) that a score means by its scale; what was seen in its band may differ."""
        return 1 / (1 + math.exp(self.log_odds(score_nano)))

    def score_nano(self, pd: float) -> int:
        """Return the score of a pd between 0 and 1, in nano.

        Raises: InputError for a pd that no score has.
        """
        if not 0 < pd < 1:
            raise InputError("no score has this pd", got=pd, expected="0 < pd < 1")
        points = self.score_at + self.factor * (math.log((1 - pd) / pd) - math.log(self.odds_at))
        return _rounded(points * NANO)

    def _units(self, points: float) -> int:
        return _rounded(points * 10**self.decimals)


def half_away(values: Floats) -> Ints:
    """Return the nearest whole numbers, halves away from zero, exactly: what is left of a whole one decides.

    Raises: InputError for what is not finite, or beyond int64.

    >>> half_away(np.array([0.5, -2.5, 1.4, 0.49999999999999994])).tolist()
    [1, -3, 1, 0]
    """
    if not (np.abs(values) < _INT64_END).all():  # also false of nan
        raise InputError("no whole number of 64 bits is near", expected="finite numbers")
    whole = np.trunc(values)
    away = np.sign(values) * (np.abs(values - whole) >= 0.5)
    return whole.astype(np.int64) + away.astype(np.int64)


def rounded_score(units: int, decimals: int) -> int:
    """Return the score in whole points, rounded half away from zero.

    >>> rounded_score(6125, 1), rounded_score(-25, 1), rounded_score(7, 0)
    (613, -3, 7)
    """
    return divide_half_away(units, 10**decimals)


def rounded_scores(units: Ints, decimals: int) -> Ints:
    """Return the scores of an array as `rounded_score` gives each."""
    if decimals == 0:
        return units
    unit = 10**decimals
    rounded: Ints = np.sign(units) * ((np.abs(units) + unit // 2) // unit)
    return rounded


def points_text(units: int, decimals: int) -> str:
    """Write units as points.

    >>> points_text(-1234, 2), points_text(7, 0)
    ('-12.34', '7')
    """
    if decimals == 0:
        return str(units)
    whole, rest = divmod(abs(units), 10**decimals)
    return f"{'-' if units < 0 else ''}{whole}.{rest:0{decimals}d}"


def units_of_score(score: int, decimals: int) -> int:
    """Return the fewest units that are rounded to a score.

    >>> units_of_score(600, 2), units_of_score(0, 1), units_of_score(7, 0)
    (59950, -4, 7)
    """
    unit: int = 10**decimals
    units = score * unit - unit // 2
    return units if rounded_score(units, decimals) >= score else units + 1


def _rounded(value: float) -> int:
    return divide_half_away(*value.as_integer_ratio())
