"""Preparing events for the bulk: the same features as online of the same file, within what is refused."""

from datetime import date, timedelta
from pathlib import Path

import moves
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moves import contract, features, reading, row, written

from creditloop.data import Contract, import_file
from creditloop.data.events import PreparedEvents, party_features, prepare_events
from creditloop.data.windows import WindowFeatureSet, window_batches
from creditloop.kernel.errors import ContractBroken, InputError
from creditloop.kernel.storage import Connection

DAY = date(2025, 3, 31)


def prepared(files: list[Path], read: Contract | None = None, **changes: object) -> PreparedEvents:
    """Prepare files beside the first of them, for a rule."""
    asked = {"table": "move", "purpose": "rule", "target": files[0].with_name("prepared.parquet"), **changes}
    return prepare_events(contract=read or contract(), files=files, **asked)  # type: ignore[arg-type]


def in_bulk(
    read: WindowFeatureSet, made: PreparedEvents, asked: list[tuple[str, date]]
) -> list[dict[str, int | None]]:
    """Return every feature of each party and day, from the prepared file; each asked of on one day only."""
    found = []
    for day in sorted({day for _, day in asked}):
        parties = pa.table(
            {
                "party_id": [f"customer/{party}" for party, own in asked if own == day],
                "as_of": pa.array([day for _, own in asked if own == day], pa.date32()),
            }
        )
        batches = window_batches(
            table=read.table, features=read.features, events=made.relation, parties=parties
        )
        found += pa.concat_tables(list(batches)).to_pylist()
    return found


def test_online_from_the_database_and_in_bulk_from_the_file_are_equal(
    loaded: Connection, drawn: list[moves.Row], drawn_file: Path, tmp_path: Path
) -> None:
    read, made = features(), prepared([drawn_file], target=tmp_path / "prepared.parquet")
    parties = [*moves.parties_of(drawn), "nobody"]
    days = [DAY, DAY - timedelta(3), DAY - timedelta(29), DAY + timedelta(12)]
    asked = [(party, day) for day in sorted(days) for party in parties]
    differing, told = [], set()
    for (party, day), bulk in zip(asked, in_bulk(read, made, asked), strict=True):
        online = party_features(loaded, features=read, reading=reading(party, day))
        assert (bulk.pop("party_id"), bulk.pop("as_of")) == (f"customer/{party}", day)
        differing += [(party, day, name) for name in online if online[name] != bulk[name]]
        told |= {(name, value) for name, value in online.items()}
    assert differing == []
    assert len(told) > 10 * len(read.features)
    assert made.superseded > 100
    assert made.events > 2 * made.superseded


def test_it_counts_what_an_import_counts(loaded: Connection, drawn_file: Path, tmp_path: Path) -> None:
    result = import_file(loaded, contract=contract(), file=drawn_file, now=moves.NOW)
    made = prepared([drawn_file], target=tmp_path / "prepared.parquet")
    assert made.rows_read == result.rows_read
    assert made.rows_rejected == result.rows_rejected > 0
    assert made.findings == result.findings_by_code
    assert made.events == result.tables["move"].loaded


def test_between_files_the_first_of_a_key_and_moment_stands_as_in_imports(
    database: Connection, tmp_path: Path
) -> None:
    one = [row("1", "a", DAY, amount=10), row("1", "b", DAY, amount=20), row("2", "c", DAY)]
    two = [
        row("1", "a", DAY, amount=10),  # equal: changes nothing
        row("1", "b", DAY, amount=99),  # says something else: rejected
        row("1", "b", DAY, amount=77, known_on=DAY + timedelta(2)),  # a correction
        row("3", "d", DAY, amount=5),
        row("3", "d", DAY, amount=6),  # twice in the file: rejected
        row("3", "e", DAY, amount=900_000_100),  # rejected by a rule
    ]
    files = [written(tmp_path, rows, name=name) for name, rows in (("one", one), ("two", two))]
    lenient = contract(("value: 0.3", "value: 1"))
    results = [import_file(database, contract=lenient, file=file, now=moves.NOW) for file in files]
    made = prepared(files, lenient)
    assert (made.rows_rejected, made.events, made.superseded) == (3, 5, 1)
    again = prepared([*files, files[1]], lenient)
    assert (again.rows_read, again.rows_rejected, again.events) == (9, 3, 5), "the same bytes change nothing"
    assert made.rows_rejected == sum(result.rows_rejected for result in results)
    assert made.findings == {"amount_absurd": 1, "conflicting_repeat": 1, "duplicate_key": 1}
    rows = pq.read_table(made.path).select(["party_id", "move_no", "amount_fen", "known_at", "superseded_at"])
    later = DAY + timedelta(2)
    assert [tuple(each.values()) for each in rows.to_pylist()] == [
        ("customer/1", "a", 1_000, DAY, None),
        ("customer/1", "b", 2_000, DAY, later),
        ("customer/1", "b", 7_700, later, None),
        ("customer/2", "c", 10_000, DAY, None),
        ("customer/3", "d", 500, DAY, None),
    ]
    read = features(lenient)
    for day in (DAY, later):
        asked = [(party, day) for party in "123"]
        for (party, _), bulk in zip(asked, in_bulk(read, made, asked), strict=True):
            given = reading(party, day, contract=lenient)
            online = party_features(database, features=read, reading=given)
            assert online == {name: bulk[name] for name in online}


def test_more_rejected_than_the_contract_allows_refuses_the_file(tmp_path: Path) -> None:
    rows = [row("1", f"m{n}", DAY) for n in range(3)] + [row("1", "m0", DAY, amount=n) for n in range(2)]
    file = written(tmp_path, rows)
    with pytest.raises(ContractBroken, match="more rows are rejected") as broken:
        prepared([file])
    assert broken.value.got == "2 of 5 rows; duplicate_key 2"
    assert broken.value.where == {"file": "moves.parquet", "row": 4}
    absurd = written(tmp_path, [row("1", "x", DAY, amount=10**8)])
    with pytest.raises(ContractBroken, match="more rows are rejected") as broken:
        prepared([absurd])
    assert broken.value.where["field"] == "amount"
    assert list(tmp_path.iterdir()) == [absurd], "nothing half done is left"


@pytest.mark.parametrize(
    ("column", "kind", "field"),
    [
        ("channel", None, "channel"),
        ("booked_on", pa.int64(), "booked_on"),
        ("amount", pa.bool_(), "amount"),
        ("surplus", pa.string(), "surplus"),
    ],
)
def test_a_column_that_vanished_came_or_changed_its_type_is_named(
    column: str, kind: pa.DataType | None, field: str, tmp_path: Path
) -> None:
    table = pq.read_table(written(tmp_path, [row("1", "a", DAY)]))
    if column in table.column_names:
        table = table.drop_columns([column])
    if kind is not None:
        table = table.append_column(column, pa.nulls(1).cast(kind))
    file = tmp_path / "changed.parquet"
    pq.write_table(table, file)
    with pytest.raises(ContractBroken) as broken:
        prepared([file])
    assert broken.value.where["field"] == field
    assert not (tmp_path / "prepared.parquet").exists()


def test_only_columns_the_purpose_sees_in_clear_are_written(tmp_path: Path) -> None:
    file = written(tmp_path, [row("1", "a", DAY, faith="a")])
    for_rule = prepared([file])
    assert for_rule.left_out == {"faith": "the purpose 'rule' may not read it"}
    assert "faith" not in pq.read_schema(for_rule.path).names
    metadata = pq.read_schema(for_rule.path).metadata or pq.read_metadata(for_rule.path).metadata
    assert metadata[b"contract_hash"].decode() == contract().document.hash == for_rule.contract_hash
    shown = prepared([file], purpose="display")
    assert set(shown.left_out) == {"amount_fen", "shop", "faith"}
    assert all("masked" in shown.left_out[name] for name in ("amount_fen", "shop"))
    assert prepared([file], purpose="fairness").columns == ("faith",)
    with pytest.raises(InputError, match="lack a column"):
        in_bulk(features(), shown, [("1", DAY)])
    hidden = contract(("customer, type: text, sensitivity: 2", "customer, type: text, sensitivity: 3"))
    with pytest.raises(InputError, match="would see this column masked") as refused:
        prepared([file], hidden, purpose="display")
    assert refused.value.where["field"] == "party_id"
    with pytest.raises(InputError, match="gives no events to this purpose"):
        prepared([file], purpose="model")


def test_what_cannot_be_prepared_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, [row("1", "a", DAY)])
    with pytest.raises(InputError, match="has no table 'flow'"):
        prepared([file], table="flow")
    with pytest.raises(InputError, match="no files"):
        prepare_events(
            contract=contract(), table="move", files=[], target=tmp_path / "x.parquet", purpose="rule"
        )
    with pytest.raises(InputError, match="no such folder"):
        prepared([file], target=tmp_path / "nowhere" / "x.parquet")
    with pytest.raises(ContractBroken, match="does not take files of this format"):
        prepared([file], contract(("formats: [parquet, csv]", "formats: [csv]")))
    named = contract(("shop: {from: shop", "superseded_at: {from: shop"))
    with pytest.raises(InputError, match="says when an event was superseded"):
        prepared([file], named)
    with pytest.raises(ContractBroken, match="no rows"):
        prepared([written(tmp_path, [], name="empty")])


def test_a_sort_larger_than_its_memory_goes_to_disk(tmp_path: Path) -> None:
    day = date(2025, 1, 1)
    rows = [row(f"{n % 997:04d}", f"m{n}", day, shop="s" * 60) for n in range(40_000)]
    made = prepared([written(tmp_path, rows)], memory_mb=40)
    assert made.events == 40_000
    parties = pq.read_table(made.path, columns=["party_id"])["party_id"].to_pylist()
    assert parties == sorted(parties)
    with pytest.raises(InputError, match="cannot be sorted within this memory") as refused:
        prepared([tmp_path / "moves.parquet"], memory_mb=2)
    assert refused.value.got == "2 MB"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["moves.parquet", "prepared.parquet"]


def test_where_consent_is_needed_only_those_who_consent_are_written(tmp_path: Path) -> None:
    file = written(tmp_path, [row(party, "a", DAY) for party in "123"])
    basis = "retention: {months"
    asking = contract((basis, f"consent: {{purposes: [rule], basis: {{title: the law}}}}\n{basis}"))
    with pytest.raises(InputError, match="only of parties who consent"):
        prepared([file], asking)
    made = prepared([file], asking, consenting=["customer/3", "customer/1", "customer/9"])
    assert (made.events, made.parties_withheld) == (2, 1)
    assert pq.read_table(made.path)["party_id"].to_pylist() == ["customer/1", "customer/3"]
    assert prepared([file], asking, consenting=[]).events == 0
    assert prepared([file], asking, purpose="display").parties_withheld == 0
