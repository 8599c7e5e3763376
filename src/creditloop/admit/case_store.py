"""Keeping the desk: cases with what was done about them, and the figures of the queue (复核队列)."""

import json
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from creditloop.admit.desk import CaseState, ReviewAction, ReviewCase
from creditloop.admit.store import SQL
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.money import divide_half_away
from creditloop.kernel.storage import Connection, load_queries

_NANO = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCounts:
    """The queue on a day.

    Attributes:
        overdue: not closed, and past the due date.
        with_proposal: closed ones for which the strategy had proposed something.
        overridden: of those, how many were decided otherwise.
        simulated: closed ones about which a script acted.
    """

    open: int
    half_signed: int
    closed: int
    overdue: int
    with_proposal: int
    overridden: int
    simulated: int

    @property
    def override_rate_nano(self) -> int | None:
        """Overridden among the closed with a proposal (推翻率); None if there are none."""
        return divide_half_away(self.overridden * _NANO, self.with_proposal) if self.with_proposal else None

    def as_record(self) -> dict[str, object]:
        """Return the figures as plain data."""
        own = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {**own, "override_rate_nano": self.override_rate_nano}


def find_case(connection: Connection, *, case_id: UUID) -> CaseState:
    """Return a case and what was done about it.

    Raises: UnknownId if there is none.
    """
    found = _cases(connection, case_id=case_id)
    if not found:
        raise UnknownId("there is no such case", got=str(case_id))
    return found[0]


def find_case_of(connection: Connection, *, decision_id: UUID) -> CaseState | None:
    """Return the case that a decision opened, None if it opened none."""
    return next(iter(_cases(connection, decision_id=decision_id)), None)


def find_cases(
    connection: Connection,
    *,
    product: str | None = None,
    closed: bool | None = None,
    party_id: str | None = None,
    most: int | None = None,
    skip: int = 0,
) -> list[CaseState]:
    """List cases, the first due first, of those the largest amount first.

    Args:
        closed: only closed ones, or only those that are not; None lists both.
        most, skip: at most so many, after so many.
    """
    return _cases(connection, product=product, closed=closed, party_id=party_id, most=most, skip=skip)


def hold_case(connection: Connection, *, case_id: UUID) -> CaseState:
    """Return a case and keep others from acting on it until the transaction ends.

    Raises: UnknownId if there is none.
    """
    load_queries(SQL).lock_case(connection, case_id=case_id)
    return find_case(connection, case_id=case_id)


def record_action(connection: Connection, *, action: ReviewAction, now: datetime) -> UUID:
    """Record what a person did about a case; return its batch."""
    batch_id = content_id("review_action", str(action.case_id), action.action_no)
    own = {entry.name: getattr(action, entry.name) for entry in fields(action)}
    load_queries(SQL).insert_action(
        connection, batch_id=batch_id, recorded_at=check_aware(now, name="now"), **own
    )
    return batch_id


def case_counts(connection: Connection, *, on: date, product: str | None = None) -> CaseCounts:
    """Count the cases of the queue as it stood on a day."""
    row = load_queries(SQL).case_counts(connection, on=on, product=product)
    return CaseCounts(**dict(zip((entry.name for entry in fields(CaseCounts)), row, strict=True)))


def _cases(
    connection: Connection,
    *,
    case_id: UUID | None = None,
    decision_id: UUID | None = None,
    party_id: str | None = None,
    product: str | None = None,
    closed: bool | None = None,
    most: int | None = None,
    skip: int = 0,
) -> list[CaseState]:
    queries = load_queries(SQL)
    rows = queries.find_cases(
        connection,
        case_id=case_id,
        decision_id=decision_id,
        party_id=party_id,
        product=product,
        closed=closed,
        most=most,
        skip=skip,
    )
    names = [entry.name for entry in fields(ReviewCase)]
    cases = []
    for row in rows:
        told = dict(zip(names, row, strict=True))
        cases.append(ReviewCase(**{**told, "reasons": tuple(json.loads(told["reasons"]))}))
    actions: dict[UUID, list[ReviewAction]] = {case.case_id: [] for case in cases}
    action_names = [entry.name for entry in fields(ReviewAction)]
    for row in queries.find_actions(connection, case_ids=list(actions)):
        action = ReviewAction(**dict(zip(action_names, row, strict=True)))
        actions[action.case_id].append(action)
    return [CaseState(case=case, actions=tuple(actions[case.case_id])) for case in cases]
