"""Rows, policies and moments the tests of this room are made from."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from creditloop.kernel.dates import Dates
from creditloop.kernel.documents import read_document
from creditloop.kernel.storage import Connection
from creditloop.recover import (
    ROWS,
    ContactEvent,
    Occasion,
    RoutingRun,
    record_contact,
    record_routing,
    route_cases,
)
from creditloop.risk import Policy, read_policy

REPOSITORY = Path(__file__).parents[2]
RULES = date(2024, 6, 30)
JUNE, JULY = date(2005, 6, 30), date(2005, 7, 31)
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
HOURS = 8
PRODUCT = "credit_card"


def policy(name: str, *, rules_as_of: date = RULES) -> Policy:
    """A policy of the credit card's collections."""
    file = REPOSITORY / "policies" / PRODUCT / "recover" / f"{name}.yaml"
    return read_policy(read_document(file, root=REPOSITORY), rules_as_of=rules_as_of)


ROUTING, CONTACT = policy("routing"), policy("contact")


def rows(*given: tuple[str, int | None, int, str, str]) -> pl.DataFrame:
    """Customers by (party, months late, owed, grade, warning level)."""
    return pl.DataFrame(list(given), schema=ROWS, orient="row")


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant of the customer's clock."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=HOURS)


def route(connection: Connection, frame: pl.DataFrame, *, on: date = JUNE, warnings: str = "w") -> RoutingRun:
    return record_routing(
        connection,
        routed=route_cases(rows=frame, policy=ROUTING),
        policy=ROUTING,
        product=PRODUCT,
        dates=Dates(business_date=on, rules_as_of=RULES),
        warning_batch=warnings,
        now=NOW,
    )


def occasion(party: str, at: datetime, *, person: str, note: str, key: str) -> Occasion:
    return Occasion(
        party_id=party, at=at, utc_offset_hours=HOURS, person=person, note=note, key=key, simulated=True
    )


def contact(
    connection: Connection, party: str, at: datetime, *, channel: str = "call", key: str = "1", **changed: str
) -> ContactEvent:
    return record_contact(
        connection,
        occasion=occasion(party, at, person="zhao", note=changed.get("note", "asked for payment"), key=key),
        policy=CONTACT,
        channel=channel,
        recipient=changed.get("recipient", "customer"),
        now=NOW,
    )
