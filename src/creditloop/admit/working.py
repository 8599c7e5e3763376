"""The whole working of one decision (决策依据): values, score by parts, steps, every table's rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from creditloop.admit.rules import ReviewRules
from creditloop.formula import Result
from creditloop.risk import CardPart, CardScore, DecisionTable, Judgement, ReasonCode, Verdict


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
        """Return the working as plain data, for people and machines; codes stand with their wording."""
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
                "steps": {name: _result_record(result) for name, result in self.judgement.steps.items()},
                "tables": [
                    _table_record(table, self.judgement.verdict(table.id))
                    for table in self.rules.policy.tables
                ],
                "reasons": [_reason_record(reason) for reason in self.judgement.reasons],
            },
        }


def differing(*, decision: Mapping[str, object], working: Working) -> dict[str, tuple[object, object]]:
    """Compare a decision that was kept with one made again; return (kept, made again) of what differs."""
    return {
        name: (decision[name], made)
        for name, made in working.decision.items()
        if (type(decision[name]), decision[name]) != (type(made), made)
    }


def _table_record(table: DecisionTable, verdict: Verdict) -> dict[str, object]:
    return {
        "table": table.id,
        "version": verdict.version,
        "state": verdict.state,
        "outputs": dict(verdict.outputs),
        "matched": list(verdict.matched),
        "referred": list(verdict.referred),
        "missing": list(verdict.missing),
        "broken": list(verdict.broken),
        "reasons": [_reason_record(reason) for reason in verdict.reasons],
        "rows": list(_row_records(table, verdict)),
    }


def _row_records(table: DecisionTable, verdict: Verdict) -> Iterator[dict[str, object]]:
    for row, told in zip(table.rows, verdict.working, strict=True):
        yield {
            "row": told.row,
            "when": row.rule.when,
            "match": told.match.value,
            "state": told.result.state,
            "decides": told.row in verdict.matched,
            "values_read": dict(told.values_read),
            "reason": _reason_record(row.rule.reason),
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


def _result_record(result: Result) -> dict[str, object]:
    return {"value": result.value, "state": result.state}
