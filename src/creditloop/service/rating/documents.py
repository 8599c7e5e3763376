"""Read what the plan of a rating names (评级文档), and refuse what does not fit together.

The fusion pins its cards by their hashes; a card reads features that its learner was offered, of the
portrait's kinds; what was fitted on made-up parties cannot be passed off as fitted on real ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from creditloop.data.portraits import PortraitDefinition
from creditloop.formula import NUMBERS, Kind
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Card, Policy, Scale, read_card
from creditloop.risk.fusion import FusionDocument, read_fusion
from creditloop.service.rating.plan import LearnerPlan, RatingPlan

OUTCOME = "outcome"
"""The output of the last policy: approve, refer or decline."""
SCORE = "score"
"""The fused score, as policies read it."""
PARTY_FACTS = ("kind", "region", "industry", "size")
"""What the bank's own file of parties says of the firm."""
TAXPAYER_CLASS = "taxpayer_class"
SOURCES_STALE = "sources_stale"
OTHER_FACTS = (
    *(TAXPAYER_CLASS, "owner_record", "owner_overdue_fen", "enhancement", "supplies"),
    SOURCES_STALE,
)
"""What filings, the owner's own portrait and relations say, and how many sources are too old to decide on."""
PORTRAIT_HASH = "portrait_hash"
"""The fact of a card that says which version of the portrait it was fitted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingDocuments:
    """A rating with everything its plan names.

    Attributes:
        cards: by learner, in the plan's order.
        policies: as in force on the day of the rules, in the plan's order.
    """

    plan: RatingPlan
    portrait: PortraitDefinition
    cards: Mapping[str, Card]
    fusion: FusionDocument
    policies: tuple[Policy, ...]

    @property
    def scale(self) -> Scale:
        """The scale of the cards, on which the fused score stands too."""
        return Scale.of(next(iter(self.cards.values())).settings)

    @property
    def fitted_on_this_portrait(self) -> bool:
        """Whether every card says that it was fitted on this very version of the portrait."""
        return all(card.facts.get(PORTRAIT_HASH) == self.portrait.hash for card in self.cards.values())

    @property
    def read_features(self) -> tuple[str, ...]:
        """The features of the portrait that anything here reads, or a dimension's score is made of, once."""
        of_cards = (entry.feature.name for card in self.cards.values() for entry in card.features)
        of_policies = [entry.name for policy in self.policies for entry in policy.inputs]
        of_scores = (
            part.feature
            for dimension in self.portrait.dimensions
            if score_name(dimension.name) in of_policies
            for part in dimension.parts
        )
        records = (one.record for one in self.plan.learners if one.record is not None)
        known = {one.name for one in self.portrait.draft.features}
        asked = (
            *of_cards,
            *of_policies,
            *of_scores,
            *records,
            self.plan.owner.record,
            self.plan.owner.overdue,
        )
        return tuple(name for name in dict.fromkeys(asked) if name in known)


def score_name(dimension: str) -> str:
    """Return the name by which policies read a dimension's score in the portrait."""
    return f"{dimension}_score"


def read_rating_documents(
    plan: RatingPlan,
    *,
    portrait: PortraitDefinition,
    find: Callable[[str], Document],
    find_policy: Callable[[str], Policy],
) -> RatingDocuments:
    """Read cards, fusion and policies.

    Args:
        find: gives a document by its path; `find_policy` a policy as in force.
    Raises: PolicyError naming the document that does not fit, and what of it.
    """
    check_offered(plan, portrait=portrait)
    found = RatingDocuments(
        plan=plan,
        portrait=portrait,
        cards={one.name: read_card(find(one.card)) for one in plan.learners},
        fusion=read_fusion(find(plan.fusion)),
        policies=tuple(find_policy(path) for path in plan.policies),
    )
    _check_fusion(found)
    for learner in plan.learners:
        _check_card(learner, found)
    if len({Scale.of(card.settings) for card in found.cards.values()}) > 1:
        raise _fault(plan, "the cards stand on different scales", got=sorted(found.cards))
    _check_policies(found)
    return found


def check_offered(plan: RatingPlan, *, portrait: PortraitDefinition) -> None:
    """Refuse a plan that names a feature which is no number of the portrait."""
    numbers = {one.name for one in portrait.draft.features if one.kind in NUMBERS}
    records = [one.record for one in plan.learners if one.record is not None]
    offered = [name for learner in plan.learners for name in learner.features]
    asked = {*offered, *records, plan.owner.record, plan.owner.overdue}
    if unknown := sorted(asked - numbers):
        raise _fault(plan, "the portrait has no such number", got=unknown, expected=portrait.document.path)


def _check_fusion(found: RatingDocuments) -> None:
    pinned, there = dict(found.fusion.learners), {name: card.hash for name, card in found.cards.items()}
    if pinned != there:
        raise PolicyError(
            "the fusion was made of other cards",
            got=there,
            expected=pinned,
            where={"file": found.fusion.document.path},
            hint="fit cards and fusion together, or name the cards that belong to it",
        )


def _check_card(learner: LearnerPlan, found: RatingDocuments) -> None:
    card, plan = found.cards[learner.name], found.plan
    where = {"file": card.document.path}
    kinds: dict[str, Kind] = {one.name: one.kind for one in found.portrait.draft.features}
    strange = [
        entry.name
        for entry in card.inputs
        if entry.name not in learner.features or kinds[entry.name] is not entry.kind
    ]
    if strange:
        raise PolicyError(
            "the card reads what its learner is not offered, or of another kind", got=strange, where=where
        )
    if card.product != plan.product:
        raise PolicyError("a card of another product", got=card.product, expected=plan.product, where=where)
    if card.facts.get("simulated") is True and not plan.simulated:
        raise PolicyError(
            "a card that was fitted on made-up parties rates real ones",
            got="simulated: false",
            expected="simulated: true",
            where={"file": plan.document.path},
        )


def _check_policies(found: RatingDocuments) -> None:
    """Refuse a policy of another product, or one that reads what nothing here gives."""
    plan = found.plan
    given = {one.name for one in found.portrait.draft.features} | {SCORE, *PARTY_FACTS, *OTHER_FACTS}
    given |= {score_name(one.name) for one in found.portrait.dimensions}
    given |= {one.without for one in plan.learners}
    for policy in found.policies:
        where = {"file": policy.document.path}
        if policy.product != plan.product:
            raise PolicyError(
                "a policy of another product", got=policy.product, expected=plan.product, where=where
            )
        if unknown := sorted(entry.name for entry in policy.inputs if entry.name not in given):
            raise PolicyError(
                "the policy reads what a rating does not give",
                got=unknown,
                expected=sorted(given),
                where=where,
            )
        if taken := sorted(given & set(policy.outputs)):
            raise PolicyError("the policy says what is given to it already", got=taken, where=where)
        given |= set(policy.outputs)
    last = found.policies[-1]
    if OUTCOME not in last.outputs:
        raise PolicyError(
            "the last policy of a rating says the outcome",
            got=sorted(last.outputs),
            expected=OUTCOME,
            where={"file": last.document.path},
        )


def _fault(plan: RatingPlan, message: str, *, got: object, expected: object = None) -> PolicyError:
    return PolicyError(message, got=got, expected=expected, where={"file": plan.document.path})
