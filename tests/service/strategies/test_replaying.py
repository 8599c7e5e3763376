"""Past decisions of every stage come out again bit by bit; what was changed is named."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.service.bank_copies import bank_like

from creditloop.data import accesses
from creditloop.kernel.errors import EvidenceError, InputError
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.strategies.replaying import NOT_REPLAYED, differences, replay_stages


@pytest.fixture
def busy_bank(tmp_path: Path, server_url: str, decided_once: Bank) -> Iterator[Bank]:
    """A small bank that has posted, classified, warned, routed, decided and opened cases."""
    with bank_like(decided_once, folder=tmp_path, server_url=server_url) as bank:
        yield bank


def edit(bank: Bank, statement: str) -> None:
    with connect(bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement.encode()).rowcount > 0
        connection.commit()


def test_every_stage_comes_out_the_same_without_the_files(busy_bank: Bank) -> None:
    for folder in ("policies", "features", "contracts"):
        shutil.rmtree(busy_bank.places.documents / folder)
    with busy_bank.work() as work:
        told = {each.table: each for each in replay_stages(work)}
    assert all(each.differing == () for each in told.values()), told
    replayed = {table for table, each in told.items() if each.rows}
    assert {"admit.decision", "admit.review_case", "monitor.classification", "recover.case"} <= replayed
    with connect(busy_bank.url) as connection:
        counted = connection.execute("SELECT count(*) FROM monitor.classification").fetchone()
        reads = [each.table for each in accesses(connection) if each.reader == "service.strategy_replaying"]
    assert counted == (told["monitor.classification"].rows,)
    assert set(reads) == replayed, "each read is logged"


@pytest.mark.parametrize(
    ("table", "statement", "column"),
    [
        ("admit.decision", "SET outcome = 'x' WHERE row_no = 0", "outcome"),
        ("admit.decision", "SET score = score + 1 WHERE row_no = 0", "score"),
        ("admit.review_case", "SET mandate = 'nobody' WHERE row_no = 0", "mandate"),
        ("monitor.classification", "SET bank_class = 'loss' WHERE row_no = 0", "bank_class"),
        ("monitor.classification", "SET owed_fen = owed_fen + 10000000 WHERE row_no = 3", None),
        ("monitor.warning", "SET risk = risk + 1 WHERE row_no = 0", "risk"),
        ("recover.case", "SET rule = 'x' WHERE row_no = 0", "rule"),
    ],
)
def test_what_was_changed_is_named(busy_bank: Bank, table: str, statement: str, column: str | None) -> None:
    edit(busy_bank, f"UPDATE {table} {statement}")
    with busy_bank.work() as work:
        found = {each.table: each.differing for each in replay_stages(work)}
    if column is None:  # a changed input may lead to the same class: then the seal alone finds it
        assert busy_bank.verify().problems != ()
        return
    assert found[table]
    assert all(column in each.columns for each in found[table])
    assert not [other for other, each in found.items() if each and other != table]


def test_one_stage_is_replayed_alone_and_another_there_is_not(busy_bank: Bank) -> None:
    with busy_bank.work() as work:
        assert {each.stage for each in replay_stages(work, stage="monitor")} == {"monitor"}
        with pytest.raises(InputError, match="no stage of this name"):
            replay_stages(work, stage="assist")


def test_a_changed_text_in_the_archive_is_refused(busy_bank: Bank) -> None:
    edit(busy_bank, "UPDATE kernel.document SET body = body || ' ' WHERE kind = 'policy'")
    with pytest.raises(EvidenceError, match="was changed"), busy_bank.work() as work:
        replay_stages(work)


def test_what_is_not_kept_is_told() -> None:
    assert "recover.contact" in NOT_REPLAYED
    assert all(NOT_REPLAYED.values())


def test_frames_are_compared_with_their_types() -> None:
    frame = pl.DataFrame({"party_id": ["a", "b"], "x": [1, None], "y": [["p"], []]})
    assert list(differences(frame, frame.clone(), batch="b")) == []
    other = frame.with_columns(x=pl.Series([1, 2]))
    (found,) = differences(frame, other, batch="run")
    assert (found.party_id, found.decision_id, dict(found.columns)) == ("b", "run", {"x": (None, 2)})
    named = frame.with_columns(decision_id=pl.Series([str(uuid.UUID(int=1)), str(uuid.UUID(int=2))]))
    (found,) = differences(named, other, batch="run")
    assert found.decision_id == str(uuid.UUID(int=2))
    boolean = frame.with_columns(x=pl.Series([True, None]))
    assert list(differences(frame, boolean, batch="b")), "1 is not true"
