"""How fast a town is built and loaded, with how much work and memory.

    python -m bench.town [PARTIES [LOADED]]

A town of PARTIES (default 100,000) over two years is built by `creditloop world` with two workers; another of
LOADED parties (default 3,000) is built and loaded by `creditloop world load` into a new database, and loaded
once more, which only finds what is there. Each step is a process of its own: CPU and peak memory are its and
its workers'; the database server's are not counted. The server is its own, or the one of
CREDITLOOP_TEST_DATABASE_URL.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.evidence_verify import scratch_database

_ROOT = Path(__file__).parents[1]
_PARTIES = (100_000, 3_000)
"""How many parties, if nothing is said: of the town that is only built, and of the one that is loaded."""
_KILOBYTES_OF_MEGABYTE = 1 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one command took: rows, wall and CPU seconds, peak memory of its largest process."""

    rows: int
    seconds: float
    cpu_seconds: float
    peak_megabytes: int


def measured(arguments: list[str], environment: Mapping[str, str]) -> Step:
    """Run `creditloop` with `--json` in a process of its own, and measure it with its workers."""
    with tempfile.TemporaryFile() as answer:
        start = time.perf_counter()
        command = [sys.executable, "-m", "creditloop", *arguments, "--json"]
        process = subprocess.Popen(command, stdout=answer, env=dict(environment))
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        answer.seek(0)
        record = json.load(answer)
    if process.returncode:
        raise RuntimeError(f"creditloop {' '.join(arguments)}: {record}")
    unit = _KILOBYTES_OF_MEGABYTE**2 if sys.platform == "darwin" else _KILOBYTES_OF_MEGABYTE
    return Step(
        rows=record["rows"],
        seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_megabytes=usage.ru_maxrss // unit,
    )


def build(parties: int, folder: Path) -> Step:
    """Build a town of two years."""
    asked = ["world", "--parties", str(parties), "--seed", "7", "--out", str(folder)]
    return measured(asked, os.environ)


def load(folder: Path, state: Path) -> tuple[Step, Step]:
    """Load a town into a new database, and load it again."""
    with scratch_database() as url:
        named = {
            "CREDITLOOP_DATABASE_URL": url,
            "CREDITLOOP_STATE": str(state),
            "CREDITLOOP_BANK": str(_ROOT),
        }
        environment = {**os.environ, **named}
        first, again = (measured(["world", "load", str(folder)], environment) for _ in range(2))
    return first, again


def show(what: str, step: Step) -> None:
    """Print one line."""
    speed = step.rows / step.seconds
    print(
        f"{what:<34}{step.rows:>12,}{step.seconds:>9.1f}{step.cpu_seconds:>9.1f}{speed:>12,.0f}"
        f"{step.peak_megabytes:>10,}"
    )


def main() -> None:
    """Print one line per step."""
    given = [int(text) for text in sys.argv[1:]]
    built, loaded = (*given, *(_PARTIES[len(given) :]))
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'step':<34}{'rows':>12}{'wall s':>9}{'CPU s':>9}{'rows/s':>12}{'peak MB':>10}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        show(f"build {built:,} parties", build(built, folder / "large"))
        show(f"build {loaded:,} parties", build(loaded, folder / "small"))
        first, again = load(folder / "small", folder / "state")
        show(f"load {loaded:,} parties", first)
        show("load them again", again)


if __name__ == "__main__":
    main()
