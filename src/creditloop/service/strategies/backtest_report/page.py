"""The page of a backtest (回测页面): one file that opens without a network, Chinese first, English beside it.

Charts are drawn in the reader's browser by the vendored library; each stands above its table, which has the
same figures, so that the page says everything without scripts as well. See docs/decisions/0007.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from creditloop.kernel.money import divide_half_away, text_from_fen
from creditloop.risk.backtest import BacktestResult, Optimum, number_text
from creditloop.service.strategies.backtest_report.charts import Option, backtest_charts, optimum_charts
from creditloop.service.strategies.backtest_report.columns import Holds, ReportTable
from creditloop.service.strategies.backtest_report.optimum_tables import optimum_tables
from creditloop.service.strategies.backtest_report.tables import backtest_tables, role, strategies

_FOLDER = Path(__file__).resolve().parent
LIBRARY = _FOLDER.parents[1] / "vendored" / "echarts" / "echarts.min.js"
"""The chart library as it was published; its version and hash are in the README beside it."""
_TALL_FROM = 10
"""Rules from which their chart is drawn taller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure at the top of the page."""

    name: str
    value: str
    more: str


def backtest_page(result: BacktestResult, *, cases: Mapping[str, object]) -> str:
    """Return the page of a backtest.

    Args:
        cases: which file the cases are from, and its hash, in words.
    """
    plan = result.plan
    charts = backtest_charts(result)
    beside = {name: [name] for name in charts} | ({"curve": ["frontier", "curve"]} if result.curve else {})
    return _page(
        title=(plan.title_zh, plan.title_en),
        kind=("策略回测报告", "backtest of a strategy"),
        simulated=plan.simulated,
        tiles=_tiles(result),
        notes=[(f"{role(result, one)}：{one.bias.zh}。", f"{one.bias.en}.") for one in strategies(result)],
        facts=[*_facts(result), *_case_facts(cases)],
        sections=[_section(t, {n: charts[n] for n in beside.get(t.id, [])}) for t in backtest_tables(result)],
        charts=charts,
        proposal=None,
    )


def optimum_page(optimum: Optimum, *, cases: Mapping[str, object]) -> str:
    """Return the page of an optimiser's answer; see `backtest_page`."""
    plan = optimum.plan
    facts = [
        ("方案 plan", f"{plan.name} {plan.hash}"),
        ("策略 strategy", optimum.strategy_hash),
        ("坏的定义 bad", f"{plan.outcome.zh} {plan.outcome.en}"),
        ("方法 method", f"{optimum.method}, {optimum.tried:,} tried"),
        ("现行未满足 broken by what is in force", ", ".join(sorted(optimum.broken)) or "–"),
        ("留出部分未满足 broken held out", ", ".join(sorted(optimum.held_out_broken)) or "–"),
    ]
    charts = optimum_charts(optimum)
    return _page(
        title=(plan.title_zh, plan.title_en),
        kind=("策略寻优报告", "optimised strategy"),
        simulated=plan.simulated,
        tiles=[],
        notes=[_advice(optimum)],
        facts=[*facts, *_case_facts(cases)],
        sections=[_section(t, charts if t.id == "frontier" else {}) for t in optimum_tables(optimum)],
        charts=charts,
        proposal=optimum.document_text,
    )


def shown(value: object, holds: Holds) -> str:
    """Write a value of a table for a reader: ratios as percentages with two decimals, fen as units.

    >>> shown(125_000_000, Holds.RATIO), shown(-123456, Holds.MONEY), shown(None, Holds.COUNT)
    ('12.50 %', '-1,234.56', '–')
    """
    if value is None:
        return "–"
    if holds is Holds.TEXT or not isinstance(value, int):
        return str(value)
    if holds is Holds.COUNT:
        return f"{value:,}"
    text = text_from_fen(divide_half_away(value, 100_000) if holds is Holds.RATIO else value)
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    units, _, decimals = digits.partition(".")
    return f"{sign}{int(units):,}.{decimals}" + (" %" if holds is Holds.RATIO else "")


def _page(
    *,
    title: tuple[str, str],
    kind: tuple[str, str],
    simulated: bool,
    tiles: Sequence[Tile],
    notes: Sequence[tuple[str, str]],
    facts: Sequence[tuple[str, object]],
    sections: Sequence[Mapping[str, object]],
    charts: Mapping[str, Option],
    proposal: str | None,
) -> str:
    data = json.dumps(charts, ensure_ascii=False).replace("<", "\\u003c")  # nothing in it may end the script
    return _template().render(
        title_zh=title[0],
        title_en=title[1],
        kind_zh=kind[0],
        kind_en=kind[1],
        simulated=simulated,
        tiles=tiles,
        notes=notes,
        facts=facts,
        sections=sections,
        charts=Markup(data),
        library=Markup(LIBRARY.read_text("utf-8")),
        proposal=proposal,
    )


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("page.html.jinja")


def _section(table: ReportTable, charts: Mapping[str, Option]) -> dict[str, object]:
    shapes = ["text" if column.holds is Holds.TEXT else "number" for column in table.columns]
    return {
        "id": table.id,
        "zh": table.zh,
        "en": table.en,
        "charts": [{"id": name, "shape": _shape(name, option)} for name, option in charts.items()],
        "heads": [
            {"zh": column.zh, "en": column.en, "shape": shape}
            for column, shape in zip(table.columns, shapes, strict=True)
        ],
        "rows": [
            [
                {"text": shown(value, column.holds), "shape": shape}
                for value, column, shape in zip(row, table.columns, shapes, strict=True)
            ]
            for row in table.rows
        ],
        "stands_on": table.stands_on,
    }


def _shape(name: str, option: Option) -> str:
    """Return how a chart is laid out: a matrix narrow, many rules tall."""
    if name == "swap_matrix":
        return "square"
    axis = option["yAxis"]
    return "tall" if isinstance(axis, dict) and len(axis.get("data", ())) >= _TALL_FROM else ""


def _tiles(result: BacktestResult) -> list[Tile]:
    tiles = [Tile(name="案件 cases", value=f"{result.rows:,}", more=f"结果已知 known {result.known:,}")]
    for one in strategies(result):
        figures, who = one.figures, role(result, one)
        ratio = Holds.RATIO
        tiles.append(
            Tile(
                name=f"{who} · 通过率 approvals",
                value=shown(figures.approval_nano, ratio),
                more=f"{figures.approved:,} / {figures.rows:,}",
            )
        )
        tiles.append(
            Tile(
                name=f"{who} · 坏率 bad rate",
                value=shown(figures.bad_rate_nano, ratio),
                more=f"{figures.bad:,} / {figures.known:,}",
            )
        )
    return tiles


def _facts(result: BacktestResult) -> list[tuple[str, object]]:
    plan = result.plan
    told: list[tuple[str, object]] = [
        ("方案 plan", f"{plan.name} {plan.hash}"),
        ("规则日期 rules as of", plan.rules_as_of),
        ("坏的定义 bad", f"{plan.outcome.zh} {plan.outcome.en}（{plan.outcome.column}）"),
        ("抽样 bootstrap", f"{plan.draws} draws, seed {plan.seed}"),
    ]
    for one in strategies(result):
        told += [
            (f"{role(result, one)}", f"{one.name}（{one.path}）"),
            ("文本 text", one.document_hash),
            ("版本 version", one.version),
        ]
    for number in plan.numbers:
        value, kind = number.parameter.value, number.parameter.kind
        written = number_text(value, kind) if type(value) is int else value
        source = f"{number.since}，{number.source.title}"
        told.append((f"参数 parameter: {number.parameter.name}", f"{written}（{number.unit}），{source}"))
    return told


def _case_facts(cases: Mapping[str, object]) -> list[tuple[str, object]]:
    return [(f"案件 cases: {name}", value) for name, value in cases.items()]


def _advice(optimum: Optimum) -> tuple[str, str]:
    if optimum.chosen is None:
        return (
            "没有任何取值满足全部约束，不作建议。",
            "No value tried keeps every constraint: nothing is proposed.",
        )
    if optimum.document_text is None:
        return "现行取值已是所试之中最好的。", "The values in force are the best of those tried."
    return (
        "选定取值在一部分案件上选出；留出部分未参与选取，两者差距大即为过拟合。建议稿须经第二人批准后方可生效。",
        "Values were chosen on one part of the cases, nothing on the held-out part: a large gap between them"
        " is over-fitting. The proposal needs a second person before it can come into force.",
    )
