"""How window features get their events (事件): of one party from the database, of all from prepared files.

`party_features` reads one party's events through the data room's one door (`reading`: purpose, masking and
log are enforced there; `moments` turns instants into days of the contract's zone) and computes what is
asked for with a function that is compiled once (`computing`). `prepare_events` makes of the files a source
gave (`typed_files`) one Parquet file a table for the bulk execution, sorted by party, each version of an
event with the days between which it stood (`preparing`). The same source file gives the same features both
ways. `trace_feature` leads from a value back to the events that counted and their lines (`tracing`).
"""

from creditloop.data.events.computing import party_features
from creditloop.data.events.preparing import PreparedEvents, prepare_events
from creditloop.data.events.reading import Event, PartyReading, party_events
from creditloop.data.events.tracing import CountedEvent, FeatureTrace, TracedQuantity, trace_feature

__all__ = [
    "CountedEvent",
    "Event",
    "FeatureTrace",
    "PartyReading",
    "PreparedEvents",
    "TracedQuantity",
    "party_events",
    "party_features",
    "prepare_events",
    "trace_feature",
]
