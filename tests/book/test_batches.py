import multiprocessing
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from card_rows import (
    APRIL,
    BOOKED,
    MAY,
    NOW,
    OPENED,
    RULES_AS_OF,
    counts,
    open_book,
    opening_rows,
    post_month,
    request,
    statement_rows,
)
from posting_process import post_may

from creditloop.book import BatchKind, EventKind, find_batch, is_posted
from creditloop.book.batches import BatchRequest, batch_id_from_key, write_batch
from creditloop.book.opening import opening_entries
from creditloop.book.rows import OPENING_COLUMNS, checked_rows, rows_hash
from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import BookError, ConflictingRepeat, UnknownId
from creditloop.kernel.storage import Connection, connect

MONTH = {"c/1": (700, 100), "c/2": (-90, 0), "c/3": (0, 0)}


def test_the_result_says_what_was_posted(database: Connection) -> None:
    open_book(database, OPENED)
    batch = post_month(database, MONTH)
    assert batch.batch_id == batch_id_from_key("month/2005-05-31")
    assert batch.kind is BatchKind.STATEMENT_MONTH
    assert batch.dates == Dates(business_date=MAY, rules_as_of=RULES_AS_OF)
    assert (batch.booking_date, batch.posted_at, batch.currency) == (BOOKED, NOW, "TWD")
    assert (batch.row_count, batch.event_count, batch.posting_count) == (3, 3, 6)
    assert (batch.event_amount_abs_fen, batch.posting_amount_abs_fen) == (410, 820)
    assert batch.event_counts == {
        EventKind.PAYMENT: 1,
        EventKind.NET_CHARGES: 1,
        EventKind.REFUND_OR_ADJUSTMENT: 1,
    }
    assert batch.change_fen == {
        EventKind.PAYMENT: -100,
        EventKind.NET_CHARGES: 300,
        EventKind.REFUND_OR_ADJUSTMENT: -10,
    }
    assert not batch.repeated
    assert find_batch(database, batch_key="month/2005-05-31") == batch
    assert is_posted(database, batch_key="month/2005-05-31")


def test_a_month_without_any_change_is_a_batch_too(database: Connection) -> None:
    open_book(database, {"c/1": 0})
    batch = post_month(database, {"c/1": (0, 0)})
    assert (batch.event_count, batch.event_counts) == (0, {})
    assert post_month(database, {"c/1": (0, 0)}, date(2005, 6, 30)).event_count == 0


def test_an_unknown_batch(database: Connection) -> None:
    with pytest.raises(UnknownId, match="no batch was posted under this key"):
        find_batch(database, batch_key="month/2005-05-31")
    assert not is_posted(database, batch_key="month/2005-05-31")


def test_a_repeat_returns_the_first_result_and_writes_nothing(database: Connection) -> None:
    opened = open_book(database, OPENED)
    first = post_month(database, MONTH)
    before = counts(database)
    backwards = statement_rows(MONTH).reverse()
    again = post_month(
        database, MONTH, rows=backwards, now=NOW + timedelta(days=3), booking_date=BOOKED + timedelta(days=3)
    )
    assert again.repeated
    assert (again.posted_at, again.booking_date) == (NOW, BOOKED)
    assert {**_fields(again), "repeated": False} == _fields(first)
    assert {**_fields(open_book(database, OPENED)), "repeated": False} == _fields(opened)
    assert counts(database) == before


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"rows": statement_rows({**MONTH, "c/1": (700, 101)})}, "rows hash"),
        ({"rows": statement_rows({"c/1": (700, 100), "c/2": (-90, 0)})}, "row count"),
        ({"dates": Dates(business_date=MAY, rules_as_of=date(2024, 7, 1))}, "dates"),
        ({"dates": Dates(business_date=date(2005, 6, 30), rules_as_of=RULES_AS_OF)}, "dates"),
        ({"currency": "CNY"}, "currency"),
        ({"batch_key": "opening"}, "kind"),
    ],
)
def test_a_repeat_with_other_content_is_refused(
    database: Connection, changed: dict[str, object], what: str
) -> None:
    open_book(database, OPENED)
    post_month(database, MONTH)
    before = counts(database)
    with pytest.raises(ConflictingRepeat, match=f"posted before with another {what}"):
        post_month(database, MONTH, **changed)
    assert counts(database) == before


@pytest.mark.parametrize(
    ("frame", "change", "message"),
    [
        ("postings", {"amount_fen": pl.col("amount_fen") + 1}, "do not add up to zero: party c/1, event 1"),
        ("events", {"source_ref": pl.lit("x")}, "the hash is not that of the content: party c/1, event 1"),
    ],
)
def test_what_the_database_refuses_is_an_error_of_the_book(
    database: Connection, frame: str, change: dict[str, pl.Expr], message: str
) -> None:
    rows = checked_rows(opening_rows(OPENED), columns=OPENING_COLUMNS)
    good = opening_entries(rows, business_date=APRIL, booking_date=BOOKED, currency="TWD")
    bad = replace(good, **{frame: getattr(good, frame).with_columns(**change)})
    asked = BatchRequest(
        **request("by hand", APRIL), kind=BatchKind.OPENING, rows_hash=rows_hash(rows), row_count=3
    )
    with pytest.raises(BookError, match="the database refuses the batch: nothing is posted") as caught:
        write_batch(database, asked, bad)
    assert message in str(caught.value.got)
    database.rollback()
    assert counts(database) == (0, 0, 0)


def test_two_processes_at_once_post_one_month(database: Connection, database_url: str) -> None:
    open_book(database, {f"c/{i}": i + 10 for i in range(2_000)})
    database.commit()
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(2), context.SimpleQueue()
    workers = [context.Process(target=post_may, args=(database_url, gate, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
    assert [worker.exitcode for worker in workers] == [0, 0]
    (repeated_1, hash_1), (repeated_2, hash_2) = results.get(), results.get()
    assert {repeated_1, repeated_2} == {False, True}
    assert hash_1 == hash_2
    with connect(database_url) as reader:
        assert counts(reader) == (2, 6_000, 12_000)


def test_a_writer_that_gives_up_leaves_the_month_to_the_next(database: Connection, database_url: str) -> None:
    open_book(database, OPENED)
    database.commit()
    post_month(database, MONTH)
    database.rollback()
    with connect(database_url) as other:
        assert not post_month(other, MONTH).repeated
        other.commit()
    assert post_month(database, MONTH).repeated
    assert find_batch(database, batch_key="opening").dates.business_date == APRIL


def _fields(batch: object) -> dict[str, object]:
    return {name: getattr(batch, name) for name in batch.__dataclass_fields__}  # type: ignore[attr-defined]
