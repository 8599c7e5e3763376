import json
from pathlib import Path

import pytest
from conformance.actus.__main__ import main
from tests.conformance.actus.small_case import CASE, case, written


def test_the_last_line_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, good=CASE, strange=case(contractType="STK"))
    assert main([str(tmp_path)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "refused: actus-tests-made.json:strange: contract type STK"
    assert "PAM: 1 of 1, 4 rows" in told
    assert told[-1] == "1 passed, 0 failed, 1 refused"


def test_a_failure_is_told_and_is_the_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, bad=case(nominalInterestRate="0.13"))
    assert main([str(tmp_path)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("failed: actus-tests-made.json:bad: row 1, 2024-01-01 IED: nominalInterestRate")
    assert told[-1] == "0 passed, 1 failed, 0 refused"


def test_machines_get_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, good=CASE)
    assert main([str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["passed"], told["failed"], told["refused"]) == (1, 0, 0)
    assert told["verdicts"][0]["name"] == "actus-tests-made.json:good"


@pytest.mark.parametrize("arguments", [[], ["nowhere"], ["a", "b"]])
def test_without_a_folder_it_says_how(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "usage" in capsys.readouterr().err
