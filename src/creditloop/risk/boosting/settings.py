"""How boosted models are fitted (提升树参数): the numbers that decide it, the bank's, with their source."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.documents import Node, Source, source_from_node
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NANO

_WHOLE = {
    "folds": (2, 10),
    "rounds_max": (1, 20_000),
    "pairs_max": (0, 2_000),
    "prebins_max": (2, 255),
    "decimals": (0, 6),
    "bands_max": (2, 64),
    "score_at": (0, 100_000),
    "odds_at": (1, 1_000_000),
    "points_to_double_odds": (1, 10_000),
    "seed": (0, 2**31 - 1),
}
_CROSSING_WHOLE = {"pairs_max": (1, 2_000), "bins": (2, 64), "rounds_max": (1, 2_000), "patience": (1, 100)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """One way to grow trees (候选设置); several are tried, and the out-of-fold loss chooses.

    Attributes:
        leaves: of a tree, 2..255; a card's trees have at most 4 and two splits on the way to a leaf.
        learning_rate: what part of a tree's answer counts, 0..1.
        feature_share, row_share: drawn anew for each tree, 0..1.
        ridge: holds the leaves back, >= 0.
        rows_min: of a leaf; `weight_min`: least sum of pd·(1 - pd) in it, >= 0.
    """

    name: str
    leaves: int
    learning_rate: float
    feature_share: float
    row_share: float
    ridge: float
    rows_min: int
    weight_min: float

    def __post_init__(self) -> None:
        """Refuse numbers that cannot grow a tree."""
        ranges = {
            "leaves": (2, 255),
            "learning_rate": (1e-4, 1),
            "feature_share": (1e-3, 1),
            "row_share": (1e-3, 1),
            "ridge": (0, 1e6),
            "rows_min": (1, 10**9),
            "weight_min": (0, 1e6),
        }
        _check_ranges(self, ranges, name=f"the growth {self.name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """How pairs are cut crosswise after tables of one feature (交叉设置).

    Attributes:
        mains: how the trees of one split, the tables of one feature, are grown.
        pairs_max: pairs that are cut, those of the greatest first gain.
        bins: of a feature, at most, the special codes and the missing aside.
        learning_rate: what part of a step counts, 0..1.
        ridge: holds the steps back, > 0; `weight_min`: least sum of pd·(1 - pd) in a quadrant, >= 0.
        rounds_max: how often each pair is cut at most; `patience`: rounds without a better loss that end it.
    """

    mains: Growth
    pairs_max: int
    bins: int
    learning_rate: float
    ridge: float
    weight_min: float
    rounds_max: int
    patience: int

    def __post_init__(self) -> None:
        """Refuse numbers that cannot cut a pair."""
        ranges = {
            **_CROSSING_WHOLE,
            "learning_rate": (1e-4, 1),
            "ridge": (1e-9, 1e6),
            "weight_min": (0, 1e6),
        }
        _check_ranges(self, ranges, name="the crossing")
        if self.mains.leaves != 2:
            raise InputError("tables of one feature come from trees of one split", got=self.mains.leaves)


def _check_ranges(settings: object, ranges: Mapping[str, tuple[float, float]], *, name: str) -> None:
    for field, (least, most) in ranges.items():
        value = getattr(settings, field)
        if not least <= value <= most:
            raise InputError(f"{field} of {name} is out of range", got=value, expected=f"{least}..{most}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostSettings:
    """The numbers that decide how a boosted model is fitted.

    Attributes:
        folds: parts the sample is cut into; each part's model never saw it, and the card is their mean.
        rounds_max: trees of a model at most; how many it is, the out-of-fold loss says.
        pairs_max: tables of two features at most.
        prebins_max: intervals of a feature at most.
        decimals: of a point, 0..6.
        bands_max: bands of the score with a pd of their own; `share_min_nano`: least share of rows in one.
        score_at, odds_at, points_to_double_odds: the scale, as of a scorecard.
        growths: ways to grow trees that are tried.
        crossing: how pairs are cut crosswise beside them; None: they are not.
    """

    folds: int
    rounds_max: int
    pairs_max: int
    prebins_max: int
    decimals: int
    bands_max: int
    share_min_nano: int
    score_at: int
    odds_at: int
    points_to_double_odds: int
    seed: int
    growths: tuple[Growth, ...]
    crossing: Crossing | None = None
    source: Source

    def __post_init__(self) -> None:
        """Refuse numbers out of range and a list of growths that says nothing or one twice."""
        for name, (least, most) in {**_WHOLE, "share_min_nano": (1, NANO // 2)}.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise InputError(
                    f"{name} of the boost settings is out of range", got=value, expected=f"{least}..{most}"
                )
        names = [growth.name for growth in self.growths]
        if not names or len(set(names)) != len(names):
            raise InputError("the boost settings try one or more growths, each by its own name", got=names)


def boost_settings_from_node(node: Node) -> BoostSettings:
    """Read boost settings: every name of `BoostSettings`, `share_min` as a decimal, and `source`.

    Raises: PolicyError naming file, line and field.
    """
    parts = node.mapping(required=[*_WHOLE, "share_min", "growths", "source"], optional=["crossing"])
    values = {name: parts[name].integer(least=least, most=most) for name, (least, most) in _WHOLE.items()}
    return BoostSettings(
        **values,
        share_min_nano=_nano(parts["share_min"], least=1, most=NANO // 2),
        growths=tuple(_growth(entry) for entry in parts["growths"].items()),
        crossing=_crossing(parts["crossing"]) if "crossing" in parts else None,
        source=source_from_node(parts["source"]),
    )


def _growth(node: Node) -> Growth:
    parts = node.mapping(required=[entry.name for entry in fields(Growth)], optional=[])
    return Growth(
        name=parts["name"].text(),
        leaves=parts["leaves"].integer(least=2, most=255),
        rows_min=parts["rows_min"].integer(least=1, most=10**9),
        **{
            name: _nano(parts[name], least=0, most=10**6 * NANO) / NANO
            for name in ("learning_rate", "feature_share", "row_share", "ridge", "weight_min")
        },
    )


def _crossing(node: Node) -> Crossing:
    parts = node.mapping(required=[entry.name for entry in fields(Crossing)], optional=[])
    whole = {
        name: parts[name].integer(least=int(least), most=int(most))
        for name, (least, most) in _CROSSING_WHOLE.items()
    }
    ratios = {
        name: _nano(parts[name], least=0, most=10**6 * NANO) / NANO
        for name in ("learning_rate", "ridge", "weight_min")
    }
    return Crossing(
        mains=_growth(parts["mains"]),
        pairs_max=whole["pairs_max"],
        bins=whole["bins"],
        rounds_max=whole["rounds_max"],
        patience=whole["patience"],
        **ratios,
    )


def _nano(node: Node, *, least: int, most: int) -> int:
    value = constant_from_node(node, kind=Kind.NANO)
    if not isinstance(value, int) or not least <= value <= most:
        raise node.fail("out of range", got=node.value, expected=f"{least / NANO}..{most / NANO}")
    return value
