"""How long an evidence package takes to make and to verify, and how large it is.

    python -m bench.evidence_package [STEPS] [--others N] [--repeat N]

A simulated loan of STEPS (default 56) steps on its bank's log, one on another party's and three objections:
60 records, each with a document of some 500 bytes. The bank's log holds N (default 10,000) records of other
loans besides, in batches of 500. CPU seconds of this process, the median and the largest of the repeats;
"collect" opens the rounds and makes the proofs, "build" packs, signs and verifies what it packed.
"""

import argparse
import hashlib
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from conformance.package import verify as standalone
from tests.evidence.package.loans import BANK, World, core_of, lived, trusted_network

from creditloop.evidence.network.record import NO_RECORD, Record, RecordKind, instant_text
from creditloop.evidence.package import build_package, verify_package
from creditloop.evidence.package.archive import read_archive

NUMBER = "SIM-2026-0001"
STANDALONE = Path(standalone.__file__)
BUILT_SECONDS, VERIFIED_SECONDS, BYTES_WITHOUT_DOCUMENTS = 2, 5, 1_000_000
"""The bars of a loan of 60 records (docs/evidence_package.md, "Measured"); it must stay below each."""


def fill(world: World, count: int) -> None:
    """Append records of other loans to the bank's log."""
    for first in range(0, count, 500):
        records = [
            Record(
                documents=(),
                kind=RecordKind.DECISION,
                loan=hashlib.sha256(f"filling {number}".encode()).hexdigest(),
                occurred_at=instant_text(world.now),
                origin=BANK,
                previous=NO_RECORD,
                sequence=1,
                submitter=core_of(BANK).name,
                v=1,
            )
            for number in range(first, min(first + 500, count))
        ]
        world.logs[BANK].append(records, at=world.now, against={})


def timed(what: str, repeat: int, work: Callable[[], object]) -> float:
    """Print the CPU seconds of a piece of work, and return the most it took."""
    seconds = []
    for _ in range(repeat):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    print(f"{what:<28} {statistics.median(seconds):.3f} s CPU, at most {max(seconds):.3f} s, {repeat} times")
    return max(seconds)


def main() -> int:
    """Measure and print; return 1 if a bar of the evidence package is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.evidence_package")
    parser.add_argument("steps", type=int, nargs="?", default=56)
    parser.add_argument("--others", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=7)
    given = parser.parse_args()
    world = World(1)
    fill(world, given.others)
    lived(world, NUMBER, steps=given.steps)
    content = world.content(NUMBER)
    file = build_package(content, signer=core_of(BANK))
    report = verify_package(file, trusted_network())
    assert report.manifest is not None
    documents = sum(one.size for one in report.manifest.files if one.path.startswith(("documents/", "aids/")))
    print(
        f"{platform.python_version()} on {platform.machine()}; the bank's log: {len(world.logs[BANK].leaves)}"
    )
    print(
        f"{len(report.records)} records, {len(report.documents)} documents, {len(read_archive(file))} files"
    )
    print(f"{len(file):,} bytes, of these {documents:,} of documents: {len(file) - documents:,} without them")
    built = timed("collect", given.repeat, lambda: world.content(NUMBER))
    built += timed("build", given.repeat, lambda: build_package(content, signer=core_of(BANK)))
    verified = timed("verify", given.repeat, lambda: verify_package(file, trusted_network()))
    text = trusted_network().text()
    timed("verify, standalone", given.repeat, lambda: standalone.verify(file, text))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "package").write_bytes(file)
        (Path(folder) / "network").write_text(text)
        command = [sys.executable, "-I", str(STANDALONE), f"{folder}/package", f"{folder}/network"]
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, check=False)
        wall = time.monotonic() - began
    print(f"{'standalone, a new process':<28} {wall:.3f} s wall, exit status {done.returncode}")
    print(json.dumps({"holds": report.holds, "bytes_without_documents": len(file) - documents}))
    holds = report.holds and done.returncode == 0
    fast = built < BUILT_SECONDS and verified < VERIFIED_SECONDS
    return int(not (holds and fast and len(file) - documents < BYTES_WITHOUT_DOCUMENTS))


if __name__ == "__main__":
    sys.exit(main())
