"""Choose a challenger on outcomes (挑战者): new cut-offs, backtested, waiting for a second person.

1. the decided cases are split by hash: new cut-offs are chosen on one part (`oversight.cutoffs`)
2. on the other part the challenger stands beside the champion, with intervals
3. the challenger's text is kept and proposed; a second person approves or refuses; it is not put in force
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from uuid import UUID

import polars as pl

from creditloop.admit import FIT, halves
from creditloop.kernel.facts import Fact
from creditloop.oversight import (
    RULE_EN,
    Baseline,
    Choice,
    Proposal,
    approval_id,
    choose_cutoffs,
    decide_proposal,
    propose,
)
from creditloop.risk.backtest import approved_cases
from creditloop.service.overseeing.comparing import (
    APPROVING,
    FIRST,
    DecidedCases,
    compare_challenger,
    decided_cases,
)
from creditloop.service.overseeing.oversight_plan import OversightPlan, read_oversight_plan
from creditloop.service.persons import acting_person
from creditloop.service.work import Work

CHAMPION = "冠军 champion"
"""What a challenger is set beside, on screens and in reports."""
POPULATION = "决策半数、纳入重检，未用于选取阈值的部分 decided half, reviewed, the part nothing was chosen on"


def propose_challenger(work: Work, *, plan: OversightPlan) -> Proposal | None:
    """Choose new cut-offs on one part of the decided cases, backtest them on the other, and propose them.

    Says `ChallengerProposed`; a repeat finds the first. None if nothing the rule may try beats the champion.
    """
    cases = decided_cases(work, plan=plan.review)
    champion = cases.rules.policy
    proposer = acting_person(
        work, name=plan.challenger.proposer, action="propose_change", simulated=plan.challenger.simulated
    )
    half = halves(
        party_ids=cases.frame["party_id"],
        salt=plan.challenger.salt,
        fit_share_nano=plan.challenger.choose_share_nano,
    )
    choice = choose_cutoffs(
        champion=champion,
        cases=cases.frame.filter(half == FIT).rename({FIRST: "bad"}),
        approves=APPROVING,
        moves=plan.challenger.moves,
        effective_from=plan.challenger.effective_from,
        source=f"chosen on {plan.review.outcome.en}, {plan.outcomes_known_on}: {RULE_EN}",
    )
    if choice is None:
        return None
    work.adopt(choice.challenger.document, kind="policy")
    backtest = _backtest(work, plan, cases=cases, frame=cases.frame.filter(half != FIT), choice=choice)
    proposal = propose(
        work.connection,
        product=plan.product,
        policy=champion.name,
        champion_hash=champion.hash,
        challenger_hash=choice.challenger.hash,
        effective_from=plan.challenger.effective_from,
        dates=plan.known,
        proposer=proposer,
        chosen_by=RULE_EN,
        figures=choice.as_record(),
        comparison_batch=backtest,
        simulated=plan.challenger.simulated,
        now=work.now,
    )
    work.adopt(plan.document, kind="plan")
    say_proposed(work, proposal=proposal)
    return proposal


def propose_on_outcomes(work: Work, fact: Fact) -> None:
    """Answer `OutcomesKnown`: propose a challenger, if one beats the champion."""
    propose_challenger(work, plan=read_oversight_plan(work.adopted(str(fact.payload["plan"])), work=work))


def decide_on_proposal(
    work: Work,
    *,
    proposal_id: UUID,
    approver: str,
    role: str,
    decision: str,
    reason: str,
    decided_on: date,
    simulated: bool = False,
) -> Proposal:
    """Record the second person's word on a proposal.

    Args:
        approver: the login of a person who may; in a script (`simulated`) any name.
    Raises: UnknownId or NotAllowed if it is nobody who may; what `oversight.decide_proposal` raises.
    """
    person = acting_person(work, name=approver, action="approve_change", simulated=simulated)
    decided = decide_proposal(
        work.connection,
        proposal_id=proposal_id,
        approver=person,
        role=role,
        decision=decision,
        reason=reason,
        decided_on=decided_on,
        simulated=simulated,
        now=work.now,
    )
    work.recorded(approval_id(proposal_id))
    return decided


def say_proposed(work: Work, *, proposal: Proposal) -> None:
    """Note that a challenger was proposed, and say so (`ChallengerProposed`); a repeat says nothing new."""
    work.recorded(proposal.batch_id)
    work.say(_challenger_proposed(work, proposal))


def _backtest(
    work: Work, plan: OversightPlan, *, cases: DecidedCases, frame: pl.DataFrame, choice: Choice
) -> UUID:
    """Set the challenger beside the champion on the part it was not chosen on; record the comparison."""
    challenger = choice.challenger
    approved = approved_cases(challenger, frame=frame, output="outcome", approving=APPROVING)
    run = compare_challenger(
        work,
        plan=plan.review,
        champion=frame.select("party_id", champion="approved"),
        challenger=replace(
            cases,
            frame=frame.with_columns(approved),
            rules=replace(cases.rules, policy=challenger),
        ),
        beside=Baseline(name=CHAMPION, policy_hash=cases.rules.policy.hash, column="champion"),
        population=POPULATION,
        dates=plan.known,
        plan_hash=plan.document.hash,
        draws=plan.draws,
        seed=plan.seed,
    )
    return run.batch_id


def _challenger_proposed(work: Work, proposal: Proposal) -> Fact:
    return Fact(
        kind="ChallengerProposed",
        key=str(proposal.batch_id),
        occurred_at=datetime.combine(proposal.dates.business_date, time(), tzinfo=UTC),
        known_at=work.now,
        payload={
            "proposal": str(proposal.batch_id),
            "product": proposal.product,
            "policy": proposal.policy,
            "champion": proposal.champion_hash,
            "challenger": proposal.challenger_hash,
            **proposal.dates.as_record(),
        },
    )
