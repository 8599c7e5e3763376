"""Locks go when their last holder goes, not before and not after."""

import subprocess
from pathlib import Path

from creditloop.kernel.storage.server.locks import holding, is_busy


def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    assert not is_busy(lock)
    with holding(lock, seconds=0) as first:
        assert first is not None
        assert is_busy(lock)
        with holding(lock, seconds=0.05) as second:
            assert second is None
    assert not is_busy(lock)


def test_asking_makes_no_file(tmp_path: Path) -> None:
    assert not is_busy(tmp_path / "a.lock")
    assert not (tmp_path / "a.lock").exists()


def test_a_child_keeps_the_lock_for_as_long_as_it_lives(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    with holding(lock, seconds=0) as descriptor:
        assert descriptor is not None
        child = subprocess.Popen(["/bin/sleep", "60"], pass_fds=(descriptor,))
    assert is_busy(lock)
    child.kill()
    child.wait()
    assert not is_busy(lock)


def test_a_child_that_was_not_handed_the_lock_does_not_keep_it(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    with holding(lock, seconds=0):
        child = subprocess.Popen(
            ["/bin/sh", "-c", "echo here; exec sleep 60"], close_fds=False, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"here\n"
    with child:
        assert not is_busy(lock)
        child.kill()
