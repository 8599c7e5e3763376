"""Derived features (衍生特征): what is made of several sources together; one definition, two executions.

A document names documents of window features, takes some of them as inputs, and says features over them in
the bank's language. `reading` makes of it one program (`programs`): an input is null, never 0, unless its
source is known to have been asked. A cross-check (交叉验证, `check_reading`) has a band: outside
it there is a finding, with both numbers and their sources. A classification is rows of conditions, the first
that holds. `evaluating` computes all of it for one party by generated Python and for many in Polars, the same
values; `windows` fetches the inputs from events. `definitions` are the values, read and computed.
"""

from creditloop.data.derived.definitions import (
    UNKNOWN_CLASS,
    Agreement,
    CheckResult,
    Classification,
    ClassResult,
    ClassRow,
    CrossCheck,
    DerivedDraft,
    DerivedFeature,
    DerivedInput,
    DerivedSet,
    DerivedValue,
    DerivedValues,
    Effect,
    Number,
)
from creditloop.data.derived.evaluating import (
    Results,
    check_columns,
    derived_frame,
    derived_row,
    derived_values,
    values_of,
)
from creditloop.data.derived.programs import KNOWN, derived_program, version_hash
from creditloop.data.derived.reading import (
    DRAFT_KEYS,
    derived_draft,
    joined_drafts,
    read_derived_features,
    window_documents,
)
from creditloop.data.derived.windows import window_frame, window_values

__all__ = [
    "DRAFT_KEYS",
    "KNOWN",
    "UNKNOWN_CLASS",
    "Agreement",
    "CheckResult",
    "ClassResult",
    "ClassRow",
    "Classification",
    "CrossCheck",
    "DerivedDraft",
    "DerivedFeature",
    "DerivedInput",
    "DerivedSet",
    "DerivedValue",
    "DerivedValues",
    "Effect",
    "Number",
    "Results",
    "check_columns",
    "derived_draft",
    "derived_frame",
    "derived_program",
    "derived_row",
    "derived_values",
    "joined_drafts",
    "read_derived_features",
    "values_of",
    "version_hash",
    "window_documents",
    "window_frame",
    "window_values",
]
