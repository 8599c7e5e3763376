"""`creditloop strategy backtest` and `optimise`: a strategy on past cases with outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from creditloop.service.cli.options import AsJson
from creditloop.service.cli.output import Section, progress_bar, show
from creditloop.service.places import find_places
from creditloop.service.strategies.backtest_report import (
    Holds,
    ReportTable,
    backtest_record,
    backtest_tables,
    optimum_record,
    optimum_tables,
    shown,
    stands_on,
)
from creditloop.service.strategies.backtesting import (
    BacktestRun,
    OptimiseRun,
    backtest_by_plan,
    optimise_by_plan,
    write_reports,
)

_RULES = ("rule", "matched", "decides", "marginal declines", "bad rate, marginal", "unique declines")
_PRINTED: Mapping[str, Sequence[Sequence[str]]] = {
    "summary": [
        ("strategy", "approved", "referred", "declined", "approval rate", "outcome known", "bad rate"),
        ("strategy", "amount approved", "expected loss", "profit", "not computed"),
    ],
    "reject_bias": [
        ("strategy", "assumption", "outcome unknown", "assumed bad", "bad rate of all approved", "profit")
    ],
    "swap_set": [("figure", "cases", "bad", "value", "low, 95 %", "high, 95 %")],
    "rules_champion": [_RULES],
    "rules_challenger": [_RULES],
}
"""The tables of a backtest that are printed, and their columns; the reports hold them all."""
_PART = ("approval rate", "bad rate", "profit")
_FRONTIER_MAX = 15
"""Most lines of the frontier that are printed."""

Html = Annotated[Path | None, typer.Option("--html", metavar="OUT", help="Write the report as a page.")]
Excel = Annotated[Path | None, typer.Option("--excel", metavar="OUT", help="Write the tables as a workbook.")]
Plan = Annotated[Path, typer.Argument(help="The plan of the backtest.")]


def add_strategy_commands(group: typer.Typer) -> None:
    """Add the commands of this file to `creditloop strategy`."""
    group.command("backtest")(backtest)
    group.command("optimise")(optimise)


def backtest(
    plan: Plan,
    challenger: Annotated[
        Path | None, typer.Option("--challenger", metavar="FILE", help="A strategy to set beside the plan's.")
    ] = None,
    html: Html = None,
    excel: Excel = None,
    as_json: AsJson = False,
) -> None:
    """Backtest a strategy on past cases: approvals, bad rate, money, swap set, what each rule does (回测).

    Figures stand on cases whose outcome is known; the warning about the others is always printed.

    Example: creditloop strategy backtest examples/south_german_credit/backtest.yaml --html report.html
    """
    with progress_bar("backtest") as progress:
        run = backtest_by_plan(find_places(), plan_file=plan, challenger=challenger, progress=progress)
    write_reports(run, html=html, excel=excel)
    show(
        backtest_record(run.result, cases=run.cases),
        sections=_backtest_sections(run),
        as_json=as_json,
    )


def optimise(
    plan: Plan,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the proposed strategy here.")
    ] = None,
    html: Html = None,
    excel: Excel = None,
    as_json: AsJson = False,
) -> None:
    """Choose cut-offs, grade borders and limits within the plan's bounds, and show the whole frontier (寻优).

    Values are chosen on one part of the cases; the figures on the held-out part stand beside them.

    Example: creditloop strategy optimise examples/south_german_credit/backtest.yaml --out proposed.yaml
    """
    with progress_bar("optimise") as progress:
        run = optimise_by_plan(find_places(), plan_file=plan, progress=progress)
    write_reports(run, html=html, excel=excel)
    if out is not None and run.optimum.document_text is not None:
        out.write_text(run.optimum.document_text, encoding="utf-8")
    show(
        optimum_record(run.optimum, cases=run.cases),
        sections=_optimum_sections(run),
        as_json=as_json,
    )


def _backtest_sections(run: BacktestRun) -> list[Section]:
    result = run.result
    tables = {table.id: table for table in backtest_tables(result)}
    told = [
        section
        for name, parts in _PRINTED.items()
        if name in tables
        for columns in parts
        if (section := _section(tables[name], columns)) is not None
    ]
    warnings = [f"champion: {result.champion.bias.en}"]
    warnings += [f"challenger: {result.challenger.bias.en}"] if result.challenger is not None else []
    bad = f"bad: {result.plan.outcome.zh} {result.plan.outcome.en}"
    versions = stands_on(result)
    lines = [versions, bad, *warnings, *(["simulated data"] if result.plan.simulated else [])]
    return [*told, *_lines(lines)]


def _optimum_sections(run: OptimiseRun) -> list[Section]:
    optimum = run.optimum
    chosen, frontier = optimum_tables(optimum)
    moved = tuple(optimum.current.values)
    first = frontier.rows[:_FRONTIER_MAX]
    shown_first = replace(frontier, rows=first, en=f"{len(first)} of {len(optimum.frontier)} on the frontier")
    held = tuple(f"{name}, held out" for name in _PART[1:])
    told = [
        _section(chosen, ("strategy", "part", *moved, "approved", *_PART)),
        _section(shown_first, (*moved, *_PART, *held)),
    ]
    lines = [f"{optimum.method}, {optimum.tried:,} tried", chosen.stands_on]
    if optimum.chosen is None:
        lines.append("nothing tried keeps every constraint: nothing is proposed")
    elif optimum.document_text is None:
        lines.append("the values in force are the best of those tried")
    if optimum.held_out_broken:
        lines.append(f"held out, the chosen values break {', '.join(sorted(optimum.held_out_broken))}")
    lines += ["simulated data"] if optimum.plan.simulated else []
    return [*(section for section in told if section is not None), *_lines(lines)]


def _section(table: ReportTable, names: Sequence[str]) -> Section | None:
    """Return some columns of a table, by their English headings; None if it has only the first of them."""
    there = [column.en for column in table.columns]
    places = [there.index(name) for name in names if name in there]
    if len(places) < 2:
        return None
    rows = [
        [
            row[place] if table.columns[place].holds is Holds.COUNT else _shown(row[place], table, place)
            for place in places
        ]
        for row in table.rows
    ]
    return Section(title=f"{table.zh} {table.en}", columns=[there[place] for place in places], rows=rows)


def _shown(value: object, table: ReportTable, place: int) -> str:
    return shown(value, table.columns[place].holds)


def _lines(lines: Sequence[str]) -> list[Section]:
    return [Section(title=line, columns=[], rows=[]) for line in lines]
