"""Verdicts are read as they were made: chosen, counted, page by page, and all there were on a customer."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from tests.monitor.verdict_rows import DATES, policies, rows

from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection
from creditloop.monitor import (
    VERDICT_KINDS,
    ClassificationRun,
    VerdictChoice,
    VerdictSums,
    classify,
    count_verdicts,
    list_verdicts,
    record_classification,
    verdicts_of,
)

POLICIES = policies()
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
VERDICTS = classify(
    rows=rows((100_00, 0), (200_00, 2), (0, None), (-5_00, 0), (50_00, None), (3_000_00, 1)),
    policies=POLICIES,
)
EVERY_CHOICE = (
    VerdictChoice(),
    VerdictChoice(bucket="M0"),
    VerdictChoice(bank_class="normal"),
    VerdictChoice(regulatory_class="normal", kind="owing"),
    VerdictChoice(party="0"),
    VerdictChoice(party="p02"),
    VerdictChoice(party="%"),
    *(VerdictChoice(kind=kind) for kind in VERDICT_KINDS),
)


@pytest.fixture
def run(database: Connection) -> ClassificationRun:
    return record(database, DATES)


def record(connection: Connection, dates: Dates) -> ClassificationRun:
    return record_classification(
        connection, verdicts=VERDICTS, policies=POLICIES, product="card", dates=dates, currency="TWD", now=NOW
    )


def chosen(choice: VerdictChoice) -> pl.DataFrame:
    """What the choice means, said over the verdicts themselves."""
    kinds = {
        "owing": pl.col("owed_fen") > 0,
        "late": pl.col("months_late") >= 1,
        "above_limit": pl.col("owed_fen") > pl.col("limit_fen"),
        "in_credit": pl.col("credit_fen") > 0,
    }
    wanted = [
        pl.col(name) == getattr(choice, name)
        for name in ("bucket", "regulatory_class", "bank_class")
        if getattr(choice, name) is not None
    ]
    wanted += [] if choice.party is None else [pl.col("party_id").str.contains(choice.party, literal=True)]
    wanted += [] if choice.kind is None else [kinds[choice.kind]]
    found = VERDICTS.filter(*wanted) if wanted else VERDICTS
    return found.sort("owed_fen", "party_id", descending=[True, False])


@pytest.mark.parametrize("choice", EVERY_CHOICE, ids=str)
def test_what_is_chosen_is_listed_and_counted(
    database: Connection, run: ClassificationRun, choice: VerdictChoice
) -> None:
    expected = chosen(choice)
    listed = list_verdicts(database, batch_id=run.batch_id, choice=choice)
    assert [row.party_id for row in listed] == expected["party_id"].to_list()
    told = pl.DataFrame([asdict(row) for row in listed], schema_overrides=VERDICTS.schema)
    if listed:
        assert told.select(VERDICTS.columns).equals(expected)
    assert count_verdicts(database, batch_id=run.batch_id, choice=choice) == VerdictSums(
        customers=expected.height,
        owed_fen=expected["owed_fen"].sum(),
        limit_fen=expected["limit_fen"].sum(),
    )


def test_every_choice_of_the_table_chooses_somebody_or_is_meant_not_to() -> None:
    assert [str(one) for one in EVERY_CHOICE if chosen(one).is_empty()] == [str(VerdictChoice(party="%"))]


def test_pages_make_up_the_whole(database: Connection, run: ClassificationRun) -> None:
    whole = list_verdicts(database, batch_id=run.batch_id)
    pages = [list_verdicts(database, batch_id=run.batch_id, most=4, skip=skip) for skip in (0, 4, 8)]
    assert [len(page) for page in pages] == [4, 2, 0]
    assert sum(pages, ()) == whole


def test_a_row_leads_to_its_place_in_the_batch(database: Connection, run: ClassificationRun) -> None:
    for row in list_verdicts(database, batch_id=run.batch_id):
        assert (row.batch_id, VERDICTS["party_id"][row.row_no]) == (run.batch_id, row.party_id)


def test_every_verdict_on_a_customer_comes_with_its_run(database: Connection, run: ClassificationRun) -> None:
    before = record(database, replace(DATES, business_date=date(2005, 8, 31)))
    found = verdicts_of(database, party_id="p01")
    assert [one for one, _ in found] == [before, run]
    assert [(row.batch_id, row.party_id, row.months_late) for _, row in found] == [
        (before.batch_id, "p01", 2),
        (run.batch_id, "p01", 2),
    ]
    assert verdicts_of(database, party_id="p99") == ()


def test_what_cannot_be_asked_for_is_refused(database: Connection, run: ClassificationRun) -> None:
    with pytest.raises(InputError, match="no such kind") as caught:
        VerdictChoice(kind="rich")
    assert caught.value.expected == VERDICT_KINDS
    for most, skip in ((-1, 0), (None, -1)):
        with pytest.raises(InputError, match="not below 0"):
            list_verdicts(database, batch_id=run.batch_id, most=most, skip=skip)
