"""What a frame must keep to be fitted on (建模样本检查), whatever is fitted: the same for every learner.

What would make a model that means nothing is refused, each column by name. What only cannot help, one value
or none, is left out and told; words too many to stand each alone are told.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.binning import CardFeature, ColumnFault, ColumnFinding, column_findings
from creditloop.risk.card.frames import told_states
from creditloop.risk.card.parts import DroppedFeature, LeftOut
from creditloop.risk.measures.outcomes import Bools

_SAY_NOTHING = frozenset({ColumnFault.ALL_MISSING, ColumnFault.CONSTANT})


class SampleColumns(NamedTuple):
    """The columns of a sample.

    Attributes:
        features: that have more than one value.
        findings: what a reader must know of the others, and of columns of too many words.
        dropped: the others, as a card tells them.
    """

    features: tuple[CardFeature, ...]
    findings: tuple[ColumnFinding, ...]
    dropped: tuple[DroppedFeature, ...]


def checked_columns(
    frame: pl.DataFrame, bad: Bools, features: Sequence[CardFeature], *, prebins_max: int
) -> SampleColumns:
    """Return what can be fitted with, and what was found.

    Raises: InputError as `check_sample`, and for columns of another kind than declared, infinite values, a
        copy of another column, the target among the features, or if no feature is left.
    """
    check_sample(frame, features, rows=len(bad))
    found = column_findings(frame=frame, bad=bad, features=features, prebins_max=prebins_max)
    silent = {entry.column for entry in found if entry.fault in _SAY_NOTHING}
    if wrong := [entry for entry in found if entry.leaves_out and entry.column not in silent]:
        raise InputError(
            "columns must not be fitted as they are: " + "; ".join(entry.en for entry in wrong),
            got=[entry.column for entry in wrong],
            hint="leave them out of the features: " + ", ".join(entry.column for entry in wrong),
        )
    left = tuple(entry for entry in features if entry.name not in silent)
    if not left:
        raise InputError("no feature is left: " + "; ".join(entry.en for entry in found), got=sorted(silent))
    dropped = (entry.name for entry in features if entry.name in silent)
    return SampleColumns(
        left, found, tuple(DroppedFeature(name=name, iv_nano=0, reason=LeftOut.ONE_BIN) for name in dropped)
    )


def check_sample(frame: pl.DataFrame, features: Sequence[CardFeature], *, rows: int) -> None:
    """Refuse a frame that cannot be fitted on.

    Args:
        rows: how many outcomes there are.
    Raises: InputError for no features or one twice, columns that are absent, other rows than outcomes, or
        rows whose feature failed by its column `<feature>__state`, or has no state there.
    """
    names = [entry.name for entry in features]
    if not names:
        raise InputError("no feature is offered", expected="one or more")
    if len(set(names)) != len(names):
        raise InputError("a feature is offered twice", got=sorted(names))
    if absent := [name for name in names if name not in frame.columns]:
        raise InputError("the frame lacks features", got=absent, expected=names)
    if frame.height != rows:
        raise InputError("the frame and bad must have the same rows", got=frame.height, expected=rows)
    states = {name: told_states(frame, name) for name in names}
    failed = {name: int(np.count_nonzero(told)) for name, told in states.items() if told is not None}
    if any(failed.values()):
        raise InputError(
            "features could not be computed in some rows",
            got={name: count for name, count in failed.items() if count},
            hint="a card refers such rows; leave them out of its fit",
        )
