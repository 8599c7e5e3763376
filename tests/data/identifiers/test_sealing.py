"""Values bound to their place, and the text that names a row."""

from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.data.identifiers.people import contract, people
from tests.data.identifiers.test_key_ring import RING, SEALS

from creditloop.data.identifiers import KeyRing, Place, with_sealed
from creditloop.data.identifiers.sealing import SealedValue, opened, row_texts, sealed, tokens
from creditloop.kernel.errors import EvidenceError, StateError

PLACE = Place(source_table="source.people_person", column="phone")
FIRST, LAST = datetime.fromisoformat("0001-01-02"), datetime.fromisoformat("9999-12-30")
ROWS = pl.Series(["C1\x001", "C2\x001", "C3\x001"])
VALUES = pl.Series("phone", ["13800001111", None, "é中"])


def closed(key_no: int = 2) -> list[SealedValue]:
    """Seal the values but the missing one."""
    texts = sealed(VALUES, rows=ROWS, place=PLACE, key=SEALS[key_no])
    return [
        SealedValue(key_no=key_no, sealed=text, row=row)
        for text, row in zip(texts, ROWS, strict=True)
        if text is not None
    ]


@pytest.mark.parametrize("key_no", SEALS)
def test_values_open_in_their_place(key_no: int) -> None:
    assert opened(closed(key_no), place=PLACE, keys=RING) == ["13800001111", "é中"]
    assert sealed(VALUES, rows=ROWS, place=PLACE, key=SEALS[key_no])[1] is None


def test_equal_values_are_never_encrypted_equally() -> None:
    same = sealed(pl.Series(["a"] * 50), rows=pl.Series(["r"] * 50), place=PLACE, key=RING.newest)
    assert same.n_unique() == 50


@pytest.mark.parametrize(
    "place",
    [
        Place(source_table="source.other", column="phone"),
        Place(source_table=PLACE.source_table, column="home"),
    ],
)
def test_in_another_table_or_column_they_do_not_open(place: Place) -> None:
    with pytest.raises(EvidenceError, match="changed, or moved") as refused:
        opened(closed(), place=place, keys=RING)
    assert refused.value.where == {"table": place.source_table, "field": place.column, "key": 2}


def test_in_another_row_cut_or_under_another_number_they_do_not_open() -> None:
    one, other = closed()
    both = KeyRing(seals={2: SEALS[2], 3: replace(SEALS[2], number=3)}, token=RING.token)
    for value in (
        SealedValue(key_no=2, sealed=one.sealed, row=other.row),
        SealedValue(key_no=2, sealed=one.sealed[:-4], row=one.row),
        SealedValue(key_no=2, sealed="", row=one.row),
        SealedValue(key_no=3, sealed=one.sealed, row=one.row),
    ):
        with pytest.raises(EvidenceError, match="changed, or moved") as refused:
            opened([value], place=PLACE, keys=both)
        assert "1380" not in refused.value.diagnostics()


def test_a_key_that_is_not_there_is_named() -> None:
    with pytest.raises(StateError, match="not among the keys") as refused:
        opened(closed(), place=PLACE, keys=KeyRing(seals={1: SEALS[1]}, token=RING.token))
    assert refused.value.got == "key 2"


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=4),
            st.integers(-(2**63) + 1, 2**63 - 1),
            st.dates(),
            st.booleans(),
            st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
        ),
        min_size=1,
        max_size=6,
        unique=True,
    )
)
def test_rows_that_differ_have_texts_that_differ(rows: list[tuple[str, int, date, bool, datetime]]) -> None:
    schema = {
        "party_id": pl.String(),
        "line": pl.Int64(),
        "day": pl.Date(),
        "open": pl.Boolean(),
        "known_at": pl.Datetime("us", "UTC"),
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    texts = row_texts(frame, key=["party_id", "line", "day", "open"])
    assert texts.n_unique() == len(rows)
    # what the database gives has no contract beside it, and is named alike
    assert row_texts(pl.DataFrame(rows, schema=list(schema), orient="row"), key=list(schema)[:4]).equals(
        texts
    )


def test_another_version_of_a_row_is_another_row() -> None:
    row: dict[str, list[object]] = {"party_id": ["C1"], "line": [1], "known_at": [FIRST.replace(tzinfo=UTC)]}
    changes: list[dict[str, list[object]]] = [
        {"party_id": ["C2"]},
        {"line": [2]},
        {"known_at": [LAST.replace(tzinfo=UTC)]},
    ]
    frame = pl.concat(pl.DataFrame({**row, **change}) for change in [{}, *changes])
    assert row_texts(frame, key=["party_id", "line"]).n_unique() == 4


def test_tokens_join_however_the_identifier_is_written() -> None:
    made = tokens(
        pl.Series(["+86 138-0000-1111", "１３８００００１１１１", None, "13800001112"]),
        sort="phone",
        keys=RING,
    )
    assert made[0] == made[1] != made[3]
    assert made[2] is None


def test_a_frame_gets_tokens_and_loses_what_they_stand_for() -> None:
    (table,) = contract().tables
    frame = people(phone=["13800001111", None, "13700003333"]).with_columns(
        pl.col("no").alias("party_id"), pl.lit(datetime(2024, 5, 6, tzinfo=UTC)).alias("known_at")
    )
    found = with_sealed(frame, table=table, source_table=PLACE.source_table, keys=RING)
    assert (
        found["phone_token"].is_null().to_list() == found["phone"].is_null().to_list() == [False, True, False]
    )
    assert found["id_number"].str.starts_with("1.").all()
    values = [
        SealedValue(key_no=2, sealed=text, row=row)
        for text, row in zip(found["home"], row_texts(frame, key=table.key), strict=True)
    ]
    place = Place(source_table=PLACE.source_table, column="home")
    assert opened(values, place=place, keys=RING) == people()["home"].to_list()
