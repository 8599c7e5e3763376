"""`creditloop warn …` as a person and as a machine sees it, on a bank of twenty customers."""

from collections.abc import Sequence

import pytest
from tests.service.cli.said import Shell
from tests.service.small_bank import CUSTOMERS, LATE
from tests.service.warning_documents import CHECK, write_check

from creditloop.service.bank import Bank

DAY = "--business-date 2005-09-30"
LINES: dict[str, tuple[str, Sequence[str], str]] = {
    "warn run": (f"warn run book.yaml {DAY}", ["evaluated", "alert", "measures", "policy"], "alert 预警"),
    "warn show": (f"warn show {DAY} --level alert", ["warnings", "signals", "batch"], "WL_CLASS"),
    "warn party": (f"warn party {LATE}", ["party", "warnings"], "分文未还"),
    "warn rolls": ("warn rolls book.yaml", ["months", "rules_as_of"], "late_3_up"),
    "warn curve": (f"warn curve {CHECK}", ["samples", "note", "by_month"], "October's label (as published)"),
    "warn weights": (f"warn weights {CHECK}", ["weights", "outcome"], "gone_quiet"),
}


@pytest.fixture(autouse=True)
def _check(in_bank: Bank) -> None:
    """The bank's folder has a check document by whose split the one who went bad is in the fit half."""
    write_check(in_bank, ("a salt of the tests", "salt 3"))


@pytest.mark.parametrize("name", LINES)
def test_a_command_answers_people_with_tables_and_machines_with_one_object(name: str, shell: Shell) -> None:
    line, keys, word = LINES[name]
    for_people = shell(line)
    assert for_people.status == 0, for_people.err
    assert word in for_people.out
    assert not for_people.out.lstrip().startswith("{")
    assert all(len(row) <= 110 for row in for_people.out.splitlines())
    for_machines = shell(f"{line} --json")
    assert for_machines.status == 0, for_machines.out
    assert set(keys) <= set(for_machines.record)


def test_a_month_is_found_again_and_states_both_dates(shell: Shell) -> None:
    first = shell(f"warn run book.yaml {DAY} --json").record
    assert shell(f"warn run book.yaml {DAY} --json").record == first
    assert (first["business_date"], first["rules_as_of"]) == ("2005-09-30", "2024-06-30")
    assert first["evaluated"] == CUSTOMERS
    shown = shell(f"warn show {DAY} --most 0 --json").record
    assert shown == {**first, "warnings": []}


def test_warnings_are_picked_by_level_and_signal_and_the_look_is_logged(shell: Shell) -> None:
    found = shell(
        ["warn", "show", *DAY.split(), "--signal", "late_deeper", "--reason", "a look", "--json"]
    ).record
    warnings = found["warnings"]
    assert isinstance(warnings, list)
    assert LATE in [warning["party"] for warning in warnings]
    assert all("late_deeper" in warning["signals"] for warning in warnings)
    read = shell("reads --most 1 --json").record["reads"]
    assert isinstance(read, list)
    assert (read[0]["table"], read[0]["purpose"], read[0]["reason"]) == (
        "monitor.warning",
        "display",
        "a look",
    )
    assert read[0]["parties_count"] == len(warnings)


def test_a_warning_is_told_with_its_reasons_and_values(shell: Shell) -> None:
    warnings = shell(f"warn party {LATE} --json").record["warnings"]
    assert isinstance(warnings, list)
    last = warnings[-1]
    assert (last["business_date"], last["level"], last["level_rule"]) == ("2005-09-30", "alert", "WL_CLASS")
    assert last["values"]["months_late_0"] == 4
    codes = [reason["code"] for reason in last["reasons"]]
    assert codes[: len(last["signals"])] == [f"SG_{signal.upper()}" for signal in last["signals"]]
    assert "WL_CLASS" in codes
    assert all(reason["zh"] and reason["en"] for reason in last["reasons"])
    before = shell(f"reads --party {LATE} --json").record["total"]
    assert shell(f"warn party {LATE} --reason complaint").status == 0
    after = shell(f"reads --party {LATE} --json").record["total"]
    assert isinstance(before, int)
    assert after == before + 1


def test_nobody_warned_of_is_said_plainly(shell: Shell) -> None:
    assert shell("warn party small_cards/1 --json").record == {"party": "small_cards/1", "warnings": []}
    assert "no warning is recorded" in shell("warn party small_cards/1").out


def test_a_cell_of_the_roll_rates_is_opened(shell: Shell) -> None:
    record = shell("warn rolls book.yaml --parties late_3_up,late_3_up --json").record
    parties, months = record["parties"], record["months"]
    assert isinstance(parties, list)
    assert isinstance(months, list)
    assert LATE in parties
    assert months[-1]["rolled"]["late_3_up"]["late_3_up"]["customers"] == len(parties)
    assert LATE in shell("warn rolls book.yaml --parties late_3_up,late_3_up").out


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("warn run book.yaml --business-date 2005-09-29", 2, "the plan has no such month"),
        ("warn run book.yaml --business-date soon", 2, "not a date"),
        ("warn show --business-date 2005-10-31", 2, "no warnings are recorded"),
        (f"warn show {DAY} --level none", 2, "there is no such level"),
        (f"warn show {DAY} --most -1", 2, "greater than or equal to 0"),
        ("warn rolls book.yaml --parties late", 2, "no such state of lateness"),
        ("warn curve book.yaml", 2, "book.yaml"),
        ("warn curve nothing.yaml", 2, "nothing.yaml"),
    ],
)
def test_a_bad_call_says_what_was_wrong(line: str, status: int, words: str, shell: Shell) -> None:
    said = shell(line)
    assert (said.status, said.out) == (status, "")
    assert words in said.err
    assert "Traceback" not in said.err


def test_the_outcome_of_a_month_to_come_is_refused(shell: Shell, in_bank: Bank) -> None:
    write_check(in_bank, ("2005-10-31", "2005-10-30"))
    said = shell(f"warn curve {CHECK}")
    assert said.status == 3
    assert "the outcome is not known yet" in said.err
