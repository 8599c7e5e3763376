"""Run the demo: the loop first, then what each stage has to show for it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from creditloop.service.bank import Bank
from creditloop.service.demo import ground, loans, stages
from creditloop.service.demo.ground import Record
from creditloop.service.playing.loop import LoopPlan, read_loop_plan, run_loop

PLAN = "examples/taiwan_cards/loop.yaml"
DATABASE = "creditloop_demo"
RESULT = Path("var/demo/result.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A step's name, what it found (None: the business date moved), and how long it took in seconds."""

    name: str
    record: Record | None
    seconds: float


def run_demo(bank: Bank, *, progress: Callable[[int, int | None], None]) -> Iterator[StepDone]:
    """Run every step in order, yielding each as it is done.

    Raises: BookError if the book differs from a bill, EvidenceError if anything sealed was changed.
    """
    with bank.work() as work:
        plan = read_loop_plan(bank.places.document(PLAN), work=work)
    yield _timed("import", lambda: ground.import_record(bank, plan.book, progress))
    yield from _loop(bank, plan)
    records = dict[str, Record | None]()
    for name, step in _steps(bank, plan).items():
        done = _timed(name, step)
        records[name] = done.record
        yield done
    yield _timed("report", lambda: stages.risk_report_record(bank, plan, monitored=records["monitor"] or {}))


def write_result(record: Mapping[str, object], *, folder: Path) -> Path:
    """Write the steps' records to var/demo/result.json below a folder: same records, same bytes."""
    file = folder / RESULT
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return file


def _loop(bank: Bank, plan: LoopPlan) -> Iterator[StepDone]:
    began = time.perf_counter()
    for day in run_loop(bank, plan=plan):
        yield StepDone(name=str(day), record=None, seconds=time.perf_counter() - began)
        began = time.perf_counter()


def _steps(bank: Bank, plan: LoopPlan) -> Mapping[str, Callable[[], Record]]:
    return {
        "strategies": lambda: stages.strategies_record(bank, plan),
        "findings": lambda: ground.findings_record(bank, plan.book),
        "book": lambda: ground.book_record(bank, plan.book),
        "reconciliation": lambda: ground.reconciliation_record(bank, plan.book),
        "classification": lambda: ground.classification_record(bank, plan.book),
        "acquire": lambda: stages.acquire_record(bank, plan),
        "admit": lambda: stages.admit_record(bank, plan),
        "comparison": lambda: stages.comparison_of_baselines(bank, plan),
        "lend": lambda: stages.lend_record(bank, plan),
        "monitor": lambda: stages.monitor_record(bank, plan),
        "recover": lambda: stages.recover_record(bank, plan),
        "manual_review": lambda: stages.manual_review_record(bank, plan),
        "oversight": lambda: stages.oversight_record(bank, plan),
        "learning": lambda: stages.learning_record(bank, plan),
        "loans": lambda: loans.loans_record(bank, loans.DEMO),
        "evidence": lambda: ground.evidence_record(bank),
    }


def _timed(name: str, step: Callable[[], Record]) -> StepDone:
    began = time.perf_counter()
    record = step()
    return StepDone(name=name, record=record, seconds=time.perf_counter() - began)
