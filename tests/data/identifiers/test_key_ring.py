"""Keys as values: what they show, and what tokens are."""

import hashlib
import hmac
from base64 import urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.data.identifiers import CIPHERS, SORTS, Algorithm, KeyRing, Use
from creditloop.data.identifiers.key_ring import DataKey
from creditloop.kernel.cipher import KEY_BYTES
from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.root_key import RootKey

SECRET = bytes(range(32))
TOKEN = DataKey(use=Use.TOKEN, number=1, algorithm=Algorithm.HMAC_SHA256, secret=SECRET)
SEALS = {
    number: DataKey.fresh(use=Use.SEAL, number=number, algorithm=algorithm)
    for number, algorithm in enumerate(CIPHERS, 1)
}
RING = KeyRing(seals=SEALS, token=TOKEN)
TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=20)


def test_no_secret_shows() -> None:
    root = RootKey(SECRET)
    shown = f"{root!r} {TOKEN!r} {RING!r} {root.root_id}"
    assert SECRET.hex()[:16] not in shown
    assert repr(SECRET)[2:20] not in shown
    assert repr(SEALS[1].secret)[2:10] not in shown


def test_a_token_is_the_hmac_of_sort_and_value() -> None:
    number, _, text = RING.token_of("13800001111", sort="phone").partition(".")
    digest = hmac.new(SECRET, b"phone\x0013800001111", hashlib.sha256).digest()
    assert (number, urlsafe_b64decode(text)) == ("1", digest[:24])


@given(TEXTS, TEXTS, st.sampled_from(sorted(SORTS)), st.sampled_from(sorted(SORTS)))
def test_tokens_are_equal_for_equal_values_of_one_sort_only(
    one: str, other: str, sort: str, kind: str
) -> None:
    same = RING.token_of(one, sort=sort) == RING.token_of(other, sort=kind)
    assert same is ((one, sort) == (other, kind))


def test_tokens_of_another_key_do_not_join() -> None:
    other = DataKey(use=Use.TOKEN, number=1, algorithm=Algorithm.HMAC_SHA256, secret=bytes(32))
    assert KeyRing(seals=SEALS, token=other).token_of("a", sort="phone") != RING.token_of("a", sort="phone")


@given(st.binary(max_size=40), st.binary(max_size=20))
def test_only_the_root_key_unwraps(secret: bytes, binding: bytes) -> None:
    root = RootKey(SECRET)
    wrapped = root.wrapped(secret, binding=binding)
    assert root.unwrapped(wrapped, binding=binding) == secret
    assert root.unwrapped(wrapped, binding=binding + b"x") is None
    assert RootKey(bytes(32)).unwrapped(wrapped, binding=binding) is None


def test_keys_have_the_length_their_algorithm_needs() -> None:
    assert (
        [len(SEALS[number].secret) for number in SEALS] == [KEY_BYTES[each] for each in CIPHERS] == [32, 16]
    )
    assert RootKey.fresh().secret != RootKey.fresh().secret


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_root_key_has_32_bytes(length: int) -> None:
    with pytest.raises(InputError, match="not a root key") as refused:
        RootKey(bytes(length))
    assert refused.value.got == f"{length} bytes"


def test_the_newest_key_is_the_highest_number_and_an_unknown_one_is_named() -> None:
    assert RING.newest is SEALS[2]
    with pytest.raises(StateError, match="not among the keys") as refused:
        RING.seal(7)
    assert (refused.value.got, refused.value.expected) == ("key 7", "1, 2")
