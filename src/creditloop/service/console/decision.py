"""决策详情: one decision with its whole working — values, source rows, card, policy, reasons."""

from collections.abc import Callable, Mapping

from markupsafe import Markup

from creditloop.admit import Decision, DecisionBatch, differing, find_case_of
from creditloop.data import Contract, parse_contract
from creditloop.data.features import FeatureSet, InputSource, feature_sources
from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk import CardScore, HitPolicy, Policy
from creditloop.service.compiled import compiled_features
from creditloop.service.console.charts import Bar, waterfall
from creditloop.service.console.figures import by_kind
from creditloop.service.console.judged import miss_lines, part_line
from creditloop.service.console.opened import read_decision
from creditloop.service.console.published import version_of
from creditloop.service.console.visit import Page, Visit, identifier
from creditloop.service.console.words import Words
from creditloop.service.work import Work


def show_decision(visit: Visit) -> Page:
    """Show a decision, made again from the archive and compared with what is kept."""
    decision_id = identifier(visit.path["decision_id"], what="decision")
    with visit.work() as work:
        opened = read_decision(visit, work, decision_id=decision_id)
        decision, batch, working = opened.decision, opened.batch, opened.working
        contract, features = _definitions(work, batch)
        sources, denied = _sources(visit, work, contract, features, decision)
        read_as = reader_of(features, working.rules.policy)
        record = {
            "decision": decision,
            "batch": batch,
            "said": decision.said,
            "working": working.as_record(),
            "differing": differing(decision=decision.said, working=working),
            "sources": sources,
            "denied": denied,
            "meanings": {one.name: one.meaning for one in features.features},
            "read_as": read_as if denied is None else _withheld(read_as, working.rules.policy, visit.words),
            "first_hit": {one.id for one in working.rules.policy.tables if one.hit_policy is HitPolicy.FIRST},
            "misses": miss_lines(working.judgement) if denied is None else [],
            "part_of": part_line,
            "published": version_of(work, policy_hash=batch.policy_hash, rules_as_of=batch.dates.rules_as_of),
            "picture": _picture(working.score, working.rules.card.base, visit.words),
            "case": find_case_of(work.connection, decision_id=decision_id),
        }
    trail = [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.decisions"), visit.at("/decisions")),
        (decision.party_id, None),
    ]
    return Page(template="decision.html", record=record, trail=trail)


def reader_of(features: FeatureSet, policy: Policy) -> Callable[..., str]:
    """Return how a value is written, by its name: money in units, ratios as decimals."""
    kinds: dict[str, object] = {one.name: one.kind for one in features.inputs}
    kinds |= {one.name: one.kind for one in features.features}
    kinds |= {one.name: one.kind for table in policy.tables for one in table.outputs}
    for parameter in policy.parameters:
        kinds[parameter.parameter.name] = parameter.parameter.kind

    def read_as(name: str, value: object) -> str:
        kind = kinds.get(name)
        if kind is None:
            kind = Kind.MONEY if name.endswith("_fen") else Kind.NANO if name.endswith("_nano") else None
        return by_kind(kind, value)

    return read_as


def _withheld(read_as: Callable[..., str], policy: Policy, words: Words) -> Callable[..., str]:
    """Return how values are written when their source may not be read: only the bank's own answers are."""
    own = {one.name for table in policy.tables for one in table.outputs}
    own |= {parameter.parameter.name for parameter in policy.parameters}
    text = words("decision.withheld")
    return lambda name, value: read_as(name, value) if name in own else text


def _definitions(work: Work, batch: DecisionBatch) -> tuple[Contract, FeatureSet]:
    """Read the contract and the features a run was decided by, from the archive."""
    text = work.adopted(batch.contract_hash)
    contract = parse_contract(text.text, path=text.path)
    return contract, compiled_features(work.adopted(batch.features_hash), contract=contract)


def _sources(
    visit: Visit, work: Work, contract: Contract, features: FeatureSet, decision: Decision
) -> tuple[Mapping[str, InputSource], str | None]:
    """Return the source row of each input, or why the door gives none, e.g. that consent was taken back."""
    try:
        found = feature_sources(
            work.connection,
            features=features,
            contract=contract,
            as_of=decision.dates.business_date,
            purpose=visit.purpose,
            reader=visit.reader,
            reason=visit.reason,
            now=work.now,
            record_denial=work.record_denial,
            party_id=decision.party_id,
        )
    except InputError as error:  # the door has logged it; what the bank decided is shown all the same
        return {}, error.message
    return {one.input: one for one in found}, None


def _picture(score: CardScore, base: int, words: Words) -> Markup:
    """Draw how the score adds up: the base, each feature's points, the total."""
    if score.score is None:
        return Markup("")
    parts = [
        Bar(
            label=part.zh if words.language == "zh" else part.en,
            value=part.points or 0,
            text=f"{part.points:+d}",
            kind="blue" if (part.points or 0) >= 0 else "minus",
        )
        for part in score.parts
    ]
    start = Bar(label=words("decision.base"), value=base, text=str(base), kind="total")
    end = Bar(label=words("decision.score"), value=score.score, text=str(score.score), kind="total")
    return waterfall(title=words("decision.picture"), entries=[start, *parts, end])
