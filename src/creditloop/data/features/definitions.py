"""What a document of features says, as values; `reading` makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from creditloop.data.contracts import Words
from creditloop.formula import Kind, Program, PythonFunction
from creditloop.kernel.documents import Document


class Direction(StrEnum):
    """How badness moves when the feature rises: up, down, or no direction that could be stood by."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class Role(StrEnum):
    """What a feature is for: a card may be fitted on it, or rules and people read it."""

    MODEL = "model"
    WORKING = "working"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputColumn:
    """An input: a column of a source table.

    Attributes:
        back: which row a party's value is of, counted from the newest (0) by the table's date column; None
            where the table has one row a party.
    """

    name: str
    table: str
    column: str
    back: int | None
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature: `text` is the expression, `unit` what it is counted in, if anything."""

    name: str
    kind: Kind
    text: str
    unit: str | None
    meaning: Words
    direction: Direction
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSet:
    """The features of a document, checked against the contract they are read under.

    Attributes:
        contract: name of the contract; `contract_hash`: of its text, the version it was checked against.
        by: for each table with several rows a party, the date column that puts them in order.
        program: one step a feature; `function` executes it for one party.
    """

    name: str
    title: Words
    contract: str
    contract_hash: str
    inputs: tuple[InputColumn, ...]
    by: Mapping[str, str]
    features: tuple[Feature, ...]
    program: Program
    function: PythonFunction
    document: Document

    @property
    def hash(self) -> str:
        """SHA-256 of the document's text: the version recorded with every value."""
        return self.document.hash

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of inputs and features, in the order of the document."""
        return (*(entry.name for entry in self.inputs), *(feature.name for feature in self.features))

    def of_role(self, role: Role) -> tuple[Feature, ...]:
        """Return the features of a role, in order."""
        return tuple(feature for feature in self.features if feature.role is role)
