import copy
from pathlib import Path

import pytest
from conformance.actus.judging import judge_case, judge_file, judge_folder
from tests.conformance.actus.small_case import CASE, case, written

CASES = {
    "ANN": 16,
    "CEC": 8,
    "CEG": 7,
    "CLM": 8,
    "CSH": 2,
    "LAM": 16,
    "LAX": 9,
    "NAM": 11,
    "PAM": 13,
    "UMP": 5,
}
ROWS = 1602


@pytest.mark.shared
def test_every_outside_case_passes_in_every_row(shared: Path) -> None:
    verdicts = list(judge_folder(shared / "data" / "actus"))
    assert [verdict for verdict in verdicts if verdict.result != "passed"] == []
    assert {kind: sum(v.kind == kind for v in verdicts) for kind in CASES} == CASES
    assert sum(verdict.rows for verdict in verdicts) == ROWS


def judged(changed: dict[str, object]) -> tuple[str, str]:
    verdict = judge_case(changed, name="made")
    return verdict.result, verdict.detail


def test_a_case_passes_within_the_tolerance() -> None:
    assert judged(CASE) == ("passed", "")


@pytest.mark.parametrize(
    ("row", "name", "value", "said"),
    [
        (1, "payoff", "10.0000020", "payoff 10.0000000000, must be 10.0000020"),
        (3, "notionalPrincipal", "1", "notionalPrincipal 0.0000000000, must be 1"),
        (2, "nominalInterestRate", "0.13", "nominalInterestRate"),
        (0, "accruedInterest", "0.1", "accruedInterest"),
        (1, "eventDate", "2024-02-02T00:00", "must be 2024-02-02 IP"),
        (1, "eventType", "IPCI", "must be 2024-02-01 IPCI"),
        (1, "exerciseAmount", "5", "no exerciseAmount"),
        (1, "exerciseDate", "2024-02-02T00:00", "exercised on None"),
    ],
)
def test_every_cell_counts(row: int, name: str, value: str, said: str) -> None:
    changed = copy.deepcopy(CASE)
    changed["results"][row][name] = value
    result, detail = judged(changed)
    assert result == "failed"
    assert said in detail


def test_every_row_counts() -> None:
    fewer, more = copy.deepcopy(CASE), copy.deepcopy(CASE)
    del fewer["results"][-1]
    more["results"].append(more["results"][-1])
    assert judged(fewer) == ("failed", "4 rows, must be 3")
    assert judged(more) == ("failed", "4 rows, must be 5")


def test_what_is_not_taken_over_is_refused_by_name() -> None:
    assert judged(case(contractType="SWAPS")) == ("refused", "contract type SWAPS")
    assert judged(case(notionalPrincipal=None)) == ("refused", "without the term 'notionalPrincipal'")
    assert judged({**CASE, "results": {}})[0] == "refused"


def test_what_the_book_refuses_has_failed() -> None:
    result, detail = judged(case(maturityDate=None))
    assert result == "failed"
    assert "no last day" in detail


def test_files_of_another_kind_are_listed_as_refused(tmp_path: Path) -> None:
    written(tmp_path, made=CASE)
    (tmp_path / "README.md").write_text("read me")
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "other.json").write_text('{"a": {"terms": {}}}')
    assert [(v.name, v.result) for v in judge_folder(tmp_path)] == [
        ("actus-tests-made.json:made", "passed"),
        ("list.json", "refused"),
        ("notes.txt", "refused"),
        ("other.json", "refused"),
    ]
    assert [v.name for v in judge_file(tmp_path / "list.json", name="x")] == ["x"]
