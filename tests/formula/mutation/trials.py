"""A mutant on trial: the tests that reach it, until one fails."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path

from tests.formula.mutation.baseline import Baseline, RecordedTest
from tests.formula.mutation.changes import Mutant, Site
from tests.formula.mutation.copies import ROOT, Copy
from tests.formula.mutation.fairness import ASKED

SECONDS_MAX = 60.0
"""Of tests, as long as they take without a mutant, that are spent on one; the rest could only kill more."""
_FIRST_SECONDS = 5.0
_FIRST_FILES = 3
_STARTING_SECONDS = 90
"""What pytest may take to begin, on a busy machine."""
_NOTICED = {1, 2, 3}
"""Tests failed; a test file cannot be imported; pytest itself was broken by what it called."""
_NOT_NOTICED = {0, 5}
"""All passed; none of the tests is there any more."""
_NOT_STARTED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a mutant; `by` is the test that noticed it, or what else happened."""

    mutant: Mutant
    killed: bool
    by: str

    def line(self) -> str:
        """Return the verdict as a line of a record."""
        told = {"file": self.mutant.file.as_posix(), **asdict(self.mutant.site)}
        return json.dumps({**told, "killed": self.killed, "by": self.by}, ensure_ascii=False)


def read_verdict(line: str) -> Verdict:
    """Return the verdict of a line of a record."""
    told = json.loads(line)
    killed, by, file = told.pop("killed"), told.pop("by"), Path(told.pop("file"))
    return Verdict(mutant=Mutant(file=file, site=Site(**told)), killed=killed, by=by)


def try_mutant(mutant: Mutant, copy: Copy, baseline: Baseline) -> Verdict:
    """Run the tests that reach a mutant until one fails: first a few that are quick, then the others."""
    reaching = baseline.noticing(mutant)
    tests = affordable(reaching)
    with copy.holding(mutant):
        for batch in batches(tests):
            if by := failing(batch, copy):
                return Verdict(mutant=mutant, killed=True, by=by[0])
    return Verdict(mutant=mutant, killed=False, by=f"{len(tests)} of {len(reaching)} tests that reach it")


def failing(tests: list[RecordedTest], copy: Copy, *, all_of_them: bool = False) -> list[str]:
    """Run tests on a copy as it is; return the first that fails, or all that do, or what else stopped them.

    Raises: RuntimeError if pytest did not start, for another reason than the copy.
    """
    chosen, failed = copy.folder / "chosen.json", copy.folder / "failed.json"
    chosen.write_text(json.dumps([test.name for test in tests]), "utf-8")
    failed.unlink(missing_ok=True)
    asked = (*ASKED, "-p", "tests.formula.mutation.choosing", f"--chosen={chosen}", f"--failed={failed}")
    stop = () if all_of_them else ("-x",)
    seconds_max = _STARTING_SECONDS + 5 * sum(test.seconds for test in tests)
    try:
        run = subprocess.run(
            copy.command(*asked, *stop, *sorted({test.file for test in tests})),
            cwd=ROOT,
            env=copy.environment(),
            capture_output=True,
            text=True,
            timeout=seconds_max,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [f"not done after {seconds_max:.0f} s"]
    if run.returncode in _NOT_NOTICED:
        return []
    if run.returncode in _NOTICED and failed.exists():
        return json.loads(failed.read_text("utf-8")) or ["the tests cannot be imported"]
    if run.returncode < 0 or (run.returncode == _NOT_STARTED and "while loading conftest" in run.stderr):
        return [f"pytest ended with {run.returncode}"]
    raise RuntimeError(f"pytest ended with {run.returncode}:\n{run.stdout}{run.stderr}")


def affordable(tests: list[RecordedTest]) -> list[RecordedTest]:
    """Return the first tests that together take no longer than is spent on a mutant, and at least one."""
    ends = accumulate(test.seconds for test in tests)
    return [
        test
        for place, (test, end) in enumerate(zip(tests, ends, strict=True))
        if end <= SECONDS_MAX or not place
    ]


def batches(tests: list[RecordedTest]) -> Iterator[list[RecordedTest]]:
    """Split tests into a few quick ones of few files, and the others."""
    first: list[RecordedTest] = []
    files: set[str] = set()
    for test in tests:
        if len(files | {test.file}) <= _FIRST_FILES and sum(one.seconds for one in first) < _FIRST_SECONDS:
            first.append(test)
            files.add(test.file)
    if first:
        yield first
    names = {test.name for test in first}
    if others := [test for test in tests if test.name not in names]:
        yield others
