"""The future changes nothing; a definition that looks into it is caught, whichever way it looks."""

from dataclasses import replace

import pytest
from tests.data.windows.flows import features

from creditloop.data.windows import WindowFeatureSet, cells, probe_leaks

READ = features()
FEW = replace(READ, features=READ.features[::40])


def leaky(**changed: str | None) -> WindowFeatureSet:
    return replace(FEW, table=replace(FEW.table, **changed))  # type: ignore[arg-type]  # names of columns


def test_no_feature_moves_when_the_future_is_another() -> None:
    probe = probe_leaks(READ, parties=40, seed=1)
    assert probe.holds
    assert (probe.leaks, probe.first, probe.features) == (0, (), len(READ.features))
    assert probe.changed > 1_000
    record = probe.as_record()
    assert (record["document"], record["simulated"]) == (READ.hash, True)
    assert probe == probe_leaks(READ, parties=40, seed=1)


def test_a_definition_that_takes_the_day_for_the_day_it_was_known_is_caught() -> None:
    probe = probe_leaks(leaky(known_at="booked"), parties=40, seed=1)
    assert not probe.holds
    assert {one.execution for one in probe.first} <= {"online", "bulk"}
    assert len(probe.first) == 10 < probe.leaks
    assert all(one.before != one.after for one in probe.first)


def test_an_execution_that_leaves_out_what_will_be_corrected_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cells, "_standing", lambda table: " AND e.superseded_at IS NULL")
    probe = probe_leaks(FEW, parties=40, seed=1)
    assert not probe.holds
    assert {one.execution for one in probe.first} == {"bulk"}


def test_a_probe_without_a_future_proves_nothing() -> None:
    assert not replace(probe_leaks(FEW, parties=1, seed=1), changed=0).holds
