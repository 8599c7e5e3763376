"""Sorts of identifiers (标识种类): how each is written in one way, and what can be checked of it.

| sort | written | checked |
| --- | --- | --- |
| id_number | NFKC, capitals, no spaces or hyphens | 18 characters: GB 11643-1999, or a firm GB 32100-2015 |
| phone | NFKC, no spaces, hyphens, brackets; without 86 before 11 digits | a mobile number of 11 digits |
| address | NFKC, small letters, no spaces | nothing: an address has no syntax |

A token is made of the value so written; what is encrypted is the value as it came.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

_SPACES = r"\s\p{Z}\p{Cf}"
_ID_WEIGHTS = np.array([2 ** (17 - place) % 11 for place in range(17)])
_ID_CHECKS = "10X98765432"
"""GB 11643-1999: the weighted sum of 17 digits modulo 11 names the check character."""
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = np.array([3**place % 31 for place in range(17)])
"""GB 32100-2015: weights 3**i modulo 31 over an alphabet without I, O, S, V, Z."""
_ID_FORM = r"^[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9X]$"
_ID_ALONE = r"^[0-8][0-9]{5}(?:18|19|20)[0-9]{9}[0-9X]$"
"""What looks like a person's number is judged as one only, or a slip would pass as a firm's one time in 31;
codes of the business registry begin with 9."""
_CREDIT_FORM = f"^[{_CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}$"
_MOBILE_FORM = r"^1[3-9][0-9]{9}$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """A sort of identifier.

    Attributes:
        normalised: writes values in the one way; null stays null.
        fails: which of the normalised values cannot be right; null is never at fault.
        expected: what a finding says was expected.
    """

    normalised: Callable[[pl.Series], pl.Series]
    fails: Callable[[pl.Series], pl.Series]
    expected: str


def _written(values: pl.Series, *, dropped: str) -> pl.Series:
    """Normalise, drop what says nothing, and normalise again what stands side by side now."""
    return values.str.normalize("NFKC").str.replace_all(dropped, "").str.normalize("NFKC")


def _id_number(values: pl.Series) -> pl.Series:
    return _written(values.str.to_uppercase(), dropped=rf"[{_SPACES}\p{{Pd}}]+")


def _phone(values: pl.Series) -> pl.Series:
    bare = _written(values, dropped=rf"[{_SPACES}\p{{Pd}}()]+")
    return bare.str.replace(r"^(?:\+86|0086|86)(1[0-9]{10})$", "$1")


def _address(values: pl.Series) -> pl.Series:
    return _written(values.str.to_lowercase(), dropped=f"[{_SPACES}]+")


def _id_number_fails(values: pl.Series) -> pl.Series:
    return values.is_not_null() & ~(_is_person(values) | _is_firm(values))


def _is_person(values: pl.Series) -> pl.Series:
    form = values.str.contains(_ID_FORM).fill_null(value=False)
    born = values.str.slice(6, 8).str.to_date("%Y%m%d", strict=False).is_not_null()
    rows = (form & born.fill_null(value=False)).arg_true()
    digits = _characters(values.gather(rows))
    sums = (digits[:, :17] - ord("0")) @ _ID_WEIGHTS % 11
    checks = np.frombuffer(_ID_CHECKS.encode("ascii"), dtype=np.uint8)
    return _true_at(len(values), rows, checks[sums] == digits[:, 17])


def _is_firm(values: pl.Series) -> pl.Series:
    form = values.str.contains(_CREDIT_FORM) & ~values.str.contains(_ID_ALONE)
    rows = form.fill_null(value=False).arg_true()
    places = np.zeros(128, dtype=np.int64)
    places[np.frombuffer(_CREDIT_ALPHABET.encode("ascii"), dtype=np.uint8)] = np.arange(31)
    parts = places[_characters(values.gather(rows))]
    return _true_at(len(values), rows, (31 - parts[:, :17] @ _CREDIT_WEIGHTS % 31) % 31 == parts[:, 17])


def _characters(texts: pl.Series) -> NDArray[np.int64]:
    """Return (n, 18) codes of texts that are 18 ASCII characters long."""
    joined = "".join(texts).encode("ascii")
    return np.frombuffer(joined, dtype=np.uint8).reshape(-1, 18).astype(np.int64)


def _true_at(count: int, rows: pl.Series, right: NDArray[np.bool_]) -> pl.Series:
    mask = np.zeros(count, dtype=bool)
    mask[rows.to_numpy()] = right
    return pl.Series(mask)


def _phone_fails(values: pl.Series) -> pl.Series:
    return ~values.str.contains(_MOBILE_FORM).fill_null(value=True)


def _never_fails(values: pl.Series) -> pl.Series:
    return pl.repeat(value=False, n=len(values), eager=True)


SORTS: Mapping[str, Sort] = {
    "id_number": Sort(
        normalised=_id_number,
        fails=_id_number_fails,
        expected="18 characters whose check character fits (GB 11643-1999, GB 32100-2015)",
    ),
    "phone": Sort(normalised=_phone, fails=_phone_fails, expected="a mobile number of 11 digits"),
    "address": Sort(normalised=_address, fails=_never_fails, expected="an address"),
}
"""The sorts a contract may name; tokens of different sorts are never equal."""
