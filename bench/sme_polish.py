"""A rating of companies in five dimensions, on published ratios: writes docs/results/sme_polish.md.

    python -m bench.sme_polish [--check]

Fits a card for each dimension of examples/sme_polish/dimensions.yaml, fuses them, and sets the fusion beside
one card over all columns; every figure is out of fold. `--check` writes nothing: it compares, and the exit
status is 1 where anything differs.
"""

import argparse
import difflib
import hashlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.sme_polish_measure import measure
from bench.sme_polish_page import sme_page
from bench.sme_polish_study import SmeStudy, read_companies, read_sme_study

from creditloop.kernel.documents import read_document

REPOSITORY = Path(__file__).parents[1]
FOLDER = REPOSITORY / "examples" / "sme_polish"
DATA = FOLDER / "5year.parquet"
PAGE = REPOSITORY / "docs" / "results" / "sme_polish.md"


def study() -> SmeStudy:
    """Read the study."""
    return read_sme_study(read_document(FOLDER / "dimensions.yaml", root=REPOSITORY))


def written() -> str:
    """Measure, and return the page."""
    asked = study()
    start = time.perf_counter()
    figures = measure(asked, read_companies(DATA, asked), say=_say)
    _say(f"done in {time.perf_counter() - start:.0f} s")
    return sme_page(asked, figures, sha256=hashlib.sha256(DATA.read_bytes()).hexdigest())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked; return the exit status."""
    parser = argparse.ArgumentParser(prog="bench.sme_polish", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args(arguments)
    page = written()
    if not given.check:
        PAGE.write_text(page, encoding="utf-8")
        print("docs/results/sme_polish.md is written")
        return 0
    there = PAGE.read_text("utf-8") if PAGE.is_file() else ""
    told = [*difflib.unified_diff(there.splitlines(), page.splitlines(), "page", "now", lineterm="", n=0)]
    print("\n".join(told) if told else "docs/results/sme_polish.md is as it should be")
    return 1 if told else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
