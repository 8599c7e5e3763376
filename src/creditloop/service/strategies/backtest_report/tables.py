"""The tables of a backtest (回测报表): one definition each, for the page, workbook and command line."""

from collections.abc import Iterator, Sequence

from creditloop.kernel.money import divide_half_away
from creditloop.risk import Interval, SwapSet
from creditloop.risk.backtest import (
    BacktestResult,
    CurvePoint,
    Decision,
    RuleCount,
    StrategyFigures,
    StrategyResult,
    SwapMoney,
)
from creditloop.service.strategies.backtest_report.columns import (
    APPROVAL_RATE,
    APPROVED,
    BAD,
    BAD_RATE,
    CASES,
    HIGH,
    KNOWN,
    LOSS,
    LOW,
    NANO,
    PROFIT,
    STRATEGY,
    UNCOUNTED,
    Column,
    Holds,
    ReportTable,
    ratio_nano,
)

POINTS_MAX = 200
"""Most points of a curve that are written; evenly over it, ends and frontier ends kept."""
_FIGURES = (
    *(CASES, APPROVED, Column("转人工", "referred", Holds.COUNT), Column("拒绝", "declined", Holds.COUNT)),
    *(APPROVAL_RATE, KNOWN, BAD, BAD_RATE),
)
_MONEY = (Column("通过金额", "amount approved", Holds.MONEY), LOSS, PROFIT, UNCOUNTED)
_DECISIONS = {
    Decision.APPROVE: ("通过", "approve"),
    Decision.REFER: ("转人工", "refer"),
    Decision.DECLINE: ("拒绝", "decline"),
}


def backtest_tables(result: BacktestResult) -> tuple[ReportTable, ...]:
    """Return every table of a backtest, in the order of reading."""
    told = [_summary(result), _bias(result)]
    told += [_dimension(result, name) for name in result.plan.dimensions]
    told += [_matrix(result), _swap(result)] if result.swap is not None else []
    told += [table for one in strategies(result) for table in (_rules(result, one), _referrals(result, one))]
    told += [_curve(result)] if result.curve else []
    return tuple(told)


def strategies(result: BacktestResult) -> tuple[StrategyResult, ...]:
    """Return the champion, and the challenger if there is one."""
    return (result.champion, *([result.challenger] if result.challenger is not None else []))


def role(result: BacktestResult, strategy: StrategyResult) -> str:
    """Return what a strategy is called in a report."""
    return "冠军 champion" if strategy is result.champion else "挑战者 challenger"


def stands_on(result: BacktestResult) -> str:
    """Return the versions a backtest's numbers were computed by, short."""
    told = [f"{role(result, one)} {one.version[:12]}" for one in strategies(result)]
    return " · ".join([f"方案 plan {result.plan.hash[:12]}", *told])


def thinned(points: Sequence[CurvePoint]) -> tuple[CurvePoint, ...]:
    """Return at most `POINTS_MAX` points evenly over a curve, its ends among them."""
    if len(points) <= POINTS_MAX:
        return tuple(points)
    last = len(points) - 1
    places = dict.fromkeys(divide_half_away(n * last, POINTS_MAX - 1) for n in range(POINTS_MAX))
    return tuple(points[place] for place in places)


def _table(
    result: BacktestResult,
    name: str,
    title: tuple[str, str],
    columns: Sequence[Column],
    rows: Sequence[Sequence[object]],
) -> ReportTable:
    return ReportTable(
        id=name,
        zh=title[0],
        en=title[1],
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
        stands_on=stands_on(result),
    )


def _figure_columns(result: BacktestResult) -> tuple[Column, ...]:
    return _FIGURES if result.champion.figures.money is None else (*_FIGURES, *_MONEY)


def _figures(figures: StrategyFigures) -> list[object]:
    told: list[object] = [figures.rows, figures.approved, figures.referred, figures.declined]
    told += [figures.approval_nano, figures.known, figures.bad, figures.bad_rate_nano]
    money = figures.money
    if money is not None:
        told += [money.amount_fen, money.loss_fen, money.profit_fen, money.uncounted]
    return told


def _summary(result: BacktestResult) -> ReportTable:
    columns = [STRATEGY, Column("版本", "version", Holds.TEXT), *_figure_columns(result)]
    rows = [
        [f"{role(result, one)} {one.name}", one.version[:12], *_figures(one.figures)]
        for one in strategies(result)
    ]
    return _table(result, "summary", ("总览", "overview"), columns, rows)


def _bias(result: BacktestResult) -> ReportTable:
    columns = [
        STRATEGY,
        Column("假设", "assumption", Holds.TEXT),
        Column("未知者坏率为已知者的倍数", "bad rate of the unknown, times the known", Holds.RATIO),
        APPROVED,
        Column("其中结果未知", "outcome unknown", Holds.COUNT),
        Column("假设为坏", "assumed bad", Holds.COUNT),
        Column("全部通过者坏率", "bad rate of all approved", Holds.RATIO),
        LOSS,
        PROFIT,
        Column("来源", "source", Holds.TEXT),
    ]
    rows: list[list[object]] = []
    for one in strategies(result):
        bias, name, money = one.bias, role(result, one), one.figures.money
        known = [one.figures.bad_rate_nano, *([money.loss_fen, money.profit_fen] if money else [None, None])]
        rows.append([name, "仅已知者 known only", None, bias.approved, bias.unknown, None, *known, "–"])
        rows += [
            [
                *(name, band.name, band.multiplier_nano, bias.approved, bias.unknown, band.bad_unknown),
                *(band.bad_rate_nano, band.loss_fen, band.profit_fen, band.source),
            ]
            for band in bias.bands
        ]
    return _table(result, "reject_bias", ("拒绝偏差", "reject bias"), columns, rows)


def _dimension(result: BacktestResult, name: str) -> ReportTable:
    columns = [Column(name, name, Holds.TEXT), STRATEGY, *_figure_columns(result)]
    rows = [
        [value, role(result, one), *_figures(one.by[name][value])]
        for value in result.champion.by[name]
        for one in strategies(result)
    ]
    title = ("按月", "by month") if name == result.plan.month else (f"按 {name}", f"by {name}")
    return _table(result, f"by_{name}", title, columns, rows)


def _matrix(result: BacktestResult) -> ReportTable:
    assert result.swap is not None, "asked for with a challenger only"
    columns = [
        Column("冠军", "champion", Holds.TEXT),
        Column("挑战者", "challenger", Holds.TEXT),
        *(CASES, KNOWN, BAD, BAD_RATE),
    ]
    rows = [
        [
            " ".join(_DECISIONS[Decision(one)]),
            " ".join(_DECISIONS[Decision(other)]),
            *cell,
            _rate(cell[2], cell[1]),
        ]
        for (one, other), cell in result.swap.matrix.items()
    ]
    return _table(result, "swap_matrix", ("决策换手矩阵", "decisions of both"), columns, rows)


def _swap(result: BacktestResult) -> ReportTable:
    columns = [
        Column("项目", "figure", Holds.TEXT),
        CASES,
        BAD,
        Column("数值", "value", Holds.RATIO),
        Column("区间下限 95 %", "low, 95 %", Holds.RATIO),
        Column("区间上限 95 %", "high, 95 %", Holds.RATIO),
        LOSS,
        PROFIT,
    ]
    assert result.swap is not None, "asked for with a challenger only"
    found, money = result.swap.swap_set, result.swap.money
    rows = [] if found is None else [*_swapped(found, money), *_differences(found)]
    title = ("换入换出（结果已知者）", "swap set (outcome known)")
    return _table(result, "swap_set", title, columns, rows)


def _swapped(found: SwapSet, money: SwapMoney | None) -> Iterator[list[object]]:
    """Give the four groups: how many, how bad, what those swapped in or out cost and earn."""
    swapped_in: list[object] = [money.loss_in_fen, money.profit_in_fen] if money else [None, None]
    swapped_out: list[object] = [money.loss_out_fen, money.profit_out_fen] if money else [None, None]
    for name, group, sums in (
        ("换入 swap-in", found.swap_in, swapped_in),
        ("换出 swap-out", found.swap_out, swapped_out),
        ("都通过 both", found.both, [None, None]),
        ("都不通过 neither", found.neither, [None, None]),
    ):
        rate = _rate(group.bad, group.rows)
        yield [f"{name}，坏率 bad rate", group.rows, group.bad, rate, None, None, *sums]


def _differences(found: SwapSet) -> Iterator[list[object]]:
    """Give what the challenger's figures are less the champion's, and over them, with their intervals."""
    for name, interval in (
        ("通过率之差 approvals（挑战者−冠军）", found.approval_difference),
        ("坏率之差 bad rate（挑战者−冠军）", found.bad_rate_difference),
        ("换入减换出坏率 swap-in less swap-out（挑战者−冠军）", found.swap_difference),
        ("通过数之比 approvals（挑战者÷冠军）", found.approval_ratio),
        ("坏率相对变化 bad rate（挑战者÷冠军−1）", found.bad_rate_change),
    ):
        estimate = ratio_nano(interval.estimate) if interval is not None else None
        yield [name, None, None, estimate, *_ends(interval), None, None]


def _rules(result: BacktestResult, strategy: StrategyResult) -> ReportTable:
    columns = [
        Column("规则", "rule", Holds.TEXT),
        Column("原因码", "reason", Holds.TEXT),
        Column("说明", "meaning", Holds.TEXT),
        Column("命中", "matched", Holds.COUNT),
        Column("命中坏率", "bad rate, matched", Holds.RATIO),
        Column("无法计算", "cannot tell", Holds.COUNT),
        Column("首次命中", "decides", Holds.COUNT),
        Column("边际拒绝", "marginal declines", Holds.COUNT),
        Column("边际坏率", "bad rate, marginal", Holds.RATIO),
        *(LOW, HIGH),
        Column("独有拒绝", "unique declines", Holds.COUNT),
        Column("独有坏率", "bad rate, unique", Holds.RATIO),
        *(LOW, HIGH),
    ]
    rows = [
        (
            *(rule.id, rule.reason.code, f"{rule.reason.zh} {rule.reason.en}"),
            *(rule.matched.rows, rule.matched.bad_rate_nano, rule.cannot_tell.rows, rule.decides.rows),
            *(*_counted(rule.marginal), *_ends(rule.marginal_interval)),
            *(*_counted(rule.unique), *_ends(rule.unique_interval)),
        )
        for rule in strategy.rules
    ]
    kind = _kind(result, strategy)
    title = (f"规则贡献：{role(result, strategy)}", f"what each rule does, {kind}")
    return _table(result, f"rules_{kind}", title, columns, rows)


def _referrals(result: BacktestResult, strategy: StrategyResult) -> ReportTable:
    columns = [
        Column("原因", "cause", Holds.TEXT),
        Column("规则或输入", "rule or input", Holds.TEXT),
        CASES,
    ]
    words = {
        "rule": "规则转人工 a rule refers",
        "cannot": "规则无法计算 a rule cannot be evaluated",
        "missing": "其中缺失输入 of these an input is missing",
        "not_evaluated": "结论无法计算或默认转人工 the decision itself, or what holds otherwise",
    }
    rows = []
    for key, cases in strategy.referrals.items():
        kind, _, name = key.partition(":")
        rows.append([words[kind], name or "–", cases])
    kind = _kind(result, strategy)
    title = (f"转人工原因：{role(result, strategy)}", f"why cases are referred, {kind}")
    return _table(result, f"referrals_{kind}", title, columns, rows)


def _curve(result: BacktestResult) -> ReportTable:
    columns = [
        Column("阈值", "cut-off", Holds.COUNT),
        *(APPROVED, APPROVAL_RATE, KNOWN, BAD_RATE),
        Column("前沿", "on the frontier", Holds.TEXT),
        *(LOSS, PROFIT, UNCOUNTED),
    ]
    rows = [
        (
            *(point.cutoff, point.approved, point.approval_nano, point.known, point.bad_rate_nano),
            *("是 yes" if point.on_frontier else "–", point.loss_fen, point.profit_fen, point.uncounted),
        )
        for point in thinned(result.curve)
    ]
    name = result.plan.score.column if result.plan.score is not None else ""
    shown = f"{len(rows)} / {len(result.curve)}"
    title = (f"阈值曲线：{name}（{shown}）", f"cut-off curve over {name} ({shown} points)")
    return _table(result, "curve", title, columns, rows)


def _kind(result: BacktestResult, strategy: StrategyResult) -> str:
    """Return what a strategy is called in the id of a table."""
    return "champion" if strategy is result.champion else "challenger"


def _counted(count: RuleCount) -> list[object]:
    return [count.rows, count.bad_rate_nano]


def _ends(interval: Interval | None) -> tuple[int | None, int | None]:
    return (None, None) if interval is None else (ratio_nano(interval.low), ratio_nano(interval.high))


def _rate(bad: int, rows: int) -> int | None:
    return divide_half_away(bad * NANO, rows) if rows else None
