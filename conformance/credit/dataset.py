"""A described credit data set: what is the target, what is not to be read, how the rows are parted.

Columns become features of a card: whole numbers as they are, other numbers in nano, or in a smaller part of
one where nano would not fit 64 bits; words and truth as they are; days as days since 1970. What is not finite
is missing. Nothing is dropped in silence: every change of a column is a note.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from creditloop.formula import RESERVED, Kind
from creditloop.kernel.documents import Node, read_document
from creditloop.kernel.errors import InputError
from creditloop.risk import CardFeature, Direction
from creditloop.risk.measures.outcomes import Bools

NANO = 10**9
_INT64_MOST = 2**63 - 1
_NAME = re.compile(r"[^0-9a-z]+")
_REQUIRED = ("name", "data", "target", "bad")
_OPTIONAL = ("title", "drop", "protected", "age", "special_codes", "sources", "folds", "time_split", "seed")
SEED = 42
"""Where a description gives none."""
_FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSplit:
    """Rows up to a value of a column are fitted on, the later ones are judged."""

    column: str
    train_until: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A data set as described.

    Attributes:
        data: the Parquet file.
        target: the column of the outcome; `bad` the values that are bad, or `above`, a number beyond which
            it is.
        drop: columns that are read by nothing.
        protected: columns that are no input of a model, and stand in the report on fairness.
        age: a column of years that stands there as well, in bands; it may be an input.
        special_codes: numbers with a meaning of their own, by column.
        sources: columns by the source they come from, for the fused model.
        folds: how many, with rows shuffled; `time_split` instead.
    """

    name: str
    data: Path
    target: str
    bad: tuple[object, ...]
    above: float | None
    drop: tuple[str, ...]
    protected: tuple[str, ...]
    age: str | None
    special_codes: Mapping[str, tuple[float, ...]]
    sources: Mapping[str, tuple[str, ...]]
    folds: int
    shuffle: bool
    fold_seed: int
    time_split: TimeSplit | None
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The rows of a data set, ready to be fitted.

    Attributes:
        frame: a column a feature, of its kind; `features` in the order of the file.
        values: the same columns as the file has them, what is not finite missing.
        bad: (n,) outcomes.
        columns: by feature, the column of the file it was made of.
        sources: features by source.
        protected: columns of the file as they are, `age` among them.
        when: the column of the split by time.
        notes: what was changed, by column.
    """

    frame: pl.DataFrame
    values: pl.DataFrame
    bad: Bools
    features: tuple[CardFeature, ...]
    columns: Mapping[str, str]
    sources: Mapping[str, tuple[str, ...]]
    protected: pl.DataFrame
    when: pl.Series | None
    notes: tuple[str, ...]


def read_description(file: Path) -> Description:
    """Read a description; paths in it are relative to the file.

    Raises: PolicyError naming file, line and field.
    """
    root = read_document(file, root=file.parent).root
    parts = root.mapping(required=list(_REQUIRED), optional=list(_OPTIONAL))
    if "folds" in parts and "time_split" in parts:
        raise root.fail("rows are parted by folds or by time", got="both", expected="one of them")
    folds, shuffle, fold_seed = _folds(parts.get("folds"))
    bad, above = _bad(parts["bad"])
    return Description(
        name=parts["name"].text(),
        data=(file.parent / parts["data"].text()).resolve(),
        target=parts["target"].text(),
        bad=bad,
        above=above,
        drop=_texts(parts.get("drop")),
        protected=_texts(parts.get("protected")),
        age=parts["age"].text() if "age" in parts else None,
        special_codes={
            key: tuple(_number(entry) for entry in node.items())
            for key, node in _entries(parts.get("special_codes")).items()
        },
        sources={key: _texts(node) for key, node in _entries(parts.get("sources")).items()},
        folds=folds,
        shuffle=shuffle,
        fold_seed=fold_seed,
        time_split=_time_split(parts.get("time_split")),
        seed=parts["seed"].integer(least=0) if "seed" in parts else SEED,
    )


def load_sample(described: Description) -> Sample:
    """Read the table and make features of its columns.

    Raises: InputError for a file or a column that is not there, a target without one of the two outcomes.
    """
    try:
        table = pl.read_parquet(described.data)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            "the data cannot be read", got=str(error), where={"file": described.data.name}
        ) from error
    table, notes = _named_apart(table)
    _check_columns(table, described)
    bad = _outcomes(table[described.target], described)
    aside = {described.target, *described.drop, *described.protected}
    if described.time_split is not None:
        aside.add(described.time_split.column)
    names = _feature_names([name for name in table.columns if name not in aside])
    frame, features = dict[str, pl.Series](), list[CardFeature]()
    for column, name in names.items():
        series, feature = _feature(table[column], name, described.special_codes.get(column, ()), notes)
        frame[name] = series
        features.append(feature)
    shown = [*described.protected, *([described.age] if described.age else [])]
    return Sample(
        frame=pl.DataFrame(frame),
        values=table.select(_finite(table[column]).alias(name) for column, name in names.items()),
        bad=bad,
        features=tuple(features),
        columns={name: column for column, name in names.items()},
        sources={
            source: tuple(names[column] for column in columns if column in names)
            for source, columns in described.sources.items()
        },
        protected=table.select(shown),
        when=None if described.time_split is None else table[described.time_split.column],
        notes=tuple(notes),
    )


def _named_apart(table: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return the table with surrounding blanks of its column names taken off."""
    stripped = [name.strip() for name in table.columns]
    changed = [name for name, new in zip(table.columns, stripped, strict=True) if name != new]
    if len(set(stripped)) != len(stripped):
        return table, []
    return table.rename(dict(zip(table.columns, stripped, strict=True))), [
        f"{name!r}: blanks around the name were taken off" for name in changed
    ]


def _check_columns(table: pl.DataFrame, described: Description) -> None:
    split = () if described.time_split is None else (described.time_split.column,)
    asked = {
        "target": (described.target,),
        "protected": described.protected,
        "age": (described.age,) if described.age else (),
        "special_codes": tuple(described.special_codes),
        "sources": tuple(column for columns in described.sources.values() for column in columns),
        "time_split": split,
        "drop": described.drop,
    }
    for field, columns in asked.items():
        if absent := [column for column in columns if column not in table.columns]:
            raise InputError(
                f"{field} names columns the data does not have", got=absent, expected=table.columns
            )


def _outcomes(target: pl.Series, described: Description) -> Bools:
    if target.null_count():
        raise InputError("the target is missing in rows", got=target.null_count(), expected=0)
    if described.above is not None:
        bad = (target.cast(pl.Float64) > described.above).to_numpy()
    else:
        wanted = {_plain(value) for value in described.bad}
        bad = np.array([_plain(value) in wanted for value in target.to_list()], dtype=np.bool_)
    if not 0 < int(bad.sum()) < len(bad):
        raise InputError(
            "the target has one outcome only",
            got=f"{int(bad.sum())} bad of {len(bad)}",
            where={"target": described.target},
            hint="the value that is bad is written under `bad`",
        )
    return bad


def _feature_names(columns: Sequence[str]) -> dict[str, str]:
    """Return each column's feature name: small letters, digits, `_`, no reserved word, no two alike."""
    found, taken = dict[str, str](), set[str]()
    for column in columns:
        plain = re.sub(r"_+", "_", _NAME.sub("_", column.lower())).strip("_")
        spoken = plain and plain[0].isalpha() and plain not in RESERVED
        name = plain if spoken else f"column_{plain}".rstrip("_")
        number, base = 2, name
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        found[column] = name
    return found


def _feature(
    column: pl.Series, name: str, codes: Sequence[float], notes: list[str]
) -> tuple[pl.Series, CardFeature]:
    dtype = column.dtype
    if dtype == pl.Boolean:
        return column, _made(name, column.name, Kind.BOOLEAN)
    if dtype.is_temporal():
        notes.append(f"{column.name}: read as days since 1970-01-01")
        return column.cast(pl.Date).cast(pl.Int64), _made(name, column.name, Kind.INTEGER)
    if dtype.is_integer():
        special = tuple(int(code) for code in codes)
        return column.cast(pl.Int64), _made(name, column.name, Kind.INTEGER, special)
    if dtype.is_float() or dtype.is_decimal():
        return _ratio(column.cast(pl.Float64), name, codes, notes)
    return column.cast(pl.String), _made(name, column.name, Kind.TEXT)


def _finite(column: pl.Series) -> pl.Series:
    """Return a column with nulls for what is not finite."""
    if not column.dtype.is_float():
        return column
    kept = pl.when(pl.col(column.name).is_finite()).then(pl.col(column.name))
    return column.to_frame().select(kept.alias(column.name)).to_series()


def _ratio(
    column: pl.Series, name: str, codes: Sequence[float], notes: list[str]
) -> tuple[pl.Series, CardFeature]:
    """Return numbers as whole ones: as they are, in nano, or in what part of one fits 64 bits."""
    kept = _finite(column)
    if infinite := kept.null_count() - column.null_count():
        notes.append(f"{column.name}: {infinite} values are not finite and count as missing")
    most = float(kept.abs().max() or 0.0)  # type: ignore[arg-type]
    if most < _INT64_MOST / 1024 and bool((kept.drop_nulls() == kept.drop_nulls().round(0)).all()):
        special = tuple(int(code) for code in codes)
        return kept.cast(pl.Int64), _made(name, column.name, Kind.INTEGER, special)
    scale = NANO
    while scale > 1 and most * scale > _INT64_MOST / 2:
        scale //= 10
    if scale != NANO:
        notes.append(f"{column.name}: values to {most:g}, kept in units of 1/{scale}")
    clipped = kept.clip(-(2.0**62), 2.0**62) if scale == 1 else kept
    special = tuple(round(code * scale) for code in codes)
    return (clipped * scale).round(0).cast(pl.Int64), _made(name, column.name, Kind.NANO, special)


def _made(name: str, column: str, kind: Kind, special: tuple[int, ...] = ()) -> CardFeature:
    return CardFeature(name=name, kind=kind, direction=Direction.NONE, zh=column, en=column, special=special)


def _folds(node: Node | None) -> tuple[int, bool, int]:
    if node is None:
        return _FOLDS, True, SEED
    parts = node.mapping(required=["count"], optional=["shuffle", "seed"])
    shuffle = parts["shuffle"].boolean() if "shuffle" in parts else True
    seed = parts["seed"].integer(least=0) if "seed" in parts else SEED
    return parts["count"].integer(least=2, most=50), shuffle, seed


def _time_split(node: Node | None) -> TimeSplit | None:
    if node is None:
        return None
    parts = node.mapping(required=["column", "train_until"], optional=[])
    return TimeSplit(column=parts["column"].text(), train_until=parts["train_until"].plain())


def _bad(node: Node) -> tuple[tuple[object, ...], float | None]:
    value = node.plain()
    if isinstance(value, dict):
        return (), _number(node.mapping(required=["above"], optional=[])["above"])
    return (tuple(value) if isinstance(value, list) else (value,)), None


def _number(node: Node) -> float:
    value = node.plain()
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise node.fail("not a number", got=value)
    try:
        return float(value)
    except ValueError as error:
        raise node.fail("not a number", got=value) from error


def _texts(node: Node | None) -> tuple[str, ...]:
    return () if node is None else tuple(str(entry.plain()) for entry in node.items())


def _entries(node: Node | None) -> Mapping[str, Node]:
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        raise node.fail("not a mapping", got=node.plain())
    return {str(key): entry for key, entry in node.value.items()}


def _plain(value: object) -> object:
    """Return a value as it is compared: 1, 1.0, "1" and true are the same bad."""
    if isinstance(value, bool):
        return float(value)
    try:
        return float(str(value).strip())
    except ValueError:
        return str(value).strip()
