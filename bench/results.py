"""Optimised strategies beside plain rules, on published credit data: writes and checks docs/results.

    python -m bench.results [--check] [--set NAME …] [--shared FOLDER]

For every set of examples/results: fits the cards, chooses cut-offs, judges on what neither has seen, and
writes `<set>.md`, `cards/`, `figures.json` and `README.md` under docs/results; the scored cases go to
var/results, where the plans of the sets name them. `--check` writes nothing: it compares, and the exit status
is 1 where anything differs. A set whose file is not on this machine is named and left as it was; a set asked
for by `--set` must be there.
"""

import argparse
import difflib
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.results_measure import Measured, measure
from bench.results_pages import first_page, study_page
from bench.results_study import Study, read_study

from creditloop.kernel.documents import read_document

REPOSITORY = Path(__file__).parents[1]
STUDIES = REPOSITORY / "examples" / "results"
RESULTS = REPOSITORY / "docs" / "results"
CASES = REPOSITORY / "var" / "results"
FIGURES = "figures.json"
_SHOWN = 12
"""Lines of a difference that are shown."""


def read_studies() -> list[Study]:
    """Read every study of examples/results, in order of name."""
    folders = sorted(file.parent for file in STUDIES.glob("*/study.yaml"))
    return [read_study(folder, find=lambda path: read_document(path, root=REPOSITORY)) for folder in folders]


def published_file(study: Study, *, shared: Path) -> Path | None:
    """Find the set's file in the repository or in the folder of outside data; None if it is in neither."""
    places = [REPOSITORY / study.table.file, shared / study.table.file]
    return next((file for file in places if file.is_file()), None)


def run(studies: Sequence[Study], *, names: Sequence[str], shared: Path) -> dict[str, Measured] | None:
    """Measure the studies whose files are there; None if one that was asked for by name is not."""
    found = {}
    for study in studies:
        if names and study.name not in names:
            continue
        file = published_file(study, shared=shared)
        if file is None:
            print(f"{study.name}: {study.table.file} is not there; get it from {study.table.by.en}")
            if names:
                return None
            continue
        start = time.perf_counter()
        found[study.name] = measure(study, file=file, say=_say)
        _say(f"{study.name}: done in {time.perf_counter() - start:.0f} s")
    return found


def written(studies: Sequence[Study], found: Mapping[str, Measured]) -> dict[str, str]:
    """Return every file of docs/results by its path there; sets not measured keep the figures they had."""
    figures: dict[str, Any] = _figures() | {name: one.record for name, one in found.items()}
    figures = {study.name: figures[study.name] for study in studies if study.name in figures}
    files = {FIGURES: json.dumps(figures, indent=1, ensure_ascii=False) + "\n"}
    files["README.md"] = first_page(studies, figures)
    for study in studies:
        if study.name in found:
            files[f"{study.name}.md"] = study_page(study, figures[study.name])
            files |= {f"cards/{name}.yaml": text for name, text in found[study.name].cards.items()}
    return files


def write(files: Mapping[str, str], found: Mapping[str, Measured]) -> None:
    """Write the pages, and the scored cases beside other things that are not kept."""
    (RESULTS / "cards").mkdir(parents=True, exist_ok=True)
    CASES.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (RESULTS / name).write_text(text, encoding="utf-8")
    for name, one in found.items():
        one.cases.write_parquet(CASES / f"{name}.parquet")


def differences(files: Mapping[str, str]) -> list[str]:
    """Compare the files with those that are there; return what differs, a few lines of each file."""
    told = []
    for name, text in files.items():
        place = RESULTS / name
        there = place.read_text("utf-8") if place.is_file() else ""
        if there != text:
            lines = difflib.unified_diff(
                there.splitlines(), text.splitlines(), name, f"{name}, now", lineterm="", n=0
            )
            told += [*lines][:_SHOWN]
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked; return the exit status."""
    studies = read_studies()
    parser = argparse.ArgumentParser(prog="bench.results", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--set", action="append", default=[], choices=[study.name for study in studies])
    default = os.environ.get("CREDITLOOP_SHARED", str(REPOSITORY.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=Path(default))
    given = parser.parse_args(arguments)
    found = run(studies, names=given.set, shared=given.shared)
    if found is None:
        return 1
    files = written(studies, found)
    if not given.check:
        write(files, found)
        print(f"{len(files)} files written to docs/results, of {len(found)} sets")
        return 0
    told = differences(files)
    print("\n".join(told) if told else f"{len(files)} files as they should be, of {len(found)} sets")
    return 1 if told else 0


def _figures() -> dict[str, Any]:
    place = RESULTS / FIGURES
    return dict(json.loads(place.read_text("utf-8"))) if place.is_file() else {}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
