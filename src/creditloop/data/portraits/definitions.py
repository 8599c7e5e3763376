"""What a document of a portrait says, and a party's portrait, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from creditloop.data.contracts import Words
from creditloop.data.derived import CheckResult, ClassResult, DerivedDraft, DerivedValue, Number
from creditloop.formula import Kind, Program, PythonFunction, Value
from creditloop.kernel.documents import Document, Source

POINTS_MOST = 1_000
"""The score of a dimension whose parts all give the most they can."""

# what the document says


class Safer(StrEnum):
    """Which values of a part's feature are safer: high ones, low ones, or neither throughout."""

    HIGH = "high"
    LOW = "low"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Values of a feature and their points.

    Attributes:
        least: the band's lower end, in it; None: from below. `below`: its upper end, not in it; None: open.
        values: instead of ends, the texts or truths that are in it; empty with ends.
    """

    least: int | None
    below: int | None
    values: tuple[Value, ...]
    points: int
    meaning: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A feature's table of points.

    Attributes:
        feature: a feature or a classification; `kind` is text for a classification.
        missing: the points where it is not known.
        source: of the points.
    """

    feature: str
    kind: Kind
    unit: str | None
    meaning: Words
    safer: Safer
    bands: tuple[Band, ...]
    missing: int
    source: Source

    @property
    def most(self) -> int:
        """The most points it can give."""
        return max(band.points for band in self.bands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A dimension: parts whose greatest points add up to 1000."""

    name: str
    title: Words
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitDefinition:
    """A document of a portrait, checked and compiled.

    Attributes:
        parties: the kinds of party it is of.
        coverage_least: the least share of a dimension's points that must be known for a score; nano.
        program: the derived features' steps, and for each dimension its parts' points, what is covered, and
            the score. `function` executes it for one party.
        inputs_of: for the feature of each part the places in `draft.inputs` of those it can depend on.
        hash: SHA-256 of all a portrait depends on: the version recorded with it.
    """

    name: str
    title: Words
    parties: tuple[str, ...]
    draft: DerivedDraft
    dimensions: tuple[Dimension, ...]
    coverage_least: int
    program: Program
    function: PythonFunction
    inputs_of: Mapping[str, tuple[int, ...]]
    document: Document
    hash: str


# a party's portrait


@dataclass(frozen=True, slots=True, kw_only=True)
class PartScore:
    """What a part gives a party.

    Attributes:
        value: of the feature, None where it is missing.
        band: the band hit, None where it is missing.
        points: of the band, or those the document states for what is missing; None if the feature could not
            be computed at all (an overflow), which leaves the dimension without a score.
        numbers: the inputs the feature depends on, as they were seen.
    """

    part: Part
    value: Value
    band: Band | None
    points: int | None
    numbers: tuple[Number, ...]

    @property
    def missing(self) -> bool:
        """Whether its points are those for what is not known."""
        return self.band is None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitScore:
    """A dimension of a party.

    Attributes:
        score: the sum of the parts' points, 0 to 1000; None where less is known than the document asks for.
        coverage_nano: the share of the dimension's greatest points whose features are known; 0 if one of them
            could not be computed at all.
    """

    dimension: Dimension
    score: int | None
    coverage_nano: int
    parts: tuple[PartScore, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """A party's portrait: a pure value that a page can be drawn from.

    Attributes:
        values: every derived feature; `checks`: every cross-check; `classes`: every classification.
        unknown_sources: the sources that are not known of the party.
        definition_hash: the version of the definition, with all it includes.
    """

    name: str
    title: Words
    dimensions: tuple[PortraitScore, ...]
    values: tuple[DerivedValue, ...]
    checks: tuple[CheckResult, ...]
    classes: tuple[ClassResult, ...]
    unknown_sources: tuple[str, ...]
    definition_hash: str

    @property
    def findings(self) -> tuple[CheckResult, ...]:
        """The cross-checks on which sources contradict each other."""
        return tuple(check for check in self.checks if check.is_finding)
