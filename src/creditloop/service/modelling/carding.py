"""The chosen card: fitted on all rows that are fitted on, written as its text, read back."""

from dataclasses import dataclass

import polars as pl

from creditloop.kernel.documents import Document, parse_document
from creditloop.kernel.errors import InputError
from creditloop.risk import Card, FittedCard, card_text, read_card
from creditloop.service.modelling.crossing import fit_on
from creditloop.service.modelling.findings import Findings
from creditloop.service.modelling.plans.plan import CandidateKind, ModelPlan
from creditloop.service.modelling.sample import Sample

CARD_FILE = "card.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenCard:
    """The card that came out: its kind, its document, and the card read from it."""

    kind: CandidateKind
    fitted: FittedCard
    document: Document
    card: Card


def make_card(kind: CandidateKind, sample: Sample, found: Findings, *, plan: ModelPlan) -> ChosenCard:
    """Fit the chosen kind of card on the rows that are fitted on, and write it.

    Raises: InputError as the fit does.
    """
    early = ~sample.late
    fitted = fit_on(
        kind, sample.frame.filter(pl.Series(early)), sample.bad[early], found.features, plan=plan
    ).card
    if fitted is None:
        raise InputError("the chosen candidate is not one card", got=kind.value)
    text = card_text(
        fitted,
        card=plan.name,
        product=plan.product,
        title=plan.title.as_record(),
        facts={
            **sample.facts,
            "plan": plan.name,
            "plan_hash": plan.document.hash,
            "outcome": f"{plan.target.meaning.zh} {plan.target.meaning.en}",
            "observed_until": plan.target.observed_until,
            "outcome_known_by": plan.target.known_by,
            "sample": f"{plan.sample.zh} {plan.sample.en}",
            "fitted_on": plan.fitted_on,
        },
    )
    document = parse_document(text, path=CARD_FILE)
    return ChosenCard(kind=kind, fitted=fitted, document=document, card=read_card(document))
