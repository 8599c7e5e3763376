"""Ids made from content: the same parts give the same id, other parts another."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.errors import InputError
from creditloop.kernel.ids import content_id

PARTS = st.lists(st.integers() | st.text("ab|/\x00,", max_size=4) | st.none() | st.booleans(), max_size=4)


@given(st.text("ab", min_size=1), PARTS)
def test_the_same_parts_give_the_same_id_in_the_form_of_rfc_9562(kind: str, parts: list[object]) -> None:
    made = content_id(kind, *parts)
    assert made == content_id(kind, *parts)
    assert made.version == 8
    assert made.variant == uuid.RFC_4122


@given(st.text("ab", min_size=1), PARTS, st.text("ab", min_size=1), PARTS)
def test_other_parts_give_another_id(
    kind: str, parts: list[object], kind2: str, parts2: list[object]
) -> None:
    same = (kind, [typed(part) for part in parts]) == (kind2, [typed(part) for part in parts2])
    assert (content_id(kind, *parts) == content_id(kind2, *parts2)) is same


def test_parts_do_not_run_together() -> None:
    made = {
        content_id("a", "b", "c"),
        content_id("a", "bc"),
        content_id("ab", "c"),
        content_id("a", ["b", "c"]),
    }
    assert len(made) == 4


def test_an_id_is_the_same_on_every_machine_and_in_every_year() -> None:
    assert content_id("import_batch", "taiwan_cards", 30000) == uuid.UUID(
        "5f71bcdb-f592-83b9-b17b-581327f8daac"
    )


def test_a_part_that_cannot_be_hashed_is_refused() -> None:
    with pytest.raises(InputError, match="this kind of value cannot be hashed"):
        content_id("amount", 0.5)


def typed(part: object) -> tuple[str, object]:
    """Keep 1, True and "1" apart, as canonical JSON does."""
    return type(part).__name__, part
