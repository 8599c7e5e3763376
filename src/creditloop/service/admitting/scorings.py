"""Put every scoring on record when it is decided by (评分留痕): inputs, outputs, alarms, with the decision.

A run over a book is a measurement of its card: what it was shown and what it said, by hash, its figures
judged by the alarm policy the plan names. A request about one party has no distribution: one row in the batch
of its decision. Both stand in the transaction of the decision: there is none without the other. What was
shown and said stands with the decisions themselves, so that all of it can be made again from the archive.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

import polars as pl

from creditloop.admit import REVIEWED, DecisionBatch, Working, decision_frame
from creditloop.formula import Kind
from creditloop.kernel.dates import Dates
from creditloop.oversight import (
    Metric,
    ModelRun,
    Scoring,
    judge_metrics,
    measure_case,
    measure_scoring,
    record_model_run,
    record_scoring,
)
from creditloop.risk import Card, kept_frame
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.work import Work

POPULATION = "本次决策中评分的全部客户 everybody scored by this run of decisions"
_SAID = ("score", "pd_nano")


def record_book_scoring(
    work: Work,
    *,
    plan: ReviewPlan,
    card: Card,
    batch: DecisionBatch,
    decisions: pl.DataFrame,
    values: pl.DataFrame,
) -> ModelRun | None:
    """Record what a run over a book showed its card and what it said; None if nobody was reviewed.

    Args:
        decisions, values: of the run, as they are recorded.
    Raises: what reading the alarm policy raises.
    """
    said = decisions.filter(pl.col("scope") == REVIEWED).select("party_id", *_SAID)
    if said.is_empty():
        return None
    names = [entry.feature.name for entry in card.features]
    frame = said.join(values.select("party_id", *names), on="party_id", how="left", validate="1:1")
    frame = frame.select("party_id", *names, *_SAID).sort("party_id")
    return record_frame_scoring(
        work,
        card=card,
        population=POPULATION,
        dates=batch.dates,
        frame=frame,
        figures=scoring_figures(card=card, frame=frame),
        alarms=plan.alarms,
    )


def record_frame_scoring(
    work: Work,
    *,
    card: Card,
    population: str,
    dates: Dates,
    frame: pl.DataFrame,
    figures: Sequence[Metric],
    alarms: str | None,
) -> ModelRun:
    """Record what a card was shown of many at once and what it said; the same again returns the first.

    Args:
        frame: party_id, the card's features, score, pd_nano; by party.
        figures: what is measured of it, judged by `alarms`, a policy in the bank's folder, None by nothing.
    """
    judged, policy_hash = _judged(work, figures, alarms=alarms, rules_as_of=dates.rules_as_of)
    run = record_model_run(
        work.connection,
        card_hash=card.hash,
        kind="scoring",
        product=card.product,
        population=population,
        dates=dates,
        inputs=frame.drop(_SAID),
        outputs=frame.select("party_id", *_SAID),
        metrics=judged,
        alarm_policy_hash=policy_hash,
        now=work.now,
    )
    work.recorded(run.batch_id)
    return run


def record_request_scoring(
    work: Work, *, plan: ReviewPlan, working: Working, batch_id: UUID, decision_id: UUID
) -> Scoring:
    """Record what a request showed its card and what it said, in the batch of its decision.

    Raises: what reading the alarm policy raises.
    """
    card, score = working.rules.card, working.score
    figures = measure_case(score=score.score, unseen=list(_unseen(working)))
    judged, policy_hash = _judged(work, figures, alarms=plan.alarms, rules_as_of=plan.dates.rules_as_of)
    return record_scoring(
        work.connection,
        batch_id=batch_id,
        decision_id=decision_id,
        card_hash=card.hash,
        product=plan.product,
        dates=plan.dates,
        inputs={entry.feature.name: working.values[entry.feature.name] for entry in card.features},
        outputs={"score": score.score, "pd_nano": score.pd_nano},
        metrics=judged,
        alarm_policy_hash=policy_hash,
        now=work.now,
    )


def scoring_frame(work: Work, *, card: Card, batch: DecisionBatch) -> pl.DataFrame:
    """Return what a run of decisions showed its card, with what it said, from the archive.

    Returns: party_id, the card's features, score, pd_nano; by party.
    Raises: EvidenceError if a value the card reads was not kept.
    """
    decided = decision_frame(work.connection, batch_id=batch.batch_id)
    return kept_scoring(card=card, kept=decided.filter(pl.col("scope") == REVIEWED))


def kept_scoring(*, card: Card, kept: pl.DataFrame) -> pl.DataFrame:
    """Return what a card was shown and said, from what was kept of each case; see `scoring_frame`.

    Args:
        kept: party_id, inputs (canonical JSON), score, pd_nano.
    """
    kinds: dict[str, Kind] = {one.feature.name: one.feature.kind for one in card.features}
    shown = kept_frame(kept["inputs"].to_list(), kinds=kinds)
    parts = [kept.select("party_id"), shown, kept.select(_SAID)]
    return pl.concat(parts, how="horizontal").sort("party_id")


def scoring_figures(*, card: Card, frame: pl.DataFrame) -> tuple[Metric, ...]:
    """Return what is measured of a scoring before anything came of it; see `oversight.measure_scoring`."""
    return measure_scoring(frame=frame, counts=card.bin_counts(frame.drop(_SAID)))


def _judged(
    work: Work, figures: Sequence[Metric], *, alarms: str | None, rules_as_of: date
) -> tuple[Sequence[Metric], str | None]:
    """Judge figures by an alarm policy, and return its hash; without one they have no level."""
    if alarms is None:
        return figures, None
    policy = deciding_policy(work, path=alarms, rules_as_of=rules_as_of)
    return judge_metrics(figures, policy=policy), policy.hash


def _unseen(working: Working) -> Iterator[str]:
    """Give the features of a case whose value has no bin, or one in which the fit sample had no case."""
    for entry, part in zip(working.rules.card.features, working.score.parts, strict=True):
        rows = (one.rows for one in entry.bins if one.label(entry.feature.kind) == part.bin)
        if not next(rows, 0):
            yield entry.feature.name
