"""From a feature back to the rows it was made from."""

from datetime import date
from pathlib import Path

import pytest
from tests.data.features.small_book import behaviour, import_book, request

from creditloop.data import Contract, accesses, lineage
from creditloop.data.features import feature_row, feature_sources
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection

PARTY = "taiwan_cards/4"


@pytest.fixture
def book(database: Connection, taiwan: Contract, tmp_path: Path) -> Connection:
    """A database with the twenty customers."""
    import_book(database, taiwan, tmp_path)
    return database


def test_every_input_leads_to_the_row_it_was_read_from(book: Connection, taiwan: Contract) -> None:
    features = behaviour(taiwan)
    row = feature_row(book, features=features, **request(taiwan), party_id=PARTY)  # type: ignore[arg-type]
    sources = feature_sources(book, features=features, **request(taiwan), party_id=PARTY)  # type: ignore[arg-type]
    assert [source.input for source in sources] == [entry.name for entry in features.inputs]
    for source in sources:
        assert source.value == row[source.input]
        query = f"SELECT {source.column} FROM {source.table} WHERE batch_id = %s AND row_no = %s"
        assert book.execute(query.encode(), [source.batch_id, source.row_no]).fetchone() == (source.value,)
    bill = next(source for source in sources if source.input == "bill_1_fen")
    key = {"party_id": PARTY, "statement_date": date(2005, 5, 31)}
    (origin,) = lineage(book, table=str(bill.table), key=key)
    assert (str(origin.batch_id), origin.source_row) == (bill.batch_id, bill.source_row)
    assert (bill.value, bill.known_at) == (5600_00, origin.known_at)


def test_an_input_a_party_has_no_row_for_has_no_source(book: Connection, taiwan: Contract) -> None:
    sources = feature_sources(
        book,
        features=behaviour(taiwan),
        **request(taiwan, as_of=date(2005, 4, 30)),  # type: ignore[arg-type]
        party_id=PARTY,
    )
    told = {source.input: (source.value, source.table, source.row_no) for source in sources}
    assert told["bill_0_fen"][0] == 5000_00
    assert told["bill_1_fen"] == (None, None, None)


def test_the_way_back_is_a_read_like_any_other(book: Connection, taiwan: Contract) -> None:
    features = behaviour(taiwan)
    feature_sources(book, features=features, **request(taiwan, purpose="audit"), party_id=PARTY)  # type: ignore[arg-type]
    assert [(access.purpose, access.parties_count) for access in accesses(book, party_id=PARTY)] == [
        ("audit", 1),
        ("audit", 1),
    ]
    with pytest.raises(InputError, match="would see this column masked"):
        feature_sources(book, features=features, **request(taiwan, purpose="display"), party_id=PARTY)  # type: ignore[arg-type]
