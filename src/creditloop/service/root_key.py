"""The root key (根密钥): the one key outside the database, and the key ring it opens.

It stands in `<state>/keys/<database>.root`, a file of one line that only its owner may read, made when the
first identifiers are imported; or in the variable CREDITLOOP_ROOT_KEY, as the base64 of 32 bytes, for a bank
that keeps it in a safe of its own. It is never made anew for a database that holds data keys already.

Replacing it: 1 the new one is written beside it (`.root.next`) 2 the data keys are wrapped under it, in one
transaction 3 it takes the old one's place. Broken off after 2, whoever opens the keys next does step 3.
"""

import base64
import binascii
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from creditloop.data.identifiers import (
    Algorithm,
    Doing,
    KeyAct,
    KeyRing,
    make_keys,
    open_key_ring,
    rewrap_keys,
    root_id_in_use,
)
from creditloop.kernel.errors import InputError, OutOfOrder, StateError
from creditloop.kernel.files import sync_folder
from creditloop.kernel.root_key import RootKey
from creditloop.kernel.storage import Connection
from creditloop.kernel.storage.server import make_state_folder
from creditloop.service.bank import Bank
from creditloop.service.places import Places
from creditloop.service.work import Work

ROOT_KEY = "CREDITLOOP_ROOT_KEY"
NEXT_ROOT_KEY = "CREDITLOOP_NEXT_ROOT_KEY"
_RESTORE = "restore it from its backup: without it no identifier of this database can be read"


def open_keys(work: Work, *, by: str) -> KeyRing:
    """Open the bank's key ring for a piece of work; of a bank without keys, make them first.

    Raises: StateError if the root key is gone, is another one, or others may read its file; InputError if
        what stands there is no root key.
    """
    root = find_root_key(work.connection, places=work.places, make=True)
    doing = Doing(by=by, reason="the first identifiers are imported", now=work.now)
    for act in make_keys(work.connection, root=root, algorithm=Algorithm.AES_256_GCM, doing=doing):
        work.recorded(act.batch_id)
    return open_key_ring(work.connection, root=root)


def root_key_file(connection: Connection, *, places: Places) -> Path:
    """Return where the root key of the connected database stands, if no variable holds it."""
    return places.state / "keys" / f"{connection.info.dbname}.root"


def find_root_key(connection: Connection, *, places: Places, make: bool = False) -> RootKey:
    """Find the root key of the connected database.

    Args:
        make: make one if there is none and the database holds no data keys either.
    Raises: as `open_keys`; OutOfOrder if there is none and none may be made.
    """
    in_use = root_id_in_use(connection)
    file = root_key_file(connection, places=places)
    if given := places.environment.get(ROOT_KEY):
        root, where = _parsed(given, {"variable": ROOT_KEY}), {"variable": ROOT_KEY}
    else:
        where = {"file": str(file)}
        if in_use is not None:
            _finish_replacing(file, in_use)
        if not file.exists():
            _check_none_lost(in_use, make=make, where=where)
            _write(file, RootKey.fresh(), places)
        root = _read(file)
    if in_use not in {None, root.root_id}:
        raise StateError(
            "this is not the root key of this database",
            got=f"root key {root.root_id}",
            expected=f"root key {in_use}",
            where=where,
            hint=_RESTORE,
        )
    return root


def replace_root_key(bank: Bank, *, by: str, reason: str) -> KeyAct:
    """Wrap the data keys under a new root key, and keep that in place of the old one.

    With CREDITLOOP_ROOT_KEY the new one is that of CREDITLOOP_NEXT_ROOT_KEY; whoever set them then moves it.
    """
    places = bank.places
    with bank.work() as work:
        old = find_root_key(work.connection, places=places)
        file = root_key_file(work.connection, places=places)
        if places.environment.get(ROOT_KEY):
            new = _parsed(places.environment.get(NEXT_ROOT_KEY, ""), {"variable": NEXT_ROOT_KEY})
        else:
            new = _next_key(file, places)
        doing = Doing(by=by, reason=reason, now=work.now)
        act = rewrap_keys(work.connection, old=old, new=new, doing=doing)
        work.recorded(act.batch_id)
    if not places.environment.get(ROOT_KEY):
        _finish_replacing(file, new.root_id)
    return act


def _check_none_lost(in_use: str | None, *, make: bool, where: dict[str, str]) -> None:
    if in_use is not None:
        raise StateError(
            "the database holds encrypted identifiers, but its root key is gone",
            expected=f"root key {in_use}",
            where=where,
            hint=_RESTORE,
        )
    if not make:
        raise OutOfOrder("there are no keys yet", where=where, hint="they are made with the first import")


def _next(file: Path) -> Path:
    return file.with_name(f"{file.name}.next")


def _next_key(file: Path, places: Places) -> RootKey:
    """Write the new root key beside the old one, or take the one a broken off attempt left."""
    if not _next(file).exists():
        _write(_next(file), RootKey.fresh(), places)
    return _read(_next(file))


def _finish_replacing(file: Path, in_use: str) -> None:
    if _next(file).exists() and _read(_next(file)).root_id == in_use:
        _next(file).replace(file)
        sync_folder(file.parent)


def _write(file: Path, root: RootKey, places: Places) -> None:
    """Write a root key so that it is on the disk, whole, before anything is wrapped under it.

    Of two who write at once the first stands, for both: what a key wraps must never outlive its file.
    """
    make_state_folder(places.state)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(base64.b64encode(root.secret) + b"\n")
        stream.flush()
        os.fsync(handle)
    with suppress(FileExistsError):
        os.link(unfinished, file)
    unfinished.unlink()
    sync_folder(file.parent)


def _read(file: Path) -> RootKey:
    _check_private(file.parent, stat.S_ISDIR, "a folder")
    _check_private(file, stat.S_ISREG, "a file")
    return _parsed(file.read_text(encoding="ascii", errors="replace"), {"file": str(file)})


def _check_private(path: Path, is_kind: Callable[[int], bool], kind: str) -> None:
    found = path.lstat()
    mode = stat.S_IMODE(found.st_mode)
    if not is_kind(found.st_mode) or found.st_uid != os.geteuid() or mode & 0o077:
        raise StateError(
            "others may read or replace the root key: it is not used",
            got=f"{stat.filemode(found.st_mode)}, owner uid {found.st_uid}",
            expected=f"{kind} that only uid {os.geteuid()} may enter or read",
            where={"file": path},
            hint="find out who could read it; if somebody could, `creditloop data-keys rewrap`",
        )


def _parsed(text: str, where: dict[str, str]) -> RootKey:
    try:
        return RootKey(base64.b64decode(text.strip(), validate=True))
    except (binascii.Error, ValueError, InputError):
        raise InputError(
            "this is no root key",
            got=f"{len(text)} characters",
            expected="the base64 of 32 bytes",
            where=where,
        ) from None
