"""Decide under an experiment (冠军与挑战者、陪跑): which arm's strategy decides, what shadows would say.

1. a plan may name an experiment; on the days it runs, a party is decided by the arm it falls into: a request
   alone, a book arm by arm (`arms`)
2. the arm is written down with the decision, in its batch
3. each shadow judges the same values; what it says is written down beside, acted upon by nobody. A shadow
   that fails says why, and the decision stands
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import polars as pl

from creditloop.admit import (
    DecisionBatch,
    ReviewRules,
    Working,
    check_given,
    decision_id_of,
    find_outcomes,
    review,
    review_one,
    review_rules,
)
from creditloop.kernel.errors import PolicyError
from creditloop.oversight import (
    Assignment,
    ShadowVerdict,
    find_assignments,
    find_shadow_verdicts,
    record_assignments,
)
from creditloop.risk import Arm, Experiment, Shadow, read_experiment, wilson_interval
from creditloop.service.admitting.outcomes import read_outcome
from creditloop.service.admitting.plan_rules import PlanRules
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.source_states import OUTCOME, check_reads_state, given_by
from creditloop.service.work import Work

_NANO = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmFigures:
    """What came of an arm, or what a shadow said.

    Attributes:
        decided: its cases; `outcomes` how many of each outcome; `failed` a shadow's failures.
        known: decided as approved, with an outcome that is known; `bad` of them, with Wilson's interval.
    """

    name: str
    role: str
    document: str
    share_nano: int | None
    decided: int
    outcomes: Mapping[str, int]
    failed: int
    known: int
    bad: int

    def as_record(self) -> dict[str, object]:
        """Return the figures as plain data; rates in nano, null where nothing is known."""
        low, high = wilson_interval(self.bad, self.known) if self.known else (None, None)
        return {
            **{name: getattr(self, name) for name in ("name", "role", "document", "share_nano", "decided")},
            "outcomes": dict(self.outcomes),
            "failed": self.failed,
            "known": self.known,
            "bad": self.bad,
            "bad_rate_nano": round(self.bad * _NANO / self.known) if self.known else None,
            "bad_rate_low_nano": None if low is None else round(low * _NANO),
            "bad_rate_high_nano": None if high is None else round(high * _NANO),
        }


def plan_experiment(work: Work, *, plan: ReviewPlan) -> Experiment | None:
    """Return the experiment a plan decides under on its day, its text kept; None if there is none.

    Raises: PolicyError if it cannot be read, is of another product, or its champion is not the plan's policy.
    """
    if plan.experiment is None:
        return None
    experiment = read_experiment(work.places.document(plan.experiment))
    champion = experiment.arms[0].document
    given, expected = (experiment.product, champion), (plan.product, plan.policy)
    if given != expected:
        raise PolicyError(
            "the experiment is not about what the plan decides by",
            got=" ".join(given),
            expected=" ".join(expected),
            where={"file": experiment.document.path},
        )
    if not experiment.runs_on(plan.dates.business_date):
        return None
    work.adopt(experiment.document, kind="experiment")
    return experiment


def rules_of_arm(work: Work, *, plan: ReviewPlan, by: PlanRules, arm: Arm) -> PlanRules:
    """Return what a plan decides by with an arm's strategy in the place of its own.

    Raises: PolicyError or InputError if card, features and strategy do not go together.
    """
    if arm.document == plan.policy:
        return by
    return _with_policy(work, plan=plan, by=by, path=arm.document)


def record_experiment(
    work: Work,
    *,
    plan: ReviewPlan,
    by: PlanRules,
    experiment: Experiment,
    arm: Arm,
    working: Working,
    row: Mapping[str, object],
    batch_id: UUID,
    decision_id: UUID,
) -> None:
    """Write down which arm decided a request, and what each shadow says of the same values.

    Args:
        by: the plan's own rules: what shadows share card and features with.
    """
    party_id = str(working.decision["party_id"])

    def judge(rules: ReviewRules) -> dict[str, Mapping[str, object]]:
        return {party_id: review_one(party_id=party_id, row=row, rules=rules).decision}

    said = [_shadow_says(work, plan=plan, by=by, shadow=shadow, judge=judge) for shadow in experiment.shadows]
    policy_hash = working.rules.policy.hash
    record_assignments(
        work.connection,
        batch_id=batch_id,
        assignments=[_assignment(experiment, arm, policy_hash, decision_id, party_id)],
        verdicts=[_verdict(experiment, one, decision_id, party_id) for one in said],
    )


def record_book_experiment(
    work: Work,
    *,
    plan: ReviewPlan,
    by: PlanRules,
    experiment: Experiment,
    runs: Sequence[tuple[Arm, DecisionBatch, pl.DataFrame]],
    values: pl.DataFrame,
) -> None:
    """Write down which arm decided each customer of a book, and what each shadow says of the same values.

    Args:
        by: as for `record_experiment`.
        runs: each arm with its run and its decisions.
        values: of everybody decided: party_id and all that features give.
    """

    def judge(rules: ReviewRules) -> dict[str, Mapping[str, object]]:
        decided = review(frame=values, rules=rules)
        return {said["party_id"]: said for said in decided.iter_rows(named=True)}

    told = [_shadow_says(work, plan=plan, by=by, shadow=shadow, judge=judge) for shadow in experiment.shadows]
    for arm, batch, decisions in runs:
        parties = decisions["party_id"].to_list()
        ids = [decision_id_of(batch_id=batch.batch_id, party_id=party) for party in parties]
        named = list(zip(ids, parties, strict=True))
        record_assignments(
            work.connection,
            batch_id=batch.batch_id,
            assignments=[_assignment(experiment, arm, batch.policy_hash, *each) for each in named],
            verdicts=[_verdict(experiment, one, *each) for one in told for each in named],
        )


def experiment_figures(
    work: Work, *, plan: ReviewPlan, experiment: Experiment, approving: Sequence[str]
) -> tuple[ArmFigures, ...]:
    """Count what each arm decided, and of the approved whose outcome is known how many turned bad.

    Of shadows likewise what they said. The outcome is the plan's, read for the purpose `model`.

    Args:
        approving: the outcomes that count as approved.
    """
    said = {arm.name: list[tuple[str, str]]() for arm in experiment.arms}
    log = find_assignments(work.connection, experiment_hash=experiment.document.hash)
    outcomes = find_outcomes(work.connection, decision_ids=[entry.decision_id for entry in log])
    for entry in log:
        said[entry.arm].append((entry.party_id, outcomes[entry.decision_id]))
    shadows = {shadow.name: list[tuple[str, str | None]]() for shadow in experiment.shadows}
    for verdict in find_shadow_verdicts(work.connection, experiment_hash=experiment.document.hash):
        shadows[verdict.shadow].append((verdict.party_id, verdict.outcome))
    frame = read_outcome(work, plan=plan, purpose="model")
    bad = dict(zip(frame["party_id"].to_list(), frame["bad"].to_list(), strict=True))
    return (
        *(
            _figures(arm.name, "arm", arm.document, arm.share_nano, said[arm.name], bad, approving)
            for arm in experiment.arms
        ),
        *(
            _figures(shadow.name, "shadow", shadow.document, None, shadows[shadow.name], bad, approving)
            for shadow in experiment.shadows
        ),
    )


def _figures(
    name: str,
    role: str,
    document: str,
    share_nano: int | None,
    said: Sequence[tuple[str, str | None]],
    bad: Mapping[str, bool],
    approving: Sequence[str],
) -> ArmFigures:
    """A party that was decided more than once counts once among those whose outcome is known."""
    approved = {party for party, outcome in said if outcome in approving and party in bad}
    counted = Counter(outcome for _, outcome in said if outcome is not None)
    return ArmFigures(
        name=name,
        role=role,
        document=document,
        share_nano=share_nano,
        decided=len(said),
        outcomes=dict(sorted(counted.items())),
        failed=sum(outcome is None for _, outcome in said),
        known=len(approved),
        bad=sum(bad[party] for party in approved),
    )


def _with_policy(work: Work, *, plan: ReviewPlan, by: PlanRules, path: str) -> PlanRules:
    policy = deciding_policy(work, path=path, rules_as_of=plan.dates.rules_as_of)
    rules = review_rules(policy=policy, card=by.rules.card)
    check_reads_state(rules.policy, contract=by.contract, output=OUTCOME)
    check_given(rules, given=given_by(by.features, contract=by.contract), where=plan.features)
    return replace(by, rules=rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShadowSays:
    """What a shadow says, by party; nothing where it fails as a whole."""

    name: str
    policy_hash: str | None
    decisions: Mapping[str, Mapping[str, object]]
    failure: str | None


def _shadow_says(
    work: Work,
    *,
    plan: ReviewPlan,
    by: PlanRules,
    shadow: Shadow,
    judge: Callable[[ReviewRules], Mapping[str, Mapping[str, object]]],
) -> _ShadowSays:
    recorded = len(work.batches)
    try:
        with work.connection.transaction():  # what it may have written goes with it if it fails
            rules = _with_policy(work, plan=plan, by=by, path=shadow.document).rules
            decisions = judge(rules)
    except Exception as error:  # nothing a shadow does may touch the decision
        del work.batches[recorded:]
        failure = f"{type(error).__name__}: {error}"
        return _ShadowSays(name=shadow.name, policy_hash=None, decisions={}, failure=failure)
    return _ShadowSays(name=shadow.name, policy_hash=rules.policy.hash, decisions=decisions, failure=None)


def _assignment(
    experiment: Experiment, arm: Arm, policy_hash: str, decision_id: UUID, party_id: str
) -> Assignment:
    return Assignment(
        experiment=experiment.name,
        experiment_hash=experiment.document.hash,
        decision_id=decision_id,
        party_id=party_id,
        arm=arm.name,
        policy_hash=policy_hash,
    )


def _verdict(experiment: Experiment, told: _ShadowSays, decision_id: UUID, party_id: str) -> ShadowVerdict:
    said = told.decisions.get(party_id, {})
    return ShadowVerdict(
        experiment_hash=experiment.document.hash,
        decision_id=decision_id,
        party_id=party_id,
        shadow=told.name,
        policy_hash=told.policy_hash,
        outcome=None if told.failure is not None else str(said["outcome"]),
        rule=None if told.failure is not None else str(said["rule"]),
        limit_proposed_fen=_whole(said.get("limit_proposed_fen")),
        rate_annual_nano=_whole(said.get("rate_annual_nano")),
        failure=told.failure,
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
