"""The process that answers frames: requests in, answers out in order, and nothing else on its output."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO

import pytest

from creditloop.formula import Input, Kind, Step, compile_program, frame_worker
from creditloop.formula.answer_columns import AnswerColumns, FrameTarget, columns_of
from creditloop.formula.row_frames import row_frames
from creditloop.formula.targets import TARGETS

PROGRAM = compile_program(inputs=[Input("n", Kind.INTEGER)], steps=[Step("over", "n > 5")])
RUN = "from creditloop.formula.frame_worker import main; main()"


def told(*requests: object) -> list[object]:
    """Return what a process answers to requests; it must end by itself once there are no more."""
    asked = b"".join(map(pickle.dumps, requests))
    ran = subprocess.run([sys.executable, "-c", RUN], input=asked, capture_output=True, check=True)
    stream, found = BytesIO(ran.stdout), list[object]()
    while stream.tell() < len(ran.stdout):
        found.append(pickle.load(stream))
    assert ran.stderr == b"", "answers are on the output alone"
    return found


def test_every_request_is_answered_in_order_and_a_fault_is_an_answer_too() -> None:
    frames = row_frames(PROGRAM, [{"n": 6}, {"n": None}, {"n": "six"}])
    first, fault, again = told((PROGRAM, frames), (None, frames), (PROGRAM, frames[:1]))
    engines = [target for target in TARGETS if isinstance(target, FrameTarget)]
    assert isinstance(fault, AttributeError)
    for answers, asked in ((first, frames), (again, frames[:1])):
        assert isinstance(answers, list)
        for target, answer in zip(engines, answers, strict=True):
            assert isinstance(answer, AnswerColumns)
            assert answer.same_as(columns_of(target, program=PROGRAM, rows=(), frames=asked))


class Kept(BytesIO):
    """A stream that can be read after it was closed."""

    def close(self) -> None:
        self.seek(0)


def test_it_reads_its_input_and_answers_where_its_output_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its own streams: 0 is read, what 1 was is written, and 1 is 2 from then on."""
    frames = row_frames(PROGRAM, [{"n": 6}])
    streams = {0: Kept(pickle.dumps((PROGRAM, frames))), 101: Kept()}
    moved = list[tuple[int, int]]()
    opened: Callable[..., Kept] = lambda number, _mode: streams[number]  # noqa: E731  # in place of os.fdopen
    monkeypatch.setattr(frame_worker.os, "fdopen", opened)
    monkeypatch.setattr(frame_worker.os, "dup", lambda number: number + 100)
    monkeypatch.setattr(frame_worker.os, "dup2", lambda one, other: moved.append((one, other)))
    frame_worker.main()
    monkeypatch.undo()
    (answers,) = [pickle.load(streams[101])]
    assert [type(answer) for answer in answers] == [AnswerColumns, AnswerColumns]
    assert moved == [(2, 1)]
