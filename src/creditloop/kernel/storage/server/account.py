"""Which user of the machine the server runs as; PostgreSQL refuses to run as root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from creditloop.kernel.errors import StateError

CANDIDATES = ("creditloop", "postgres", "nobody")
"""Users root steps down to, first existing one wins."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the machine; `step_down` says that we are root and the server must not be."""

    name: str
    uid: int
    gid: int
    step_down: bool


def server_account(data_dir: Path) -> Account:
    """Return the user the server runs as: us, or as root the data folder's owner, else a candidate.

    A data folder with data in it keeps its owner, so that a user added to the machine later changes nothing.

    Raises: StateError if the data folder belongs to somebody the server cannot run as, or root has nobody
        to step down to.
    """
    owner = data_dir.stat().st_uid if (data_dir / "PG_VERSION").exists() else None
    if os.geteuid() != 0:
        return _ourselves(data_dir, owner)
    if owner is None:
        return _first_candidate()
    return _as_account(_owner_entry(data_dir, owner))


def _ourselves(data_dir: Path, owner: int | None) -> Account:
    if owner is not None and owner != os.geteuid():
        raise StateError(
            "the data folder belongs to another user; nothing was touched",
            got=f"owner uid {owner}",
            expected=f"owner uid {os.geteuid()}",
            where={"file": data_dir},
            hint="run as that user, or choose another state folder with CREDITLOOP_STATE",
        )
    return Account(name=str(os.geteuid()), uid=os.geteuid(), gid=os.getegid(), step_down=False)


def _first_candidate() -> Account:
    for name in CANDIDATES:
        try:
            return _as_account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise StateError(
        "root cannot run a PostgreSQL server, and there is no user to run it as",
        expected="a user named " + ", ".join(CANDIDATES[:-1]) + f" or {CANDIDATES[-1]}",
        hint="add one with `useradd --system creditloop`",
    )


def _owner_entry(data_dir: Path, owner: int) -> pwd.struct_passwd:
    try:
        entry = pwd.getpwuid(owner)
    except KeyError:
        entry = None
    if entry is None or owner == 0:
        raise StateError(
            "the data folder's owner cannot run a PostgreSQL server; nothing was touched",
            got=f"owner uid {owner}",
            expected="an existing user other than root",
            where={"file": data_dir},
            hint="give the data folder back to the user it was made for, or choose another CREDITLOOP_STATE",
        )
    return entry


def _as_account(entry: pwd.struct_passwd) -> Account:
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, step_down=True)
