"""What happens by itself: periodic work on procrastinate, kept in the bank's own database.

Every minute open facts are delivered and sealed entries taken into the checkpoint, and steps of loans are
recorded on the evidence network; every night the whole evidence is verified. Each job runs once at a time
(lock), is safe to repeat, and commits what it did.
`creditloop work` runs the worker; jobs of a worker that died are swept up by the next. Why a job failed is
kept in `procrastinate.job_failure`: the worker's own tables only say that it did.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import procrastinate
from procrastinate.schema import SchemaManager
from psycopg.conninfo import make_conninfo

from creditloop.kernel.errors import CreditloopError, EvidenceError
from creditloop.kernel.storage import Connection, connect, load_queries
from creditloop.service.answering import deliver_chain
from creditloop.service.bank import Bank
from creditloop.service.recording import record_steps

_STALLED_AFTER_SECONDS = 600
"""A job whose worker gave no sign of life for so long is given up; its next turn does the work."""
DEFECT = "defect"
"""The code of a failure that is none of the product's own errors."""

_FAILURES = b"""
CREATE TABLE procrastinate.job_failure (
    job_no bigint NOT NULL,
    job text NOT NULL,
    failed_at timestamptz NOT NULL,
    code text NOT NULL,
    text text NOT NULL
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailure:
    """Why a job failed: the error's code and its lines for a person."""

    job_no: int
    job: str
    failed_at: datetime
    code: str
    text: str


def prepare_jobs(connection: Connection) -> bool:
    """Create the job tables in a schema of their own if they are absent; return whether they were."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('creditloop jobs'))")
        if connection.execute("SELECT to_regclass('procrastinate.procrastinate_jobs')").fetchone() != (None,):
            return False
        connection.execute("CREATE SCHEMA procrastinate; SET LOCAL search_path TO procrastinate, pg_catalog")
        connection.execute(SchemaManager.get_schema().encode())
        connection.execute(_FAILURES)
        connection.execute("SET LOCAL search_path TO pg_catalog")
    return True


def find_failures(connection: Connection, *, since: datetime) -> list[JobFailure]:
    """Return why jobs failed from a moment on, oldest first."""
    return [
        JobFailure(job_no=job_no, job=job, failed_at=failed_at, code=code, text=text)
        for job_no, job, failed_at, code, text in load_queries("creditloop.service").job_failures(
            connection, since=since
        )
    ]


def build_app(bank: Bank) -> procrastinate.App:
    """Build the job application of a bank; its tasks do what the functions below say."""
    url = make_conninfo(bank.url, options="-c search_path=procrastinate,pg_catalog")
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))
    works = (("* * * * *", deliver_facts), ("* * * * *", record_steps), ("30 18 * * *", verify_evidence))
    for cron, work in works:
        name = work.__name__
        task = app.task(name=name, queueing_lock=name, lock=name, pass_context=True)(_in_thread(work, bank))
        app.periodic(cron=cron, periodic_id=name)(task)
    app.periodic(cron="*/5 * * * *", periodic_id="sweep")(
        app.task(name="sweep", queueing_lock="sweep", pass_context=True)(_sweep)
    )
    return app


async def run_jobs(app: procrastinate.App, *, once: bool) -> None:
    """Run a worker: until it is stopped, or, if `once`, until everything due now is done.

    A worker that runs once has no minute to wait for: it first sweeps, then defers each periodic task for
    this very moment.
    """
    async with app.open_async():
        if once:
            await _give_up_stalled(app)
            for task in list(app.periodic_registry.periodic_tasks.values()):
                with suppress(procrastinate.exceptions.AlreadyEnqueued):
                    await task.task.defer_async(timestamp=0)
            app.periodic_registry.periodic_tasks.clear()  # each has its one turn, whatever minute begins now
        await app.run_worker_async(wait=not once, install_signal_handlers=not once)


def deliver_facts(bank: Bank) -> None:
    """Deliver open facts, and what is said in answer, and take what was sealed into the checkpoint."""
    deliver_chain(bank)


def verify_evidence(bank: Bank) -> None:
    """Verify the whole evidence; a problem fails the job, and its text is kept.

    Raises: EvidenceError naming the first problem and how many there are.
    """
    problems = bank.verify().problems
    if problems:
        raise EvidenceError(f"{len(problems)} problems in the evidence", got=str(problems[0]))


def _in_thread(
    work: Callable[[Bank], None], bank: Bank
) -> Callable[[procrastinate.JobContext, int], Awaitable[None]]:
    def act(job_no: int) -> None:
        try:
            work(bank)
        except Exception as error:
            _keep_failure(bank, job_no=job_no, job=work.__name__, error=error)
            raise

    async def run(context: procrastinate.JobContext, timestamp: int) -> None:
        """Run the blocking work beside the worker's loop; `timestamp` is the minute it stands for."""
        await asyncio.to_thread(act, context.job.id or 0)

    return run


def _keep_failure(bank: Bank, *, job_no: int, job: str, error: Exception) -> None:
    with connect(bank.url) as connection:
        load_queries("creditloop.service").insert_job_failure(
            connection,
            job_no=job_no,
            job=job,
            failed_at=bank.clock(),
            code=error.code if isinstance(error, CreditloopError) else DEFECT,
            text=error.diagnostics()
            if isinstance(error, CreditloopError)
            else f"{type(error).__name__}: {error}",
        )


async def _sweep(context: procrastinate.JobContext, timestamp: int) -> None:
    await _give_up_stalled(context.app)


async def _give_up_stalled(app: procrastinate.App) -> None:
    """Mark the jobs of dead workers as failed.

    They are not tried again themselves: their next turn, which waits behind their lock, does the same work,
    and two turns of a job may not wait at once.
    """
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_AFTER_SECONDS):
        await app.job_manager.finish_job(job, status=procrastinate.jobs.Status.FAILED, delete_job=False)
