import json
import shutil
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from conformance.fineract.judging import judge_folder, main

SIMPLE = {
    "disburse",
    "repayment",
    "charge",
    "down_payment",
    "multi_disburse",
    "cob",
    "progressive",
    "interest_flat",
    "interest_declining_balance",
}


@pytest.fixture(scope="module")
def verdicts(shared):
    return list(judge_folder(shared / "data" / "fineract"))


@pytest.fixture
def few(shared, tmp_path) -> Path:
    """Two life cycles and a table, in a folder that a test may change."""
    source = shared / "data" / "fineract"
    shutil.copyfile(source / "products.json", tmp_path / "products.json")
    for name, wanted in (("lifecycle_cases.json", {"fin023", "fin059"}), ("emi_schedules.json", {"emi01"})):
        cases = [case for case in json.loads((source / name).read_text()) if case["id"] in wanted]
        (tmp_path / name).write_text(json.dumps(cases))
    return tmp_path


@pytest.mark.shared
def test_every_case_passes_or_is_refused_by_name(verdicts):
    assert [one for one in verdicts if one.result == "failed"] == []
    assert Counter(one.detail for one in verdicts if one.result == "refused") == {
        "interest recalculation": 10
    }
    assert sum(one.result == "passed" for one in verdicts) == 131


@pytest.mark.shared
def test_every_simple_case_and_every_table_passes(shared, verdicts):
    cases = json.loads((shared / "data" / "fineract" / "lifecycle_cases.json").read_text())
    simple = {case["id"] for case in cases if set(case["features"]) <= SIMPLE}
    passed = {one.name.split()[-1] for one in verdicts if one.result == "passed"}
    assert len(simple) == 48
    assert simple <= passed
    assert sum(name.startswith("emi") for name in passed) == 9


def changed(few: Path, file: str, old: str, new: str) -> None:
    text = (few / file).read_text()
    assert old in text
    (few / file).write_text(text.replace(old, new, 1))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("emi_schedules.json", '"emi": 17.47', '"emi": 17.48'),
        ("emi_schedules.json", '"rate_factor": 0.013315561644', '"rate_factor": 0.013315561645'),
        ("lifecycle_cases.json", '"balance": 750.0', '"balance": 750.01'),
        ("lifecycle_cases.json", '"paid_date": "2023-09-01"', '"paid_date": null'),
        ("lifecycle_cases.json", '"loan_balance": 0.0', '"loan_balance": 1.0'),
        ("lifecycle_cases.json", '"type": "Accrual"', '"type": "Repayment"'),
        ("lifecycle_cases.json", '"value": "CLOSED_OBLIGATIONS_MET"', '"value": "ACTIVE"'),
        ("lifecycle_cases.json", '"in_advance": 770.0', '"in_advance": 770.1'),
        ("lifecycle_cases.json", '"debit": 1000.0', '"debit": 999.0'),
    ],
)
def test_a_wrong_expectation_is_a_failure(few, capsys, file, old, new):
    assert main([str(few)]) == 0
    changed(few, file, old, new)
    assert main([str(few)]) == 1
    assert "2 passed, 1 failed, 0 refused" in capsys.readouterr().out


@pytest.mark.shared
@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"op": "charge"', '"op": "sell"', "operation sell"),
        ('"charge": "LOAN_NSF_FEE"', '"charge": "LOAN_TEA"', "charge LOAN_TEA"),
        ('"loanproduct": "LP2', '"loanproduct": "LP9', "product LP9"),
        ('"graceonprincipalpayment": 0', '"graceonprincipalpayment": 9', ""),
        ('"expect": "schedule"', '"expect": "mood"', "check mood"),
        ('ADVANCED_PAYMENT_ALLOCATION"', 'RBI"', "payment strategy RBI"),
    ],
)
def test_what_is_not_known_is_refused_by_name(few, capsys, old, new, why):
    changed(few, "lifecycle_cases.json", old, new)
    main([str(few)])
    out = capsys.readouterr().out
    assert "1 refused" in out if why else "1 failed" in out
    assert why in out


@pytest.mark.shared
def test_files_of_another_kind_are_listed_as_refused(few, capsys):
    (few / "notes.txt").write_text("no cases")
    (few / "other.json").write_text('{"a": 1}')
    assert main([str(few), "--json"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    found = {record["name"]: record["result"] for record in map(json.loads, lines)}
    assert found["notes.txt"] == found["other.json"] == "refused"
    assert last == "3 passed, 0 failed, 2 refused"
    assert main([str(few / "nowhere")]) == 2


@pytest.mark.shared
def test_a_case_that_lacks_something_fails_alone(few, capsys):
    changed(few, "lifecycle_cases.json", '"channel": "AUTOPAY"', '"way": 1')
    cases = json.loads((few / "lifecycle_cases.json").read_text(), parse_float=Decimal)
    del cases[0]["events"][1]["terms"]["with_principal"]
    (few / "lifecycle_cases.json").write_text(json.dumps(cases, default=float))
    assert main([str(few)]) == 1
    assert "cannot be read: KeyError 'with_principal'" in capsys.readouterr().out


@pytest.mark.shared
def test_it_is_run_as_a_module(few):
    done = subprocess.run(
        [sys.executable, "-m", "conformance.fineract", str(few)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert (done.returncode, done.stdout) == (0, "3 passed, 0 failed, 0 refused\n")
