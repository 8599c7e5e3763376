"""`creditloop oversee …`: register, figures, a challenger and its second person, the report."""

import json
import shlex
from collections.abc import Mapping
from datetime import date

import pytest
from tests.service.cli.said import Shell
from tests.service.oversight_bank import FILE, turn_outcome, write_plan
from tests.service.people import let_in

from creditloop.kernel.storage import connect
from creditloop.oversight import find_model_runs, find_models, find_proposals
from creditloop.service.bank import Bank

WORD = '--on 2005-10-31 --reason "the backtest was read"'
LAST = date(2005, 12, 31)
NOBODY = "00000000-0000-8000-8000-000000000000"


def record(shell: Shell, line: str) -> Mapping[str, object]:
    said = shell(f"{line} --json")
    assert said.status == 0, said.out
    assert "Traceback" not in said.err
    return said.record


def seen(shell: Shell, line: str) -> str:
    """What a person sees: no line too long for a terminal."""
    said = shell(line)
    assert said.status == 0, said.err
    assert all(len(row) <= 110 for row in said.out.splitlines()), said.out
    return said.out


@pytest.fixture
def proposal(shell: Shell, in_review: Bank) -> str:
    """A challenger that waits."""
    turn_outcome(in_review)
    return str(record(shell, f"oversee challenge {FILE}")["proposal"])


def test_a_card_is_registered_once_and_listed_with_its_next_review(shell: Shell, in_review: Bank) -> None:
    write_plan(in_review)
    first = record(shell, f"oversee register {FILE}")
    assert record(shell, f"oversee register {FILE}") == first
    assert first["next_review_due"] == "2005-09-30"
    listed = record(shell, "oversee models --on 2005-07-01")
    assert (listed["models"], listed["review_due"]) == ([first], [])
    assert len(record(shell, "oversee models --on 2005-10-01")["review_due"]) == 1  # type: ignore[arg-type]
    assert record(shell, "oversee models --on 2005-06-01")["models"] == []
    assert "1 of 1 reviews are due on 2005-10-01" in seen(shell, "oversee models --on 2005-10-01")
    with connect(in_review.url) as connection:
        assert len(find_models(connection, on=LAST)) == 1


def test_figures_are_measured_judged_and_recorded_once(shell: Shell, in_review: Bank) -> None:
    write_plan(in_review)
    runs = record(shell, f"oversee metrics {FILE}")["runs"]
    assert isinstance(runs, list)
    kinds = [run["kind"] for run in runs]
    assert kinds == ["stability"] * 4 + ["performance", "monthly", "fairness", "fairness"]
    months = [run["business_date"] for run in runs if run["kind"] == "stability"]
    assert months == ["2005-06-30", "2005-07-31", "2005-08-31", "2005-09-30"]
    names = {metric["name"] for run in runs for metric in run["metrics"]}
    assert {"auc", "ks", "psi_score"} <= names
    for run in runs:
        raised = [metric for metric in run["metrics"] if metric["level"] in {"yellow", "red"}]
        assert run["alarms"] == len(raised)
    assert "psi_score" in seen(shell, f"oversee metrics {FILE}")
    with connect(in_review.url) as connection:
        assert len(find_model_runs(connection)) == len(runs), "a repeat records nothing"


def test_a_challenger_is_shown_and_a_second_person_publishes_it(
    shell: Shell, in_review: Bank, proposal: str
) -> None:
    listed = record(shell, "oversee proposals")["proposals"]
    assert isinstance(listed, list)
    assert [(one["proposal"], one["state"]) for one in listed] == [(proposal, "waiting")]
    added = record(shell, f"oversee text {proposal}")["added"]
    assert isinstance(added, list)
    assert added
    assert all("from: 2024-07-01" in line for line in added)
    assert "2024-07-01" in seen(shell, f"oversee text {proposal}")
    for login, roles in (("strategist_a", ("strategist", "approver")), ("chen", ("approver",))):
        let_in(in_review, login, *roles)
    published = record(shell, f"oversee approve {proposal} --by chen {WORD}")
    assert published["state"] == "published"
    assert record(shell, f"oversee approve {proposal} --by chen {WORD}") == published
    assert "published" in seen(shell, "oversee proposals")
    late = shell(f"oversee approve {proposal} --by chen {WORD} --refuse --json")
    assert (late.status, late.record["error"]["code"]) == (3, "out_of_order")  # type: ignore[index]
    assert record(shell, "evidence verify")["problems"] == []


def test_it_may_be_refused_and_a_script_is_marked(shell: Shell, proposal: str) -> None:
    refused = record(shell, f"oversee approve {proposal} --by approver_c {WORD} --refuse --simulated")
    approval = refused["approval"]
    assert isinstance(approval, dict)
    assert (refused["state"], approval["approver"], approval["simulated"]) == ("refused", "approver_c", True)


WORDS = {
    "nobody the bank knows": ("--by somebody", 2, "no person with this login"),
    "one who may not": ("--by wu", 3, "none of your roles"),
    "who proposed it": ("--by strategist_a", 2, "a second person must"),
    "who proposed it, in a script": ("--by Strategist_A --simulated", 2, "a second person must"),
    "in another role": ("--by chen --role strategist", 2, "may not decide"),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_word_that_does_not_count_is_refused(
    name: str, shell: Shell, in_review: Bank, proposal: str
) -> None:
    for login, roles in (("strategist_a", ("approver",)), ("wu", ("collector",)), ("chen", ("approver",))):
        let_in(in_review, login, *roles)
    words, status, message = WORDS[name]
    said = shell(f"oversee approve {proposal} {words} {WORD} --json")
    assert said.status == status, said.out
    assert message in json.dumps(said.record, ensure_ascii=False)
    with connect(in_review.url) as connection:
        (kept,) = find_proposals(connection)
    assert kept.state == "waiting"


def test_where_nothing_beats_the_champion_it_says_so(shell: Shell, in_review: Bank) -> None:
    write_plan(in_review)
    assert record(shell, f"oversee challenge {FILE}") == {"proposal": None}
    assert "nothing is proposed" in seen(shell, f"oversee challenge {FILE}")
    assert record(shell, "oversee proposals")["proposals"] == []


def test_the_report_is_written_where_it_is_asked_for(shell: Shell, in_review: Bank) -> None:
    write_plan(in_review)
    shell(f"oversee register {FILE}")
    shell(f"oversee metrics {FILE}")
    told = record(shell, f"oversee report {FILE} --out var/report/risk.pdf")
    written = in_review.places.documents / "var" / "report" / "risk.pdf"
    assert written.read_bytes().startswith(b"%PDF-")
    assert json.loads(written.with_suffix(".json").read_text("utf-8"))["evidence"] == told["evidence"]


BAD = {
    "oversee register none.yaml": (2, "no such document"),
    "oversee metrics review.yaml": (2, "'outcomes_known_on' is missing"),
    "oversee models --on soon": (2, "not a date"),
    "oversee models": (2, "--on"),
    "oversee text seven": (2, "a UUID"),
    f"oversee text {NOBODY}": (2, "no such proposal"),
    f"oversee approve {NOBODY} --by li --simulated {WORD}": (2, "no such proposal"),
    f"oversee approve {NOBODY} --by li --simulated --on 2005-10-31": (2, "--reason"),
    "oversee challenge none.yaml": (2, "no such document"),
    "oversee report none.yaml": (2, "no such document"),
}


@pytest.mark.parametrize("line", BAD)
def test_a_bad_call_is_refused_by_name_and_writes_nothing(line: str, shell: Shell, in_review: Bank) -> None:
    status, word = BAD[line]
    said = shell([*shlex.split(line), "--json"])
    assert said.status == status, said.out
    assert word in json.dumps(said.record, ensure_ascii=False)
    with connect(in_review.url) as connection:
        assert (
            find_models(connection, on=LAST),
            find_model_runs(connection),
            find_proposals(connection),
        ) == (
            [],
            [],
            [],
        )
