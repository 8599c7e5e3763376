"""Rate a firm with its whole working (评级过程): every number a rating says, and what it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from creditloop.formula import NUMBERS
from creditloop.risk import CardScore, Judgement, Policy
from creditloop.risk.fusion import SourceWeights
from creditloop.service.rating.documents import OUTCOME, SCORE, RatingDocuments
from creditloop.service.rating.gathering import GatheredFirm
from creditloop.service.rating.scoring import learner_answers, scored_frame, weights_used


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmRating:
    """The rating of a firm.

    Attributes:
        answers: log-odds of bad by learner; None where it has no answer.
        cards: what each card says of the firm, whether its answer counts or not.
        weights: those that held; None where no learner answered.
        row: what cards and policies read, with the score; `judgements`: the policies in order.
    """

    documents: RatingDocuments
    gathered: GatheredFirm
    row: Mapping[str, object]
    answers: Mapping[str, float | None]
    cards: Mapping[str, CardScore]
    weights: SourceWeights | None
    score: int | None
    judgements: tuple[tuple[Policy, Judgement], ...]

    @property
    def outputs(self) -> dict[str, object]:
        """What the policies say, all of them together."""
        return {name: value for _, judged in self.judgements for name, value in judged.outputs.items()}

    @property
    def outcome(self) -> str | None:
        """approve, refer or decline; None where a policy could not decide, so that a person does."""
        told = self.judgements[-1][1].outputs[OUTCOME]
        return told if isinstance(told, str) else None


def rate_firm(documents: RatingDocuments, gathered: GatheredFirm) -> FirmRating:
    """Rate a firm from what was gathered: by the very functions a whole town is rated with."""
    row = gathered.row
    frame = _frame(documents, row)
    answers = {
        name: None if answer[0] != answer[0] else float(answer[0])  # nan is no answer
        for name, answer in learner_answers(documents, frame).items()
    }
    scored = scored_frame(documents, frame).row(0, named=True)
    told = [SCORE, *(one.without for one in documents.plan.learners)]
    row |= {name: scored[name] for name in told}
    return FirmRating(
        documents=documents,
        gathered=gathered,
        row=row,
        answers=answers,
        cards={name: card.score(row) for name, card in documents.cards.items()},
        weights=weights_used(documents, {name: one for name, one in answers.items() if one is not None}),
        score=scored[SCORE],
        judgements=_judged(documents, row),
    )


def _judged(documents: RatingDocuments, row: Mapping[str, object]) -> tuple[tuple[Policy, Judgement], ...]:
    """Judge by the policies in order; each reads what earlier ones said."""
    known, found = dict(row), list[tuple[Policy, Judgement]]()
    for policy in documents.policies:
        judged = policy.judge({entry.name: known[entry.name] for entry in policy.inputs})
        known |= judged.outputs
        found.append((policy, judged))
    return tuple(found)


def _frame(documents: RatingDocuments, row: Mapping[str, object]) -> pl.DataFrame:
    """Return the numbers of the portrait as a frame of one row, with how each came out."""
    names = [one.name for one in documents.portrait.draft.features if one.kind in NUMBERS]
    schema = {**dict.fromkeys(names, pl.Int64), **{f"{name}__state": pl.UInt8 for name in names}}
    return pl.DataFrame({name: [row[name]] for name in schema}, schema=schema)
