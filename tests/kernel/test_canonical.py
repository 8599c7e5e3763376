"""The bytes that are hashed: one form for one value, whoever writes it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.canonical import INTEGER_MAX, canonical_bytes, content_hash
from creditloop.kernel.errors import InputError

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
EXACT = st.integers(-INTEGER_MAX, INTEGER_MAX)
VALUES = st.recursive(
    st.none() | st.booleans() | EXACT | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@given(VALUES)
def test_an_independent_reader_finds_the_same_value(value: object) -> None:
    assert json.loads(canonical_bytes(value)) == value


@given(VALUES)
def test_the_bytes_are_those_of_rfc_8785(value: object) -> None:
    assert canonical_bytes(value) == rfc_8785(value).encode()


@given(st.dictionaries(KEYS, EXACT, min_size=2), st.randoms())
def test_the_order_in_which_keys_were_put_in_is_not_seen(value: dict[str, int], random: object) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert canonical_bytes(dict(items)) == canonical_bytes(value)


@given(VALUES, VALUES)
def test_two_values_have_one_form_only_if_they_are_one(first: object, second: object) -> None:
    same = rfc_8785(first) == rfc_8785(second)
    assert (canonical_bytes(first) == canonical_bytes(second)) is same
    assert (content_hash(first) == content_hash(second)) is same


def test_the_published_example_of_rfc_8785_without_its_floats() -> None:
    text = '\u20ac$\u000f\nA\'B"\\\\"/'
    value = {"string": text, "literals": [None, True, False]}
    assert canonical_bytes(value) == (
        b'{"literals":[null,true,false],"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (INTEGER_MAX, "9007199254740991"),
        (INTEGER_MAX + 1, '"9007199254740992"'),
        (-INTEGER_MAX - 1, '"-9007199254740992"'),
        (date(2005, 6, 30), '"2005-06-30"'),
        (datetime(2005, 6, 30, 16, tzinfo=UTC), '"2005-06-30T16:00:00.000000Z"'),
        (
            datetime(2005, 7, 1, 0, 0, 0, 5, tzinfo=timezone(timedelta(hours=8))),
            '"2005-06-30T16:00:00.000005Z"',
        ),
        ((1, "a"), '[1,"a"]'),
        (MappingProxyType({"b": 1, "a": 2}), '{"a":2,"b":1}'),
        ("", '""'),
        ({}, "{}"),
        ("\u2028\x7f", '"\u2028\x7f"'),
    ],
)
def test_written_as(value: object, text: str) -> None:
    assert canonical_bytes(value) == text.encode()
    assert content_hash(value) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.0, "this kind of value cannot be hashed"),
        ([{"a": 0.1}], "this kind of value cannot be hashed"),
        (float("nan"), "this kind of value cannot be hashed"),
        (Decimal(1), "this kind of value cannot be hashed"),
        (Fraction(1, 2), "this kind of value cannot be hashed"),
        (b"bytes", "this kind of value cannot be hashed"),
        (bytearray(b"bytes"), "this kind of value cannot be hashed"),
        (memoryview(b"bytes"), "this kind of value cannot be hashed"),
        ({1, 2}, "this kind of value cannot be hashed"),
        (UUID(int=1), "this kind of value cannot be hashed"),
        (timedelta(1), "this kind of value cannot be hashed"),
        ({1: "a"}, "keys of a hashed object must be ASCII text"),
        ({"金额": 1}, "keys of a hashed object must be ASCII text"),
        (datetime(2005, 6, 30), "an instant to be hashed has no time zone"),  # noqa: DTZ001 -- refused
        ({"a": "\ud800"}, "text that is not Unicode cannot be hashed"),
    ],
)
def test_refused(value: object, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        canonical_bytes(value)


def rfc_8785(value: object) -> str:
    """Write a value by the text of RFC 8785, sections 3.2.2 and 3.2.3, with no help from a JSON library."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{quoted(name)}:{rfc_8785(value[name])}" for name in names) + "}"
    assert isinstance(value, list)
    return "[" + ",".join(map(rfc_8785, value)) + "]"


def quoted(text: str) -> str:
    """Quote text as section 3.2.2.2 says."""
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
    long = {code: f"\\u{code:04x}" for code in range(32)}
    return '"' + text.translate(long | short) + '"'
