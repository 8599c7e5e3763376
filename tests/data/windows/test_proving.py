"""A proof draws awkward events, sees every feature vary, and notices an execution that is wrong."""

from collections.abc import Callable, Sequence
from datetime import date

import pytest
from tests.data.windows.flows import features

from creditloop.data.windows import WindowFunction, prove_windows, window_function
from creditloop.data.windows.proving import executions

READ = features()


def test_both_executions_agree_and_every_feature_varies() -> None:
    proof = prove_windows(READ, parties=400, seed=1)
    assert proof.holds
    assert (proof.parties, proof.features, proof.first, proof.constant) == (400, 993, (), ())
    assert proof.events > 5_000
    record = proof.as_record()
    assert (record["simulated"], record["document"]) == (True, READ.hash)
    assert prove_windows(READ, parties=5, seed=2) == prove_windows(READ, parties=5, seed=2)


def test_a_wrong_execution_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(**asked: object) -> WindowFunction:
        right = window_function(**asked)  # type: ignore[arg-type]  # what `proving` asks
        evaluate: Callable[[Sequence[Sequence[object]], date], tuple[int | None, ...]] = right.evaluate
        return WindowFunction(
            right.source,
            lambda events, day: ((evaluate(events, day)[0] or 0) + 1, *evaluate(events, day)[1:]),
        )

    monkeypatch.setattr(executions, "window_function", wrong)
    proof = prove_windows(READ, parties=30, seed=3)
    assert not proof.holds
    assert proof.differences == 30
    assert len(proof.first) == 10
    assert {one.feature for one in proof.first} == {READ.features[0].name}
    assert all(one.bulk is not None and one.online == one.bulk + 1 for one in proof.first)
