"""`creditloop fit`: a model's plan makes a folder, without a bank; a review's plan its card, as ever."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.service.cli.said import Shell
from tests.service.modelling.model_plans import plan_in, scorecard_only

from creditloop.service.bank import Bank
from creditloop.service.cli import fit_model

EXAMPLE = Path(__file__).parents[3] / "examples" / "models" / "taiwan_default" / "model.yaml"
FILES = {
    *("card.yaml", "card.sql", "card.py", "card.xlsx", "card.pmml"),
    *("model_card.md", "report.html", "report.json", "report.pdf"),
}


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A model's plan beside its table."""
    plan_in(tmp_path, text=scorecard_only())
    return tmp_path / "model.yaml"


def test_a_models_plan_makes_a_folder(shell: Shell, plan: Path) -> None:
    folder = plan.parent / "out"
    said = shell(["fit", str(plan), "--out", str(folder), "--json"])
    assert said.status == 0, said.err
    files = said.record["files"]
    assert isinstance(files, dict) and set(files) == FILES == {file.name for file in folder.iterdir()}
    assert files == {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    again = shell(["fit", str(plan), "--out", str(folder)])
    assert again.status == 0 and "small_card 小卡" in again.out and "scorecard" in again.out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "direction: down",
            "direction: below",
            ["model.yaml", "columns.0.direction", "not one of the words"],
        ),
        ("rows.parquet", "gone.parquet", ["model.yaml", "data.table", "the table cannot be read"]),
        ("column: outcome", "column: result", ["target names columns the table does not have", "result"]),
    ],
)
def test_bad_plans_are_refused(shell: Shell, plan: Path, old: str, new: str, words: list[str]) -> None:
    plan.write_text(plan.read_text("utf-8").replace(old, new, 1), "utf-8")
    said = shell(["fit", str(plan), "--out", str(plan.parent / "out")])
    assert said.status == 2 and all(word in said.err for word in words), said.err
    assert not (plan.parent / "out").exists()


def test_a_plan_may_stand_in_the_banks_folder(
    shell: Shell, plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (plan.parent / "contracts").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("CREDITLOOP_BANK", str(plan.parent))
    plan.write_text(plan.read_text("utf-8").replace("rows.parquet", "gone.parquet"), "utf-8")
    assert "the table cannot be read" in shell("fit model.yaml --out out").err
    assert shell("fit nothing.yaml --out out").status == 2


def test_what_is_in_the_way_is_told_before_anything_is_fitted(
    shell: Shell, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = plan.parent / "out"
    line = ["fit", str(plan), "--out", str(folder)]
    assert shell(line).status == 0
    card = folder / "card.yaml"
    text = card.read_text("utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(fit_model, "run_model_plan", _must_not_run)
        card.write_text(text + "# by hand\n", "utf-8")
        said = shell(line)
        assert (said.status, "changed by hand" in said.err) == (3, True)
        card.write_text(text, "utf-8")
        plan.write_text(plan.read_text("utf-8") + "# another plan\n", "utf-8")
        said = shell(line)
        assert (said.status, "another plan" in said.err) == (3, True)
        (folder / "report.json").write_text("{}", "utf-8")
        assert "without its record" in shell(line).err
        said = shell(["fit", str(plan), "--out", str(plan)])
        assert (said.status, "is a file" in said.err) == (2, True)
    assert shell([*line, "--replace"]).status == 0
    rows = plan.parent / "rows.parquet"
    pl.read_parquet(rows).with_columns(Age=pl.col("Age") + 1).write_parquet(rows)
    monkeypatch.setattr(fit_model, "run_model_plan", _must_not_run)
    assert "of other data" in shell(line).err


def _must_not_run(*_: object, **__: object) -> None:
    raise AssertionError("nothing is fitted where another model stands")


CONTRACT_DATA = """data:
  contract: small_cards
  features: features/credit_card_behaviour.yaml
  observations: [{as_of: 2005-06-30, known_by: 2005-10-31}]
  outcomes: outcome
  attributes: customer
target:
  column: defaulted
  bad: true
  observed_until: 2005-06-30
  known_by: 2005-10-31
  meaning: {zh: 十月标签, en: label of October}
fairness:
  attributes:
    - {column: sex, meaning: {zh: 性别, en: sex}}
"""


def _contract_plan() -> str:
    """The plan over the bank's customers: no later rows, nobody turned down."""
    text = scorecard_only()
    head, rest = text[: text.index("data:")], text[text.index("  age: {column: Age") :]
    text = head + CONTRACT_DATA + rest.replace("column: Age", "column: age_years")
    text = text[: text.index("\n  time:")] + text[text.index("\n  source:", text.index("\n  time:")) :]
    text = text[: text.index("rejected:")] + text[text.index("validation:") :]
    return text.replace("{column: Record,", "{column: has_bill,")


def test_a_contracts_features_are_read_for_their_purposes(in_review: Bank, shell: Shell) -> None:
    text = _contract_plan()
    Path("model.yaml").write_text(text, "utf-8")
    said = shell("fit model.yaml --out out --json")
    assert said.status == 0, said.err
    assert {file.name for file in Path("out").iterdir()} == FILES
    sample = said.record["sample"]
    assert isinstance(sample, dict) and sample["rows"] == 2_000
    assert "contract_hash" in sample["facts"]
    for old, new, words in (
        ("column: sex,", "column: defaulted,", "defaulted"),
        ("column: has_bill,", "column: nowhere,", "validation.segments names what is no input"),
        ("outcomes: outcome", "outcomes: statement", "defaulted"),
    ):
        assert old in text
        Path("model.yaml").write_text(text.replace(old, new, 1), "utf-8")
        said = shell("fit model.yaml --out out2")
        assert (said.status, words in said.err) == (2, True), said.err
    reads = shell("reads --json")
    assert "service.modelling" in reads.out and "fairness" in reads.out


TIME = """
  time:
    column: as_of
    until: 2005-06-30
    psi_yellow: 0.1
    psi_red: 0.25
    source: {title: a choice of the tests}"""
REJECTED = """rejected:
  column: has_bill
  value: false
  factors: [1, 2]
  bands: 3
  source: {title: a choice of the tests}
"""


def test_a_contract_has_later_rows_segments_and_the_rejected_as_a_table_has(
    in_review: Bank, shell: Shell
) -> None:
    days = "[{as_of: 2005-05-31, known_by: 2005-10-31}, {as_of: 2005-06-30, known_by: 2005-10-31}, "
    days += "{as_of: 2005-07-31, known_by: 2005-10-31}]"
    text = _contract_plan().replace("[{as_of: 2005-06-30, known_by: 2005-10-31}]", days)
    text = text.replace("observed_until: 2005-06-30", "observed_until: 2005-07-31")
    text = text.replace("\n  seed: 3", "\n  seed: 3" + TIME, 1).replace(
        "validation:", REJECTED + "validation:", 1
    )
    text = text.replace("{column: has_bill,", "{column: limit_fen,", 1)
    Path("model.yaml").write_text(text.replace("column: as_of", "column: utilisation_now", 1), "utf-8")
    said = shell("fit model.yaml --out out")
    assert (said.status, "a feature is what no model may read" in said.err) == (2, True)
    Path("model.yaml").write_text(text, "utf-8")
    said = shell("fit model.yaml --out out --json")
    assert said.status == 0, said.err
    record: Mapping[str, Any] = said.record
    sample = record["sample"]
    assert sample["rows"] + sample["rows_late"] + sample["rows_rejected"] == 6_000
    assert 1_500 < sample["rows_late"] < 2_000 and sample["rows_rejected"] > 50
    assert sample["facts"]["as_of"] == "2005-05-31, 2005-06-30, 2005-07-31"
    assert [one["group"] for one in record["by_time"]] == ["2005-05", "2005-06", "2005-07"]
    assert [one["out_of_time"] for one in record["by_time"]] == [False, False, True]
    assert record["stability"]["rows_late"] == sample["rows_late"]
    assert record["by_segment"][0]["column"] == "limit_fen" and record["by_segment"][0]["groups"]
    assert record["rejects"]["rejected"] == sample["rows_rejected"]
    assert all(one["out_of_time"]["rows"] == sample["rows_late"] for one in record["candidates"])


def test_a_reviews_plan_makes_its_card_as_ever(in_review: Bank, shell: Shell) -> None:
    said = shell("fit review.yaml --json")
    assert said.status == 0, said.err
    assert said.record["file"] == str(in_review.places.documents / "cards" / "limit_review.yaml")


def _fit_in_a_process(plan: Path, folder: Path, place: Path, setting: Mapping[str, str]) -> None:
    """Fit a plan, standing somewhere; its card tells good from bad."""
    place.mkdir()
    line = [sys.executable, "-m", "creditloop", "fit", str(plan), "--out", str(folder), "--json"]
    done = subprocess.run(line, cwd=place, env={**os.environ, **setting}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert {file.name for file in folder.iterdir()} == FILES
    candidates = json.loads(done.stdout)["candidates"]
    assert max(one["auc_nano"] for one in candidates if one["is_card"]) > 700_000_000


def test_the_same_bytes_come_in_another_process_place_and_setting(tmp_path: Path) -> None:
    """All files: card, exports, model card, HTML, PDF, record; of weights and of boosted trees."""
    settings = (
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C", "OMP_NUM_THREADS": "2"},
        {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    plan_in(tmp_path)
    folders = (tmp_path / "one", tmp_path / "deep" / "another folder")
    for folder, setting in zip(folders, settings, strict=True):
        _fit_in_a_process(tmp_path / "model.yaml", folder, tmp_path / f"stands_{folder.name}", setting)
    first, second = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders)
    assert [name for name in first if first[name] != second[name]] == []
    assert not any(str(tmp_path).encode() in content for content in first.values())


@pytest.mark.outside
def test_the_example_is_fitted_as_printed(tmp_path: Path) -> None:
    """The real card book, some half a minute of CPU."""
    _fit_in_a_process(EXAMPLE, tmp_path / "fitted", tmp_path / "stands", {})
    candidates = json.loads((tmp_path / "fitted" / "report.json").read_text("utf-8"))["candidates"]
    assert max(one["auc_nano"] for one in candidates if one["is_card"]) > 775_000_000
