"""Ask targets about rows: one after another, or two processes at the same time (作答).

The generated Python holds the interpreter, and so do the engines while they are told what to do; in one
process they wait for each other most of the time.
"""

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

from creditloop.formula.answer_columns import AnswerColumns, FrameTarget, columns_of
from creditloop.formula.program import Program
from creditloop.formula.row_frames import RowFrame, row_frames
from creditloop.formula.targets import TARGETS, Row, Target
from creditloop.kernel.errors import StateError

Ask = Callable[[Program, Sequence[Row]], Callable[[], list[AnswerColumns]]]
"""Begins to ask all targets about rows; what it returns waits for their answers, in the targets' order."""


_WORKER = "creditloop.formula.frame_worker"
_LARGE = 2_000_000
"""Values of a target's answers from which on a second process is worth the second it takes to begin."""


def answering(targets: Sequence[Target], *, values: int) -> AbstractContextManager[Ask]:
    """Return what asks the targets; of many values two processes, if they are `TARGETS`, at the same time.

    Raises: StateError, from what waits, if the second process has ended.
    """
    return _at_once() if targets is TARGETS and values >= _LARGE else _in_turn(targets)


@contextmanager
def _in_turn(targets: Sequence[Target]) -> Iterator[Ask]:
    """Ask one target after another."""

    def ask(program: Program, rows: Sequence[Row]) -> Callable[[], list[AnswerColumns]]:
        frames = row_frames(program, rows)
        told = [columns_of(target, program=program, rows=rows, frames=frames) for target in targets]
        return lambda: told

    yield ask


@contextmanager
def _at_once() -> Iterator[Ask]:
    """Ask `TARGETS`, those that work on frames in a second process."""
    with ThreadPoolExecutor(1) as pool, _second_process() as second:

        def ask(program: Program, rows: Sequence[Row]) -> Callable[[], list[AnswerColumns]]:
            frames = row_frames(program, rows)
            of_frames = pool.submit(_exchanged, second, program, frames)
            own = {
                target.name: columns_of(target, program=program, rows=rows, frames=frames)
                for target in TARGETS
                if not isinstance(target, FrameTarget)
            }

            def answers() -> list[AnswerColumns]:
                rest = iter(of_frames.result())
                return [own[target.name] if target.name in own else next(rest) for target in TARGETS]

            return answers

        yield ask


@contextmanager
def _second_process() -> Iterator[subprocess.Popen[bytes]]:
    code = f"import sys; sys.path[:] = {sys.path!r}; from {_WORKER} import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # it keeps nothing; who waits for it still is told that it has ended


def _exchanged(
    process: subprocess.Popen[bytes], program: Program, frames: Sequence[RowFrame]
) -> list[AnswerColumns]:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(pickle.dumps((program, frames)))
        process.stdin.flush()
        told = pickle.load(process.stdout)  # written by the process this one began
    except (EOFError, BrokenPipeError) as ended:
        raise StateError(
            "the process that answers frames has ended", got=f"exit status {process.wait()}"
        ) from ended
    if isinstance(told, Exception):
        raise told
    return told  # type: ignore[no-any-return]  # what `frame_worker` writes
