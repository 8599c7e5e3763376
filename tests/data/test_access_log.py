"""The log of reads: each row under the id that names it, by the same rule as every id of the house."""

from datetime import UTC, datetime, timedelta, timezone

from creditloop.data import Access, accesses, record_access
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
READS = [
    ("li.ming", NOW, 0),
    ("李明", NOW + timedelta(microseconds=1), 3),
    ('a "quoted", \\ back\nslashed, 1', NOW.astimezone(timezone(timedelta(hours=8))), 0),
]


def access(reader: str, at: datetime, withheld: int) -> Access:
    return Access(
        reader=reader,
        purpose="rule",
        reason="deciding",
        contract="loans",
        contract_hash="0" * 64,
        table="source.loans_account",
        columns=("party_id", "late"),
        masked_columns=("late",),
        parties_count=1,
        party_token=None,
        known_by=NOW,
        refusal=None,
        at=at,
        parties_withheld=withheld,
    )


def test_the_database_makes_the_id_that_content_makes(database: Connection) -> None:
    for read in READS:
        record_access(database, access=access(*read))
    kept = database.execute("SELECT batch_id, access_no, reader, at FROM data.access_log ORDER BY access_no")
    rows = kept.fetchall()
    assert [row[0] for row in rows] == [content_id("access", *row[1:]) for row in rows]
    assert [row[2] for row in rows] == [reader for reader, _, _ in READS]
    assert accesses(database) == tuple(access(*read) for read in READS)
