"""Strategies published in a small bank, by people who are made up, with proofs of a few rows."""

from datetime import date
from pathlib import Path
from uuid import UUID

from tests.service.small_bank import RULES

from creditloop.oversight import StrategyVersion
from creditloop.service.bank import Bank
from creditloop.service.strategies.publishing import publish_strategy, put_strategy


def publish(bank: Bank, file: str, *, since: date = RULES) -> StrategyVersion:
    """Publish a document of the bank from a day on; it is not live yet."""
    with bank.work() as work:
        return publish_strategy(
            work,
            file=bank.places.documents / file,
            effective_from=since,
            by="strategist",
            reason="a test",
            rows=5,
            seed=1,
            simulated=True,
        )


def put(bank: Bank, version_id: UUID, state: str) -> StrategyVersion:
    """Put a version live, or retire it."""
    with bank.work() as work:
        return put_strategy(
            work, version_id=version_id, state=state, by="approver", reason="a test", simulated=True
        )


def publish_live(bank: Bank, file: str, *, since: date = RULES) -> UUID:
    """Publish a document and put it live; return the version."""
    version = publish(bank, file, since=since)
    put(bank, version.batch_id, "live")
    return version.batch_id


def edit(bank: Bank, file: str, old: str, new: str) -> Path:
    """Change something in a document of the bank."""
    place = bank.places.documents / file
    text = place.read_text("utf-8")
    assert old in text
    place.write_text(text.replace(old, new, 1), "utf-8")
    return place
