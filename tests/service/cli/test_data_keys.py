"""`creditloop data-keys` and `creditloop import` of a source with identifiers."""

import pytest
from tests.data.identifiers.people import CONTRACT, HOMES, IDS, PHONES, people
from tests.service.cli.said import Shell

from creditloop.service.bank import Bank


@pytest.fixture
def in_people(in_new_bank: Bank, shell: Shell) -> Bank:
    """The process stands in the folder of a bank that imported three people by the command line."""
    folder = in_new_bank.places.documents
    (folder / "contracts" / "people.yaml").write_text(CONTRACT, "utf-8")
    people().write_parquet(folder / "people.parquet")
    assert shell("import people people.parquet --json").record["imports"]
    return in_new_bank


def test_keys_are_shown_rotated_and_values_encrypted_anew(in_people: Bank, shell: Shell) -> None:
    shown = shell("data-keys show --json")
    assert [(key["use"], key["number"], key["values"]) for key in shown.record["keys"]] == [  # type: ignore[attr-defined]
        ("seal", 1, 9),
        ("token", 1, 0),
    ]
    assert str(shown.record["root_key_place"]).startswith(str(in_people.places.state / "keys"))
    made = shell("data-keys rotate --algorithm SM4-GCM --reason yearly --json").record
    assert (made["act"], made["number"], made["reason"]) == ("made", 2, "yearly")
    assert shell("data-keys recrypt --reason yearly --json").record == {
        "recrypted": 9,
        "values_by_key": {"2": 9},
    }
    assert shell("data-keys recrypt --reason yearly --json").record == {
        "recrypted": 0,
        "values_by_key": {"2": 9},
    }
    assert shell("data-keys rewrap --reason yearly --json").record["act"] == "rewrapped"
    assert shell("data-keys erase customer/C2 --reason asked --json").record["values"] == 3
    said = shell("data-keys show")
    for word in ("made", "recrypted", "rewrapped", "erased", "SM4-GCM", "root key"):
        assert word in said.out
    assert not any(value in said.out for value in (*IDS, *PHONES, *HOMES))
    assert in_people.verify().problems == ()


def test_what_cannot_be_is_said(in_people: Bank, shell: Shell) -> None:
    wrong = shell("data-keys rotate --algorithm ROT13 --reason x --json")
    assert (wrong.status, "ROT13" in wrong.out) == (2, True)
    assert shell("data-keys erase customer/C99 --reason asked --json").status == 2
    (file,) = (in_people.places.state / "keys").iterdir()
    file.unlink()
    lost = shell("data-keys recrypt --reason x --json")
    assert (lost.status, "root key is gone" in lost.out) == (3, True)
    assert shell("data-keys show").status == 0


def test_before_the_first_import_there_are_no_keys(in_new_bank: Bank, shell: Shell) -> None:
    assert shell("data-keys show --json").record["keys"] == []
    for line in ("rotate", "recrypt", "rewrap"):
        said = shell(f"data-keys {line} --reason x --json")
        assert (said.status, "no keys yet" in said.out) == (3, True)
