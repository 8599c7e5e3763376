"""A figure of a model measured again (指标重算): from the plan and card in the archive and the data as known.

What is measured again is compared with what was recorded: its inputs by their hash, the figure itself. The
rows it is made of stand beside it, by score or by bin, and where decisions were recorded for them each line
leads to those. Where no plan of the product was adopted, or what it names is no longer there, the figure
cannot be measured again here, and the screen says why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from creditloop.acquire import find_screenings, screening_frame
from creditloop.admit import BOOK, FIT, REVIEWED, find_batches, latest_batch, latest_batches
from creditloop.kernel.errors import CreditloopError, UnknownId
from creditloop.oversight import (
    SCORE,
    Metric,
    ModelRun,
    find_models,
    frame_hash,
    measure_performance,
    measure_review,
    measure_stability,
    review_calendar,
)
from creditloop.risk import BinCount, Card, Policy, psi_parts
from creditloop.service.admitting.fitting import plan_frame
from creditloop.service.admitting.scorings import kept_scoring, scoring_figures, scoring_frame
from creditloop.service.compiled import compiled_card, compiled_policy
from creditloop.service.console.figures import ratio
from creditloop.service.console.visit import Visit
from creditloop.service.overseeing.comparing import FIRST, decided_cases
from creditloop.service.overseeing.monthly import cases_by_month
from creditloop.service.overseeing.oversight_plan import OversightPlan, find_oversight_plan
from creditloop.service.overseeing.scored import scored_figures, scored_frame
from creditloop.service.work import Work

_NANO = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """The cases of one score: how many, how many bad; the shares of all bad and good ones up to this score.

    Attributes:
        gap_nano: how far the two shares are apart; ks is the widest gap.
        href: the decisions of these cases, where they were recorded.
    """

    score: int
    rows: int
    bad: int
    pd_mean_nano: int | None
    bad_share_nano: int | None
    good_share_nano: int | None
    gap_nano: int | None
    href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BinLine:
    """A bin in the fit sample and in the month measured, and its part in the psi."""

    label: str
    expected: int
    actual: int
    expected_share_nano: int | None
    actual_share_nano: int | None
    part_nano: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A figure measured again.

    Attributes:
        value_nano: what comes out now; `same_inputs` whether the card was shown the very same values.
        plan_hash: the plan it was measured by, "" if there is none.
        failed: why it cannot be measured again, "" if it was.
    """

    value_nano: int | None = None
    same_inputs: bool = False
    plan_hash: str = ""
    scores: Sequence[ScoreLine] = ()
    bins: Sequence[BinLine] = ()
    failed: str = ""


def measure_again(visit: Visit, work: Work, *, run: ModelRun, metric: Metric) -> Again | None:
    """Measure a figure of discrimination, calibration or stability again; None of a figure about groups."""
    if "=" in metric.segment:
        return None
    try:
        plan = _plan_of(work, run.product)
        if run.kind in _OTHERWISE:
            return _OTHERWISE[run.kind](visit, work, plan, run, metric)
        return _performance(visit, work, plan, run, metric)
    except CreditloopError as error:
        return Again(failed=error.message)


def _plan_of(work: Work, product: str) -> OversightPlan:
    """Return the product's plan of the second line.

    Raises: UnknownId if there is none.
    """
    plan = find_oversight_plan(work, product=product)
    if plan is None:
        raise UnknownId("no plan of the second line was adopted for this product", got=product)
    return plan


def _performance(visit: Visit, work: Work, plan: OversightPlan, run: ModelRun, metric: Metric) -> Again:
    card = work.adopted(run.card_hash)
    cases = decided_cases(work, plan=plan.review, card=card)
    inputs = cases.frame.select("party_id", "score", "pd_nano", *cases.outcomes)
    found = measure_performance(
        frame=cases.frame, outcomes=list(cases.outcomes), pd_of=FIRST, bands=plan.calibration_bands
    )
    segment, _, band = metric.segment.partition("/")
    outcome = segment if segment in cases.outcomes else FIRST
    known = cases.frame.filter(pl.col("score").is_not_null() & pl.col(outcome).is_not_null())
    lines = _scores(visit, work, plan, run, known, outcome=outcome)
    return Again(
        value_nano=_value(found, metric),
        same_inputs=run.kind == "performance" and frame_hash(inputs) == run.inputs_hash,
        plan_hash=plan.document.hash,
        scores=_of_band(lines, found, outcome, band) if band else lines,
    )


def _scores(
    visit: Visit, work: Work, plan: OversightPlan, run: ModelRun, known: pl.DataFrame, *, outcome: str
) -> list[ScoreLine]:
    """Count cases and bad ones by score, each line leading to its decisions where they were recorded."""
    hrefs = _decisions(visit, work, plan, run)
    lines = _score_lines(known, outcome=outcome)
    if not hrefs:
        return lines
    return [
        replace(one, href=visit.at("/decisions", **hrefs, score_from=one.score, score_to=one.score))
        for one in lines
    ]


def _score_lines(known: pl.DataFrame, *, outcome: str) -> list[ScoreLine]:
    """Count cases and bad ones by score, from the riskiest up, with the shares of all so far."""
    counted = (
        known.group_by("score")
        .agg(rows=pl.len(), bad=pl.col(outcome).sum(), pd=pl.col("pd_nano").sum())
        .sort("score")
    )
    rows_all, bads = int(counted["rows"].sum()), int(counted["bad"].sum())
    lines, bad_so_far, good_so_far = [], 0, 0
    for score, rows, bad, pd in counted.iter_rows():
        bad_so_far, good_so_far = bad_so_far + bad, good_so_far + rows - bad
        bad_share, good_share = ratio(bad_so_far, bads), ratio(good_so_far, rows_all - bads)
        gap = None if bad_share is None or good_share is None else abs(bad_share - good_share)
        lines.append(
            ScoreLine(
                score=score,
                rows=rows,
                bad=bad,
                pd_mean_nano=ratio(pd, rows * _NANO),
                bad_share_nano=bad_share,
                good_share_nano=good_share,
                gap_nano=gap,
                href=None,
            )
        )
    return lines


def _decisions(visit: Visit, work: Work, plan: OversightPlan, run: ModelRun) -> Mapping[str, object]:
    """Return how the decisions of these cases are asked for; nothing if others, or none, were recorded."""
    found = latest_batches(work.connection, product=run.product, on=plan.review.dates.business_date)
    if len(found) != 1 or found[0].card_hash != run.card_hash or not visit.allows("see_decision"):
        return {}  # a list is of one run: of a review under an experiment no list holds all these cases
    return {"batch": found[0].batch_id, "scope": REVIEWED}


def _of_band(
    lines: Sequence[ScoreLine], found: Sequence[Metric], outcome: str, band: str
) -> Sequence[ScoreLine]:
    """Return the scores of one calibration band: the safest cases first, whole scores at a time."""
    sizes = [
        one.denominator
        for one in found
        if one.name == "bad_rate" and f"{outcome}/" <= one.segment <= f"{outcome}/{band}"
    ]
    chosen, at = list[ScoreLine](), 0
    for line in reversed(lines):
        at += line.rows
        if sum(sizes[:-1]) < at <= sum(sizes):
            chosen.append(line)
    return chosen


def _monthly(visit: Visit, work: Work, plan: OversightPlan, run: ModelRun, metric: Metric) -> Again:
    """Measure the month of a figure again; the run's inputs are those of all its months."""
    month, _, feature = metric.segment.partition("/")
    card = compiled_card(work.adopted(run.card_hash))
    months = tuple(day for day in plan.stability_months if f"{day:%Y-%m}" == month)
    asked = replace(plan, stability_months=months)
    policy = _policy(work, plan, run)
    found = cases_by_month(work, plan=asked, card=card, policy=policy, reader=visit.reader)
    if not found:
        raise UnknownId("the plan has no such month any more", got=month)
    (cases,) = found
    moved = metric.name in {"psi_score", "psi_feature"}
    known = cases.frame.filter(pl.col("score").is_not_null() & pl.col(FIRST).is_not_null())
    by_score = not moved and metric.name != "unscored"
    return Again(
        value_nano=_value(cases.figures, metric),
        plan_hash=plan.document.hash,
        scores=_score_lines(known, outcome=FIRST) if by_score else (),
        bins=_bins(cases.counts[feature or SCORE]) if moved else (),
    )


def _scoring(visit: Visit, work: Work, plan: OversightPlan, run: ModelRun, metric: Metric) -> Again:
    """Take what was kept with the decisions or the screening of a scoring, and measure it again."""
    card = compiled_card(work.adopted(run.card_hash))
    for frame in _kept_scorings(work, run, card):
        shown = frame.drop("score", "pd_nano")
        if frame_hash(shown) == run.inputs_hash:
            counts = card.bin_counts(shown)
            return Again(
                value_nano=_value(scoring_figures(card=card, frame=frame), metric),
                same_inputs=True,
                plan_hash=plan.document.hash,
                bins=_bins(counts[metric.segment]) if metric.segment in counts else (),
            )
    raise UnknownId("what was kept of this scoring is not there any more", got=str(run.batch_id))


def _kept_scorings(work: Work, run: ModelRun, card: Card) -> Iterator[pl.DataFrame]:
    """Give what the runs of decisions and the screenings of a day kept of what a card was shown and said."""
    for batch in find_batches(work.connection, product=run.product):
        if (batch.mode, batch.card_hash, batch.dates) == (BOOK, run.card_hash, run.dates):
            yield scoring_frame(work, card=card, batch=batch)
    for one in find_screenings(work.connection):
        if (one.key.card_hash, one.key.dates) == (run.card_hash, run.dates):
            kept = screening_frame(work.connection, batch_id=one.batch_id)
            yield kept_scoring(card=card, kept=kept)


def _scored(visit: Visit, work: Work, plan: OversightPlan, run: ModelRun, metric: Metric) -> Again:
    """Take what the card said when it decided from the archive, and hold it against the outcome again."""
    card = compiled_card(work.adopted(run.card_hash))
    frame = scored_frame(work, plan=plan, card=card)
    month, _, feature = metric.segment.partition("/")
    part = frame.filter(pl.col("month") == month)
    known = part.filter(pl.col("score").is_not_null() & pl.col(FIRST).is_not_null())
    moved = metric.name in {"psi_score", "psi_feature"}
    counts = card.bin_counts(part.drop("month", "score", "pd_nano", FIRST)) if moved else {}
    return Again(
        value_nano=_value(scored_figures(card=card, frame=part), metric),
        same_inputs=frame_hash(frame.drop("score", "pd_nano")) == run.inputs_hash,
        plan_hash=plan.document.hash,
        scores=() if moved or metric.name == "unscored" else _score_lines(known, outcome=FIRST),
        bins=_bins(counts[feature or SCORE]) if moved else (),
    )


def _review(visit: Visit, work: Work, plan: OversightPlan, run: ModelRun, metric: Metric) -> Again:
    """Look at the review calendar again as of the run's day."""
    on = run.dates.business_date
    models = [one for one in find_models(work.connection, on=on) if one.card_hash == run.card_hash]
    days = review_calendar(models, on=on)
    if not days:
        raise UnknownId("this model is not in the calendar of that day any more", got=run.card_hash)
    shown = pl.DataFrame([day.model.as_record() for day in days])
    return Again(
        value_nano=_value(measure_review(day=days[0]), metric),
        same_inputs=frame_hash(shown) == run.inputs_hash,
        plan_hash=plan.document.hash,
    )


def _policy(work: Work, plan: OversightPlan, run: ModelRun) -> Policy:
    """Return the strategy that decided last by the plan's day: it says who is reviewed."""
    batch = latest_batch(work.connection, product=run.product, on=plan.review.dates.business_date)
    if batch is None:
        raise UnknownId("nothing was decided by this plan", got=plan.review.name)
    return compiled_policy(work.adopted(batch.policy_hash), rules_as_of=run.dates.rules_as_of)


def _stability(visit: Visit, work: Work, plan: OversightPlan, run: ModelRun, metric: Metric) -> Again:
    card = compiled_card(work.adopted(run.card_hash))
    policy = _policy(work, plan, run)
    frame = plan_frame(
        work,
        plan=replace(plan.review, dates=run.dates),
        purpose="model",
        reader=visit.reader,
        policy=policy,
    ).filter((pl.col("half") != FIT) & (pl.col("scope") == REVIEWED))
    counts = card.bin_counts(frame)
    names = [scored.feature.name for scored in card.features]
    return Again(
        value_nano=_value(measure_stability(counts=counts), metric),
        same_inputs=frame_hash(frame.select("party_id", *names).sort("party_id")) == run.inputs_hash,
        plan_hash=plan.document.hash,
        bins=_bins(counts[metric.segment]),
    )


def _bins(counts: Sequence[BinCount]) -> list[BinLine]:
    """Return the bins of a distribution with each one's part in the psi."""
    expected, actual = [one.expected for one in counts], [one.actual for one in counts]
    parts = psi_parts(expected=expected, actual=actual)
    return [
        BinLine(
            label=one.label,
            expected=one.expected,
            actual=one.actual,
            expected_share_nano=ratio(one.expected, sum(expected)),
            actual_share_nano=ratio(one.actual, sum(actual)),
            part_nano=round(part * _NANO),
        )
        for one, part in zip(counts, parts, strict=True)
    ]


def _value(found: Sequence[Metric], metric: Metric) -> int | None:
    same = (one for one in found if (one.name, one.segment) == (metric.name, metric.segment))
    return next((one.value_nano for one in same), None)


_OTHERWISE = {
    "stability": _stability,
    "monthly": _monthly,
    "scoring": _scoring,
    "scored": _scored,
    "review": _review,
}
"""How figures of these kinds are measured again; all others against the outcomes of the plan's day."""
