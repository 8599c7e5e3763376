"""Hold what a card said when it decided against what came of it (评分与结果对照), month by month.

Nothing is scored anew: the scores are those the decisions were made by, from the archive, of runs over the
book and of single requests. A month is that of the decision's day; of a party decided more than once in it
the last counts. The outcome is the plan's; whoever has none yet is counted in psi and in nothing else.
"""

import polars as pl

from creditloop.admit import find_batches
from creditloop.oversight import Metric, ModelRun, measure_month
from creditloop.risk import Card
from creditloop.service.admitting.outcomes import read_outcome
from creditloop.service.admitting.scorings import scoring_frame
from creditloop.service.overseeing.comparing import FIRST, measured_rules
from creditloop.service.overseeing.oversight_plan import OversightPlan
from creditloop.service.overseeing.recording import record_figures
from creditloop.service.work import Work

POPULATION = "决策时评分的客户，对照已知结果 everybody scored when decided, against the outcome known"


def measure_scored(work: Work, *, plan: OversightPlan) -> ModelRun | None:
    """Measure what the plan's card said of everybody it decided, by month, and record it as one run.

    Returns: the run, the same again the first; None if nobody was decided by the card until then.
    Raises: EvidenceError if a value the card reads was not kept; what reading the outcome raises.
    """
    card = measured_rules(work, plan=plan.review).card
    frame = scored_frame(work, plan=plan, card=card)
    if frame.is_empty():
        return None
    return record_figures(
        work,
        plan=plan,
        card=card,
        kind="scored",
        population=POPULATION,
        dates=plan.known,
        inputs=frame.drop("score", "pd_nano"),
        outputs=frame.select("month", "party_id", "score", "pd_nano"),
        metrics=scored_figures(card=card, frame=frame),
    )


def scored_frame(work: Work, *, plan: OversightPlan, card: Card) -> pl.DataFrame:
    """Return everybody a card decided until the outcomes were known, and what came of them.

    Returns: month, party_id, the card's features, score, pd_nano, the outcome as `comparing.FIRST`; by month
        and party.
    """
    batches = [
        batch
        for batch in find_batches(work.connection, product=plan.product)
        if batch.card_hash == card.hash and batch.dates.business_date <= plan.outcomes_known_on
    ]
    outcome = read_outcome(work, plan=plan.review, purpose="model").rename({"bad": FIRST})
    names = [entry.feature.name for entry in card.features]
    empty = outcome.clear().select(pl.lit("").alias("month"), "party_id")
    parts = [
        scoring_frame(work, card=card, batch=batch).select(
            pl.lit(f"{batch.dates.business_date:%Y-%m}").alias("month"),
            "party_id",
            *names,
            "score",
            "pd_nano",
        )
        for batch in sorted(batches, key=lambda one: one.dates.business_date)
    ]
    if not any(part.height for part in parts):
        return empty
    every = pl.concat(parts).unique(["month", "party_id"], keep="last", maintain_order=True)
    joined = every.join(outcome.select("party_id", FIRST), on="party_id", how="left", validate="m:1")
    return joined.sort("month", "party_id")


def scored_figures(*, card: Card, frame: pl.DataFrame) -> tuple[Metric, ...]:
    """Return the figures of every month of a `scored_frame`, a figure's segment its month."""
    found = list[Metric]()
    for (month,), part in frame.group_by("month", maintain_order=True):
        counts = card.bin_counts(part.drop("month", "score", "pd_nano", FIRST))
        found += measure_month(month=str(month), frame=part, outcome=FIRST, counts=counts)
    return tuple(found)
