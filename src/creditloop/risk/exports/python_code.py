"""A card as a Python file (导出 Python): no imports but the language's own, one function `score`.

It gives of a row (a dict of plain values, `<feature>__state` heeded) score, pd_nano, score_nano, and the
features that cost points, the most costly first; None instead of numbers where the case refers. What it runs
is data of the card and the same few lines for every card.
"""

from pprint import pformat

from creditloop.risk.binning.bins import NUMBERS
from creditloop.risk.card.card import Card
from creditloop.risk.card.placing import CLASSES

_CODE = '''\
def score(row):
    """Return (score, pd_nano, score_nano, reasons); None three times if the case refers.

    row: plain values by feature: whole numbers (money in fen, ratios in billionths), texts, True and False;
    None is missing. `<feature>__state`, where there is one, must be 0 to 3.
    """
    units, places, lost = BASE, [], []
    for name, kind, cuts, words, missing, points, best in FEATURES:
        place = _place(row, name, kind, cuts, words, missing)
        if place is None or points[place] is None:
            return None, None, None, []
        units += points[place]
        places.append(place)
        lost.append(best - points[place])
    for first, second, rows, columns, cells, best in PAIRS:
        points = cells[rows[places[first]]][columns[places[second]]]
        units += points
        lost[first] += best - points - (best - points) // 2
        lost[second] += (best - points) // 2
    whole = (2 * abs(units) + UNIT) // (2 * UNIT)
    whole = -whole if units < 0 else whole
    ranked = sorted((-cost, at) for at, cost in enumerate(lost) if cost)
    reasons = [FEATURES[at][0] for _, at in ranked]
    return whole, PDS[bisect_right(BANDS, whole)], units * (10**9 // UNIT), reasons


def _place(row, name, kind, cuts, words, missing):
    """Return where a value falls; None if it is not there, failed, or is not of its kind."""
    state = row.get(name + "__state", 0)
    if name not in row or type(state) is not int or not 0 <= state <= 3:
        return None
    value = row[name]
    if value is None:
        return missing
    if type(value).__name__ != kind:
        return None
    if kind != "int":
        return words.get(value, missing)
    place = bisect_right(cuts, value)
    return place if 0 < place < len(cuts) else None
'''


def python_code(card: Card) -> str:
    """Return the source of a card as a Python module."""
    constants = {
        "CARD": card.name,
        "CARD_SHA256": card.hash,
        "BASE": card.base,
        "UNIT": 10**card.decimals,
        "BANDS": [band.high for band in card.bands[:-1]],
        "PDS": [band.pd_nano for band in card.bands],
        "FEATURES": [_feature(card, number) for number in range(len(card.features))],
        "PAIRS": [_pair(card, number) for number in range(len(card.pairs))],
    }
    lines = [
        f"{name} = {pformat(value, width=110, compact=True, sort_dicts=False)}"
        for name, value in constants.items()
    ]
    head = f'"""Scorecard 评分卡, written by its text of SHA-256 {card.hash}; do not edit."""\n\n'
    return f"{head}from bisect import bisect_right\n\n" + "\n".join(lines) + f"\n\n\n{_CODE}"


def _feature(card: Card, number: int) -> tuple[object, ...]:
    """Return name, kind, cuts, words, the place of the missing, points by place, and the best points."""
    entry, places = card.features[number], card.tables.places[number]
    kind = CLASSES[entry.feature.kind].__name__
    points = [None if own is None else entry.bins[own].points for own in places.bins[0]]
    best = max(part.points for part in entry.bins)
    cuts = list(places.cuts) if entry.feature.kind in NUMBERS else []
    return entry.feature.name, kind, cuts, dict(places.words), places.missing, points, best


def _pair(card: Card, number: int) -> tuple[object, ...]:
    """Return the numbers of its features, bins of rows and columns by place, cells, and the best points."""
    pair, crossing = card.pairs[number], card.tables.crossings[number]
    rows, columns = (list(axis) for axis in (crossing.rows, crossing.columns))
    return crossing.first, crossing.second, rows, columns, [list(row) for row in pair.points], pair.most
