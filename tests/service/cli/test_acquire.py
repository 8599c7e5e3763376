"""`creditloop whitelist …` as a person and as a machine sees it, and when it is asked for what cannot be."""

import pytest
from tests.service.cli.said import Shell
from tests.service.screening_bank import CARD, PRODUCT, STRICTER, WHITELIST, party, write_whitelist

from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank

SCREEN = f"whitelist screen {WHITELIST} --card {CARD} --business-date 2005-06-30"
LINES = {
    "screen": (SCREEN, ["batch", "card_hash", "invitations", "outcomes", "screened"], "invited"),
    "rescreen": (
        f"whitelist rescreen {WHITELIST} --trigger account_change --business-date 2005-07-31",
        ["batch", "considered", "screened", "trigger"],
        "WL_01",
    ),
    "show": (f"whitelist show {WHITELIST} --business-date 2005-06-30", ["parties", "whitelist"], "invited"),
    "party": (
        f"whitelist party {WHITELIST} {party(7)} --business-date 2005-06-30",
        ["differing", "inputs", "invitation", "portrait", "reasons"],
        "循环客户",
    ),
}


@pytest.fixture
def in_listed_bank(in_new_bank: Bank) -> Bank:
    """The process stands in the folder of a bank that may keep a whitelist; nobody is screened yet."""
    write_whitelist(in_new_bank)
    return in_new_bank


@pytest.mark.parametrize("name", LINES)
def test_a_command_answers_people_with_tables_and_machines_with_one_object(
    name: str, shell: Shell, in_listed_bank: Bank
) -> None:
    line, keys, word = LINES[name]
    assert shell(SCREEN).status == 0
    for_people = shell(line)
    assert for_people.status == 0, for_people.err
    assert word in for_people.out
    assert "2024-06-30" in " ".join(for_people.out.split())
    assert all(len(row) <= 110 for row in for_people.out.splitlines())
    record = shell(f"{line} --json").record
    assert set(keys) <= set(record)
    assert record["product"] == PRODUCT
    assert (record["rules_as_of"], str(record["business_date"])[:7]) == (
        "2024-06-30",
        "2005-07" if name == "rescreen" else "2005-06",
    )


def test_a_summer_at_the_command_line(shell: Shell, in_listed_bank: Bank) -> None:
    first = shell(f"{SCREEN} --json").record
    assert shell(f"{SCREEN} --json").record == first, "a repeat finds the first result"
    rescreen = f"whitelist rescreen {WHITELIST} --json --business-date"
    changed = shell(f"{rescreen} 2005-07-31 --trigger account_change").record
    assert changed["invitations"] == {"closed": 1}
    assert shell(f"{rescreen} 2005-07-31 --trigger interval").record["screened"] == 0
    model = shell(f"{rescreen} 2005-08-31 --trigger model_update --card {STRICTER}").record
    assert model["card_hash"] != first["card_hash"]
    shown = shell(f"whitelist party {WHITELIST} {party(8)} --business-date 2005-08-31 --json").record
    assert [event["kind"] for event in shown["invitation"]] == ["invited", "closed"]  # type: ignore[attr-defined]
    assert shown["differing"] == {}
    before = shell(f"whitelist party {WHITELIST} {party(8)} --business-date 2005-07-31 --json").record
    assert (before["outcome"], [one["kind"] for one in before["invitation"]]) == ("invited", ["invited"])  # type: ignore[attr-defined]


BAD = [
    (
        f"whitelist rescreen {WHITELIST} --trigger interval --business-date 2005-07-31",
        3,
        "nobody was screened",
    ),
    (
        f"whitelist rescreen {WHITELIST} --trigger model_update --business-date 2005-07-31",
        2,
        "a new card goes",
    ),
    (
        f"whitelist rescreen {WHITELIST} --trigger interval --card {CARD} --business-date 2005-07-31",
        2,
        "a new card goes",
    ),
    (f"whitelist rescreen {WHITELIST} --trigger boredom --business-date 2005-07-31", 2, "boredom"),
    (f"whitelist screen {WHITELIST} --card nowhere.yaml --business-date 2005-06-30", 2, "no such document"),
    (f"whitelist screen {WHITELIST} --card {WHITELIST} --business-date 2005-06-30", 2, WHITELIST),
    (f"whitelist screen {CARD} --card {CARD} --business-date 2005-06-30", 2, CARD),
    (f"whitelist screen {WHITELIST} --card {CARD} --business-date 2005-06-31", 2, "not a date"),
    (f"whitelist party {WHITELIST} nobody --business-date 2005-06-30", 2, "was not screened by this day"),
]


@pytest.mark.parametrize(("line", "status", "message"), BAD)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    line: str, status: int, message: str, shell: Shell, in_listed_bank: Bank
) -> None:
    said = shell(line)
    assert (said.status, said.out) == (status, "")
    assert message in said.err
    with connect(in_listed_bank.url) as connection:
        for table in ("screening_batch", "screening", "invitation"):
            assert connection.execute(f"SELECT count(*) FROM acquire.{table}".encode()).fetchone() == (0,)
