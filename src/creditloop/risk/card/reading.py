"""Read a scorecard from its document, and refuse one that does not add up (读取评分卡).

Checked besides the form: bins and bands cover every value once, their rows add up to the fit sample, points
never rise where badness is said to rise, and no riskier band has the smaller pd.
"""

from collections.abc import Mapping, Sequence

from creditloop.formula import Kind, constant_from_node, kind_from_node, placed, python_function
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NANO, NUMBERS, Bin, CardFeature, Direction
from creditloop.risk.card.card import Card
from creditloop.risk.card.parts import DroppedFeature, FittedFeature, LeftOut, ScoreBand
from creditloop.risk.card.programs import card_program
from creditloop.risk.card.settings import FitSettings, settings_from_node
from creditloop.risk.card.working import Lookup

POINTS_MAX = 100_000
"""Points and scores beyond this are a slip of the pen."""


def read_card(document: Document) -> Card:
    """Read a card; see docs/scorecard.md for its form.

    Raises: PolicyError naming file, line and field of what is wrong.
    """
    parts = document.root.mapping(
        required=["card", "product", "title", "facts", "scale", "sample", "settings", "features", "bands"],
        optional=["dropped"],
    )
    title = parts["title"].mapping(required=["zh", "en"], optional=[])
    scale = parts["scale"].mapping(
        required=["base", "score_at", "odds_at", "points_to_double_odds"], optional=[]
    )
    sample = parts["sample"].mapping(required=["rows", "bad"], optional=[])
    rows = sample["rows"].integer(least=1)
    base = scale["base"].integer(least=-POINTS_MAX, most=POINTS_MAX)
    features = tuple(_feature(node, rows=rows) for node in parts["features"].items())
    if not features:
        raise parts["features"].fail("a card has features", got=0, expected="at least one")
    bands = _bands(parts["bands"], rows=rows)
    settings = settings_from_node(parts["settings"])
    _check_scale(scale, settings, parts["scale"])
    try:
        program = card_program(base=base, features=features, bands=bands)
    except InputError as error:
        raise placed(error, parts["features"]) from error
    return Card(
        document=document,
        name=parts["card"].text(),
        product=parts["product"].text(),
        title_zh=title["zh"].text(),
        title_en=title["en"].text(),
        facts={name: node.plain() for name, node in parts["facts"].mapping().items()},
        base=base,
        score_at=settings.score_at,
        odds_at=settings.odds_at,
        points_to_double_odds=settings.points_to_double_odds,
        rows=rows,
        bad=sample["bad"].integer(least=0, most=rows),
        settings=settings,
        features=features,
        dropped=_dropped(parts["dropped"]) if "dropped" in parts else (),
        bands=bands,
        program=program,
        function=python_function(program),
        lookups=tuple(Lookup.of(entry) for entry in features),
    )


def _check_scale(scale: Mapping[str, Node], settings: FitSettings, node: Node) -> None:
    for name in ("score_at", "odds_at", "points_to_double_odds"):
        if scale[name].integer() != getattr(settings, name):
            raise node.fail(
                "the scale is not the settings'",
                got={name: scale[name].value},
                expected=getattr(settings, name),
            )


def _feature(node: Node, *, rows: int) -> FittedFeature:
    parts = node.mapping(
        required=["name", "kind", "meaning", "direction", "iv", "coefficient", "bins"], optional=[]
    )
    meaning = parts["meaning"].mapping(required=["zh", "en"], optional=[])
    try:
        feature = CardFeature(
            name=parts["name"].text(),
            kind=kind_from_node(parts["kind"]),
            direction=Direction(parts["direction"].text(among=list(Direction))),
            zh=meaning["zh"].text(),
            en=meaning["en"].text(),
        )
    except InputError as error:
        raise placed(error, node) from error
    bins = tuple(_bin(entry, feature.kind) for entry in parts["bins"].items())
    _check_bins(bins, parts["bins"], feature, rows=rows)
    iv, coefficient = (_ratio(parts[name]) for name in ("iv", "coefficient"))
    return FittedFeature(feature=feature, bins=bins, iv_nano=iv, coefficient_nano=coefficient)


def _bin(node: Node, kind: Kind) -> Bin:
    entries = node.mapping()
    seen = ["rows", "bad", "woe", "points"]
    form = ["missing"] if "missing" in entries else ["from", "to"] if kind in NUMBERS else ["values"]
    parts = node.mapping(required=[*form, *seen], optional=[])
    rows = parts["rows"].integer(least=0)
    numbers = {name: _end(parts[name], kind) for name in form if name in {"from", "to"}}
    values = tuple(_word(entry, kind) for entry in parts["values"].items()) if "values" in parts else ()
    if "missing" in parts and not parts["missing"].boolean():
        raise parts["missing"].fail("only the bin of the missing says so", got=False, expected=True)
    return Bin(
        low=numbers.get("from"),
        high=numbers.get("to"),
        values=values,
        missing="missing" in parts,
        rows=rows,
        bad=parts["bad"].integer(least=0, most=rows),
        woe_nano=_ratio(parts["woe"]),
        points=parts["points"].integer(least=-POINTS_MAX, most=POINTS_MAX),
    )


def _end(node: Node, kind: Kind) -> int | None:
    if node.value is None:
        return None
    value = constant_from_node(node, kind=kind)
    assert isinstance(value, int)
    return value


def _word(node: Node, kind: Kind) -> str | bool:
    return node.boolean() if kind is Kind.BOOLEAN else node.text()


def _ratio(node: Node) -> int:
    value = constant_from_node(node, kind=Kind.NANO)
    assert isinstance(value, int)
    return value


def _check_bins(bins: Sequence[Bin], node: Node, feature: CardFeature, *, rows: int) -> None:
    present = [part for part in bins if not part.missing]
    if len(bins) < 2 or not present or any(part.missing for part in bins[:-1]):
        raise node.fail(
            f"{feature.name} needs bins of values, that of the missing last", got=len(bins), expected=">= 2"
        )
    if feature.kind in NUMBERS:
        _check_cover([(part.low, part.high) for part in present], node)
    else:
        words = [word for part in present for word in part.values]
        if len(set(words)) != len(words) or any(not part.values for part in present):
            raise node.fail("every bin has values, each in one bin only", got=words)
    if (seen := sum(part.rows for part in bins)) != rows:
        raise node.fail(f"the bins of {feature.name} do not hold the sample", got=seen, expected=rows)
    points = [part.points for part in present]
    ordered = {Direction.UP: sorted(points, reverse=True), Direction.DOWN: sorted(points)}
    if points != ordered.get(feature.direction, points):
        raise node.fail(
            f"the points of {feature.name} go against its direction",
            got=points,
            expected=f"badness goes {feature.direction.value} with the value",
        )


def _check_cover(ends: Sequence[tuple[int | None, int | None]], node: Node) -> None:
    cuts = [high for _, high in ends[:-1]]
    lows = [low for low, _ in ends]
    known = [cut for cut in cuts if cut is not None]
    if lows != [None, *cuts] or ends[-1][1] is not None or known != sorted(set(known)) or None in cuts:
        raise node.fail(
            "intervals must cover every value once: from null, each from where the last ends, to null",
            got=[f"{low}..{high}" for low, high in ends],
        )


def _bands(node: Node, *, rows: int) -> tuple[ScoreBand, ...]:
    bands = tuple(_band(entry) for entry in node.items())
    if not bands:
        raise node.fail("a card has bands of its score", got=0, expected="at least one")
    _check_cover([(band.low, band.high) for band in bands], node)
    if (seen := sum(band.rows for band in bands)) != rows:
        raise node.fail("the bands do not hold the sample", got=seen, expected=rows)
    pds = [band.pd_nano for band in bands]
    if pds != sorted(pds, reverse=True):
        raise node.fail("a higher score has the greater pd", got=pds, expected="never rising with the score")
    return bands


def _band(node: Node) -> ScoreBand:
    parts = node.mapping(required=["from", "to", "rows", "bad", "pd"], optional=[])
    rows, pd = parts["rows"].integer(least=0), _ratio(parts["pd"])
    if not 0 <= pd <= NANO:
        raise parts["pd"].fail("a probability is between 0 and 1", got=parts["pd"].value)
    low, high = (_end(parts[name], Kind.INTEGER) for name in ("from", "to"))
    return ScoreBand(low=low, high=high, rows=rows, bad=parts["bad"].integer(least=0, most=rows), pd_nano=pd)


def _dropped(node: Node) -> tuple[DroppedFeature, ...]:
    found = list[DroppedFeature]()
    for entry in node.items():
        parts = entry.mapping(required=["name", "iv", "reason"], optional=[])
        reason = LeftOut(parts["reason"].text(among=list(LeftOut)))
        found.append(DroppedFeature(name=parts["name"].text(), iv_nano=_ratio(parts["iv"]), reason=reason))
    return tuple(found)
