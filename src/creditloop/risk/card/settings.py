"""How a scorecard is to be fitted (建模参数): the numbers that decide it, the bank's, with their source."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from creditloop.formula import Kind, check_name, constant_from_node, placed
from creditloop.kernel.documents import Node, Source, source_from_node
from creditloop.kernel.errors import InputError
from creditloop.risk.binning import PREBINS_MAX, BinLimits
from creditloop.risk.binning.bins import NANO

_LEAST_MOST = {
    "prebins_max": (2, PREBINS_MAX),
    "bins_max": (2, PREBINS_MAX),
    "share_min_nano": (1, NANO // 2),
    "iv_min_nano": (0, 10 * NANO),
    "ridge_nano": (1, NANO),
    "bands_max": (2, PREBINS_MAX),
    "score_at": (0, 100_000),
    "odds_at": (1, 1_000_000),
    "points_to_double_odds": (1, 10_000),
}
_SCALE = ("score_at", "odds_at", "points_to_double_odds")
_RATIOS = {"share_min": "share_min_nano", "iv_min": "iv_min_nano", "ridge": "ridge_nano"}
"""Names in a document of what is kept in nano."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """The numbers that decide how a scorecard is fitted.

    Attributes:
        prebins_max: pre-bins of a feature, 2..64; `bins_max`: bins, that of the missing not counted.
        share_min_nano: least share of all rows in a bin, and in a band of the score.
        iv_min_nano: a feature of less information value is left out.
        ridge_nano: what holds the coefficients back, see `logistic`.
        bands_max: bands of the score that have a pd of their own.
        score_at: the score at which there are `odds_at` goods a bad.
        points_to_double_odds: points that double the odds (pdo).
        refined: whether better cuts are looked for between the pre-bins, see `BinLimits`.
    """

    prebins_max: int
    bins_max: int
    share_min_nano: int
    iv_min_nano: int
    ridge_nano: int
    bands_max: int
    score_at: int
    odds_at: int
    points_to_double_odds: int
    source: Source
    refined: bool = False

    def __post_init__(self) -> None:
        _check_ranges(self, list(_LEAST_MOST))
        if type(self.refined) is not bool:
            raise InputError("refined of the fit settings is true or false", got=self.refined)

    def bin_limits(self, *, rows: int) -> BinLimits:
        """Return what the bins of a feature must keep on so many rows."""
        return BinLimits.of_share(
            prebins_max=self.prebins_max,
            bins_max=self.bins_max,
            share_min_nano=self.share_min_nano,
            rows=rows,
            refined=self.refined,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerSettings:
    """The numbers that decide a card whose points a learner found: its scale, and the learner's own.

    Attributes:
        score_at, odds_at, points_to_double_odds: as in `FitSettings`.
        learner: the learner's numbers by name; one that ends in `_nano` is a ratio in nano.
    """

    score_at: int
    odds_at: int
    points_to_double_odds: int
    learner: Mapping[str, int] = field(default_factory=dict)
    source: Source

    def __post_init__(self) -> None:
        _check_ranges(self, _SCALE)
        for name, value in self.learner.items():
            check_name(name, what="setting")
            if type(value) is not int:
                raise InputError(f"{name} of the learner's settings is no whole number", got=value)


def _check_ranges(settings: object, names: Iterable[str]) -> None:
    for name in names:
        (least, most), value = _LEAST_MOST[name], getattr(settings, name)
        if type(value) is not int or not least <= value <= most:
            raise InputError(
                f"{name} of the fit settings is out of range", got=value, expected=f"{least}..{most}"
            )


def settings_from_node(node: Node) -> FitSettings:
    """Read fit settings: every name of `FitSettings`, ratios without `_nano` as decimals, and `source`.

    `refined` may be left out: false.

    Raises: PolicyError naming file, line and field.
    """
    kept = {name: written for written, name in _RATIOS.items()}
    written = [kept.get(entry.name, entry.name) for entry in fields(FitSettings) if entry.name != "refined"]
    parts = node.mapping(required=written, optional=["refined"])
    source = source_from_node(parts.pop("source"))
    is_refined = parts.pop("refined").boolean() if "refined" in parts else False
    values = dict[str, int]()
    for key, part in parts.items():
        name = _RATIOS.get(key, key)
        least, most = _LEAST_MOST[name]
        if name == key:
            values[name] = part.integer(least=least, most=most)
            continue
        value = constant_from_node(part, kind=Kind.NANO)
        if not isinstance(value, int) or not least <= value <= most:
            raise part.fail("out of range", got=part.value, expected=f"{least / NANO}..{most / NANO}")
        values[name] = value
    return FitSettings(**values, source=source, refined=is_refined)


def learner_settings_from_node(node: Node) -> LearnerSettings:
    """Read a learner's settings: scale, `learner` (whole numbers, or decimals kept in nano), `source`.

    Raises: PolicyError naming file, line and field.
    """
    parts = node.mapping(required=[*_SCALE, "learner", "source"], optional=[])
    scale = {
        name: parts[name].integer(least=_LEAST_MOST[name][0], most=_LEAST_MOST[name][1]) for name in _SCALE
    }
    learner = dict[str, int]()
    for name, part in parts["learner"].mapping().items():
        if type(part.value) is int:
            learner[name] = part.value
        else:
            value = constant_from_node(part, kind=Kind.NANO)
            assert isinstance(value, int)
            learner[f"{name}_nano"] = value
    try:
        return LearnerSettings(**scale, learner=learner, source=source_from_node(parts["source"]))
    except InputError as error:
        raise placed(error, parts["learner"]) from error
