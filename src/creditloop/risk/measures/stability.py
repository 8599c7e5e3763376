"""Whether those who come are like those a scorecard was made on (稳定性): psi, csi."""

import numpy as np
import numpy.typing as npt

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.outcomes import Floats


def psi(*, expected: npt.ArrayLike, actual: npt.ArrayLike) -> float:
    """Return the population stability index (PSI) of two counts over the same bins; 0 is no change.

    psi = sum of (a - e) · ln(a / e) over the bins' shares. A bin that is empty in one of them counts half a
    row there, so the index is always a number; one that is empty in both counts nothing. It is the symmetric
    divergence of Jeffreys (1946), as Siddiqi, Credit Risk Scorecards (2006), uses it.

    Args:
        expected, actual: (k,) whole numbers >= 0, some rows in each.
    Raises: InputError otherwise.

    >>> round(psi(expected=[50, 50], actual=[60, 40]), 6)
    0.040547
    """
    return float(sum(psi_parts(expected=expected, actual=actual)))


def psi_parts(*, expected: npt.ArrayLike, actual: npt.ArrayLike) -> tuple[float, ...]:
    """Return each bin's part in the psi, >= 0; arguments and errors as `psi`."""
    before, after = _counts(expected, name="expected"), _counts(actual, name="actual")
    if before.shape != after.shape:
        raise InputError("counts must be of the same bins", got=after.shape, expected=before.shape)
    seen = (before > 0) | (after > 0)
    shares = [_shares(part, seen) for part in (before, after)]
    parts: Floats = np.zeros(before.shape)
    parts[seen] = (shares[1] - shares[0]) * np.log(shares[1] / shares[0])
    return tuple(float(part) for part in parts)


def _counts(counts: npt.ArrayLike, *, name: str) -> Floats:
    found = np.asarray(counts)
    if found.ndim != 1 or found.dtype.kind not in "iu" or (found < 0).any() or not found.any():
        raise InputError(
            f"{name} must be counts of rows in bins", got=found.tolist(), expected="some rows, >= 0"
        )
    return found.astype(np.float64)


def _shares(counts: Floats, seen: np.ndarray) -> Floats:
    filled = np.where(counts[seen] > 0, counts[seen], 0.5)
    return np.asarray(filled / filled.sum())
