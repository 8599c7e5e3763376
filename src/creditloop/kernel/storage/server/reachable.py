"""Binaries that the server's user can run: where they stand, or as a copy in the state folder.

A wheel below a closed home (mode 0700) cannot be run once root has stepped down, and opening the home is not
ours to do. A copy is named by version and content, and used only when every file has its full size, so one
that a kill or a loss of power left half made is made again.
"""

import hashlib
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.storage.server.account import Account
from creditloop.kernel.storage.server.binaries import Binaries, read_version
from creditloop.kernel.storage.server.folders import find_closed_folder

_NOT_RUN = {"include", "doc"}


def reachable_binaries(found: Binaries, *, account: Account, into: Path) -> Binaries:
    """Return binaries that the server's user can run: as they stand, or a copy below `into`.

    As root the wheel is always copied (the server outlives the environment it came from), other binaries
    only if the server's user cannot reach them.

    Raises: StateError if binaries out of reach are not laid out so that they can be copied, or the copy
        does not run.
    """
    if not account.step_down:
        return found
    if found.origin != "wheel" and find_closed_folder(found.folder / "postgres", account=account) is None:
        return found
    prefix = found.folder.parent
    content = hashlib.sha256((found.folder / "postgres").read_bytes()).hexdigest()[:12]
    copy = into / f"{found.version}-{content}"
    files = _files_to_copy(prefix)
    if not _is_whole(copy, files):
        _make_copy(copy, files)
    copied = replace(found, folder=copy / found.folder.relative_to(prefix.parent.parent))
    _check_copy(copied, account=account)
    return copied


def _files_to_copy(prefix: Path) -> dict[Path, Path]:
    """Return every file needed, by its place in the copy; places relative to each other stay as they are.

    Beside an installation's own folder these are the libraries that wheel builders bundle: next to the
    package on Linux, inside it on macOS.
    """
    if not any((prefix / "share" / place / "postgres.bki").is_file() for place in ("", "postgresql")):
        raise StateError(
            "the server's user cannot reach these binaries, and they stand without the folder they belong to",
            expected=f"{prefix / 'share'} with postgres.bki in it",
            where={"file": prefix},
            hint="install PostgreSQL where every user can reach it, or use the wheel",
        )
    package = prefix.parent
    files: dict[Path, Path] = {}
    for root in (prefix, package.with_name(package.name + ".libs"), package / ".dylibs"):
        for folder, inner, names in os.walk(root):
            inner[:] = [name for name in inner if name not in _NOT_RUN]
            sources = [Path(folder, name) for name in names if not name.endswith(".a")]
            files |= {source.relative_to(package.parent): source for source in sources}
    return files


def _is_whole(copy: Path, files: dict[Path, Path]) -> bool:
    try:
        return all((copy / place).stat().st_size == source.stat().st_size for place, source in files.items())
    except FileNotFoundError:
        return False


def _make_copy(copy: Path, files: dict[Path, Path]) -> None:
    """Copy under another name, rename when complete.

    What was there is removed first, half made or of another build: the caller holds the lock that a server
    of this state folder holds for as long as it lives, so none runs from it.
    """
    copy.parent.mkdir(exist_ok=True)
    copy.parent.chmod(0o755)
    for other in copy.parent.iterdir():
        shutil.rmtree(other)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=copy.parent) as new:
        tree = Path(new) / "tree"
        for place, source in files.items():
            (tree / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, tree / place)
            (tree / place).chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)
        for folder, _, _ in os.walk(tree):
            Path(folder).chmod(0o755)  # made under whatever umask root has
        tree.rename(copy)


def _check_copy(copied: Binaries, *, account: Account) -> None:
    closed = find_closed_folder(copied.folder, account=account)
    try:
        version = read_version(copied.folder / "postgres", account=account) if closed is None else None
    except InputError as fault:
        raise StateError(fault.message, got=fault.got, expected=fault.expected, where=fault.where) from fault
    if version != copied.version:
        raise StateError(
            "the copied binaries cannot be used by the server's user",
            got=f"{closed} is closed to {account.name}" if closed else f"PostgreSQL {version}",
            expected=f"PostgreSQL {copied.version}",
            where={"file": copied.folder},
            hint="remove this folder and start again",
        )
