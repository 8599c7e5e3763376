"""A card as SQL (导出 SQL): one CASE a feature and a pair, the same text for DuckDB, PostgreSQL and SQLite.

Numbers are columns of whole numbers in the card's units (fen, billionths), words texts, true and false what
the engine has for them. Whole numbers only, no division but of what divides: an engine's rounding decides
nothing. Where the case refers, score and pd are null.
"""

from collections.abc import Callable, Collection, Sequence

from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NANO
from creditloop.risk.card.card import Card
from creditloop.risk.card.pairs import PairTable
from creditloop.risk.exports.branches import Branch, axes, branches


def sql_units(card: Card, *, states: Collection[str] = ()) -> str:
    """Return the expression of a card's sum in units, null where the case refers.

    Args:
        states: features beside which the table has a column `<feature>__state`; a null that failed to be
            computed is then told from one that is missing, as `Card.score` does.
    Raises: InputError for a name that is no feature of the card.
    """
    names = [entry.feature.name for entry in card.features]
    if unknown := sorted(set(states) - set(names)):
        raise InputError("the card has no such feature", got=unknown, expected=names)
    terms = [str(card.base)]
    for entry in card.features:
        points = [str(part.points) for part in entry.bins]
        name = entry.feature.name
        term = _case(name, branches(entry.feature, entry.bins), points.__getitem__)
        terms.append(_guarded(term, name) if name in states else term)
    terms += [_pair_case(card, pair) for pair in card.pairs]
    return "\n  + ".join(terms)


def sql_select(card: Card, *, table: str, keys: Sequence[str], states: Collection[str] = ()) -> str:
    """Return a SELECT of the keys, `score`, `pd_nano` and `score_nano` of every row of a table.

    Args:
        table: its name, or a parenthesised query with an alias; taken as it stands.
        keys: columns that tell the rows apart.
        states: see `sql_units`.
    """
    own = "".join(f"{_name(key)}, " for key in keys)
    unit = 10**card.decimals
    rounded = "units"
    if card.decimals:
        away = f"units + CASE WHEN units < 0 THEN {-(unit // 2)} ELSE {unit // 2} END"
        rounded = f"CAST((({away}) - ({away}) % {unit}) / {unit} AS BIGINT)"
    whens = [f"WHEN score < {band.high} THEN {band.pd_nano}" for band in card.bands[:-1]]
    last = f"WHEN score IS NOT NULL THEN {card.bands[-1].pd_nano}"
    return f"""\
-- {_comment(card.name)}, SHA-256 {card.hash}
SELECT {own}score, CASE {" ".join([*whens, last])} END AS pd_nano, score_nano
FROM (
SELECT {own}{rounded} AS score, units * {NANO // unit} AS score_nano
FROM (
SELECT {own}CAST({sql_units(card, states=states)} AS BIGINT) AS units
FROM {table}
) AS card_units
) AS card_scores"""


def _pair_case(card: Card, pair: PairTable) -> str:
    """Write the choice of a cell: the row, and within it the column."""
    (row, rows), (column, columns) = axes(card, pair)
    inner = branches(column, columns)
    cells = [
        _case(column.name, inner, [str(points) for points in cells].__getitem__) for cells in pair.points
    ]
    return _case(row.name, branches(row, rows), cells.__getitem__)


def _case(name: str, ways: Sequence[Branch], give: Callable[[int], str]) -> str:
    """Write a choice; `give` says what a bin gives."""
    parts = list[str]()
    for way in ways:
        told = "NULL" if way.bin is None else give(way.bin)
        parts.append(f"ELSE {told}" if way.is_rest else f"WHEN {_test(name, way)} THEN {told}")
    return f"CASE {' '.join(parts)} END"


def _test(name: str, way: Branch) -> str:
    column = _name(name)
    if way.is_null:
        return f"{column} IS NULL"
    if way.codes:
        return f"{column} IN ({', '.join(map(str, way.codes))})"
    if way.below is not None:
        return f"{column} < {way.below}"
    if isinstance(way.words[0], bool):
        return " OR ".join(column if truth else f"NOT {column}" for truth in way.words)
    return f"{column} IN ({', '.join(_text(str(word)) for word in way.words)})"


def _guarded(term: str, name: str) -> str:
    """Return a term that is null where the feature's state is none, or says that it failed."""
    return f"CASE WHEN {_name(f'{name}__state')} BETWEEN 0 AND 3 THEN {term} END"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"


def _comment(text: str) -> str:
    return " ".join(text.split())
