"""The charts of a backtest (回测图表): what each shows, as ECharts options; the page draws them.

Colours carry no judgement: champion blue, challenger purple, everything else grey or gold. Red and green are
not used, so that nothing reads as up or down. Every chart has its table beside it.
"""

from collections.abc import Mapping, Sequence

from creditloop.risk.backtest import BacktestResult, CurvePoint, Decision, Optimum, StrategyFigures, Trial
from creditloop.service.strategies.backtest_report.tables import role, strategies, thinned

CHAMPION, CHALLENGER, QUIET, MARKED = "#1677ff", "#722ed1", "#8c8c8c", "#d48806"
"""Blue, purple, grey and gold of the palette."""
RULES_MAX = 25
"""Most rules drawn: those with the most marginal declines; the table has all of them."""
_TEXT = "#595959"
Option = dict[str, object]


def backtest_charts(result: BacktestResult) -> dict[str, Option]:
    """Return the charts by the id of the table they stand beside."""
    told: dict[str, Option] = {}
    plan = result.plan
    for name in plan.dimensions:
        told[f"by_{name}"] = _dimension(result, name)
    if result.swap is not None:
        told["swap_matrix"] = _matrix(result)
    for one in strategies(result):
        kind = "champion" if one is result.champion else "challenger"
        if any(rule.matched.rows for rule in one.rules):
            told[f"rules_{kind}"] = _rules(result, kind)
    if result.curve:
        told["curve"] = _curve(result)
        told["frontier"] = _frontier(result)
    return told


def optimum_charts(optimum: Optimum) -> dict[str, Option]:
    """Return the chart of the frontier: where the strategy in force and the chosen one stand."""
    chosen = _trial_points([optimum.chosen] if optimum.chosen is not None else [], held=False)
    held = _trial_points([optimum.chosen] if optimum.chosen is not None else [], held=True)
    series = [
        _line("前沿 frontier", _trial_points(optimum.frontier, held=False), QUIET),
        _scatter("前沿（留出）held out", _trial_points(optimum.frontier, held=True), "#bfbfbf", 5),
        _scatter("现行 in force", _trial_points([optimum.current], held=False), CHAMPION, 16),
        _scatter("选定 chosen", chosen, CHALLENGER, 16),
        _scatter("选定（留出）chosen, held out", held, MARKED, 16),
    ]
    return {"frontier": _plane(series)}


def _dimension(result: BacktestResult, name: str) -> Option:
    values = list(result.champion.by[name])
    series: list[Option] = []
    for one, colour in zip(strategies(result), (CHAMPION, CHALLENGER), strict=False):
        told = [one.by[name][value] for value in values]
        who = role(result, one).split(maxsplit=1)[0]
        series.append(_bars(f"{who} 通过率 approvals", [_percent(f.approval_nano) for f in told], colour))
        joined = name == result.plan.month  # months follow each other, other values do not
        series.append(_rates(f"{who} 坏率 bad rate", told, colour, joined=joined))
    return {
        **_frame([str(one["name"]) for one in series]),
        "xAxis": {"type": "category", "data": ["–" if value is None else value for value in values]},
        "yAxis": [
            {"type": "value", "name": "通过率 approvals, %", "min": 0},
            {"type": "value", "name": "坏率 bad rate, %", "min": 0, "splitLine": {"show": False}},
        ],
        "series": series,
    }


def _bars(name: str, values: Sequence[float | None], colour: str) -> Option:
    style = {"color": colour, "opacity": 0.35, "borderRadius": [3, 3, 0, 0]}
    return {"name": name, "type": "bar", "data": list(values), "itemStyle": style, "barMaxWidth": 36}


def _rates(name: str, told: Sequence[StrategyFigures], colour: str, *, joined: bool) -> Option:
    return {
        "name": name,
        "type": "line" if joined else "scatter",
        "yAxisIndex": 1,
        "symbol": "circle" if joined else "diamond",
        "symbolSize": 7 if joined else 12,
        "data": [_percent(figures.bad_rate_nano) for figures in told],
        "itemStyle": {"color": colour},
        "lineStyle": {"color": colour, "width": 2},
    }


def _matrix(result: BacktestResult) -> Option:
    assert result.swap is not None, "drawn with a challenger only"
    words = {
        Decision.APPROVE: "通过 approve",
        Decision.REFER: "转人工 refer",
        Decision.DECLINE: "拒绝 decline",
    }
    names = [words[one] for one in Decision]
    cells = []
    for (one, other), (rows, known, bad) in result.swap.matrix.items():
        rate = f"坏率 bad {100 * bad / known:.2f} %" if known else "坏率 bad –"
        share = rows / result.rows
        label = {"formatter": f"{rows:,}\n{rate}", "color": "#ffffff" if share > 0.25 else "#262626"}
        cells.append({"value": [other, one, rows], "label": label})
    return {
        "tooltip": {},
        "grid": {"left": 110, "right": 24, "top": 40, "bottom": 48},
        "xAxis": {
            "type": "category",
            "data": names,
            "name": "挑战者 challenger",
            "nameLocation": "middle",
            "nameGap": 30,
        },
        "yAxis": {
            "type": "category",
            "data": names,
            "inverse": True,
            "name": "冠军 champion",
            "nameLocation": "start",
        },
        "visualMap": {
            "show": False,
            "min": 0,
            "max": max(rows for rows, _, _ in result.swap.matrix.values()),
            "inRange": {"color": ["#f5f5f5", "#bae0ff", "#1677ff"]},
        },
        "series": [{"type": "heatmap", "data": cells, "label": {"show": True}, "name": "案件 cases"}],
    }


def _rules(result: BacktestResult, kind: str) -> Option:
    one = result.champion if kind == "champion" else result.challenger
    assert one is not None, "drawn for a strategy that is there"
    most = sorted(one.rules, key=lambda rule: (-rule.marginal.rows, -rule.matched.rows))[:RULES_MAX]
    shown = [rule for rule in most if rule.matched.rows][::-1]
    colour = CHAMPION if kind == "champion" else CHALLENGER
    rates = [_percent(rule.marginal.bad_rate_nano) for rule in shown]
    bars = {"type": "bar", "barGap": "0%", "barMaxWidth": 14}
    dots = {"type": "scatter", "xAxisIndex": 1, "symbol": "diamond", "symbolSize": 10}
    return {
        **_frame(["边际拒绝 marginal", "独有拒绝 unique", "边际坏率 bad rate"]),
        "grid": {"left": 8, "right": 24, "top": 88, "bottom": 40, "containLabel": True},
        "yAxis": {"type": "category", "data": [rule.id for rule in shown], "axisLabel": {"color": _TEXT}},
        "xAxis": [
            {
                "type": "value",
                "name": "案件 cases",
                "nameLocation": "middle",
                "nameGap": 26,
                "minInterval": 1,
            },
            {"type": "value", **_axis_name("坏率 bad rate, %"), "min": 0, "splitLine": {"show": False}},
        ],
        "series": [
            {"name": "边际拒绝 marginal", **bars, "data": [rule.marginal.rows for rule in shown]}
            | {"itemStyle": {"color": colour, "opacity": 0.75}},
            {"name": "独有拒绝 unique", **bars, "data": [rule.unique.rows for rule in shown]}
            | {"itemStyle": {"color": colour, "opacity": 0.3}},
            {"name": "边际坏率 bad rate", **dots, "data": rates, "itemStyle": {"color": MARKED}},
        ],
    }


def _curve(result: BacktestResult) -> Option:
    points = sorted(thinned(result.curve), key=lambda point: point.cutoff)
    approvals = [[point.cutoff, _percent(point.approval_nano)] for point in points]
    rates = [[point.cutoff, _percent(point.bad_rate_nano)] for point in points]
    score = result.plan.score.column if result.plan.score is not None else ""
    names = ["通过率 approvals", "坏率 bad rate"]
    series = [_line(names[0], approvals, CHAMPION), _line(names[1], rates, MARKED) | {"yAxisIndex": 1}]
    return {
        **_frame(names),
        "xAxis": {"type": "value", "scale": True, **_axis_name(f"阈值 cut-off: {score}")},
        "yAxis": [
            {"type": "value", "name": "通过率 approvals, %", "min": 0, "max": 100},
            {"type": "value", "name": "坏率 bad rate, %", "min": 0, "splitLine": {"show": False}},
        ],
        "series": series,
    }


def _frontier(result: BacktestResult) -> Option:
    best = thinned([point for point in result.curve if point.on_frontier])
    series = [
        _line("各阈值 every cut-off", _curve_points(thinned(result.curve)), "#d9d9d9"),
        _line("前沿 frontier", _curve_points(best), QUIET),
    ]
    for one, colour in zip(strategies(result), (CHAMPION, CHALLENGER), strict=False):
        place = [[_percent(one.figures.approval_nano), _percent(one.figures.bad_rate_nano)]]
        series.append(_scatter(role(result, one), place, colour, 16))
    return _plane(series)


def _plane(series: Sequence[Option]) -> Option:
    """Return the plane of approvals and bad rate with these series."""
    return {
        **_frame([str(one["name"]) for one in series]),
        "xAxis": {"type": "value", "scale": True, **_axis_name("通过率 approvals, %")},
        "yAxis": {"type": "value", "scale": True, "name": "坏率 bad rate, %"},
        "series": list(series),
    }


def _frame(names: Sequence[str]) -> Option:
    return {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "cross", "snap": True}},
        "legend": {"data": list(names), "top": 0, "textStyle": {"color": _TEXT}},
        "grid": {"left": 56, "right": 56, "top": 64, "bottom": 48},
    }


def _axis_name(name: str) -> Mapping[str, object]:
    return {"name": name, "nameLocation": "middle", "nameGap": 28}


def _line(name: str, points: Sequence[object], colour: str) -> Option:
    style = {"color": colour, "width": 2}
    told: Option = {"name": name, "type": "line", "showSymbol": False, "data": list(points)}
    return told | {"lineStyle": style, "itemStyle": {"color": colour}}


def _scatter(name: str, points: Sequence[object], colour: str, size: int) -> Option:
    told: Option = {"name": name, "type": "scatter", "symbolSize": size, "data": list(points), "z": 5}
    return told | {"itemStyle": {"color": colour}}


def _curve_points(points: Sequence[CurvePoint]) -> list[list[float | None]]:
    return [[_percent(point.approval_nano), _percent(point.bad_rate_nano)] for point in points if point.known]


def _trial_points(trials: Sequence[Trial], *, held: bool) -> list[list[float | None]]:
    parts = [trial.held_out if held else trial.chosen_on for trial in trials]
    return [[_percent(part.approval_nano), _percent(part.bad_rate_nano)] for part in parts if part.known]


def _percent(nano: int | None) -> float | None:
    """Return a ratio in points of a hundred with four decimals, as a chart takes it."""
    return None if nano is None else round(nano / 10**7, 4)
