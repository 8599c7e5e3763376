"""Each art can be used by itself: importing it, with everything in it, brings in none of the others."""

import subprocess
import sys

import pytest

ARTS = ["data", "risk", "book", "evidence"]
STANDS_ON = {"kernel", "formula"}
IMPORT_ALL = """
import importlib, pkgutil, sys
room = importlib.import_module("creditloop.{room}")
for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
    importlib.import_module(module.name)
print(*sorted({{name.split(".")[1] for name in sys.modules if name.startswith("creditloop.")}}))
"""


def rooms_brought_in(room: str) -> set[str]:
    """Import a room with all its modules in a fresh process; return the rooms that are loaded then."""
    command = [sys.executable, "-c", IMPORT_ALL.format(room=room)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.split())


@pytest.mark.parametrize("art", ARTS)
def test_an_art_stands_on_the_kernel_and_the_language_alone(art: str) -> None:
    rooms = rooms_brought_in(art)
    assert art in rooms
    assert rooms <= {art} | STANDS_ON


def test_formula_stands_on_the_kernel_alone() -> None:
    assert rooms_brought_in("formula") <= {"formula", "kernel"}


def test_the_kernel_stands_on_nothing_of_ours() -> None:
    assert rooms_brought_in("kernel") == {"kernel"}


def test_a_room_above_brings_in_what_it_stands_on() -> None:
    assert len(rooms_brought_in("service") & set(ARTS)) == len(ARTS), "the check sees what is imported"
