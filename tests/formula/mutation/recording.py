"""A plugin of pytest: what every test takes, and which statements of the compiler it reaches.

What is reached while test files are imported belongs to each of their tests. A function that remembers its
answers forgets them before each test, so that a test reaches what it would reach alone.
"""

import json
import sys
from collections.abc import Generator
from pathlib import Path
from time import perf_counter

import pytest
from tests.formula.mutation.reached import REACHED

_AT_IMPORT: set[str] = set()
_TESTS: dict[str, tuple[float, list[str]]] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file the record goes to."""
    parser.addoption("--record", required=True)


def pytest_collection_finish() -> None:
    """Keep apart what importing the tests reached."""
    _AT_IMPORT.update(REACHED)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Record one test, what prepares it and what clears up after it."""
    _forget_answers()
    REACHED.clear()
    started = perf_counter()
    outcome = yield
    _TESTS[item.nodeid] = (perf_counter() - started, sorted(REACHED))
    return outcome


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the record."""
    record = {"at_import": sorted(_AT_IMPORT), "tests": _TESTS}
    Path(session.config.getoption("--record")).write_text(json.dumps(record), "utf-8")


def _forget_answers() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("creditloop."):
            for value in list(vars(module).values()):
                if callable(forget := getattr(value, "cache_clear", None)):
                    forget()
