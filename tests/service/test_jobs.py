"""The worker: a real run delivers, verifies, keeps why a job failed, and gives up what a dead worker held."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest
from tests.service.small_bank import MONTHS, plan_of

from creditloop.kernel.storage import Connection, connect, find_open_deliveries
from creditloop.monitor import find_runs
from creditloop.service.bank import Bank
from creditloop.service.booking.card_book import import_statements, post_month
from creditloop.service.jobs import DEFECT, build_app, find_failures, prepare_jobs, run_jobs

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the worker's own reports of a failing job off the screen."""
    monkeypatch.setattr(logging.getLogger("procrastinate"), "disabled", True)


def work_once(bank: Bank) -> None:
    with connect(bank.url) as connection:
        prepare_jobs(connection)
    asyncio.run(run_jobs(build_app(bank), once=True))


def job_states(connection: Connection) -> list[tuple[str, str]]:
    query = "SELECT task_name, status::text FROM procrastinate.procrastinate_jobs ORDER BY id"
    return [(name, status) for name, status in connection.execute(query.encode()).fetchall()]


def test_the_tables_of_the_jobs_are_made_once(small_bank: Bank) -> None:
    with connect(small_bank.url) as connection:
        assert prepare_jobs(connection)
        connection.commit()
        assert not prepare_jobs(connection)
        assert find_failures(connection, since=LONG_AGO) == []
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert tables == (0,), "they stand in a schema of their own"
        assert connection.execute("SHOW search_path").fetchone() == ("pg_catalog",)
    assert small_bank.verify().problems == ()


def test_a_run_delivers_open_facts_and_verifies(small_bank: Bank) -> None:
    plan = plan_of(small_bank)
    with small_bank.work() as work:
        import_statements(work, plan=plan)
        post_month(work, plan=plan, month=MONTHS[0])
    work_once(small_bank)
    with connect(small_bank.url) as connection:
        assert find_open_deliveries(connection) == []
        assert [run.dates for run in find_runs(connection)] == [plan.dates(MONTHS[0])]
        # a set: at the turn of a minute the worker adds that minute's delivery
        assert set(job_states(connection)) == {
            ("deliver_facts", "succeeded"),
            ("record_steps", "succeeded"),
            ("verify_evidence", "succeeded"),
            ("sweep", "succeeded"),
        }
        assert find_failures(connection, since=LONG_AGO) == []
    verification = small_bank.verify()
    assert (verification.problems, verification.open_entries) == ((), 0)
    work_once(small_bank)
    with connect(small_bank.url) as connection:
        assert len(find_runs(connection)) == 1


@pytest.mark.usefixtures("quiet")
def test_a_verification_that_fails_fails_its_job_and_its_text_is_kept(posted_bank: Bank) -> None:
    with connect(posted_bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE book.event SET amount_fen = amount_fen + 1 WHERE row_no = 0")
    work_once(posted_bank)
    with connect(posted_bank.url) as connection:
        assert ("verify_evidence", "failed") in job_states(connection)
        assert ("deliver_facts", "succeeded") in job_states(connection)
        (failure,) = find_failures(connection, since=LONG_AGO)
    assert (failure.job, failure.code) == ("verify_evidence", "evidence")
    assert "6 problems in the evidence" in failure.text
    assert "book.event" in failure.text
    assert "row_changed" in failure.text
    with connect(posted_bank.url) as connection:
        assert find_failures(connection, since=failure.failed_at + timedelta(seconds=1)) == []


@pytest.mark.usefixtures("quiet")
def test_a_defect_is_kept_as_one(posted_bank: Bank) -> None:
    with connect(posted_bank.url) as connection:
        connection.execute("ALTER TABLE kernel.delivery RENAME TO lost")
    work_once(posted_bank)
    with connect(posted_bank.url) as connection:
        (failure,) = find_failures(connection, since=LONG_AGO)
    assert (failure.job, failure.code) == ("deliver_facts", DEFECT)
    assert failure.text.startswith("UndefinedTable: ")
    assert "kernel.delivery" in failure.text


def test_what_a_dead_worker_held_is_given_up_and_its_next_turn_does_the_work(small_bank: Bank) -> None:
    plan = plan_of(small_bank)
    with small_bank.work() as work:
        import_statements(work, plan=plan)
        post_month(work, plan=plan, month=MONTHS[0])
    with connect(small_bank.url) as connection:
        prepare_jobs(connection)
        connection.execute(
            b"WITH dead AS (INSERT INTO procrastinate.procrastinate_workers (last_heartbeat)"
            b" VALUES (now() - interval '1 hour') RETURNING id)"
            b" INSERT INTO procrastinate.procrastinate_jobs"
            b" (queue_name, task_name, lock, queueing_lock, args, status, worker_id)"
            b" SELECT 'default', 'deliver_facts', 'deliver_facts', 'deliver_facts', '{}', 'doing', id"
            b" FROM dead"
        )
    work_once(small_bank)
    with connect(small_bank.url) as connection:
        first, *others = job_states(connection)
        assert first == ("deliver_facts", "failed")
        assert set(others) == {
            ("deliver_facts", "succeeded"),
            ("record_steps", "succeeded"),
            ("verify_evidence", "succeeded"),
            ("sweep", "succeeded"),
        }
        assert find_open_deliveries(connection) == []


def test_what_a_living_worker_holds_is_left_alone(small_bank: Bank) -> None:
    with connect(small_bank.url) as connection:
        prepare_jobs(connection)
        connection.execute(
            b"WITH living AS (INSERT INTO procrastinate.procrastinate_workers (last_heartbeat)"
            b" VALUES (now()) RETURNING id)"
            b" INSERT INTO procrastinate.procrastinate_jobs"
            b" (queue_name, task_name, lock, args, status, worker_id)"
            b" SELECT 'default', 'deliver_facts', 'deliver_facts', '{}', 'doing', id FROM living"
        )
    work_once(small_bank)
    with connect(small_bank.url) as connection:
        assert job_states(connection)[:2] == [("deliver_facts", "doing"), ("deliver_facts", "todo")]
