"""Files are written whole; another model's are not written over unasked."""

import hashlib
from pathlib import Path

import pytest

from creditloop.kernel.errors import InputError, StateError
from creditloop.service.modelling import write_model

FILES = {"card.yaml": b"card", "report.json": b"{}"}


def test_files_are_written_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    for _ in range(2):  # the same again is no other model
        told = write_model(FILES, folder=folder, replace=False)
        assert told == {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    assert {file.name for file in folder.iterdir()} == set(FILES)


def test_another_model_is_not_written_over_unasked(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(b"another")
    with pytest.raises(StateError, match="another model stands in this folder"):
        write_model(FILES, folder=tmp_path, replace=False)
    assert {file.name for file in tmp_path.iterdir()} == {"report.json"}
    write_model(FILES, folder=tmp_path, replace=True)
    assert (tmp_path / "report.json").read_bytes() == b"{}"


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", "utf-8")
    with pytest.raises(InputError, match="the folder cannot be written"):
        write_model(FILES, folder=tmp_path / "out", replace=False)
