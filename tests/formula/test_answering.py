"""Targets asked in two processes answer as they do in one; a process that ends is named."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from creditloop.formula import Input, Kind, Step, compile_program
from creditloop.formula import answering as module
from creditloop.formula.answering import Ask, answering
from creditloop.formula.samples import broken_rows, random_rows, samples_of
from creditloop.formula.targets import TARGETS, PolarsTarget, PythonTarget, Row
from creditloop.kernel.errors import InputError, StateError

PROGRAM = compile_program(
    inputs=[Input("n", Kind.INTEGER), Input("t", Kind.TEXT), Input("m", Kind.MONEY)],
    steps=[
        Step("over", "n > 5 and t = 'x'"),
        Step("twice", "m + m"),
        Step("said", "if n > 0 then t else 'no'"),
    ],
)


def rows_of(count: int) -> list[Row]:
    samples = samples_of(PROGRAM, seed=1)
    return [*broken_rows(samples), *random_rows(samples, count)]


@pytest.fixture(scope="module")
def at_once() -> Iterator[Ask]:
    with answering(TARGETS, values=10**9) as ask:
        yield ask


def test_two_processes_answer_as_one_does_in_the_targets_order(at_once: Ask) -> None:
    batches = [rows_of(200), rows_of(3), [{}]]
    with answering(TARGETS, values=1) as in_turn:
        expected = [in_turn(PROGRAM, rows)() for rows in batches]
    waiting = [at_once(PROGRAM, rows) for rows in batches]
    assert [len(given) for given in expected] == [len(TARGETS)] * len(batches)
    for given, answers in zip(expected, waiting, strict=True):
        for one, other in zip(given, answers(), strict=True):
            assert one.same_as(other)
            assert other.frame.height > 0


def test_what_fails_in_the_second_process_is_raised_here_and_the_next_is_answered(at_once: Ask) -> None:
    (over, *_) = PROGRAM.steps
    clashing = replace(PROGRAM, steps=(replace(over, name="t"),))
    with pytest.raises(InputError, match="columns of the steps' names"):
        at_once(clashing, rows_of(2))()
    first, *others = at_once(PROGRAM, rows_of(2))()
    assert all(first.same_as(other) for other in others)


def test_few_values_and_other_targets_need_no_second_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def begun(*args: object, **settings: object) -> None:
        raise AssertionError(args, settings)

    monkeypatch.setattr(subprocess, "Popen", begun)
    for targets, values in ((TARGETS, 1), ((PythonTarget(), PolarsTarget()), 10**9)):
        with answering(targets, values=values) as ask:
            assert len(ask(PROGRAM, rows_of(5))()) == len(targets)


def test_a_second_process_that_ends_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def kept(*args: object, **settings: object) -> subprocess.Popen[bytes]:
        begun.append(popen(*args, **settings))  # type: ignore[call-overload]
        return begun[-1]

    monkeypatch.setattr(module.subprocess, "Popen", kept)
    with answering(TARGETS, values=10**9) as ask:
        assert ask(PROGRAM, rows_of(5))()
        begun[0].kill()
        begun[0].wait()
        answers = ask(PROGRAM, rows_of(5))
        with pytest.raises(StateError, match="the process that answers frames has ended") as raised:
            answers()
    assert raised.value.got == "exit status -9"


def test_the_second_process_ends_with_the_question() -> None:
    with pytest.raises(KeyError), answering(TARGETS, values=10**9) as ask:
        ask(PROGRAM, rows_of(2000))
        raise KeyError
    # the block above returns only when the process has been waited for
