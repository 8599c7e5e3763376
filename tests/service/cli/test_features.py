"""`creditloop features …` on the bank's own documents: what they stand for, that both executions agree."""

import pytest
from tests.service.cli.said import Shell

from creditloop.data.windows import WindowProof, prove_windows
from creditloop.service.cli import features

DOCUMENT = "features/card_statement_windows.yaml"


def test_the_features_of_a_document_are_listed_and_searched_in_both_languages(shell: Shell) -> None:
    whole = shell(["features", "list", DOCUMENT, "--json"]).record
    assert (whole["window_features"], whole["contract"]) == ("card", "taiwan_cards")
    assert whole["features"] == len(whole["found"]) > 60
    for words in ("还款 均值", "MEAN_payment"):
        found = shell(["features", "list", DOCUMENT, "--search", words, "--json"]).record["found"]
        assert len(found) == 6
        assert all("mean_payment" in one["name"] for one in found)
    said = shell(["features", "list", DOCUMENT, "--search", "card_sum_bill_31d_of_92d"])
    assert said.status == 0
    assert "近31天账单金额合计÷近92天账单金额合计" in said.out.replace("\n", "").replace(" ", "")


def test_a_document_is_proven_on_simulated_events(shell: Shell) -> None:
    said = shell(["features", "prove", DOCUMENT, "--parties", "60", "--json"])
    record = said.record
    assert said.status == 0
    assert (record["differences"], record["parties"], record["simulated"]) == (0, 60, True)
    assert record["constant"] == []
    assert "模拟" in shell(["features", "prove", DOCUMENT, "--parties", "5"]).out


def test_a_proof_that_finds_a_difference_fails(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def differing(*asked: object, **settings: object) -> WindowProof:
        return WindowProof(
            document="x", seed=1, parties=1, events=1, features=1, differences=1, first=(), constant=()
        )

    assert prove_windows is not differing
    monkeypatch.setattr(features, "prove_windows", differing)
    assert shell(["features", "prove", DOCUMENT, "--json"]).status == features.DIFFERS


def test_a_document_of_another_kind_is_refused(shell: Shell) -> None:
    said = shell(["features", "list", "features/credit_card_behaviour.yaml"])
    assert said.status == 2
    assert "window_features" in said.err
