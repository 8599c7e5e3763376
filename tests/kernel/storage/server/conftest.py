"""Places for real servers, and the users and versions the launcher is tried with."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from server_places import IS_ROOT, Place, missing, new_place

from creditloop.kernel.storage.server import stop
from creditloop.kernel.storage.server.binaries import inspect_folder, system_folders


@pytest.fixture
def place() -> Iterator[Place]:
    """A fresh folder; every server below it is stopped afterwards."""
    found = new_place()
    yield found
    found.clean()


@pytest.fixture(scope="session")
def kept_place() -> Iterator[Place]:
    """One folder for the tests of this worker that only need some server's data folder."""
    found = new_place()
    yield found
    found.clean()


@pytest.fixture
def state(kept_place: Place) -> Iterator[Path]:
    """A state folder whose server is down before and after the test; its data folder stays."""
    yield kept_place.state
    stop(state=kept_place.state, fast_seconds=5, immediate_seconds=8)


@pytest.fixture(scope="session")
def kept_place_15() -> Iterator[Place]:
    """The same, for a data folder of PostgreSQL 15."""
    found = new_place()
    yield found
    found.clean()


@pytest.fixture
def state_15(kept_place_15: Place) -> Iterator[Path]:
    """A state folder for the system's PostgreSQL 15; its server is down before and after the test."""
    yield kept_place_15.state
    stop(state=kept_place_15.state, fast_seconds=5, immediate_seconds=8)


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Variables that name no server: what is started is the wheel's."""
    return {"PATH": os.environ["PATH"]}


@pytest.fixture(scope="session")
def postgresql_15() -> Path:
    """The bin folder of the system's PostgreSQL 15."""
    for folder in system_folders(os.environ):
        if inspect_folder(folder, origin="system").major == 15:
            return folder
    return missing("PostgreSQL 15 (Debian: postgresql-15)")


@pytest.fixture
def root_only() -> None:
    """A test of what root does; in CI it fails where root could be had without asking."""
    if IS_ROOT:
        return
    sudo = shutil.which("sudo")
    asked = subprocess.run([sudo, "-n", "true"], check=False, capture_output=True) if sudo else None
    if os.environ.get("CI") == "true" and asked is not None and asked.returncode == 0:
        pytest.fail("this machine gives root without asking: run the suite as root too")
    pytest.skip("needs root")


@pytest.fixture(scope="session")
def ordinary_user() -> str | None:
    """A user without rights to run scenarios as; None when we are one ourselves."""
    if not IS_ROOT:
        return None
    try:
        return pwd.getpwnam("nobody").pw_name
    except KeyError:
        missing("a user nobody")
