"""A key opens what it is for, until it is revoked; its secret is kept nowhere."""

from datetime import UTC, datetime, timedelta

import pytest

from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection
from creditloop.service.doors import (
    SCOPES,
    NotAllowed,
    NotSignedIn,
    check_scope,
    create_key,
    find_keys,
    key_of_secret,
    revoke_key,
)

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def test_a_key_is_known_by_its_secret_alone(database: Connection) -> None:
    key, secret = create_key(
        database, holder="partner-1", scopes=["cases:read", "decisions:write"], by="test", now=NOW
    )
    assert key.scopes == ("decisions:write", "cases:read"), "in the order of the table"
    assert secret.startswith(f"cl_{key.key_id}_")
    assert key_of_secret(database, secret=secret) == key
    assert find_keys(database) == (key,)
    everything = str(database.execute("SELECT * FROM doors.api_key").fetchall())
    assert secret[20:] not in everything
    check_scope(key, "cases:read")
    with pytest.raises(NotAllowed) as caught:
        check_scope(key, "cases:write")
    assert caught.value.expected == "cases:write"


def test_a_revoked_key_opens_nothing(database: Connection) -> None:
    key, secret = create_key(database, holder="partner-1", scopes=["cases:read"], by="test", now=NOW)
    _, other = create_key(database, holder="partner-1", scopes=["cases:read"], by="test", now=NOW)
    ended = revoke_key(database, key_id=key.key_id, reason="lost", by="test", now=NOW + timedelta(days=1))
    assert (ended.revoked_at, ended.revoked_reason) == (NOW + timedelta(days=1), "lost")
    again = revoke_key(database, key_id=key.key_id, reason="again", by="test", now=NOW + timedelta(days=2))
    assert again == ended
    assert again.batch_id != key.batch_id
    with pytest.raises(NotSignedIn, match="revoked"):
        key_of_secret(database, secret=secret)
    assert key_of_secret(database, secret=other).revoked_at is None


@pytest.mark.parametrize("spoil", [lambda s: s[:-1], lambda s: s + "A", lambda s: s.upper(), lambda s: s[3:]])
def test_a_spoilt_secret_is_none(database: Connection, spoil) -> None:  # type: ignore[no-untyped-def]
    _, secret = create_key(database, holder="partner-1", scopes=["cases:read"], by="test", now=NOW)
    with pytest.raises(NotSignedIn, match="no key of this bank") as caught:
        key_of_secret(database, secret=spoil(secret))
    assert secret[20:40] not in caught.value.diagnostics()


def test_another_keys_secret_under_this_id_is_none(database: Connection) -> None:
    one, _ = create_key(database, holder="a", scopes=["cases:read"], by="test", now=NOW)
    two, secret = create_key(database, holder="b", scopes=list(SCOPES), by="test", now=NOW)
    with pytest.raises(NotSignedIn):
        key_of_secret(database, secret=secret.replace(two.key_id, one.key_id))


@pytest.mark.parametrize(
    ("holder", "scopes"),
    [
        ("", ["cases:read"]),
        ("a b", ["cases:read"]),
        ("a", []),
        ("a", ["everything"]),
        ("x" * 65, ["cases:read"]),
    ],
)
def test_what_cannot_be_a_key_is_refused(database: Connection, holder: str, scopes: list[str]) -> None:
    with pytest.raises(InputError):
        create_key(database, holder=holder, scopes=scopes, by="test", now=NOW)
    assert find_keys(database) == ()


def test_ending_needs_a_key_and_a_reason(database: Connection) -> None:
    with pytest.raises(UnknownId):
        revoke_key(database, key_id="0" * 16, reason="lost", by="test", now=NOW)
    key, _ = create_key(database, holder="a", scopes=["cases:read"], by="test", now=NOW)
    with pytest.raises(InputError, match="reason"):
        revoke_key(database, key_id=key.key_id, reason=" ", by="test", now=NOW)
