"""Worker processes (工作进程): each makes its share, telling of every shard; one that fails stops all."""

import traceback
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait

from creditloop.kernel.errors import CreditloopError, StateError
from creditloop.world.making import Share, make_share


def run_shares(shares: Sequence[Share], *, done: Callable[[], None]) -> dict[str, int]:
    """Make every share in a process of its own; `done` is called after each shard of each.

    Returns: rows of each file of all shares.
    Raises: StateError if a worker fails or dies.
    """
    fresh = get_context("spawn")  # a fork would take the parent's threads and locks with it
    pipes = [fresh.Pipe(duplex=False) for _ in shares]
    processes = [
        fresh.Process(target=_work, args=(share, sending), daemon=True)
        for share, (_, sending) in zip(shares, pipes, strict=True)
    ]
    try:
        for process in processes:
            process.start()
        for _, sending in pipes:
            sending.close()
        return _collected([receiving for receiving, _ in pipes], done)
    finally:
        for process in processes:
            process.terminate()
            process.join()
        for receiving, _ in pipes:
            receiving.close()


def _work(share: Share, told: Connection) -> None:
    try:
        rows = make_share(share, done=lambda: told.send(None))
    except CreditloopError as error:
        told.send(error.diagnostics())
    except Exception:
        told.send(traceback.format_exc())
    else:
        told.send(rows)
    told.close()


def _collected(pipes: list[Connection], done: Callable[[], None]) -> dict[str, int]:
    """Listen until every worker has told the rows of its files."""
    rows: dict[str, int] = {}
    while pipes:
        for pipe in wait(pipes):
            assert isinstance(pipe, Connection)
            try:
                said = pipe.recv()
            except EOFError:
                raise StateError("a worker of the town died", hint="it may have been out of memory") from None
            if said is None:
                done()
            elif isinstance(said, str):
                raise StateError("a worker of the town failed", got=said)
            else:
                rows.update(said)
                pipes.remove(pipe)
    return rows
