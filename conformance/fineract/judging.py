"""Files of outside cases judged one by one, and the report of it."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from conformance.fineract.instalment_tables import run_table
from conformance.fineract.life_cycle import LifeCycle
from conformance.fineract.reading import Record, RefusedError

from creditloop.kernel.errors import CreditloopError

_NOT_CASES = ("README", "LICENSE", "NOTICE")
_PRODUCTS = "products.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one case, or of one file that holds none.

    Attributes:
        result: "passed", "failed" or "refused".
        name: file and case; detail: the first difference, or the name of what is refused.
    """

    result: str
    name: str
    detail: str = ""


def judge_folder(folder: Path) -> Iterator[Verdict]:
    """Judge every file under a folder, in order of path; products stand beside the cases that name them."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(_NOT_CASES) and path.name != _PRODUCTS:
            yield from judge_file(path, name=str(path.relative_to(folder)))


def judge_file(path: Path, *, name: str) -> Iterator[Verdict]:
    """Judge the cases of one file: a list of life cycles (`events`) or of tables (`sequence`)."""
    try:
        cases = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except ValueError as error:
        yield Verdict(result="refused", name=name, detail=f"unknown kind of file: {error}")
        return
    if not isinstance(cases, list) or not cases or not all(_is_case(case) for case in cases):
        yield Verdict(result="refused", name=name, detail="unknown kind of file: no list of cases")
        return
    beside = path.with_name(_PRODUCTS)
    products = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
    for case in cases:
        yield _judge(case, products, f"{name} {case['id']}")


def _is_case(case: Any) -> bool:
    return isinstance(case, dict) and "id" in case and ("events" in case or "sequence" in case)


def _judge(case: Record, products: dict[str, Record], name: str) -> Verdict:
    try:
        detail = LifeCycle(products).run(case["events"]) if "events" in case else run_table(case)
    except RefusedError as refusal:
        return Verdict(result="refused", name=name, detail=str(refusal))
    except CreditloopError as error:
        return Verdict(result="failed", name=name, detail=error.diagnostics().replace("\n", " "))
    except (KeyError, IndexError, AttributeError, TypeError, ValueError) as error:
        return Verdict(result="failed", name=name, detail=f"cannot be read: {type(error).__name__} {error}")
    return Verdict(result="failed" if detail else "passed", name=name, detail=detail)


def main(arguments: Sequence[str]) -> int:
    """Judge a folder, print what failed and was refused, and the count; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m conformance.fineract")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object a case")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        print(f"no such folder: {options.folder}", file=sys.stderr)
        return 2
    verdicts = list(judge_folder(options.folder))
    for verdict in verdicts:
        if options.json:
            print(json.dumps(asdict(verdict), ensure_ascii=False))
        elif verdict.result != "passed":
            print(f"{verdict.result}  {verdict.name}: {verdict.detail}")
    count = Counter(verdict.result for verdict in verdicts)
    print(f"{count['passed']} passed, {count['failed']} failed, {count['refused']} refused")
    return 1 if count["failed"] else 0
