"""Bins of a feature (分箱): where its values part, and what each part says.

`bins` are the parts themselves: intervals of a number, lists of words, special codes, the missing. They are
found in steps: `counting` counts goods and bads by value, from rows or, by the queries of `counting_sql`, in
a database; `cutting` puts values into pre-bins at quantiles; `merging` merges neighbours by exact dynamic
programming so that the information value is the greatest there is under the limits asked for; `refining`
moves the cuts. Either door is `feature_bins`; `prebins` stops before merging, `placing` puts new values into
bins that stand, `woe_tables` tells bins as records. `column_findings` names columns that must not be fitted.
Counts add up, so rows may be counted where they lie; the same counts give the same bins.
"""

from creditloop.risk.binning.bins import Bin, CardFeature, Direction
from creditloop.risk.binning.column_findings import ColumnFault, ColumnFinding, column_findings
from creditloop.risk.binning.counting import Count, ValueCounts, count_values, merged
from creditloop.risk.binning.counting_sql import bits_within, cells_query, counts_from_rows, counts_query
from creditloop.risk.binning.feature_bins import (
    BinnedFeature,
    CountedBins,
    DirectionFinding,
    bin_counts,
    bin_feature,
    direction_findings,
)
from creditloop.risk.binning.merging import PREBINS_MAX, BinLimits
from creditloop.risk.binning.placing import place_values
from creditloop.risk.binning.prebins import PrebinnedFeature, prebin_feature
from creditloop.risk.binning.woe_tables import WoeRow, woe_table

__all__ = [
    "PREBINS_MAX",
    "Bin",
    "BinLimits",
    "BinnedFeature",
    "CardFeature",
    "ColumnFault",
    "ColumnFinding",
    "Count",
    "CountedBins",
    "Direction",
    "DirectionFinding",
    "PrebinnedFeature",
    "ValueCounts",
    "WoeRow",
    "bin_counts",
    "bin_feature",
    "bits_within",
    "cells_query",
    "column_findings",
    "count_values",
    "counts_from_rows",
    "counts_query",
    "direction_findings",
    "merged",
    "place_values",
    "prebin_feature",
    "woe_table",
]
