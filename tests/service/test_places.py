"""Where the bank's things stand, and the one clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from creditloop.kernel.errors import InputError, PolicyError
from creditloop.service.clock import now
from creditloop.service.places import Places, find_places

CHECKOUT = Path(__file__).parents[2]


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"CREDITLOOP_STATE": str(tmp_path / "state"), **more}


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    folder = tmp_path / "bank"
    (folder / "contracts").mkdir(parents=True)
    return folder


def test_the_bank_named_in_the_environment_comes_first(
    tmp_path: Path, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    (here / "contracts").mkdir(parents=True)
    monkeypatch.chdir(here)
    places = find_places(environment(tmp_path, CREDITLOOP_BANK=str(bank)))
    assert (places.documents, places.state) == (bank, tmp_path / "state")
    assert find_places(environment(tmp_path)).documents == here
    assert find_places(environment(tmp_path, CREDITLOOP_BANK="")).documents == here


def test_a_folder_without_contracts_gives_way_to_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_places(environment(tmp_path)).documents == CHECKOUT


def test_a_named_bank_without_contracts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder of bank documents found") as caught:
        find_places(environment(tmp_path, CREDITLOOP_BANK=str(tmp_path)))
    assert caught.value.got == str(tmp_path)


def test_the_processs_own_variables_are_read_when_none_are_given(
    tmp_path: Path, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITLOOP_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CREDITLOOP_BANK", str(bank))
    places = find_places()
    assert (places.documents, places.state) == (bank, tmp_path / "state")


def test_a_document_is_found_in_the_bank_or_by_any_path(tmp_path: Path, bank: Path) -> None:
    places = Places(documents=bank, state=tmp_path, environment={})
    (bank / "inside.yaml").write_text("a: 1\n")
    (tmp_path / "outside.yaml").write_text("a: 2\n")
    assert places.document("inside.yaml").path == "inside.yaml"
    assert places.document(bank / "inside.yaml").path == "inside.yaml"
    assert places.document(tmp_path / "outside.yaml").root.plain() == {"a": 2}
    with pytest.raises(PolicyError, match="no such document") as caught:
        places.document("nowhere.yaml")
    assert caught.value.where == {"file": "nowhere.yaml"}


def test_a_contract_is_found_by_name_or_path(tmp_path: Path, bank: Path) -> None:
    places = Places(documents=bank, state=tmp_path, environment={})
    file = bank / "contracts" / "cards.yaml"
    file.touch()
    assert places.contract_file("cards") == file
    assert places.contract_file(tmp_path / "other.yaml") == tmp_path / "other.yaml"


def test_the_clock_tells_this_instant_in_utc() -> None:
    before = datetime.now(UTC)
    told = now()
    assert told.tzinfo is UTC
    assert before <= told <= before + timedelta(seconds=30)
