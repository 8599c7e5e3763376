"""Data keys in the database: made once, opened by their root key alone, rotated, wrapped anew."""

import psycopg
import pytest
from tests.data.identifiers.people import DOING, ROOT, ring

from creditloop.data.identifiers import (
    ActKind,
    Algorithm,
    Doing,
    Use,
    key_acts,
    key_states,
    make_keys,
    open_key_ring,
    rewrap_keys,
    root_id_in_use,
    rotate_key,
)
from creditloop.kernel.errors import EvidenceError, InputError, OutOfOrder, StateError
from creditloop.kernel.root_key import RootKey
from creditloop.kernel.storage import Connection

OTHER = RootKey(bytes(32))


def test_the_first_keys_are_made_once(store: Connection) -> None:
    first = ring(store)
    assert make_keys(store, root=OTHER, algorithm=Algorithm.SM4_GCM, doing=DOING) == ()
    again = open_key_ring(store, root=ROOT)
    assert (again.newest.secret, again.token.secret) == (first.newest.secret, first.token.secret)
    assert first.newest.secret != first.token.secret
    assert [(each.use, each.number, each.algorithm.value) for each in key_states(store)] == [
        (Use.SEAL, 1, "AES-256-GCM"),
        (Use.TOKEN, 1, "HMAC-SHA256"),
    ]
    assert [(each.act, each.use, each.key_no, each.by) for each in key_acts(store)] == [
        (ActKind.MADE, Use.TOKEN, 1, "a test"),
        (ActKind.MADE, Use.SEAL, 1, "a test"),
    ]


def test_without_keys_or_with_another_root_key_nothing_opens(store: Connection) -> None:
    with pytest.raises(OutOfOrder, match="no data keys yet"):
        open_key_ring(store, root=ROOT)
    ring(store)
    with pytest.raises(StateError, match="wrapped under another root key") as refused:
        open_key_ring(store, root=OTHER)
    assert (refused.value.got, refused.value.expected) == (
        f"root key {OTHER.root_id}",
        f"root key {ROOT.root_id}",
    )
    with pytest.raises(StateError, match="wrapped under another root key"):
        rotate_key(store, root=OTHER, algorithm=Algorithm.AES_256_GCM, doing=DOING)


def test_a_wrapped_key_that_was_changed_or_put_in_anothers_place_does_not_open(store: Connection) -> None:
    ring(store)
    rotate_key(store, root=ROOT, algorithm=Algorithm.AES_256_GCM, doing=DOING)
    for wrapped in ("(SELECT wrapped FROM data.data_key WHERE use = 'seal' AND key_no = 1)", "'1.AAAA'"):
        with store.transaction(force_rollback=True):
            store.execute(
                f"UPDATE data.data_key SET wrapped = {wrapped} WHERE use = 'seal' AND key_no = 2".encode()
            )
            with pytest.raises(EvidenceError, match="does not open") as refused:
                open_key_ring(store, root=ROOT)
            assert refused.value.where == {"table": "data.data_key", "use": "seal", "key": 2}
    store.execute("UPDATE data.data_key SET root_id = repeat('0', 16) WHERE use = 'seal' AND key_no = 2")
    with pytest.raises(EvidenceError, match="more than one root key"):
        root_id_in_use(store)


def test_a_newer_key_stands_beside_the_older(store: Connection) -> None:
    first = ring(store)
    act = rotate_key(store, root=ROOT, algorithm=Algorithm.SM4_GCM, doing=DOING)
    later = open_key_ring(store, root=ROOT)
    assert (act.act, act.key_no, later.newest.number) == (ActKind.MADE, 2, 2)
    assert later.newest.algorithm is Algorithm.SM4_GCM
    assert later.seal(1).secret == first.newest.secret
    assert later.token.secret == first.token.secret


def test_another_root_key_takes_over_all_keys(store: Connection) -> None:
    ring(store)
    rotate_key(store, root=ROOT, algorithm=Algorithm.SM4_GCM, doing=DOING)
    before = open_key_ring(store, root=ROOT)
    act = rewrap_keys(store, old=ROOT, new=OTHER, doing=DOING)
    after = open_key_ring(store, root=OTHER)
    assert (act.act, act.root_id, root_id_in_use(store)) == (ActKind.REWRAPPED, OTHER.root_id, OTHER.root_id)
    assert {number: key.secret for number, key in after.seals.items()} == {
        number: key.secret for number, key in before.seals.items()
    }
    assert after.token.secret == before.token.secret
    with pytest.raises(StateError, match="another root key"):
        open_key_ring(store, root=ROOT)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM data.data_key",
        "TRUNCATE data.data_key",
        "UPDATE data.data_key SET key_no = key_no + 1",
        "UPDATE data.data_key SET algorithm = 'none'",
        "DELETE FROM data.key_act",
        "UPDATE data.key_act SET by = 'nobody'",
        "TRUNCATE data.sealed_value",
        "UPDATE data.sealed_value SET row_no = 0",
        "UPDATE data.sealed_value SET column_name = 'phone'",
    ],
)
def test_the_database_refuses_what_nobody_may_do(store: Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
        store.execute(statement.encode())
    store.rollback()


def test_values_are_not_encrypted_with_the_hash_of_tokens(store: Connection) -> None:
    with pytest.raises(InputError, match="cannot be encrypted with this"):
        make_keys(store, root=ROOT, algorithm=Algorithm.HMAC_SHA256, doing=DOING)


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("who", " ")])
def test_an_act_says_who_and_why(by: str, reason: str) -> None:
    with pytest.raises(InputError, match="who does it and why"):
        Doing(by=by, reason=reason, now=DOING.now)
