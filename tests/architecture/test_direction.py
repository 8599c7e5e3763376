"""Time's arrow: the import contracts hold, and each would see what it is there to see."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")
DIRECTION = "Time's arrow: a later stage may read an earlier one, never back"
SIBLINGS = "Rooms of one floor have a direction of their own"
WORLD = "Planted truth shares no code with judgement: only service may import world"


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Check the import contracts of the package in a folder."""
    command = [LINTER, "--config", REPOSITORY / "pyproject.toml", "--no-cache", "--no-logo", *options]
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_house_keeps_its_direction() -> None:
    answer = lint(REPOSITORY / "src")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    for contract in (DIRECTION, SIBLINGS, WORLD):
        assert f"{contract} KEPT" in answer.stdout


@pytest.fixture
def spoil(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Copy the house, write further files into the copy, and check it."""

    def spoiled(files: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
        house = tmp_path / "creditloop"
        shutil.copytree(
            REPOSITORY / "src" / "creditloop", house, ignore=shutil.ignore_patterns("__pycache__")
        )
        for name, text in files.items():
            (house / name).parent.mkdir(exist_ok=True)
            (house / name).write_text(text, encoding="utf-8")
        return lint(tmp_path, *options)

    return spoiled


@pytest.mark.parametrize(
    ("contract", "files", "named"),
    [
        (
            DIRECTION,
            {"kernel/odd.py": "import creditloop.service.wiring"},
            "creditloop.kernel.odd -> creditloop.service",
        ),
        (
            DIRECTION,
            {"risk/odd.py": "import creditloop.monitor"},
            "creditloop.risk.odd -> creditloop.monitor",
        ),
        (DIRECTION, {"risk/odd.py": "import creditloop.book"}, "creditloop.risk.odd -> creditloop.book"),
        (
            DIRECTION,
            {"data/odd.py": "from creditloop import evidence"},
            "creditloop.data.odd -> creditloop.evidence",
        ),
        (
            DIRECTION,
            {"book/odd.py": "def f():\n    import creditloop.data"},
            "creditloop.book.odd -> creditloop.data",
        ),
        (DIRECTION, {"utils/__init__.py": ""}, "creditloop.utils"),
        (DIRECTION, {"odd.py": ""}, "creditloop.odd"),
        (
            WORLD,
            {"world/__init__.py": "", "world/truth.py": "", "risk/odd.py": "import creditloop.world.truth"},
            "creditloop.risk.odd -> creditloop.world.truth",
        ),
        (
            WORLD,
            {
                "world/__init__.py": "",
                "world/truth.py": "",
                "monitor/odd.py": "import creditloop.world.truth",
            },
            "creditloop.monitor.odd -> creditloop.world.truth",
        ),
        (
            SIBLINGS,
            {"book/odd.py": "import creditloop.book.even", "book/even.py": "import creditloop.book.odd"},
            "creditloop.book",
        ),
    ],
)
def test_what_breaks_a_contract_is_named(
    spoil: Callable[..., subprocess.CompletedProcess[str]], contract: str, files: dict[str, str], named: str
) -> None:
    answer = spoil(files)
    assert answer.returncode == 1, answer.stdout
    assert f"{contract} BROKEN" in answer.stdout
    assert named in answer.stdout


def test_service_may_import_the_practice_town(spoil: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    files = {"world/__init__.py": "", "world/truth.py": "", "service/odd.py": "import creditloop.world.truth"}
    answer = spoil(files, "--contract", "world", "--contract", "direction")
    assert answer.returncode == 0, answer.stdout
