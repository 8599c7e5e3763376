"""fit, decide and review at the command line: for people, for machines, and refused by status."""

import json
import shlex

import pytest
from tests.service.admitting.test_reviewing import party_of
from tests.service.cli.said import Shell
from tests.service.people import let_in
from tests.service.review_bank import CARD, PLAN

from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank


def record(shell: Shell, line: str) -> dict[str, object]:
    said = shell(f"{line} --json")
    assert said.status == 0, said.out
    return said.record


def test_a_book_is_decided_replayed_and_followed_to_one_decision(shell: Shell, in_review: Bank) -> None:
    first = record(shell, f"decide book {PLAN}")
    again = record(shell, f"decide book {PLAN}")
    assert again == first
    assert first["failed_deliveries"] == 0
    assert first["customers"] == 2_000
    assert "accepted customers only" in str(first["sample"])
    assert "accepted customers only" in shell(f"decide book {PLAN}").out
    replayed = record(shell, "decide replay --all")
    assert (replayed["decisions"], replayed["differing"]) == (first["decided"], [])
    party = party_of("decide")
    (listed,) = record(shell, f"decide list {party}")["decisions"]  # type: ignore[misc]
    shown = record(shell, f"decide show {listed['decision_id']}")
    assert shown["working"]["decision"]["outcome"] == listed["outcome"]  # type: ignore[index]
    for_people = shell(f"decide show {listed['decision_id']}")
    assert "LR_S1" in for_people.out
    assert all(len(line) <= 110 for line in for_people.out.splitlines())
    assert shell(f"decide replay {listed['decision_id']}").out.startswith(
        "decisions made again: 1, of them different: 0"
    )
    assert record(shell, "evidence verify")["problems"] == []


def test_a_decision_that_was_changed_ends_with_6(shell: Shell, in_review: Bank) -> None:
    record(shell, f"decide book {PLAN}")
    with connect(in_review.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE admit.decision SET outcome = 'raise' WHERE row_no = 0")
        connection.commit()
    said = shell("decide replay --all")
    assert said.status == 6
    assert "outcome" in said.out


def test_a_party_is_decided_once_a_request(shell: Shell, in_review: Bank) -> None:
    line = f"decide party {PLAN} {party_of('decide')} --request-id r-1"
    first = record(shell, line)
    assert record(shell, line) == first
    other = shell(f"decide party {PLAN} {party_of('decide', number=1)} --request-id r-1 --json")
    assert (other.status, other.record["error"]["code"]) == (3, "conflicting_repeat")  # type: ignore[index]


def test_a_referred_case_is_listed_signed_and_counted(shell: Shell, in_review: Bank) -> None:
    record(shell, f"decide book {PLAN}")
    (case,) = record(shell, "review cases --most 1")["cases"]  # type: ignore[misc]
    assert case["party_id"] in shell("review cases --most 3").out
    shown = record(shell, f"review show {case['case_id']}")
    assert shown["outcomes"] == ["keep", "raise", "freeze", "collections"]
    limit = case["limit_proposed_fen"] // 100
    words = (
        f"review sign {case['case_id']} --role approver --outcome {case['outcome_proposed']} --limit {limit}"
    )
    unknown = shell(f"{words} --person li --why 'as advised' --on 2005-07-01 --json")
    assert (unknown.status, unknown.record["error"]["code"]) == (2, "unknown_id")  # type: ignore[index]
    let_in(in_review, "li", "approver")
    signed = record(shell, f"{words} --person li --why 'as advised' --on 2005-07-01")
    assert (signed["status"], signed["signed_by"], signed["overrides"]) == ("closed", ["li"], False)
    again = shell(f"{words} --person wu --simulated --why 'as advised' --on 2005-07-01 --json")
    assert (again.status, again.record["error"]["code"]) == (3, "out_of_order")  # type: ignore[index]
    figures = record(shell, "review figures --on 2005-07-01")
    assert (figures["closed"], figures["override_rate_nano"]) == (1, 0)
    assert "override rate" in shell("review figures --on 2005-07-01").out
    (closed,) = record(shell, "review cases --closed")["cases"]  # type: ignore[misc]
    assert closed["case_id"] == case["case_id"]
    assert (
        shell(f"review withdraw {case['case_id']} --person li --role approver --why x --on 2005-07-02").status
        == 3
    )


def test_a_card_is_written_and_not_over_another(shell: Shell, in_review: Bank) -> None:
    file = in_review.places.documents / CARD
    fitted = file.read_text("utf-8")
    made = record(shell, f"fit {PLAN}")
    assert file.read_text("utf-8") == fitted
    assert "accepted customers only" in str(made["sample"])
    assert "utilisation_now" in shell(f"fit {PLAN}").out
    file.write_text(fitted + "# by hand\n", "utf-8")
    said = shell(f"fit {PLAN}")
    assert said.status == 3
    assert "another card stands in this file" in said.err
    assert file.read_text("utf-8").endswith("# by hand\n")
    assert shell(f"fit {PLAN} --replace").status == 0
    assert file.read_text("utf-8") == fitted
    assert shell(f"fit {PLAN} --out cards/second.yaml").status == 0
    assert (in_review.places.documents / "cards" / "second.yaml").read_text("utf-8") == fitted


@pytest.mark.parametrize(
    ("line", "status", "word"),
    [
        ("fit none.yaml", 2, "no such document"),
        ("fit book.yaml", 2, "'name' is missing"),
        ("decide book none.yaml", 2, "no such document"),
        (f"decide book {PLAN} --card {PLAN}", 2, "card"),
        (f"decide party {PLAN} small_cards/0 --request-id r", 2, "small_cards/0"),
        (f"decide party {PLAN} small_cards/1", 2, "--request-id"),
        ("decide show 00000000-0000-8000-8000-000000000000", 2, "no such decision"),
        ("decide show seven", 2, "should be a valid UUID"),
        ("decide replay", 2, "name a decision, or say --all"),
        ("decide replay 00000000-0000-8000-8000-000000000000 --all", 2, "name a decision, or say --all"),
        ("review show 00000000-0000-8000-8000-000000000000", 2, "no such case"),
        ("review figures --on soon", 2, "not a date"),
        (
            "review sign 00000000-0000-8000-8000-000000000000 --person li --role approver --outcome keep"
            " --limit much --why x --on 2005-07-01",
            2,
            "much",
        ),
    ],
)
def test_a_bad_call_is_refused_by_name_and_writes_nothing(
    line: str, status: int, word: str, shell: Shell, in_review: Bank
) -> None:
    said = shell([*shlex.split(line), "--json"])
    assert said.status == status, said.out
    assert word in json.dumps(said.record, ensure_ascii=False)
    with connect(in_review.url) as connection:
        assert connection.execute("SELECT count(*) FROM admit.decision").fetchone() == (0,)
