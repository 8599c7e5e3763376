"""The door: who may sees identifiers decrypted, others a mask; tokens are read to join by; all is logged."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.data.identifiers.people import (
    DOING,
    HOMES,
    IDS,
    NOW,
    PHONES,
    ROOT,
    contract,
    imported,
    people,
)

from creditloop.data import Access, accesses, read_table, source_tables
from creditloop.data.identifiers import KeyRing, erase_values, fetched_names, open_key_ring, readable_table
from creditloop.kernel.errors import EvidenceError, InputError, StateError
from creditloop.kernel.storage import Connection


def read(
    connection: Connection,
    columns: list[str],
    purpose: str,
    *,
    keys: KeyRing | None = None,
    party_ids: list[str] | None = None,
    denied: list[Access] | None = None,
) -> pl.DataFrame:
    """Read people through the door."""
    kept: list[Access] = [] if denied is None else denied
    return read_table(
        connection,
        contract=contract(),
        table="person",
        columns=columns,
        purpose=purpose,
        reader="a test",
        reason="to see",
        known_by=NOW,
        now=NOW,
        record_denial=kept.append,
        party_ids=party_ids,
        keys=keys,
    )


@pytest.fixture
def store_of_people(store: Connection, tmp_path: Path) -> Connection:
    """Three people, the first with a correction and the third without a telephone."""
    imported(store, tmp_path, people(phone=[*PHONES[:2], None]))
    later = people(phone=["13811112222", *PHONES[1:]], known_on=[date(2025, 1, 1)] * 3).head(1)
    imported(store, tmp_path, later, name="later")
    return store


def test_a_purpose_of_the_class_sees_the_newest_value_in_clear(store_of_people: Connection) -> None:
    keys = open_key_ring(store_of_people, root=ROOT)
    frame = read(store_of_people, ["home", "party_id", "phone", "id_number"], "audit", keys=keys)
    assert frame.rows() == [
        (HOMES[0], "customer/C1", "13811112222", IDS[0]),
        (HOMES[1], "customer/C2", PHONES[1], IDS[1]),
        (HOMES[2], "customer/C3", None, IDS[2]),
    ]
    assert frame.columns == ["home", "party_id", "phone", "id_number"]
    one = read(store_of_people, ["phone"], "audit", keys=keys, party_ids=["customer/C2"])
    assert one.to_dicts() == [{"phone": PHONES[1]}]
    last = accesses(store_of_people)[-1]
    assert (last.columns, last.masked_columns, last.parties_count) == (("phone",), (), 1)


def test_another_purpose_sees_a_mask_and_needs_no_keys(store_of_people: Connection) -> None:
    assert read(store_of_people, ["id_number"], "display").to_dicts() == [{"id_number": "***"}] * 3
    assert accesses(store_of_people)[-1].masked_columns == ("id_number",)


def test_the_token_is_read_to_join_by(store_of_people: Connection) -> None:
    frame = read(store_of_people, ["party_id", "phone_token"], "rule")
    assert frame["phone_token"].null_count() == 1
    assert frame["phone_token"].str.starts_with("1.").sum() == 2
    denied: list[Access] = []
    with pytest.raises(InputError, match="does not let the purpose 'rule' read 'phone'"):
        read(store_of_people, ["phone"], "rule", denied=denied)
    assert [access.columns for access in denied] == [("phone",)]
    with pytest.raises(InputError, match="does not let the purpose 'display' read 'phone_token'"):
        read(store_of_people, ["phone_token"], "display")
    masked = read(store_of_people, ["id_number_token"], "display")  # class 3, and display sees up to 2
    assert masked["id_number_token"].to_list() == ["1**"] * 3


def test_without_keys_nothing_is_seen_and_nothing_logged(store_of_people: Connection) -> None:
    before = len(accesses(store_of_people))
    with pytest.raises(StateError, match="the reader has no keys") as refused:
        read(store_of_people, ["phone"], "audit")
    assert refused.value.where == {"table": "source.people_person", "field": "phone"}
    assert len(accesses(store_of_people)) == before
    assert read(store_of_people, ["line"], "audit").height == 3


def test_a_changed_value_stops_the_read(store_of_people: Connection) -> None:
    store_of_people.execute("UPDATE data.sealed_value SET sealed = sealed || 'A'")
    with pytest.raises(EvidenceError, match="does not open"):
        read(store_of_people, ["phone"], "audit", keys=open_key_ring(store_of_people, root=ROOT))


def test_what_was_erased_reads_as_missing(store_of_people: Connection) -> None:
    tables = source_tables(store_of_people)
    erase_values(store_of_people, party_id="customer/C2", tables=tables, doing=DOING)
    keys = open_key_ring(store_of_people, root=ROOT)
    assert read(store_of_people, ["home"], "audit", keys=keys)["home"].to_list() == [HOMES[0], None, HOMES[2]]
    assert read(store_of_people, ["phone_token"], "rule")["phone_token"].null_count() == 1


def test_only_what_is_needed_is_fetched() -> None:
    table = readable_table(contract(), contract().tables[0])
    assert fetched_names(table, columns=["phone", "line"], clear_up_to=3) == ["phone_token", "line"]
    assert fetched_names(table, columns=["phone_token", "phone"], clear_up_to=4) == [
        *("phone_token", "batch_id", "row_no", "party_id", "line", "known_at"),
    ]
    assert fetched_names(table, columns=["line", "known_at"], clear_up_to=5) == ["line", "known_at"]
