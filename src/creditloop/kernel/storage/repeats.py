"""A repeat of what was recorded: the same again finds the first, anything else under its id is refused."""

from collections.abc import Mapping
from typing import Protocol, TypeVar

from creditloop.kernel.errors import ConflictingRepeat


class Recorded(Protocol):
    """What a store keeps of a run: it can be compared, and names its content by hash."""

    @property
    def content_hash(self) -> str:
        """SHA-256 of all that was recorded."""


_R = TypeVar("_R", bound=Recorded)


def first_recorded(first: _R, again: _R, *, message: str, where: Mapping[str, object]) -> _R:
    """Return what was recorded first, if what is asked for again is the same.

    Args:
        message: what differs, if something does; `where` names the run.
    Raises: ConflictingRepeat with both hashes if it is not the same; the first stands.
    """
    if first != again:
        raise ConflictingRepeat(
            message, got=again.content_hash, expected=first.content_hash, where=dict(where)
        )
    return first
