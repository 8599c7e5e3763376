"""What is still to be recorded (待上链): how much, since when, and which steps."""

from dataclasses import dataclass
from datetime import datetime

from creditloop.kernel.storage import Connection, load_queries
from creditloop.service.attesting.membership import SQL


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingStep:
    """A step that is not decided.

    Attributes:
        batch: the one it is under way in; None before it is sent.
        not_before: when it may be sent; None at once.
    """

    loan_id: str
    step: str
    occurred_at: datetime
    batch: str | None
    not_before: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """All steps that are not decided.

    Attributes:
        count: steps; under_way: those sent.
        oldest: since when the oldest is there; None if there is none.
        steps: the oldest ones.
    """

    count: int
    under_way: int
    oldest: datetime | None
    steps: tuple[PendingStep, ...]


def find_pending(connection: Connection, *, steps_max: int) -> Pending:
    """Return what is still to be recorded, with the oldest steps, so many at most."""
    queries = load_queries(SQL)
    count, under_way, oldest = queries.count_pending(connection)
    steps = tuple(
        PendingStep(loan_id=loan_id, step=step, occurred_at=occurred_at, batch=batch, not_before=not_before)
        for loan_id, step, occurred_at, batch, not_before in queries.find_pending(
            connection, steps_max=steps_max
        )
    )
    return Pending(count=count, under_way=under_way, oldest=oldest, steps=steps)
