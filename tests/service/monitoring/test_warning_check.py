"""Warnings held against the outcome: only when it is known, on the halves, beside plain rules."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from tests.service.small_bank import CONTRACT, CUSTOMERS, LATE, MONTHS, statements
from tests.service.warning_documents import CHECK, write_check

from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder, PolicyError
from creditloop.kernel.storage import connect
from creditloop.monitor import find_warning_runs
from creditloop.service.bank import Bank
from creditloop.service.monitoring.warning_check import (
    proposed_weights,
    read_warning_check,
    read_warning_outcome,
    warning_curve,
)


@pytest.fixture
def bank(posted_bank: Bank) -> Bank:
    """A bank of twenty customers of whom those with an odd number below 12, and the late one, went bad."""
    bad = [f"{CONTRACT}/{number}" for number in (*range(1, 12, 2), 4)]
    with connect(posted_bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE source.small_cards_outcome SET defaulted = party_id = ANY(%s)", [bad])
    write_check(posted_bank)
    return posted_bank


def curve(bank: Bank) -> dict[str, Any]:
    with bank.work() as work:
        return warning_curve(work, check=read_warning_check(bank.places.document(CHECK), work=work))


def test_the_curve_counts_everybody_once_and_says_what_it_is(bank: Bank) -> None:
    record = curve(bank)
    assert canonical_bytes(record)
    assert record["outcome"]["en"] == "October's label (as published)"
    assert "in-time holdout of accepted customers only" in record["note"]["en"]
    samples: Mapping[str, Any] = record["samples"]
    everybody = samples["everybody"]["all"]
    assert (everybody["customers"], everybody["bad"]) == (CUSTOMERS, 7)
    for part in ("customers", "bad"):
        halves = samples["fit_half"]["all"][part] + samples["held_out"]["all"][part]
        assert halves == everybody[part]
    assert everybody["steps"][-1][1:] == [CUSTOMERS, 7]
    assert [point["share_nano"] for point in everybody["points"]] == [100_000_000, 500_000_000]
    late = statements().filter(pl.col("PAY_0") >= 1).height
    assert samples["everybody"]["not_late"]["customers"] == CUSTOMERS - late
    assert [month["as_of"] for month in record["by_month"]] == [str(month) for month in MONTHS]


def test_plain_rules_stand_at_their_own_rate_beside_the_curve(bank: Bank) -> None:
    rows = statements().with_columns(
        bad=(pl.col("ID") == 4) | ((pl.col("ID") < 12) & (pl.col("ID") % 2 == 1))
    )
    for rule in curve(bank)["samples"]["everybody"]["all"]["rules"]:
        alerted = rows.filter(pl.col("PAY_0") >= rule["months_late"])
        assert rule["share_nano"] == alerted.height * 10**9 // CUSTOMERS
        assert abs(rule["recall_nano"] - alerted["bad"].sum() * 10**9 / 7) < 1
        assert rule["curve_at_same_share"]["share_nano"] == rule["share_nano"]


def test_lead_time_is_counted_from_the_monthly_runs(bank: Bank) -> None:
    top = curve(bank)["samples"]["everybody"]["all"]["points"][0]
    assert top["lead"]["caught"] == sum(top["lead"]["standing"]) == sum(top["lead"]["first"])
    assert len(top["lead"]["standing"]) == len(MONTHS)


def test_a_repeat_gives_the_same_figures_and_writes_no_second_run(posted_bank: Bank) -> None:
    """Of the customers as they are one went bad: the half without him has no curve, and says so."""
    write_check(posted_bank)
    first = curve(posted_bank)
    assert curve(posted_bank) == first
    with connect(posted_bank.url) as connection:
        assert len(find_warning_runs(connection)) == len(MONTHS)
    assert posted_bank.verify().problems == ()
    halves = [first["samples"][name]["all"] for name in ("fit_half", "held_out")]
    assert sorted(half["bad"] for half in halves) == [0, 1]
    assert sorted(len(half["points"]) for half in halves) == [0, 2]


def test_a_month_recorded_otherwise_is_noticed(bank: Bank) -> None:
    curve(bank)
    with connect(bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE source.small_cards_statement SET payment_fen = payment_fen + 1 "
            "WHERE party_id = %s AND statement_date = '2005-05-31'",
            [LATE],
        )
    with pytest.raises(ConflictingRepeat, match="recorded with other judgements"):
        curve(bank)


def test_weights_are_proposed_beside_those_in_force(bank: Bank) -> None:
    with bank.work() as work:
        record = proposed_weights(work, check=read_warning_check(bank.places.document(CHECK), work=work))
    weights = record["weights"]
    assert isinstance(weights, dict)
    assert sum(one["proposed"] for one in weights.values()) == 1000
    assert sum(one["in_force"] for one in weights.values()) == 1000
    assert all(one["bad"] <= one["customers"] for one in weights.values())
    customers = record["customers"]
    assert isinstance(customers, int)
    assert 0 < customers < CUSTOMERS


def test_the_outcome_is_not_read_before_it_is_known(bank: Bank) -> None:
    for known_on, error, message in (
        ("2005-10-30", OutOfOrder, "the outcome is not known yet"),
        ("2005-09-30", InputError, "known after the months"),
    ):
        write_check(bank, ("2005-10-31", known_on))
        with pytest.raises(error, match=message):
            curve(bank)
    write_check(bank)
    with bank.work() as work:
        check = read_warning_check(bank.places.document(CHECK), work=work)
        assert read_warning_outcome(work, check=check)["bad"].sum() == 7


def test_only_a_true_or_false_outcome_is_one(bank: Bank) -> None:
    write_check(bank, ("{table: outcome, column: defaulted", "{table: customer, column: limit_fen"))
    with pytest.raises(InputError, match="an outcome is true or false"):
        curve(bank)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("plan: warning_check", "plan: card_book", "not one of the words"),
        ("alert_shares: [0.1, 0.5]", "alert_shares: [0.5, 0.1]", "alert rates rise"),
        ("alert_shares: [0.1, 0.5]", "alert_shares: []", "alert rates rise"),
        ("alert_shares: [0.1, 0.5]", "alert_shares: [0.1, 1]", "a share lies between 0 and 1"),
        ("fit_share: 0.5", "fit_share: 0", "a share lies between 0 and 1"),
        ("title:", "titel:", "the key 'title' is missing"),
        ("known_on: 2005-10-31", "known_on: soon", "date"),
    ],
)
def test_a_check_document_that_cannot_be_meant_is_refused(
    bank: Bank, old: str, new: str, message: str
) -> None:
    write_check(bank, (old, new))
    with pytest.raises(PolicyError, match=message) as caught:
        curve(bank)
    assert caught.value.where["file"] == CHECK
