"""A backtest and an optimiser's answer as plain data (回测记录), for `--json`."""

from collections.abc import Mapping

from creditloop.risk import Interval
from creditloop.risk.backtest import (
    BacktestResult,
    Optimum,
    RuleCount,
    RuleEffect,
    StrategyResult,
    Swap,
    Trial,
)
from creditloop.service.strategies.backtest_report.columns import ratio_nano


def backtest_record(result: BacktestResult, *, cases: Mapping[str, object]) -> dict[str, object]:
    """Return a backtest as plain data.

    Args:
        cases: which file the cases are from, and its hash.
    """
    plan = result.plan
    return {
        "plan": plan.name,
        "plan_hash": plan.hash,
        "rules_as_of": plan.rules_as_of.isoformat(),
        "simulated": plan.simulated,
        "cases": dict(cases),
        "bad": {"column": plan.outcome.column, "zh": plan.outcome.zh, "en": plan.outcome.en},
        "rows": result.rows,
        "known": result.known,
        "bads": result.bad,
        "draws": plan.draws,
        "seed": plan.seed,
        "champion": _strategy(result.champion),
        "challenger": _strategy(result.challenger) if result.challenger is not None else None,
        "swap": _swap(result.swap) if result.swap is not None else None,
        "curve": [point.as_record() for point in result.curve],
    }


def optimum_record(optimum: Optimum, *, cases: Mapping[str, object]) -> dict[str, object]:
    """Return an optimiser's answer as plain data; the proposed text with it."""
    return {
        "plan": optimum.plan.name,
        "plan_hash": optimum.plan.hash,
        "strategy_hash": optimum.strategy_hash,
        "simulated": optimum.plan.simulated,
        "cases": dict(cases),
        "method": optimum.method,
        "tried": optimum.tried,
        "current": _trial(optimum, optimum.current),
        "current_breaks": sorted(optimum.broken),
        "chosen": _trial(optimum, optimum.chosen) if optimum.chosen is not None else None,
        "held_out_breaks": sorted(optimum.held_out_broken),
        "frontier": [_trial(optimum, trial) for trial in optimum.frontier],
        "document": optimum.document_text,
    }


def _strategy(strategy: StrategyResult) -> dict[str, object]:
    return {
        "name": strategy.name,
        "path": strategy.path,
        "hash": strategy.document_hash,
        "version": strategy.version,
        **strategy.figures.as_record(),
        "by": {
            name: [{"value": value, **figures.as_record()} for value, figures in values.items()]
            for name, values in strategy.by.items()
        },
        "rules": [_rule(rule) for rule in strategy.rules],
        "referrals": dict(strategy.referrals),
        "reject_bias": strategy.bias.as_record(),
    }


def _rule(rule: RuleEffect) -> dict[str, object]:
    return {
        "id": rule.id,
        "code": rule.reason.code,
        "zh": rule.reason.zh,
        "en": rule.reason.en,
        "declines": rule.declines,
        "matched": _count(rule.matched),
        "cannot_tell": _count(rule.cannot_tell),
        "decides": _count(rule.decides),
        "marginal": {**_count(rule.marginal), **_interval(rule.marginal_interval)},
        "unique": {**_count(rule.unique), **_interval(rule.unique_interval)},
    }


def _count(count: RuleCount) -> dict[str, object]:
    return {
        "rows": count.rows,
        "known": count.known,
        "bad": count.bad,
        "bad_rate_nano": count.bad_rate_nano,
    }


def _interval(interval: Interval | None) -> dict[str, object]:
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return {"low_nano": ratio_nano(low), "high_nano": ratio_nano(high)}


def _swap(swap: Swap) -> dict[str, object]:
    found = swap.swap_set
    names = (
        *("approval_difference", "bad_rate_difference", "swap_difference"),
        *("approval_ratio", "bad_rate_change"),
    )
    groups = ("swap_in", "swap_out", "both", "neither")
    money = {} if swap.money is None else {n: getattr(swap.money, n) for n in swap.money.__dataclass_fields__}
    told: dict[str, object] = {
        "matrix": [
            {"champion": one, "challenger": other, "rows": rows, "known": known, "bad": bad}
            for (one, other), (rows, known, bad) in swap.matrix.items()
        ],
        **money,
    }
    if found is None:
        return told
    for name in groups:
        group = getattr(found, name)
        told[name] = {"rows": group.rows, "bad": group.bad}
    for name in names:
        interval: Interval | None = getattr(found, name)
        estimate = None if interval is None else interval.estimate
        told[name] = {"estimate_nano": ratio_nano(estimate), **_interval(interval)}
    return told


def _trial(optimum: Optimum, trial: Trial) -> dict[str, object]:
    return {
        "values": {name: optimum.written(name, value) for name, value in trial.values.items()},
        "chosen_on": trial.chosen_on.as_record(),
        "held_out": trial.held_out.as_record(),
    }
