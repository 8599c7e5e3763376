"""`creditloop strategy` as a strategist sees it: check, diff, schema, show, in a folder with strategies."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from tests.risk.strategy_texts import TEXT, line_of, strategy
from tests.service.cli.said import Said, Shell

from creditloop.service.cli.strategy import explained_output, schema_text

REPOSITORY = Path(__file__).parents[3]
FILE = "policies/card/admit/card_application.yaml"
NEW = "policies/card/admit/stricter.yaml"
AS_OF = "--rules-as-of 2024-06-30"
CASES = """\
rules_as_of: 2024-06-30
cases:
  - case: nothing objects
    given: {age: 30, income: 500000, id_token: a, lenders: 1, score: 700}
    expect: {outcome: approve, limit_fen: 5000000}
"""


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a sound strategy, its cases, and a stricter one without cases."""
    (tmp_path / "contracts").mkdir()
    folder = tmp_path / "policies" / "card" / "admit"
    (folder / "cases").mkdir(parents=True)
    (tmp_path / FILE).write_text(TEXT, "utf-8")
    (tmp_path / NEW).write_text(TEXT.replace("lenders > 5", "lenders > 3"), "utf-8")
    (folder / "cases" / "card_application.yaml").write_text(CASES, "utf-8")
    monkeypatch.setenv("CREDITLOOP_BANK", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spoil(bank: Path, before: str, after: str) -> str:
    text = TEXT.replace(before, after)
    assert text != TEXT
    (bank / FILE).write_text(text, "utf-8")
    return text


def findings(said: Said) -> list[dict[str, object]]:
    (checked,) = json.loads(said.out)["strategies"]
    found: list[dict[str, object]] = checked["findings"]
    return found


def test_a_sound_strategy_passes_and_its_cases_hold(shell: Shell, bank: Path) -> None:
    said = shell(f"strategy check {FILE}")
    assert (said.status, said.err) == (0, "")
    assert "0 errors, 0 warnings" in said.out
    assert "1 of 1 cases hold" in " ".join(said.out.split())
    assert "null_stops" not in said.out
    assert "null_stops" in shell(f"strategy check {FILE} --notes").out


def test_an_error_is_said_in_both_languages_with_its_line_and_ends_with_1(shell: Shell, bank: Path) -> None:
    text = spoil(bank, "age < parameter.age_min", "age < 18 and age > 60")
    said = shell(f"strategy check {FILE}")
    assert said.status == 1
    for word in ("错误 error", "never_true", "young", "永远不成立", "can never match"):
        assert word in said.out
    found = findings(shell(f"strategy check {FILE} --json"))
    (error,) = (each for each in found if each["severity"] == "error")
    assert error["code"] == "never_true"
    assert error["where"] == {"file": FILE, "line": line_of("id: young", text)}


def test_a_case_that_does_not_hold_is_an_error(shell: Shell, bank: Path) -> None:
    spoil(bank, "yuan(50000)", "yuan(40000)")
    said = shell(f"strategy check {FILE} --json")
    assert said.status == 1
    (error,) = (each for each in findings(said) if each["severity"] == "error")
    assert error["code"] == "case_fails"
    assert (
        error["en"] == "the worked case 'nothing objects' does not hold: limit_fen 4000000, expected 5000000"
    )


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("lenders > 5", "lendres > 5", "did you mean lenders?"),
        ("kind: money}", "kind: cash}", "cash"),
        ("    otherwise: {then: {outcome: approve},", "    else: {then: {outcome: approve},", "else"),
        ("source: {title: the law}", "sauce: {title: the law}", "source"),
        ("title: {zh: 申请, en: application}", "title: [", "YAML"),
        (
            TEXT[TEXT.rindex("    otherwise: ") :],
            "",
            "otherwise",
        ),
    ],
)
def test_a_document_that_cannot_be_read_is_a_finding_with_its_place(
    before: str, after: str, word: str, shell: Shell, bank: Path
) -> None:
    spoil(bank, before, after)
    said = shell(f"strategy check {FILE} --json")
    assert said.status == 1, said.err
    (error,) = (each for each in findings(said) if each["severity"] == "error")
    assert error["code"] == "not_well_formed"
    assert word in str(error["en"])
    assert isinstance(error["where"], dict)
    assert error["where"]["file"] == FILE
    assert error["where"]["line"] > 1


def test_a_strategy_that_judges_itself_is_told(shell: Shell, bank: Path) -> None:
    inner = "  - strategy: {id: again, document: ./card_application.yaml, gives: {once_more: outcome}}\n"
    spoil(bank, "\nsteps:\n", "\nsteps:\n" + inner)
    said = shell(f"strategy check {FILE} --json")
    assert said.status == 1
    assert [each["code"] for each in findings(said) if each["severity"] == "error"] == ["not_well_formed"]


def test_a_folder_is_checked_with_all_it_holds_but_the_cases(shell: Shell, bank: Path) -> None:
    said = shell("strategy check policies --json")
    assert said.status == 0
    assert [each["path"] for each in said.record["strategies"]] == [FILE, NEW]  # type: ignore[attr-defined]
    assert said.record["errors"] == 0
    assert any(each["code"] == "no_cases" for each in said.record["strategies"][1]["findings"])  # type: ignore[index]


def test_the_day_may_be_said(shell: Shell, bank: Path) -> None:
    said = shell(f"strategy check {NEW} --rules-as-of 2021-05-01 --json")
    assert said.record["strategies"][0]["rules_as_of"] == "2021-05-01"  # type: ignore[index]
    early = shell(f"strategy check {NEW} --rules-as-of 2001-05-01 --json")
    assert early.status == 1
    assert "2001-05-01" in early.out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("strategy check policies/none.yaml", ["no such document", "none.yaml"]),
        ("strategy check contracts", ["no document in the folder", "contracts"]),
        ("strategy check", ["Missing argument"]),
        (f"strategy diff {FILE} policies/none.yaml {AS_OF}", ["none.yaml"]),
        (f"strategy diff {FILE} {NEW} {AS_OF} --outcome grade", ["no such output", "grade"]),
        (f"strategy diff {FILE} {NEW} {AS_OF} --rows none.csv", ["cannot be read", "none.csv"]),
        (f"strategy diff {FILE} {NEW} {AS_OF} --rows {FILE}", ["not a file of cases", ".yaml"]),
        (f"strategy diff {FILE} {NEW}", ["--rules-as-of"]),
    ],
)
def test_a_bad_call_is_2_and_names_what_is_wrong(
    line: str, words: list[str], shell: Shell, bank: Path
) -> None:
    said = shell(line)
    assert said.status == 2
    assert all(word in said.err for word in words), said.err


ROWS = pl.DataFrame(
    {
        "age": [30, 30, 30],
        "income": [500_000] * 3,
        "id_token": ["a"] * 3,
        "lenders": [2, 4, 9],
        "score": [700] * 3,
        "name": ["x", "y", "z"],
    }
)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_past_cases_that_flip_are_counted_and_shown(form: str, shell: Shell, bank: Path) -> None:
    if form == "csv":
        ROWS.write_csv("rows.csv")
    else:
        ROWS.write_parquet("rows.parquet")
    said = shell(f"strategy diff {FILE} {NEW} {AS_OF} --rows rows.{form} --json")
    assert said.status == 0, said.err
    flips = said.record["flips"]
    assert isinstance(flips, dict)
    assert (flips["cases"], flips["rows"], flips["flipped"]) == ("past", 3, 1)
    kind = {"old": "approve", "new": "refer", "old_rule": "final.otherwise", "new_rule": "final.F_2"}
    assert flips["kinds"] == [{**kind, "cases": 1}]
    (first,) = flips["first"]
    assert first["row"] == {"age": 30, "income": 500_000, "id_token": "a", "lenders": 4, "score": 700}
    assert {"old_working", "new_working"} <= first.keys()
    assert said.record["changes"] == [
        {
            "part": "rule",
            "id": "final.F_2",
            "what": "condition",
            "before": "lenders > 5",
            "after": "lenders > 3",
        }
    ]
    people = shell(f"strategy diff {FILE} {NEW} {AS_OF} --rows rows.{form}").out
    assert "1 of 3 past cases flip" in " ".join(people.split())
    assert "final.F_2" in people


def test_without_past_cases_boundary_cases_show_the_flips(shell: Shell, bank: Path) -> None:
    said = shell(f"strategy diff {FILE} {NEW} {AS_OF}")
    assert said.status == 0, said.err
    assert "boundary cases (not how often they occur) flip" in " ".join(said.out.split())
    same = shell(f"strategy diff {FILE} {FILE} {AS_OF} --json").record
    assert (same["same_program"], same["changes"]) == (True, [])
    assert same["flips"]["flipped"] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name\nx\n", ["none of the strategy's inputs"]),
        ("lenders\nmany\n", ["cannot be read", "many"]),
        ("lenders\n1.5\n", ["cannot be read", "1.5"]),
    ],
)
def test_a_file_of_cases_that_holds_something_else_is_refused(
    text: str, words: list[str], shell: Shell, bank: Path
) -> None:
    Path("rows.csv").write_text(text, "utf-8")
    said = shell(f"strategy diff {FILE} {NEW} {AS_OF} --rows rows.csv")
    assert said.status == 2
    assert all(word in said.err for word in words), said.err


def test_the_schema_is_printed_as_it_is_committed(shell: Shell, bank: Path) -> None:
    assert shell("strategy schema").out == schema_text()
    assert shell("strategy schema --json").record["title"] == "creditloop strategy 策略文件"


def test_the_bank_s_own_strategies_have_no_errors(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("contracts", "policies"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    monkeypatch.setenv("CREDITLOOP_BANK", str(tmp_path))
    said = shell("strategy check policies --json")
    assert (said.status, said.record["errors"], said.record["warnings"]) == (0, 0, 0)
    assert len(said.record["strategies"]) >= 22  # type: ignore[arg-type]


def test_the_output_compared_is_the_one_a_letter_explains() -> None:
    assert explained_output(strategy()) == "outcome"
    ranked = "ranking: {output: hard, source: {title: ours}}\ninputs:\n"
    assert explained_output(strategy(TEXT.replace("inputs:\n", ranked, 1))) == "hard"
