"""Backtest and optimise by a plan document (回测与寻优): read plan, strategies and cases; write the reports.

The cases are a Parquet file, read in parts, or a CSV file, named by the plan from its own folder or the
bank's; its SHA-256 stands in every answer, so that a run can be repeated and told from another.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.risk import Policy, read_policy
from creditloop.risk.backtest import (
    BacktestPlan,
    BacktestResult,
    Optimum,
    backtest,
    judged_strategy,
    needed_columns,
    optimise,
    read_backtest_plan,
)
from creditloop.service.places import Places
from creditloop.service.strategies.backtest_report import (
    backtest_page,
    backtest_tables,
    optimum_page,
    optimum_tables,
    write_workbook,
)
from creditloop.service.strategies.cases import declared_kinds, reading, scan_past_cases
from creditloop.service.strategy_texts import find_inside

Progress = Callable[[int, int | None], None]
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """The file of past cases: lazily read, how many rows, and its hash."""

    file: Path
    frame: pl.LazyFrame
    rows: int
    sha256: str

    def facts(self) -> dict[str, object]:
        """Return which file it is, for reports: its name, rows and hash."""
        return {"file": self.file.name, "rows": self.rows, "sha256": self.sha256}


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestRun:
    """A backtest with the cases it was made on."""

    result: BacktestResult
    cases: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiseRun:
    """An optimiser's answer with the cases it was made on."""

    optimum: Optimum
    cases: Mapping[str, object]


def backtest_by_plan(
    places: Places, *, plan_file: Path, challenger: Path | None, progress: Progress
) -> BacktestRun:
    """Backtest the strategy a plan names, beside a challenger.

    Args:
        challenger: instead of the plan's own, if it names one.
        progress: is told rows done and rows in all.
    Raises: InputError if the cases cannot be read; what reading the documents and the backtest raise.
    """
    plan = read_backtest_plan(places.document(plan_file))
    beside = str(challenger) if challenger is not None else plan.challenger_path
    first = _strategy(places, plan, plan.strategy_path)
    second = _strategy(places, plan, beside) if beside is not None else None
    cases = _cases(places, plan, plan_file, [first, *([second] if second is not None else [])])
    result = backtest(
        plan=plan,
        champion=first,
        challenger=second,
        chunks=cases.frame,
        progress=lambda done: progress(done, cases.rows),
    )
    return BacktestRun(result=result, cases=cases.facts())


def optimise_by_plan(places: Places, *, plan_file: Path, progress: Progress) -> OptimiseRun:
    """Optimise the strategy a plan names; see `risk.backtest.optimise`.

    Args:
        progress: is told how many trials are made.
    Raises: InputError if the cases cannot be read; what reading the documents and the optimiser raise.
    """
    plan = read_backtest_plan(places.document(plan_file))
    policy = _strategy(places, plan, plan.strategy_path)
    needed = [plan.key, *needed_columns(plan, [judged_strategy(policy, decision=plan.decision)])]
    needed += [move.over for move in plan.optimise.moves if move.over] if plan.optimise is not None else []
    cases = _cases(places, plan, plan_file, [policy])
    there = set(cases.frame.collect_schema().names())
    with reading(cases.file):
        frame = cases.frame.select(name for name in dict.fromkeys(needed) if name in there).collect()
    optimum = optimise(
        plan=plan,
        document=policy.document,
        cases=frame,
        find=partial(find_inside, places),
        progress=lambda tried: progress(tried, None),
    )
    return OptimiseRun(optimum=optimum, cases=cases.facts())


def write_reports(run: BacktestRun | OptimiseRun, *, html: Path | None, excel: Path | None) -> None:
    """Write the page and the workbook where they are asked for.

    Raises: InputError if a file cannot be written.
    """
    if isinstance(run, BacktestRun):
        tables, plan = backtest_tables(run.result), run.result.plan
        text = backtest_page(run.result, cases=run.cases) if html is not None else ""
    else:
        tables, plan = optimum_tables(run.optimum), run.optimum.plan
        text = optimum_page(run.optimum, cases=run.cases) if html is not None else ""
    try:
        if html is not None:
            html.write_text(text, encoding="utf-8")
        if excel is not None:
            write_workbook(tables, facts=_facts(run, plan), file=excel)
    except OSError as error:
        raise InputError(
            "the report cannot be written", got=error.strerror, where={"file": error.filename}
        ) from error


def _facts(run: BacktestRun | OptimiseRun, plan: BacktestPlan) -> list[tuple[str, object]]:
    """Return what the first sheet says: plan, outcome, cases, versions, and what is not known."""
    told: list[tuple[str, object]] = [
        ("方案 plan", f"{plan.title_zh} {plan.title_en}"),
        ("方案 SHA-256 plan", plan.hash),
        ("规则日期 rules as of", plan.rules_as_of),
        ("模拟数据 simulated", plan.simulated),
        ("坏的定义 bad", f"{plan.outcome.zh} {plan.outcome.en}"),
        *((f"案件 cases: {name}", value) for name, value in run.cases.items()),
    ]
    if isinstance(run, OptimiseRun):
        return [*told, ("策略 strategy", run.optimum.strategy_hash), ("方法 method", run.optimum.method)]
    for one in (run.result.champion, run.result.challenger):
        if one is not None:
            told += [(f"{one.name} 版本 version", one.version), (one.name, f"{one.bias.zh}；{one.bias.en}")]
    return told


def _strategy(places: Places, plan: BacktestPlan, path: str) -> Policy:
    document: Document = places.document(path)
    return read_policy(document, rules_as_of=plan.rules_as_of, find=partial(find_inside, places))


def _cases(places: Places, plan: BacktestPlan, plan_file: Path, policies: Sequence[Policy]) -> Cases:
    """Find and open the cases: beside the plan, in the bank's folder, or as any path."""
    options = [plan_file.parent / plan.cases_path, places.documents / plan.cases_path, Path(plan.cases_path)]
    file = next((option for option in options if option.is_file()), None)
    if file is None:
        raise InputError(
            "the plan's cases are not there", got=plan.cases_path, where={"file": plan.document.path}
        )
    frame = scan_past_cases(file, kinds=declared_kinds(plan, policies))
    rows = int(frame.select(pl.len()).collect().item())
    return Cases(file=file, frame=frame, rows=rows, sha256=_sha256(file))


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
