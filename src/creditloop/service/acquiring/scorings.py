"""Put what a card said of those screened on record with the model (筛查评分留痕), with the screening.

Whom a screening shows the card is chosen by what set it off, so that their distribution says nothing of the
card: there is no PSI here, only the cases without a score and the values the card was not fitted on.
"""

import polars as pl

from creditloop.acquire import ScreeningKey
from creditloop.oversight import ModelRun
from creditloop.risk import Card
from creditloop.service.admitting.scorings import record_frame_scoring, scoring_figures
from creditloop.service.work import Work

_ODD = ("unscored", "unseen")
"""Figures of a scoring that mean the same whoever is chosen."""
_TRIGGERS = {"initial": "首次", "account_change": "账户变动", "model_update": "模型更新", "interval": "定期"}


def record_screening_scoring(
    work: Work, *, card: Card, key: ScreeningKey, scored: pl.DataFrame, alarms: str | None
) -> ModelRun | None:
    """Record what a screening showed its card and what it said; None if nobody was screened.

    Args:
        scored: party_id, the card's features, score, pd_nano.
        alarms: the policy that judges the figures; None: they have no level.
    """
    if not scored.height:
        return None
    names = [entry.feature.name for entry in card.features]
    frame = scored.select("party_id", *names, "score", "pd_nano").sort("party_id")
    return record_frame_scoring(
        work,
        card=card,
        population=scored_population(key.trigger),
        dates=key.dates,
        frame=frame,
        figures=[one for one in scoring_figures(card=card, frame=frame) if one.name in _ODD],
        alarms=alarms,
    )


def scored_population(trigger: str) -> str:
    """Return how the register of models names those scored by a screening that something set off."""
    return f"白名单筛查（{_TRIGGERS[trigger]}）评分的客户 scored by a screening of the whitelist, {trigger}"
