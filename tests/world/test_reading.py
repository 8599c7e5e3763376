"""A town is read back if every file is as it was built, and refused otherwise."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from creditloop.kernel.errors import InputError
from creditloop.world import Town, read_town


@pytest.fixture
def copied(town: Town, tmp_path: Path) -> Path:
    """A copy of the town, to be spoilt."""
    return Path(shutil.copytree(town.folder, tmp_path / "town"))


def test_a_town_is_read_as_it_was_built(town: Town) -> None:
    checked: list[tuple[int, int | None]] = []
    again = read_town(folder=town.folder, progress=lambda done, total: checked.append((done, total)))
    assert again == town
    assert checked == [(done, len(town.files)) for done in range(1, len(town.files) + 1)]


def test_a_file_that_is_not_as_built_is_named(copied: Path) -> None:
    file = copied / "patents.parquet"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    with pytest.raises(InputError, match="not the one that was built") as refused:
        read_town(folder=copied)
    assert refused.value.where["file"] == "patents.parquet"


def test_a_plan_that_was_changed_is_named(copied: Path) -> None:
    with (copied / "plan.yaml").open("a", encoding="utf-8") as plan:
        plan.write("\n")
    with pytest.raises(InputError, match="not the one that was built") as refused:
        read_town(folder=copied)
    assert refused.value.where["file"] == "plan.yaml"


@pytest.mark.parametrize("file", ["patents.parquet", "plan.yaml", "truth/hubs.parquet"])
def test_a_file_that_is_missing_is_named(copied: Path, file: str) -> None:
    (copied / file).unlink()
    with pytest.raises(InputError, match="is missing") as refused:
        read_town(folder=copied)
    assert refused.value.got == file


SPOILT: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda record: record.update(simulated=False), "does not say that it is simulated"),
    (lambda record: record.pop("seed"), "lacks one of seed"),
    (lambda record: record.update(parties=True), "lacks one of seed"),
    (lambda record: record.pop("plan_sha256"), "lacks one of first_day"),
    (lambda record: record.update(files=[]), "names no files"),
    (lambda record: record["files"].append({"file": "../x", "rows": 1, "sha256": ""}), "no file of it"),
    (lambda record: record["files"].append("x"), "no file of it"),
]


@pytest.mark.parametrize(("spoil", "said"), SPOILT)
def test_what_is_no_record_of_a_town_is_refused(
    town: Town, tmp_path: Path, spoil: Callable[[dict[str, Any]], object], said: str
) -> None:
    record = town.as_record()
    spoil(record)
    (tmp_path / "town.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(InputError, match="no town") as refused:
        read_town(folder=tmp_path)
    assert said in str(refused.value.got)


@pytest.mark.parametrize("text", [None, "{", "[]", "\udcff"])
def test_a_folder_without_a_record_is_no_town(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "town.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match="no town"):
        read_town(folder=tmp_path)
