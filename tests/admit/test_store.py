"""Decisions are recorded once, found again with all they were made from, and never changed."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import psycopg
import pytest
from tests.admit.review_cases import RULES, customers, mandates, rules

from creditloop.admit import (
    BOOK,
    DECISION,
    REQUEST,
    TABLES,
    DecisionBatch,
    ReviewCase,
    batch_id_of,
    decision_counts,
    decision_frame,
    decision_id_of,
    decisions_hash,
    find_batch,
    find_batches,
    find_decision,
    find_decisions,
    find_outcomes,
    latest_batch,
    latest_batches,
    record_decisions,
    review,
)
from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import ConflictingRepeat, InputError, UnknownId
from creditloop.kernel.storage import Connection

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
DATES = Dates(business_date=date(2005, 6, 30), rules_as_of=RULES)
MADE = rules()
DECISIONS = review(frame=customers(60, seed=3, holes=True), rules=MADE)


def batch(
    decisions: pl.DataFrame = DECISIONS, *, dates: Dates = DATES, request: str | None = None
) -> DecisionBatch:
    mode = BOOK if request is None else REQUEST
    return DecisionBatch(
        batch_id=batch_id_of(mode=mode, product="credit_card", versions=[dates.business_date, request]),
        product="credit_card",
        plan="plan",
        mode=mode,
        request_id=request,
        dates=dates,
        contract="cards",
        currency="TWD",
        contract_hash="c",
        plan_hash="p",
        features_hash="f",
        policy_hash=MADE.policy.hash,
        card_hash=MADE.card.hash,
        mandates_hash=mandates().policy.hash,
        customers=decisions.height + 40,
        fitted_on=40,
        decided=decisions.height,
        content_hash=decisions_hash(decisions),
    )


def cases(of: DecisionBatch, decisions: pl.DataFrame = DECISIONS) -> list[ReviewCase]:
    return [
        ReviewCase(
            case_id=uuid.uuid5(of.batch_id, said["party_id"]),
            decision_id=decision_id_of(batch_id=of.batch_id, party_id=said["party_id"]),
            party_id=said["party_id"],
            product="credit_card",
            opened_on=of.dates.business_date,
            due_on=of.dates.business_date + timedelta(days=3 + number),
            amount_fen=said["limit_fen"],
            mandate="one_approver",
            mandates_hash=mandates().policy.hash,
            outcome_proposed=said["outcome_proposed"],
            limit_fen=said["limit_fen"],
            limit_proposed_fen=said["limit_proposed_fen"],
            reasons=("LR_O2",),
        )
        for number, said in enumerate(decisions.filter(pl.col("outcome") == "refer").iter_rows(named=True))
    ]


def record(
    connection: Connection, of: DecisionBatch | None = None, decisions: pl.DataFrame = DECISIONS
) -> DecisionBatch:
    made = batch(decisions) if of is None else of
    return record_decisions(
        connection, batch=made, decisions=decisions, cases=cases(made, decisions), now=NOW
    )


def counts(connection: Connection) -> list[int]:
    return [
        connection.execute(f"SELECT count(*) FROM {table.name}".encode()).fetchone()[0] for table in TABLES
    ]  # type: ignore[index]


def test_a_run_is_found_with_its_dates_and_versions(database: Connection) -> None:
    made = batch()
    assert find_batch(database, batch_id=made.batch_id) is None
    assert record(database) == made
    assert find_batch(database, batch_id=made.batch_id) == made
    assert find_batches(database) == find_batches(database, product="credit_card") == [made]
    assert find_batches(database, product="loan") == []
    referred = (DECISIONS["outcome"] == "refer").sum()
    assert counts(database) == [1, 60, referred, 0]
    assert made.as_record()["business_date"] == "2005-06-30"


def test_every_decision_is_found_as_it_was_made(database: Connection) -> None:
    made = record(database)
    kept = decision_frame(database, batch_id=made.batch_id)
    assert kept.drop("decision_id").equals(DECISIONS)
    assert dict(kept.schema) == {"decision_id": pl.String(), **DECISION}
    for said in kept.iter_rows(named=True):
        found = find_decision(database, decision_id=uuid.UUID(said["decision_id"]))
        assert {"decision_id": str(found.decision_id), **found.said} == said
        assert (found.dates, found.batch_id, found.product) == (DATES, made.batch_id, "credit_card")
        assert (found.party_id, found.outcome) == (said["party_id"], said["outcome"])
        assert find_decisions(database, party_id=said["party_id"]) == [found]


def test_decisions_are_counted(database: Connection) -> None:
    told = decision_counts(database, batch_id=record(database).batch_id)
    assert sum(count.decisions for count in told) == 60
    assert sum(count.limit_fen for count in told) == DECISIONS["limit_fen"].sum()
    late = [count for count in told if count.scope == "late"]
    assert {count.outcome for count in late} <= {"collections", "refer"}


def test_a_repeat_returns_the_first_and_another_content_is_refused(database: Connection) -> None:
    first = record(database)
    assert record(database) == first
    other = DECISIONS.with_columns(grade=pl.lit("A"))
    with pytest.raises(ConflictingRepeat, match="recorded with other decisions") as caught:
        record(database, batch(other), other)
    assert caught.value.expected == first.content_hash
    assert counts(database)[:2] == [1, 60]


def test_decisions_that_are_not_the_batch_s_are_refused(database: Connection) -> None:
    with pytest.raises(InputError, match="not the decisions of the batch"):
        record_decisions(database, batch=batch(), decisions=DECISIONS[:5], cases=[], now=NOW)
    with pytest.raises(InputError, match="no time zone"):
        record_decisions(database, batch=batch(), decisions=DECISIONS, cases=[], now=NOW.replace(tzinfo=None))
    assert counts(database) == [0, 0, 0, 0]


def test_an_amount_below_0_is_refused(database: Connection) -> None:
    for name in ("limit_fen", "limit_proposed_fen", "rate_annual_nano"):
        wrong = DECISIONS.with_columns(pl.lit(-1, pl.Int64).alias(name))
        with pytest.raises(InputError, match="below 0") as caught:
            record(database, batch(wrong), wrong)
        assert caught.value.where["field"] == name
    assert counts(database) == [0, 0, 0, 0]


def test_the_latest_run_over_a_book_is_found_by_day(database: Connection) -> None:
    later = replace(DATES, business_date=date(2005, 7, 31))
    first, second = record(database), record(database, batch(dates=later))
    alone = DECISIONS[:1]
    requested = replace(batch(alone, dates=later, request="r"), fitted_on=0, customers=1)
    record(database, requested, alone)
    on = {
        day: latest_batch(database, product="credit_card", on=date(2005, *day))
        for day in ((6, 29), (7, 30), (12, 1))
    }
    assert on == {(6, 29): None, (7, 30): first, (12, 1): second}
    for day, last in on.items():
        runs = latest_batches(database, product="credit_card", on=date(2005, *day))
        assert runs == ([] if last is None else [last])
    party = alone["party_id"][0]
    found = find_decisions(database, party_id=party)
    outcomes = find_outcomes(database, decision_ids=[*(one.decision_id for one in found), uuid.UUID(int=0)])
    assert outcomes == {one.decision_id: one.outcome for one in found}
    assert (len(found), found[0].batch_id) == (3, first.batch_id)


def test_a_stranger_is_unknown(database: Connection) -> None:
    with pytest.raises(UnknownId, match="no such decision"):
        find_decision(database, decision_id=uuid.UUID(int=0))
    assert find_decisions(database, party_id="nobody") == []


@pytest.mark.parametrize("table", [table.name for table in TABLES])
@pytest.mark.parametrize("change", ["UPDATE {} SET row_no = row_no", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nothing_is_changed_or_removed(database: Connection, table: str, change: str) -> None:
    record(database)
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="is append-only"):
        database.execute(change.format(table).encode())


def test_every_column_of_the_tables_is_listed(database: Connection) -> None:
    for table in TABLES:
        schema, name = table.name.split(".")
        query = (
            "SELECT column_name FROM information_schema.columns WHERE (table_schema, table_name) = (%s, %s)"
        )
        columns = database.execute(query.encode(), [schema, name]).fetchall()
        assert {column for (column,) in columns} == {*table.columns, *table.unhashed}


@pytest.mark.parametrize(
    "change",
    [
        {"fitted_on": 41},
        {"mode": "request"},
        {"mode": "half"},
        {"request_id": "r"},
        {"decided": -1, "customers": 39},
    ],
)
def test_the_database_refuses_a_run_that_cannot_be(database: Connection, change: dict[str, object]) -> None:
    made = replace(batch(DECISIONS.clear()), customers=40)
    wrong = replace(made, **change)  # type: ignore[arg-type]
    with pytest.raises((psycopg.errors.CheckViolation, InputError)):
        record_decisions(database, batch=wrong, decisions=DECISIONS.clear(), cases=[], now=NOW)
