"""What every test may ask for: the outside data, and a database of its own."""

import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from tests.databases import MEMORY, STATE, copy_database
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from creditloop.kernel.storage import Connection, connect, migrate
from creditloop.kernel.storage.server import ensure_running, stop
from creditloop.service.rooms import ROOMS

_ROOM_BYTES = 8 * 2**30
"""Several times what the tests' server ever holds: the demo's database, copies of small ones, its log."""
REPOSITORY = Path(__file__).parent.parent
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
"""The moment tests say it is, where the moment does not matter."""


ONE_WORKER = (
    "tests/bench/test_sme_town.py",
    "tests/book/auditing/test_export.py",
    "tests/conformance/credit/test_main.py",
    "tests/data/windows/test_by_hand.py",
    "tests/service/console/test_loan_pages.py",
    "tests/service/console/test_network.py",
    "tests/service/evidence_node/test_http.py",
    "tests/service/evidence_node/test_own_requests.py",
    "tests/service/evidence_node/test_rotating.py",
    "tests/service/evidence_node/test_running.py",
    "tests/service/evidence_node/test_witness.py",
    "tests/service/statements/test_statements.py",
    "tests/service/strategies/test_replaying.py",
    "tests/service/test_demo.py",
    "tests/service/test_demo_loans.py",
)
"""Files whose tests share something dear: one worker runs all of such a file, and begins with it."""


class FilesOrTests(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
    """Hand out single tests, but a file of `ONE_WORKER` whole; the largest first.

    In place of marks of xdist_group, which this pytest does not tell the workers' controller.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return file if file in ONE_WORKER else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Hand out tests by `FilesOrTests`."""
    return FilesOrTests(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long tests, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("outside") is None)


def missing(what: str) -> None:
    """Report that something a test needs is not on this machine: a failure in CI, a skip elsewhere."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and in CI it must be there")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of outside data and test vectors beside the repository."""
    folder = Path(os.environ.get("CREDITLOOP_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "data").is_dir():
        missing(f"the folder of outside data {folder}")
    return folder


def pytest_configure(config: pytest.Config) -> None:
    """Choose one folder for the tests' own server, before the workers start and inherit it."""
    if not hasattr(config, "workerinput") and "CREDITLOOP_TEST_DATABASE_URL" not in os.environ:
        # not pytest's own folder: that one is closed to the user a root's server runs as
        folder = Path(tempfile.mkdtemp(prefix="creditloop-tests-", dir=folder_in_memory()))
        folder.chmod(0o711)
        os.environ[STATE] = str(folder / "state")
    os.environ["CREDITLOOP_STATE"] = "/dev/null/no-test-stands-in-the-state-of-whoever-runs-it"


def folder_in_memory() -> Path | None:
    """Find a folder kept in memory, if this machine has one that the tests' server fits into and runs from.

    A database is hundreds of small files, and a thousand tests have one each: on a disk making them costs
    more than the tests. What is to survive a kill of the server is tested on a disk, by servers of its own.
    """
    folder, meminfo = Path(MEMORY), Path("/proc/meminfo")
    if not (folder.is_dir() and meminfo.is_file() and os.access(folder, os.W_OK)):
        return None
    about = os.statvfs(folder)
    available = re.search(r"^MemAvailable:\s+(\d+) kB$", meminfo.read_text("ascii"), re.MULTILINE)
    room = min(about.f_bavail * about.f_frsize, int(available[1]) * 1024 if available else 0)
    runs = not about.f_flag & (os.ST_NOEXEC | os.ST_RDONLY)
    return folder if runs and room >= _ROOM_BYTES else None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the tests' server and remove its folder, once every worker is done."""
    if not hasattr(config, "workerinput") and STATE in os.environ:
        state = Path(os.environ.pop(STATE))
        stop(state=state)
        shutil.rmtree(state.parent)


@pytest.fixture(scope="session")
def server_url() -> str:
    """Address of a server whose databases tests may create and drop.

    One server of the tests' own for all workers, started by the first that asks; or, to save its start while
    working, one that runs already: CREDITLOOP_TEST_DATABASE_URL.
    """
    if running := os.environ.get("CREDITLOOP_TEST_DATABASE_URL"):
        return running
    environment = {name: value for name, value in os.environ.items() if name != "CREDITLOOP_DATABASE_URL"}
    return ensure_running(state=Path(os.environ[STATE]), environment=environment).url


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """A migrated database of this worker, copied for each test."""
    name = f"template_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with connect(url_of(server_url, name)) as connection:
            migrate(connection, rooms=ROOMS, now=NOW)
        yield name
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """Address of a fresh, fully migrated database."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        copy_database(server, name, original=template)
        yield url_of(server_url, name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database(database_url: str) -> Iterator[Connection]:
    """A connection to a fresh, fully migrated database."""
    with connect(database_url) as connection:
        yield connection


def url_of(server_url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    return psycopg.conninfo.make_conninfo(server_url, dbname=name)
