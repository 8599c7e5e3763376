"""A document is checked where it stands: all that is wrong with it is told by one call."""

from datetime import date
from pathlib import Path

import pytest
import typer
from tests.risk.strategy_texts import TEXT

from creditloop.risk import Severity
from creditloop.service.cli.strategy import check
from creditloop.service.places import Places
from creditloop.service.strategies.checking import CheckedStrategy, check_file, strategy_files

DAY = date(2024, 7, 1)


def checked(folder: Path, text: str, *, cases: str | None = None) -> CheckedStrategy:
    (folder / "contracts").mkdir()
    file = folder / "a.yaml"
    file.write_text(text, encoding="utf-8")
    if cases is not None:
        (folder / "cases").mkdir()
        (folder / "cases" / "a.yaml").write_text(cases, encoding="utf-8")
    places = Places(documents=folder, state=folder, environment={})
    return check_file(file, places=places, rules_as_of=None, today=DAY)


def test_every_mistake_is_a_finding_with_its_line_and_rule(tmp_path: Path) -> None:
    text = TEXT.replace("income * 12", "income * twelve").replace("lenders > 5", "lenders > 'x'")
    found = checked(tmp_path, text)
    errors = found.of(Severity.ERROR)
    assert found.policy is None
    assert [(each.code, each.table, each.rule, each.where["file"]) for each in errors] == [
        ("not_well_formed", None, None, "a.yaml"),
        ("not_well_formed", "final", "F_2", "a.yaml"),
    ]
    assert "nothing is called twelve" in errors[0].en
    assert "got integer > text" in errors[1].en
    assert [text.splitlines()[int(str(each.where["line"])) - 1].count("twelve") for each in errors] == [1, 0]


def test_cases_that_cannot_be_read_are_told_beside_the_document_s_own_mistakes(tmp_path: Path) -> None:
    found = checked(
        tmp_path, TEXT.replace("lenders > 5", "lenders > 'x'"), cases="rules_as_of: 5\ncases: []\n"
    )
    errors = found.of(Severity.ERROR)
    assert [each.where["file"] for each in errors] == ["cases/a.yaml", "a.yaml"]


def test_the_command_names_the_rule_of_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(TEXT.replace("lenders > 5", "lenders > 'x'"), encoding="utf-8")
    with pytest.raises(typer.Exit):
        check([file], rules_as_of="2024-07-01")
    assert "final.F_2" in capsys.readouterr().out


def test_a_document_that_is_no_yaml_is_one_finding(tmp_path: Path) -> None:
    (error,) = checked(tmp_path, "policy: [").of(Severity.ERROR)
    assert error.code == "not_well_formed"


def test_a_folder_s_documents_of_other_kinds_are_not_taken_for_strategies(tmp_path: Path) -> None:
    texts = {
        "product.yaml": "# a product\n\nloan_product: line\n",
        "joint.yaml": "colending: joint\n",
        "china.yaml": "calendar: china\n",
        "odd.yaml": "polcy: mistyped\n",
        "rule.yaml": TEXT,
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    places = Places(documents=tmp_path, state=tmp_path, environment={})
    found = strategy_files([tmp_path], places=places)
    assert [file.name for file in found] == ["odd.yaml", "rule.yaml"], "a mistyped key hides nothing"
    named = strategy_files([tmp_path / "product.yaml"], places=places)
    assert [file.name for file in named] == ["product.yaml"]
