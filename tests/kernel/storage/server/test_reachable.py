"""Binaries the server's user can run, and that a copy is whole or not used.

Small programs stand in for PostgreSQL's: they answer `--version` as it would.
"""

import os
import shutil
import stat
from pathlib import Path

import pytest
from server_places import Place, stand_in, version

from creditloop.kernel.errors import StateError
from creditloop.kernel.storage.server.account import Account, server_account
from creditloop.kernel.storage.server.binaries import Binaries
from creditloop.kernel.storage.server.reachable import reachable_binaries


def test_an_ordinary_user_uses_them_where_they_stand(tmp_path: Path) -> None:
    found = Binaries(folder=tmp_path / "bin", version="18.6", origin="wheel")
    us = Account(name="us", uid=os.geteuid(), gid=os.getegid(), step_down=False)
    assert reachable_binaries(found, account=us, into=tmp_path / "copies") == found
    assert not (tmp_path / "copies").exists()


def installation(root: Path, *, share: str = "share", mode: int = 0o700) -> Binaries:
    """A relocatable installation in a closed folder, made under a narrow umask."""
    folder = stand_in(root / "pg" / "install" / "bin", version("18.6"))
    (root / "pg" / "install" / share).mkdir(parents=True)
    (root / "pg" / "install" / share / "postgres.bki").write_text("bki")
    (root / "pg" / "install" / share / "postgres.bki").chmod(0o600)
    (root / "pg.libs").mkdir(mode=0o700)
    (root / "pg.libs" / "libpq.so").write_text("library")
    root.chmod(mode)
    return Binaries(folder=folder, version="18.6", origin="CREDITLOOP_PG_BIN")


@pytest.mark.parametrize("share", ["share", "share/postgresql"])
def test_root_copies_what_the_servers_user_cannot_reach(place: Place, root_only: None, share: str) -> None:
    found = installation(place.root / "closed", share=share)
    account = server_account(place.root / "data")
    copied = reachable_binaries(found, account=account, into=place.root / "binaries")
    tree = copied.folder.parent.parent.parent
    assert tree.parent == place.root / "binaries"
    assert tree.name.startswith("18.6-")
    assert (tree / "pg.libs" / "libpq.so").read_text() == "library"
    for path in (tree, *tree.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o044 == 0o044
        assert path.stat().st_mode & 0o022 == 0
    assert stat.S_IMODE((place.root / "closed").stat().st_mode) == 0o700
    inode = copied.folder.stat().st_ino
    again = reachable_binaries(found, account=account, into=place.root / "binaries")
    assert again == copied
    assert again.folder.stat().st_ino == inode


def test_another_build_of_the_same_version_takes_the_place_of_the_copy(place: Place, root_only: None) -> None:
    found = installation(place.root / "closed")
    account = server_account(place.root / "data")
    first = reachable_binaries(found, account=account, into=place.root / "binaries")
    with (found.folder / "postgres").open("a") as program:
        program.write("# rebuilt\n")
    second = reachable_binaries(found, account=account, into=place.root / "binaries")
    assert first.folder != second.folder
    assert list((place.root / "binaries").iterdir()) == [second.folder.parents[2]]


def test_root_uses_open_binaries_of_the_system_where_they_stand(place: Place, root_only: None) -> None:
    found = installation(place.root / "open", mode=0o755)
    account = server_account(place.root / "data")
    assert reachable_binaries(found, account=account, into=place.root / "binaries") == found


@pytest.mark.parametrize("how", ["killed", "torn", "lost file"])
def test_a_half_copy_is_not_used_and_made_again(place: Place, root_only: None, how: str) -> None:
    found = installation(place.root / "closed")
    account = server_account(place.root / "data")
    into = place.root / "binaries"
    copied = reachable_binaries(found, account=account, into=into)
    bki = copied.folder.parent / "share" / "postgres.bki"
    if how == "killed":
        copied.folder.parents[2].rename(into / ".new-killed")
    elif how == "torn":
        bki.write_text("")
    else:
        bki.unlink()
    assert reachable_binaries(found, account=account, into=into) == copied
    assert bki.read_text() == "bki"
    assert len(list(into.iterdir())) == 1


def test_a_fault_while_copying_leaves_nothing_behind(
    place: Place, root_only: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = installation(place.root / "closed")

    def full_disk(source: Path, target: Path) -> None:
        target.write_text("")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full_disk)
    with pytest.raises(OSError, match="No space"):
        reachable_binaries(found, account=server_account(place.root / "data"), into=place.root / "binaries")
    assert list((place.root / "binaries").iterdir()) == []


def test_closed_binaries_that_cannot_be_copied_are_refused(place: Place, root_only: None) -> None:
    found = installation(place.root / "closed")
    (place.root / "closed" / "pg" / "install" / "share" / "postgres.bki").unlink()
    with pytest.raises(StateError, match="cannot reach") as caught:
        reachable_binaries(found, account=server_account(place.root / "data"), into=place.root / "binaries")
    assert str(place.root / "closed" / "pg" / "install") in str(caught.value.expected)


@pytest.mark.parametrize("spoil", ["closed", "broken", "other version"])
def test_a_spoiled_copy_of_full_size_is_refused(place: Place, root_only: None, spoil: str) -> None:
    found = installation(place.root / "closed")
    account = server_account(place.root / "data")
    copied = reachable_binaries(found, account=account, into=place.root / "binaries")
    program = copied.folder / "postgres"
    if spoil == "closed":
        copied.folder.chmod(0o700)
    else:
        old, new = ("echo", "exit") if spoil == "broken" else ("18.6", "18.5")
        program.write_text(program.read_text().replace(old, new))
    with pytest.raises(StateError) as caught:
        reachable_binaries(found, account=account, into=place.root / "binaries")
    assert caught.value.where["file"] == copied.folder
