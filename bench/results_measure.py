"""One study of the results: fit a card, choose cut-offs, judge against plain rules on what neither has seen.

1 rows are told their part by the salted hash of their content: fit, choose, judge
2 the card is fitted on `fit`; every other row is scored
3 the optimiser tries every cut-off; a question about the bad rate picks one by the outcomes of `choose`, a
  question about approvals by how many of `judge` are approved, which reads no outcome
4 baseline and strategy decide `judge`, side by side, in a backtest: every figure told is of that part
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from bench.results_study import CUTOFF, CardPlan, Rule, Study, strategy_at
from bench.results_table import CONTENT, NANO, OUTCOME, PART, Part, Table, in_parts, matching, read_rows

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError
from creditloop.risk import Approvals, CardFeature, Interval, auc, card_text, fit_card, ks, read_card
from creditloop.risk.backtest import (
    BacktestPlan,
    BacktestResult,
    Optimum,
    PartFigures,
    StrategyFigures,
    Trial,
    backtest,
    optimise,
)
from creditloop.risk.measures.swap_set import rate_interval

SCORE = "score"
TWICE, LESS_BAD = 2.0, 0.6
"""The claim looked at: twice the approvals, at 40 % less bad."""
_DIGITS = 6
Record = dict[str, object]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a study found, and the cases its plan names: by the first card, without the part fitted on."""

    record: Record
    cards: Mapping[str, str]
    cases: pl.DataFrame


def measure(study: Study, *, file: Path, say: Say) -> Measured:
    """Run a study on its published file."""
    say(f"{study.name}: reading {file.name}")
    wanted = study.plan.optimise
    if wanted is None:
        raise InputError("a study's plan says how cut-offs are chosen", got=study.plan.name)
    read = read_rows(study.table, file)
    rows = in_parts(
        read,
        salt=wanted.salt,
        fit_share_nano=study.fit_share_nano,
        choose_share_nano=wanted.choose_share_nano,
    )
    record: Record = {
        "rows": rows.height,
        "bad": int(rows[OUTCOME].sum()),
        "repeated": rows.height - rows[CONTENT].n_unique(),
        "parts": {part.value: _counts(rows.filter(pl.col(PART) == part.value)) for part in Part},
        "looks": [_looked(study.table, rows, look.where) for look in study.table.looks],
    }
    cards, texts, first = [], {}, pl.DataFrame()
    for asked in study.cards:
        told, text, scored = _measure_card(study, asked, rows, say)
        cards.append(told)
        texts[asked.name] = text
        first = scored if first.is_empty() else first
    return Measured(record=record | {"cards": cards}, cards=texts, cases=first)


def _measure_card(
    study: Study, asked: CardPlan, rows: pl.DataFrame, say: Say
) -> tuple[Record, str, pl.DataFrame]:
    """Fit one card, optimise the strategy over its score, and set it beside every rule."""
    fit = rows.filter(pl.col(PART) == Part.FIT.value)
    say(f"{asked.name}: fitting a card on {fit.height:,} rows")
    text = _fitted(study, asked, fit)
    card = read_card(parse_document(text, path=f"{asked.name}.yaml"))
    scored = card.score_frame(rows)
    cases = scored.filter(pl.col(PART) != Part.FIT.value)
    say(f"{asked.name}: trying every cut-off on {cases.height:,} rows")
    optimum = optimise(plan=study.plan, document=study.strategy, cases=cases)
    comparisons = []
    for rule in study.rules:
        say(f"{asked.name}: beside {rule.policy.name}")
        comparisons.append(_compared(study, rule, optimum, scored))
    discrimination = {
        part.value: _discrimination(scored.filter(pl.col(PART) == part.value))
        for part in (Part.FIT, Part.JUDGE)
    }
    told: Record = {
        "card": asked.name,
        "features": [
            {"name": one.feature.name, "iv_nano": one.iv_nano, "bins": len(one.bins)} for one in card.features
        ],
        "dropped": [{"name": one.name, "reason": one.reason.value} for one in card.dropped],
        "discrimination": discrimination,
        "method": optimum.method,
        "tried": optimum.tried,
        "comparisons": comparisons,
    }
    return told, text, cases.drop(PART)


def _fitted(study: Study, asked: CardPlan, fit: pl.DataFrame) -> str:
    table = study.table
    features = [
        CardFeature(
            name=name,
            kind=table.kinds[name],
            direction=direction,
            zh=table.meanings[name].zh,
            en=table.meanings[name].en,
        )
        for name, direction in asked.directions.items()
    ]
    fitted = fit_card(frame=fit, bad=fit[OUTCOME].to_list(), features=features, settings=study.settings)
    facts = {
        "data": f"{table.by.en}; SHA-256 {table.sha256}",
        "outcome": study.plan.outcome.en,
        "sample": f"the part a salted hash gives to fitting, {study.fit_share_nano / NANO:g} of the rows",
        "not": "accepted customers only, of one time: nobody knows about those turned away, or later ones",
    }
    title = {"zh": asked.title.zh, "en": asked.title.en}
    return card_text(fitted, card=asked.name, product=study.product, title=title, facts=facts)


def _compared(study: Study, rule: Rule, optimum: Optimum, scored: pl.DataFrame) -> Record:
    """Set the strategy beside one rule: four questions, each answered on the held-out part."""
    choose, judge = (scored.filter(pl.col(PART) == part.value) for part in (Part.CHOOSE, Part.JUDGE))
    whole = backtest(plan=study.plan, champion=rule.policy, chunks=[scored]).champion.figures
    seen = backtest(plan=study.plan, champion=rule.policy, chunks=[choose]).champion.figures
    told = backtest(plan=study.plan, champion=rule.policy, chunks=[judge]).champion.figures
    bad_rate = seen.bad / seen.known
    asked: Mapping[str, Callable[[Trial], bool]] = {
        "equal_approvals": lambda trial: trial.held_out.approved >= told.approved,
        "equal_bad_rate": lambda trial: _bad_rate(trial.chosen_on) <= bad_rate,
        "twice_approvals": lambda trial: trial.held_out.approved >= TWICE * told.approved,
        "less_bad": lambda trial: _bad_rate(trial.chosen_on) <= LESS_BAD * bad_rate,
    }
    answers = {
        name: _answer(study, rule, _picked(optimum, name, keeps), judge) for name, keeps in asked.items()
    }
    return {
        "rule": rule.policy.name,
        "before": dict(rule.before),
        "whole": {"approved": whole.approved, "bad": whole.bad, "rows": whole.rows},
        "choose": {"approved": seen.approved, "bad": seen.bad, "rows": seen.rows},
        "judge": {
            "approved": told.approved,
            "referred": told.referred,
            "bad": told.bad,
            "rows": told.rows,
            "bad_rate": _interval(_rate(told.bad, told.known, study.plan)),
        },
        "answers": answers,
        "verdict": _verdict(answers["twice_approvals"]),
    }


def _picked(optimum: Optimum, question: str, keeps: Callable[[Trial], bool]) -> Trial | None:
    """Return the cut-off of the optimiser's frontier that answers a question; None if none does.

    The frontier has the most approved first: of those with enough approvals the last has the fewest bads, of
    those with few enough bads the first approves the most.
    """
    kept = [trial for trial in optimum.frontier if keeps(trial)]
    if not kept:
        return None
    return kept[-1] if question.endswith("approvals") else kept[0]


def _bad_rate(figures: PartFigures) -> float:
    """Return the bad rate of the approved; the frontier holds nothing that approves nobody."""
    return figures.bad / figures.known


def _answer(study: Study, rule: Rule, trial: Trial | None, judge: pl.DataFrame) -> Record | None:
    """Backtest rule and strategy at one cut-off on the held-out part; None where no cut-off answers."""
    if trial is None:
        return None
    strategy = strategy_at(study, trial.values[CUTOFF])
    found = backtest(plan=study.plan, champion=rule.policy, challenger=strategy, chunks=[judge])
    referred = _check_same(found, trial).referred
    if found.swap is None or found.swap.swap_set is None:
        raise InputError("no outcome is known on the held-out part", got=study.name)
    swap, plan = found.swap.swap_set, study.plan
    return {
        "cutoff": trial.values[CUTOFF],
        "version": strategy.version,
        "approved": swap.challenger.rows,
        "referred": referred,
        "bad": swap.challenger.bad,
        "bad_rate": _interval(_rate(swap.challenger.bad, swap.challenger.rows, plan)),
        "approvals_ratio": _interval(swap.approval_ratio),
        "bad_rate_change": _interval(swap.bad_rate_change),
        "bad_rate_difference": _interval(swap.bad_rate_difference),
        "swap_in": _group(swap.swap_in, plan),
        "swap_out": _group(swap.swap_out, plan),
        "swap_difference": _interval(swap.swap_difference),
    }


def _verdict(twice: Record | None) -> str:
    """Say whether "twice the approvals at 40 % less bad" holds on the held-out part.

    Where the strategy approves twice as many it holds if the whole interval of the change of the bad rate is
    at −40 % or below; it does not if the whole interval is above, or if no cut-off approves so many; in
    between the held-out part cannot tell.
    """
    if twice is None:
        return "does_not_hold"
    change = twice["bad_rate_change"]
    if not isinstance(change, dict):
        return "cannot_tell"
    if change["low"] > LESS_BAD - 1:
        return "does_not_hold"
    return "holds" if change["high"] <= LESS_BAD - 1 else "cannot_tell"


def _check_same(found: BacktestResult, trial: Trial) -> StrategyFigures:
    """Return what a backtest says of the strategy; refuse it if the optimiser said otherwise of the same."""
    if found.challenger is None:
        raise InputError("the strategy was not backtested", got=trial.values)
    figures, held_out = found.challenger.figures, trial.held_out
    told = (figures.rows, figures.approved, figures.bad)
    if told != (held_out.rows, held_out.approved, held_out.bad):
        raise InputError("the backtest and the optimiser differ", got=told, expected=held_out.as_record())
    return figures


def _counts(rows: pl.DataFrame) -> Record:
    return {"rows": rows.height, "bad": int(rows[OUTCOME].sum())}


def _looked(table: Table, rows: pl.DataFrame, condition: str) -> Record:
    """Count a condition in the whole file, and how bad the rest is."""
    holds = matching(table, rows, condition)
    return {"where": condition, "here": _counts(rows.filter(holds)), "rest": _counts(rows.filter(~holds))}


def _discrimination(scored: pl.DataFrame) -> Record:
    known = scored.drop_nulls(SCORE)
    score, bad = known[SCORE].to_list(), known[OUTCOME].to_list()
    return {
        "rows": known.height,
        "referred": scored.height - known.height,
        "auc": round(auc(score=score, bad=bad), _DIGITS),
        "ks": round(ks(score=score, bad=bad).value, _DIGITS),
    }


def _group(group: Approvals, plan: BacktestPlan) -> Record:
    return {"rows": group.rows, "bad": group.bad, "bad_rate": _interval(_rate(group.bad, group.rows, plan))}


def _rate(bad: int, rows: int, plan: BacktestPlan) -> Interval | None:
    return rate_interval(bad=bad, rows=rows, draws=plan.draws, seed=plan.seed)


def _interval(found: Interval | None) -> Record | None:
    if found is None:
        return None
    return {name: round(getattr(found, name), _DIGITS) for name in ("estimate", "low", "high")}
