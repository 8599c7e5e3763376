"""Records of consent: what one says, and taking it once."""

import re
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from creditloop.data.purposes import PURPOSES
from creditloop.kernel.canonical import content_hash
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import InputError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, first_recorded, load_queries

PACKAGE = "creditloop.data.consents"
_HASH = re.compile(r"[0-9a-f]{64}")
GIVEN, WITHDRAWN = "given", "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """A party allows sources to be read for purposes (授权).

    Attributes:
        consent_id: the caller's own id: the same record again finds the first.
        contracts: names of the contracts of the sources.
        valid_from, valid_until: from that instant to before that one; None: until it is withdrawn.
        wording_version, wording_hash: which text the party agreed to, and its SHA-256.
        channel: where it was given, e.g. "branch" or "mobile".
        evidence: where the proof of it is, e.g. the number of the signed form.
    """

    consent_id: str
    party_id: str
    contracts: frozenset[str]
    purposes: frozenset[str]
    valid_from: datetime
    valid_until: datetime | None
    wording_version: str
    wording_hash: str
    channel: str
    evidence: str

    def __post_init__(self) -> None:
        _check(self)
        _check_said(self, "wording_version")
        if not _HASH.fullmatch(self.wording_hash):
            raise InputError(
                "the wording is named by its SHA-256",
                got=self.wording_hash,
                expected="64 digits of 0 to 9 and a to f",
                where={"field": "wording_hash"},
            )
        check_aware(self.valid_from, name="valid_from")
        if self.valid_until is not None:
            check_aware(self.valid_until, name="valid_until")
            if self.valid_until <= self.valid_from:
                raise InputError(
                    "consent ends before it begins",
                    got=self.valid_until.isoformat(),
                    expected=f"after {self.valid_from.isoformat()}",
                    where={"field": "valid_until"},
                )

    @property
    def content_hash(self) -> str:
        """SHA-256 of all that the record says."""
        return content_hash(_said(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn:
    """A party takes consent back (撤回授权): what it gave for these sources and purposes ends at once.

    Attributes: as of `ConsentGiven`, and
        effective_from: from when the party took it back, as it says itself: not later than it is recorded. It
            tells which reads were made after that; reads stop when it is recorded. None: from then on.
    """

    consent_id: str
    party_id: str
    contracts: frozenset[str]
    purposes: frozenset[str]
    channel: str
    evidence: str
    effective_from: datetime | None = None

    def __post_init__(self) -> None:
        _check(self)
        if self.effective_from is not None:
            check_aware(self.effective_from, name="effective_from")

    @property
    def content_hash(self) -> str:
        """SHA-256 of all that the record says."""
        return content_hash(_said(self))


ConsentRecord = ConsentGiven | ConsentWithdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedConsent:
    """A record as it stands.

    Attributes:
        number: its place among all records, by which a withdrawal is before or after what was given.
        batch_id: its batch, to be sealed: of its own, or of all that were taken at once.
        repeated: whether it was there before.
    """

    record: ConsentRecord
    number: int
    recorded_at: datetime
    batch_id: UUID
    repeated: bool


def record_consent(connection: Connection, *, record: ConsentRecord, now: datetime) -> RecordedConsent:
    """Take a record of consent, in the caller's transaction.

    Returns: the record; if it was taken before under this id, the first.
    Raises: ConflictingRepeat if another record was taken under this id; InputError if a withdrawal is to hold
        only from later than now.
    """
    check_aware(now, name="now")
    queries = load_queries(PACKAGE)
    # by the id first, so that two requests with one id do not meet at the table; then by the party
    queries.lock_out_bulk(connection)
    queries.lock_party(connection, party_id=f"id/{record.consent_id}")
    queries.lock_party(connection, party_id=record.party_id)
    if (row := queries.find_record(connection, consent_id=record.consent_id)) is not None:
        first = recorded(row, repeated=True)
        check_same(first, record)
        return first
    starts, ends = validity(record, now=now)
    given = record if isinstance(record, ConsentGiven) else None
    queries.insert_record(
        connection,
        batch_id=content_id("consent", record.consent_id),
        consent_id=record.consent_id,
        kind=GIVEN if given else WITHDRAWN,
        party_id=record.party_id,
        contracts=sorted(record.contracts),
        purposes=sorted(record.purposes),
        valid_from=starts,
        valid_until=ends,
        wording_version=given.wording_version if given else None,
        wording_hash=given.wording_hash if given else None,
        channel=record.channel,
        evidence=record.evidence,
        recorded_at=now,
    )
    return recorded(queries.find_record(connection, consent_id=record.consent_id), repeated=False)


def consent_records(connection: Connection, *, party_id: str) -> tuple[RecordedConsent, ...]:
    """Return a party's records in the order in which they were taken."""
    rows = load_queries(PACKAGE).records_of(connection, party_id=party_id)
    return tuple(recorded(row, repeated=True) for row in rows)


def validity(record: ConsentRecord, *, now: datetime) -> tuple[datetime, datetime | None]:
    """Return from when until when a record that is taken now holds, as it is kept.

    Raises: InputError if a withdrawal is to hold only from later than now.
    """
    if isinstance(record, ConsentGiven):
        return record.valid_from, record.valid_until
    if record.effective_from is None:
        return now, None
    if record.effective_from > now:
        raise InputError(
            "consent is taken back at once, or was before: not from a later day",
            got=record.effective_from.isoformat(),
            expected=f"not after {now.isoformat()}",
            where={"field": "effective_from", "consent": record.consent_id},
            hint="record the withdrawal on that day",
        )
    return record.effective_from, None


def check_same(first: RecordedConsent, again: ConsentRecord) -> None:
    """Check that what is said again under an id is what was said first.

    Raises: ConflictingRepeat naming the id if it is not.
    """
    check_equal(first.record, _as_read(again, recorded_at=first.recorded_at))


def check_equal(first: ConsentRecord, again: ConsentRecord) -> None:
    """Check that two records under one id say the same.

    Raises: ConflictingRepeat naming the id if they do not.
    """
    first_recorded(
        first,
        again,
        message="another consent was recorded under this id",
        where={"consent": again.consent_id},
    )


def _as_read(record: ConsentRecord, *, recorded_at: datetime) -> ConsentRecord:
    """Return a record as it reads once it is kept: from when it was recorded needs not be said."""
    if isinstance(record, ConsentWithdrawn) and record.effective_from == recorded_at:
        return replace(record, effective_from=None)
    return record


def recorded(row: tuple[Any, ...], *, repeated: bool) -> RecordedConsent:
    """Return a record from a row of the queries."""
    kind, *said, number, recorded_at, batch_id = row
    made = ConsentGiven if kind == GIVEN else ConsentWithdrawn
    values = dict(zip(_COLUMNS, said, strict=True))
    values |= {name: frozenset(values[name]) for name in ("contracts", "purposes")}
    values["effective_from"] = values["valid_from"]
    record: ConsentRecord = made(**{each.name: values[each.name] for each in fields(made)})
    return RecordedConsent(
        record=_as_read(record, recorded_at=recorded_at),
        number=number,
        recorded_at=recorded_at,
        batch_id=batch_id,
        repeated=repeated,
    )


_COLUMNS = (
    *("consent_id", "party_id", "contracts", "purposes", "channel", "evidence"),
    *("valid_from", "valid_until", "wording_version", "wording_hash"),
)
"""What a row says, in the order of the queries; a withdrawal's `valid_from` is from when it is effective."""


def _said(record: ConsentRecord) -> dict[str, object]:
    said = {each.name: getattr(record, each.name) for each in fields(record)}
    plain = {
        name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
        for name, value in said.items()
    }
    lists = {name: sorted(said[name]) for name in ("contracts", "purposes")}
    return {**plain, **lists, "kind": type(record).__name__}


def _check(record: ConsentRecord) -> None:
    for name in ("consent_id", "party_id", "channel", "evidence"):
        _check_said(record, name)
    _check_named(record.contracts, "contracts")
    _check_named(record.purposes, "purposes")
    if unknown := sorted(record.purposes - set(PURPOSES)):
        raise InputError(
            "no such purpose", got=", ".join(unknown), expected=list(PURPOSES), where={"field": "purposes"}
        )


def _check_said(record: ConsentRecord, name: str) -> None:
    text = getattr(record, name)
    if not text.strip() or "\0" in text:
        raise InputError("a consent must say this", got=repr(text), where={"field": name})


def _check_named(names: Collection[str], field: str) -> None:
    if not names or not all(name.strip() for name in names):
        raise InputError("a consent names what it covers", got=sorted(names), where={"field": field})
