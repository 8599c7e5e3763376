"""Amounts (金额) written in a text: 人民币3,200,000.00元, 320万元, 叁佰贰拾万元整, ¥50,000, 30w, 两万五."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

DIGITS, CHINESE = "amount.digits", "amount.chinese"
"""The two forms' ids, as events quote them."""
FORMS = (DIGITS, CHINESE)
FEN_MOST = 10**16
"""A hundred trillion yuan: what is more is no amount of a case."""
_UNITS: Mapping[str, int] = {
    "": 1, "百": 100, "千": 1_000, "万": 10_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000,
    "个亿": 100_000_000, "w": 10_000, "W": 10_000,
}  # fmt: skip
_NUMBER = r"[0-9]{1,3}(?:[,，][0-9]{3}){1,5}(?![0-9])(?:\.[0-9]{1,6})?|[0-9]{1,15}(?![0-9])(?:\.[0-9]{1,6})?"
_WRITTEN = (
    rf"(?<![0-9.,])(?:(?P<sign>[¥])\s?)?(?P<number>{_NUMBER})\s?(?:余|多|来)?"
    r"(?P<unit>百万|千万|万|个?亿|千|百|[wW](?![0-9A-Za-z]))?(?:余|多)?\s?(?P<yuan>元|圆|块)?"
)
_CN = "零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖十百千万亿拾佰仟"
_SPELT = (
    rf"(?<![{_CN}第几数0-9])(?P<number>[{_CN}]{{1,30}}+)(?P<more>(?:[多余几来]|个多?(?=亿))[万亿]?)?"
    r"(?P<yuan>元|圆|块钱|(?<=[百千万])块)?"
    rf"(?:(?P<jiao>[{_CN}])角)?(?:(?P<fen>[{_CN}])分)?"
)
_DIGITS_EXPRESSION = re.compile(_WRITTEN)
_CHINESE_EXPRESSION = re.compile(_SPELT)
_SHORTENED = re.compile(r"[一二两三四五六七八九十百]+万[一二三四五六七八九]")
"""两万五: what follows 万 alone is thousands."""
_BARE_NEXT = re.compile(r"\s?[美欧港日英澳加平吨件人台只个公户米亩斤套辆箱瓶股张次份字家名条头起平㎡%]")
_VALUES: Mapping[str, int] = {
    **{sign: value for value, sign in enumerate("零一二三四五六七八九")},
    **{sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "〇": 0,
    "两": 2,
}
_STEPS: Mapping[str, int] = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
_GROUPS: Mapping[str, int] = {"万": 10_000, "亿": 100_000_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenAmount:
    """An amount as it stands: its fen, the form's id and its place."""

    fen: int
    pattern_id: str
    start: int
    end: int


def amounts(text: str, first: int = 0, after: int | None = None) -> list[WrittenAmount]:
    """Return the amounts of a folded text in order; rates, counts and other currencies are none.

    An amount ends in 元, begins with ¥, or is a number of 万 or 亿 that nothing is counted in.
    """
    end = len(text) if after is None else after
    found = [*_in_digits(text, first, end), *_in_characters(text, first, end)]
    return sorted(found, key=lambda one: one.start)


def _in_digits(text: str, first: int, after: int) -> Iterator[WrittenAmount]:
    for match in _DIGITS_EXPRESSION.finditer(text, first, after):
        bare = match["yuan"] is None
        large = match["unit"] is not None and match["unit"] not in {"百", "千"}
        if bare and not match["sign"] and (not large or _BARE_NEXT.match(text, match.end())):
            continue
        value = Decimal(re.sub("[,，]", "", match["number"])) * _UNITS[match["unit"] or ""] * 100
        if value == value.to_integral_value() and 0 < value <= FEN_MOST:
            yield WrittenAmount(fen=int(value), pattern_id=DIGITS, start=match.start(), end=match.end())


def _in_characters(text: str, first: int, after: int) -> Iterator[WrittenAmount]:
    for match in _CHINESE_EXPRESSION.finditer(text, first, after):
        written = match["number"] + (match["more"] or "").lstrip("多余几来个")
        if match["yuan"] is None and _SHORTENED.fullmatch(written):
            written += "千"
        elif match["yuan"] is None and written[-1] not in "万亿":
            continue
        bare = match["yuan"] is None and _BARE_NEXT.match(text, match.end())
        whole = None if bare else number_from_characters(written)
        parts = [_VALUES.get(match[name] or "零") for name in ("jiao", "fen")]
        if whole is None or parts[0] is None or parts[1] is None:
            continue
        value = whole * 100 + parts[0] * 10 + parts[1]
        if 0 < value <= FEN_MOST:
            yield WrittenAmount(fen=value, pattern_id=CHINESE, start=match.start(), end=match.end())


def number_from_characters(written: str) -> int | None:
    """Read a number in Chinese characters (壹佰贰拾万, 三千零五); None if it is not well formed.

    >>> number_from_characters("壹佰贰拾万")
    1200000
    >>> number_from_characters("三千零五十")
    3050
    """
    total = group = digit = 0
    pending = False
    for sign in written:
        if sign in _VALUES:
            if pending and digit:
                return None
            digit, pending = _VALUES[sign], True
        elif sign in _STEPS:
            group += (digit if pending and digit else 1) * _STEPS[sign]
            digit, pending = 0, False
        else:
            total = (total + group + digit) * _GROUPS[sign]
            group, digit, pending = 0, 0, False
    return total + group + digit
