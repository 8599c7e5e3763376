"""Lead from a window feature's value back to the lines of files it was made of (从特征到源行).

1. the party's events are read as the feature reads them, with their place in the sealed import
2. of each quantity the events that count are found from its definition: inside the window and the cut, and
   with a value of what it is taken of
3. the value is computed again from these events alone
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import polars as pl

from creditloop.data.contracts import Words
from creditloop.data.events.computing import compiled_features
from creditloop.data.events.reading import KNOWN_INSTANT, PartyReading, event_frame
from creditloop.data.lineage import RowOrigin, batch_on_record, origin_of
from creditloop.data.retention import emptied_values
from creditloop.data.source_tables import SCHEMA
from creditloop.data.windows import (
    Aggregate,
    Dimension,
    EventTable,
    Quantity,
    Unit,
    Window,
    WindowFeature,
    WindowFeatureSet,
    window_function,
)
from creditloop.data.windows.definitions import OF_MEASURES, OF_MONTHS, Band
from creditloop.data.windows.naming import meaning_of
from creditloop.formula import Kind
from creditloop.kernel.storage import Connection

_PLACE = ("batch_id", "row_no", "source_row")
_NANO = frozenset({Aggregate.ENTROPY, Aggregate.DEVIATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedEvent:
    """An event that a quantity was made of.

    Attributes:
        values: of the columns the feature reads.
        contributed: 1 to a count, the number to an aggregate of a measure, the days ago, the month (2025-03),
            the value of an identifier or dimension; None where an entropy counts what is not listed, and of
            the events of a sum of which none has the number.
        row_no: of the row in its sealed batch.
    """

    values: Mapping[str, object]
    contributed: int | str | None
    row_no: int
    origin: RowOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedQuantity:
    """One quantity of a feature: its value and the events that counted, newest first."""

    quantity: Quantity
    meaning: Words
    kind: Kind
    value: int | None
    events: tuple[CountedEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureTrace:
    """A feature's value as of a day, and what it was made of.

    Attributes:
        source: the table with its schema: "source.account_flows_flow".
        events_read: how many events of the party were known by the day, counted or not.
        recomputed: the value from the traced events alone.
        parts: one quantity, or dividend and divisor.
    """

    feature: WindowFeature
    party_id: str
    as_of: date
    source: str
    events_read: int
    value: int | None
    recomputed: int | None
    parts: tuple[TracedQuantity, ...]

    @property
    def holds(self) -> bool:
        """Whether the traced events alone give the value."""
        return self.value == self.recomputed


def trace_feature(
    connection: Connection, *, features: WindowFeatureSet, name: str, reading: PartyReading
) -> FeatureTrace:
    """Trace a feature of a party to the rows of the files it was made of; the read is logged.

    Raises: as `party_features`.
    """
    compiled = compiled_features(features, names=[name], reading=reading)
    (feature,), table, day = compiled.features, compiled.table, reading.as_of
    source = f"{SCHEMA}.{reading.contract.name}_{table.name}"
    frame = event_frame(connection, table=table, reading=reading, also=_PLACE)
    events = frame.select(table.columns).rows()
    single = [replace(feature, quantities=(one,)) for one in feature.quantities]
    function = window_function(table=table, features=[feature, *single]).evaluate
    value, *values = function(events, day)
    found = [
        _Event(values=dict(zip(table.columns, values, strict=True)), place=place)
        for values, place in zip(events, _places(connection, frame, table=source), strict=True)
    ]
    counted = [_counted(quantity, table, found, day) for quantity in feature.quantities]
    alone = {(one.origin.batch_id, one.row_no): one.values for part in counted for one in part}
    recomputed, *_ = function([tuple(values.values()) for values in alone.values()], day)
    return FeatureTrace(
        feature=feature,
        party_id=reading.party_id,
        as_of=day,
        source=source,
        events_read=len(events),
        value=value,
        recomputed=recomputed,
        parts=tuple(
            TracedQuantity(
                quantity=quantity,
                meaning=meaning_of(quantity, table),
                kind=_kind(quantity, table),
                value=of,
                events=part,
            )
            for quantity, of, part in zip(feature.quantities, values, counted, strict=True)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """An event that was read, and where its row came from."""

    values: Mapping[str, object]
    place: tuple[int, RowOrigin]


def _places(connection: Connection, frame: pl.DataFrame, *, table: str) -> Iterator[tuple[int, RowOrigin]]:
    """Give each row's number in its batch and the line it came from."""
    names = frame["batch_id"].unique().to_list()
    batches = {name: batch_on_record(connection, batch_id=UUID(name)) for name in names}
    places = [(UUID(name), row_no) for name, row_no in frame.select("batch_id", "row_no").iter_rows()]
    gone = emptied_values(connection, table=table, places=places)
    for name, row_no, source_row, known_at in frame.select(*_PLACE, KNOWN_INSTANT).iter_rows():
        emptied = gone.get((UUID(name), row_no), {})
        yield row_no, origin_of(batches[name], source_row=source_row, known_at=known_at, emptied=emptied)


def _counted(
    quantity: Quantity, table: EventTable, events: Sequence[_Event], as_of: date
) -> tuple[CountedEvent, ...]:
    """Return the events that a quantity is made of, newest first."""
    column = _column(quantity, table)
    cut = [one for one in events if _asked_of(quantity, table, one.values, as_of)]
    found = [one for one in cut if column is None or one.values[column] is not None]
    if quantity.aggregate is Aggregate.SUM:
        found = found or cut  # that there are events, and none has the measure, makes a sum null
    counted = (
        CountedEvent(
            values=one.values,
            contributed=_contributed(quantity, table, one.values, as_of),
            row_no=one.place[0],
            origin=one.place[1],
        )
        for one in found
    )
    return tuple(sorted(counted, key=lambda one: (one.values[table.day], one.row_no), reverse=True))


def _asked_of(quantity: Quantity, table: EventTable, values: Mapping[str, object], as_of: date) -> bool:
    """Say whether an event is in the window and the cut."""
    return _inside(quantity.window, _day(table, values), as_of) and _in_cut(quantity, table, values)


def _day(table: EventTable, values: Mapping[str, object]) -> date:
    day = values[table.day]
    assert isinstance(day, date), "an event without a day is not read"
    return day


def _inside(window: Window, day: date, as_of: date) -> bool:
    if day > as_of:
        return False
    return _age(window.unit, day, as_of) < window.size


def _age(unit: Unit, day: date, as_of: date) -> int:
    """Return how many days or calendar months before the day asked about an event was."""
    if unit is Unit.DAY:
        return (as_of - day).days
    return 12 * (as_of.year - day.year) + as_of.month - day.month


def _in_cut(quantity: Quantity, table: EventTable, values: Mapping[str, object]) -> bool:
    return all(_value(table.dimension(name), values) == value for name, value in quantity.where)


def _value(dimension: Dimension, values: Mapping[str, object]) -> str | None:
    """Return the value of a dimension that an event counts as; None if it is none of them."""
    given = values[dimension.column]
    if dimension.bands:
        return next((name for name, band in dimension.bands.items() if _holds(band, given)), None)
    return None if given is None else dimension.codes.get(str(given))


def _holds(band: Band, number: object) -> bool:
    if not isinstance(number, int):
        return False
    return (band.least is None or number >= band.least) and (band.most is None or number <= band.most)


def _column(quantity: Quantity, table: EventTable) -> str | None:
    """Return the column without which an event adds nothing: of a measure or an identifier."""
    if quantity.aggregate in OF_MEASURES:
        return table.measure(str(quantity.of)).column
    if quantity.aggregate is Aggregate.DISTINCT:
        return table.identifier(str(quantity.of)).column
    return None


def _contributed(
    quantity: Quantity, table: EventTable, values: Mapping[str, object], as_of: date
) -> int | str | None:
    column, day = _column(quantity, table), _day(table, values)
    if column is not None:
        given = values[column]
        return given if given is None or isinstance(given, int) else str(given)
    if quantity.aggregate is Aggregate.ENTROPY:
        return _value(table.dimension(str(quantity.of)), values)
    if quantity.aggregate in OF_MONTHS:
        return f"{day.year:04d}-{day.month:02d}"
    return 1 if quantity.aggregate is Aggregate.COUNT else _age(Unit.DAY, day, as_of)


def _kind(quantity: Quantity, table: EventTable) -> Kind:
    if quantity.aggregate in _NANO:
        return Kind.NANO
    if quantity.aggregate in OF_MEASURES:
        return table.measure(str(quantity.of)).kind
    return Kind.INTEGER
