"""The steps of the program that give a dimension its points, its coverage and its score."""

from collections.abc import Iterator, Mapping, Sequence

from creditloop.data.derived import DerivedDraft
from creditloop.data.portraits.definitions import POINTS_MOST, Band, Dimension, Part
from creditloop.formula import NANO, NANO_DECIMALS, Kind, Program, Step


def points_step(dimension: str, feature: str) -> str:
    """Return the name of the step that gives a part's points."""
    return f"{dimension}__{feature}"


def covered_step(dimension: str) -> str:
    """Return the name of the step that gives the greatest points of those parts that are known."""
    return f"{dimension}__covered"


def score_step(dimension: str) -> str:
    """Return the name of the step that gives the score."""
    return f"{dimension}_score"


def dimension_steps(dimension: Dimension, *, coverage_least: int) -> Iterator[Step]:
    """Give the steps of a dimension: each part's points, what is covered, the score.

    Args:
        coverage_least: nano, of 1000 points; the points that must be known are rounded up.
    """
    for part in dimension.parts:
        yield Step(points_step(dimension.name, part.feature), _points_text(part), kind=Kind.INTEGER)
    covered = (f"(if {part.feature} is null then 0 else {part.most})" for part in dimension.parts)
    yield Step(covered_step(dimension.name), " + ".join(covered), kind=Kind.INTEGER)
    enough = -(-coverage_least * POINTS_MOST // NANO)
    points = " + ".join(points_step(dimension.name, part.feature) for part in dimension.parts)
    text = f"if {covered_step(dimension.name)} < {enough} then null else {points}"
    yield Step(score_step(dimension.name), text, kind=Kind.INTEGER)


def inputs_of_parts(
    dimensions: Sequence[Dimension], *, draft: DerivedDraft, program: Program
) -> Mapping[str, tuple[int, ...]]:
    """Return for the feature of each part the places in `draft.inputs` of those it can depend on."""
    reads = {step.name: frozenset(step.reads) for step in program.steps}
    return {
        part.feature: tuple(
            place for place, entry in enumerate(draft.inputs) if entry.feature in reads[part.feature]
        )
        for dimension in dimensions
        for part in dimension.parts
    }


def _points_text(part: Part) -> str:
    whens = [f"when {part.feature} is null then {part.missing}"]
    whens += [f"when {_condition(part, band)} then {band.points}" for band in part.bands[:-1]]
    return f"case {' '.join(whens)} else {part.bands[-1].points} end"


def _condition(part: Part, band: Band) -> str:
    if band.values:
        return " or ".join(f"{part.feature} = {_text(value, part.kind)}" for value in band.values)
    return f"{part.feature} < {_text(band.below, part.kind)}"


def _text(value: object, kind: Kind) -> str:
    """Write a constant in the language."""
    if kind is Kind.BOOLEAN:
        return "true" if value else "false"
    if kind is Kind.TEXT:
        return f"'{value}'"
    assert isinstance(value, int), "bands of numbers end in numbers"
    if kind is Kind.NANO:
        whole, rest = divmod(abs(value), NANO)
        return f"{'-' if value < 0 else ''}{whole}.{rest:0{NANO_DECIMALS}d}"
    return f"fen({value})" if kind is Kind.MONEY else str(value)
