"""The one file of a package (单一文件): a zip written in exactly one way, and read in no other.

Members are stored, never compressed; each has the same fixed time, and nothing but name, size and CRC differs
between two headers. Reading writes the file again in mind and compares, so no byte of it can be changed,
added, moved or left out unseen, and nothing grows when it is unpacked. Any unzip program opens it.
"""

import re
import struct
import zlib
from collections.abc import Mapping

from creditloop.kernel.errors import EvidenceError, InputError

PACKAGE_BYTES_MAX = 256 << 20
"""Larger packages are neither made nor read."""
MEMBERS_MAX = 20_000
"""More members are neither made nor read; a zip without extensions ends at 65,535."""
PATH_CHARACTERS_MAX = 200
"""Longest path of a member."""
HEADER_BYTES_MAX = 512
"""Bytes a member costs besides its own, at most: 30 + 46 and its path twice, rounded up."""
FIRST = ("manifest.json", "manifest.sig")
"""The members that stand first, in this order; all others follow by their paths."""

_SEGMENT = "[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?"
_PATH = re.compile(f"{_SEGMENT}(?:/{_SEGMENT})*")
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION = 10
_UNIX = 3 << 8
_DATE = 0x21  # 1980-01-01, the first day a zip can say
_MODE = 0o100644 << 16


class ArchiveError(EvidenceError):
    """A file is not a package's archive."""


def is_path(path: str) -> bool:
    """Say whether a member may have this path: lower case, relative, the same on any file system."""
    return len(path) <= PATH_CHARACTERS_MAX and _PATH.fullmatch(path) is not None


def write_archive(members: Mapping[str, bytes]) -> bytes:
    """Write members as one file; the same members give the same bytes.

    Raises: InputError if a path cannot be, the first members are missing, or they are too many or too large.
    """
    for path in members:
        if not is_path(path):
            raise InputError("not a path in a package", got=repr(path), expected="like documents/plan.pdf")
    if not set(FIRST) <= set(members):
        raise InputError("a package without its manifest", got=sorted(members)[:5], expected=list(FIRST))
    if len(members) > MEMBERS_MAX:
        raise InputError("members of a package", got=len(members), expected=f"<= {MEMBERS_MAX}")
    if sum(map(len, members.values())) + len(members) * HEADER_BYTES_MAX > PACKAGE_BYTES_MAX:
        raise InputError("a package is too large", expected=f"<= {PACKAGE_BYTES_MAX} bytes")
    parts, places, offset = [], [], 0
    for path in sorted(members, key=_order):
        head = _local_header(path, members[path])
        parts += [head, members[path]]
        places.append((path, members[path], offset))
        offset += len(head) + len(members[path])
    return b"".join([*parts, _directory(places, offset)])


def read_archive(file: bytes) -> dict[str, bytes]:
    """Return the members of a package's file, in their order.

    Raises: ArchiveError naming the member at which the file is not what `write_archive` would have written.
    """
    if len(file) > PACKAGE_BYTES_MAX:
        raise ArchiveError("a package is too large", got=len(file), expected=f"<= {PACKAGE_BYTES_MAX} bytes")
    members: dict[str, bytes] = {}
    places: list[tuple[str, bytes, int]] = []
    offset, last = 0, ""
    while file[offset : offset + 4] == _LOCAL_MARK:
        path, body, after = _member(file, offset, last=last)
        if (members or path != FIRST[0]) and (not members or _order(path) <= _order(last)):
            raise ArchiveError("a member out of order, or twice", where={"file": path, "after": last})
        if len(members) == MEMBERS_MAX:
            raise ArchiveError("too many members", expected=f"<= {MEMBERS_MAX}", where={"file": path})
        members[path] = body
        places.append((path, body, offset))
        offset, last = after, path
    if file[offset:] != _directory(places, offset):
        raise ArchiveError(
            "what follows the last member is not the directory of these members",
            got=f"{len(file) - offset} bytes",
            where={"after": last, "offset": offset},
        )
    if tuple(members)[:2] != FIRST:
        raise ArchiveError("a package without its manifest", got=list(members)[:2], expected=list(FIRST))
    return members


def _member(file: bytes, offset: int, *, last: str) -> tuple[str, bytes, int]:
    """Read the member that begins at an offset: path, body, and where the next one begins."""
    where: dict[str, object] = {"after": last, "offset": offset}
    head = file[offset : offset + _LOCAL.size]
    if len(head) < _LOCAL.size:
        raise ArchiveError("the file ends within a header", where=where)
    *_, size, name_length, _extra = _LOCAL.unpack(head)
    start = offset + _LOCAL.size + name_length
    try:
        path = file[offset + _LOCAL.size : start].decode("ascii")
    except UnicodeDecodeError:
        path = ""
    if not is_path(path):
        raise ArchiveError("a member's path cannot be", got=repr(path), where=where)
    body = file[start : start + size]
    if len(body) != size or _local_header(path, body) != file[offset:start]:
        raise ArchiveError(
            "a member's header, size or check sum is not its own", where={"file": path, "offset": offset}
        )
    return path, body, start + size


def _order(path: str) -> tuple[int, str]:
    return (FIRST.index(path) if path in FIRST else len(FIRST)), path


def _local_header(path: str, body: bytes) -> bytes:
    name = path.encode("ascii")
    head = _LOCAL.pack(
        _LOCAL_MARK, _VERSION, 0, 0, 0, _DATE, zlib.crc32(body), len(body), len(body), len(name), 0
    )
    return head + name


def _directory(places: list[tuple[str, bytes, int]], offset: int) -> bytes:
    entries = []
    for path, body, place in places:
        name, size, crc = path.encode("ascii"), len(body), zlib.crc32(body)
        head = _CENTRAL.pack(
            _CENTRAL_MARK, _UNIX | _VERSION, _VERSION, 0, 0, 0, _DATE, crc, size, size, len(name), 0, 0, 0, 0,
            _MODE, place,
        )  # fmt: skip
        entries.append(head + name)
    directory = b"".join(entries)
    count = len(places)
    return directory + _END.pack(_END_MARK, 0, 0, count, count, len(directory), offset, 0)
