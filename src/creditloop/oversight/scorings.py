"""Keeping cases scored by themselves (单笔评分留痕): one row a request, in the batch of its decision.

A run over a book has distributions and is a measurement (`runs`); one case has none. Of it stands here what
the card was shown and what it said, by hash — the values themselves are kept with the decision — and which of
its figures the alarm policy raised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from creditloop.kernel.canonical import canonical_bytes, content_hash
from creditloop.kernel.dates import Dates, check_aware
from creditloop.kernel.storage import Connection, load_queries
from creditloop.oversight.alarms import RAISED
from creditloop.oversight.metrics import Metric

_SQL = "creditloop.oversight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """A case that was scored by itself.

    Attributes:
        inputs_hash, outputs_hash: SHA-256 of the values the card reads, and of score and probability.
        alarm_policy_hash: what judged it; None where the plan names no thresholds.
        raised: its figures that are yellow or red, canonical JSON; `alarms` how many.
    """

    decision_id: UUID
    card_hash: str
    product: str
    business_date: date
    rules_as_of: date
    inputs_hash: str
    outputs_hash: str
    alarm_policy_hash: str | None
    alarms: int
    raised: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringCount:
    """Cases a card scored by themselves on a business date: all, those alarming, and their alarms."""

    card_hash: str
    business_date: date
    cases: int
    alarming: int
    alarms: int


def record_scoring(
    connection: Connection,
    *,
    batch_id: UUID,
    decision_id: UUID,
    card_hash: str,
    product: str,
    dates: Dates,
    inputs: Mapping[str, object],
    outputs: Mapping[str, object],
    metrics: Sequence[Metric],
    alarm_policy_hash: str | None,
    now: datetime,
) -> Scoring:
    """Record what a card was shown and said of one case, in the transaction of its decision; once, with it.

    Args:
        batch_id: of the decision.
        metrics: judged by the alarm policy with this hash.
    """
    raised = [metric.as_record() for metric in metrics if metric.level in RAISED]
    scoring = Scoring(
        decision_id=decision_id,
        card_hash=card_hash,
        product=product,
        business_date=dates.business_date,
        rules_as_of=dates.rules_as_of,
        inputs_hash=content_hash(inputs),
        outputs_hash=content_hash(outputs),
        alarm_policy_hash=alarm_policy_hash,
        alarms=len(raised),
        raised=canonical_bytes(raised).decode(),
    )
    values = {name: getattr(scoring, name) for name in scoring.__dataclass_fields__}
    load_queries(_SQL).insert_scoring(
        connection, batch_id=batch_id, recorded_at=check_aware(now, name="now"), **values
    )
    return scoring


def find_scoring(connection: Connection, *, decision_id: UUID) -> Scoring | None:
    """Return what is on record about the scoring of a decision; None of one made in a run over a book."""
    row = load_queries(_SQL).find_scoring(connection, decision_id=decision_id)
    return None if row is None else Scoring(**dict(zip(Scoring.__dataclass_fields__, row, strict=True)))


def count_scorings(connection: Connection, *, card_hash: str | None = None) -> list[ScoringCount]:
    """Count the cases a card, or each, scored by themselves, by business date."""
    rows = load_queries(_SQL).count_scorings(connection, card_hash=card_hash)
    return [ScoringCount(**dict(zip(ScoringCount.__dataclass_fields__, row, strict=True))) for row in rows]
