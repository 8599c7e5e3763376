"""What stands where the data folder should be."""

from pathlib import Path

import pytest

from creditloop.kernel.errors import StateError
from creditloop.kernel.storage.server.binaries import Binaries
from creditloop.kernel.storage.server.cluster import other_major, read_major, remove_unfinished


def test_nothing_or_an_empty_folder_is_no_data_folder_yet(tmp_path: Path) -> None:
    assert read_major(tmp_path / "data") is None
    (tmp_path / "data").mkdir()
    assert read_major(tmp_path / "data") is None


def test_a_data_folder_says_its_major_version(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("15\n")
    assert read_major(tmp_path) == 15


@pytest.mark.parametrize("what", ["file", "other files", "bad version", "version of 9.6", "dangling link"])
def test_something_else_is_refused_and_left(tmp_path: Path, what: str) -> None:
    data = tmp_path / "data"
    if what == "file":
        data.write_text("notes")
    elif what == "dangling link":
        data.symlink_to(tmp_path / "nowhere")
    else:
        data.mkdir()
        name = "letters.txt" if what == "other files" else "PG_VERSION"
        (data / name).write_text("9.6\n" if what == "version of 9.6" else "abc\n")
    with pytest.raises(StateError, match="nothing was touched") as caught:
        read_major(data)
    assert caught.value.where == {"file": data}
    assert data.is_symlink() or data.exists()


def test_only_half_made_folders_are_removed(tmp_path: Path) -> None:
    for name in (".data-a1", ".data-b2", "data", ".other"):
        (tmp_path / name / "base").mkdir(parents=True)
    remove_unfinished(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other", "data"]


@pytest.mark.parametrize(
    ("fitting", "hint"),
    [
        (
            Path("/usr/lib/postgresql/15/bin"),
            "set CREDITLOOP_PG_BIN=/usr/lib/postgresql/15/bin; or dump with 15",
        ),
        (None, "set CREDITLOOP_PG_BIN to the bin folder of a PostgreSQL 15; or dump with 15"),
    ],
)
def test_the_refusal_names_both_versions_and_the_way_out(fitting: Path | None, hint: str) -> None:
    chosen = Binaries(folder=Path("/opt/pg/bin"), version="18.6", origin="wheel")
    fault = other_major(Path("/state/data"), data_major=15, chosen=chosen, fitting=fitting)
    assert fault.got == "data of PostgreSQL 15"
    assert fault.expected == "data of PostgreSQL 18 (wheel 18.6, /opt/pg/bin)"
    assert str(fault.hint).startswith(hint)
