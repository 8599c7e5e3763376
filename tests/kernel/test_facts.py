"""Facts: said once, in the past tense, never known before they occurred."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone

import pytest

from creditloop.kernel.errors import InputError
from creditloop.kernel.facts import Fact

NOON = datetime(2005, 6, 30, 12, tzinfo=UTC)


def fact(**changed: object) -> Fact:
    """Make a fact that is right but for what is changed."""
    return Fact(**{"kind": "MonthPosted", "key": "2005-06", "occurred_at": NOON, "known_at": NOON} | changed)


def test_kind_and_key_make_the_id_and_nothing_else_does() -> None:
    later = fact(known_at=NOON + timedelta(days=1), payload={"rows": 3})
    assert later.fact_id == fact().fact_id
    assert fact(key="2005-07").fact_id != fact().fact_id
    assert fact(kind="FileImported").fact_id != fact().fact_id


def test_a_fact_may_be_known_in_the_instant_it_occurs_also_on_another_clock() -> None:
    beijing = NOON.astimezone(timezone(timedelta(hours=8)))
    assert fact(occurred_at=beijing).occurred_at == NOON


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kind": "month_posted"}, "a fact's kind is a CamelCase word"),
        ({"kind": "Month Posted"}, "a fact's kind is a CamelCase word"),
        ({"kind": ""}, "a fact's kind is a CamelCase word"),
        ({"occurred_at": NOON + timedelta(microseconds=1)}, "a fact cannot be known before it occurred"),
        ({"occurred_at": NOON.replace(tzinfo=None)}, "occurred_at has no time zone"),
        ({"known_at": NOON.replace(tzinfo=None)}, "known_at has no time zone"),
        ({"payload": {"rate": 0.5}}, "this kind of value cannot be hashed"),
        ({"payload": {"金额": 1}}, "keys of a hashed object must be ASCII text"),
    ],
)
def test_refused(changed: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        fact(**changed)


def test_a_fact_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        fact().key = "2005-07"
