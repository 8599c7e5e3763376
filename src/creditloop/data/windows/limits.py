"""How large a measure may be, so that no sum of a party's events can leave 64 bits; and what may be asked."""

from collections.abc import Sequence

from creditloop.data.windows.definitions import WindowFeature
from creditloop.kernel.errors import InputError

MEASURE_MOST = 10**13
"""A hundred billion yuan in fen; 900,000 events of it still fit."""


LATEST_STEP = 2**45
LATEST_ZERO = 2**44
"""The newest of measures is the greatest of numbers that hold days before the measure: a day less of age is a
step more, a measure is told from `LATEST_ZERO` on. Steps for 700 years fit 64 bits."""
LATEST_AGES = 2**17
"""More days than any window has."""


def check_asked(features: Sequence[WindowFeature]) -> None:
    """Refuse to compute nothing."""
    if not features:
        raise InputError("no window feature is asked for", got="none", expected="one or more")


def check_size(value: int, measure: str) -> None:
    """Refuse a measure that is too large to be added up."""
    if not -MEASURE_MOST <= value <= MEASURE_MOST:
        raise too_large(value, measure)


def too_large(value: int, measure: str) -> InputError:
    """Return the error of a measure too large to be added up, for the caller to raise."""
    return InputError(
        "a measure is too large to be added up",
        got=value,
        expected=f"from -{MEASURE_MOST} to {MEASURE_MOST}",
        where={"measure": measure},
    )
