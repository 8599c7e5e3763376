"""Files of consents: a row a record; a bad row is named by its number, and refuses the file."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from creditloop.data import Contract, read_contract
from creditloop.data.consents import ConsentFile, ConsentGiven, ConsentWithdrawn, read_consent_file
from creditloop.kernel.errors import ContractBroken, InputError

CONTRACTS = Path(__file__).parents[3] / "contracts"
GIVEN: dict[str, str | None] = {
    "consent_id": "form-17",
    "party_no": "p7",
    "kind": "given",
    "sources": "invoices;bureau_months",
    "purposes": "rule;model",
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
    "wording_version": "2026-01",
    "wording_hash": "0a" * 32,
    "channel": "branch",
    "evidence": "archive/17, page 2",
}
OF_GIVEN = ("valid_from", "valid_until", "wording_version", "wording_hash")
WITHDRAWN = {**GIVEN, "consent_id": "call-3", "kind": "withdrawn", **dict.fromkeys(OF_GIVEN)}


def find_contract(name: str) -> Contract | None:
    file = CONTRACTS / f"{name}.yaml"
    return read_contract(file, root=CONTRACTS) if file.exists() else None


def read(folder: Path, rows: list[dict[str, str | None]], *, parquet: bool = False) -> ConsentFile:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(GIVEN, pl.String))
    file = folder / ("consents.parquet" if parquet else "consents.csv")
    if parquet:
        days = pl.col("valid_from", "valid_until").str.to_date()
        frame.with_columns(days).write_parquet(file, metadata={"simulated": "true"})
    else:
        frame.write_csv(file)
    return read_consent_file(file, find_contract=find_contract)


@pytest.mark.parametrize("parquet", [False, True])
def test_rows_are_records_in_the_order_of_the_file(tmp_path: Path, parquet: bool) -> None:
    found = read(
        tmp_path, [GIVEN, WITHDRAWN, {**GIVEN, "consent_id": "b", "valid_until": None}], parquet=parquet
    )
    shared = {
        "party_id": "customer/p7",
        "contracts": frozenset({"invoices", "bureau_months"}),
        "purposes": frozenset({"rule", "model"}),
        "channel": "branch",
        "evidence": "archive/17, page 2",
    }
    first = ConsentGiven(
        consent_id="form-17",
        valid_from=datetime(2025, 12, 31, 16, tzinfo=UTC),
        valid_until=datetime(2026, 12, 31, 16, tzinfo=UTC),
        wording_version="2026-01",
        wording_hash="0a" * 32,
        **shared,  # type: ignore[arg-type]
    )
    assert found.records[:2] == (first, ConsentWithdrawn(consent_id="call-3", **shared))  # type: ignore[arg-type]
    assert isinstance(found.records[2], ConsentGiven) and found.records[2].valid_until is None
    assert found.simulated is parquet


def test_a_withdrawal_may_say_the_day_it_was_told(tmp_path: Path) -> None:
    found = read(tmp_path, [{**WITHDRAWN, "valid_from": "2026-01-01"}])
    (record,) = found.records
    assert isinstance(record, ConsentWithdrawn)
    assert record.effective_from == datetime(2025, 12, 31, 16, tzinfo=UTC)


BAD: list[tuple[dict[str, str | None], str]] = [
    ({"kind": "gave"}, "kind: expected given or withdrawn (got gave)"),
    ({"consent_id": None}, "consent_id: this must be said"),
    ({"valid_from": None}, "valid_from: this must be said"),
    ({"wording_hash": None}, "wording_hash: this must be said"),
    ({"wording_hash": "abc"}, "wording_hash: the wording is named by its SHA-256"),
    ({"valid_from": "01.01.2026"}, "valid_from: a day as YYYY-MM-DD"),
    ({"valid_until": "2025-06-01"}, "valid_until: consent ends before it begins"),
    ({"valid_until": "soon"}, "valid_until: a day as YYYY-MM-DD"),
    ({"sources": "invoices;nothing"}, "sources: the bank has no such source (got nothing)"),
    ({"sources": "invoices;south_german_credit"}, "sources of one record are of one register"),
    ({"sources": "patents"}, "purposes: patents asks no consent for this"),
    ({"purposes": "rule;fun"}, "purposes: "),
    ({"channel": "  "}, "channel: a consent must say this"),
    ({**WITHDRAWN, "valid_until": "2026-01-01"}, "valid_until: a withdrawal says no such thing"),
    ({**WITHDRAWN, "wording_version": "1"}, "wording_version: a withdrawal says no such thing"),
]


@pytest.mark.parametrize(("change", "said"), BAD)
def test_a_bad_row_is_named_and_refuses_the_file(
    tmp_path: Path, change: dict[str, str | None], said: str
) -> None:
    with pytest.raises(ContractBroken, match="1 of 3 rows are no records of consent") as refused:
        read(tmp_path, [{**GIVEN, "consent_id": "a"}, {**GIVEN, **change}, WITHDRAWN])
    assert str(refused.value.got).startswith("row 2, ")
    assert said in str(refused.value.got)
    assert refused.value.where == {"file": "consents.csv", "row": 2}


def test_many_bad_rows_are_counted_and_the_first_named(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="12 of 12 rows") as refused:
        read(tmp_path, [{**GIVEN, "kind": None}] * 12)
    assert "row 1, kind" in str(refused.value.got) and str(refused.value.got).endswith("and 2 more")


def test_rows_keep_their_numbers_over_batches(tmp_path: Path) -> None:
    rows = [{**GIVEN, "consent_id": f"c{number}"} for number in range(10_002)]
    rows[10_000]["valid_from"] = "never"
    with pytest.raises(ContractBroken, match="1 of 10002 rows") as refused:
        read(tmp_path, rows)
    assert refused.value.where["row"] == 10_001


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "these columns and no other"),
        (",".join(GIVEN) + "\n", "a header and no rows"),
        (",".join([*GIVEN, "more"]) + "\n", "these columns and no other"),
    ],
)
def test_what_is_no_file_of_consents_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ContractBroken, match=said):
        read_consent_file(tmp_path / "a.csv", find_contract=find_contract)


def test_a_file_that_is_not_there_and_a_workbook_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_consent_file(tmp_path / "gone.csv", find_contract=find_contract)
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(ContractBroken, match="not read from files of this format"):
        read_consent_file(tmp_path / "a.xlsx", find_contract=find_contract)


def test_a_day_in_parquet_is_a_day(tmp_path: Path) -> None:
    (record,) = read(tmp_path, [{**GIVEN, "valid_from": str(date(2024, 2, 29))}], parquet=True).records
    assert isinstance(record, ConsentGiven)
    assert record.valid_from == datetime(2024, 2, 28, 16, tzinfo=UTC)
