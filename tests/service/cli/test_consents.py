"""`creditloop consent …`: given, withdrawn, shown; every look is logged, who is left out can be listed."""

import hashlib

import pytest
from tests.service.cli.electricity import import_bills, wording
from tests.service.cli.said import Shell

from creditloop.data import party_token
from creditloop.service.bank import Bank


@pytest.fixture
def terms(in_new_bank: Bank, shell: Shell) -> str:
    import_bills(in_new_bank, shell)
    return wording(in_new_bank.places.documents)


def states(said: object) -> dict[str, str]:
    assert isinstance(said, list)
    return {one["purpose"]: one["state"] for one in said}


def test_consent_is_given_shown_and_withdrawn(in_new_bank: Bank, terms: str, shell: Shell) -> None:
    granted = shell(f"consent grant customer/1 --id form-17 --source electricity {terms} --json").record
    assert states(granted["consents"]) == {"rule": "live", "model": "live", "monitoring": "live"}
    record = granted["record"]
    assert isinstance(record, dict)
    text = (in_new_bank.places.documents / "wording.txt").read_bytes()
    assert record["wording_hash"] == hashlib.sha256(text).hexdigest()
    again = shell(f"consent grant customer/1 --id form-17 --source electricity {terms} --json").record
    assert (again["repeated"], again["record"]) == (True, record)
    line = "consent withdraw customer/1 --id call-3 --channel telephone --evidence recording/3"
    withdrawn = shell(f"{line} --purpose rule --json").record
    assert states(withdrawn["consents"]) == {"rule": "withdrawn", "model": "live", "monitoring": "live"}
    rest = shell(f"{line.replace('call-3', 'call-4')} --json").record
    assert set(states(rest["consents"]).values()) == {"withdrawn"}
    shown = shell("consent show customer/1 --reason complaint --json").record
    assert [one["id"] for one in shown["records"]] == ["form-17", "call-3", "call-4"]
    (read,) = shell("reads --party customer/1 --most 1 --json").record["reads"]
    assert (read["table"], read["reason"]) == ("data.consent", "complaint")
    for_people = shell("consent show customer/1")
    assert (for_people.status, "withdrawn" in for_people.out) == (0, True)
    assert shell("evidence verify").status == 0


def test_who_is_left_out_is_listed_by_token(terms: str, shell: Shell) -> None:
    assert shell(f"consent grant customer/2 --id a --source electricity {terms}").status == 0
    said = shell("consent withheld electricity --purpose rule --json").record
    assert said["tokens"] == sorted([party_token("customer/1"), party_token("customer/3")])
    assert said["parties_withheld"] == 2
    assert "left out of electricity for rule: 2" in shell("consent withheld electricity --purpose rule").out


REFUSED = [
    (
        "grant customer/1 --id a --source electricity --purpose display {}",
        "asks for consent for this purpose",
    ),
    ("grant customer/1 --id a {}", "names what it covers"),
    ("grant customer/1 --id a --source nothing {}", "nothing"),
    ("grant customer/1 --id a --source electricity --until 2001-01-01 {}", "ends before it begins"),
    ("grant customer/1 --id a --source electricity --from someday {}", "not a date"),
    ("grant customer/1 --id a --source electricity {} --wording gone.txt", "wording cannot be read"),
    ("withdraw customer/1 --id b --channel branch --evidence x", "nothing to withdraw"),
]


def test_what_cannot_be_is_refused(terms: str, shell: Shell) -> None:
    for line, words in REFUSED:
        said = shell("consent " + line.format(terms))
        assert said.status != 0, line
        assert words in said.err


def test_the_same_id_with_other_content_is_refused(terms: str, shell: Shell) -> None:
    line = f"consent grant customer/1 --id a --source electricity {terms}"
    assert shell(line).status == 0
    said = shell(f"{line} --purpose rule")
    assert said.status != 0
    assert "another consent was recorded under this id" in said.err


FILE = """\
consent_id,party_no,kind,sources,purposes,valid_from,valid_until,wording_version,wording_hash,channel,evidence
a,1,given,electricity,rule;model,2026-01-01,,1,{hash},branch,form-1
b,2,given,electricity,rule,2026-01-01,,1,{hash},mobile,form-2
c,1,withdrawn,electricity,rule,,,,,telephone,call-1
"""


def test_a_file_of_consents_is_loaded_once_and_sealed(in_new_bank: Bank, terms: str, shell: Shell) -> None:
    documents = in_new_bank.places.documents
    (documents / "consents.csv").write_text(FILE.format(hash="0" * 64), encoding="utf-8")
    said = shell("consent load consents.csv --json").record
    assert (said["records"], said["given"], said["withdrawn"], said["repeated"]) == (3, 2, 1, 0)
    assert said["simulated"] is False
    shown = shell("consent show customer/1 --json").record
    assert states(shown["consents"]) == {"rule": "withdrawn", "model": "live"}
    with (documents / "consents.csv").open("a", encoding="utf-8") as more:
        more.write("d" + FILE.format(hash="1" * 64).splitlines()[2][1:])
    again = shell("consent load consents.csv --json").record
    assert (again["given"], again["repeated"]) == (1, 3)
    assert "repeated" in shell("consent load consents.csv").out
    assert shell("evidence verify").status == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("b,2,given,electricity", "b,2,given,../contracts/electricity", "row 2, sources"),
        ("b,2,given", "b,2,lent", "row 2, kind"),
        ("b,2,given", "a,2,given", "another consent was recorded under this id"),
    ],
)
def test_a_file_with_a_bad_row_leaves_nothing(
    in_new_bank: Bank, terms: str, shell: Shell, old: str, new: str, said: str
) -> None:
    file = in_new_bank.places.documents / "consents.csv"
    file.write_text(FILE.format(hash="0" * 64).replace(old, new), encoding="utf-8")
    refused = shell("consent load consents.csv")
    assert refused.status in (2, 3)
    assert said in refused.err
    assert shell("consent show customer/1 --json").record["records"] == []


def test_a_withdrawal_told_on_an_earlier_day_stands_with_both(terms: str, shell: Shell) -> None:
    grant = f"consent grant customer/1 --id form-17 --source electricity --from 2026-01-01 {terms}"
    assert shell(grant).status == 0
    assert shell("data fresh customer/1 --source electricity --as-of 2026-01-05 --purpose rule").status == 0
    line = "consent withdraw customer/1 --id call-3 --channel telephone --evidence recording/3"
    for day, words in (("2025-12-31", "given nothing"), ("2999-01-01", "not from a later day")):
        said = shell(f"{line} --day {day}")
        assert said.status != 0
        assert words in said.err
    withdrawn = shell(f"{line} --day 2026-01-02 --json").record
    assert set(states(withdrawn["consents"]).values()) == {"withdrawn"}
    assert withdrawn["reads_between"] == 1
    record = withdrawn["record"]
    assert isinstance(record, dict)
    assert record["effective_from"] == "2026-01-01 16:00:00+00:00"
    assert record["recorded_at"] > record["effective_from"]
    again = shell(f"{line} --day 2026-01-02 --json").record
    assert (again["repeated"], again["record"]) == (True, record)
    assert "another consent" in shell(f"{line} --day 2026-01-03").err
    *_, shown = shell("consent show customer/1 --json").record["records"]  # type: ignore[misc]
    assert shown == {**record, "reads_between": 1}
    assert "effective from" in shell("consent show customer/1").out
    assert shell("evidence verify").status == 0
