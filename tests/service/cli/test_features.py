"""`creditloop features …` on the bank's own documents: what they stand for, that both executions agree."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.service.cli.said import Shell
from tests.service.people import let_in
from tests.service.small_bank import CONTRACT

from creditloop.data.catalogue import Catalogue, read_catalogue
from creditloop.data.windows import probe_leaks, prove_windows
from creditloop.service.bank import Bank
from creditloop.service.cli import features

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def whole_catalogue() -> Catalogue:
    """The catalogue of the bank's own documents, read once."""
    return read_catalogue(REPOSITORY)


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


def test_the_whole_catalogue_is_searched_by_words_source_kind_and_unit(
    shell: Shell, whole_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shell(["features", "list", "--search", "逾期 最长", "--source", "bureau_months", "--json"]).record
    monkeypatch.setattr(features, "read_catalogue", lambda root: whole_catalogue)
    assert whole["features"] >= 10_000
    assert whole["features"] == sum(whole["sources"].values())
    assert 0 < len(whole["found"]) < 200
    for one in whole["found"]:
        assert (one["source"], one["kind"], one["unit"]) == ("bureau_months", "integer", "month")
        assert one["null"]["zh"]
    money = shell(["features", "list", "--source", "invoices", "--kind", "money", "--json"]).record["found"]
    assert {one["unit"] for one in money} == {"fen"}
    said = shell(["features", "list", "--unit", "month", "--most", "2"])
    assert said.out.count("(month)") == 2
    assert "按来源" in said.out
    assert shell(["features", "list", "--source", "nobody"]).status == 2
    assert shell(["features", "list", "--contract", "taiwan_cards"]).status == 2


def test_a_document_is_proven_on_simulated_events(shell: Shell) -> None:
    said = shell(["features", "prove", DOCUMENT, "--parties", "60", "--json"])
    record = said.record
    assert said.status == 0
    assert (record["differences"], record["parties"], record["simulated"]) == (0, 60, True)
    assert (record["probe"]["leaks"], record["probe"]["document"]) == (0, record["document"])
    assert record["constant"] == []
    assert "模拟" in shell(["features", "prove", DOCUMENT, "--parties", "5"]).out


def test_a_proof_of_the_catalogue_is_of_all_its_documents(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = Catalogue(read_catalogue(REPOSITORY).sets[-2:])
    monkeypatch.setattr(features, "read_catalogue", lambda root: small)
    record = shell(["features", "prove", "--parties", "3", "--json"]).record
    assert (record["features"], record["differences"], record["leaks"]) == (len(small.entries), 0, 0)
    assert [one["document"] for one in record["documents"]] == [one.hash for one in small.sets]


def test_a_proof_that_finds_a_difference_or_a_leak_fails(
    shell: Shell, whole_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = min(whole_catalogue.sets, key=lambda one: len(one.features))
    proof, probe = prove_windows(small, parties=1, seed=1), probe_leaks(small, parties=3, seed=1)
    for name, told in (
        ("prove_windows", replace(proof, differences=1)),
        ("probe_leaks", replace(probe, leaks=1)),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(features, name, lambda *asked, told=told, **settings: told)
            assert shell(["features", "prove", DOCUMENT, "--json"]).status == features.DIFFERS


def test_a_document_is_taken_to_production_by_one_command(shell: Shell, in_new_bank: Bank) -> None:
    file = in_new_bank.places.documents / DOCUMENT
    text = (REPOSITORY / DOCUMENT).read_text("utf-8")
    file.write_text(text.replace("contract: taiwan_cards", f"contract: {CONTRACT}"), "utf-8")
    line = ["features", "publish", DOCUMENT, "--parties", "50"]
    let_in(in_new_bank, "zhao", "modeller")
    assert shell([*line, "--by", "nobody"]).status == 2
    version = shell([*line, "--by", "zhao", "--json"]).record
    assert (version["document"], version["version_no"], version["published_by"]) == ("card", 1, "zhao")
    assert (version["proof"]["differences"], version["probe"]["leaks"]) == (0, 0)
    assert shell([*line, "--by", "zhao", "--json"]).record == version, "a repeat finds the first"
    file.write_text(file.read_text("utf-8") + "# a remark\n", "utf-8")
    assert shell([*line, "--by", "zhao", "--json"]).record["version_no"] == 2
    told = shell(["features", "versions", "card", "--json"]).record["versions"]
    assert [(one["version_no"], one["live"]) for one in told] == [(1, False), (2, True)]
    assert "live" in shell(["features", "versions"]).out
    assert in_new_bank.verify().problems == ()


def test_a_document_of_another_kind_is_refused(shell: Shell) -> None:
    said = shell(["features", "list", "features/credit_card_behaviour.yaml"])
    assert said.status == 2
    assert "window_features" in said.err
