"""The console over a small bank: shared by the tests that only look, copied for those that act."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from tests.service.bank_copies import database_like, name_of
from tests.service.console.browser import Browser
from tests.service.console.loop_bank import fill
from tests.service.small_bank import open_small, places_of

from creditloop.evidence import EvidenceFolder
from creditloop.service.bank import Bank
from creditloop.service.console import mount


@pytest.fixture(scope="session")
def loop_once(
    tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str
) -> Iterator[tuple[Path, Bank]]:
    """A bank with something on every screen."""
    folder = tmp_path_factory.mktemp("loop")
    with database_like(server_url, template) as url:
        bank = open_small(folder, url)
        fill(bank)
        yield folder, bank


@pytest.fixture
def loop_bank(tmp_path: Path, server_url: str, loop_once: tuple[Path, Bank]) -> Iterator[Bank]:
    """The same, one's own."""
    folder, original = loop_once
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with database_like(server_url, original.evidence.path.name) as url:
        evidence = tmp_path / "state" / "evidence" / name_of(url)
        (evidence.parent / original.evidence.path.name).rename(evidence)
        yield replace(original, url=url, places=places_of(tmp_path, url), evidence=EvidenceFolder(evidence))


def application(bank: Bank) -> Starlette:
    """A bare application with the console of a bank."""
    app = Starlette()
    mount(app, bank)
    return app


@pytest.fixture(scope="session")
def signed_in(loop_once: tuple[Path, Bank]) -> dict[str, Browser]:
    """A browser for each role, signed in at the shared bank."""
    app = application(loop_once[1])
    found = {}
    for role in ("strategist", "modeller", "approver", "postloan", "collector", "auditor", "admin"):
        found[role] = Browser(app)
        assert found[role].sign_in(role).status == 200
    return found


@pytest.fixture
def browser(loop_bank: Bank) -> Browser:
    """A browser at a bank of one's own, not signed in."""
    return Browser(application(loop_bank))
