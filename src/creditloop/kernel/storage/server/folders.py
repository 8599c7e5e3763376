"""Where the embedded server's things stand, and who may enter.

<state>/            root or the user; 0711 as root (others pass through, list nothing), 0700 as a user
  data/             the database, 0700, the server's user
  log/              server-<weekday>.log, 0700, the server's user
  socket/           0700, the server's user; a short folder elsewhere when the path is too long for a socket
  binaries/<key>/   as root: a copy of the wheel, which the server's user may not be able to reach in place
  start.lock        held while somebody starts or stops the server
  server.lock       held by every process of the server for as long as it lives
  start.log         what initdb and the server said before the log was open

Folders above the state folder are never changed; a folder that exists keeps its mode.
"""

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.storage.server.account import Account

PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
SOCKET_PATH_MAX = 103
"""Bytes of a socket's path: 107 on Linux, 103 on macOS; the smaller serves both."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below one state folder."""

    state: Path

    @property
    def data(self) -> Path:
        """The database itself (PGDATA)."""
        return self.state / "data"

    @property
    def log(self) -> Path:
        """Folder of the server's own log files."""
        return self.state / "log"

    @property
    def binaries(self) -> Path:
        """Folder of copied binaries, one folder per build."""
        return self.state / "binaries"

    @property
    def start_lock(self) -> Path:
        """Held while somebody starts or stops the server."""
        return self.state / "start.lock"

    @property
    def server_lock(self) -> Path:
        """Held by the server's processes, also orphaned ones, and by initdb."""
        return self.state / "server.lock"

    @property
    def start_log(self) -> Path:
        """What was said before the server's log was open; written anew at each start."""
        return self.state / "start.log"

    @property
    def cluster_name(self) -> str:
        """Name shown in the title of every process of this server."""
        return f"creditloop-{self._digest()}"

    @property
    def socket(self) -> Path:
        """Folder of the socket: in the state folder, or a short one when that path would be too long.

        Not $XDG_RUNTIME_DIR: it is emptied at logout, and the server stays.
        """
        inside = self.state / "socket"
        fits = len(os.fsencode(inside / SOCKET_NAME)) <= SOCKET_PATH_MAX
        if fits and re.fullmatch(r"[\w./+-]+", str(inside), re.ASCII):
            return inside
        return _short_root() / f"creditloop-{os.geteuid()}-{self._digest()}"

    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self.state)).hexdigest()[:12]


def _short_root() -> Path:
    roots = ("/run", "/var/run") if os.geteuid() == 0 else ()
    return next((Path(root) for root in roots if Path(root).is_dir()), Path("/tmp"))


def default_state_folder(environment: Mapping[str, str], *, is_root: bool) -> Path:
    """Return where the state is kept: CREDITLOOP_STATE, else the machine's usual place.

    Args:
        environment: variables of the calling process.
        is_root: whether the caller runs as root; root keeps state in /var/lib/creditloop, a user in
            $XDG_STATE_HOME/creditloop (default ~/.local/state/creditloop).
    Raises: InputError if CREDITLOOP_STATE is not absolute, or nothing says where the user's home is.
    """
    chosen = environment.get("CREDITLOOP_STATE")
    if chosen:
        return _absolute(chosen, "CREDITLOOP_STATE")
    if is_root:
        return Path("/var/lib/creditloop")
    xdg = environment.get("XDG_STATE_HOME")
    if xdg and Path(xdg).is_absolute():  # the XDG specification: relative values are ignored
        return Path(xdg) / "creditloop"
    home = environment.get("HOME")
    if not home:
        raise InputError(
            "nothing says where to keep the state folder",
            expected="CREDITLOOP_STATE, XDG_STATE_HOME or HOME",
            where={"variable": "HOME"},
        )
    return _absolute(home, "HOME") / ".local" / "state" / "creditloop"


def _absolute(text: str, variable: str) -> Path:
    path = Path(text)
    if not path.is_absolute():
        raise InputError(
            "the state folder is not an absolute path",
            got=text,
            expected="a path that begins with /",
            where={"variable": variable},
        )
    return path


def make_state_folder(state: Path) -> Layout:
    """Make the state folder and its missing parents; existing folders keep owner and mode.

    As root, folders made here can be passed through (0755 above, 0711 itself), whatever the umask, because
    the server's user must reach the data folder; as a user the state folder is 0700.

    Raises: InputError if `state` is not absolute; OSError if it cannot be made.
    """
    _absolute(str(state), "CREDITLOOP_STATE")
    is_root = os.geteuid() == 0
    missing = [folder for folder in (state, *state.parents) if not folder.exists()]
    for folder in reversed(missing):
        _make(folder, (0o711 if is_root else 0o700) if folder == state else 0o755)
    return Layout(state=state.resolve())


def _make(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    folder.chmod(mode)


def make_private_folder(folder: Path, *, account: Account) -> None:
    """Make `folder` with mode 0700 for the server's user, or check one that is there.

    Raises: StateError if it is a link, not a folder, somebody else's, or open to others.
    """
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if account.step_down and stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    check_private_folder(folder, uid=account.uid)


def check_private_folder(folder: Path, *, uid: int) -> None:
    """Refuse a folder that anybody but `uid` (and root) could have prepared or can enter.

    Trust authentication rests on this check: whoever can enter the socket's folder is let in as anybody.

    Raises: StateError naming owner and mode found and expected.
    """
    _check_parent(folder.parent, uid=uid)
    found = folder.lstat()
    kind = stat.filemode(found.st_mode)[0]
    mode = stat.S_IMODE(found.st_mode)
    if kind != "d" or found.st_uid != uid or mode & 0o077:
        raise StateError(
            "a folder of the server is not private; nothing was started",
            got={"l": "a symbolic link", "d": "a folder"}.get(kind, "not a folder")
            + f", owner uid {found.st_uid}, mode {mode:04o}",
            expected=f"a folder, owner uid {uid}, mode 0700",
            where={"file": folder},
            hint="find out who made it, then remove it or choose another state folder with CREDITLOOP_STATE",
        )


def _check_parent(parent: Path, *, uid: int) -> None:
    found = parent.stat()
    others_write = found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX
    if others_write or found.st_uid not in {0, uid, os.geteuid()}:
        raise StateError(
            "others can replace what is in this folder; nothing was started",
            got=f"owner uid {found.st_uid}, mode {stat.S_IMODE(found.st_mode):04o}",
            expected=f"owner root or uid {uid}, not writable by others (or sticky)",
            where={"file": parent},
            hint=f"run `chmod go-w {parent}` if it is yours, or choose another folder with CREDITLOOP_STATE",
        )


def find_closed_folder(path: Path, *, account: Account) -> Path | None:
    """Return the outermost folder on the way to `path` (itself included) that `account` cannot enter.

    Judged by owner, group and mode; access lists are not looked at.
    """
    for folder in reversed((path, *path.parents)):
        found = folder.stat()
        if found.st_uid == account.uid:
            allowed = found.st_mode & stat.S_IXUSR
        elif found.st_gid == account.gid:  # the server runs with this group alone
            allowed = found.st_mode & stat.S_IXGRP
        else:
            allowed = found.st_mode & stat.S_IXOTH
        if not allowed:
            return folder
    return None


def refuse_closed_state(layout: Layout, *, account: Account) -> None:
    """Refuse a state folder that the server's user cannot pass through.

    Raises: StateError naming the folder that is closed; its mode is left as it is.
    """
    closed = find_closed_folder(layout.state, account=account) if account.step_down else None
    if closed is not None:
        raise StateError(
            f"the server runs as user {account.name}, who cannot enter a folder on the way to its data",
            got=f"mode {stat.S_IMODE(closed.stat().st_mode):04o}",
            expected=f"a folder that {account.name} may pass through (execute permission)",
            where={"file": closed, "state folder": layout.state},
            hint="choose another state folder with CREDITLOOP_STATE; modes are not changed for you",
        )
