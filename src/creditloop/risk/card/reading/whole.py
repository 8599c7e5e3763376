"""Read a scorecard from its document, and refuse one that does not add up (读取评分卡).

Checked besides the form: bins and bands cover every value once, their rows add up to the fit sample, points
never go against the direction stated (`directions`), and no riskier band has the smaller pd. Pairs: `pairs`.
"""

from collections.abc import Mapping, Sequence

from creditloop.formula import Kind, kind_from_node, placed
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NANO, CardFeature, Direction
from creditloop.risk.card.card import ANSWERS, Card, points_column
from creditloop.risk.card.parts import (
    DECIMALS_MAX,
    CardMethod,
    DroppedFeature,
    FittedFeature,
    LeftOut,
    ScoreBand,
)
from creditloop.risk.card.reading.bins import (
    POINTS_MAX,
    check_cover,
    check_places,
    codes,
    counted_bin,
    end,
    ratio,
)
from creditloop.risk.card.reading.directions import check_directions
from creditloop.risk.card.reading.pairs import pairs_from_node
from creditloop.risk.card.settings import (
    FitSettings,
    LearnerSettings,
    learner_settings_from_node,
    settings_from_node,
)

_REQUIRED = ("card", "product", "title", "facts", "scale", "sample", "settings", "features", "bands")


def read_card(document: Document) -> Card:
    """Read a card; see docs/scorecard.md for its form.

    Raises: PolicyError naming file, line and field of what is wrong.
    """
    parts = document.root.mapping(required=_REQUIRED, optional=["method", "pairs", "dropped"])
    title = parts["title"].mapping(required=["zh", "en"], optional=[])
    scale = parts["scale"].mapping(
        required=["base", "score_at", "odds_at", "points_to_double_odds"], optional=["decimals"]
    )
    sample = parts["sample"].mapping(required=["rows", "bad"], optional=[])
    rows = sample["rows"].integer(least=1)
    bad = sample["bad"].integer(least=0, most=rows)
    method = CardMethod(parts["method"].text(among=list(CardMethod))) if "method" in parts else CardMethod.WOE
    decimals = scale["decimals"].integer(least=0, most=DECIMALS_MAX) if "decimals" in scale else 0
    points_max = POINTS_MAX * 10**decimals
    features = tuple(
        _feature(node, rows=rows, bad=bad, method=method, points_max=points_max)
        for node in parts["features"].items()
    )
    _check_names(features, parts["features"])
    settings = _settings(parts["settings"], method)
    _check_scale(scale, settings, parts["scale"])
    pairs = (
        pairs_from_node(parts["pairs"], features=features, rows=rows, bad=bad, points_max=points_max)
        if "pairs" in parts
        else ()
    )
    check_directions(features, pairs, parts["features"])
    return Card(
        document=document,
        name=parts["card"].text(),
        product=parts["product"].text(),
        title_zh=title["zh"].text(),
        title_en=title["en"].text(),
        facts={name: node.plain() for name, node in parts["facts"].mapping().items()},
        method=method,
        decimals=decimals,
        base=scale["base"].integer(least=-points_max, most=points_max),
        score_at=settings.score_at,
        odds_at=settings.odds_at,
        points_to_double_odds=settings.points_to_double_odds,
        rows=rows,
        bad=bad,
        settings=settings,
        features=features,
        pairs=pairs,
        dropped=_dropped(parts["dropped"]) if "dropped" in parts else (),
        bands=_bands(parts["bands"], rows=rows, bad=bad),
    )


def _check_names(features: Sequence[FittedFeature], node: Node) -> None:
    """Refuse no features, one given twice, and one called as the answers are."""
    names = [entry.feature.name for entry in features]
    if not names:
        raise node.fail("a card has features", got=0, expected="at least one")
    if len(set(names)) != len(names):
        raise node.fail("a name is given twice", got=names)
    answers = {*ANSWERS, *(points_column(name) for name in names)}
    if taken := answers & set(names):
        raise node.fail(
            "a name is given twice", got=sorted(taken), hint="it is the name of an answer of the card"
        )


def _settings(node: Node, method: CardMethod) -> FitSettings | LearnerSettings:
    return settings_from_node(node) if method is CardMethod.WOE else learner_settings_from_node(node)


def _check_scale(scale: Mapping[str, Node], settings: FitSettings | LearnerSettings, node: Node) -> None:
    for name in ("score_at", "odds_at", "points_to_double_odds"):
        if scale[name].integer() != getattr(settings, name):
            raise node.fail(
                "the scale is not the settings'",
                got={name: scale[name].value},
                expected=getattr(settings, name),
            )


def _feature(node: Node, *, rows: int, bad: int, method: CardMethod, points_max: int) -> FittedFeature:
    worth = ["iv", "coefficient"] if method is CardMethod.WOE else ["iv"]
    parts = node.mapping(
        required=["name", "kind", "meaning", "direction", *worth, "bins"], optional=["special"]
    )
    feature = _card_feature(parts, node)
    bins = tuple(counted_bin(entry, feature, points_max=points_max) for entry in parts["bins"].items())
    check_places(bins, parts["bins"], feature)
    seen = (sum(part.rows for part in bins), sum(part.bad for part in bins))
    _check_seen(seen, parts["bins"], what=f"the bins of {feature.name}", rows=rows, bad=bad)
    return FittedFeature(
        feature=feature,
        bins=bins,
        iv_nano=ratio(parts["iv"]),
        coefficient_nano=ratio(parts["coefficient"]) if "coefficient" in parts else None,
    )


def _card_feature(parts: Mapping[str, Node], node: Node) -> CardFeature:
    meaning = parts["meaning"].mapping(required=["zh", "en"], optional=[])
    kind = kind_from_node(parts["kind"])
    try:
        return CardFeature(
            name=parts["name"].text(),
            kind=kind,
            direction=Direction(parts["direction"].text(among=list(Direction))),
            zh=meaning["zh"].text(),
            en=meaning["en"].text(),
            special=codes(parts["special"], kind) if "special" in parts else (),
        )
    except InputError as error:
        raise placed(error, node) from error


def _check_seen(seen: tuple[int, int], node: Node, *, what: str, rows: int, bad: int) -> None:
    """Refuse parts whose rows, or bads, are not those of the sample together."""
    for name, found, whole in (("rows", seen[0], rows), ("bad", seen[1], bad)):
        if found != whole:
            raise node.fail(f"{what} do not hold the sample", got=f"{name}: {found}", expected=whole)


def _bands(node: Node, *, rows: int, bad: int) -> tuple[ScoreBand, ...]:
    bands = tuple(_band(entry) for entry in node.items())
    if not bands:
        raise node.fail("a card has bands of its score", got=0, expected="at least one")
    check_cover([(band.low, band.high) for band in bands], node)
    seen = (sum(band.rows for band in bands), sum(band.bad for band in bands))
    _check_seen(seen, node, what="the bands", rows=rows, bad=bad)
    pds = [band.pd_nano for band in bands]
    if pds != sorted(pds, reverse=True):
        raise node.fail("a higher score has the greater pd", got=pds, expected="never rising with the score")
    return bands


def _band(node: Node) -> ScoreBand:
    parts = node.mapping(required=["from", "to", "rows", "bad", "pd"], optional=[])
    rows, pd = parts["rows"].integer(least=0), ratio(parts["pd"])
    if not 0 <= pd <= NANO:
        raise parts["pd"].fail("a probability is between 0 and 1", got=parts["pd"].value)
    low, high = (end(parts[name], Kind.INTEGER) for name in ("from", "to"))
    return ScoreBand(low=low, high=high, rows=rows, bad=parts["bad"].integer(least=0, most=rows), pd_nano=pd)


def _dropped(node: Node) -> tuple[DroppedFeature, ...]:
    found = list[DroppedFeature]()
    for entry in node.items():
        parts = entry.mapping(required=["name", "iv", "reason"], optional=[])
        reason = LeftOut(parts["reason"].text(among=list(LeftOut)))
        found.append(DroppedFeature(name=parts["name"].text(), iv_nano=ratio(parts["iv"]), reason=reason))
    return tuple(found)
