"""Make portraits: of one party with all its parts, of many their scores, by one program."""

from collections.abc import Mapping

import polars as pl

from creditloop.data.derived import (
    UNKNOWN_CLASS,
    Agreement,
    DerivedValues,
    Number,
    Results,
    check_columns,
    derived_row,
    values_of,
)
from creditloop.data.portraits.definitions import (
    POINTS_MOST,
    Band,
    Dimension,
    Part,
    PartScore,
    Portrait,
    PortraitDefinition,
    PortraitScore,
)
from creditloop.data.portraits.part_steps import covered_step, points_step, score_step
from creditloop.formula import NANO, NUMBERS, Value, polars_columns


def portrait_of(
    values: Mapping[str, int | None], *, known: Mapping[str, bool], definition: PortraitDefinition
) -> Portrait:
    """Make the portrait (画像) of a party.

    Args:
        values: of the window features, by name: `definition.draft.window_features` of the sources known.
        known: for each of `definition.draft.sources`, whether it was asked of the party and is not stale.
    Raises: InputError as `derived.derived_values` does.
    """
    draft = definition.draft
    row = derived_row(draft, values=values, known=known)
    results = definition.function(row)
    found = values_of(draft, row=row, results=results)
    return Portrait(
        name=definition.name,
        title=definition.title,
        dimensions=tuple(
            _dimension(one, results, found, definition.inputs_of) for one in definition.dimensions
        ),
        values=found.values,
        checks=found.checks,
        classes=found.classes,
        unknown_sources=tuple(source for source in draft.sources if not known[source]),
        definition_hash=definition.hash,
    )


def _dimension(
    dimension: Dimension, results: Results, found: DerivedValues, inputs_of: Mapping[str, tuple[int, ...]]
) -> PortraitScore:
    score = results[score_step(dimension.name)].value
    covered = results[covered_step(dimension.name)].value
    return PortraitScore(
        dimension=dimension,
        score=score if isinstance(score, int) else None,
        coverage_nano=covered * NANO // POINTS_MOST if isinstance(covered, int) else 0,
        parts=tuple(
            _part(
                part,
                value=results[part.feature].value,
                points=results[points_step(dimension.name, part.feature)].value,
                numbers=tuple(found.numbers[place] for place in inputs_of[part.feature]),
            )
            for part in dimension.parts
        ),
    )


def _part(part: Part, *, value: Value, points: Value, numbers: tuple[Number, ...]) -> PartScore:
    return PartScore(
        part=part,
        value=value,
        band=None if value is None else _band(part, value),
        points=points if isinstance(points, int) else None,
        numbers=numbers,
    )


def _band(part: Part, value: Value) -> Band:
    if part.kind not in NUMBERS:
        return next(band for band in part.bands if value in band.values)
    assert isinstance(value, int), "a number's value is one"
    return next(band for band in part.bands if band.below is None or value < band.below)


def portrait_frame(definition: PortraitDefinition, frame: pl.DataFrame) -> pl.DataFrame:
    """Score many parties at once, as `portrait_of` scores one.

    Args:
        frame: as `derived.window_frame` makes it of `definition.draft`.
    Returns: the other columns; for each dimension `<dimension>_score` (Int64, null as of one party) and
        `<dimension>_covered` (of 1000 points); cross-checks and classes.
    Raises: InputError for a column that is not there.
    """
    draft = definition.draft
    check_columns(draft, frame)
    names = [one.name for one in definition.dimensions]
    scored = [step for name in names for step in (score_step(name), covered_step(name))]
    told = [*(check.code for check in draft.checks), *(one.name for one in draft.classifications)]
    own = {entry.name for entry in definition.program.inputs}
    computed = polars_columns(definition.program, frame, steps=[*scored, *told], states=False)
    return (
        computed.select(*(name for name in frame.columns if name not in own), *scored, *told)
        .with_columns(pl.col(check.code).fill_null(Agreement.UNKNOWN.value) for check in draft.checks)
        .with_columns(pl.col(one.name).fill_null(UNKNOWN_CLASS) for one in draft.classifications)
        .with_columns(pl.col(covered_step(name)).fill_null(0) for name in names)
        .rename({covered_step(name): f"{name}_covered" for name in names})
    )
