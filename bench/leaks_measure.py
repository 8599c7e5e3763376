"""Leaks planted in described sets and sought (泄漏探测的度量): what was named, what missed, what else.

A described set is read as `python -m conformance.credit` reads it, and `find_leaks` is asked with the seed of
its description; nothing tells the probe which set it is or where a leak is. Three runs a set: as it is; with
the columns its description drops put back; and one a kind and draw with a leak in it.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from bench.leaks_kinds import KINDS, Planted
from conformance.credit.dataset import Description, Sample, load_sample, read_description

from creditloop.kernel.errors import InputError
from creditloop.risk.probes import LeakReport, find_leaks

SETS = Path(__file__).parents[1] / "conformance" / "credit" / "sets"
Record = Mapping[str, Any]
_BY_NAME = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One run of the probe on a planted set."""

    file: Path
    data: Path
    kind: str
    draw: int
    named: tuple[str, ...]


def described(name: str, shared: Path) -> tuple[Path, Path]:
    """Return the description of a set, and its data in the folder that holds `data/`.

    Raises: InputError if the data are not there.
    """
    file = SETS / f"{name}.yaml"
    data = shared.joinpath(*read_description(file).data.parts[-3:])
    if not data.is_file():
        raise InputError("the data of a set are not there", got=data.name, where={"set": name})
    return file, data


def set_names() -> list[str]:
    """Name the described sets."""
    return sorted(file.stem for file in SETS.glob("*.yaml"))


def measured(names: Sequence[str], *, shared: Path, draws: int, workers: int) -> dict[str, Any]:
    """Seek leaks in every set named, as it is and with each kind planted; return the figures as plain data.

    Raises: InputError, PolicyError where a set cannot be read.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    files = [described(name, shared) for name in names]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        sets = list(pool.map(as_it_is, *zip(*files, strict=True)))
        tasks = [
            Task(file=file, data=data, kind=kind.name, draw=draw, named=tuple(told["features"]))
            for (file, data), told in zip(files, sets, strict=True)
            for kind in KINDS
            for draw in range(1, draws + 1)
        ]
        return {"draws": draws, "sets": sets, "planted": list(pool.map(sought, tasks, chunksize=4))}


def as_it_is(file: Path, data: Path) -> dict[str, Any]:
    """Return what the probe says of a set, and of it with the columns put back that nothing should read."""
    description = read_description(file)
    sample = _sample(file, data)
    report = _asked(description, Planted(frame=sample.values, bad=sample.bad, feature=None))
    found: dict[str, Any] = {
        "name": file.stem,
        "rows": report.rows,
        "bad": report.bad,
        "columns": report.features,
        "features": [leak.feature for leak in report.leaks],
        "named": _named(report, sample),
        "row_order": report.row_order.estimate,
        "order_tells": report.order_tells,
        "repeats": report.repeats.as_record(),
        "columns_bound": report.columns_bound,
    }
    if not description.drop:
        return found | {"dropped": [], "dropped_named": []}
    whole = load_sample(replace(description, data=data, drop=()))
    again = _asked(description, Planted(frame=whole.values, bad=whole.bad, feature=None))
    return found | {"dropped": list(description.drop), "dropped_named": _named(again, whole)}


def sought(task: Task) -> dict[str, Any]:
    """Plant one leak, drawn by the name of its kind and the number of the draw, and seek it."""
    sample = _sample(task.file, task.data)
    random = np.random.default_rng([task.draw, *task.kind.encode()])
    planted = _BY_NAME[task.kind].plant(sample.values, sample.bad, random, task.named)
    report = _asked(read_description(task.file), planted)
    by_feature = {leak.feature: [each.kind for each in leak.evidence] for leak in report.leaks}
    found = {"order": report.order_tells, "repeated": report.repeats.tell}
    return {
        "set": task.file.stem,
        "kind": task.kind,
        "draw": task.draw,
        "named": found.get(planted.way, planted.feature in by_feature),
        "evidence": by_feature.get(planted.feature or "", []),
        "others": [
            {"feature": name, "kinds": kinds}
            for name, kinds in by_feature.items()
            if name not in {planted.feature, *task.named}
        ],
    }


def _asked(description: Description, planted: Planted) -> LeakReport:
    return find_leaks(frame=planted.frame, bad=planted.bad, seed=description.seed)


def _named(report: LeakReport, sample: Sample) -> list[Record]:
    """Return the features named, as the file calls them, with what was said of them."""
    return [
        {"column": sample.columns[leak.feature], "kinds": [one.kind for one in leak.evidence],
         "zh": leak.evidence[0].zh, "en": leak.evidence[0].en}
        for leak in report.leaks
    ]  # fmt: skip


@lru_cache(maxsize=2)
def _sample(file: Path, data: Path) -> Sample:
    """Read a set once a process."""
    return load_sample(replace(read_description(file), data=data))
