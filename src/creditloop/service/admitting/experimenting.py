"""Decide under an experiment (冠军与挑战者、陪跑): which arm's strategy decides, what shadows would say.

1. a plan may name an experiment; on the days it runs, a party's request is decided by the arm it falls into
2. the arm is written down with the decision, in its batch
3. each shadow judges the same values; what it says is written down beside, acted upon by nobody. A shadow
   that fails says why, and the decision stands
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from creditloop.admit import Working, check_given, find_decision, review_one, review_rules
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
from creditloop.service.compiled import compiled_policy
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
    """Write down which arm decided, and what each shadow says of the same values.

    Args:
        by: the plan's own rules: what shadows share card and features with.
    """
    party_id = str(working.decision["party_id"])
    assignment = Assignment(
        experiment=experiment.name,
        experiment_hash=experiment.document.hash,
        decision_id=decision_id,
        party_id=party_id,
        arm=arm.name,
        policy_hash=working.rules.policy.hash,
    )
    blank = ShadowVerdict(
        experiment_hash=experiment.document.hash,
        decision_id=decision_id,
        party_id=party_id,
        shadow="",
        policy_hash=None,
        outcome=None,
        rule=None,
        limit_proposed_fen=None,
        rate_annual_nano=None,
        failure=None,
    )
    verdicts = [
        _shadow_verdict(work, plan=plan, by=by, shadow=shadow, row=row, blank=blank)
        for shadow in experiment.shadows
    ]
    record_assignments(work.connection, batch_id=batch_id, assignments=[assignment], verdicts=verdicts)


def experiment_figures(
    work: Work, *, plan: ReviewPlan, experiment: Experiment, approving: Sequence[str]
) -> tuple[ArmFigures, ...]:
    """Count what each arm decided, and of the approved whose outcome is known how many turned bad.

    Of shadows likewise what they said. The outcome is the plan's, read for the purpose `model`.

    Args:
        approving: the outcomes that count as approved.
    """
    said = {arm.name: list[tuple[str, str]]() for arm in experiment.arms}
    for entry in find_assignments(work.connection, experiment_hash=experiment.document.hash):
        decision = find_decision(work.connection, decision_id=entry.decision_id)
        said[entry.arm].append((entry.party_id, decision.outcome))
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
    document = work.adopt(work.places.document(path), kind="policy")
    policy = compiled_policy(document, rules_as_of=plan.dates.rules_as_of)
    rules = review_rules(policy=policy, card=by.rules.card)
    check_given(rules, given=by.features.columns, where=plan.features)
    return replace(by, rules=rules)


def _shadow_verdict(
    work: Work,
    *,
    plan: ReviewPlan,
    by: PlanRules,
    shadow: Shadow,
    row: Mapping[str, object],
    blank: ShadowVerdict,
) -> ShadowVerdict:
    try:
        with work.connection.transaction():  # what it may have written goes with it if it fails
            rules = _with_policy(work, plan=plan, by=by, path=shadow.document).rules
            said = review_one(party_id=blank.party_id, row=row, rules=rules).decision
    except Exception as error:  # nothing a shadow does may touch the decision
        return replace(blank, shadow=shadow.name, failure=f"{type(error).__name__}: {error}")
    return replace(
        blank,
        shadow=shadow.name,
        policy_hash=rules.policy.hash,
        outcome=str(said["outcome"]),
        rule=str(said["rule"]),
        limit_proposed_fen=_whole(said["limit_proposed_fen"]),
        rate_annual_nano=_whole(said["rate_annual_nano"]),
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
