"""How fresh each source is about each party on a day, read through the door.

1. who must consent and does not: the source is not read about them
2. known: the newest known_at of any of the source's tables
3. asked: the newest source check, and the newest that was answered
4. what of it was emptied under retention: null, and not missing
5. the age counts from the newer of known and answered: what was asked today and is not there is known today
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

import polars as pl

from creditloop.data.access import needs_consent, read_table
from creditloop.data.access_log import RecordDenial
from creditloop.data.consents import consenting_parties
from creditloop.data.contracts import PARTY_ID, Contract, Table, WhenStale
from creditloop.data.moments import known_day, last_instant
from creditloop.data.retention import emptied_columns
from creditloop.data.source_tables import source_table_name, source_tables
from creditloop.kernel.storage import Connection

CHECKS_TABLE = "check"
"""The table of the contract of source checks: columns source, checked_on, answer."""
ANSWERED = ("found", "none")
"""Answers after which the source is known to say what it says."""


class FreshState(StrEnum):
    """How it stands with a source about a party.

    UNAVAILABLE: the source was asked last and did not answer, and what is known otherwise is stale or
    nothing. NO_CONSENT: the party does not consent, so nothing of it is read.
    """

    FRESH = "fresh"
    STALE = "stale"
    NEVER_ASKED = "never_asked"
    UNAVAILABLE = "unavailable"
    NO_CONSENT = "no_consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFreshness:
    """How fresh a source is about a party on a day.

    Attributes:
        contract: name of the source's contract.
        known_on: the day on which the newest of it became known; None if nothing is.
        asked_on, answer: the newest source check on record; None if there is none.
        age_days: since it was known or last answered, whichever is newer; None if neither.
        limit_days, then: what the contract says; None if it sets no limit.
        emptied: columns of which values of the party were deleted under retention (保存期限): they are null,
            and were not missing.
    """

    party_id: str
    contract: str
    state: FreshState
    known_on: date | None
    asked_on: date | None
    answer: str | None
    age_days: int | None
    limit_days: int | None
    then: WhenStale | None
    emptied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Who reads, for which day."""

    as_of: date
    party_ids: tuple[str, ...]
    purpose: str
    reader: str
    reason: str
    now: datetime
    record_denial: RecordDenial


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """The newest source check about a party, and the day of the newest that was answered."""

    asked_on: date
    answer: str
    answered_on: date | None


def freshness(
    connection: Connection,
    *,
    contracts: Sequence[Contract],
    party_ids: Collection[str],
    as_of: date,
    purpose: str,
    reader: str,
    reason: str,
    now: datetime,
    record_denial: RecordDenial,
    checks: Contract | None = None,
) -> tuple[SourceFreshness, ...]:
    """Say how fresh sources are about parties on a day (来源时效).

    Args:
        contracts: of the sources; one that was never imported knows nothing of anybody.
        as_of: a day of each contract's clock.
        purpose, reader, reason, now, record_denial: as for `read_table`, which logs one read a table.
        checks: the contract of source checks, if the bank keeps them.
    Returns: by contract in the order given, then by party.
    Raises: InputError if the purpose may not read a source.
    """
    reading = _Reading(
        as_of=as_of,
        party_ids=tuple(sorted(set(party_ids))),
        purpose=purpose,
        reader=reader,
        reason=reason,
        now=now,
        record_denial=record_denial,
    )
    asked = {} if checks is None else _checks(connection, checks, reading)
    found: list[SourceFreshness] = []
    for contract in contracts:
        readable = _readable(connection, contract, reading)
        known = _known(connection, contract, reading, readable)
        emptied = emptied_columns(connection, contract=contract, party_ids=readable)
        states = (
            _state(
                contract, party, party in readable, known.get(party), asked.get((party, contract.name)), as_of
            )
            for party in reading.party_ids
        )
        found += [replace(state, emptied=emptied.get(state.party_id, ())) for state in states]
    return tuple(found)


def _readable(connection: Connection, contract: Contract, reading: _Reading) -> frozenset[str]:
    """Return whom the source may be read about."""
    if not needs_consent(contract, purpose=reading.purpose):
        return frozenset(reading.party_ids)
    return frozenset(
        consenting_parties(
            connection,
            contract=contract.name,
            purpose=reading.purpose,
            at=reading.now,
            party_ids=reading.party_ids,
        )
    )


def _known(
    connection: Connection, contract: Contract, reading: _Reading, readable: Collection[str]
) -> dict[str, date]:
    """Return the day on which the newest of a source became known, of each party it knows."""
    there = {table.name for table in source_tables(connection)}
    newest: dict[str, date] = {}
    for table in contract.tables:
        if not readable or source_table_name(contract, table) not in there:
            continue
        frame = _read(connection, contract, table, ["known_at"], reading, readable)
        days = known_day(table, utc_offset_hours=contract.utc_offset_hours)
        for party, day in frame.group_by(PARTY_ID).agg(days.max()).iter_rows():
            newest[party] = max(day, newest.get(party, day))
    return newest


def _checks(connection: Connection, checks: Contract, reading: _Reading) -> dict[tuple[str, str], _Check]:
    """Return, by party and source, the newest check on record."""
    table = checks.table(CHECKS_TABLE)
    there = {one.name for one in source_tables(connection)}
    if table is None or source_table_name(checks, table) not in there:
        return {}
    columns = ["source", "checked_on", "answer"]
    frame = _read(connection, checks, table, columns, reading, reading.party_ids)
    found: dict[tuple[str, str], _Check] = {}
    for party, source, day, answer in frame.sort("checked_on").select(PARTY_ID, *columns).iter_rows():
        before = found.get((party, source))
        answered = day if answer in ANSWERED else before.answered_on if before else None
        found[party, source] = _Check(asked_on=day, answer=answer, answered_on=answered)
    return found


def _read(
    connection: Connection,
    contract: Contract,
    table: Table,
    columns: Sequence[str],
    reading: _Reading,
    party_ids: Collection[str],
) -> pl.DataFrame:
    return read_table(
        connection,
        contract=contract,
        table=table.name,
        columns=[PARTY_ID, *columns],
        purpose=reading.purpose,
        reader=reading.reader,
        reason=reading.reason,
        known_by=last_instant(table, as_of=reading.as_of, utc_offset_hours=contract.utc_offset_hours),
        now=reading.now,
        record_denial=reading.record_denial,
        party_ids=party_ids,
    )


def _state(
    contract: Contract,
    party_id: str,
    readable: bool,
    known_on: date | None,
    check: _Check | None,
    as_of: date,
) -> SourceFreshness:
    days = [day for day in (known_on, check.answered_on if check else None) if day is not None]
    age = (as_of - max(days)).days if days else None
    limit = contract.staleness
    if not readable:
        state = FreshState.NO_CONSENT
    elif age is not None and (limit is None or age <= limit.days):
        state = FreshState.FRESH
    elif check is not None and check.answer not in ANSWERED:
        state = FreshState.UNAVAILABLE
    else:
        state = FreshState.NEVER_ASKED if age is None else FreshState.STALE
    return SourceFreshness(
        party_id=party_id,
        contract=contract.name,
        state=state,
        known_on=known_on,
        asked_on=check.asked_on if check else None,
        answer=check.answer if check else None,
        age_days=age if readable else None,
        limit_days=limit.days if limit else None,
        then=limit.then if limit else None,
    )
