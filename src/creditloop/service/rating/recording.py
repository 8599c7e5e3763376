"""The record of a rating (评级记录): one plain object with every number, its rows, rule and version."""

from collections.abc import Iterator, Mapping

from creditloop.data.events import FeatureTrace
from creditloop.data.portraits import PortraitScore
from creditloop.risk import Card, CardPart
from creditloop.service.rating.documents import RatingDocuments
from creditloop.service.rating.door import GatheredFact, SourceRow
from creditloop.service.rating.plan import DimensionPlan, LearnerPlan
from creditloop.service.rating.scoring import NANO
from creditloop.service.rating.tracing import TracedInput, inputs_of
from creditloop.service.rating.working import FirmRating
from creditloop.service.strategies.explaining import explanation_record


def rating_record(rating: FirmRating, *, traced: Mapping[str, TracedInput]) -> dict[str, object]:
    """Return a rating as plain data: ratios and log-odds in nano, money in fen.

    Args:
        traced: the window features it depends on, see `tracing.traced_features`.
    """
    documents, gathered = rating.documents, rating.gathered
    plan = documents.plan
    return {
        "rating": plan.name,
        "title": {"zh": plan.title.zh, "en": plan.title.en},
        "simulated": plan.simulated,
        "firm": gathered.asking.firm,
        "owner": gathered.owner,
        "as_of": gathered.asking.as_of.isoformat(),
        "rules_as_of": documents.policies[0].rules_as_of.isoformat(),
        "outcome": rating.outcome,
        "score": rating.score,
        "outputs": rating.outputs,
        "notes": [{"zh": zh, "en": en} for zh, en in notes_of(rating)],
        "policies": [explanation_record(judged, policy=policy) for policy, judged in rating.judgements],
        "fusion": _fusion(rating),
        "cards": [_card(rating, learner) for learner in plan.learners],
        "dimensions": [_dimension(one) for one in gathered.portrait.portrait.dimensions],
        "features": {name: _feature(rating, name) for name in documents.read_features},
        "facts": [_fact(one) for one in gathered.facts],
        "sources": {
            one.contract: one.state.value for one in (*gathered.portrait.sources, gathered.relations)
        },
        "window_features": {name: _window(one) for name, one in sorted(traced.items())},
        "guarantee_steps_max": plan.guarantee_steps_max,
        "guarantee_source": plan.guarantee_source.title,
        "documents": _versions(documents),
    }


def notes_of(rating: FirmRating) -> Iterator[tuple[str, str]]:
    """Say what a reader of a rating must not overlook, Chinese and English."""
    documents = rating.documents
    if documents.plan.simulated:
        yield (
            "模拟：评分卡在模拟小镇上拟合，不得据此对真实企业作决定",
            "simulated: the cards were fitted on a made-up town; nothing about a real firm may rest on them",
        )
    if not documents.fitted_on_this_portrait:
        yield (
            "画像定义已不是评分卡拟合时的版本",
            "the portrait is not the version the cards were fitted on",
        )
    for name, answer in rating.answers.items():
        if answer is None:
            title = documents.plan.learner(name).title
            yield (
                f"{title.zh} 没有答案，不计入融合",
                f"{title.en} has no answer and is left out of the fusion",
            )
    if rating.outcome is None:
        yield "有规则无法计算，转人工", "a rule could not be evaluated: a person decides"


def _fusion(rating: FirmRating) -> dict[str, object]:
    """Return how answers became the score: intercept, weight and log-odds of each, their sum, the scale."""
    documents, used = rating.documents, rating.weights
    scale = documents.scale
    record: dict[str, object] = {
        "fusion": documents.fusion.name,
        "document": documents.fusion.document.path,
        "hash": documents.fusion.hash,
        "scale": {
            "score_at": scale.score_at,
            "odds_at": scale.odds_at,
            "points_to_double_odds": scale.points_to_double_odds,
        },
        "score": rating.score,
    }
    if used is None:
        return {**record, "given": [], "intercept_nano": None, "terms": [], "log_odds_nano": None}
    answers = {name: rating.answers[name] for name in used.sources}
    terms = [
        {
            "learner": name,
            "log_odds_nano": round((answers[name] or 0.0) * NANO),
            "weight_nano": weight,
            "adds_nano": round((answers[name] or 0.0) * weight),
        }
        for name, weight in zip(used.sources, used.weights_nano, strict=True)
    ]
    total = used.intercept_nano + sum(
        (answers[name] or 0.0) * weight for name, weight in zip(used.sources, used.weights_nano, strict=True)
    )
    return {
        **record,
        "given": list(used.sources),
        "rows_fitted_on": used.rows,
        "intercept_nano": used.intercept_nano,
        "terms": terms,
        "log_odds_nano": round(total),
    }


def _card(rating: FirmRating, learner: LearnerPlan) -> dict[str, object]:
    card, said = rating.documents.cards[learner.name], rating.cards[learner.name]
    answer = rating.answers[learner.name]
    return {
        "learner": learner.name,
        "zh": learner.title.zh,
        "en": learner.title.en,
        "card": card.name,
        "document": card.document.path,
        "hash": card.hash,
        "answers": answer is not None,
        "score_nano": said.score_nano,
        "log_odds_nano": None if answer is None else round(answer * NANO),
        "base_nano": card.base * _unit(card),
        "dimensions": [_points(card, dimension, said.parts) for dimension in learner.dimensions],
    }


def _points(card: Card, dimension: DimensionPlan, parts: tuple[CardPart, ...]) -> dict[str, object]:
    """Return a dimension's points in the card: the sum of its features', with what each was and could be."""
    reasons = {one.name: one.why for one in dimension.features}
    own = [part for part in parts if part.feature in reasons]
    unit = _unit(card)
    known = [part.points for part in own if part.points is not None]
    return {
        "dimension": dimension.name,
        "zh": dimension.title.zh,
        "en": dimension.title.en,
        "offered": len(dimension.features),
        "points_nano": sum(known) * unit if len(known) == len(own) else None,
        "features": [
            {
                "feature": part.feature,
                "zh": part.zh,
                "en": part.en,
                "why": {"zh": reasons[part.feature].zh, "en": reasons[part.feature].en},
                "value": part.value,
                "bin": part.bin,
                "points_nano": None if part.points is None else part.points * unit,
                "points_lost_nano": None if part.points_lost is None else part.points_lost * unit,
                "woe_nano": part.woe_nano,
            }
            for part in own
        ],
    }


def _unit(card: Card) -> int:
    return int(NANO // 10**card.decimals)


def _dimension(score: PortraitScore) -> dict[str, object]:
    return {
        "dimension": score.dimension.name,
        "zh": score.dimension.title.zh,
        "en": score.dimension.title.en,
        "score": score.score,
        "coverage_nano": score.coverage_nano,
        "parts": [
            {
                "feature": one.part.feature,
                "value": one.value,
                "points": one.points,
                "points_most": one.part.most,
                "missing": one.missing,
                "source": one.part.source.title,
            }
            for one in score.parts
        ],
    }


def _feature(rating: FirmRating, name: str) -> dict[str, object]:
    """Return a feature of the portrait: its value, its formula, and the window features it is made of."""
    told = next(one for one in rating.gathered.portrait.portrait.values if one.feature.name == name)
    step = next(one for one in rating.documents.portrait.program.steps if one.name == name)
    return {
        "value": told.value,
        "state": told.state,
        "kind": told.feature.kind.value,
        "formula": step.text,
        "inputs": [one.feature for one in inputs_of(rating.documents, name)],
    }


def _fact(one: GatheredFact) -> dict[str, object]:
    return {
        "name": one.name,
        "value": one.value,
        "source": one.source,
        "rows": [_row(each) for each in one.rows],
    }


def _row(one: SourceRow) -> dict[str, object]:
    return {"table": one.table, "key": dict(one.key), "versions": [dict(each) for each in one.origins]}


def _window(one: TracedInput) -> dict[str, object]:
    version = one.windows.version
    return {
        "zh": one.input.meaning.zh,
        "en": one.input.meaning.en,
        "kind": one.input.kind.value,
        "source": one.input.source,
        "known": one.known,
        "value": one.value,
        "document": one.windows.features.document.path,
        "hash": one.windows.features.hash,
        "version_no": None if version is None else version.version_no,
        "holds": None if one.trace is None else one.trace.holds,
        "rows": [] if one.trace is None else list(_events(one.trace)),
    }


def _events(trace: FeatureTrace) -> Iterator[dict[str, object]]:
    """Give the rows a window feature was made of, each once."""
    seen = set[tuple[object, int]]()
    for part in trace.parts:
        for event in part.events:
            place = (event.origin.batch_id, event.row_no)
            if place not in seen:
                seen.add(place)
                yield {
                    "table": trace.source,
                    "file": event.origin.file_name,
                    "source_row": event.origin.source_row,
                    "batch": str(event.origin.batch_id),
                    "row_no": event.row_no,
                }


def _versions(documents: RatingDocuments) -> list[dict[str, str]]:
    plan, portrait = documents.plan, documents.portrait
    told = {plan.document.path: plan.document.hash, portrait.document.path: portrait.hash}
    told |= {card.document.path: card.hash for card in documents.cards.values()}
    told |= {documents.fusion.document.path: documents.fusion.hash}
    told |= {policy.document.path: policy.hash for policy in documents.policies}
    return [{"document": path, "hash": own} for path, own in told.items()]
