"""Fetch the inputs of derived features from events: of one party, or of many, source by source."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import polars as pl
import pyarrow as pa

from creditloop.data.derived.definitions import DerivedDraft
from creditloop.data.derived.programs import KNOWN
from creditloop.data.windows import WindowFeature, WindowFeatureSet, window_batches, window_function
from creditloop.kernel.errors import InputError

Event = Sequence[object]
"""Values of the source's `EventTable.columns`, in that order."""
WindowValues = Callable[[Mapping[str, Sequence[Event]], date], dict[str, int | None]]
"""(events by source, day) to the values of the window features by name."""


def window_values(draft: DerivedDraft) -> WindowValues:
    """Generate the function that gives the inputs of one party from its events.

    Returns: a function; of a source that is not among the events it says nothing, so that the party cannot
        be taken for one without events. Each event is in its version known by the day.
    """
    functions = {
        own.contract: (
            [feature.name for feature in asked],
            window_function(table=own.table, features=asked).evaluate,
        )
        for own, asked in _asked(draft)
    }

    def values(events: Mapping[str, Sequence[Event]], as_of: date) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        for source, (names, evaluate) in functions.items():
            if source in events:
                found |= zip(names, evaluate(events[source], as_of), strict=True)
        return found

    return values


def window_frame(
    draft: DerivedDraft, *, events: Mapping[str, str | pa.Table], parties: pa.Table
) -> pl.DataFrame:
    """Return the inputs of many parties, for `derived_frame`.

    Args:
        events: for each source a table, or a relation as SQL after FROM; one that is not there gives nulls,
            and its `known_<source>` must be false for everybody.
        parties: the party, `as_of` (a date) and `known_<source>` (boolean) a source; one row each.
    Returns: the parties' columns and a column (int64) a window feature, in the order of the parties.
    Raises: InputError for a column that is not there, or a known source without events.
    """
    if lacking := [name for name in draft.sources if f"{KNOWN}{name}" not in parties.column_names]:
        raise InputError("it is not said whether these sources are known of the parties", got=lacking)
    frame = pl.DataFrame(pl.from_arrow(parties))
    for own, asked in _asked(draft):
        names = [feature.name for feature in asked]
        if own.contract in events:
            batches = window_batches(
                table=own.table, features=asked, events=events[own.contract], parties=parties
            )
            frame = frame.hstack(pl.DataFrame(pl.from_arrow(pa.concat_tables(batches).select(names))))
        elif frame[f"{KNOWN}{own.contract}"].any():
            raise InputError("a source is known of parties, and has no events here", got=own.contract)
        else:
            frame = frame.with_columns(pl.lit(None, pl.Int64).alias(name) for name in names)
    return frame


def _asked(draft: DerivedDraft) -> list[tuple[WindowFeatureSet, list[WindowFeature]]]:
    """Return the sources' documents, each with those of its features that are inputs."""
    wanted = set(draft.window_features)
    listed = [(own, [one for one in own.features if one.name in wanted]) for own in draft.windows]
    return [(own, asked) for own, asked in listed if asked]
