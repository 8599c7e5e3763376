"""What happens by itself: periodic work on procrastinate, kept in the bank's own database.

Every minute open facts are delivered and sealed entries taken into the checkpoint; every night the whole
evidence is verified. Each job runs once at a time (queueing lock), is safe to repeat, and commits what it
did. `creditloop work` runs the worker; jobs of a worker that died are swept up by the next.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import procrastinate
from procrastinate.schema import SchemaManager
from psycopg.conninfo import make_conninfo

from creditloop.kernel.errors import EvidenceError
from creditloop.kernel.storage import Connection
from creditloop.service.bank import Bank

_SCHEMA = "procrastinate"
_STALLED_AFTER_SECONDS = 600
"""A job whose worker gave no sign of life for so long is taken up again."""
DELIVERIES_MOST = 500
"""Facts delivered in one run; the rest follow a minute later."""


def prepare_jobs(connection: Connection) -> bool:
    """Create the job tables in a schema of their own if they are absent; return whether they were."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('creditloop jobs'))")
        if connection.execute("SELECT to_regclass('procrastinate.procrastinate_jobs')").fetchone() != (None,):
            return False
        connection.execute(f"CREATE SCHEMA {_SCHEMA}; SET LOCAL search_path TO {_SCHEMA}, pg_catalog")
        connection.execute(SchemaManager.get_schema().encode())
        connection.execute("SET LOCAL search_path TO pg_catalog")
    return True


def build_app(bank: Bank) -> procrastinate.App:
    """Build the job application of a bank; its tasks do what the functions below say."""
    url = make_conninfo(bank.url, options=f"-c search_path={_SCHEMA},pg_catalog")
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))
    for cron, work in (("* * * * *", deliver_facts), ("30 18 * * *", verify_evidence)):
        name = work.__name__
        task = app.task(name=name, queueing_lock=name, lock=name)(_in_thread(work, bank))
        app.periodic(cron=cron, periodic_id=name)(task)
    app.periodic(cron="*/5 * * * *", periodic_id="sweep")(
        app.task(name="sweep", queueing_lock="sweep", pass_context=True)(_sweep)
    )
    return app


async def run_jobs(app: procrastinate.App, *, once: bool) -> None:
    """Run a worker: until it is stopped, or, if `once`, until everything due now is done.

    A worker that runs once has no minute to wait for: it defers each periodic task for this very moment
        first.
    """
    async with app.open_async():
        if once:
            for task in list(app.periodic_registry.periodic_tasks.values()):
                with suppress(procrastinate.exceptions.AlreadyEnqueued):
                    await task.task.defer_async(timestamp=0)
        await app.run_worker_async(wait=not once, install_signal_handlers=not once)


def deliver_facts(bank: Bank) -> None:
    """Deliver open facts to their subscribers, and take what they sealed into the checkpoint."""
    bank.deliver(most=DELIVERIES_MOST)


def verify_evidence(bank: Bank) -> None:
    """Verify the whole evidence; a problem fails the job, which keeps its text.

    Raises: EvidenceError naming the first problem and how many there are.
    """
    problems = bank.verify().problems
    if problems:
        raise EvidenceError(f"{len(problems)} problems in the evidence", got=str(problems[0]))


def _in_thread(work: Callable[[Bank], None], bank: Bank) -> Callable[[int], Awaitable[None]]:
    async def run(timestamp: int) -> None:
        """Run the blocking work beside the worker's loop; `timestamp` is the minute it stands for."""
        await asyncio.to_thread(work, bank)

    return run


async def _sweep(context: procrastinate.JobContext, timestamp: int) -> None:
    stalled = await context.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_AFTER_SECONDS)
    for job in stalled:
        await context.app.job_manager.retry_job(job)
