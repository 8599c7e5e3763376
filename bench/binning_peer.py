"""Bin columns with a peer, for `bench.binning`: run by the interpreter in which the peer stands.

    PYTHON bench/binning_peer.py TASK.json > FOUND.json

Without a task it does nothing. It imports the peer, NumPy and Polars' Parquet reader alone, none of ours, so
it runs beside any versions.
Peers: optbinning (exact, by mixed-integer or constraint programming), toad (chi-merge, tree).
"""

import importlib
import importlib.metadata
import json
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Cuts = tuple[list[float], str]
"""Where a peer cuts, and what it says of its search."""

TRENDS = {
    "up": "ascending",
    "down": "descending",
    "none": "auto_asc_desc",
    "peak": "peak",
    "valley": "valley",
    "free": None,
    "auto": "auto",
}
"""Our directions by the peer's names; `auto` picks the trend it thinks best."""


def optbinning_cuts(
    column: pl.Series, bad: npt.NDArray[np.int64], task: dict[str, Any], direction: str
) -> Cuts:
    """Return the cuts of optbinning at the constraints of the task, the special codes and nulls apart."""
    peer = importlib.import_module("optbinning").OptimalBinning(
        name="x",
        dtype="numerical",
        max_n_prebins=task["peer_prebins_max"],
        max_n_bins=task["bins_max"],
        min_bin_size=task["share_min"],
        monotonic_trend=TRENDS[direction],
        special_codes=task["special"].get(column.name) or None,
        time_limit=100,
    )
    values = column.to_numpy().astype(np.float64)
    peer.fit(values, bad)
    return [float(cut) for cut in peer.splits], str(peer.status)


def toad_cuts(column: pl.Series, bad: npt.NDArray[np.int64], task: dict[str, Any], direction: str) -> Cuts:
    """Return the cuts of toad's tree; it knows no direction and no special codes."""
    del direction
    merge = importlib.import_module("toad.merge").merge
    values = column.to_numpy().astype(np.float64)
    there = ~np.isnan(values)
    _, cuts = merge(
        values[there], target=bad[there].astype(np.int64), method="dt", return_splits=True,
        n_bins=task["bins_max"], min_samples=task["share_min"],
    )  # fmt: skip
    return [float(cut) for cut in cuts], ""


PEERS = {"optbinning": optbinning_cuts, "toad": toad_cuts}


def main(path: str) -> None:
    """Read a task, bin every column in every direction asked for, write what was found and what it cost."""
    warnings.simplefilter("ignore")
    task = json.loads(Path(path).read_text("utf-8"))
    standard, sys.stdout = sys.stdout, sys.stderr  # solvers may talk
    started = time.process_time()
    try:
        importlib.import_module(task["peer"])
    except ImportError:
        json.dump({"installed": False}, standard)
        return
    told: dict[str, Any] = {
        "installed": True,
        "version": importlib.metadata.version(task["peer"]),
        "import_cpu_s": time.process_time() - started,
        "rows": [],
    }
    frame = pl.read_parquet(task["path"])
    bad = frame[task["bad"]].to_numpy().astype(np.int64)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, direction in task["asked"]:
        started = time.process_time()
        cuts, status = PEERS[task["peer"]](frame[name], bad, task, direction)
        told["rows"].append(
            {"name": name, "direction": direction, "cuts": cuts, "status": status,
             "cpu_s": time.process_time() - started}
        )  # fmt: skip
    told["extra_mib"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    json.dump(told, standard)


if __name__ == "__main__" and sys.argv[1:]:
    main(sys.argv[1])
