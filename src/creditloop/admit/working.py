"""The whole working of one decision (决策依据): values, score by parts, steps, every table's rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from creditloop.admit.rules import ReviewRules
from creditloop.risk import CardPart, CardScore, Judgement, ReasonCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """A decision and how it came about.

    Attributes:
        decision: what is kept of it, by the names of `review.DECISION`.
        values: what it was made from.
    """

    decision: Mapping[str, object]
    values: Mapping[str, object]
    score: CardScore
    judgement: Judgement
    rules: ReviewRules

    def as_record(self) -> dict[str, object]:
        """Return the working as plain data, for people and machines; codes stand with their wording.

        Under `policy` stands what `Judgement.as_record` tells, its reasons in order as `ranked`; `reasons`
        are those of all tables reached, in the order of the document.
        """
        told = self.judgement.as_record()
        return {
            "decision": dict(self.decision),
            "values": dict(self.values),
            "score": {
                "card": self.rules.card.name,
                "card_hash": self.rules.card.hash,
                "score": self.score.score,
                "pd_nano": self.score.pd_nano,
                "state": self.score.state,
                "base": self.rules.card.base,
                "parts": [_part_record(part) for part in self.score.parts],
                "reasons": [_reason_record(reason) for reason in self.score.reasons],
            },
            "policy": {
                "policy": self.rules.policy.name,
                "policy_hash": self.rules.policy.hash,
                "rules_as_of": self.rules.policy.rules_as_of.isoformat(),
                "parameters": [
                    {
                        "name": entry.parameter.name,
                        "value": entry.parameter.value,
                        "unit": entry.unit,
                        "since": entry.since.isoformat(),
                        "source": entry.source.title,
                    }
                    for entry in self.rules.policy.parameters
                ],
                **{name: part for name, part in told.items() if name != "reasons"},
                "reasons": [_reason_record(reason) for reason in self.judgement.reasons],
                "ranked": told["reasons"],
            },
        }


def differing(*, decision: Mapping[str, object], working: Working) -> dict[str, tuple[object, object]]:
    """Compare a decision that was kept with one made again; return (kept, made again) of what differs."""
    return {
        name: (decision[name], made)
        for name, made in working.decision.items()
        if (type(decision[name]), decision[name]) != (type(made), made)
    }


def _part_record(part: CardPart) -> dict[str, object]:
    return {
        "feature": part.feature,
        "zh": part.zh,
        "en": part.en,
        "value": part.value,
        "bin": part.bin,
        "points": part.points,
        "points_lost": part.points_lost,
        "woe_nano": part.woe_nano,
    }


def _reason_record(reason: ReasonCode) -> dict[str, object]:
    return {"code": reason.code, "zh": reason.zh, "en": reason.en}
