"""What a document of derived features says, and what comes of it for a party, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from creditloop.data.contracts import Words
from creditloop.data.features import Direction
from creditloop.data.windows import WindowFeatureSet
from creditloop.formula import Kind, NullPolicy, Parameter, Program, PythonFunction, Step, Value
from creditloop.kernel.documents import Document, Source

# what the document says


class Effect(StrEnum):
    """What a finding of a cross-check is for: a decision refers on it, or people are told."""

    REFER = "refer"
    NOTICE = "notice"


class Agreement(StrEnum):
    """What a cross-check says: the sources agree, one is above or below the other, or it cannot be told."""

    AGREES = "agrees"
    ABOVE = "above"
    BELOW = "below"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedInput:
    """A window feature under the name a document gives it.

    Attributes:
        feature: the window feature's name, the key of the values handed in.
        source: the contract its events come under; null unless that source is known of the party.
    """

    name: str
    feature: str
    source: str
    kind: Kind
    unit: str | None
    meaning: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedFeature:
    """An expression over inputs and earlier features.

    Attributes:
        null: what its null does to a rule that reads it.
        direction: how badness moves when it rises.
        sources: of the inputs it can depend on, in the order of the document.
    """

    name: str
    kind: Kind
    unit: str | None
    text: str
    meaning: Words
    null: NullPolicy
    direction: Direction
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCheck:
    """A feature with the band in which the sources agree (交叉验证).

    Attributes:
        of: the feature; `numbers`: the two or more inputs it compares.
        least, most: the band, both ends in it, of the feature's kind; None is open.
        above, below: what it means to be outside.
        source: of the band.
    """

    code: str
    of: str
    numbers: tuple[str, ...]
    least: int | None
    most: int | None
    meaning: Words
    above: Words | None
    below: Words | None
    effect: Effect
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """A row of a classification: the first whose condition holds gives the class; the last has none."""

    id: str
    gives: str
    when: str | None
    because: Words
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """Rows that put a party in a class; a row that cannot be evaluated makes it `unknown`."""

    name: str
    title: Words
    classes: Mapping[str, Words]
    unknown: Words
    rows: tuple[ClassRow, ...]


UNKNOWN_CLASS = "unknown"
"""The class of a party of whom too little is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedDraft:
    """What documents say, before it is a program: portraits add steps of their own.

    Attributes:
        windows: the documents of window features the inputs come from.
        steps: inputs, features, checks and classifications in an order that compiles.
    """

    windows: tuple[WindowFeatureSet, ...]
    inputs: tuple[DerivedInput, ...]
    parameters: tuple[Parameter, ...]
    features: tuple[DerivedFeature, ...]
    checks: tuple[CrossCheck, ...]
    classifications: tuple[Classification, ...]
    steps: tuple[Step, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """The contracts that are asked, each once, in the order of the inputs."""
        return tuple(dict.fromkeys(entry.source for entry in self.inputs))

    @property
    def window_features(self) -> tuple[str, ...]:
        """The window features that are asked for, each once."""
        return tuple(dict.fromkeys(entry.feature for entry in self.inputs))


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedSet:
    """A document of derived features, checked and compiled.

    Attributes:
        program: one step an input, feature, check, class and row of a class.
        function: executes it for one party.
        hash: SHA-256 of all its values depend on: the document, the program, the window documents.
    """

    name: str
    title: Words
    draft: DerivedDraft
    program: Program
    function: PythonFunction
    document: Document
    hash: str


# what comes of it for a party


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """An input as it was seen.

    Attributes:
        known: whether its source was known; False gives value None, whatever was handed in.
    """

    name: str
    feature: str
    source: str
    known: bool
    value: int | None
    kind: Kind
    meaning: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedValue:
    """A feature's value, None with the state that says why (`formula.State`)."""

    feature: DerivedFeature
    value: Value
    state: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a cross-check says of a party: both numbers stand beside it.

    Attributes:
        value: of the feature compared with the band; None if `agreement` is unknown.
        missing: the sources that are not known and make it so.
    """

    check: CrossCheck
    agreement: Agreement
    value: int | None
    kind: Kind
    numbers: tuple[Number, ...]
    missing: tuple[str, ...]

    @property
    def is_finding(self) -> bool:
        """Whether the sources contradict each other."""
        return self.agreement in {Agreement.ABOVE, Agreement.BELOW}

    @property
    def refers(self) -> bool:
        """Whether a decision refers on it."""
        return self.is_finding and self.check.effect is Effect.REFER

    @property
    def told(self) -> Words:
        """What it means: of the side it is on, else what is compared."""
        sides = {Agreement.ABOVE: self.check.above, Agreement.BELOW: self.check.below}
        return sides.get(self.agreement) or self.check.meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassResult:
    """The class of a party; `row` decided it, None where it is unknown."""

    classification: Classification
    gives: str
    row: ClassRow | None

    @property
    def called(self) -> Words:
        """The class in both languages."""
        if self.gives == UNKNOWN_CLASS:
            return self.classification.unknown
        return self.classification.classes[self.gives]


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedValues:
    """Everything of a document for one party."""

    numbers: tuple[Number, ...]
    values: tuple[DerivedValue, ...]
    checks: tuple[CheckResult, ...]
    classes: tuple[ClassResult, ...]

    @property
    def findings(self) -> tuple[CheckResult, ...]:
        """The cross-checks on which sources contradict each other."""
        return tuple(check for check in self.checks if check.is_finding)

    def value(self, name: str) -> Value:
        """Return a feature's value."""
        return next(entry.value for entry in self.values if entry.feature.name == name)
