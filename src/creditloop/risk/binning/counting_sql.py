"""Queries that count goods and bads by value in a database, so that no row has to move (库内计数).

`counts_query` is one statement for any number of features; each of its parts reads the column of the
features it counts and that of the outcomes, once. `cells_query` asks first, if a column may hold more
distinct values than are to be carried: into how many cells it falls for every step of the ladder of
`counting`. Standard SQL only (case, cast, group by, union all), nothing that rounds: tested in DuckDB and
SQLite against Polars to the byte; % must cut toward zero, as it does in PostgreSQL and Spark too. What the
rows say is read by `counts_from_rows`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NUMBERS, CardFeature
from creditloop.risk.binning.counting import BITS, CELLS_MAX, Count, ValueCounts, within

_DIGITS = BITS[0]
_NO_NUMBER, _NO_WORD = "cast(null as bigint)", "cast(null as varchar)"
_TRUE_FALSE = "case when {0} then 'true' when not {0} then 'false' end"


def counts_query(
    *, table: str, features: Sequence[CardFeature], bad: str, bits: Mapping[str, int] | None = None
) -> str:
    """Write the query that counts goods and bads of features by value; one row a group.

    A row is: feature, special code, least, greatest, word, goods, bads; of the missing all between are null.

    Args:
        table: a name, or names joined by dots; columns are named as the features are.
        features: numbers as integer columns of their whole unit, words as text, booleans as booleans.
        bad: the column of outcomes, 0/1 or boolean, none missing.
        bits: by feature, of the ladder, as `bits_within` gives; every value apart where it is not named.
    Raises: InputError if there is no feature, one twice, or bits that are not of the ladder.
    """
    if not features or len({one.name for one in features}) != len(features):
        raise InputError("features to count are named once each", got=[one.name for one in features])
    kept = {one.name: (bits or {}).get(one.name, BITS[0]) for one in features}
    if wrong := {name: one for name, one in kept.items() if one not in BITS}:
        raise InputError("no such digits to count by", got=wrong, expected=list(BITS))
    parts = [_counted(one, table=_name(table), bad=_quoted(bad), bits=kept[one.name]) for one in features]
    return "\nunion all\n".join(parts)


def cells_query(*, table: str, features: Sequence[CardFeature]) -> str:
    """Write the query that tells of features how many cells their numbers fall into; text has none.

    Its rows are feature and one count for each step of the ladder `BITS`.
    Raises: InputError if no feature is a number.
    """
    numbers = [one for one in features if one.kind in NUMBERS]
    if not numbers:
        raise InputError("only numbers fall into cells", got=[one.name for one in features])
    return "\nunion all\n".join(_probed(one, table=_name(table)) for one in numbers)


def bits_within(*, rows: Iterable[Sequence[object]], cells_max: int = CELLS_MAX) -> dict[str, int]:
    """Return the digits by which each feature falls into few enough cells, from rows of `cells_query`."""
    found = dict[str, int]()
    for name, *counts in rows:
        enough = (bits for bits, one in zip(BITS, counts, strict=True) if int(str(one)) <= cells_max)
        found[str(name)] = next(enough, BITS[-1])
    return found


def counts_from_rows(
    *,
    rows: Iterable[Sequence[object]],
    features: Sequence[CardFeature],
    bits: Mapping[str, int] | None = None,
    cells_max: int = CELLS_MAX,
) -> dict[str, ValueCounts]:
    """Return the counts of each feature from rows of `counts_query`, in any order.

    Args:
        bits: as `counts_query` was given them.
        cells_max: as Polars would be asked for, see `count_values`.
    Raises: InputError if a row is of no feature asked for, or not of its kind.
    """
    by_name: dict[str, list[Sequence[object]]] = {one.name: [] for one in features}
    for row in rows:
        if row[0] not in by_name:
            raise InputError("a count is of no feature asked for", got=row[0], expected=sorted(by_name))
        by_name[str(row[0])].append(row)
    return {
        one.name: within(
            _read(one, by_name[one.name], (bits or {}).get(one.name, BITS[0])), cells_max=cells_max
        )
        for one in features
    }


def _read(feature: CardFeature, rows: Sequence[Sequence[object]], bits: int) -> ValueCounts:
    is_number = feature.kind in NUMBERS
    special, missing = dict.fromkeys(feature.special, Count(0, 0)), Count(0, 0)
    values = list[tuple[int, int, int, int]]()
    words = list[tuple[str | bool, Count]]()
    for _, code, least, most, word, goods, bads in rows:
        count = Count(_whole(goods), _whole(bads))
        if code is not None:
            special[_whole(code)] = count
        elif least is not None:
            values.append((_whole(least), _whole(most), *count))
        elif word is not None:
            words.append((word == "true" if feature.kind is Kind.BOOLEAN else str(word), count))
        else:
            missing = count
    words.sort(key=lambda one: one[0])
    values = sorted(values) if is_number else [(0, 0, *count) for _, count in words]
    least, most, goods, bads = np.array(values, dtype=np.int64).reshape(-1, 4).T.copy()
    return ValueCounts(
        feature=feature,
        least=least if is_number else least[:0],
        most=most if is_number else most[:0],
        words=tuple(word for word, _ in words),
        goods=goods,
        bads=bads,
        special=tuple(special[code] for code in feature.special),
        missing=missing,
        bits=bits,
    )


def _whole(value: object) -> int:
    """Return a count as the database gives it: an integer, or a decimal without a fraction."""
    return int(str(value))


def _counted(feature: CardFeature, *, table: str, bad: str, bits: int) -> str:
    """Write the part of one feature: values with their group, then the groups counted."""
    column, word, code, cell = _quoted(feature.name), _NO_WORD, _NO_NUMBER, _NO_NUMBER
    least = most = _NO_NUMBER
    if feature.kind in NUMBERS:
        cell, least, most = _cell(column, bits), "cast(min(value) as bigint)", "cast(max(value) as bigint)"
        if feature.special:
            code = f"case when {column} in ({_codes(feature)}) then cast({column} as bigint) end"
    else:
        word = column if feature.kind is Kind.TEXT else _TRUE_FALSE.format(column)
    return (
        f"select {_text(feature.name)} as feature, code, {least} as least, {most} as most, word,"
        f" sum(1 - bad) as goods, sum(bad) as bads\n"
        f"from (select {column} as value, {code} as code, {cell} as cell, {word} as word,"
        f" cast({bad} as integer) as bad from {table}) as counted\n"
        f"group by code, cell, word"
    )


def _probed(feature: CardFeature, *, table: str) -> str:
    """Write the part of one feature: what a value's cell is wide at the coarsest step, then every step."""
    column, coarsest = _quoted(feature.name), BITS[-1]
    unit = _by_digits(column, lambda digits: str(2 ** (digits - coarsest)), least=coarsest)
    widths = [
        f"case when unit > {part} then cast(unit / {part} as bigint) else 1 end"  # powers of two: exact
        for part in (2 ** (bits - coarsest) for bits in BITS[1:])
    ]
    cells = ["value", *(f"value - value % ({one})" for one in widths)]
    counts = ", ".join(f"count(distinct {one})" for one in cells)
    return (
        f"select {_text(feature.name)}, {counts}\n"
        f"from (select {column} as value, {unit} as unit from {table}{_not_special(feature)}) as counted"
    )


def _cell(column: str, bits: int) -> str:
    """Write `counting.cells`: a value less what is beyond its leading digits."""

    def cut(digits: int) -> str:
        return column if digits == bits else f"{column} - {column} % {2 ** (digits - bits)}"

    return _by_digits(column, cut, least=bits)


def _by_digits(column: str, give: Callable[[int], str], *, least: int, most: int = _DIGITS) -> str:
    """Write what is given for a value of so many digits, found by bisection: six comparisons at most."""
    if least == most:
        return give(least)
    middle = (least + most) // 2
    fewer = _by_digits(column, give, least=least, most=middle)
    more = _by_digits(column, give, least=middle + 1, most=most)
    return f"case when {column} between {1 - 2**middle} and {2**middle - 1} then {fewer} else {more} end"


def _not_special(feature: CardFeature) -> str:
    return f" where {_quoted(feature.name)} not in ({_codes(feature)})" if feature.special else ""


def _codes(feature: CardFeature) -> str:
    return ", ".join(str(code) for code in feature.special)


def _name(table: str) -> str:
    return ".".join(_quoted(part) for part in table.split("."))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
