"""`creditloop fit`: a model's plan makes a folder, without a bank; a review's plan its card, as ever."""

import hashlib
from pathlib import Path

import pytest
from tests.service.cli.said import Shell
from tests.service.modelling.model_plans import plan_in, scorecard_only

from creditloop.service.bank import Bank

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


CONTRACT_DATA = """data:
  contract: small_cards
  features: features/credit_card_behaviour.yaml
  as_of: 2005-06-30
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


def test_a_contracts_features_are_read_for_their_purposes(in_review: Bank, shell: Shell) -> None:
    text = scorecard_only()
    head, rest = text[: text.index("data:")], text[text.index("  age: {column: Age") :]
    text = head + CONTRACT_DATA + rest.replace("column: Age", "column: age_years")
    text = text[: text.index("\n  time:")] + text[text.index("\n  source:", text.index("\n  time:")) :]
    text = text[: text.index("rejected:")] + text[text.index("validation:") :]
    text = text.replace("{column: Record,", "{column: has_bill,")
    Path("model.yaml").write_text(text, "utf-8")
    said = shell("fit model.yaml --out out --json")
    assert said.status == 0, said.err
    assert {file.name for file in Path("out").iterdir()} == FILES
    sample = said.record["sample"]
    assert isinstance(sample, dict) and sample["rows"] == 2_000
    assert "contract_hash" in sample["facts"]
    Path("model.yaml").write_text(text.replace("column: sex,", "column: defaulted,"), "utf-8")
    assert shell("fit model.yaml --out out2").status == 2
    reads = shell("reads --json")
    assert "service.modelling" in reads.out and "fairness" in reads.out


def test_a_reviews_plan_makes_its_card_as_ever(in_review: Bank, shell: Shell) -> None:
    said = shell("fit review.yaml --json")
    assert said.status == 0, said.err
    assert said.record["file"] == str(in_review.places.documents / "cards" / "limit_review.yaml")


@pytest.mark.outside
def test_the_example_runs(shell: Shell, tmp_path: Path) -> None:
    first = shell(["fit", str(EXAMPLE), "--out", str(tmp_path / "one"), "--json"])
    assert first.status == 0, first.err
    candidates = first.record["candidates"]
    assert isinstance(candidates, list)
    assert max(one["auc_nano"] for one in candidates if one["is_card"]) > 775_000_000
