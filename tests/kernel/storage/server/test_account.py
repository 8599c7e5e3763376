"""Which user the server runs as."""

import os
import pwd

import pytest
from server_places import IS_ROOT, Place

from creditloop.kernel.errors import StateError
from creditloop.kernel.storage.server import account
from creditloop.kernel.storage.server.account import CANDIDATES, server_account


def data_of(place: Place, uid: int) -> None:
    (place.root / "data").mkdir()
    (place.root / "data" / "PG_VERSION").write_text("18\n")
    os.chown(place.root / "data", uid, uid)


def existing(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in {entry.pw_name for entry in pwd.getpwall()}]


def test_an_ordinary_user_runs_it_itself(place: Place) -> None:
    if IS_ROOT:
        pytest.skip("root steps down, see the next tests; the launcher's tests run as an ordinary user")
    found = server_account(place.root / "data")
    assert (found.uid, found.step_down) == (os.geteuid(), False)


def test_root_steps_down_to_the_first_candidate(place: Place, root_only: None) -> None:
    found = server_account(place.root / "data")
    assert (found.name, found.step_down) == (existing(CANDIDATES)[0], True)
    assert found.uid != 0


def test_data_keeps_its_owner(place: Place, root_only: None) -> None:
    last = existing(CANDIDATES)[-1]
    data_of(place, pwd.getpwnam(last).pw_uid)
    assert server_account(place.root / "data").name == last


@pytest.mark.parametrize("uid", [0, 54321])
def test_data_of_root_or_of_nobody_known_is_refused(place: Place, root_only: None, uid: int) -> None:
    data_of(place, uid)
    with pytest.raises(StateError) as caught:
        server_account(place.root / "data")
    assert caught.value.got == f"owner uid {uid}"


def test_no_candidate_at_all_is_said(place: Place, root_only: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "CANDIDATES", ("creditloop-no-such", "creditloop-none"))
    with pytest.raises(StateError, match="no user") as caught:
        server_account(place.root / "data")
    assert caught.value.expected == "a user named creditloop-no-such or creditloop-none"
