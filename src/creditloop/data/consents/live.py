"""What of a party's consents is live: derived from its records, or asked of the database for many."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import LiteralString

from creditloop.data.consents.records import PACKAGE, ConsentGiven, RecordedConsent
from creditloop.kernel.dates import check_aware
from creditloop.kernel.storage import Connection, load_queries


class LiveState(StrEnum):
    """How it stands with a consent: live, withdrawn, not begun yet, or over."""

    LIVE = "live"
    WITHDRAWN = "withdrawn"
    NOT_YET = "not_yet"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverState:
    """How a party's consent to one source for one purpose stands.

    Attributes:
        by: id of the record that says so: the consent that is live, or the withdrawal, or the consent that
            came last.
        since: that record's number among all records.
    """

    contract: str
    purpose: str
    state: LiveState
    by: str
    since: int


def cover_states(records: Sequence[RecordedConsent], *, at: datetime) -> tuple[CoverState, ...]:
    """Return, for each source and purpose that a party's records name, how consent stands at an instant.

    Args:
        records: of one party, in order. A withdrawal counts whenever it was taken; `at` is for the instants
            between which a consent is valid.
    Returns: by contract and purpose; what is named by no record is not consented to.
    """
    check_aware(at, name="at")
    found: dict[tuple[str, str], CoverState] = {}
    for each in sorted(records, key=lambda recorded: recorded.number):
        for contract in each.record.contracts:
            for purpose in each.record.purposes:
                before = found.get((contract, purpose))
                state = _state(each, at)
                if before is not None and before.state is LiveState.LIVE and state in _NOT_LIVE_ITSELF:
                    continue  # a consent that is not valid now ends none that is
                found[contract, purpose] = CoverState(
                    contract=contract,
                    purpose=purpose,
                    state=state,
                    by=each.record.consent_id,
                    since=each.number,
                )
    return tuple(found[key] for key in sorted(found))


def consenting_parties(
    connection: Connection,
    *,
    contract: str,
    purpose: str,
    at: datetime,
    party_ids: Collection[str] | None = None,
) -> tuple[str, ...]:
    """Return, in order, the parties whose consent to a source for a purpose is live at an instant.

    Args:
        party_ids: only of these; None means of all.
    """
    rows = load_queries(PACKAGE).consenting_parties(
        connection,
        contract=contract,
        purpose=purpose,
        at=check_aware(at, name="at"),
        everybody=party_ids is None,
        party_ids=list(party_ids or ()),
    )
    return tuple(sorted(party_id for (party_id,) in rows))


def consenting_query() -> LiteralString:
    """Return the statement of `consenting_parties`, to stand within one that reads rows.

    It gives party_id; its parameters are contract, purpose, at, everybody and party_ids.
    """
    statement: LiteralString = load_queries(PACKAGE).consenting_parties.sql  # type: ignore[attr-defined]
    return statement.rstrip().removesuffix(";")


_NOT_LIVE_ITSELF = (LiveState.NOT_YET, LiveState.OVER)


def _state(recorded: RecordedConsent, at: datetime) -> LiveState:
    record = recorded.record
    if not isinstance(record, ConsentGiven):
        return LiveState.WITHDRAWN
    if at < record.valid_from:
        return LiveState.NOT_YET
    if record.valid_until is not None and at >= record.valid_until:
        return LiveState.OVER
    return LiveState.LIVE
