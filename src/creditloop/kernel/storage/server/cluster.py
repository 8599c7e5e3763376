"""The data folder: made whole or not at all, and bound to one major version of PostgreSQL."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from creditloop.kernel.errors import StateError
from creditloop.kernel.storage.server.account import Account
from creditloop.kernel.storage.server.binaries import Binaries, as_user
from creditloop.kernel.storage.server.folders import Layout
from creditloop.kernel.storage.server.logs import open_start_log, tail

SUPERUSER = "creditloop"
"""Role that owns the cluster; whoever may enter the socket's folder connects as it."""
INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--encoding=UTF8",
    "--locale=C",
    "--data-checksums",
    "--auth-local=trust",  # the socket's folder is the door, see `folders.check_private_folder`
    "--auth-host=reject",
    "--no-instructions",
)
_UNFINISHED = ".data-"


def read_major(data_dir: Path) -> int | None:
    """Return the major version a data folder was made with; None if there is no data folder yet.

    Raises: StateError if something that is not a data folder stands in its place.
    """
    try:
        text = (data_dir / "PG_VERSION").read_text(encoding="ascii").strip()
        return int(text)
    except FileNotFoundError:
        if not os.path.lexists(data_dir) or (data_dir.is_dir() and not any(data_dir.iterdir())):
            return None
        got = "no file PG_VERSION in it"
    except (ValueError, NotADirectoryError) as fault:
        got = str(fault)
    raise StateError(
        "something that is not a data folder stands in its place; nothing was touched",
        got=got,
        expected="a PostgreSQL data folder, or nothing",
        where={"file": data_dir},
        hint="move it away, or choose another state folder with CREDITLOOP_STATE",
    )


def other_major(data_dir: Path, *, data_major: int, chosen: Binaries, fitting: Path | None) -> StateError:
    """Return the refusal to start a server of another major version than the data folder's.

    Args:
        fitting: a bin folder of the data folder's version on this machine, if one was found.
    Returns: StateError naming both versions and what to do; nothing has been touched.
    """
    way = f"={fitting}" if fitting else f" to the bin folder of a PostgreSQL {data_major}"
    return StateError(
        "the data folder was made by another major version of PostgreSQL; nothing was touched",
        got=f"data of PostgreSQL {data_major}",
        expected=f"data of PostgreSQL {chosen.major} ({chosen.origin} {chosen.version}, {chosen.folder})",
        where={"file": data_dir},
        hint=f"set CREDITLOOP_PG_BIN{way}; or dump with {data_major}, move the folder away, "
        f"load with {chosen.major}",
    )


def make_cluster(layout: Layout, *, binaries: Binaries, account: Account, lock: int) -> None:
    """Make the data folder with initdb: UTF8, locale C, checksums, local connections only.

    It is made under another name, written to disk and renamed; what earlier attempts left is removed.

    Args:
        lock: descriptor of `server.lock`, held; initdb keeps it should we die meanwhile.
    Raises: StateError with what initdb said.
    """
    remove_unfinished(layout.state)
    new = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=layout.state))
    if account.step_down:
        os.chown(new, account.uid, account.gid)
    _run_initdb(layout, new, binaries=binaries, account=account, lock=lock)
    if layout.data.is_dir():
        layout.data.rmdir()  # empty: read_major found nothing in it
    new.rename(layout.data)
    _write_to_disk(layout.state)


def remove_unfinished(state: Path) -> None:
    """Remove half-made data folders; the caller holds `server.lock`, so nobody is making one."""
    for folder in state.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(folder)


def _run_initdb(layout: Layout, new: Path, *, binaries: Binaries, account: Account, lock: int) -> None:
    command = [str(binaries.folder / "initdb"), "-D", str(new), *INITDB_OPTIONS]
    with open_start_log(layout) as log:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, umask=0o077,
            pass_fds=(lock,), check=False, **as_user(account),
        )  # fmt: skip
    if ended.returncode != 0:
        remove_unfinished(layout.state)
        raise StateError(
            "initdb could not make the data folder",
            got=tail(layout.start_log) or f"exit status {ended.returncode}",
            where={"file": layout.data},
            hint=f"see {layout.start_log}",
        )


def _write_to_disk(folder: Path) -> None:
    """Make a rename in this folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
