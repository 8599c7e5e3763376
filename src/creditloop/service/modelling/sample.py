"""The rows of a model's plan: features of their kinds, outcomes, who is protected, who came later.

Columns are turned into whole units here: money, written in yuan, into fen, a ratio into nano. A column that
cannot be (infinite values, halves of a whole number, text for numbers) stays as it is, so that it is named
as a finding before anything is fitted; it is never bent into shape.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk import CardFeature
from creditloop.risk.probes import bands_of
from creditloop.service.modelling.plans.plan import ModelPlan, TableData

Bools = npt.NDArray[np.bool_]

AGE_BAND = "age_band"
"""The group that a protected age is looked at by."""
NO_RECORD = "no_record"
"""The segment of those of whom the column says nothing: customers without a record."""
_UNITS = {Kind.INTEGER: 1, Kind.MONEY: 100, Kind.NANO: 1_000_000_000}
_EXACT_MOST = 2.0**62
_WHOLE = 1e-6
"""How far from a whole unit a number may be written: floats hold 0.29 yuan as 28.999999999999996 fen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows ready to be looked at and fitted.

    Attributes:
        frame: (n rows) a column a feature.
        bad: (n,) outcomes of the same rows.
        attributes: protected columns as texts, `age_band` among them; no columns where none are protected.
        segments: columns to validate by, as texts; null is a customer without a record.
        months: (n,) the time of each row; None without a split by time.
        late: (n,) whether a row is out of time; nothing is fitted on it.
        rejected: features of those turned down; None where the plan has none.
        parties: (n,) whom each row is about, where one customer may have several; None where each row is
            another's, as far as is known.
        facts: what the data are, for the card: names, hashes, counts.
    """

    frame: pl.DataFrame
    bad: Bools
    features: tuple[CardFeature, ...]
    sources: Mapping[str, tuple[str, ...]]
    attributes: pl.DataFrame
    segments: pl.DataFrame
    months: pl.Series | None
    late: Bools
    rejected: pl.DataFrame | None
    parties: pl.Series | None
    facts: Mapping[str, str | int]


def table_sample(plan: ModelPlan, data: TableData, *, folder: Path) -> Sample:
    """Read the plan's table; `folder` is the plan's own.

    Raises: InputError for a file or a column that is not there, a row without outcome that was not turned
        down, an outcome of one class.
    """
    file = folder / data.file
    try:
        content = file.read_bytes()
        table = pl.read_parquet(content)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _unreadable(plan, data, error) from error
    _check_columns(table, plan)
    features = pl.DataFrame([_column(table[entry.column], entry.feature) for entry in plan.columns])
    return assembled(
        plan,
        rows=table,
        protected=table,
        features=features,
        offered=tuple(entry.feature for entry in plan.columns),
        parties=None,
        facts={
            "data": data.origin.title,
            "data_hash": hashlib.sha256(content).hexdigest(),
            "rows_in_file": table.height,
        },
    )


def assembled(
    plan: ModelPlan,
    *,
    rows: pl.DataFrame,
    protected: pl.DataFrame,
    features: pl.DataFrame,
    offered: tuple[CardFeature, ...],
    parties: pl.Series | None,
    facts: Mapping[str, str | int],
) -> Sample:
    """Make a sample of rows: whom it has an outcome of, whom it turned down, who came later.

    Args:
        rows: the columns of the target, the decision, the time and the segments; `protected` those of the
            protected groups, `features` those that may be fitted, all of the same rows.
    Raises: InputError for a row without outcome that was not turned down, or an outcome of one class.
    """
    turned_down = _turned_down(rows, plan)
    known = rows.filter(~turned_down)
    months = None if plan.split.time is None else _months(known, plan)
    return Sample(
        frame=features.filter(~turned_down),
        bad=_outcomes(known[plan.target.column], plan),
        features=offered,
        sources=plan.sources,
        attributes=protected_groups(protected.filter(~turned_down), plan),
        segments=segment_columns(known, plan),
        months=months,
        late=np.zeros(known.height, dtype=np.bool_) if months is None else _late(months, plan),
        rejected=features.filter(turned_down) if plan.rejected is not None else None,
        parties=None if parties is None else parties.filter(~turned_down),
        facts=facts,
    )


def protected_groups(table: pl.DataFrame, plan: ModelPlan) -> pl.DataFrame:
    """Return the protected columns as texts, and the band of the age."""
    if plan.fairness is None:
        return pl.DataFrame()
    groups = [_words(table[entry.column], plan, "fairness") for entry in plan.fairness.attributes]
    if plan.fairness.age is not None:
        age = table[plan.fairness.age.column]
        if not age.dtype.is_numeric():
            raise InputError(
                "the age is no number of years",
                got=str(age.dtype),
                where={**plan_place(plan, "fairness.age"), "column": age.name},
            )
        groups.append(bands_of(values=age, starts=plan.fairness.age.starts).alias(AGE_BAND))
    return pl.DataFrame(groups)


def segment_columns(table: pl.DataFrame, plan: ModelPlan) -> pl.DataFrame:
    """Return the columns to validate by, as texts."""
    names = [entry.column for entry in plan.validation.segments]
    return pl.DataFrame([_words(table[name], plan, "validation.segments") for name in names])


def is_bad(values: pl.Series, plan: ModelPlan) -> Bools:
    """Return which outcomes are bad; none is missing.

    Raises: InputError if the value called bad cannot be one of the column's, or there is one class only.
    """
    target = plan.target
    try:
        found = values > target.above if target.above is not None else values.is_in(list(target.bad))
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise InputError(
            "the value that is bad is not one this column can have",
            got=list(target.bad) or target.above,
            expected=str(values.dtype),
            where=plan_place(plan, "target"),
        ) from error
    bad = found.to_numpy().astype(np.bool_)
    if not 0 < int(bad.sum()) < len(bad):
        raise InputError(
            "the target has one outcome only",
            got=f"{int(bad.sum())} bad of {len(bad)}",
            where={**plan_place(plan, "target"), "column": target.column},
            hint="the value that is bad stands under target.bad",
        )
    return bad


def _words(values: pl.Series, plan: ModelPlan, field: str) -> pl.Series:
    """Return values as names of groups."""
    if values.dtype.is_nested() or values.dtype == pl.Binary:
        raise InputError(
            "values of this column are no names of groups",
            got=str(values.dtype),
            where={**plan_place(plan, field), "column": values.name},
        )
    return values.cast(pl.String)


def _outcomes(values: pl.Series, plan: ModelPlan) -> Bools:
    values = values.fill_nan(None) if values.dtype.is_float() else values  # what is no number is no outcome
    if values.null_count():
        raise InputError(
            "rows have no outcome",
            got=values.null_count(),
            expected=0,
            where={**plan_place(plan, "target"), "column": plan.target.column},
            hint="those who were turned down are told by the plan's `rejected`",
        )
    return is_bad(values, plan)


def _turned_down(table: pl.DataFrame, plan: ModelPlan) -> pl.Series:
    rejected = plan.rejected
    if rejected is None:
        return pl.Series([False]).new_from_index(0, table.height)
    column = table[rejected.column]
    try:
        found = column.is_in([rejected.value]).fill_null(value=False)
    except (pl.exceptions.PolarsError, TypeError):
        found = pl.Series([False]).new_from_index(0, table.height)  # no value of this kind is there
    if not found.any():
        raise InputError(
            "no row was turned down",
            got=rejected.value,
            where={**plan_place(plan, "rejected"), "column": rejected.column},
        )
    return found


def _months(known: pl.DataFrame, plan: ModelPlan) -> pl.Series:
    assert plan.split.time is not None
    column = known[plan.split.time.column]
    if column.null_count():
        raise InputError(
            "rows have no time", got=column.null_count(), expected=0, where=plan_place(plan, "split.time")
        )
    return column


def _late(months: pl.Series, plan: ModelPlan) -> Bools:
    """Return which rows are later than the split's last day; both sides must have some."""
    assert plan.split.time is not None
    try:
        late = (months > plan.split.time.until).to_numpy().astype(np.bool_)
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise InputError(
            "the time of the split is not of its column's kind",
            got=plan.split.time.until,
            expected=str(months.dtype),
            where=plan_place(plan, "split.time"),
        ) from error
    if not late.any() or late.all():
        raise InputError(
            "all rows are on one side of the split by time",
            got=f"{int(late.sum())} of {len(late)} later",
            where=plan_place(plan, "split.time"),
        )
    return late


def _column(values: pl.Series, feature: CardFeature) -> pl.Series:
    """Return a column in its feature's whole units, or as it is where it cannot be."""
    named = values.alias(feature.name)
    dtype = values.dtype
    if feature.kind not in _UNITS or not dtype.is_numeric():
        return named.cast(pl.String) if dtype in {pl.Categorical, pl.Enum} else named
    unit = _UNITS[feature.kind]
    if dtype.is_integer():
        whole = named.cast(pl.Int64, strict=False)
        room = whole.drop_nulls().is_between(-(2**62) // unit, 2**62 // unit).all()
        fits = room and whole.null_count() == named.null_count()
        return whole * unit if fits else named.cast(pl.Float64)
    numbers = named.cast(pl.Float64)
    scaled = numbers.drop_nulls() * unit
    exact = feature.kind is Kind.NANO or bool(((scaled - scaled.round()).abs() < _WHOLE).all())
    if not bool(scaled.is_finite().all()) or not bool((scaled.abs() < _EXACT_MOST).all()) or not exact:
        return numbers
    return (numbers * unit).round().cast(pl.Int64)


def _check_columns(table: pl.DataFrame, plan: ModelPlan) -> None:
    for field, columns in _asked(plan).items():
        if absent := [column for column in columns if column not in table.columns]:
            raise InputError(
                f"{field} names columns the table does not have",
                got=absent,
                expected=table.columns,
                where=plan_place(plan, field),
            )


def _asked(plan: ModelPlan) -> dict[str, Sequence[str]]:
    fairness, time = plan.fairness, plan.split.time
    protected = [] if fairness is None else [entry.column for entry in fairness.attributes]
    aged = [fairness.age.column] if fairness is not None and fairness.age is not None else []
    return {
        "target": [plan.target.column],
        "columns": [entry.column for entry in plan.columns],
        "fairness": [*protected, *aged],
        "split.time": [] if time is None else [time.column],
        "validation.segments": [entry.column for entry in plan.validation.segments],
        "rejected": [] if plan.rejected is None else [plan.rejected.column],
    }


def plan_place(plan: ModelPlan, field: str) -> dict[str, object]:
    """Return the place of a part of the plan, for errors."""
    node, line = plan.document.root, 1
    for key in field.split("."):
        node = node.mapping()[key]
        line = node.key_line or node.line
    return {"file": plan.document.path, "line": line, "field": field}


def _unreadable(plan: ModelPlan, data: TableData, error: Exception) -> InputError:
    reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
    return InputError(
        "the table cannot be read",
        got=f"{data.file}: {reason}",
        expected="a Parquet file, named relative to the plan",
        where=plan_place(plan, "data.table"),
    )
