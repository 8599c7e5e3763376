"""prove, publish, live, retire, versions, replay, explain, experiment at the command line."""

import json
from pathlib import Path

import pytest
from tests.service.cli.said import Said, Shell
from tests.service.http.deciding_bank import decide_and_watch, write_decision_documents
from tests.service.people import let_in
from tests.service.small_bank import import_and_post

from creditloop.formula import Difference, Proof, Result
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.strategies import publishing

MANDATES = "policies/personal_loan/admit/mandates.yaml"
PUBLISH = f"strategy publish {MANDATES} --from 2024-06-30 --rows 10"


def record(said: Said) -> dict[str, object]:
    assert said.status == 0, said.out + said.err
    return said.record


def test_a_proof_is_shown_and_kept_if_asked_for(shell: Shell, in_new_bank: Bank) -> None:
    line = f"strategy prove {MANDATES} --rows 10"
    told = record(shell(f"{line} --json"))
    assert (told["holds"], told["proof"]["differences"], "kept" in told) == (True, 0, False)  # type: ignore[index]
    kept = record(shell(f"{line} --record --json"))["kept"]
    assert kept["random_rows"] == 10  # type: ignore[index]
    people = shell(f"{line} --record").out
    assert "boundary rows" in people
    assert "python, polars, duckdb" in people
    with connect(in_new_bank.url) as connection:
        assert connection.execute("SELECT count(*) FROM oversight.strategy_proof").fetchone() == (1,)
    assert in_new_bank.verify().problems == ()


def test_a_difference_or_an_error_ends_with_1(
    shell: Shell, in_new_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Difference({"amount_fen": 1}, "mandate", {"python": Result("a", 0), "polars": Result("b", 0)})

    def disagreeing(*_: object, **__: object) -> Proof:
        return Proof(
            program_hash="0" * 64,
            seed=1,
            targets=("python", "polars"),
            boundary_rows=1,
            random_rows=0,
            differences=1,
            first=(told,),
            seen={"mandate": {"value": 1}},
        )

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "prove", disagreeing)
        said = shell(f"strategy prove {MANDATES} --rows 10")
        assert said.status == 1
        assert "amount_fen = 1" in said.out
        assert shell(f"{PUBLISH} --by x --simulated").status == 2
    file = in_new_bank.places.documents / MANDATES
    file.write_text(file.read_text("utf-8").replace("policy: ", "polcy: ", 1), "utf-8")
    assert "not proven" in shell(f"strategy prove {MANDATES} --rows 10").out
    assert shell(f"strategy prove {MANDATES} --rows 10").status == 1
    assert shell(f"strategy prove {MANDATES} --rows 10 --record").status == 2


def test_a_strategy_goes_from_published_to_live_to_retired(shell: Shell, in_new_bank: Bank) -> None:
    let_in(in_new_bank, "zhao", "strategist")
    let_in(in_new_bank, "qian", "approver")
    assert shell(f"{PUBLISH} --by nobody").status == 2
    version = record(shell(f"{PUBLISH} --by zhao --json"))
    assert (version["state"], version["published_by"]) == ("published", "zhao")
    assert record(shell(f"{PUBLISH} --by zhao --json")) == version, "a repeat finds the first"
    live = f"strategy live {version['version']} --reason read"
    assert shell(f"{live} --by zhao").status != 0
    assert record(shell(f"{live} --by qian --json"))["state"] == "live"
    assert "as published" in shell("strategy versions").out
    assert (
        record(shell(f"strategy retire {version['version']} --by qian --reason old --json"))["state"]
        == "retired"
    )
    found = record(shell("strategy versions --product personal_loan --json"))["versions"]
    assert isinstance(found, list)
    (listed,) = found
    assert [change["state"] for change in listed["changes"]] == ["published", "live", "retired"]
    assert "retired" in shell("strategy versions").out
    assert record(shell("strategy versions --stage lend --json"))["versions"] == []


@pytest.fixture
def busy(in_new_bank: Bank) -> Bank:
    """The process stands in the folder of a bank that has decided, warned and routed."""
    write_decision_documents(in_new_bank.places.documents)
    import_and_post(in_new_bank)
    decide_and_watch(in_new_bank)
    return in_new_bank


def test_everything_is_replayed_and_a_decision_explained(shell: Shell, busy: Bank) -> None:
    told = record(shell("strategy replay --all --json"))
    assert told["differing"] == 0
    assert {stage["stage"] for stage in told["stages"]} == {  # type: ignore[attr-defined]
        *("acquire", "admit", "monitor", "recover", "oversight")
    }
    assert "recover.contact" in told["not_replayed"]  # type: ignore[operator]
    assert "not made again" in shell("strategy replay --all").out
    with connect(busy.url) as connection:
        row = connection.execute(
            "SELECT decision_id, outcome FROM admit.decision WHERE row_no = 0"
        ).fetchone()
    assert row is not None
    assert record(shell(f"strategy replay --decision {row[0]} --json"))["rows"] == 1
    text = shell(f"strategy explain --decision {row[0]} --lang en").out
    assert f"outcome = {row[1]}" in text
    assert "Decided by" in text or "left to a person" in text
    assert record(shell(f"strategy explain --decision {row[0]} --json"))["policy"] == "limit_review"


def test_a_decision_that_was_changed_ends_with_1(shell: Shell, busy: Bank) -> None:
    with connect(busy.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE admit.decision SET outcome = 'x' WHERE row_no = 0")
        connection.commit()
    said = shell("strategy replay --all --stage admit")
    assert said.status == 1
    assert "outcome" in said.out


def test_a_row_by_hand_is_explained(shell: Shell, in_new_bank: Bank, tmp_path: Path) -> None:
    file = tmp_path / "row.json"
    file.write_text(json.dumps({"amount_fen": 500_001, "role": "approver"}), "utf-8")
    line = f"strategy explain {MANDATES} --row {file} --rules-as-of 2024-06-30"
    assert "两位审批人" in shell(line).out
    assert "two approvers sign" in shell(f"{line} --lang en").out
    answer = record(shell(f"{line} --json"))
    assert answer["judgement"]["outputs"]["signatures"] == 2  # type: ignore[index]


@pytest.mark.parametrize(
    "line",
    [
        "strategy replay",
        "strategy replay --stage admit",
        "strategy replay --all --stage nowhere",
        "strategy explain",
        f"strategy explain {MANDATES}",
        f"strategy explain {MANDATES} --row none.json --rules-as-of 2024-06-30",
        f"strategy explain {MANDATES} --row contracts/small_cards.yaml --rules-as-of 2024-06-30",
        "strategy live 00000000-0000-8000-8000-000000000000 --by x --reason y --simulated",
        "strategy experiment book.yaml",
        "strategy prove none.yaml",
    ],
)
def test_what_cannot_be_ends_with_2(shell: Shell, in_new_bank: Bank, line: str) -> None:
    assert shell(line).status == 2
