"""Warnings follow posting: by facts of the month alone, once for a version, with the working kept."""

from datetime import UTC, date, datetime
from itertools import pairwise

import polars as pl
import pytest
from tests.service.small_bank import CONTRACT, CUSTOMERS, FILE, LATE, MONTHS, open_small, plan_of, statements

from creditloop.kernel.errors import InputError, OutOfOrder, PolicyError
from creditloop.kernel.facts import Fact
from creditloop.kernel.storage import connect
from creditloop.monitor import (
    ROLL_STATES,
    WarningRun,
    find_party_warnings,
    find_warning,
    find_warning_runs,
    find_warnings,
    warning_counts,
)
from creditloop.service.bank import Bank
from creditloop.service.booking.card_book import import_statements, post_month
from creditloop.service.monitoring.warning import (
    month_roll_rates,
    month_rolled_parties,
    party_warnings,
    raise_warnings,
    roll_rates_record,
    warn_month,
)


def warn(bank: Bank, month: date) -> WarningRun:
    with bank.work() as work:
        return warn_month(work, plan=plan_of(bank), month=month)


def test_the_late_customer_is_warned_of_earlier_than_he_is_classified(posted_bank: Bank) -> None:
    with connect(posted_bank.url) as connection:
        found = find_party_warnings(connection, party_id=LATE)
    told = [(run.dates.business_date.month, row.level, row.level_rule) for run, row in found]
    assert told == [
        (6, "watch", "WL_LATE"),
        (7, "alert", "WL_CLASS"),
        (8, "alert", "WL_CLASS"),
        (9, "alert", "WL_CLASS"),
    ]
    september = found[-1][1]
    assert {"late_now", "late_two", "late_deeper", "paid_nothing", "paid_small"} <= set(september.signals)
    assert september.measures[:2] == ("review", "call")
    assert september.values["late_statements"] == 4
    assert september.values["bill_0_fen"] == september.values["owed_fen"] == 780_000


def test_everybody_is_judged_and_the_counts_are_those_of_the_rows(posted_bank: Bank) -> None:
    with connect(posted_bank.url) as connection:
        for run in find_warning_runs(connection):
            assert run.evaluated == CUSTOMERS
            levels = warning_counts(connection, batch_id=run.batch_id).levels
            told = {"alert": run.alerts, "watch": run.watches, "notice": run.notices, "refer": run.referred}
            assert {level: count for level, count in told.items() if count} == levels
            assert len(find_warnings(connection, batch_id=run.batch_id)) == sum(levels.values())
            assert run.referred == 0
    assert posted_bank.verify().problems == ()


def test_a_repeat_finds_the_first_and_says_it_once(posted_bank: Bank) -> None:
    with connect(posted_bank.url) as connection:
        before = find_warning_runs(connection)
    assert [warn(posted_bank, month) for month in MONTHS] == before
    with connect(posted_bank.url) as connection:
        assert find_warning_runs(connection) == before


def test_later_months_change_nothing(
    posted_bank: Bank, tmp_path_factory: pytest.TempPathFactory, database_url: str
) -> None:
    """The same customers whose later statements and outcomes are otherwise have the same warnings in June."""
    small_bank = open_small(tmp_path_factory.mktemp("other"), database_url)
    other = statements().with_columns(
        *(pl.lit(9 if name == "PAY_0" else 8).alias(name) for name in ("PAY_0", "PAY_2", "PAY_3")),
        *(pl.lit(123_456.0).alias(f"BILL_AMT{n}") for n in (1, 2, 3)),
        *(pl.lit(0.0).alias(f"PAY_AMT{n}") for n in (1, 2, 3)),
        pl.lit(1).alias("class"),
    )
    other.write_parquet(small_bank.places.documents / FILE)
    plan = plan_of(small_bank)
    with small_bank.work() as work:
        import_statements(work, plan=plan)
    for month in MONTHS[:3]:
        with small_bank.work() as work:
            post_month(work, plan=plan, month=month)
        assert warn(small_bank, month) == warn(posted_bank, month), month
    with connect(small_bank.url) as one, connect(posted_bank.url) as two:
        for run in find_warning_runs(one):
            assert find_warnings(one, batch_id=run.batch_id) == find_warnings(two, batch_id=run.batch_id)


def test_a_month_that_is_not_posted_is_not_judged(small_bank: Bank) -> None:
    plan = plan_of(small_bank)
    with small_bank.work() as work:
        import_statements(work, plan=plan)
        post_month(work, plan=plan, month=MONTHS[0])
    with pytest.raises(OutOfOrder, match="the month is not posted yet"):
        warn(small_bank, MONTHS[1])
    with pytest.raises(InputError, match="the plan has no such month"):
        warn(small_bank, date(2005, 4, 29))
    with connect(small_bank.url) as connection:
        assert find_warning_runs(connection) == []


def test_a_fact_is_answered_by_the_plan_that_was_posted(posted_bank: Bank) -> None:
    """Posting is answered already; the same month said again, of a plan by other rules, is another run."""
    plan = plan_of(posted_bank)
    file = posted_bank.places.documents / "book.yaml"
    file.write_text(
        file.read_text("utf-8").replace("rules_as_of: 2024-06-30", "rules_as_of: 2025-06-30"), "utf-8"
    )
    moment = datetime(2026, 1, 5, tzinfo=UTC)
    fact = Fact(
        kind="MonthPosted",
        key="said/again",
        occurred_at=moment,
        known_at=moment,
        payload={"plan": plan.document.hash, **plan.dates(MONTHS[5]).as_record()},
    )
    with connect(posted_bank.url) as connection:
        before = find_warning_runs(connection)
    assert [run.dates for run in before] == [plan.dates(month) for month in MONTHS]
    with posted_bank.work() as work:
        raise_warnings(work, fact)
    with connect(posted_bank.url) as connection:
        assert find_warning_runs(connection) == before, "by the plan of the archive, not by the file of now"
    assert warn(posted_bank, MONTHS[5]) not in before


def test_a_new_version_of_the_policy_gives_a_run_of_its_own_and_the_old_working_stays(
    posted_bank: Bank,
) -> None:
    first = warn(posted_bank, MONTHS[5])
    file = posted_bank.places.documents / "policies" / "credit_card" / "monitor" / "warning.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("level: watch}", "level: alert}"), "utf-8")
    stricter = warn(posted_bank, MONTHS[5])
    assert stricter.versions.policy_hash != first.versions.policy_hash
    assert stricter.alerts == first.alerts + first.watches
    with posted_bank.work() as work:
        found = party_warnings(work, party_id=LATE, reader="test", reason="a look")
    for _, row, working in found:
        assert working.outputs["level"] == row.level
        assert working.outputs["signal"] == row.signals
        assert working.outputs["measure"] == row.measures
        assert working.steps["risk"].value == row.risk
        assert [reason.code for reason in working.reasons][: len(row.signals)] == [
            f"SG_{signal.upper()}" for signal in row.signals
        ]
    assert {run.versions.policy_hash for run, _, _ in found} == {
        first.versions.policy_hash,
        stricter.versions.policy_hash,
    }
    assert posted_bank.verify().problems == ()


@pytest.mark.parametrize("value", ["0", "-1"])
def test_a_policy_that_does_not_say_what_recent_means_is_refused(posted_bank: Bank, value: str) -> None:
    file = posted_bank.places.documents / "policies" / "credit_card" / "monitor" / "warning.yaml"
    text = file.read_text("utf-8")
    changed = text.replace("from: 2024-01-01, value: 6,", f"from: 2024-01-01, value: {value},", 1)
    assert changed != text
    file.write_text(changed, "utf-8")
    with pytest.raises(InputError, match="how many months of verdicts are recent"):
        warn(posted_bank, MONTHS[0])


def test_how_much_is_recent_is_the_policys_to_say(posted_bank: Bank) -> None:
    file = posted_bank.places.documents / "policies" / "credit_card" / "monitor" / "warning.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("from: 2024-01-01, value: 6,", "from: 2024-01-01, value: 1,", 1), "utf-8")
    run = warn(posted_bank, MONTHS[5])
    with connect(posted_bank.url) as connection:
        row = find_warning(connection, batch_id=run.batch_id, party_id=LATE)
    assert row.values["late_statements"] == 1, "the verdict of the month alone"


def test_a_policy_not_yet_in_force_is_refused(posted_bank: Bank) -> None:
    plan = posted_bank.places.documents / "book.yaml"
    plan.write_text(plan.read_text("utf-8").replace("2024-06-30", "2023-12-31"), "utf-8")
    with pytest.raises(PolicyError, match="nothing is in force on this date"):
        warn(posted_bank, MONTHS[0])


def test_a_customer_without_a_statement_of_the_month_is_referred(posted_bank: Bank) -> None:
    """An older statement is not taken for the newest; who is in a bad class is an alert all the same."""
    duly = f"{CONTRACT}/1"
    with connect(posted_bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "DELETE FROM source.small_cards_statement "
            "WHERE party_id = ANY(%s) AND statement_date = '2005-09-30'",
            [[LATE, duly]],
        )
    file = posted_bank.places.documents / "policies" / "credit_card" / "monitor" / "warning.yaml"
    file.write_text(file.read_text("utf-8") + "# judged again\n", "utf-8")
    run = warn(posted_bank, MONTHS[5])
    assert run.referred == 1
    with connect(posted_bank.url) as connection:
        (row,) = find_warnings(connection, batch_id=run.batch_id, level="refer")
        late = find_warning(connection, batch_id=run.batch_id, party_id=LATE)
    assert (row.party_id, row.risk, row.signals, row.measures) == (duly, None, ("refer",), ("refer",))
    assert (late.level, late.level_rule, late.risk) == ("alert", "WL_CLASS", None)


def test_reads_are_logged_with_their_purpose(posted_bank: Bank) -> None:
    with connect(posted_bank.url) as connection:
        reads = connection.execute(
            "SELECT DISTINCT table_name, purpose FROM data.access_log WHERE reader = 'service.warning'"
        ).fetchall()
    assert {purpose for _, purpose in reads} == {"monitoring"}
    assert {table for table, _ in reads} >= {"monitor.classification"}


def test_roll_rates_of_every_month_lead_to_their_customers(posted_bank: Bank) -> None:
    plan = plan_of(posted_bank)
    with posted_bank.work() as work:
        record = roll_rates_record(work, plan=plan)
        months = record["months"]
        assert isinstance(months, list)
        assert [(month["from"], month["to"]) for month in months] == [
            (str(before), str(after)) for before, after in pairwise(MONTHS)
        ]
        rates = month_roll_rates(work, plan=plan, before=MONTHS[4], after=MONTHS[5])
        assert rates.as_record() == {name: months[-1][name] for name in ("customers", "entered", "rolled")}
        assert (rates.customers, rates.entered) == (CUSTOMERS, 0)
        parties: list[str] = []
        for cell in rates.cells:
            found = month_rolled_parties(
                work,
                plan=plan,
                before=MONTHS[4],
                after=MONTHS[5],
                from_state=cell.from_state,
                to_state=cell.to_state,
            )
            assert len(found) == cell.customers
            assert (LATE in found) == ((cell.from_state, cell.to_state) == ("late_3_up", "late_3_up"))
            parties += found
    assert len(set(parties)) == CUSTOMERS
    assert {cell.from_state for cell in rates.cells} == set(ROLL_STATES)
