"""Split a book into the half a card is fitted on and the half it decides, by hash (按哈希切分).

Which half a party is in depends on its id and the plan's salt alone: not on the order of rows, on who else is
there, or on a generator of random numbers. The same party is in the same half next month and on any machine.
"""

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk import drawn, falls_below

FIT, DECIDE = "fit", "decide"
NANO = 1_000_000_000


def half_of(*, party_id: str, salt: str, fit_share_nano: int) -> str:
    """Return the half of a party: `FIT` if the hash of salt and id falls below the share, else `DECIDE`.

    Raises: InputError if the share is not between 0 and 1, or the salt is empty.

    >>> half_of(party_id="taiwan_cards/7", salt="a", fit_share_nano=0)
    'decide'
    """
    _check(salt, fit_share_nano)
    return _half(party_id, salt, fit_share_nano)


def halves(*, party_ids: pl.Series, salt: str, fit_share_nano: int) -> pl.Series:
    """Return the half of each party, as `half_of` gives it; a Series named "half".

    Raises: InputError as `half_of` does.
    """
    _check(salt, fit_share_nano)
    told = [_half(party_id, salt, fit_share_nano) for party_id in party_ids.to_list()]
    return pl.Series("half", told, dtype=pl.String)


def _half(party_id: str, salt: str, fit_share_nano: int) -> str:
    number = drawn(party_id=party_id, salt=salt)
    return FIT if falls_below(number, share_nano=fit_share_nano) else DECIDE


def _check(salt: str, fit_share_nano: int) -> None:
    if not salt:
        raise InputError("a split needs a salt", got=repr(salt), expected="a text, kept with the plan")
    if not 0 <= fit_share_nano <= NANO:
        raise InputError("not a share", got=fit_share_nano, expected=f"0 to {NANO} (nano)")
