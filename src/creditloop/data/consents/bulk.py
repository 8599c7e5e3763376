"""Many records of consent at once (授权批量导入): all of them, or none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from creditloop.data.consents.records import (
    GIVEN,
    PACKAGE,
    WITHDRAWN,
    ConsentGiven,
    ConsentRecord,
    RecordedConsent,
    check_equal,
    check_same,
    recorded,
    validity,
)
from creditloop.kernel.canonical import content_hash
from creditloop.kernel.dates import check_aware
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, copy_rows, load_queries

_COLUMNS = (
    *("batch_id", "row_no", "consent_no", "consent_id", "kind", "party_id", "contracts", "purposes"),
    *("valid_from", "valid_until", "wording_version", "wording_hash", "channel", "evidence", "recorded_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRecorded:
    """What became of many records.

    Attributes:
        batch_id: of those that are new, to be sealed; None if none is.
        given, withdrawn: how many of the new ones are of each kind.
        repeated: how many were there before, or stood twice.
    """

    batch_id: UUID | None
    given: int
    withdrawn: int
    repeated: int


def record_consents(
    connection: Connection, *, records: Sequence[ConsentRecord], now: datetime
) -> BulkRecorded:
    """Take many records of consent in order, in the caller's transaction; nobody else takes any meanwhile.

    Each is taken as `record_consent` takes one: what was taken before under its id stands, if it is the same.

    Raises: ConflictingRepeat naming the id if another record was taken under it, or stands before it among
        the records; InputError if a withdrawal is to hold only from later than now. Then none is taken.
    """
    check_aware(now, name="now")
    queries = load_queries(PACKAGE)
    queries.lock_out_all(connection)
    rows = queries.find_records(connection, consent_ids=[record.consent_id for record in records])
    standing = {one.record.consent_id: one for one in (recorded(row, repeated=True) for row in rows)}
    fresh = _fresh(records, standing)
    if not fresh:
        return BulkRecorded(batch_id=None, given=0, withdrawn=0, repeated=len(records))
    # an id is taken once and for all, so no other bulk can have these
    batch_id = content_id("consents", content_hash(sorted(record.consent_id for record in fresh)))
    numbers = [number for (number,) in queries.next_numbers(connection, count=len(fresh))]
    copied = _rows(fresh, numbers=numbers, batch_id=batch_id, now=now)
    copy_rows(connection, table="data.consent", columns=_COLUMNS, rows=copied)
    given = sum(isinstance(record, ConsentGiven) for record in fresh)
    return BulkRecorded(
        batch_id=batch_id,
        given=given,
        withdrawn=len(fresh) - given,
        repeated=len(records) - len(fresh),
    )


def _fresh(records: Sequence[ConsentRecord], standing: Mapping[str, RecordedConsent]) -> list[ConsentRecord]:
    """Return the records whose ids are new; those that are not must be the same as what stands."""
    fresh: dict[str, ConsentRecord] = {}
    for record in records:
        if (first := standing.get(record.consent_id)) is not None:
            check_same(first, record)
        elif (earlier := fresh.setdefault(record.consent_id, record)) is not record:
            check_equal(earlier, record)
    return list(fresh.values())


def _rows(
    records: Sequence[ConsentRecord], *, numbers: Sequence[int], batch_id: UUID, now: datetime
) -> Iterator[tuple[object, ...]]:
    for row_no, (number, record) in enumerate(zip(numbers, records, strict=True)):
        given = record if isinstance(record, ConsentGiven) else None
        starts, ends = validity(record, now=now)
        yield (
            batch_id,
            row_no,
            number,
            record.consent_id,
            GIVEN if given else WITHDRAWN,
            record.party_id,
            sorted(record.contracts),
            sorted(record.purposes),
            starts,
            ends,
            given.wording_version if given else None,
            given.wording_hash if given else None,
            record.channel,
            record.evidence,
            now,
        )
