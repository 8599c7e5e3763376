"""What a node signed last: there whatever moment its writing is cut at, or a refusal to start."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from creditloop.evidence.network.node import Signed
from creditloop.kernel.errors import SourceError, StateError
from creditloop.service.evidence_node import SignedFiles
from creditloop.service.evidence_node.signed_files import begin_signed_files

LOG, OTHER = "bank.example", "fund.example"
FIRST, SECOND, THIRD = (Signed(note=f"note {number}\n", round=b"round" * number) for number in (1, 2, 3))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files stand."""
    return tmp_path / "signed"


def reopened(folder: Path, origin: str = LOG) -> Signed | None:
    """What a process that starts reads."""
    files = SignedFiles(folder)
    found = files.read(origin)
    files.close()
    return found


def written(folder: Path, *signed: Signed, origin: str = LOG) -> None:
    """Write one after another."""
    files = SignedFiles(folder)
    for one in signed:
        files.write(origin, one)
        assert files.read(origin) == one
    files.close()


def files_of(folder: Path) -> dict[str, bytes]:
    """The two files of each log by name."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix in (".0", ".1")}


def test_the_last_is_read_back_and_logs_do_not_mix(folder: Path) -> None:
    assert reopened(folder) is None
    for number in range(1, 12):
        signed = Signed(note=f"note {number}", round=bytes([number]) * number)
        written(folder, signed)
        written(folder, Signed(note=f"other {number}"), origin=OTHER)
        assert reopened(folder) == signed
        assert reopened(folder, OTHER) == Signed(note=f"other {number}")
    assert len(files_of(folder)) == 4


def test_only_the_owner_may_read(folder: Path) -> None:
    written(folder, FIRST, SECOND)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(folder.joinpath(name).stat().st_mode) for name in files_of(folder)} == {0o600}


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_write_cut_at_any_byte_leaves_the_one_before(folder: Path, count: int) -> None:
    """From the second on a file is written over: whatever part of it is there, the other is whole."""
    signed = [FIRST, SECOND, THIRD, Signed(note="note 4\n")]
    written(folder, *signed[: count - 1])
    before = files_of(folder)
    written(folder, signed[count - 1])
    after = files_of(folder)
    (changed,) = [name for name in after if after[name] != before.get(name)]
    whole = after[changed]
    kept = before.get(changed, b"")
    for cut in range(len(whole)):
        torn = [whole[:cut], whole[:cut] + bytes(len(whole) - cut), whole[:cut] + kept[cut:]]
        for data in torn:
            if data in (whole, kept):
                continue
            (folder / changed).write_bytes(data)
            assert reopened(folder) == signed[count - 2], (cut, data)
    (folder / changed).write_bytes(whole)
    assert reopened(folder) == signed[count - 1]


def test_after_a_cut_write_the_next_one_is_kept(folder: Path) -> None:
    written(folder, FIRST, SECOND)
    spoilt = sorted(files_of(folder))[0]  # counter 2 stands in .0
    (folder / spoilt).write_bytes(b"cut")
    written(folder, THIRD)
    assert reopened(folder) == THIRD
    written(folder, SECOND)
    assert reopened(folder) == SECOND


def test_a_first_write_that_was_cut_was_followed_by_no_signature(folder: Path) -> None:
    """It is put in its place whole: what a cut leaves is a file of another name."""
    written(folder, FIRST)
    (name,) = files_of(folder)
    whole = (folder / name).read_bytes()
    for cut in range(len(whole) + 1):
        (folder / name).unlink(missing_ok=True)
        (folder / f".{name}.next").write_bytes(whole[:cut])
        assert reopened(folder) is None
    written(folder, SECOND)
    assert reopened(folder) == SECOND


def test_a_single_file_that_is_spoilt_is_a_loss(folder: Path) -> None:
    """The log was signed once, and nobody knows what: as with both files spoilt."""
    written(folder, FIRST)
    (name,) = files_of(folder)
    whole = (folder / name).read_bytes()
    for at in range(len(whole)):
        (folder / name).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(StateError, match="cannot be read"):
            SignedFiles(folder)
    (folder / name).write_bytes(b"")
    with pytest.raises(StateError, match="cannot be read"):
        SignedFiles(folder)
    (folder / name).write_bytes(whole)
    assert reopened(folder) == FIRST


def test_both_files_spoilt_is_a_loss_and_names_them(folder: Path) -> None:
    written(folder, FIRST, SECOND)
    written(folder, FIRST, origin=OTHER)
    names = [name for name in files_of(folder) if files_of(folder)[name] and _is_of(folder, name, LOG)]
    assert len(names) == 2
    for name in names:
        (folder / name).write_bytes((folder / name).read_bytes()[:-1])
    with pytest.raises(StateError) as refused:
        SignedFiles(folder)
    assert names[0].rpartition(".")[0] in str(refused.value.got)
    assert "new ones" in refused.value.diagnostics()


def _is_of(folder: Path, name: str, origin: str) -> bool:
    return origin.encode() in (folder / name).read_bytes()


def test_a_full_disk_is_told_and_the_one_before_stays(folder: Path) -> None:
    written(folder, FIRST, SECOND)
    files = SignedFiles(folder)
    third = next(folder.glob("*.1"))
    kept = third.read_bytes()
    third.unlink()
    third.symlink_to("/dev/full")  # takes nothing: no space left on device
    for _ in range(2):
        with pytest.raises(SourceError, match="disk"):
            files.write(LOG, THIRD)
        assert files.read(LOG) == SECOND
    third.unlink()
    third.write_bytes(kept[:10])  # what a full disk may leave
    files.close()
    assert reopened(folder) == SECOND
    written(folder, THIRD)
    assert reopened(folder) == THIRD


def test_a_folder_that_takes_no_new_file_is_told(folder: Path) -> None:
    files = SignedFiles(folder)
    for turn in (0, 1):
        blocked = folder / f".{_name(folder, files)}.{turn}.next"
        blocked.mkdir()
    with pytest.raises(SourceError, match="disk"):
        files.write(LOG, FIRST)
    assert files.read(LOG) is None
    files.close()


def _name(folder: Path, files: SignedFiles) -> str:
    """The name of the log's files, found by writing one of it elsewhere."""
    elsewhere = SignedFiles(folder.parent / "elsewhere")
    elsewhere.write(LOG, FIRST)
    elsewhere.close()
    del files
    return next((folder.parent / "elsewhere").glob("*.1")).stem


def test_other_files_are_let_alone(folder: Path) -> None:
    written(folder, FIRST)
    (folder / "notes.txt").write_text("by a person", "utf-8")
    (folder / "copy.1.bak").write_bytes(b"old")
    assert reopened(folder) == FIRST


def test_one_process_holds_the_folder(folder: Path) -> None:
    """By whatever database it runs: two would sign two histories with one key."""
    files = SignedFiles(folder, alone=True)
    files.write(LOG, FIRST)
    with pytest.raises(StateError, match="another process"):
        SignedFiles(folder, alone=True)
    assert reopened(folder) == FIRST  # who signs nothing may look into it
    program = (
        "import sys; from pathlib import Path; from creditloop.kernel.errors import StateError\n"
        "from creditloop.service.evidence_node import SignedFiles\n"
        "try: SignedFiles(Path(sys.argv[1]), alone=True)\n"
        "except StateError as error: print(error.message)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, check=True, text=True
    )
    assert "another process" in said.stdout
    files.close()
    SignedFiles(folder, alone=True).close()


def test_a_memory_that_began_with_the_keys_is_whole(folder: Path) -> None:
    begin_signed_files(folder)
    files = SignedFiles(folder)
    assert not files.is_lost(LOG), "it never was signed"
    files.write(LOG, FIRST)
    files.close()
    assert reopened(folder) == FIRST


def test_a_memory_that_is_gone_is_not_taken_for_a_new_one(folder: Path) -> None:
    begin_signed_files(folder)
    written(folder, FIRST)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    files = SignedFiles(folder)
    assert files.is_lost(LOG) and files.is_lost(OTHER)
    files.write(LOG, SECOND)
    assert not files.is_lost(LOG) and files.is_lost(OTHER)
    files.close()
    again = SignedFiles(folder)
    assert not again.is_lost(LOG) and again.is_lost(OTHER)
    again.close()
