"""Past cases from files: a CSV is read by what documents declare, Parquet has types of its own."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from creditloop.formula import Input, Kind
from creditloop.kernel.documents import Document, parse_document
from creditloop.kernel.errors import InputError
from creditloop.risk import read_policy
from creditloop.risk.backtest import read_backtest_plan
from creditloop.service.strategies.cases import declared_kinds, read_past_cases, scan_past_cases

CSV = """\
id,grade,paid,late,late_as_told,month,channel,extra
007,1,12,0,true,2024-01-15,2,1.5
008,2,,1,false,2024-02-01,2,
"""
KINDS = {"id": Kind.TEXT, "grade": Kind.TEXT, "paid": Kind.MONEY, "channel": Kind.TEXT}
EXAMPLE = Path(__file__).parents[3] / "examples" / "south_german_credit"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "cases.csv"
    made.write_text(CSV, "utf-8")
    return made


def test_a_csv_is_read_by_the_declared_kinds_and_the_rest_as_it_looks(file: Path) -> None:
    frame = scan_past_cases(file, kinds=KINDS).collect()
    assert frame.row(0) == ("007", "1", 12, 0, True, date(2024, 1, 15), "2", 1.5)
    assert frame.row(1) == ("008", "2", None, 1, False, date(2024, 2, 1), "2", None)
    assert frame.schema["paid"] == pl.Int64()


def test_a_day_stays_text_where_text_is_declared(file: Path) -> None:
    frame = scan_past_cases(file, kinds={"month": Kind.TEXT}).collect()
    assert frame["month"].to_list() == ["2024-01-15", "2024-02-01"]


@pytest.mark.parametrize("kind", [Kind.MONEY, Kind.BOOLEAN, Kind.DATE])
def test_a_cell_that_is_not_of_its_kind_refuses_the_file(kind: Kind, file: Path) -> None:
    with pytest.raises(InputError, match="cannot be read") as caught:
        scan_past_cases(file, kinds={"extra": kind})
    assert caught.value.where == {"file": "cases.csv"}


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    made = tmp_path / "cases.parquet"
    pl.DataFrame({"paid": ["12"], "other": [1]}).write_parquet(made)
    assert scan_past_cases(made, kinds=KINDS).collect_schema()["paid"] == pl.String()
    assert read_past_cases(made, inputs=[Input("paid", Kind.MONEY)]).columns == ["paid"]


@pytest.mark.parametrize(
    ("name", "message"), [("cases.txt", "not a file of"), ("none.csv", "cannot be read")]
)
def test_what_is_no_file_of_cases_is_refused(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "cases.txt").write_text("id\n1\n", "utf-8")
    with pytest.raises(InputError, match=message):
        scan_past_cases(tmp_path / name, kinds={})


def test_a_file_without_any_input_is_refused(file: Path) -> None:
    with pytest.raises(InputError, match="none of the strategy's inputs"):
        read_past_cases(file, inputs=[Input("score", Kind.INTEGER)])


def test_strategies_and_plan_say_what_columns_are() -> None:
    def find(name: str) -> Document:
        return parse_document((EXAMPLE / name).read_text("utf-8"), path=name)

    plan = read_backtest_plan(find("backtest.yaml"))
    strategy = read_policy(find("backtest_champion.yaml"), rules_as_of=plan.rules_as_of)
    kinds = declared_kinds(plan, [strategy])
    assert kinds["id"] is kinds["verw"] is Kind.TEXT
    assert kinds["hoehe"] is kinds["moral"] is Kind.INTEGER, (
        "a strategy's input, although figures are told by it"
    )
    assert plan.outcome.column not in kinds
