"""What families of window features say, as values: events, how they are cut, counted and named (时间窗特征).

An event is a row of a table with several rows a party: a day, the codes it is cut by, the numbers it is
measured in. A feature asks one thing of the events of a party in one window that ends on a day: how many, how
much, how long ago. Everything that is added up or compared is an integer, so that what one party gives online
and what all give in bulk are the same number, not a close one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from creditloop.data.contracts import Words
from creditloop.formula import Kind


class Aggregate(StrEnum):
    """What is asked of the events in a window.

    COUNT, SUM, DISTINCT, MONTHS_ACTIVE, LONGEST_RUN and LATEST_RUN are 0 without an event there,
    LONGEST_SILENCE all the months, the others null. SUM is null of events of which none has the measure: how
    much it was is not known. LATEST is the measure of the newest event that has one,
    of several of that day the greatest. Runs and silences are of consecutive calendar months with and without
    an event; LATEST_RUN ends with the newest month that has one, MONTHS_SINCE_LAST counts from there. ENTROPY
    is in bits, of the counts by the values of a dimension; DEVIATION the mean distance of a month's sum from
    the mean month, as a share of that mean: 0 is the same every month. Both are nano.
    """

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    MAX = "max"
    MIN = "min"
    LATEST = "latest"
    DISTINCT = "distinct"
    DAYS_SINCE_LAST = "days_since_last"
    DAYS_SINCE_FIRST = "days_since_first"
    ENTROPY = "entropy"
    MONTHS_ACTIVE = "months_active"
    LONGEST_RUN = "longest_run"
    LATEST_RUN = "latest_run"
    LONGEST_SILENCE = "longest_silence"
    MONTHS_SINCE_LAST = "months_since_last"
    DEVIATION = "deviation"


OF_MEASURES = frozenset(
    {
        Aggregate.SUM,
        Aggregate.MEAN,
        Aggregate.MAX,
        Aggregate.MIN,
        Aggregate.LATEST,
        Aggregate.DEVIATION,
    }
)
"""Aggregates of a measure. ENTROPY is of a dimension, DISTINCT of an identifier, the others of events."""
OF_MONTHS = frozenset(
    {
        Aggregate.MONTHS_ACTIVE,
        Aggregate.LONGEST_RUN,
        Aggregate.LATEST_RUN,
        Aggregate.LONGEST_SILENCE,
        Aggregate.MONTHS_SINCE_LAST,
        Aggregate.DEVIATION,
    }
)
"""Aggregates of the calendar months of a window, which is counted in months."""
VALUE_OF_NOTHING = frozenset(
    {
        Aggregate.COUNT,
        Aggregate.SUM,
        Aggregate.DISTINCT,
        Aggregate.MONTHS_ACTIVE,
        Aggregate.LONGEST_RUN,
        Aggregate.LATEST_RUN,
        Aggregate.LONGEST_SILENCE,
    }
)
"""Aggregates that have a value where there is no event."""


SUPERSEDED_AT = "superseded_at"
"""The column of events that says when a correction became known, where a document's events have one."""


class Unit(StrEnum):
    """What a window is counted in: days back from the day itself, or calendar months, its own the first."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The last `size` days or calendar months, the day asked about, or its month, being the first of them.

    >>> str(Window(Unit.DAY, 90)), str(Window(Unit.MONTH, 12))
    ('90d', '12m')
    """

    unit: Unit
    size: int

    def __str__(self) -> str:
        return f"{self.size}{'d' if self.unit is Unit.DAY else 'm'}"


@dataclass(frozen=True, slots=True)
class Band:
    """Numbers from `least` to `most`, both in it; None is without an end."""

    least: int | None
    most: int | None

    def overlaps(self, other: "Band") -> bool:
        """Whether a number is in both."""
        apart = (
            self.most is not None and other.least is not None and self.most < other.least,
            other.most is not None and self.least is not None and other.most < self.least,
        )
        return not any(apart)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """What events are cut by: the codes of a column, groups of codes, or bands of a number.

    An event of an unlisted code, of a code in no group, or of a number in no band, is in no cut by it.

    Attributes:
        values: what it can be cut by.
        codes: of every code the contract lists, the value it counts as; None is none.
        bands: of a number, the values' bands, of which no two have a number in common; it has no codes.
        prefix: stands before its values in features' names, where they would else be taken for others.
    """

    name: str
    column: str
    meaning: Words
    values: Mapping[str, Words]
    codes: Mapping[str, str | None]
    bands: Mapping[str, Band] = field(default_factory=dict)
    prefix: str = ""

    def named(self, value: str) -> str:
        """Return a value as names of features tell it."""
        return f"{self.prefix}_{value}" if self.prefix else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A column of amounts or counts; null adds nothing to sums and is no maximum or minimum."""

    name: str
    column: str
    kind: Kind
    meaning: Words
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A column of which different values are counted; null is none."""

    name: str
    column: str
    meaning: Words


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is computed of the events themselves.

    Attributes:
        of: the measure, identifier or dimension the aggregate is of; None if of the events.
        where: the value each of these dimensions must have, in the dimensions' order.
    """

    aggregate: Aggregate
    of: str | None
    where: tuple[tuple[str, str], ...]
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFeature:
    """A named quantity, or a ratio of two.

    Attributes:
        kind: integer, money (fen) or nano.
        unit: "event", "day", "month", what is counted or measured; "bit" and "ratio" of nano.
        quantities: one, or dividend and divisor; a ratio is null where either is, or the divisor is 0.
    """

    name: str
    kind: Kind
    unit: str
    meaning: Words
    quantities: tuple[Quantity, ...]

    @property
    def without_events(self) -> int | None:
        """What it is of a party without events: 0, all the months of a silence, or null."""
        one = self.quantities[0]
        if len(self.quantities) > 1 or one.aggregate not in VALUE_OF_NOTHING:
            return None
        return one.window.size if one.aggregate is Aggregate.LONGEST_SILENCE else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTable:
    """Where events come from and how they can be cut.

    Attributes:
        name: of the table; `day` and `known_at`: the columns (dates) of when they happened and became known.
        superseded: the column (date) of when a correction of the event became known, null while it stands;
            None where events are never corrected. Of a fact and its corrections one counts on any day.
        meaning: what the events are called, in the plural in English.
    """

    name: str
    party: str
    day: str
    known_at: str
    superseded: str | None
    meaning: Words
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    identifiers: tuple[Identifier, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column an event is read with, each once: its days, then codes, measures, identifiers."""
        days = (self.day, self.known_at, *([self.superseded] if self.superseded else []))
        return tuple(dict.fromkeys((*days, *(one.column for one in self.parts))))

    @property
    def parts(self) -> "tuple[Dimension | Measure | Identifier, ...]":
        """Everything events are cut by, measured in and told apart by."""
        return (*self.dimensions, *self.measures, *self.identifiers)

    def dimension(self, name: str) -> Dimension:
        """Return the dimension of this name."""
        return next(entry for entry in self.dimensions if entry.name == name)

    def measure(self, name: str) -> Measure:
        """Return the measure of this name."""
        return next(entry for entry in self.measures if entry.name == name)

    def identifier(self, name: str) -> Identifier:
        """Return the identifier of this name."""
        return next(entry for entry in self.identifiers if entry.name == name)
