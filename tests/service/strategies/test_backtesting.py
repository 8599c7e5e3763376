"""Backtests by a plan on files: the same answer from Parquet and CSV, reports that hold every figure."""

import hashlib
import json
import re
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from creditloop.kernel.errors import InputError
from creditloop.service.cli.program import build_app
from creditloop.service.places import find_places
from creditloop.service.strategies.backtest_report import (
    ReportTable,
    backtest_page,
    backtest_record,
    backtest_tables,
    optimum_record,
)
from creditloop.service.strategies.backtesting import (
    BacktestRun,
    OptimiseRun,
    backtest_by_plan,
    optimise_by_plan,
    write_reports,
)

EXAMPLE = Path(__file__).parents[3] / "examples" / "south_german_credit" / "backtest.yaml"
VENDORED = Path(__file__).parents[3] / "src" / "creditloop" / "service" / "vendored"


def no_progress(_done: int, _total: int | None) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def run() -> BacktestRun:
    return backtest_by_plan(find_places(), plan_file=EXAMPLE, challenger=None, progress=no_progress)


@pytest.fixture(scope="module")
def optimised() -> OptimiseRun:
    return optimise_by_plan(find_places(), plan_file=EXAMPLE, progress=no_progress)


def cells(table: ReportTable) -> int:
    return sum(len(row) for row in table.rows)


def test_the_example_is_counted_as_the_file_says(run: BacktestRun) -> None:
    frame = pl.read_csv(EXAMPLE.parent / "south_german_credit.csv")
    assert (run.result.rows, run.result.bad) == (frame.height, int((frame["kredit"] == 0).sum()))
    declined = frame.filter(pl.col("moral").is_in([0, 1]))
    first = run.result.champion.rules[0]
    assert (first.matched.rows, first.decides.rows) == (declined.height, declined.height)
    approved = frame.filter(
        ~pl.col("moral").is_in([0, 1])
        & (pl.col("laufzeit") <= 36)
        & (pl.col("hoehe") <= 8000)
        & ~(pl.col("laufkont").is_in([1, 2]) & (pl.col("sparkont") == 1) & (pl.col("laufzeit") > 24))
        & (pl.col("beszeit") != 1)
    )
    told = run.result.champion.figures
    assert told.approved == approved.height
    assert told.money is not None
    assert told.money.amount_fen == 100 * approved["hoehe"].sum()
    assert told.money.loss_fen == 45 * approved.filter(pl.col("kredit") == 0)["hoehe"].sum()
    assert (
        run.cases["sha256"]
        == hashlib.sha256((EXAMPLE.parent / "south_german_credit.csv").read_bytes()).hexdigest()
    )


def test_parquet_gives_what_csv_gives(run: BacktestRun, tmp_path: Path) -> None:
    pl.read_csv(EXAMPLE.parent / "south_german_credit.csv").write_parquet(tmp_path / "cases.parquet")
    plan = tmp_path / "plan.yaml"
    plan.write_text(EXAMPLE.read_text("utf-8").replace("south_german_credit.csv", "cases.parquet"), "utf-8")
    other = backtest_by_plan(find_places(), plan_file=plan, challenger=None, progress=no_progress)
    assert other.result.champion == run.result.champion
    assert other.result.swap == run.result.swap


def test_a_challenger_may_be_named_instead(run: BacktestRun) -> None:
    champion = Path("examples/south_german_credit/backtest_champion.yaml")
    same = backtest_by_plan(find_places(), plan_file=EXAMPLE, challenger=champion, progress=no_progress)
    assert same.result.challenger is not None
    assert same.result.challenger.version == run.result.champion.version
    assert same.result.challenger.figures == run.result.champion.figures


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere.parquet", "not there"),
        ("cases.txt", "not a file of cases"),
        ("bad.parquet", "cannot be read"),
    ],
)
def test_cases_that_cannot_be_read_are_named(path: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "cases.txt").write_text("id\n1\n")
    (tmp_path / "bad.parquet").write_text("id\n1\n")
    plan = tmp_path / "plan.yaml"
    plan.write_text(EXAMPLE.read_text("utf-8").replace("south_german_credit.csv", path), "utf-8")
    with pytest.raises(InputError, match=message):
        backtest_by_plan(find_places(), plan_file=plan, challenger=None, progress=no_progress)


def test_parquet_that_is_broken_within_is_named(tmp_path: Path) -> None:
    """Its last part says which columns there are and how many rows; what is wrong is seen when it is read."""
    file = tmp_path / "cases.parquet"
    pl.read_csv(EXAMPLE.parent / "south_german_credit.csv").write_parquet(file)
    content = file.read_bytes()
    end = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    file.write_bytes(content[:4] + bytes(byte ^ 0x5A for byte in content[4:end]) + content[end:])
    plan = tmp_path / "plan.yaml"
    plan.write_text(EXAMPLE.read_text("utf-8").replace("south_german_credit.csv", "cases.parquet"), "utf-8")
    with pytest.raises(InputError, match="cases cannot be read"):
        backtest_by_plan(find_places(), plan_file=plan, challenger=None, progress=no_progress)
    with pytest.raises(InputError, match="file of cases cannot be read"):
        optimise_by_plan(find_places(), plan_file=plan, progress=no_progress)


def test_the_page_needs_no_network_and_ends_no_script_early(run: BacktestRun) -> None:
    page = backtest_page(run.result, cases=run.cases)
    body = page.replace((VENDORED / "echarts" / "echarts.min.js").read_text("utf-8"), "")
    assert not re.search(r"(src|href)\s*=", body)
    assert "拒绝偏差" in body
    assert run.result.champion.version[:12] in body
    assert run.result.champion.bias.zh in body
    data = re.search(r'<script id="charts" type="application/json">(.*?)</script>', body, re.DOTALL)
    assert data is not None
    charts = json.loads(data.group(1))
    places = re.findall(r'data-chart="([^"]+)"', body)
    assert set(places) == set(charts)
    assert not re.search(r"red|green|#f5222d|#52c41a", json.dumps(charts))


def test_what_stands_in_the_cases_cannot_write_the_page(run: BacktestRun, tmp_path: Path) -> None:
    frame = pl.read_csv(EXAMPLE.parent / "south_german_credit.csv").with_columns(
        verw=pl.lit("</script><b>=1+1</b>")
    )
    frame.write_parquet(tmp_path / "cases.parquet")
    plan = tmp_path / "plan.yaml"
    plan.write_text(EXAMPLE.read_text("utf-8").replace("south_german_credit.csv", "cases.parquet"), "utf-8")
    other = backtest_by_plan(find_places(), plan_file=plan, challenger=None, progress=no_progress)
    page = backtest_page(other.result, cases=other.cases)
    assert "<b>=1+1" not in page
    assert page.count("</script>") == 3


def test_the_workbook_has_a_sheet_for_every_table(run: BacktestRun, tmp_path: Path) -> None:
    write_reports(run, html=None, excel=tmp_path / "tables.xlsx")
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    tables = backtest_tables(run.result)
    assert book.sheetnames == ["about", *(table.id for table in tables)]
    for table in tables:
        sheet = book[table.id]
        assert sheet.max_row == 3 + len(table.rows)
        assert run.result.champion.version[:12] in str(sheet["A2"].value)
    assert book["summary"]["D4"].value == run.result.champion.figures.approved
    assert book["summary"]["G4"].value == pytest.approx(run.result.champion.figures.approved / 1000)
    assert sum(cells(table) for table in tables) > 300


def test_text_of_the_cases_is_no_formula_in_the_workbook(run: BacktestRun, tmp_path: Path) -> None:
    frame = pl.read_csv(EXAMPLE.parent / "south_german_credit.csv").with_columns(verw=pl.lit("=1+1"))
    frame.write_parquet(tmp_path / "cases.parquet")
    plan = tmp_path / "plan.yaml"
    plan.write_text(EXAMPLE.read_text("utf-8").replace("south_german_credit.csv", "cases.parquet"), "utf-8")
    other = backtest_by_plan(find_places(), plan_file=plan, challenger=None, progress=no_progress)
    write_reports(other, html=None, excel=tmp_path / "tables.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "tables.xlsx")["by_verw"]["A4"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_record_is_json_with_the_warning_in_it(run: BacktestRun, optimised: OptimiseRun) -> None:
    told = json.loads(json.dumps(backtest_record(run.result, cases=run.cases)))
    assert told["champion"]["reject_bias"]["zh"] == run.result.champion.bias.zh
    assert told["swap"]["swap_in"]["rows"] == run.result.swap.swap_set.swap_in.rows  # type: ignore[union-attr]
    found = json.loads(json.dumps(optimum_record(optimised.optimum, cases=optimised.cases)))
    assert found["tried"] == 49
    assert found["method"] == "whole grid"


def test_the_optimisers_proposal_says_where_it_is_from(optimised: OptimiseRun) -> None:
    text = optimised.optimum.document_text
    assert text is not None
    added = set(text.splitlines()) - set(
        (EXAMPLE.parent / "backtest_champion.yaml").read_text("utf-8").splitlines()
    )
    assert len(added) == 2
    assert all('title: "proposed by optimise: south_german_credit' in line for line in added)


def test_the_vendored_files_are_those_that_were_published() -> None:
    hashes = dict(re.findall(r"\| (\S+) \| `([0-9a-f]{64})` \|", (VENDORED / "README.md").read_text("utf-8")))
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (VENDORED / "echarts").iterdir()
    }
    assert found == hashes


def test_the_commands_answer(tmp_path: Path) -> None:
    app, runner = build_app(["strategy"]), CliRunner()
    page, proposal = tmp_path / "report.html", tmp_path / "proposed.yaml"
    asked = ["strategy", "backtest", str(EXAMPLE), "--html", str(page), "--json"]
    told = runner.invoke(app, asked, catch_exceptions=False)
    assert told.exit_code == 0
    assert json.loads(told.stdout)["rows"] == 1000
    assert page.stat().st_size > 1_000_000
    shown = runner.invoke(app, ["strategy", "backtest", str(EXAMPLE)], catch_exceptions=False)
    assert "nothing is known of those it declined" in " ".join(shown.stdout.split())
    chosen = runner.invoke(
        app, ["strategy", "optimise", str(EXAMPLE), "--out", str(proposal)], catch_exceptions=False
    )
    assert chosen.exit_code == 0
    assert "whole grid, 49 tried" in chosen.stdout
    assert proposal.read_text("utf-8").count("proposed by optimise") == 2
