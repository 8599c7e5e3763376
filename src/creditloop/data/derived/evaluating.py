"""Compute derived features: of one party by generated Python, of many in Polars, the same values."""

from collections.abc import Mapping

import polars as pl

from creditloop.data.derived.check_reading import row_step
from creditloop.data.derived.definitions import (
    UNKNOWN_CLASS,
    Agreement,
    CheckResult,
    Classification,
    ClassResult,
    CrossCheck,
    DerivedDraft,
    DerivedSet,
    DerivedValue,
    DerivedValues,
    Number,
)
from creditloop.data.derived.programs import KNOWN
from creditloop.formula import Match, Result, polars_columns, resolve
from creditloop.kernel.errors import InputError

Results = Mapping[str, Result]


def derived_values(
    features: DerivedSet, *, values: Mapping[str, int | None], known: Mapping[str, bool]
) -> DerivedValues:
    """Compute a document's features for one party, with cross-checks and classes.

    Args:
        values: of the window features, by name; those of a source that is not known need not be there.
        known: for each source, whether it was asked of the party and its answer is not stale: a party of whom
            a source that was asked has nothing has zeros, one of whom it was not asked has nulls.
    Raises: InputError if a source is not spoken of, or the value of a known one is not there.
    """
    row = derived_row(features.draft, values=values, known=known)
    return values_of(features.draft, row=row, results=features.function(row))


def derived_row(
    draft: DerivedDraft, *, values: Mapping[str, int | None], known: Mapping[str, bool]
) -> dict[str, int | bool | None]:
    """Return the program's row of a party; see `derived_values`."""
    if silent := [source for source in draft.sources if source not in known]:
        raise InputError("it is not said whether these sources are known of the party", got=silent)
    row: dict[str, int | bool | None] = {f"{KNOWN}{source}": known[source] for source in draft.sources}
    for entry in draft.inputs:
        if known[entry.source] and entry.feature not in values:
            raise InputError(
                "a source that is known has no value here",
                got=sorted(values)[:5],
                expected=entry.feature,
                where={"source": entry.source, "field": entry.name},
            )
        row[entry.feature] = values[entry.feature] if known[entry.source] else None
    return row


def values_of(
    draft: DerivedDraft, *, row: Mapping[str, int | bool | None], results: Results
) -> DerivedValues:
    """Put together what the program said of a row."""
    numbers = {
        entry.name: Number(
            name=entry.name,
            feature=entry.feature,
            source=entry.source,
            known=bool(row[f"{KNOWN}{entry.source}"]),
            value=row[entry.feature],
            kind=entry.kind,
            meaning=entry.meaning,
        )
        for entry in draft.inputs
    }
    return DerivedValues(
        numbers=tuple(numbers.values()),
        values=tuple(
            DerivedValue(
                feature=feature, value=results[feature.name].value, state=results[feature.name].state
            )
            for feature in draft.features
        ),
        checks=tuple(_check(check, draft, numbers, results) for check in draft.checks),
        classes=tuple(_class(entry, results) for entry in draft.classifications),
    )


def _check(
    check: CrossCheck, draft: DerivedDraft, numbers: Mapping[str, Number], results: Results
) -> CheckResult:
    feature = next(entry for entry in draft.features if entry.name == check.of)
    told = results[check.code].value
    value = results[check.of].value
    known = {number.source: number.known for number in numbers.values()}
    return CheckResult(
        check=check,
        agreement=Agreement.UNKNOWN if told is None else Agreement(str(told)),
        value=value if isinstance(value, int) else None,
        kind=feature.kind,
        numbers=tuple(numbers[name] for name in check.numbers),
        missing=() if told is not None else tuple(one for one in feature.sources if not known[one]),
    )


def _class(entry: Classification, results: Results) -> ClassResult:
    told = results[entry.name].value
    if told is None:
        return ClassResult(classification=entry, gives=UNKNOWN_CLASS, row=None)
    decided = (
        row
        for row in entry.rows
        if row.when is None or resolve(results[row_step(entry.name, row.id)]) is Match.MATCHED
    )
    return ClassResult(classification=entry, gives=str(told), row=next(decided))


def derived_frame(features: DerivedSet, frame: pl.DataFrame) -> pl.DataFrame:
    """Compute a document's features of many parties at once.

    Args:
        frame: a column (int64) a window feature and a boolean column `known_<source>` a source, as
            `window_frame` makes it, and any others.
    Returns: the other columns, then features (null as of one party), cross-checks (agrees, above, below,
        unknown) and classes.
    Raises: InputError for a column that is not there.
    """
    draft = features.draft
    check_columns(draft, frame)
    steps = [
        *(feature.name for feature in draft.features),
        *(check.code for check in draft.checks),
        *(entry.name for entry in draft.classifications),
    ]
    own = {entry.name for entry in features.program.inputs}
    computed = polars_columns(features.program, frame, steps=steps, states=False)
    return (
        computed.select(*(name for name in frame.columns if name not in own), *steps)
        .with_columns(pl.col(check.code).fill_null(Agreement.UNKNOWN.value) for check in draft.checks)
        .with_columns(pl.col(entry.name).fill_null(UNKNOWN_CLASS) for entry in draft.classifications)
    )


def check_columns(draft: DerivedDraft, frame: pl.DataFrame) -> None:
    """Refuse a frame that lacks a column: it would look like parties of whom nothing can be said."""
    wanted = [*(f"{KNOWN}{source}" for source in draft.sources), *draft.window_features]
    if lacking := [name for name in wanted if name not in frame.columns]:
        raise InputError("the frame lacks columns", got=lacking)
