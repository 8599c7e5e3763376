"""One form of zip: what is written is read, by us and by others, and nothing else is."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.evidence.package.archive import (
    FIRST,
    ArchiveError,
    is_path,
    read_archive,
    write_archive,
)
from creditloop.kernel.errors import InputError

PATHS = st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9]{1,8}(\.[a-z]{1,4})?){0,2}", fullmatch=True)
MEMBERS = st.dictionaries(PATHS, st.binary(max_size=200), max_size=8).map(
    lambda rest: {FIRST[0]: b"{}", FIRST[1]: b"s", **rest}
)


@settings(max_examples=60, deadline=None)
@given(members=MEMBERS)
def test_what_is_written_is_read_by_us_and_by_others(members: dict[str, bytes]) -> None:
    file = write_archive(members)
    assert file == write_archive(dict(reversed(members.items())))
    assert read_archive(file) == members
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        assert archive.testzip() is None
        assert {path: archive.read(path) for path in archive.namelist()} == members
        assert archive.namelist()[:2] == list(FIRST)


@settings(max_examples=40, deadline=None)
@given(members=MEMBERS, data=st.data())
def test_no_byte_can_be_changed_put_in_or_taken_away(members: dict[str, bytes], data: st.DataObject) -> None:
    file = write_archive(members)
    place = data.draw(st.integers(0, len(file) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    for spoilt in (
        file[:place] + bytes([file[place] ^ bit]) + file[place + 1 :],
        file[:place] + file[place + 1 :],
        file[:place],
    ):
        with pytest.raises(ArchiveError):
            read_archive(spoilt)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a",
        "a/",
        "../a",
        "a/../b",
        "a//b",
        "A",
        "a b",
        "a\\b",
        "c:/a",
        ".a",
        "a.",
        "é",
        "a\x00",
        "a" * 201,
    ],
)
def test_paths_that_a_file_system_reads_otherwise_are_refused(path: str) -> None:
    assert not is_path(path)
    with pytest.raises(InputError, match="not a path"):
        write_archive({FIRST[0]: b"", FIRST[1]: b"", path: b""})


def test_a_compressed_bomb_is_refused_before_it_is_unpacked() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(FIRST[0], b"\0" * 100_000_000)
    assert len(target.getvalue()) < 200_000
    with pytest.raises(ArchiveError):
        read_archive(target.getvalue())


def test_sizes_that_lie_are_refused() -> None:
    file = bytearray(write_archive({FIRST[0]: b"{}", FIRST[1]: b"s"}))
    file[22:26] = (2**32 - 1).to_bytes(4, "little")
    with pytest.raises(ArchiveError, match="header, size or check sum"):
        read_archive(bytes(file))


@pytest.mark.parametrize("file", [b"", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"hello"])
def test_what_is_no_package_is_refused(file: bytes) -> None:
    with pytest.raises(ArchiveError):
        read_archive(file)
