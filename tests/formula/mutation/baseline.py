"""The suite on the unchanged compiler: who reaches what, and in how many seconds."""

import ast
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from tests.formula.mutation.changes import Mutant
from tests.formula.mutation.copies import PACKAGE, ROOT, Copy, compiler_files, statement_name
from tests.formula.mutation.fairness import ASKED

SUITE = ("tests/formula", "tests/risk", "tests/policies")
"""What must notice."""
_NOTHING_CHOSEN = 5
_OVERHEAD_SECONDS = 0.005
_OWN_FILE_FIRST = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTest:
    """One test: how long it takes, what it reaches itself, and what importing its file reached."""

    name: str
    seconds: float
    reached: frozenset[str]
    at_import: frozenset[str]

    @property
    def file(self) -> str:
        """The file the test stands in."""
        return self.name.partition("::")[0]


class SuiteFailsError(Exception):
    """The suite fails on the unchanged compiler: whom it kills would mean nothing."""


class Baseline:
    """What the suite does on the unchanged compiler."""

    def __init__(self, tests: Iterable[RecordedTest]) -> None:
        self.tests = tuple(tests)
        self._reaching: dict[str, list[RecordedTest]] = defaultdict(list)
        for test in self.tests:
            for statement in test.reached | test.at_import:
                self._reaching[statement].append(test)
        self._importers = _importers()

    def noticing(self, mutant: Mutant) -> list[RecordedTest]:
        """Return the tests that could notice a mutant, the most promising second of theirs first.

        Those that reach the changed statement; for what is executed at import, those that reach anything of
        its file or of a file that imports it, and all there are if there is none.
        """
        if line := mutant.site.statement:
            statements = {statement_name(mutant.file, line)}
        else:
            files = {mutant.file.as_posix(), *self._importers[mutant.file.as_posix()]}
            statements = {name for name in self._reaching if name.rpartition(":")[0] in files}
        found = {test.name: test for name in statements for test in self._reaching.get(name, ())}
        tests = found.values() if found or mutant.site.statement else self.tests
        own = f"tests/{(mutant.file.parent / f'test_{mutant.file.name}').as_posix()}"
        return sorted(tests, key=lambda test: _cost(test, statements=statements, own=own))


def _cost(test: RecordedTest, *, statements: set[str], own: str) -> tuple[bool, float, str]:
    """Return what to sort by: last what only an import reached; then seconds times what is reached."""
    cost = (test.seconds + _OVERHEAD_SECONDS) * (len(test.reached) + 1)
    reached = not statements.isdisjoint(test.reached)
    return not reached, cost * (_OWN_FILE_FIRST if test.file == own else 1), test.name


def suite_files() -> list[str]:
    """Return the files of the suite."""
    files = (file for part in SUITE for file in (ROOT / part).rglob("test_*.py"))
    return sorted(file.relative_to(ROOT).as_posix() for file in files)


def recorded(file: str, copies: Queue[Copy]) -> list[RecordedTest]:
    """Run one file of the suite on a recording copy.

    Raises: SuiteFailsError if a test fails.
    """
    copy = copies.get()
    record = copy.folder / "record.json"
    try:
        asked = (*ASKED, "-p", "tests.formula.mutation.recording", f"--record={record}", file)
        run = subprocess.run(
            copy.command(*asked),
            cwd=ROOT,
            env=copy.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode not in {0, _NOTHING_CHOSEN}:
            raise SuiteFailsError(f"{file} on the unchanged compiler:\n{run.stdout}{run.stderr}")
        return _read(record)
    finally:
        copies.put(copy)


def _read(record: Path) -> list[RecordedTest]:
    found = json.loads(record.read_text("utf-8"))
    at_import = frozenset(map(sys.intern, found["at_import"]))
    return [
        RecordedTest(
            name=name, seconds=seconds, reached=frozenset(map(sys.intern, reached)), at_import=at_import
        )
        for name, (seconds, reached) in found["tests"].items()
    ]


def _importers() -> dict[str, set[str]]:
    """Return, for each file of the compiler, the files of the compiler that import it."""
    importers: dict[str, set[str]] = defaultdict(set)
    for file in compiler_files():
        for node in ast.walk(ast.parse((PACKAGE / file).read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                importers[f"{node.module.removeprefix('creditloop.').replace('.', '/')}.py"].add(
                    file.as_posix()
                )
    return importers
