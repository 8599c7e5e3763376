"""Data keys in the database: made once, wrapped under the root key, never taken away.

`make_keys` makes the first ones; `open_key_ring` opens them; `rotate_key` makes a newer one for values that
come from then on; `rewrap_keys` puts all of them under another root key.
"""

from dataclasses import dataclass
from datetime import datetime

from creditloop.data.identifiers.acts import ActKind, Doing, KeyAct, recorded_act
from creditloop.data.identifiers.key_ring import DataKey, KeyRing, Use
from creditloop.kernel.cipher import CIPHERS, Algorithm
from creditloop.kernel.errors import EvidenceError, InputError, OutOfOrder, StateError
from creditloop.kernel.root_key import RootKey
from creditloop.kernel.storage import Connection, load_queries

_PACKAGE = "creditloop.data.identifiers"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """A data key as it stands in the database.

    Attributes:
        root_id: the root key that wraps it.
        values_count: values that are encrypted with it now; 0 of a token key.
    """

    use: Use
    number: int
    algorithm: Algorithm
    root_id: str
    made_at: datetime
    values_count: int


def key_states(connection: Connection) -> tuple[KeyState, ...]:
    """List the data keys by use and number; nothing is unwrapped."""
    counts = dict(load_queries(_PACKAGE).count_values(connection))
    return tuple(
        KeyState(
            use=Use(use),
            number=number,
            algorithm=Algorithm(algorithm),
            root_id=root_id,
            made_at=made_at,
            values_count=counts.get(number, 0) if use == Use.SEAL else 0,
        )
        for use, number, algorithm, root_id, _, made_at in load_queries(_PACKAGE).list_keys(connection)
    )


def root_id_in_use(connection: Connection) -> str | None:
    """Return the name of the root key that wraps the data keys; None if there are none.

    Raises: EvidenceError if they are wrapped under different ones.
    """
    found = sorted({row[3] for row in load_queries(_PACKAGE).list_keys(connection)})
    if len(found) > 1:
        raise EvidenceError("the data keys are wrapped under more than one root key", got=", ".join(found))
    return found[0] if found else None


def make_keys(
    connection: Connection, *, root: RootKey, algorithm: Algorithm, doing: Doing
) -> tuple[KeyAct, ...]:
    """Make the first data keys, one for values and one for tokens; nothing if there are some."""
    if root_id_in_use(connection) is not None:
        return ()
    load_queries(_PACKAGE).lock_keys(connection)  # only now: who only opens them keeps nobody waiting
    if root_id_in_use(connection) is not None:
        return ()
    return (
        _made(connection, root, doing, use=Use.TOKEN, number=1, algorithm=Algorithm.HMAC_SHA256),
        _made(connection, root, doing, use=Use.SEAL, number=1, algorithm=_cipher(algorithm)),
    )


def open_key_ring(connection: Connection, *, root: RootKey) -> KeyRing:
    """Open the data keys with the root key that wraps them.

    Raises: OutOfOrder if there are none yet; StateError if another root key wraps them; EvidenceError if a
        wrapped key was changed.
    """
    keys = _opened(connection, root)
    return KeyRing(
        seals={key.number: key for key in keys if key.use is Use.SEAL},
        token=max((key for key in keys if key.use is Use.TOKEN), key=lambda key: key.number),
    )


def rotate_key(connection: Connection, *, root: RootKey, algorithm: Algorithm, doing: Doing) -> KeyAct:
    """Make a newer data key: values that come from now on are encrypted with it.

    Raises: what `open_key_ring` raises: a key that cannot be opened beside the others is not made.
    """
    load_queries(_PACKAGE).lock_keys(connection)
    number = open_key_ring(connection, root=root).newest.number + 1
    return _made(connection, root, doing, use=Use.SEAL, number=number, algorithm=_cipher(algorithm))


def rewrap_keys(connection: Connection, *, old: RootKey, new: RootKey, doing: Doing) -> KeyAct:
    """Wrap every data key under a new root key; the values are not touched.

    Raises: what `open_key_ring` raises about the old root key.
    """
    queries = load_queries(_PACKAGE)
    queries.lock_keys(connection)
    for key in _opened(connection, old):
        wrapped = new.wrapped(key.secret, binding=_binding(key.use, key.number, key.algorithm))
        queries.rewrap_key(connection, use=key.use, key_no=key.number, root_id=new.root_id, wrapped=wrapped)
    return recorded_act(connection, doing, act=ActKind.REWRAPPED, root_id=new.root_id)


def _opened(connection: Connection, root: RootKey) -> list[DataKey]:
    in_use = root_id_in_use(connection)
    if in_use is None:
        raise OutOfOrder("the database holds no data keys yet", hint="make them with the first import")
    if in_use != root.root_id:
        raise StateError(
            "the data keys are wrapped under another root key than the one given",
            got=f"root key {root.root_id}",
            expected=f"root key {in_use}",
            hint="restore the root key of this database from its backup",
        )
    return [
        _unwrapped(root, use, number, algorithm, wrapped)
        for use, number, algorithm, _, wrapped, _ in load_queries(_PACKAGE).list_keys(connection)
    ]


def _unwrapped(root: RootKey, use: str, number: int, algorithm: str, wrapped: str) -> DataKey:
    secret = root.unwrapped(wrapped, binding=_binding(Use(use), number, Algorithm(algorithm)))
    if secret is None:
        raise EvidenceError(
            "a wrapped data key does not open: it was changed in the database",
            where={"table": "data.data_key", "use": use, "key": number},
            hint="restore data.data_key from a backup",
        )
    return DataKey(use=Use(use), number=number, algorithm=Algorithm(algorithm), secret=secret)


def _made(
    connection: Connection, root: RootKey, doing: Doing, *, use: Use, number: int, algorithm: Algorithm
) -> KeyAct:
    key = DataKey.fresh(use=use, number=number, algorithm=algorithm)
    load_queries(_PACKAGE).insert_key(
        connection,
        use=use,
        key_no=number,
        algorithm=algorithm,
        root_id=root.root_id,
        wrapped=root.wrapped(key.secret, binding=_binding(use, number, algorithm)),
        made_at=doing.now,
    )
    return recorded_act(connection, doing, act=ActKind.MADE, use=use, key_no=number, root_id=root.root_id)


def _cipher(algorithm: Algorithm) -> Algorithm:
    if algorithm not in CIPHERS:
        raise InputError("values cannot be encrypted with this", got=algorithm, expected=", ".join(CIPHERS))
    return algorithm


def _binding(use: Use, number: int, algorithm: Algorithm) -> bytes:
    return f"creditloop data key\0{use}\0{number}\0{algorithm}".encode()
