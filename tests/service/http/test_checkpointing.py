"""One checkpoint for all that was committed while the last one was being signed; nobody is forgotten."""

import threading
import time

import pytest

from creditloop.kernel.errors import SourceError
from creditloop.service.bank import Bank
from creditloop.service.doors import SCOPES, create_key
from creditloop.service.http import checkpointing
from creditloop.service.http.checkpointing import Checkpointer
from creditloop.service.http.pooled_bank import pooled


def test_many_who_ask_meanwhile_share_one_extension() -> None:
    began, go_on = threading.Semaphore(0), threading.Semaphore(0)
    made = []

    def extend() -> None:
        began.release()
        assert go_on.acquire(timeout=10)
        made.append(len(made))

    checkpointer = Checkpointer(extend)
    checkpointer.ask()
    assert began.acquire(timeout=10)
    for _ in range(20):
        checkpointer.ask()
    go_on.release(2)
    checkpointer.settle()
    assert made == [0, 1]
    checkpointer.close()
    assert made == [0, 1], "nothing was open"


@pytest.mark.parametrize(
    "fault", [SourceError("the database is gone"), OSError(28, "no space left on device")]
)
def test_a_failure_is_tried_again_and_who_waits_is_told(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    monkeypatch.setattr(checkpointing, "_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(checkpointing, "_PATIENCE_SECONDS", 0.2)
    works = threading.Event()

    def extend() -> None:
        if not works.is_set():
            raise fault

    checkpointer = Checkpointer(extend)
    checkpointer.ask()
    checkpointer.check()
    with pytest.raises(SourceError, match="no checkpoint was signed in time"):
        checkpointer.settle()
    time.sleep(0.1)
    with pytest.raises(SourceError, match="nothing more is taken in"):
        checkpointer.check()
    works.set()
    checkpointer.settle()
    checkpointer.check()
    checkpointer.close()


def test_closing_signs_for_what_is_still_open() -> None:
    made = []
    checkpointer = Checkpointer(lambda: made.append(1))
    checkpointer.ask()
    checkpointer.close()
    assert made


def test_what_a_pool_of_connections_commits_is_settled(small_bank: Bank) -> None:
    pool = pooled(small_bank)
    for number in range(5):
        with pool.work() as work:
            key, _ = create_key(
                work.connection, holder=f"desk-{number}", scopes=list(SCOPES), by="test", now=work.now
            )
            work.recorded(key.batch_id)
    pool.settle()
    verification = small_bank.verify()
    assert verification.problems == () and verification.open_entries == 0 < verification.entries
    pool.close()


def test_while_no_checkpoint_can_be_signed_nothing_more_is_taken_in(
    small_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An evidence folder that was changed: nothing is signed on it, and what is recorded does not grow."""
    monkeypatch.setattr(checkpointing, "_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(checkpointing, "_PATIENCE_SECONDS", 0.05)
    pool = pooled(small_bank)
    small_bank.evidence.checkpoints_path.write_bytes(b"\n")
    with pool.work() as work:
        key, _ = create_key(work.connection, holder="desk", scopes=list(SCOPES), by="test", now=work.now)
        work.recorded(key.batch_id)
    time.sleep(0.3)
    with pytest.raises(SourceError, match="nothing more is taken in"), pool.work():
        pytest.fail("work was begun")
    pool.close()
