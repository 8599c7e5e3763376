"""Where the state is kept, who may enter, and that nobody else prepared the folders."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server_places import IS_ROOT, Place

from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.storage.server import default_state_folder, make_state_folder
from creditloop.kernel.storage.server.account import Account
from creditloop.kernel.storage.server.folders import (
    SOCKET_NAME,
    Layout,
    check_private_folder,
    find_closed_folder,
    make_private_folder,
    refuse_closed_state,
)

US = Account(name="us", uid=os.geteuid(), gid=os.getegid(), step_down=False)
STRANGER = Account(name="nobody", uid=54321, gid=54321, step_down=True)


@pytest.mark.parametrize(
    ("variables", "is_root", "expected"),
    [
        ({"HOME": "/home/li"}, False, "/home/li/.local/state/creditloop"),
        ({"HOME": "/home/li", "XDG_STATE_HOME": "/data/li"}, False, "/data/li/creditloop"),
        ({"HOME": "/home/li", "XDG_STATE_HOME": "relative"}, False, "/home/li/.local/state/creditloop"),
        ({"HOME": "/home/li", "XDG_STATE_HOME": ""}, False, "/home/li/.local/state/creditloop"),
        ({"HOME": "/root", "XDG_STATE_HOME": "/data/root"}, True, "/var/lib/creditloop"),
        ({}, True, "/var/lib/creditloop"),
        ({"HOME": "/home/li", "CREDITLOOP_STATE": "/srv/loop"}, False, "/srv/loop"),
        ({"CREDITLOOP_STATE": "/srv/loop"}, True, "/srv/loop"),
        ({"HOME": "/home/li", "CREDITLOOP_STATE": ""}, False, "/home/li/.local/state/creditloop"),
    ],
)
def test_where_the_state_is_kept(variables: dict[str, str], is_root: bool, expected: str) -> None:
    assert default_state_folder(variables, is_root=is_root) == Path(expected)


@pytest.mark.parametrize(
    ("variables", "variable"),
    [
        ({"CREDITLOOP_STATE": "var/state"}, "CREDITLOOP_STATE"),
        ({"CREDITLOOP_STATE": "~/state"}, "CREDITLOOP_STATE"),
        ({"HOME": "home"}, "HOME"),
        ({}, "HOME"),
    ],
)
def test_a_state_folder_that_cannot_be(variables: dict[str, str], variable: str) -> None:
    with pytest.raises(InputError) as caught:
        default_state_folder(variables, is_root=False)
    assert caught.value.where == {"variable": variable}


PARTS = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=80)


@given(parts=st.lists(PARTS, min_size=1, max_size=4))
def test_a_socket_path_always_fits_and_needs_no_quoting(parts: list[str]) -> None:
    folder = Layout(state=Path("/", *parts)).socket
    assert len(os.fsencode(folder / SOCKET_NAME)) <= 103
    assert not set(str(folder)) & set(" ,\"'\\\n")


@given(one=PARTS, other=PARTS)
def test_states_do_not_share_a_socket_folder(one: str, other: str) -> None:
    first, second = Layout(state=Path("/", one)), Layout(state=Path("/", other))
    assert (first.socket == second.socket) == (first.state == second.state)
    assert (first.cluster_name == second.cluster_name) == (first.state == second.state)


def modes(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_made_folders_can_be_passed_whatever_the_umask(place: Place, umask: int) -> None:
    (place.root / "there").mkdir(mode=0o750)
    before = os.umask(umask)
    try:
        layout = make_state_folder(place.root / "there" / "new" / "state")
    finally:
        os.umask(before)
    assert modes(place.root / "there") == 0o750
    assert modes(place.root / "there" / "new") == 0o755
    assert modes(layout.state) == (0o711 if IS_ROOT else 0o700)


def test_a_state_folder_that_is_there_keeps_its_mode(place: Place) -> None:
    place.state.mkdir()
    place.state.chmod(0o705)
    make_state_folder(place.state)
    assert modes(place.state) == 0o705


def test_a_relative_state_folder_is_refused() -> None:
    with pytest.raises(InputError, match="absolute"):
        make_state_folder(Path("state"))


def test_a_private_folder_is_made_and_found_again(place: Place) -> None:
    for _ in range(2):
        make_private_folder(place.root / "socket", account=US)
        assert modes(place.root / "socket") == 0o700


def test_root_hands_a_private_folder_over_also_one_it_left_half_made(place: Place, root_only: None) -> None:
    (place.root / "half").mkdir(mode=0o700)
    for name in ("new", "half"):
        make_private_folder(place.root / name, account=STRANGER)
        assert (place.root / name).stat().st_uid == STRANGER.uid


def test_a_link_to_a_private_folder_of_ours_is_refused(place: Place) -> None:
    (place.root / "real").mkdir(mode=0o700)
    (place.root / "socket").symlink_to(place.root / "real")
    with pytest.raises(StateError) as caught:
        make_private_folder(place.root / "socket", account=US)
    assert "a symbolic link" in str(caught.value.got)


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701, 0o777, 0o710])
def test_a_folder_open_to_others_is_refused(place: Place, mode: int) -> None:
    (place.root / "socket").mkdir()
    (place.root / "socket").chmod(mode)
    with pytest.raises(StateError) as caught:
        make_private_folder(place.root / "socket", account=US)
    assert f"mode {mode:04o}" in str(caught.value.got)
    assert modes(place.root / "socket") == mode


def test_a_folder_of_somebody_else_is_refused(place: Place) -> None:
    (place.root / "socket").mkdir(mode=0o700)
    with pytest.raises(StateError) as caught:
        check_private_folder(place.root / "socket", uid=STRANGER.uid)
    assert f"owner uid {os.geteuid()}" in str(caught.value.got)
    assert f"owner uid {STRANGER.uid}" in str(caught.value.expected)


@pytest.mark.parametrize(("mode", "refused"), [(0o777, True), (0o775, True), (0o1777, False), (0o755, False)])
def test_a_folder_whose_parent_others_can_write_to_is_refused(place: Place, mode: int, refused: bool) -> None:
    (place.root / "parent" / "socket").mkdir(parents=True, mode=0o700)
    (place.root / "parent").chmod(mode)
    if refused:
        with pytest.raises(StateError, match="others can replace") as caught:
            check_private_folder(place.root / "parent" / "socket", uid=os.geteuid())
        assert caught.value.where == {"file": place.root / "parent"}
    else:
        check_private_folder(place.root / "parent" / "socket", uid=os.geteuid())


def test_a_parent_of_somebody_else_is_refused(place: Place, root_only: None) -> None:
    (place.root / "parent" / "socket").mkdir(parents=True, mode=0o700)
    os.chown(place.root / "parent", 12345, 12345)
    with pytest.raises(StateError, match="others can replace"):
        check_private_folder(place.root / "parent" / "socket", uid=os.geteuid())


@pytest.mark.parametrize(
    ("mode", "owner", "group", "passes"),
    [
        (0o711, 0, 0, True),
        (0o710, 0, 0, False),
        (0o710, 0, 54321, True),
        (0o701, 0, 54321, False),  # the group's bits are the ones that count for its members
        (0o700, 54321, 0, True),
        (0o077, 54321, 54321, False),
    ],
)
def test_which_folder_is_closed_to_a_user(
    place: Place, root_only: None, mode: int, owner: int, group: int, passes: bool
) -> None:
    state = place.root / "outer" / "state"
    state.mkdir(parents=True)
    state.chmod(0o711)
    os.chown(place.root / "outer", owner, group)
    (place.root / "outer").chmod(mode)
    closed = find_closed_folder(state, account=STRANGER)
    assert closed == (None if passes else place.root / "outer")
    if not passes:
        with pytest.raises(StateError, match="cannot enter") as caught:
            refuse_closed_state(Layout(state=state), account=STRANGER)
        assert caught.value.where["file"] == place.root / "outer"
