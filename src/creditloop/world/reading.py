"""Read a town that was built (读取小镇): its record, once every file is what the record says it is."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from creditloop.kernel.errors import InputError
from creditloop.world.town import Town, TownFile
from creditloop.world.writing.files import file_hash

RECORD = "town.json"
_TEXTS = ("first_day", "last_day", "plan_sha256")
_NUMBERS = ("seed", "parties")


def read_town(*, folder: Path, progress: Callable[[int, int | None], None] | None = None) -> Town:
    """Read the record of a town, and check every file against it.

    Args:
        progress: told (files checked, files in all).
    Raises: InputError if the folder is no town, or a file is missing or not the one that was built.
    """
    record = _record(folder)
    files = tuple(_file(folder, each) for each in record["files"])
    town = Town(
        folder=folder,
        seed=record["seed"],
        parties=record["parties"],
        first_day=record["first_day"],
        last_day=record["last_day"],
        plan_hash=record["plan_sha256"],
        files=files,
    )
    _check(folder, "plan.yaml", expected=town.plan_hash, found=_plan_hash(folder))
    for done, each in enumerate(files, start=1):
        if not (folder / each.file).is_file():
            raise InputError("a file of the town is missing", got=each.file, where={"file": RECORD})
        _check(folder, each.file, expected=each.sha256, found=file_hash(folder / each.file))
        if progress is not None:
            progress(done, len(files))
    return town


def _record(folder: Path) -> dict[str, Any]:
    """Return what `town.json` says, if it is the record of a town."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _no_town(folder, f"{RECORD} cannot be read") from error
    if not isinstance(record, dict) or record.get("simulated") is not True:
        raise _no_town(folder, f"{RECORD} does not say that it is simulated")
    if not all(isinstance(record.get(name), str) for name in _TEXTS):
        raise _no_town(folder, f"{RECORD} lacks one of {', '.join(_TEXTS)}")
    if not all(type(record.get(name)) is int for name in _NUMBERS):
        raise _no_town(folder, f"{RECORD} lacks one of {', '.join(_NUMBERS)}")
    if not isinstance(record.get("files"), list) or not record["files"]:
        raise _no_town(folder, f"{RECORD} names no files")
    return record


def _file(folder: Path, said: object) -> TownFile:
    match said:
        case {"file": str(file), "rows": int(rows), "sha256": str(sha256)}:
            path = Path(file)
            if not path.is_absolute() and ".." not in path.parts:
                return TownFile(file=file, rows=rows, sha256=sha256)
    raise _no_town(folder, f"{RECORD} names something that is no file of it: {said}")


def _plan_hash(folder: Path) -> str:
    try:
        return hashlib.sha256((folder / "plan.yaml").read_bytes()).hexdigest()
    except OSError as error:
        raise InputError("a file of the town is missing", got="plan.yaml", where={"file": RECORD}) from error


def _check(folder: Path, file: str, *, expected: str, found: str) -> None:
    if found != expected:
        raise InputError(
            "a file of the town is not the one that was built",
            got=found,
            expected=expected,
            where={"file": file, "folder": folder.name},
            hint="build the town anew: the same seed, size and years give the same files",
        )


def _no_town(folder: Path, why: str) -> InputError:
    return InputError("this folder is no town", got=f"{folder}: {why}", hint="creditloop world builds one")
