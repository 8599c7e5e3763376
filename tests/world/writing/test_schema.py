"""Rows under a contract: exact yuan, and rows that are not the contract's are refused."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.errors import ContractBroken, CreditloopError
from creditloop.world.writing.columns import Codes, Rows
from creditloop.world.writing.schema import SourceSchema, arrow_rows, source_schema, yuan

CONTRACTS = Path(__file__).parents[3] / "contracts"


@pytest.fixture(scope="module")
def schema() -> SourceSchema:
    return source_schema(CONTRACTS, "bureau_records")


def _record(**other: object) -> Rows:
    columns = {
        "record_no": pa.array(["r1"]),
        "recorded_on": np.array([19_800]),
        "known_on": np.array([19_801]),
        "kind": Codes(np.array([1]), ("unpaid_tax", "judgment")),
        "state": Codes(np.array([0]), ("open", "closed")),
        "amount_fen": np.array([12_345]),
    }
    return Rows(party=np.array([0]), columns={**columns, **other})


def test_rows_come_out_by_the_files_names(schema: SourceSchema) -> None:
    table = arrow_rows(schema, _record(), np.array([41]))
    assert table.column_names == ["party_no", *(column.source for column in schema.table.columns)]
    row = table.to_pylist()[0]
    assert (row["party_no"], row["amount"], row["kind"]) == ("p00000041", Decimal("123.45"), "judgment")
    assert table.schema.metadata[b"simulated"] == b"true"


@given(st.lists(st.integers(-(10**15), 10**15), max_size=20))
def test_fen_become_exact_yuan(fen: list[int]) -> None:
    assert yuan(np.array(fen, dtype=np.int64)).to_pylist() == [Decimal(amount) / 100 for amount in fen]


def test_missing_amounts_stay_missing() -> None:
    assert yuan(np.array([1, 2]), np.array([True, False])).to_pylist() == [None, Decimal("0.02")]


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"surplus": np.array([1])}, "surplus"),
        ({"kind": Codes(np.array([0]), ("invented",))}, "invented"),
        ({"record_no": Codes(np.array([0]), ("r1",))}, "r1"),
    ],
)
def test_rows_that_are_not_the_contracts_are_refused(
    schema: SourceSchema, other: dict[str, object], named: str
) -> None:
    with pytest.raises(ContractBroken, match=r"contract") as error:
        arrow_rows(schema, _record(**other), np.array([0]))
    assert named in str(error.value.got)


def test_a_contract_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CreditloopError) as error:
        source_schema(tmp_path, "parties")
    assert "parties.yaml" in error.value.diagnostics()
