"""Write a fitted scorecard as the document that is the card (评分卡文本), for people to read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from creditloop.formula import Kind
from creditloop.kernel.documents import Source, parse_document
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import Bin, nano_text, number_text, word_text
from creditloop.risk.card.pairs import Cells, PairTable
from creditloop.risk.card.parts import (
    CardMethod,
    DroppedFeature,
    FittedCard,
    FittedFeature,
    LeftOut,
    ScoreBand,
)
from creditloop.risk.card.reading import read_card
from creditloop.risk.card.settings import FitSettings, LearnerSettings

Fact = str | int | bool | date | None
_HEAD = """\
# 评分卡：分数 = base + 每个特征所在箱的 points，分数越高越安全；woe = ln(好占比 / 坏占比)。
# Scorecard: score = base + the points of one bin a feature, higher is safer.
# woe = ln(share of goods / share of bads)
# 区间左闭右开 from <= x < to，null 为无界。Intervals are half-open; null is open-ended.
"""
_UNITS = """\
# base 与 points 的单位为 10^-{decimals} 分，总和一次四舍五入为 score。
# base and points are in units of 10^-{decimals} points; their sum is rounded once to the score.
"""
_PAIRS = """\
# pairs：两个特征所在格的 points 另外相加。A pair adds the points of the cell its two features fall into.
"""
_WHY: Mapping[LeftOut, str] = {
    LeftOut.ONE_BIN: "不分箱 one bin only: its values do not tell good from bad in the direction stated",
    LeftOut.IV_BELOW: "信息值过低 its information value is below iv_min",
    LeftOut.WRONG_SIGN: "系数符号相反 beside the others its coefficient is not positive",
    LeftOut.NO_POINTS: "不足一分 no bin moves the score by a whole point",
}


def card_text(
    fitted: FittedCard, *, card: str, product: str, title: Mapping[str, str], facts: Mapping[str, Fact]
) -> str:
    """Write a fitted card as YAML.

    Args:
        card: its name; `title`: its title by language, `zh` and `en`.
        facts: what a reader must know, by name: data, dates, outcome definition, what the sample is not, hash
            of the features.
    Raises: InputError if it could not be read back.
    """
    if unknown := set(title) ^ {"zh", "en"}:
        raise InputError("a card has a title in both languages", got=sorted(unknown), expected=["zh", "en"])
    settings = fitted.settings
    kinds = {entry.feature.name: entry.feature.kind for entry in fitted.features}
    for pair in fitted.pairs:
        if not set(pair.features) <= set(kinds):
            raise InputError(
                "a pair of features that are not in the card", got=pair.features, expected=sorted(kinds)
            )
    lines = [
        f"card: {_scalar(card)}",
        f"product: {_scalar(product)}",
        *([] if fitted.method is CardMethod.WOE else [f"method: {fitted.method.value}"]),
        f"title: {_languages(title['zh'], title['en'])}",
        "facts:" if facts else "facts: {}",
        *(f"  {name}: {_scalar(value)}" for name, value in facts.items()),
        "scale:",
        f"  base: {fitted.base}",
        *([f"  decimals: {fitted.decimals}"] if fitted.decimals else []),
        *(
            f"  {name}: {getattr(settings, name)}"
            for name in ("score_at", "odds_at", "points_to_double_odds")
        ),
        f"sample: {{rows: {fitted.rows}, bad: {fitted.bad}}}",
        *_settings_lines(settings),
        "features:",
        *(line for entry in fitted.features for line in _feature_lines(entry)),
        *(["pairs:"] if fitted.pairs else []),
        *(line for pair in fitted.pairs for line in _pair_lines(pair, kinds)),
        "dropped:" if fitted.dropped else "dropped: []",
        *(_dropped_line(entry) for entry in fitted.dropped),
        "bands:",
        *(_band_line(band) for band in fitted.bands),
    ]
    text = _head(fitted) + "\n".join(lines) + "\n"
    read_card(parse_document(text, path=card))  # what cannot be read back is never written
    return text


def _head(fitted: FittedCard) -> str:
    units = _UNITS.format(decimals=fitted.decimals) if fitted.decimals else ""
    return _HEAD + units + (_PAIRS if fitted.pairs else "")


def _settings_lines(settings: FitSettings | LearnerSettings) -> Iterator[str]:
    yield "settings:"
    if isinstance(settings, LearnerSettings):
        for name in ("score_at", "odds_at", "points_to_double_odds"):
            yield f"  {name}: {getattr(settings, name)}"
        yield f"  learner: {{{', '.join(_learner_setting(*entry) for entry in settings.learner.items())}}}"
        yield f"  source: {_source(settings.source)}"
        return
    for name in ("prebins_max", "bins_max", "bands_max", "score_at", "odds_at", "points_to_double_odds"):
        yield f"  {name}: {getattr(settings, name)}"
    for name in ("share_min", "iv_min", "ridge"):
        yield f"  {name}: {nano_text(getattr(settings, f'{name}_nano'))}"
    if settings.refined:
        yield "  refined: true"
    yield f"  source: {_source(settings.source)}"


def _learner_setting(name: str, value: int) -> str:
    ratio = name.removesuffix("_nano")
    return f"{name}: {value}" if ratio == name else f"{ratio}: {nano_text(value)}"


def _feature_lines(entry: FittedFeature) -> Iterator[str]:
    feature = entry.feature
    yield f"  - name: {feature.name}"
    yield f"    kind: {feature.kind.value}"
    yield f"    meaning: {_languages(feature.zh, feature.en)}"
    yield f"    direction: {feature.direction.value}"
    if feature.special:
        yield f"    special: {_codes(feature.special, feature.kind)}"
    yield f"    iv: {nano_text(entry.iv_nano)}"
    if entry.coefficient_nano is not None:
        yield f"    coefficient: {nano_text(entry.coefficient_nano)}"
    yield "    bins:"
    for part in entry.bins:
        seen = f"rows: {part.rows}, bad: {part.bad}, woe: {nano_text(part.woe_nano)}, points: {part.points}"
        yield f"      - {{{_where(part, feature.kind)}, {seen}}}"


def _pair_lines(pair: PairTable, kinds: Mapping[str, Kind]) -> Iterator[str]:
    yield f"  - features: [{', '.join(pair.features)}]"
    for axis, bins, name in zip(("rows", "columns"), (pair.rows, pair.columns), pair.features, strict=True):
        yield f"    {axis}:"
        yield from (f"      - {{{_where(part, kinds[name])}}}" for part in bins)
    for name, cells in (("points", pair.points), ("seen", pair.seen), ("bad", pair.bad)):
        yield f"    {name}:"
        yield from _cell_lines(cells)


def _cell_lines(cells: Cells) -> Iterator[str]:
    for row in cells:
        yield f"      - [{', '.join(map(str, row))}]"


def _codes(special: Sequence[int], kind: Kind) -> str:
    return f"[{', '.join(number_text(code, kind) for code in special)}]"


def _where(part: Bin, kind: Kind) -> str:
    if part.missing:
        return "missing: true"
    if part.special:
        return f"special: {_codes(part.special, kind)}"
    if part.values:
        words = (word_text(word) if isinstance(word, bool) else _scalar(word) for word in part.values)
        return f"values: [{', '.join(words)}]"
    return f"from: {_end(part.low, kind)}, to: {_end(part.high, kind)}"


def _end(value: int | None, kind: Kind) -> str:
    return "null" if value is None else number_text(value, kind)


def _band_line(band: ScoreBand) -> str:
    low, high = (_end(end, Kind.INTEGER) for end in (band.low, band.high))
    pd = nano_text(band.pd_nano)
    return f"  - {{from: {low}, to: {high}, rows: {band.rows}, bad: {band.bad}, pd: {pd}}}"


def _dropped_line(entry: DroppedFeature) -> str:
    iv = nano_text(entry.iv_nano)
    return f"  - {{name: {entry.name}, iv: {iv}, reason: {entry.reason.value}}}  # {_WHY[entry.reason]}"


def _source(source: Source) -> str:
    parts = [("title", source.title), ("reference", source.reference), ("checked", source.checked)]
    return f"{{{', '.join(f'{name}: {_scalar(value)}' for name, value in parts if value is not None)}}}"


def _languages(zh: str, en: str) -> str:
    return f"{{zh: {_scalar(zh)}, en: {_scalar(en)}}}"


def _scalar(value: Fact) -> str:
    """Write a value so that the strict reader gives it back; a text always in quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, date):
        return value.isoformat()
    return "null" if value is None else str(value).lower()
