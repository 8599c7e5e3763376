"""Folders for servers under test, and scenarios run in processes of their own."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from creditloop.kernel.storage.server import stop
from creditloop.kernel.storage.server.binaries import wheel_folder
from creditloop.kernel.storage.server.folders import Layout
from creditloop.kernel.storage.server.running import find_orphans

REPOSITORY = Path(__file__).parents[4]
SCENARIO = Path(__file__).with_name("server_scenario.py")
IS_ROOT = os.geteuid() == 0


@dataclass(frozen=True)
class Place:
    """A folder for one test, outside pytest's own, which is closed to other users."""

    root: Path

    @property
    def state(self) -> Path:
        return self.root / "state"

    def clean(self) -> None:
        for lock in self.root.rglob("server.lock"):
            stop(state=lock.parent, fast_seconds=5, immediate_seconds=8)
            assert find_orphans(Layout(state=lock.parent)) == []
        shutil.rmtree(self.root)


def new_place() -> Place:
    root = Path(tempfile.mkdtemp(prefix="creditloop-test-", dir="/tmp")).resolve()
    root.chmod(0o711)
    return Place(root=root)


def missing(what: str) -> NoReturn:
    """Report that something is not on this machine: a failure in CI, a skip elsewhere."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and in CI it must be there")
    pytest.skip(f"{what} is missing")


@dataclass(frozen=True)
class Outcome:
    """What a scenario in another process came to."""

    result: dict[str, object]
    error: dict[str, object] | None


def start_scenario(
    *steps: str, state: Path, user: str | None = None, **more: object
) -> subprocess.Popen[str]:
    """Begin steps of `server_scenario.py` in a process of its own, as `user` if we are root."""
    order = {"steps": steps, "state": str(state), "user": user if IS_ROOT else None, **more}
    return subprocess.Popen(
        [sys.executable, "-W", "error", SCENARIO, json.dumps(order)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path[1:]])},
    )  # fmt: skip


def end_scenario(process: subprocess.Popen[str]) -> Outcome:
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 0, complained
    return Outcome(**json.loads(said))


def run_scenario(*steps: str, state: Path, user: str | None = None, **more: object) -> Outcome:
    """Run steps of `server_scenario.py` in a process of its own, as `user` if we are root."""
    return end_scenario(start_scenario(*steps, state=state, user=user, **more))


def copy_wheel(site: Path, *, owner: str | None) -> None:
    """Copy the wheel's files into the folder `site` and close it to everybody but its owner."""
    folder = wheel_folder()
    assert folder is not None
    package = folder.parent.parent
    ignored = shutil.ignore_patterns("include", "*.a")
    site.mkdir()
    for part in (package, package.with_name(package.name + ".libs")):
        if part.is_dir():
            shutil.copytree(part, site / part.name, symlinks=True, ignore=ignored)
    if owner is not None:
        give(site, owner)
    site.chmod(0o700)


def give(folder: Path, owner: str) -> None:
    """Make everything below a folder `owner`'s."""
    entry = pwd.getpwnam(owner)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def modes_above(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Owner, group and mode of every folder above, for comparison."""
    return {str(one): (s.st_uid, s.st_gid, s.st_mode) for one in folder.parents for s in [one.stat()]}


def stand_in(folder: Path, says: str, *, programs: tuple[str, ...] = ("initdb", "postgres")) -> Path:
    """Make a bin folder whose programs say something."""
    folder.mkdir(parents=True)
    for program in programs:
        (folder / program).write_text(f"#!/bin/sh\n{says}\n")
        (folder / program).chmod(0o755)
    return folder


def version(number: str) -> str:
    """What a stand-in runs to answer as PostgreSQL of this version."""
    return f"echo 'postgres (PostgreSQL) {number}'"
