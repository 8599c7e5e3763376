"""`creditloop lend …` and `recover …` on the small bank: what people and machines are told."""

import pytest
from tests.service.cli.said import Shell
from tests.service.decided_bank import party, review
from tests.service.lending.test_limits import LIMIT, OUTCOMES
from tests.service.small_bank import LATE

from creditloop.service.answering import answer_all
from creditloop.service.bank import Bank

DAY = "--business-date 2005-09-30"
AT = "--at 2005-08-12T10:30+08:00"


@pytest.fixture
def decided(in_bank: Bank) -> Bank:
    """A bank whose limits were reviewed, and the decisions carried out."""
    review(in_bank, OUTCOMES)
    answer_all(in_bank)
    return in_bank


LINES = {
    "take-over": ("lend take-over book.yaml", "limits taken over"),
    "limits": (f"lend limits book.yaml {DAY}", "available_fen"),
    "limit": (f"lend limit {party(3)} {DAY}", "offered"),
    "agreement": (f"lend agreement {party(1)}", "kept"),
    "letter": (f"lend letter {party(5)}", "不利决定告知书"),
    "letter in English": (f"lend letter {party(5)} --language en", "adverse decision"),
    "route": (f"recover route book.yaml {DAY}", "RT_02"),
    "queue": (f"recover queue {DAY}", LATE),
    "ask": (f"recover ask book.yaml {LATE} --channel call {AT}", "CT_10"),
}


@pytest.mark.usefixtures("decided")
def test_each_command_answers_people_and_machines(shell: Shell) -> None:
    for name, (line, word) in LINES.items():
        for_people = shell(line)
        assert for_people.status == 0, (name, for_people.err)
        assert word in for_people.out, name
        for_machines = shell(f"{line} --json")
        assert for_machines.status == 0, name
        assert for_machines.record


@pytest.mark.usefixtures("decided")
def test_an_answer_raises_the_limit_once(shell: Shell) -> None:
    line = (
        f"lend answer {party(3)} --business-date 2005-07-20 --rules-as-of 2024-06-30 --source form-12"
        " --product credit_card --accept --json"
    )
    first = shell(line).record
    assert (first["kind"], first["limit_fen"]) == ("raised", LIMIT[3] + 1_000_000)
    assert shell(line).record == first
    again = shell(line.replace("form-12", "form-13"))
    assert (again.status, again.record["error"]["code"]) == (3, "out_of_order")  # type: ignore[index]


@pytest.mark.usefixtures("decided")
def test_a_complaint_stops_contact_until_it_is_resolved(shell: Shell) -> None:
    call = f"recover contact book.yaml {LATE} --channel call --note asked {AT} --key"
    assert shell(f"{call} 1").status == 0
    told = shell(f"recover complain book.yaml {LATE} --kind objection {AT} --note paid --key 2 --json")
    assert told.record["events"][0]["kind"] == "objection"  # type: ignore[index]
    refused = shell(f"{call} 3")
    assert refused.status == 3
    assert "CT_02" in refused.err
    assert shell(f"recover resolve book.yaml {LATE} {AT} --note verified --key 4").status == 0
    assert shell(f"{call} 5").status == 0


BAD = {
    f"lend letter {party(1)}": "no letter in this language",
    f"lend agreement {party(4)}": "has no agreement",
    f"lend limit nobody {DAY}": "no such party",
    f"recover contact book.yaml {LATE} --channel visit --note x {AT} --key 1": "no such channel",
    f"recover contact book.yaml {LATE} --channel call --note x --at yesterday --key 1": "not an instant",
    f"recover contact book.yaml {LATE} --channel call --note x --at 2005-08-12T10:30 --key 1": "no time zone",
    f"recover resolve book.yaml {LATE} {AT} --note x --key 1": "no complaint or objection is open",
    "recover route book.yaml --business-date 2005-10-31": "no such month",
}


@pytest.mark.usefixtures("decided")
def test_what_cannot_be_asked_is_told(shell: Shell) -> None:
    for line, message in BAD.items():
        said = shell(line)
        assert said.status == 2, (line, said.out, said.err)
        assert message in said.err, line
