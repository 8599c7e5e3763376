"""Every policy of the bank: its numbers dated and sourced, its cases beside it, its reason codes its own."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from creditloop.data import read_contract
from creditloop.formula import prove
from creditloop.kernel.documents import Document, read_document
from creditloop.risk import Policy, read_cases, read_policy, run_cases

REPOSITORY = Path(__file__).parents[2]
POLICIES = REPOSITORY / "policies"
CASES = sorted([*POLICIES.glob("*/*/cases/*.yaml"), *POLICIES.glob("*/*/baselines/cases/*.yaml")])
OTHERS = {
    "loan_product": "*/lend/product.yaml",
    "colending": "lending/programmes/*.yaml",
    "calendar": "calendars/*.yaml",
}
"""Documents that are no policies, by their first key, and where they stand; who reads them tests them."""
PLAIN = sorted(file for place in OTHERS.values() for file in POLICIES.glob(place))
FILES = sorted({*POLICIES.glob("*/*/*.yaml"), *POLICIES.glob("*/*/baselines/*.yaml")} - set(PLAIN))
"""Policies, and the plain rules a strategy is compared with."""
CONTRACTS = sorted((REPOSITORY / "contracts").glob("*.yaml"))
SHOWN = {"ids": lambda file: file.relative_to(REPOSITORY).as_posix()}


def document(file: Path) -> Document:
    return read_document(file, root=REPOSITORY)


def with_cases(file: Path) -> tuple[Policy, Path]:
    """The policy as in force on its cases' date, and the file of the cases."""
    beside = file.parent / "cases" / file.name
    on, _ = read_cases(document(beside))
    return read_policy(document(file), rules_as_of=on), beside


def test_there_are_policies_and_nothing_else() -> None:
    assert FILES
    strangers = set(POLICIES.rglob("*.yaml")) - set(FILES) - set(CASES) - set(PLAIN)
    assert strangers == set()
    assert {file.suffix for file in POLICIES.rglob("*") if file.is_file()} == {".yaml"}


@pytest.mark.parametrize("file", PLAIN, **SHOWN)
def test_a_document_that_is_no_policy_is_of_a_kind_that_stands_there(file: Path) -> None:
    kind = next(iter(document(file).root.mapping()))
    assert file in POLICIES.glob(OTHERS[kind])


@pytest.mark.parametrize("file", FILES, **SHOWN)
def test_a_policy_stands_where_it_says_it_belongs(file: Path) -> None:
    policy, _ = with_cases(file)
    product, stage, *_, name = file.relative_to(POLICIES).with_suffix("").parts
    assert (policy.product, policy.stage) == (product, stage)
    assert name in policy.name, "the file's name is how people call it"


@pytest.mark.parametrize("file", FILES, **SHOWN)
def test_a_policy_has_worked_cases_beside_it_and_they_hold(file: Path) -> None:
    policy, beside = with_cases(file)
    _, cases = read_cases(document(beside))
    assert len(cases) >= 5
    assert len({case.name for case in cases}) == len(cases)
    assert run_cases(policy, cases) == []


@pytest.mark.parametrize("file", CASES, **SHOWN)
def test_cases_stand_beside_their_policy(file: Path) -> None:
    assert (file.parent.parent / file.name).is_file()


@pytest.mark.parametrize("file", FILES, **SHOWN)
def test_each_row_of_a_table_has_a_case_or_is_proven_by_its_neighbour(file: Path) -> None:
    """A row no case reaches could be deleted without anybody noticing: a deleted row must fail a case."""
    policy, beside = with_cases(file)
    _, cases = read_cases(document(beside))
    text = policy.document.text
    for table in policy.tables:
        reached = set()
        for case in cases:
            wanted = {name: case.expected[name] for name in case.expected}
            reached.add(wanted.get(f"{table.id}_row"))
            for told in (wanted.get(output.name) for output in table.outputs):
                reached |= set(told) if isinstance(told, list) else {told}  # a list: every row that matched
        for row in table.rows:
            cells = {table.program.step(row.cell(output.name)).text for output in table.outputs}
            told = cells.pop() if len(table.outputs) == 1 else row.rule.id  # of several only the id tells
            assert reached & {row.rule.id, told, told.strip("'"), _whole(told)}, (
                f"{row.rule.id} in {text[:40]}"
            )


def _whole(text: str) -> int | None:
    return int(text) if text.lstrip("-").isdecimal() else None


@pytest.mark.parametrize("file", FILES, **SHOWN)
def test_every_number_has_a_date_a_unit_and_a_source_that_was_looked_up(file: Path) -> None:
    entries = document(file).root.mapping()
    parameters = entries["parameters"].mapping() if "parameters" in entries else {}
    for name, node in parameters.items():
        for value in node.mapping()["values"].items():
            parts = value.mapping()
            assert isinstance(parts["from"].day(), date)
            source = parts["source"].mapping()
            assert len(source["title"].text()) > 10, name
            assert source["checked"].day() >= date(2026, 1, 1), f"{name}: when was it last looked up?"


@pytest.mark.parametrize("file", FILES, **SHOWN)
def test_steps_hold_no_number_but_0_and_1(file: Path) -> None:
    """Any other decides something, so it stands among the dated and sourced ones."""
    entries = document(file).root.mapping()
    for step in entries["steps"].items() if "steps" in entries else []:
        parts = step.mapping()
        parts = parts["limit"].mapping() if "limit" in parts else parts
        written = [parts[key].text() for key in ("value", "at_least", "at_most") if key in parts]
        assert set(re.findall(r"(?<![\w.])\d+", " ".join(written))) <= {"0", "1"}


def test_reason_codes_are_unique_over_a_product() -> None:
    codes: dict[str, Counter[str]] = {}
    for file in FILES:
        policy, _ = with_cases(file)
        for table in policy.tables:
            rows = (*table.rows, *([table.otherwise] if table.otherwise else []))
            codes.setdefault(policy.product, Counter()).update(row.rule.reason.code for row in rows)
    for product, counted in codes.items():
        assert {code: count for code, count in counted.items() if count > 1} == {}, product
        assert all(code.isascii() and code == code.upper() for code in counted)


@pytest.mark.parametrize("file", FILES, **SHOWN)
def test_every_reason_is_said_in_both_languages(file: Path) -> None:
    policy, _ = with_cases(file)
    for table in policy.tables:
        for row in (*table.rows, *([table.otherwise] if table.otherwise else [])):
            reason = row.rule.reason
            assert not reason.zh.isascii(), reason.code
            assert reason.en.isprintable()
            assert reason.zh != reason.en


@pytest.mark.parametrize("file", CONTRACTS, **SHOWN)
def test_python_and_polars_agree_on_the_rules_of_every_contract(file: Path) -> None:
    contract = read_contract(file, root=REPOSITORY)
    proven = 0
    for table in contract.tables:
        if table.program is None:
            continue
        proof = prove(table.program, rows=2_000, seed=20240630)
        assert proof.holds, proof.first
        assert all(sum(told > 0 for told in counts.values()) >= 2 for counts in proof.seen.values()), (
            proof.seen
        )
        proven += 1
    assert proven > 0
