"""The same again finds the first; anything else under its id is refused with both hashes."""

from dataclasses import dataclass, replace

import pytest

from creditloop.kernel.errors import ConflictingRepeat
from creditloop.kernel.storage import first_recorded


@dataclass(frozen=True)
class Run:
    rows: int
    content_hash: str


FIRST = Run(rows=2, content_hash="a" * 64)


def test_the_same_again_finds_the_first() -> None:
    found = first_recorded(FIRST, replace(FIRST), message="another run", where={"batch": "b"})
    assert found is FIRST


@pytest.mark.parametrize("again", [replace(FIRST, content_hash="b" * 64), replace(FIRST, rows=3)])
def test_anything_else_is_refused_and_named(again: Run) -> None:
    with pytest.raises(ConflictingRepeat, match="another run") as caught:
        first_recorded(FIRST, again, message="another run", where={"batch": "b"})
    assert (caught.value.got, caught.value.expected) == (again.content_hash, FIRST.content_hash)
    assert caught.value.where == {"batch": "b"}
