"""Compare a plan's strategy with the rule strategies it names (策略比较), where the outcome is known.

1. the decided half, those reviewed: inputs, features and score, read for the purpose `model`
2. what the strategy decides about each, and what every baseline would have
3. their outcomes: the plan's, and the wider one where the plan has one
4. compared, recorded, every line with its intervals; none is the headline
It works on any review plan, with or without a book.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from creditloop.admit import FIT, REVIEWED, ReviewRules, review
from creditloop.formula import Kind
from creditloop.kernel.dates import Dates
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.oversight import (
    BASELINES,
    CHALLENGER,
    OWN,
    Baseline,
    Comparison,
    ComparisonRun,
    compare,
    find_comparisons,
    frame_hash,
    record_comparison,
)
from creditloop.risk import Policy
from creditloop.risk.backtest import approved_cases
from creditloop.service.admitting.fitting import plan_frame
from creditloop.service.admitting.outcomes import read_outcome, read_second_outcome
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.admitting.reviewing import READER, card_in_force, read_plan_rules
from creditloop.service.compiled import compiled_policy
from creditloop.service.work import Work

APPROVING = ("approve", "keep", "raise")
"""Outcomes that count as approved; a referred case is not approved until a person has spoken."""
FIRST, SECOND = "first", "second"
"""The plan's outcome, and its wider one."""
POPULATION = "决策半数、纳入重检 decided half, reviewed"
_APPROVES = "approve"
"""The output of a baseline's policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedCases:
    """Cases a strategy can be measured on.

    Attributes:
        frame: party_id, every value the rules read, score, pd_nano, approved, a boolean column per outcome.
        outcomes: names of those columns with their meaning (zh, en).
    """

    frame: pl.DataFrame
    rules: ReviewRules
    outcomes: Mapping[str, tuple[str, str]]


def decided_cases(
    work: Work, *, plan: ReviewPlan, card: Document | None = None, purpose: str = "model"
) -> DecidedCases:
    """Return the reviewed customers of the decided half, what the strategy does with them, what came of them.

    Args:
        card: the card's document; None takes the card in force, see `card_in_force`.
    Raises: InputError if there are none; what reading the plan's documents and data raises.
    """
    rules = measured_rules(work, plan=plan, card=card)
    return cases_by(rules, holdout=read_holdout(work, plan=plan, rules=rules, purpose=purpose), plan=plan)


def measured_rules(work: Work, *, plan: ReviewPlan, card: Document | None = None) -> ReviewRules:
    """Read the rules that cases are measured by, with a card or with the one in force."""
    card = card_in_force(work, plan=plan) if card is None else card
    return read_plan_rules(work, plan=plan, card=card).rules


def read_holdout(work: Work, *, plan: ReviewPlan, rules: ReviewRules, purpose: str) -> pl.DataFrame:
    """Read the reviewed customers of the decided half and what came of them: what no card changes.

    Returns: party_id, inputs, features, a boolean column per outcome; by party.
    Raises: InputError if there are none; what reading the data raises.
    """
    frame = plan_frame(work, plan=plan, purpose=purpose, reader=READER, policy=rules.policy)
    frame = frame.filter((pl.col("half") != FIT) & (pl.col("scope") == REVIEWED))
    if frame.is_empty():
        raise InputError(
            "nobody is left to measure on",
            got="0 customers",
            expected="a decided half in scope",
            where={"file": plan.document.path},
        )
    known = [read_outcome(work, plan=plan, purpose=purpose).rename({"bad": FIRST})]
    second = read_second_outcome(work, plan=plan, purpose=purpose)
    if second is not None:
        known.append(second.rename({"bad": SECOND}))
    for part in known:
        frame = frame.join(part, on="party_id", how="left", validate="1:1")
    return frame.sort("party_id")


def cases_by(rules: ReviewRules, *, holdout: pl.DataFrame, plan: ReviewPlan) -> DecidedCases:
    """Return the cases of a holdout as rules score and decide them."""
    scored = rules.card.score_frame(holdout).drop("score_state")
    decided = review(frame=scored, rules=rules).select(
        "party_id", approved=pl.col("outcome").is_in(APPROVING).fill_null(value=False)
    )
    frame = scored.join(decided, on="party_id", how="left", validate="1:1", maintain_order="left")
    return DecidedCases(frame=frame, rules=rules, outcomes=outcomes_of_plan(plan))


def outcomes_of_plan(plan: ReviewPlan) -> dict[str, tuple[str, str]]:
    """Return the plan's outcomes with their meaning, by the names their columns and lines have."""
    outcomes = {FIRST: (plan.outcome.zh, plan.outcome.en)}
    if plan.second_outcome is not None:
        outcomes[SECOND] = (plan.second_outcome.zh, plan.second_outcome.en)
    return outcomes


def compare_plan(
    work: Work, *, plan: ReviewPlan, draws: int, seed: int, cases: DecidedCases | None = None
) -> ComparisonRun:
    """Compare a plan's strategy with its baselines and record it; a repeat returns the first result.

    Args:
        draws, seed: of the bootstrap.
        cases: those of the plan, if they were read already.
    Raises: InputError if the plan names no baseline; PolicyError if one gives no `approve`; what
        `decided_cases` raises.
    """
    if not plan.baselines:
        raise InputError(
            "the plan names no baseline to compare with",
            got=plan.name,
            expected="baselines: […]",
            where={"file": plan.document.path},
        )
    cases = decided_cases(work, plan=plan) if cases is None else cases
    frame, baselines = with_baselines(work, plan=plan, cases=cases)
    names = list(cases.outcomes)
    lines = compare(frame=frame, baselines=baselines, outcomes=names, draws=draws, seed=seed)
    work.adopt(plan.document, kind="plan")
    run = record_comparison(
        work.connection,
        kind=BASELINES,
        product=plan.product,
        population=POPULATION,
        dates=plan.dates,
        rows=frame.height,
        strategy_hash=cases.rules.policy.hash,
        card_hash=cases.rules.card.hash,
        plan_hash=plan.document.hash,
        draws=draws,
        seed=seed,
        inputs_hash=frame_hash(frame.select("party_id", "score", "approved", *names)),
        lines=lines,
        now=work.now,
    )
    work.recorded(run.batch_id)
    return run


def compare_challenger(
    work: Work,
    *,
    plan: ReviewPlan,
    champion: pl.DataFrame,
    challenger: DecidedCases,
    beside: Baseline,
    population: str,
    dates: Dates,
    plan_hash: str,
    draws: int,
    seed: int,
) -> ComparisonRun:
    """Set a challenger beside its champion on the same cases, at its own approvals; record the comparison.

    Args:
        champion: party_id and what the champion approves, as `beside.column`, of the challenger's cases.
        draws, seed: of the bootstrap.
    """
    outcomes = list(challenger.outcomes)
    told = champion.select("party_id", beside.column)
    compared = challenger.frame.join(told, on="party_id", how="inner", validate="1:1").sort("party_id")
    lines = compare(frame=compared, baselines=[beside], outcomes=outcomes, draws=draws, seed=seed)
    run = record_comparison(
        work.connection,
        kind=CHALLENGER,
        product=plan.product,
        population=population,
        dates=dates,
        rows=compared.height,
        strategy_hash=challenger.rules.policy.hash,
        card_hash=challenger.rules.card.hash,
        plan_hash=plan_hash,
        draws=draws,
        seed=seed,
        inputs_hash=frame_hash(compared.select("party_id", "score", "approved", beside.column, *outcomes)),
        lines=[line for line in lines if line.approvals_at == OWN],
        now=work.now,
    )
    work.recorded(run.batch_id)
    return run


def with_baselines(
    work: Work, *, plan: ReviewPlan, cases: DecidedCases
) -> tuple[pl.DataFrame, tuple[Baseline, ...]]:
    """Let every baseline of the plan judge the cases: a boolean column for each; keep their texts.

    A case that any part of a baseline leaves to a person is not approved by it.
    """
    frame, baselines = cases.frame, []
    for path in plan.baselines:
        document = work.adopt(work.places.document(path), kind="policy")
        policy = compiled_policy(document, rules_as_of=plan.dates.rules_as_of)
        column = f"baseline:{policy.name}"
        frame = frame.with_columns(_approvals(policy, cases.frame).alias(column))
        baselines.append(Baseline(name=_title(policy), policy_hash=policy.hash, column=column))
    return frame, tuple(baselines)


def comparison_record(
    work: Work, *, run: ComparisonRun, outcomes: Mapping[str, tuple[str, str]]
) -> dict[str, object]:
    """Return a recorded comparison as plain data: by outcome every line, the note on each."""
    lines = find_comparisons(work.connection, batch_id=run.batch_id)
    return {
        "batch": str(run.batch_id),
        "product": run.product,
        "population": run.population,
        **run.dates.as_record(),
        "rows": run.rows,
        "draws": run.draws,
        "seed": run.seed,
        "strategy": run.strategy_hash,
        "card": run.card_hash,
        "note": run.note,
        "outcomes": [
            {"name": name, "zh": zh, "en": en, "lines": _of_outcome(lines, name)}
            for name, (zh, en) in outcomes.items()
        ],
    }


def _of_outcome(lines: tuple[Comparison, ...], outcome: str) -> list[dict[str, object]]:
    return [line.as_record() for line in lines if line.outcome == outcome]


def _approvals(policy: Policy, frame: pl.DataFrame) -> pl.Series:
    output = policy.outputs.get(_APPROVES)
    if output is None or output.kind is not Kind.BOOLEAN:
        raise PolicyError(
            "a baseline says whom it approves",
            got=sorted(policy.outputs),
            expected=f"an output {_APPROVES}: boolean",
            where={"file": policy.document.path},
        )
    return approved_cases(policy, frame=frame, output=_APPROVES, approving=[True])


def _title(policy: Policy) -> str:
    title = policy.document.root.mapping()["title"].mapping()
    return f"{title['zh'].text()} {title['en'].text()}"
