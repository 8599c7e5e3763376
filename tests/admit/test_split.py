"""The split is by id and salt alone, at the share asked for."""

import hashlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.admit import DECIDE, FIT, half_of, halves
from creditloop.kernel.errors import InputError

NANO = 10**9
SHARES = st.integers(0, NANO)


@given(st.lists(st.text(min_size=1), max_size=30), SHARES)
def test_a_column_is_split_as_each_party_is(parties: list[str], share: int) -> None:
    told = halves(party_ids=pl.Series(parties, dtype=pl.String), salt="s", fit_share_nano=share)
    assert told.name == "half"
    assert told.to_list() == [half_of(party_id=party, salt="s", fit_share_nano=share) for party in parties]


@given(st.text(min_size=1), SHARES, SHARES)
def test_a_larger_share_keeps_who_was_in_it(party: str, one: int, other: int) -> None:
    small, large = sorted((one, other))
    if half_of(party_id=party, salt="s", fit_share_nano=small) == FIT:
        assert half_of(party_id=party, salt="s", fit_share_nano=large) == FIT


def test_it_is_the_first_eight_bytes_of_the_hash_of_salt_and_id() -> None:
    drawn = int.from_bytes(hashlib.sha256(b"saltbook/7").digest()[:8])
    border = drawn * NANO // 2**64
    assert half_of(party_id="book/7", salt="salt", fit_share_nano=border) == DECIDE
    assert half_of(party_id="book/7", salt="salt", fit_share_nano=border + 1) == FIT


def test_the_share_is_kept_and_the_salt_matters() -> None:
    parties = pl.Series([f"p/{number}" for number in range(20_000)])
    told = halves(party_ids=parties, salt="a", fit_share_nano=300_000_000)
    assert abs((told == FIT).mean() - 0.3) < 0.01  # type: ignore[operator]
    other = halves(party_ids=parties, salt="b", fit_share_nano=300_000_000)
    assert 0.05 < ((told == FIT) & (other == FIT)).mean() < 0.13  # type: ignore[operator]
    whole = halves(party_ids=parties, salt="a", fit_share_nano=NANO)
    assert set(whole) == {FIT}


@pytest.mark.parametrize(
    ("salt", "share", "message"),
    [("", 1, "a split needs a salt"), ("s", -1, "not a share"), ("s", NANO + 1, "share")],
)
def test_what_is_no_split_is_refused(salt: str, share: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        half_of(party_id="p", salt=salt, fit_share_nano=share)
    with pytest.raises(InputError, match=message):
        halves(party_ids=pl.Series([], dtype=pl.String), salt=salt, fit_share_nano=share)
