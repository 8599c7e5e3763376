"""Signing checkpoints for all requests together (检查点合签): they are answered once committed and sealed.

What it sealed is signed entry by entry and cannot be changed any more; a checkpoint over the new entries
follows, one for all that came while the last was being written. The disk is asked to keep five files for
each, which takes longer than most requests. A crash in between loses nothing: the next start takes the
entries in.
"""

from collections.abc import Callable
from threading import Condition, Thread

import psycopg
import structlog

from creditloop.kernel.errors import CreditloopError, SourceError

_AGAIN_SECONDS = 1.0
"""How long after a failure it is tried again."""
_PATIENCE_SECONDS = 30.0
"""How long somebody waits for what was committed to be under a checkpoint."""
_log = structlog.get_logger()


class Checkpointer:
    """Extends the log in a thread of its own whenever it is asked to; whoever made it closes it."""

    def __init__(self, extend: Callable[[], None]) -> None:
        self._extend = extend
        self._changed = Condition()
        self._asked = self._done = 0
        self._closing = False
        self._thread = Thread(target=self._run, name="checkpointer", daemon=True)
        self._thread.start()

    def ask(self) -> None:
        """Ask for a checkpoint over what was committed by now."""
        with self._changed:
            self._asked += 1
            self._changed.notify_all()

    def settle(self) -> None:
        """Wait until all that was asked for by now is under a checkpoint.

        Raises: SourceError if that takes too long.
        """
        with self._changed:
            target = self._asked
            if not self._changed.wait_for(lambda: self._done >= target, _PATIENCE_SECONDS):
                raise SourceError("no checkpoint was signed in time; try again")

    def close(self) -> None:
        """Extend over what is still open, then end; what fails now is left to the next start."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._asked > self._done)
                target = self._asked
                if target == self._done:
                    return
            if self._extended():
                with self._changed:
                    self._done = target
                    self._changed.notify_all()
                continue
            with self._changed:
                if self._closing:
                    return
                self._changed.wait_for(lambda: self._closing, _AGAIN_SECONDS)

    def _extended(self) -> bool:
        try:
            self._extend()
        except (CreditloopError, psycopg.Error) as error:
            _log.warning("checkpoint put off", detail=str(error))
            return False
        return True
