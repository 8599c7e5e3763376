"""A card as a workbook (导出 Excel): inputs, tables, and formulas that anyone can follow cell by cell.

The sheet `Score` has a row a feature, its input in column D as people write it (money in yuan, ratios as
decimals, an empty cell is missing), then its bin, points and what its table lost; below them a row a pair;
above them the sum. `Tables` holds bins and where they begin, `Pairs` the cells. Where the case refers, the
score says so. Excel keeps 15 digits of a number: a card with a cut beyond them is refused.
"""

import re
from collections.abc import Sequence
from io import BytesIO
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NANO, NUMBERS, CardFeature
from creditloop.risk.card.card import Card
from creditloop.risk.exports.branches import Branch, axes, branches

FIRST_ROW = 10
"""The row of the first feature on the sheet `Score`; features follow in the order of the card."""
REFERS = "refer"
"""What a cell says in place of a number where the case refers."""
_DIGITS = 10**15
_LEAST = -1e300
_CLOCK = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*<")
_UNITS = {Kind.MONEY: ("元 yuan", 100), Kind.NANO: ("比率 ratio", NANO)}
_INPUT = PatternFill("solid", fgColor="FFF2CC")
_HEAD = (
    "特征 feature",
    "含义 meaning",
    "单位 unit",
    "输入 input",
    "整数值 in units",
    "箱号 bin no.",
    "分箱 bin",
    "分值 points",
    "失分 points lost",
)
_PAIR_HEAD = ("双变量 pair", "", "", "", "行号 row", "列号 column", "", *_HEAD[7:])


class _Lists(NamedTuple):
    """Where the lists of one set of bins stand on their sheet, as ranges; empty where there are none."""

    begins: str
    numbers: str
    words: str
    word_numbers: str


def excel_workbook(card: Card) -> bytes:
    """Return a card as an .xlsx file, the same bytes every time.

    Raises: InputError if a cut or a special code has more than 15 digits.
    """
    book = Workbook()
    score: Worksheet = book.active
    score.title = "Score"
    tables, pairs = book.create_sheet("Tables"), book.create_sheet("Pairs")
    _head(tables, ("特征 feature", "箱号 no.", "分箱 bin", "分值 points", "起点 from", "箱号 no.",
                   "值 value", "箱号 no."))  # fmt: skip
    at = 2
    for number in range(len(card.features)):
        at = _feature_row(card, number, score, tables, at)
    first_pair = FIRST_ROW + len(card.features) + 2
    if card.pairs:
        _head(score, _PAIR_HEAD, row=first_pair - 1)
    at = 1
    for number in range(len(card.pairs)):
        at = _pair_row(card, number, score, first_pair + number, pairs, at)
    _answers(card, score, tables, first_pair)
    return _bytes(book)


def _feature_row(card: Card, number: int, score: Worksheet, tables: Worksheet, at: int) -> int:
    """Write one feature and its table; return the next free row of `Tables`."""
    entry, row = card.features[number], FIRST_ROW + number
    feature = entry.feature
    ways = branches(feature, entry.bins)
    for offset, part in enumerate(entry.bins):
        _put(tables, at + offset, (feature.name, offset + 1, part.label(feature.kind), part.points))
    lists = _lists(tables, at, 5, ways, feature)
    last = at + len(entry.bins) - 1
    unit, _ = _UNITS.get(feature.kind, ("", 1))
    best = max(part.points for part in entry.bins)
    _put(score, row, (feature.name, f"{feature.zh} {feature.en}", unit))
    score.cell(row, 4).fill = _INPUT
    if feature.kind in NUMBERS:
        score.cell(row, 5).value = _unit_formula(feature, row)
    score.cell(row, 6).value = f"={_bin_formula(feature, ways, lists, row)}"
    score.cell(row, 7).value = f'=IF(ISNUMBER(F{row}),INDEX(Tables!$C${at}:$C${last},F{row}),"{REFERS}")'
    score.cell(row, 8).value = f'=IF(ISNUMBER(F{row}),INDEX(Tables!$D${at}:$D${last},F{row}),"{REFERS}")'
    score.cell(row, 9).value = f'=IF(ISNUMBER(H{row}),{best}-H{row},"{REFERS}")'
    return _free_row(tables)


def _pair_row(card: Card, number: int, score: Worksheet, row: int, pairs: Worksheet, at: int) -> int:
    """Write one pair and its cells; return the next free row of `Pairs`."""
    pair = card.pairs[number]
    names = [entry.feature.name for entry in card.features]
    _put(pairs, at, (pair.name,))
    top, numbers = at + 1, list[str]()
    for (feature, bins), column in zip(axes(card, pair), (1, 6), strict=True):
        ways = branches(feature, bins)
        for offset, part in enumerate(bins):
            _put(pairs, top + offset, (part.label(feature.kind),), column=column)
        lists = _lists(pairs, top, column + 1, ways, feature)
        numbers.append(_bin_formula(feature, ways, lists, FIRST_ROW + names.index(feature.name)))
    for offset, cells in enumerate(pair.points):
        _put(pairs, top + offset, cells, column=12)
    corner = pairs.cell(top + len(pair.rows) - 1, 11 + len(pair.columns))
    ends = f"{pairs.cell(top, 12).coordinate}:{corner.coordinate}"
    _put(score, row, (pair.name,))
    score.cell(row, 5).value, score.cell(row, 6).value = (f"={formula}" for formula in numbers)
    both = f"AND(ISNUMBER(E{row}),ISNUMBER(F{row}))"
    score.cell(row, 8).value = f'=IF({both},INDEX(Pairs!{_fixed(ends)},E{row},F{row}),"{REFERS}")'
    score.cell(row, 9).value = f'=IF(ISNUMBER(H{row}),{pair.most}-H{row},"{REFERS}")'
    return _free_row(pairs)


def _lists(sheet: Worksheet, top: int, column: int, ways: Sequence[Branch], feature: CardFeature) -> _Lists:
    """Write where bins begin (two columns) and what is a bin's by name (two more); return their ranges."""
    below = [way for way in ways if way.below is not None or (way.is_rest and feature.kind in NUMBERS)]
    begins = [_LEAST, *(_checked(way.below, feature) for way in below[:-1] if way.below is not None)]
    named = [
        (word if isinstance(word, str) else _checked(word, feature), way.bin)
        for way in ways
        for word in (*way.codes, *way.words)
    ]
    pairs = list(zip(begins, below, strict=True)) if below else []
    for offset, (begin, way) in enumerate(pairs):
        _put(sheet, top + offset, (begin, _number(way.bin)), column=column)
    for offset, (word, number) in enumerate(named):
        _put(sheet, top + offset, (word, _number(number)), column=column + 2)
    counts = (len(pairs), len(pairs), len(named), len(named))
    ranges = (
        _range(sheet, top, column + offset, count) if count else "" for offset, count in enumerate(counts)
    )
    return _Lists(*ranges)


def _unit_formula(feature: CardFeature, row: int) -> str:
    """Return the formula that turns what people write into whole units."""
    cell = f"D{row}"
    if feature.kind in _UNITS:
        whole = f'IF(ISNUMBER({cell}),ROUND({cell}*{_UNITS[feature.kind][1]},0),"broken")'
    else:
        whole = f'IF(ISNUMBER({cell}),IF({cell}=INT({cell}),{cell},"broken"),"broken")'
    return f'=IF(ISBLANK({cell}),"missing",{whole})'


def _bin_formula(feature: CardFeature, ways: Sequence[Branch], lists: _Lists, row: int) -> str:
    """Return the formula, without its `=`, that gives the number of the bin, from 1, or refers."""
    missing = _literal(ways[0].bin)
    cell, unit = f"D{row}", f"E{row}"
    if feature.kind is Kind.BOOLEAN:
        truth, lie = (
            _literal(next((way.bin for way in ways if value in way.words), ways[-1].bin))
            for value in (True, False)
        )
        return f'IF(ISBLANK({cell}),{missing},IF(ISLOGICAL({cell}),IF({cell},{truth},{lie}),"{REFERS}"))'
    if feature.kind is Kind.TEXT:
        among = f"SUMPRODUCT(--EXACT({lists.words},{cell}),{lists.word_numbers})"
        seen = f"IF({among}=0,{missing},{among})"
        return f'IF(LEN({cell})=0,{missing},IF(ISTEXT({cell}),{seen},"{REFERS}"))'
    found = f"INDEX({lists.numbers},MATCH({unit},{lists.begins},1))"
    if lists.words:
        found = f"IFERROR(INDEX({lists.word_numbers},MATCH({unit},{lists.words},0)),{found})"
    return f'IF({unit}="missing",{missing},IF(ISNUMBER({unit}),{found},"{REFERS}"))'


def _answers(card: Card, score: Worksheet, tables: Worksheet, first_pair: int) -> None:
    """Write the head of the sheet: the card, its sum, score and pd."""
    last, last_pair = FIRST_ROW + len(card.features) - 1, first_pair + len(card.pairs) - 1
    points = [f"H{FIRST_ROW}:H{last}"] + ([f"H{first_pair}:H{last_pair}"] if card.pairs else [])
    count = "+".join(f"COUNT({cells})" for cells in points)
    total = "+".join(f"SUM({cells})" for cells in points)
    at = _free_row(tables)
    _put(tables, at, ("分数段 band of the score", "", "", "", "起点 from", "pd"))
    for offset, band in enumerate(card.bands, 1):
        begin = _LEAST if band.low is None else band.low
        _put(tables, at + offset, (band.label, "", "", "", begin, band.pd_nano))
    begins, pds = (_range(tables, at + 1, column, len(card.bands)) for column in (5, 6))
    unit = 10**card.decimals
    _put(score, 1, (f"{card.title_zh} {card.title_en}", "", f"SHA-256 {card.hash}"))
    wanted = len(card.features) + len(card.pairs)
    formulas = (
        ("基数 base", card.base),
        ("单位 unit", f"1/{unit} 分 point"),
        ("合计 sum in units", f'=IF({count}={wanted},B2+{total},"{REFERS}")'),
        ("评分 score", f'=IF(ISNUMBER(B4),ROUND(B4/{unit},0),"{REFERS}")'),
        ("score_nano", f'=IF(ISNUMBER(B4),B4*{NANO // unit},"{REFERS}")'),
        ("pd_nano", f'=IF(ISNUMBER(B5),INDEX({pds},MATCH(B5,{begins},1)),"{REFERS}")'),
    )
    for offset, line in enumerate(formulas):
        _put(score, 2 + offset, line, keep=True)
    _head(score, _HEAD, row=FIRST_ROW - 1)
    for letter, width in zip("ABCDEFGHI", (22, 34, 14, 16, 18, 10, 30, 12, 14), strict=True):
        score.column_dimensions[letter].width = width


def _free_row(sheet: Worksheet) -> int:
    """Return the row after the next, an empty one between."""
    return int(sheet.max_row) + 2


def _put(
    sheet: Worksheet, row: int, values: Sequence[object], *, column: int = 1, keep: bool = False
) -> None:
    """Write values side by side; a text that looks like a formula stays a text unless formulas are kept."""
    for offset, value in enumerate(values):
        if value == "":
            continue
        cell: Cell = sheet.cell(row, column + offset)
        cell.value = value
        if isinstance(value, str) and not keep:
            cell.data_type = "s"


def _head(sheet: Worksheet, words: Sequence[str], *, row: int = 1) -> None:
    _put(sheet, row, words)
    for cell in sheet[row]:
        cell.font = Font(bold=True)


def _range(sheet: Worksheet, top: int, column: int, count: int) -> str:
    ends = f"{sheet.cell(top, column).coordinate}:{sheet.cell(top + count - 1, column).coordinate}"
    return f"{sheet.title}!{_fixed(ends)}"


def _fixed(ends: str) -> str:
    """Return a range that does not move when its formula is copied: `$A$1:$A$9`."""
    parts = (
        f"${cell.rstrip('0123456789')}${cell.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}"
        for cell in ends.split(":")
    )
    return ":".join(parts)


def _number(number: int | None) -> object:
    """Return the number of a bin as cells hold it, from 1."""
    return REFERS if number is None else number + 1


def _literal(number: int | None) -> str:
    return f'"{REFERS}"' if number is None else str(number + 1)


def _checked(value: int, feature: CardFeature) -> int:
    if abs(value) >= _DIGITS:
        raise InputError(
            f"a workbook keeps 15 digits of a number, a cut of {feature.name} has more", got=value
        )
    return value


def _bytes(book: Workbook) -> bytes:
    """Return the file with no time of day in it."""
    book.properties.creator = "creditloop"
    written, kept = BytesIO(), BytesIO()
    book.save(written)
    with ZipFile(written) as old, ZipFile(kept, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = _CLOCK.sub(rb"\g<1>2000-01-01T00:00:00Z<", old.read(name))
            new.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return kept.getvalue()
