"""The tables of an optimiser's answer (寻优报表): what is in force, what is chosen, and the frontier."""

from creditloop.risk.backtest import Optimum, Trial
from creditloop.service.strategies.backtest_report.columns import (
    APPROVAL_RATE,
    APPROVED,
    BAD_RATE,
    CASES,
    KNOWN,
    LOSS,
    PROFIT,
    STRATEGY,
    Column,
    Holds,
    ReportTable,
)

FRONTIER_MAX = 200
"""Most trials of the frontier that are written."""
_PART = (
    *(CASES, APPROVED, APPROVAL_RATE, KNOWN, BAD_RATE),
    *(Column("敞口", "exposure", Holds.MONEY), LOSS, PROFIT),
)
_HELD_OUT = tuple(
    Column(f"留出{each.zh}", f"{each.en}, held out", each.holds) for each in (APPROVAL_RATE, BAD_RATE, PROFIT)
)


def optimum_tables(optimum: Optimum) -> tuple[ReportTable, ...]:
    """Return every table of an optimiser's answer."""
    return _chosen(optimum), _pareto(optimum)


def _chosen(optimum: Optimum) -> ReportTable:
    places = [("现行 in force", optimum.current)]
    places += [("选定 chosen", optimum.chosen)] if optimum.chosen is not None else []
    rows: list[list[object]] = [
        [name, part, *_values(optimum, trial), *_part(trial, part)]
        for name, trial in places
        for part in ("选取部分 chosen on", "留出部分 held out")
    ]
    return ReportTable(
        id="chosen",
        zh="现行与选定",
        en="in force, and chosen",
        columns=(STRATEGY, Column("部分", "part", Holds.TEXT), *_moved(optimum), *_PART),
        rows=tuple(map(tuple, rows)),
        stands_on=_optimum_on(optimum),
    )


def _pareto(optimum: Optimum) -> ReportTable:
    rows = []
    for trial in optimum.frontier[:FRONTIER_MAX]:
        other = trial.held_out
        rows.append(
            (
                *(*_values(optimum, trial), *_part(trial, "选取部分 chosen on")),
                *(other.approval_nano, other.bad_rate_nano, other.profit_fen),
            )
        )
    return ReportTable(
        id="frontier",
        zh=f"前沿（{len(rows)} / {len(optimum.frontier)}）",
        en=f"frontier ({len(rows)} / {len(optimum.frontier)})",
        columns=(*_moved(optimum), *_PART, *_HELD_OUT),
        rows=tuple(rows),
        stands_on=_optimum_on(optimum),
    )


def _moved(optimum: Optimum) -> tuple[Column, ...]:
    return tuple(Column(name, name, Holds.TEXT) for name in optimum.current.values)


def _values(optimum: Optimum, trial: Trial) -> list[object]:
    return [optimum.written(name, value) for name, value in trial.values.items()]


def _part(trial: Trial, part: str) -> list[object]:
    figures = trial.chosen_on if part.startswith("选取") else trial.held_out
    return [
        *(figures.rows, figures.approved, figures.approval_nano, figures.known, figures.bad_rate_nano),
        *(figures.exposure_fen, figures.loss_fen, figures.profit_fen),
    ]


def _optimum_on(optimum: Optimum) -> str:
    return f"方案 plan {optimum.plan.hash[:12]} · 策略 strategy {optimum.strategy_hash[:12]}"
