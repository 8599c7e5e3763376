"""Features (特征变量): named values about a party as of a day, defined once, computed one by one or in bulk.

A document (`features/<name>.yaml`) names inputs — a column of a table of a contract, or the n-th newest row's
where a table holds several rows a party — and features, expressions of the language over inputs and earlier
features. `reading` checks it against the contract and compiles it to one program. `inputs` reads through the
data room's one door: purpose enforced, read logged, nothing known after the day. `computing` gives the values
of many parties (Polars) or of one (generated Python), the same values; `sources` leads from a party's inputs
back to the rows they were read from.
"""

from creditloop.data.features.computing import (
    feature_frame,
    feature_row,
    frame_without_inputs,
    row_without_inputs,
)
from creditloop.data.features.definitions import Direction, Feature, FeatureSet, InputColumn, Role
from creditloop.data.features.reading import read_features
from creditloop.data.features.sources import InputSource, feature_sources

__all__ = [
    "Direction",
    "Feature",
    "FeatureSet",
    "InputColumn",
    "InputSource",
    "Role",
    "feature_frame",
    "feature_row",
    "feature_sources",
    "frame_without_inputs",
    "read_features",
    "row_without_inputs",
]
