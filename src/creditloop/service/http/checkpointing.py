"""Signing checkpoints for all requests together (检查点合签): they are answered once committed and sealed.

What it sealed is signed entry by entry and cannot be changed any more; a checkpoint over the new entries
follows, one for all that came while the last was being written. The disk is asked to keep five files for
each, which takes longer than most requests. A crash in between loses nothing: the next start takes the
entries in. While no checkpoint can be signed for long, nothing more is taken in: what nobody can prove the
end of must not grow.
"""

import time
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
        self._failing_since: float | None = None
        self._closing = False
        self._thread = Thread(target=self._run, name="checkpointer", daemon=True)
        self._thread.start()

    def ask(self) -> None:
        """Ask for a checkpoint over what was committed by now."""
        with self._changed:
            self._asked += 1
            self._changed.notify_all()

    def check(self) -> None:
        """Refuse further work while checkpoints have failed for as long as somebody would wait for one.

        Raises: SourceError.
        """
        with self._changed:
            since = self._failing_since
        if since is not None and time.monotonic() - since > _PATIENCE_SECONDS:
            raise SourceError("no checkpoint can be signed over what was recorded; nothing more is taken in")

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
            extended = self._extended()
            with self._changed:
                if extended:
                    self._done, self._failing_since = target, None
                    self._changed.notify_all()
                    continue
                if self._closing:
                    return
                self._failing_since = self._failing_since or time.monotonic()
                self._changed.wait_for(lambda: self._closing, _AGAIN_SECONDS)

    def _extended(self) -> bool:
        try:
            self._extend()
        except (CreditloopError, psycopg.Error, OSError) as error:  # a full disk too is tried again
            _log.warning("checkpoint put off", detail=str(error))
            return False
        return True
