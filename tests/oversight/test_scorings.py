"""A case scored by itself is on record once, with its decision, and never changed."""

import json
import uuid
from datetime import UTC, date, datetime

import psycopg
import pytest

from creditloop.kernel.dates import Dates
from creditloop.kernel.storage import Connection
from creditloop.oversight import (
    Metric,
    Scoring,
    ScoringCount,
    count_scorings,
    find_scoring,
    record_scoring,
)

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
JUNE = Dates(business_date=date(2005, 6, 30), rules_as_of=date(2024, 6, 30))
CARD = "c" * 64


def metric(name: str, level: str) -> Metric:
    return Metric(
        name=name, segment="all", value_nano=10**9, numerator=1, denominator=1, level=level, rule="AL"
    )


def scored(database: Connection, number: int, *metrics: Metric, value: int = 5) -> Scoring:
    return record_scoring(
        database,
        batch_id=uuid.UUID(int=number),
        decision_id=uuid.UUID(int=1000 + number),
        card_hash=CARD,
        product="credit_card",
        dates=JUNE,
        inputs={"use": value},
        outputs={"score": 600, "pd_nano": 10**8},
        metrics=metrics,
        alarm_policy_hash="a" * 64 if metrics else None,
        now=NOW,
    )


def test_what_is_yellow_or_red_is_told_and_counted(database: Connection) -> None:
    first = scored(database, 1, metric("unscored", "none"), metric("unseen", "yellow"), metric("x", "red"))
    plain = scored(database, 2)
    assert [one["name"] for one in json.loads(first.raised)] == ["unseen", "x"]
    assert (first.alarms, plain.alarms, plain.raised, plain.alarm_policy_hash) == (2, 0, "[]", None)
    assert find_scoring(database, decision_id=first.decision_id) == first
    assert find_scoring(database, decision_id=uuid.UUID(int=5)) is None
    counted = ScoringCount(card_hash=CARD, business_date=JUNE.business_date, cases=2, alarming=1, alarms=2)
    assert count_scorings(database) == count_scorings(database, card_hash=CARD) == [counted]
    assert count_scorings(database, card_hash="d" * 64) == []


def test_other_values_have_another_hash_and_nothing_is_changed(database: Connection) -> None:
    assert scored(database, 1).inputs_hash != scored(database, 2, value=6).inputs_hash
    with pytest.raises(psycopg.errors.UniqueViolation), database.transaction():
        scored(database, 1)
    with pytest.raises(psycopg.Error, match="append-only"), database.transaction():
        database.execute("UPDATE oversight.scoring SET alarms = 0")
