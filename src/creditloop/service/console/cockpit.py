"""组合驾驶舱: the portfolio at a month's end — balances, customers, buckets, non-performing share, trend."""

from collections.abc import Sequence

from markupsafe import Markup

from creditloop.admit import decision_counts, latest_batches
from creditloop.kernel.storage import Connection
from creditloop.monitor import (
    CLASSES,
    NOT_PERFORMING,
    WARNING_LEVELS,
    WARNING_REFERRED,
    ClassificationRun,
    Portfolio,
    PortfolioLine,
    RollCell,
    RollRates,
    find_runs,
    find_warning_runs,
    portfolio,
    warning_counts,
)
from creditloop.recover import find_routing_runs, routing_counts
from creditloop.service.console.charts import Series, line_chart, stacked_bars
from creditloop.service.console.decisions import outcome_totals
from creditloop.service.console.figures import money, percent
from creditloop.service.console.rolled import rolls_of
from creditloop.service.console.runs import chosen_run, latest_runs, run_before
from creditloop.service.console.visit import Page, Visit
from creditloop.service.console.words import Words

_FEN_IN_MILLION = 100 * 10**6


def show_cockpit(visit: Visit) -> Page:
    """Show the portfolio of the month asked for, or of the last."""
    with visit.reading() as connection:
        runs = latest_runs(find_runs(connection))
        if not runs:
            trail = [(visit.words("screen.cockpit"), None)]
            return Page(template="empty.html", record={"why": "cockpit.empty"}, trail=trail)
        run = chosen_run(runs, visit.query.get("month"))
        figures = [portfolio(connection, run=one) for one in runs if one.product == run.product]
        before = run_before(runs, run)
        rolls = None if before is None else rolls_of(connection, before=before, after=run)
        stages = _stages(connection, run)
    chosen = next(one for one in figures if one.run == run)
    record = {
        "runs": runs,
        "run": run,
        "figures": chosen,
        "trend": figures,
        "charts": _charts(figures, visit.words),
        "late_names": [one.name for one in _late_series(figures, visit.words)],
        "classes": _classes(chosen),
        "not_performing": NOT_PERFORMING,
        "before": before,
        "rolls": None if rolls is None else _matrix(rolls),
        "level_names": (*WARNING_LEVELS, WARNING_REFERRED),
        **stages,
    }
    return Page(template="cockpit.html", record=record, trail=[(visit.words("screen.cockpit"), None)])


def _stages(connection: Connection, run: ClassificationRun) -> dict[str, object]:
    """Return what the later stages made of the month: warnings, decisions by then, cases; None without."""
    on = run.dates.business_date
    warned = [
        one for one in find_warning_runs(connection, product=run.product) if one.dates.business_date == on
    ]
    routed = [one for one in find_routing_runs(connection) if one.dates.business_date == on]
    return {
        "warned": warned[-1] if warned else None,
        "levels": warning_counts(connection, batch_id=warned[-1].batch_id).levels if warned else {},
        "decided": [
            (batch, outcome_totals(decision_counts(connection, batch_id=batch.batch_id)))
            for batch in latest_batches(connection, product=run.product, on=on)
        ],
        "routed": routed[-1] if routed else None,
        "routes": routing_counts(connection, batch_id=routed[-1].batch_id).to_dicts() if routed else [],
    }


def _matrix(rolls: RollRates) -> dict[str, list[RollCell]]:
    """Return the cells of the roll-rate matrix by the state they began in."""
    lines: dict[str, list[RollCell]] = {}
    for cell in rolls.cells:
        lines.setdefault(cell.from_state, []).append(cell)
    return lines


def _classes(figures: Portfolio) -> list[tuple[str, PortfolioLine | None, PortfolioLine | None]]:
    """Return each class with its line by the rule and by the class in force."""
    rule = {line.name: line for line in figures.regulatory_classes}
    bank = {line.name: line for line in figures.bank_classes}
    return [
        (name, rule.get(name), bank.get(name))
        for name in (*CLASSES, "refer")
        if name in {*CLASSES, *rule, *bank}
    ]


def _charts(figures: Sequence[Portfolio], words: Words) -> dict[str, Markup]:
    labels = [f"{one.run.dates.business_date:%Y-%m}" for one in figures]
    owed = Series(
        name=words("cockpit.owed"),
        values=[one.owed_fen / _FEN_IN_MILLION for one in figures],
        texts=[money(one.owed_fen) for one in figures],
    )
    shares = [
        Series(
            name=words(key),
            values=[None if nano is None else nano / 10**7 for nano in values],
            texts=[percent(nano) for nano in values],
        )
        for key, values in (
            ("cockpit.npl_regulatory", [one.regulatory_npl_nano for one in figures]),
            ("cockpit.npl_bank", [one.bank_npl_nano for one in figures]),
        )
    ]
    return {
        "owed": line_chart(title=words("cockpit.chart_owed"), labels=labels, series=[owed]),
        "npl": line_chart(title=words("cockpit.chart_npl"), labels=labels, series=shares),
        "late": stacked_bars(
            title=words("cockpit.chart_late"), labels=labels, series=_late_series(figures, words)
        ),
    }


def _late_series(figures: Sequence[Portfolio], words: Words) -> list[Series]:
    """Return what is owed in each bucket that is late, a layer a bucket."""
    names = sorted({line.name for one in figures for line in one.buckets if line.name not in {"M0"}})
    amounts = {(i, line.name): line.owed_fen for i, one in enumerate(figures) for line in one.buckets}
    return [
        Series(
            name=words.of("bucket", name),
            values=[amounts.get((i, name), 0) / _FEN_IN_MILLION for i in range(len(figures))],
            texts=[money(amounts.get((i, name), 0)) for i in range(len(figures))],
        )
        for name in names
    ]
