"""Put every scoring of a book on record (评分留痕): what the card was shown, what it said, what is alarming.

A decision keeps the values it was made from and the score it was given. Of each run over a book these are
taken from the archive — nothing is read or scored anew — hashed, counted by bin against the fit sample, and
judged by the alarm policy. A request about one party is its own record and has no distribution.
"""

import polars as pl

from creditloop.admit import BOOK, REVIEWED, DecisionBatch, decision_frame, find_batches
from creditloop.formula import Kind
from creditloop.oversight import Metric, ModelRun, measure_scoring
from creditloop.risk import Card, kept_frame
from creditloop.service.compiled import compiled_card
from creditloop.service.overseeing.oversight_plan import OversightPlan
from creditloop.service.overseeing.recording import record_figures
from creditloop.service.work import Work

POPULATION = "本次决策中评分的全部客户 everybody scored by this run of decisions"


def record_scorings(work: Work, *, plan: OversightPlan) -> tuple[ModelRun, ...]:
    """Record every run over the product's book as a scoring of its card; those on record stay as they are.

    Raises: EvidenceError if a value the card reads was not kept.
    """
    batches = find_batches(work.connection, product=plan.product)
    found = (_recorded(work, plan, batch) for batch in batches if batch.mode == BOOK)
    return tuple(run for run in found if run is not None)


def scoring_frame(work: Work, *, card: Card, batch: DecisionBatch) -> pl.DataFrame:
    """Return what a run of decisions showed its card, with what it said.

    Returns: party_id, the card's features, score, pd_nano; by party.
    """
    kinds: dict[str, Kind] = {one.feature.name: one.feature.kind for one in card.features}
    decided = decision_frame(work.connection, batch_id=batch.batch_id).filter(pl.col("scope") == REVIEWED)
    shown = kept_frame(decided["inputs"].to_list(), kinds=kinds)
    said = decided.select("party_id", "score", "pd_nano")
    return pl.concat([said.select("party_id"), shown, said.drop("party_id")], how="horizontal").sort(
        "party_id"
    )


def scoring_figures(*, card: Card, frame: pl.DataFrame) -> tuple[Metric, ...]:
    """Return what is measured of a scoring: cases without a score, PSI of the score and of each feature."""
    return measure_scoring(frame=frame, counts=card.bin_counts(frame.drop("score", "pd_nano")))


def _recorded(work: Work, plan: OversightPlan, batch: DecisionBatch) -> ModelRun | None:
    card = compiled_card(work.adopted(batch.card_hash))
    frame = scoring_frame(work, card=card, batch=batch)
    if frame.is_empty():
        return None
    return record_figures(
        work,
        plan=plan,
        card=card,
        kind="scoring",
        population=POPULATION,
        dates=batch.dates,
        inputs=frame.drop("score", "pd_nano"),
        outputs=frame.select("party_id", "score", "pd_nano"),
        metrics=scoring_figures(card=card, frame=frame),
    )
