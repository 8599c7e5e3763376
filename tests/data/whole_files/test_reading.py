"""A file that is compared and not kept: right in every row, or refused with file, row and field."""

from pathlib import Path

import polars as pl
import pytest
from tests.data.loan_source import contract_text

from creditloop.data import Contract, parse_contract, read_contract
from creditloop.data.whole_files import read_whole_file
from creditloop.kernel.errors import ContractBroken, InputError

REPOSITORY = Path(__file__).parents[3]
HEADER = "loan_id,day,principal,interest,fee,penalty,dpd,class\n"
ROWS = (
    "L/1,2026-02-05,1000.05,1.20,0,0.00,0,normal\n",
    "L/2,2026-02-05,0.00,0.00,0.00,0.00,0,none\n",
    "L/2,2026-02-05,7.00,-0.10,0.00,0.30,31,special_mention\n",
)


@pytest.fixture(scope="module")
def balances() -> Contract:
    return read_contract(REPOSITORY / "contracts" / "core_loan_balances.yaml", root=REPOSITORY)


def written(folder: Path, text: str) -> Path:
    file = folder / "core_loan_balances.csv"
    file.write_text(text, "utf-8")
    return file


def test_every_row_comes_in_fen_in_order_also_twice(balances: Contract, tmp_path: Path) -> None:
    read = read_whole_file(contract=balances, file=written(tmp_path, HEADER + "".join(ROWS)))
    assert read.rows["loan_id"].to_list() == ["L/1", "L/2", "L/2"]
    assert read.rows.row(2)[2:] == (700, -10, 0, 30, 31, "special_mention")
    assert read.sums == {
        "principal_fen": 100_705,
        "interest_fen": 110,
        "fee_fen": 0,
        "penalty_fen": 30,
        "dpd": 31,
    }
    assert (read.identity.name, len(read.identity.sha256)) == ("core_loan_balances.csv", 64)


def test_every_format_gives_the_same_rows(balances: Contract, tmp_path: Path) -> None:
    file = written(tmp_path, HEADER + "".join(ROWS))
    texts = pl.read_csv(file, infer_schema=False)
    texts.write_parquet(tmp_path / "core_loan_balances.parquet")
    one, two = (
        read_whole_file(contract=balances, file=file.with_suffix(suffix)).rows
        for suffix in (".csv", ".parquet")
    )
    assert one.equals(two)


def test_more_rows_than_one_batch(balances: Contract, tmp_path: Path) -> None:
    lines = [f"L/{number},2026-02-05,{number}.01,0,0,0,0,normal\n" for number in range(25_000)]
    read = read_whole_file(contract=balances, file=written(tmp_path, HEADER + "".join(lines)))
    assert read.rows.height == 25_000
    assert read.sums["principal_fen"] == sum(100 * number + 1 for number in range(25_000))
    lines[24_321] = lines[24_321].replace("24321.01", "24321.011")
    with pytest.raises(ContractBroken) as refusal:
        read_whole_file(contract=balances, file=written(tmp_path, HEADER + "".join(lines)))
    assert refusal.value.where["row"] == 24_322


@pytest.mark.parametrize(
    ("old", "new", "row", "field", "code"),
    [
        ("1000.05", "1,000.05", None, None, None),
        ("1000.05", "1000.055", 1, "principal", "wrong_type"),
        ("1000.05", "-1000.05", 1, "principal", "balance_negative"),
        ("31,special", "-1,special", 3, "dpd", "dpd_negative"),
        ("none", "", 2, "class", "missing_value"),
        ("none", "good", 2, "class", "unlisted_value"),
        ("L/1,", ",", 1, "loan_id", "missing_key"),
        ("L/2,2026-02-05,0", "L/2,05.02.2026,0", 2, "day", "wrong_type"),
    ],
)
def test_one_bad_cell_refuses_the_file_and_is_named(
    balances: Contract, tmp_path: Path, old: str, new: str, row: int, field: str, code: str
) -> None:
    text = (HEADER + "".join(ROWS)).replace(old, new, 1)
    with pytest.raises(ContractBroken) as refusal:
        read_whole_file(contract=balances, file=written(tmp_path, text))
    assert refusal.value.where["file"] == "core_loan_balances.csv"
    if row is not None:
        assert refusal.value.where == {"file": "core_loan_balances.csv", "row": row, "field": field}
        assert f"{code} 1" in refusal.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER.replace(",class", "") + "L/1,2026-02-05,1,0,0,0,0\n", "missing in the file"),
        (
            HEADER.replace("class", "class,owner") + "L/1,2026-02-05,1,0,0,0,0,normal,x\n",
            "not in the contract",
        ),
        (HEADER, "a header and no rows"),
        ("", "the file is empty"),
    ],
)
def test_a_file_of_another_form_is_refused(
    balances: Contract, tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ContractBroken, match=message):
        read_whole_file(contract=balances, file=written(tmp_path, text))


def test_a_header_alone_is_a_file_where_that_is_said(balances: Contract, tmp_path: Path) -> None:
    read = read_whole_file(contract=balances, file=written(tmp_path, HEADER), may_be_empty=True)
    assert (read.rows.height, read.sums["principal_fen"]) == (0, 0)
    with pytest.raises(InputError, match="no such file"):
        read_whole_file(contract=balances, file=tmp_path / "other.csv", may_be_empty=True)


def test_a_contract_of_another_shape_is_not_read_so(tmp_path: Path) -> None:
    contract = parse_contract(contract_text(), path="contracts/loans.yaml")
    if len(contract.tables) == 1 and not contract.tables[0].repetitions:
        pytest.fail("the example has become a plain table: choose another")
    with pytest.raises(ContractBroken, match="one plain table"):
        read_whole_file(contract=contract, file=written(tmp_path, HEADER))
