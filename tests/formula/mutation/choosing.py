"""A plugin of pytest: run the chosen tests in their order, on one copy of the package; name what fails."""

import json
from pathlib import Path

import pytest

import creditloop

_FAILED: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file that says which tests, and the file the answer goes to."""
    parser.addoption("--chosen", required=True)
    parser.addoption("--failed", required=True)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to judge another copy of the package than the one with the mutant."""
    folder = Path(config.getoption("--chosen")).parent
    if not Path(creditloop.__file__).is_relative_to(folder):
        raise pytest.UsageError(f"creditloop is imported from {creditloop.__file__}, expected in {folder}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the chosen tests, in the order they were chosen in."""
    chosen = json.loads(Path(config.getoption("--chosen")).read_text("utf-8"))
    place = {name: number for number, name in enumerate(chosen)}
    items[:] = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name a test that failed."""
    if report.failed:
        _FAILED.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write what failed."""
    Path(session.config.getoption("--failed")).write_text(json.dumps(_FAILED), "utf-8")
