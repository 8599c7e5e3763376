"""Which file it is, and which reader opens it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from creditloop.data.readers.batches import SourceReader
from creditloop.data.readers.comma_separated import CsvReader
from creditloop.data.readers.parquet import ParquetReader
from creditloop.data.readers.workbook import WorkbookReader
from creditloop.kernel.errors import ContractBroken, InputError

_FORMAT_OF_SUFFIX = {".csv": "csv", ".parquet": "parquet", ".xlsx": "excel"}
_MAGIC = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "excel"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileIdentity:
    """What a file is: its name without folders, its format by its ending, its size and SHA-256."""

    name: str
    format: str
    size_bytes: int
    sha256: str


def identify(file: Path) -> FileIdentity:
    """Read the whole file once and say what it is.

    Raises: InputError if there is no such file or it cannot be read; ContractBroken if it is empty, of an
        unknown ending, or holds something else than its ending says.
    """
    digest, size, head = hashlib.sha256(), 0, b""
    try:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                head = head or block[:4]
                digest.update(block)
                size += len(block)
    except FileNotFoundError as error:
        raise InputError("no such file", got=str(file)) from error
    except IsADirectoryError as error:
        raise InputError("this is a folder, not a file", got=str(file)) from error
    except OSError as error:
        raise InputError("the file cannot be read", got=f"{file}: {error.strerror}") from error
    if size == 0:
        raise ContractBroken("the file is empty", where={"file": file.name}, got="0 bytes")
    return FileIdentity(
        name=file.name, format=_format(file, head), size_bytes=size, sha256=digest.hexdigest()
    )


@contextmanager
def open_reader(file: Path, *, identity: FileIdentity, sheet: str | None) -> Iterator[SourceReader]:
    """Open the file with the reader of its format, and close it at the end.

    Args:
        sheet: which sheet of a workbook; None takes the only one.
    Raises: ContractBroken if it is not well formed.
    """
    if sheet is not None and identity.format != "excel":
        raise InputError("only a workbook has sheets", got=f"{identity.name}, sheet {sheet!r}")
    reader: SourceReader
    match identity.format:
        case "csv":
            reader = CsvReader(file)
        case "parquet":
            reader = ParquetReader(file)
        case _:
            reader = WorkbookReader(file, sheet=sheet)
    try:
        yield reader
    finally:
        reader.close()


def _format(file: Path, head: bytes) -> str:
    told = _FORMAT_OF_SUFFIX.get(file.suffix.lower())
    if told is None:
        raise ContractBroken(
            "files of this ending are not read",
            got=file.suffix or "no ending",
            expected=", ".join(_FORMAT_OF_SUFFIX),
            where={"file": file.name},
        )
    found = next((kind for magic, kind in _MAGIC if head.startswith(magic)), "csv")
    if found != told and not (found == "csv" and told != "csv"):
        raise ContractBroken(
            "the file's content is not what its ending says",
            got=found,
            expected=f"{told} ({file.suffix})",
            where={"file": file.name},
            hint="an encrypted workbook is saved again without a password" if "Office" in found else None,
        )
    return told
