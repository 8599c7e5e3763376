"""How long a loan's package takes with its drawn index, and through the commands, each a new process.

    python -m bench.evidence_export [STEPS] [--repeat N]

A simulated loan of STEPS (default 56) steps on a network of five nodes in this process, each step with a
document, one refused, three objections. CPU seconds of this process, the median and the largest of the
repeats: "collect" asks node and bank's documents, "check" builds and verifies without the index, "draw" sets
the index as PDF, "build" builds and verifies what is handed out. The bank's own two pieces of work, what it
reads and what it writes down, are not in it. Commands: wall seconds with the start of the program.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from tests.service.packaging.recorded_loan import RecordedLoan

from creditloop.evidence.package import build_package, verify_package
from creditloop.evidence.package.archive import read_archive
from creditloop.service.packaging.agreeing import agreed_records
from creditloop.service.packaging.collecting import collect_loan
from creditloop.service.packaging.index_page import Occasion, index_aid

NUMBER, RECIPIENT = "SIM-2026-0001", "模拟仲裁委员会"
BUILT_SECONDS, VERIFIED_SECONDS, BYTES_WITHOUT_DOCUMENTS = 2, 5, 1_000_000
"""The bars; the drawn index counts as no document."""
_Result = TypeVar("_Result")


def timed(what: str, repeat: int, work: Callable[[], _Result]) -> tuple[float, _Result]:
    """Print the CPU seconds of a piece of work; return the most it took, and what it gave."""
    seconds = []
    for _ in range(repeat):
        began = time.process_time()
        result = work()
        seconds.append(time.process_time() - began)
    print(f"{what:<24} {statistics.median(seconds):.3f} s CPU, at most {max(seconds):.3f} s, {repeat} times")
    return max(seconds), result


def command(folder: Path, line: str) -> float:
    """Run a command as a shell would; return its wall seconds.

    Raises: CalledProcessError if it ends with another status than 0.
    """
    began = time.monotonic()
    words = [sys.executable, "-m", "creditloop", *line.split()]
    subprocess.run(words, cwd=folder, capture_output=True, check=True)
    return time.monotonic() - began


def main() -> int:
    """Measure and print; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.evidence_export")
    parser.add_argument("steps", type=int, nargs="?", default=56)
    parser.add_argument("--repeat", type=int, default=7)
    given = parser.parse_args()
    loan = RecordedLoan(NUMBER).live(steps=given.steps)
    loan.refused()
    trusted, signer = loan.trusted, loan.packager.signer
    occasion = Occasion(reason="测量（模拟）", recipient=RECIPIENT, simulated=True)
    print(f"{platform.python_version()} on {platform.machine()}; {given.steps} steps")
    collecting, collected = timed(
        "collect",
        given.repeat,
        lambda: collect_loan(
            loan_number=NUMBER,
            loan=loan.kept,
            steps=loan.steps,
            door=loan.door,
            trusted=trusted,
            made_at=datetime(2026, 3, 3, tzinfo=UTC),
        ),
    )
    content = collected.content
    checking, report = timed(
        "check", given.repeat, lambda: verify_package(build_package(content, signer=signer), trusted)
    )
    agreed = [one for log in content.logs for one in agreed_records(log, trusted=trusted)]
    drawing, aid = timed("draw", given.repeat, lambda: index_aid(report, agreed, occasion))
    drawn = replace(content, aids=[aid])
    building, file = timed("build", given.repeat, lambda: build_package(drawn, signer=signer))
    verifying, _ = timed("verify", given.repeat, lambda: verify_package(file, trusted))
    documents = sum(len(body) for path, body in read_archive(file).items() if path.startswith("documents/"))
    without = len(file) - documents
    parts = f"documents {documents:,}, index {len(aid.body):,}; {without:,} without documents"
    print(f"{len(file):,} bytes: {parts}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "package.zip").write_bytes(file)
        (folder / "network.txt").write_text(trusted.text(), "utf-8")
        checks = {
            "evidence verify": "evidence verify package.zip --network network.txt --json",
            "evidence receive": f"evidence receive package.zip --network network.txt --recipient {RECIPIENT}"
            " --key our.key --out receipt.json --json",
        }
        wall = {name: command(folder, line) for name, line in checks.items()}
    for name, seconds in wall.items():
        print(f"{name:<24} {seconds:.2f} s wall, a new process")
    built = collecting + checking + drawing + building
    print(json.dumps({"built_s": round(built, 3), "bytes_without_documents": without}))
    fast = built < BUILT_SECONDS and max(verifying, *wall.values()) < VERIFIED_SECONDS
    return int(not (fast and without < BYTES_WITHOUT_DOCUMENTS))


if __name__ == "__main__":
    sys.exit(main())
