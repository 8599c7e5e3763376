"""Propose a renewed model to the strategy that uses its forerunner (模型更新即挑战者), once it is signed off.

1. a model was signed off: is there another card for the same purpose that decides by the product's plan
2. once the plan's outcomes are known the strategy is backtested with the renewed card beside the one it has,
   on the decided half, which neither was fitted on
3. it is proposed as a challenger in its developer's name, and waits for a second person like any other
A sign-off before the outcomes are known waits for them. A renewed card is proposed once.
"""

from datetime import date

from creditloop.kernel.dates import Dates
from creditloop.kernel.documents import Document
from creditloop.kernel.facts import Fact
from creditloop.oversight import (
    Baseline,
    Model,
    ModelAct,
    Proposal,
    find_model_acts,
    find_models,
    find_proposals,
    measure_performance,
    propose,
)
from creditloop.service.admitting.reviewing import card_in_force
from creditloop.service.overseeing.challenging import CHAMPION, say_proposed
from creditloop.service.overseeing.comparing import (
    FIRST,
    DecidedCases,
    cases_by,
    compare_challenger,
    measured_rules,
    read_holdout,
)
from creditloop.service.overseeing.oversight_plan import (
    OversightPlan,
    find_oversight_plan,
    read_oversight_plan,
)
from creditloop.service.work import Work

POPULATION = "决策半数、纳入重检，两张评分卡均未用其拟合 decided half, reviewed, neither card was fitted on"
CHOSEN_BY = "模型更新，已验收签署 the renewed model was signed off"
_FIGURES = ("auc", "ks", "brier")


def propose_signed_off(work: Work, fact: Fact) -> None:
    """Answer `ModelSignedOff`: propose the model, if it renews one that decides and outcomes are known."""
    plan = find_oversight_plan(work, product=str(fact.payload["product"]))
    if plan is not None:
        propose_renewed(work, plan=plan, on=date.fromisoformat(str(fact.payload["done_on"])))


def propose_waiting(work: Work, fact: Fact) -> None:
    """Answer `OutcomesKnown`: propose the renewed models that were signed off before."""
    plan = read_oversight_plan(work.adopted(str(fact.payload["plan"])), work=work)
    propose_renewed(work, plan=plan, on=plan.outcomes_known_on)


def propose_renewed(work: Work, *, plan: OversightPlan, on: date) -> tuple[Proposal, ...]:
    """Propose every renewed model that is signed off on a day and was not proposed before.

    Returns: the new proposals; none before the plan's outcomes are known, or where no card decides yet.
    Raises: what the backtest raises; StateError if a card was fitted on another half than the plan's.
    """
    champion = card_in_force(work, plan=plan.review)
    if champion is None or on < plan.outcomes_known_on:
        return ()
    before = {(one.champion_hash, one.challenger_hash) for one in find_proposals(work.connection)}
    return tuple(
        _propose(work, plan, champion=champion, model=model, signed=signed)
        for model, signed in _renewed(work, plan, champion=champion.hash, on=on)
        if (champion.hash, model.card_hash) not in before
    )


def _renewed(work: Work, plan: OversightPlan, *, champion: str, on: date) -> list[tuple[Model, ModelAct]]:
    """Return the signed-off models for the purpose of the one that decides, each with its last sign-off."""
    models = [one for one in find_models(work.connection, on=on) if one.product == plan.product]
    purposes = {one.purpose for one in models if one.card_hash == champion}
    signed = {
        act.card_hash: act
        for act in find_model_acts(work.connection)
        if act.act == "signed_off" and act.done_on <= on
    }
    return [
        (one, signed[one.card_hash])
        for one in models
        if one.card_hash != champion
        and one.purpose in purposes
        and one.state != "retired"
        and one.card_hash in signed
    ]


def _propose(
    work: Work, plan: OversightPlan, *, champion: Document, model: Model, signed: ModelAct
) -> Proposal:
    own = measured_rules(work, plan=plan.review, card=champion)
    other = measured_rules(work, plan=plan.review, card=work.adopted(model.card_hash))
    holdout = read_holdout(work, plan=plan.review, rules=own, purpose="model")
    now, renewed = (cases_by(rules, holdout=holdout, plan=plan.review) for rules in (own, other))
    on = max(signed.done_on, plan.outcomes_known_on)
    dates = Dates(business_date=on, rules_as_of=plan.review.dates.rules_as_of)
    backtest = compare_challenger(
        work,
        plan=plan.review,
        champion=now.frame.select("party_id", champion="approved"),
        challenger=renewed,
        beside=Baseline(name=CHAMPION, policy_hash=champion.hash, column="champion"),
        population=POPULATION,
        dates=dates,
        plan_hash=plan.document.hash,
        draws=plan.draws,
        seed=plan.seed,
    )
    proposal = propose(
        work.connection,
        product=plan.product,
        policy=own.policy.name,
        champion_hash=champion.hash,
        challenger_hash=model.card_hash,
        effective_from=on,
        dates=dates,
        proposer=model.developer,
        chosen_by=CHOSEN_BY,
        figures={
            "moved": [{"parameter": "card", "from": own.card.name, "to": other.card.name}],
            "champion": _figures(now, plan),
            "challenger": _figures(renewed, plan),
        },
        comparison_batch=backtest.batch_id,
        simulated=signed.simulated,
        now=work.now,
    )
    say_proposed(work, proposal=proposal)
    return proposal


def _figures(cases: DecidedCases, plan: OversightPlan) -> dict[str, int | None]:
    """Return AUC, KS and Brier of a card on the cases, in nano, by the plan's outcome."""
    found = measure_performance(
        frame=cases.frame, outcomes=[FIRST], pd_of=FIRST, bands=plan.calibration_bands
    )
    return {one.name: one.value_nano for one in found if one.segment == FIRST and one.name in _FIGURES}
