"""Quality of a source (数据质量): what stands in its tables, what was noticed, how late it came, its readers.

`quality_report` counts, table by table and column by column: rows, nulls, values that are not listed (named),
corrections, how long after it happened something became known; and over the imports: findings by code with
their shares, duplicates and conflicts, rejected rows against the contract's limit. What it reads of the rows
goes through the door for the purpose `quality`: a column that purpose may not read is told, and not counted.
`codes_unlisted_in_features` finds what an import brings that features in production do not know.
"""

from creditloop.data.quality.columns import ColumnQuality
from creditloop.data.quality.feature_codes import codes_unlisted_in_features
from creditloop.data.quality.report import (
    FindingShare,
    PurposeReads,
    QualityReport,
    TableQuality,
    quality_report,
)

__all__ = [
    "ColumnQuality",
    "FindingShare",
    "PurposeReads",
    "QualityReport",
    "TableQuality",
    "codes_unlisted_in_features",
    "quality_report",
]
