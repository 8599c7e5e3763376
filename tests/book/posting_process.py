"""A process of its own that posts a month, for the test of two at once."""

from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier

from card_rows import post_month

from creditloop.kernel.storage import connect


def post_may(database_url: str, gate: Barrier, results: "SimpleQueue[tuple[bool, str]]") -> None:
    with connect(database_url) as connection:
        statements = {f"c/{i}": (i + 17, 3) for i in range(2_000)}
        gate.wait(timeout=60)
        batch = post_month(connection, statements)
        connection.commit()
        results.put((batch.repeated, batch.rows_hash))
