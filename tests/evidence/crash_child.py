"""Seal and extend, and die by SIGKILL at a given point: `crash_child.py URL FOLDER POINT`."""

import os
import signal
import sys
import uuid
from pathlib import Path

from sealed_world import NOW, TABLES, fill_batch

from creditloop.evidence import EvidenceFolder, extend, folder, seal_batch
from creditloop.kernel.storage import connect

POINTS = (
    "sealed, not committed",
    "committed, not extended",
    "leaf hashes half written",
    "leaf hashes written",
    "history half written",
    "history written, checkpoint not replaced",
    "checkpoint replaced, not committed",
    "extended and committed",
)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
    """Put the kill into the file operations, where the point lies in them."""
    append = folder._append

    def torn_append(path: Path, data: bytes, *, at: int) -> None:
        name = path.name
        half = {"leaf_hashes": "leaf hashes half written", "checkpoints": "history half written"}
        if half.get(name) == point:
            append(path, data[: len(data) // 2 + 1], at=at)
            die()
        append(path, data, at=at)
        whole = {
            "leaf_hashes": "leaf hashes written",
            "checkpoints": "history written, checkpoint not replaced",
        }
        if whole.get(name) == point:
            die()

    folder._append = torn_append


def main(url: str, place: str, point: str) -> None:
    arm(point)
    outside = EvidenceFolder(Path(place))
    batch = uuid.UUID(int=77)
    with connect(url) as connection:
        fill_batch(connection, batch=batch, sizes=(5, 4, 1), seed=77)
        seal_batch(connection, folder=outside, tables=TABLES, batch_id=batch, now=NOW)
        if point == "sealed, not committed":
            die()
        connection.commit()
        if point == "committed, not extended":
            die()
        extend(connection, folder=outside, now=NOW)
        if point == "checkpoint replaced, not committed":
            die()
        connection.commit()
        die()


if __name__ == "__main__":
    main(*sys.argv[1:])
