"""Window features (时间窗特征): how many, how much and how long ago, of a party's events before a day.

A document names the events — a table of a contract, what they are cut by and measured in — and families;
`reading` checks it, `families` makes of each family every feature it stands for, `naming` names and meanings.
One definition has two executions, equal to the last digit: `online`, a generated function of one party's
events, and `bulk`, where `cells` reduces all events to the few numbers of `grids` and `roll_up` adds them up.
`integers` holds what both do with whole numbers, `limits` what is refused, `unlisted` codes nobody listed;
`proving` compares the two executions, and shows that the future changes neither.
"""

from creditloop.data.windows.bulk import window_batches, write_window_features
from creditloop.data.windows.definitions import (
    SUPERSEDED_AT,
    Aggregate,
    Band,
    Dimension,
    EventTable,
    Identifier,
    Measure,
    Quantity,
    Unit,
    Window,
    WindowFeature,
)
from creditloop.data.windows.naming import null_rule
from creditloop.data.windows.online import WindowFunction, window_function
from creditloop.data.windows.proving import LeakProbe, WindowProof, probe_leaks, prove_windows
from creditloop.data.windows.reading import (
    WindowFeatureSet,
    contract_named,
    document_named,
    read_window_features,
)
from creditloop.data.windows.unlisted import UnlistedValue, unlisted_values

__all__ = [
    "SUPERSEDED_AT",
    "Aggregate",
    "Band",
    "Dimension",
    "EventTable",
    "Identifier",
    "LeakProbe",
    "Measure",
    "Quantity",
    "Unit",
    "UnlistedValue",
    "Window",
    "WindowFeature",
    "WindowFeatureSet",
    "WindowFunction",
    "WindowProof",
    "contract_named",
    "document_named",
    "null_rule",
    "probe_leaks",
    "prove_windows",
    "read_window_features",
    "unlisted_values",
    "window_batches",
    "window_function",
    "write_window_features",
]
