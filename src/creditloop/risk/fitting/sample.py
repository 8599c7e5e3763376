"""What a frame must keep to be fitted on (建模样本检查), whatever is fitted: the same for every learner."""

from collections.abc import Sequence

import polars as pl

from creditloop.formula import State
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import CardFeature


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
    failed = {name: _failed(frame[f"{name}__state"]) for name in names if f"{name}__state" in frame.columns}
    if any(failed.values()):
        raise InputError(
            "features could not be computed in some rows",
            got={name: count for name, count in failed.items() if count},
            hint="a card refers such rows; leave them out of its fit",
        )


def _failed(states: pl.Series) -> int:
    """Return how many rows a card would refer by these states."""
    if not states.dtype.is_integer():
        return len(states)
    fine = states.is_between(State.OK.value, State.OVERFLOW.value, closed="left").fill_null(value=False)
    return len(states) - int(fine.sum())
