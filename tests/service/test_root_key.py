"""The root key's file: made once, private, missed when it is gone, replaced without a moment between."""

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.data.identifiers.people import CONTRACT, people

from creditloop.data import import_file
from creditloop.data.identifiers import key_acts, key_states, root_id_in_use
from creditloop.kernel.errors import CreditloopError, InputError, OutOfOrder, StateError
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.root_key import (
    NEXT_ROOT_KEY,
    ROOT_KEY,
    find_root_key,
    open_keys,
    replace_root_key,
    root_key_file,
)

KEY, NEXT = (base64.b64encode(bytes([each]) * 32).decode() for each in (1, 2))


def import_people(bank: Bank, *, name: str = "people") -> Bank:
    """Import three people, with the bank's keys."""
    (bank.places.documents / "contracts" / "people.yaml").write_text(CONTRACT, "utf-8")
    file = bank.places.documents / f"{name}.parquet"
    people(no=[f"{name}{each}" for each in range(3)]).write_parquet(file)
    with bank.work() as work:
        contract = work.contract("people")
        result = import_file(
            work.connection, contract=contract, file=file, now=work.now, keys=open_keys(work, by="a test")
        )
        work.recorded(result.batch_id)
    return bank


def root_file(bank: Bank) -> Path:
    with connect(bank.url) as connection:
        return root_key_file(connection, places=bank.places)


def with_variables(bank: Bank, **variables: str) -> Bank:
    return replace(bank, places=replace(bank.places, environment=variables))


def root_id(bank: Bank) -> str:
    """Find the root key and return its name."""
    with connect(bank.url) as connection:
        return find_root_key(connection, places=bank.places).root_id


@pytest.fixture
def open_bank_of_people(small_bank: Bank) -> Bank:
    """A bank into which three people were imported."""
    return import_people(small_bank)


def test_the_first_import_makes_the_key_and_what_was_done_is_sealed(open_bank_of_people: Bank) -> None:
    file = root_file(open_bank_of_people)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    assert len(base64.b64decode(file.read_text())) == 32
    with connect(open_bank_of_people.url) as connection:
        assert root_id_in_use(connection) == root_id(open_bank_of_people)
        assert [act.by for act in key_acts(connection)] == ["a test", "a test"]
        sealed = connection.execute(
            "SELECT count(*) FROM evidence.chunk WHERE batch_id IN (SELECT batch_id FROM data.key_act)"
        ).fetchone()
    assert sealed == (2,)
    assert open_bank_of_people.verify().problems == ()


def test_later_imports_use_the_same_key(open_bank_of_people: Bank) -> None:
    before = root_file(open_bank_of_people).read_bytes()
    import_people(open_bank_of_people, name="more")
    assert root_file(open_bank_of_people).read_bytes() == before
    with connect(open_bank_of_people.url) as connection:
        assert [state.values_count for state in key_states(connection)] == [18, 0]


def _gone(file: Path) -> None:
    file.unlink()


def _another(file: Path) -> None:
    file.write_text(KEY)


def _readable(file: Path) -> None:
    file.chmod(0o640)


def _open_folder(file: Path) -> None:
    file.parent.chmod(0o755)


def _link(file: Path) -> None:
    file.replace(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")


def _cut(file: Path) -> None:
    file.write_text(file.read_text()[:20])


def _no_text(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")


@pytest.mark.parametrize(
    ("spoil", "kind", "message"),
    [
        (_gone, StateError, "its root key is gone"),
        (_another, StateError, "not the root key of this database"),
        (_readable, StateError, "others may read or replace"),
        (_open_folder, StateError, "others may read or replace"),
        (_link, StateError, "others may read or replace"),
        (_cut, InputError, "this is no root key"),
        (_no_text, InputError, "this is no root key"),
    ],
)
def test_a_key_that_is_lost_wrong_or_not_private_is_named(
    open_bank_of_people: Bank, spoil: Callable[[Path], None], kind: type[CreditloopError], message: str
) -> None:
    file = root_file(open_bank_of_people)
    spoil(file)
    with pytest.raises(kind, match=message) as refused:
        import_people(open_bank_of_people, name="more")
    assert str(refused.value.where["file"]) in {str(file), str(file.parent)}
    assert (spoil is _gone) is not file.exists()  # none was made in its place
    with connect(open_bank_of_people.url) as connection:
        assert [state.values_count for state in key_states(connection)] == [9, 0]


def test_without_keys_none_is_made_by_looking(small_bank: Bank) -> None:
    with pytest.raises(OutOfOrder, match="no keys yet"):
        root_id(small_bank)
    assert not root_file(small_bank).exists()


def test_an_import_that_fails_leaves_a_key_the_next_one_uses(small_bank: Bank) -> None:
    with pytest.raises(ZeroDivisionError), small_bank.work() as work:
        open_keys(work, by="a test")
        raise ZeroDivisionError
    left = root_file(small_bank).read_bytes()
    assert root_file(import_people(small_bank)).read_bytes() == left


def test_of_two_first_imports_at_once_one_makes_the_key(
    small_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another first import makes its key just after this one has seen that there is none."""
    file, exists = root_file(small_bank), Path.exists
    looked: list[Path] = []

    def beaten(path: Path) -> bool:
        if path != file or looked:
            return exists(path)
        looked.append(path)
        with small_bank.work() as work:
            open_keys(work, by="the first")
        return False

    with monkeypatch.context() as slow:
        slow.setattr(Path, "exists", beaten)
        import_people(small_bank)
    with connect(small_bank.url) as connection:
        assert root_id_in_use(connection) == root_id(small_bank)
        assert {act.by for act in key_acts(connection)} == {"the first"}
        assert [state.values_count for state in key_states(connection)] == [9, 0]
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_the_key_may_stand_in_a_variable(small_bank: Bank) -> None:
    bank = import_people(with_variables(small_bank, **{ROOT_KEY: KEY}))
    assert not root_file(bank).parent.exists()
    with pytest.raises(StateError, match="not the root key of this database") as refused:
        root_id(with_variables(bank, **{ROOT_KEY: NEXT}))
    assert refused.value.where == {"variable": ROOT_KEY}
    with pytest.raises(InputError, match="this is no root key") as spoiled:
        root_id(with_variables(bank, **{ROOT_KEY: KEY[:-2]}))
    assert KEY[:10] not in spoiled.value.diagnostics()
    with pytest.raises(InputError, match="this is no root key") as unsaid:
        replace_root_key(bank, by="a test", reason="yearly")
    assert unsaid.value.where == {"variable": NEXT_ROOT_KEY}
    replace_root_key(
        with_variables(bank, **{ROOT_KEY: KEY, NEXT_ROOT_KEY: NEXT}), by="a test", reason="yearly"
    )
    assert root_id(with_variables(bank, **{ROOT_KEY: NEXT}))


def test_another_root_key_takes_the_place_of_the_old(open_bank_of_people: Bank) -> None:
    file = root_file(open_bank_of_people)
    before, old = file.read_bytes(), root_id(open_bank_of_people)
    act = replace_root_key(open_bank_of_people, by="a test", reason="yearly")
    assert (act.root_id, act.reason) == (root_id(open_bank_of_people), "yearly")
    assert act.root_id != old
    assert file.read_bytes() != before
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    import_people(open_bank_of_people, name="more")


@pytest.mark.parametrize("before_the_commit", [True, False])
def test_replacing_that_was_broken_off_is_ended_by_the_next(
    open_bank_of_people: Bank, monkeypatch: pytest.MonkeyPatch, before_the_commit: bool
) -> None:
    """A process is killed just before the data keys are wrapped, or just after that is committed."""
    file = root_file(open_bank_of_people)
    waiting, old, replaced = file.with_name(f"{file.name}.next"), file.read_bytes(), Path.replace

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def killed_at_last(source: Path, target: Path) -> Path:
        if source == waiting:
            raise KeyboardInterrupt
        return replaced(source, target)

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        if before_the_commit:
            broken.setattr("creditloop.service.root_key.rewrap_keys", killed)
        else:
            broken.setattr(Path, "replace", killed_at_last)
        replace_root_key(open_bank_of_people, by="a test", reason="yearly")
    assert (file.read_bytes(), waiting.exists()) == (old, True)
    new = waiting.read_bytes()
    assert root_id(open_bank_of_people)
    if before_the_commit:
        assert file.read_bytes() == old
        replace_root_key(open_bank_of_people, by="a test", reason="again")
    assert root_id(open_bank_of_people)
    assert (file.read_bytes(), waiting.exists()) == (new, False)
