"""A row's points (单户得分): what a card said of one party, looked up by number and day.

The values are those kept with the decision that was last made by this card until the day; the card scores
them again from the archive, and the read is logged as that of any decision.
"""

from markupsafe import Markup

from creditloop.admit import find_batches, find_decisions
from creditloop.risk import Card, CardScore, points_text
from creditloop.service.console.charts import Bar, waterfall
from creditloop.service.console.opened import read_decision
from creditloop.service.console.visit import Record, Visit
from creditloop.service.console.words import Words
from creditloop.service.work import Work

SEES = "see_decision"
"""What must be allowed to look a party up here."""


def row_record(visit: Visit, work: Work, *, card: Card) -> Record:
    """Return what the page asks for and, of a party asked for, what the card said of it.

    Raises: NotAllowed if a party is asked for and the person's roles may not see decisions.
    """
    party_id, until = visit.query.get("party", "").strip(), visit.day("until")
    record = {"party": party_id, "until": until, "may_ask": visit.allows(SEES), "found": None, "score": None}
    if not party_id:
        return record
    visit.check(SEES)
    by_card = {
        one.batch_id
        for one in find_batches(work.connection, product=card.product)
        if one.card_hash == card.hash
    }
    decided = [
        one
        for one in find_decisions(work.connection, party_id=party_id)
        if one.batch_id in by_card and (until is None or one.dates.business_date <= until)
    ]
    if not decided:
        return record
    last = max(decided, key=lambda one: one.dates.business_date)
    opened = read_decision(visit, work, decision_id=last.decision_id)
    score = opened.working.score
    return record | {
        "found": opened.decision,
        "score": score,
        "picture": _picture(score, card, visit.words),
    }


def _picture(score: CardScore, card: Card, words: Words) -> Markup:
    """Draw how the score adds up: the base, each feature's and pair's points, the total."""
    if score.score is None:
        return Markup("")
    scale = 10**card.decimals

    def bar(label: str, points: int | None) -> Bar:
        value = points or 0
        text = points_text(value, card.decimals)
        return Bar(
            label=label,
            value=value / scale,
            text=f"+{text}" if value >= 0 else text,
            kind="blue" if value >= 0 else "minus",
        )

    base = points_text(card.base, card.decimals)
    parts = [
        Bar(label=words("decision.base"), value=card.base / scale, text=base, kind="total"),
        *(bar(part.zh if words.language == "zh" else part.en, part.points) for part in score.parts),
        *(bar(" × ".join(part.features), part.points) for part in score.pairs),
        Bar(label=words("decision.score"), value=score.score, text=str(score.score), kind="total"),
    ]
    return waterfall(title=words("decision.picture"), entries=parts)
