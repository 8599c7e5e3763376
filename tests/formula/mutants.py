"""Break the compiler on purpose, one small change at a time, and see whether the suite notices (变异测试).

    python -m tests.formula.mutants [--count 300] [--seed 1] [--workers 2] [--only TEXT] [--resume FILE]

A mutant is the compiler with one operator, number, test, state, operation or piece of emitted code changed;
which ones is drawn by the seed. First the tests of the language and of strategies are run once on the
unchanged compiler, and it is recorded which statements each of them reaches. Then each mutant is tried in a
copy of the package by the tests that reach the changed statement, the most promising first, until one fails:
it is killed. So is one that takes five times as long as it should. A mutant that no test reaches survives,
and so does one that a minute of tests does not notice: more of them could only kill more.

Survivors are told at once on stderr and listed at the end with file, line and change: each is a hole in the
tests, or changes nothing anybody could see. At the end the tests that killed are run once more, in that
order, on the unchanged compiler: they must pass. The last line is `N killed, M survived`; the exit status is
0 where at least 95 % were killed. `--resume` keeps verdicts in a file; those in it are not tried again.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from random import Random

from tests.formula.mutation.baseline import Baseline, SuiteFailsError, recorded, suite_files
from tests.formula.mutation.changes import Mutant
from tests.formula.mutation.copies import PACKAGE, ROOT, Copy, copy_package, mutants
from tests.formula.mutation.trials import Verdict, failing, read_verdict, try_mutant

SHARE_MIN = 0.95
"""Of the mutants drawn, how many must be killed."""


def main() -> int:
    """Draw mutants, try them, list the survivors; return the exit status."""
    given = _arguments()
    every = [mutant for mutant in mutants() if given.only in mutant.file.as_posix()]
    drawn = Random(given.seed).sample(every, min(given.count, len(every)))
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(given.workers) as pool:
        try:
            baseline = _baseline(Path(folder), pool, workers=given.workers)
            verdicts = list(_verdicts(drawn, Path(folder), pool, baseline, given))
            _fair(verdicts, Path(folder), baseline)
        except SuiteFailsError as fails:
            sys.stderr.write(f"\n{fails}\n")
            return 2
    for verdict in sorted(verdicts, key=lambda one: (one.mutant.file, one.mutant.site.line)):
        if not verdict.killed:
            sys.stdout.write(f"survived: {told(verdict)}\n")
    killed = sum(verdict.killed for verdict in verdicts)
    share = killed / len(verdicts) if verdicts else 0.0
    sys.stdout.write(
        f"seed {given.seed}: {len(verdicts)} drawn of {len(every)} possible, {share:.1%} killed\n"
    )
    sys.stdout.write(f"{killed} killed, {len(verdicts) - killed} survived\n")
    return 0 if share >= SHARE_MIN else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.formula.mutants")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="only files whose path in the package holds this")
    parser.add_argument(
        "--resume", type=Path, help="a file of verdicts: those in it stand, new ones are added"
    )
    return parser.parse_args()


def told(verdict: Verdict) -> str:
    """Return a mutant and what became of it as a line."""
    mutant = verdict.mutant
    place = (PACKAGE / mutant.file).relative_to(ROOT).as_posix()
    return f"{place}:{mutant.site.line}: {mutant.site.change}  ({verdict.by})"


def _baseline(folder: Path, pool: ThreadPoolExecutor, *, workers: int) -> Baseline:
    copies = _copies(folder / "recording", workers=workers, recording=True)
    files = suite_files()
    tests = []
    for number, found in enumerate(pool.map(lambda file: recorded(file, copies), files), start=1):
        tests.extend(found)
        _progress(f"baseline: {number}/{len(files)} files, {len(tests)} tests")
    sys.stderr.write("\n")
    return Baseline(tests)


def _verdicts(
    drawn: list[Mutant], folder: Path, pool: ThreadPoolExecutor, baseline: Baseline, given: argparse.Namespace
) -> Iterator[Verdict]:
    """Give the verdict on every mutant drawn: of the record, or of a trial now."""
    before = {verdict.mutant: verdict for verdict in _read(given.resume)}
    yield from (before[mutant] for mutant in drawn if mutant in before)
    new = [mutant for mutant in drawn if mutant not in before]
    copies = _copies(folder / "trials", workers=given.workers, recording=False)

    def tried(mutant: Mutant) -> Verdict:
        with _taken(copies) as copy:
            return try_mutant(mutant, copy, baseline)

    survived = 0
    trials = [pool.submit(tried, mutant) for mutant in new]
    for number, trial in enumerate(as_completed(trials), start=1):
        verdict = trial.result()
        if not verdict.killed:
            survived += 1
            sys.stderr.write(f"\rsurvived: {told(verdict)}\n")
        _progress(f"{number}/{len(new)} mutants, {survived} survived")
        _keep(verdict, given.resume)
        yield verdict
    sys.stderr.write("\n")


def _fair(verdicts: Iterable[Verdict], folder: Path, baseline: Baseline) -> None:
    """Run every test that killed on the unchanged compiler, in the way mutants are tried.

    Raises: SuiteFailsError if one fails: what it killed, it may have killed for another reason.
    """
    killers = {verdict.by for verdict in verdicts if verdict.killed}
    tests = [test for test in baseline.tests if test.name in killers]
    _progress(f"{len(tests)} tests killed; running them on the unchanged compiler")
    copy = copy_package(folder / "unchanged", recording=False)
    if tests and (failed := failing(tests, copy, all_of_them=True)):
        raise SuiteFailsError(f"on the unchanged compiler: {', '.join(failed)}")
    sys.stderr.write("\n")


def _copies(folder: Path, *, workers: int, recording: bool) -> Queue[Copy]:
    copies: Queue[Copy] = Queue()
    for worker in range(workers):
        copies.put(copy_package(folder / str(worker), recording=recording))
    return copies


@contextmanager
def _taken(copies: Queue[Copy]) -> Iterator[Copy]:
    copy = copies.get()
    try:
        yield copy
    finally:
        copies.put(copy)


def _read(record: Path | None) -> list[Verdict]:
    lines = record.read_text("utf-8").splitlines() if record and record.exists() else []
    return [read_verdict(line) for line in lines]


def _keep(verdict: Verdict, record: Path | None) -> None:
    if record:
        with record.open("a", encoding="utf-8") as file:
            file.write(f"{verdict.line()}\n")


def _progress(text: str) -> None:
    sys.stderr.write(f"\r{text:<70}")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
