"""`creditloop rate`: a firm rated from what was imported, every number back to its rule and its line."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.service.banks import URL
from tests.service.cli.said import Shell
from tests.service.firm_sources import DAY, FIRM, PERSON, write_firm_sources
from tests.service.rating.small_rating import write_rating
from tests.service.small_bank import REPOSITORY

from creditloop.data import accesses
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank, open_bank
from creditloop.service.places import find_places
from creditloop.service.rating import (
    Asking,
    decided_frame,
    gather_firm,
    open_rating,
    rate_firm,
    scored_frame,
)

NANO = 10**9
PLAN = "rating/plan.yaml"
RELATIONS = (
    "party_no,relation_no,since_on,ended_on,kind,share_nano,amount,other_party,known_on",
    "f1,n1,2020-01-01,,owner,1000000000,,p1,2020-01-02",
    "f1,n2,2020-01-01,,guarantor,,5000.00,f2,2025-12-20",
    "f2,n3,2020-01-01,,guarantor,,5000.00,f1,2025-12-20",
    "f1,n4,2020-01-01,2021-01-01,customer,,5000.00,f2,2025-12-20",
)
F2 = "f2,firm,2020-01-01,r01,retail,small,2015-01-01,,,made-up-3,,,2020-01-01"


@pytest.fixture
def bank(in_new_bank: Bank, shell: Shell) -> Bank:
    """A bank with one firm's sources, its relations, and the small rating."""
    folder = in_new_bank.places.documents
    write_firm_sources(folder)
    write_rating(folder)
    shutil.copy(REPOSITORY / "contracts/relations.yaml", folder / "contracts")
    (folder / "relations.csv").write_text("\n".join(RELATIONS) + "\n", "utf-8")
    parties = folder / "parties.csv"
    parties.write_text(parties.read_text("utf-8") + F2 + "\n", "utf-8")
    _import(shell, "parties", "invoices", "tax_filings", "source_checks")
    return in_new_bank


def test_a_firm_is_rated_with_the_whole_working(bank: Bank, shell: Shell) -> None:
    line = ["rate", PLAN, FIRM, "--as-of", DAY]
    # without consent and without relations nothing is decided, and what is missing is named
    blind: Mapping[str, Any] = shell([*line, "--json"]).record
    assert (blind["outcome"], blind["owner"], blind["fusion"]["given"]) == (None, None, ["trade"])
    assert [one["bin"] for one in blind["cards"][0]["dimensions"][0]["features"]] == ["缺失 missing"] * 2
    assert blind["sources"]["invoices"] == "no_consent"
    assert _facts(blind)["enhancement"] is None and _facts(blind)["supplies"] is None
    assert _facts(blind)["owner_record"] == "not_read"
    assert "转人工" in shell(line).out

    _import(shell, "relations")
    _grant(bank, shell, sources=("invoices", "tax_filings"))
    record: Mapping[str, Any] = shell([*line, "--json"]).record
    assert record["simulated"] is True
    assert record["owner"] == PERSON
    facts = _facts(record)
    assert facts == {
        "kind": "firm",
        "region": "r01",
        "industry": "retail",
        "size": "small",
        "taxpayer_class": "a",
        "owner_record": "not_read",  # the owner did not consent to anything
        "owner_overdue_fen": None,
        "enhancement": "mutual",  # each of two firms stands in for the other
        "supplies": False,  # it did, until 2021
        "sources_stale": 0,
    }
    assert record["outcome"] == "decline"
    _adds_up(record)
    _leads_to_lines(record)
    policies = {one["policy"]: one for one in record["policies"]}
    table = policies["small_approval"]["judgement"]["tables"][0]
    assert table["matched"] == ["A1"] and policies["small_approval"]["values"]["enhancement"] == "mutual"
    assert {one["document"] for one in record["documents"]} >= {
        PLAN,
        "rating/fusion.yaml",
        "rating/trade.yaml",
    }
    assert any("portrait is not the version" in one["en"] for one in record["notes"])
    assert shell([*line, "--json"]).record == record

    page = shell([*line, "--rows"]).out
    for told in (
        "拒绝 decline",
        "模拟 simulated",
        "经营卡",
        "relations.csv:2",
        "invoices.csv",
        "small_approval",
    ):
        assert told in page
    with connect(bank.url) as connection:
        read = {one.table for one in accesses(connection, party_id=FIRM) if one.purpose == "rule"}
        kinds = connection.execute("SELECT DISTINCT kind FROM kernel.document").fetchall()
    assert {"source.relations_relation", "source.tax_filings_filing", "source.invoices_invoice"} <= read
    assert {("plan",), ("card",), ("fusion",), ("portrait",), ("policy",)} <= set(kinds)

    # who is no firm, and who was not known by then
    assert "firm or a sole trader" in shell(["rate", PLAN, PERSON, "--as-of", DAY]).err
    assert "no such party" in shell(["rate", PLAN, FIRM, "--as-of", "2019-01-01"]).err
    card = bank.places.documents / "rating/trade.yaml"
    card.write_text(card.read_text("utf-8").replace("portrait_hash", "portrait_hush"), "utf-8")
    said = shell(line)
    assert (said.status, "made of other cards" in said.err) == (2, True)


def _adds_up(record: Mapping[str, Any]) -> None:
    """The card's points add up to its score, weighted answers to the fused one, and that to the score."""
    for card in record["cards"]:
        points = [each["points_nano"] for one in card["dimensions"] for each in one["features"]]
        assert card["base_nano"] + sum(points) == card["score_nano"]
        assert sum(one["points_nano"] for one in card["dimensions"]) == sum(points)
    fusion = record["fusion"]
    total = fusion["intercept_nano"] + sum(one["adds_nano"] for one in fusion["terms"])
    assert abs(total - fusion["log_odds_nano"]) <= len(fusion["terms"])
    answers = {one["learner"]: one["log_odds_nano"] for one in record["cards"]}
    assert {one["learner"]: one["log_odds_nano"] for one in fusion["terms"]} == answers
    assert fusion["given"] == ["trade", "filings"]


def _leads_to_lines(record: Mapping[str, Any]) -> None:
    """Each feature leads to the window features it is made of, and these to lines of the files imported."""
    windows = record["window_features"]
    assert all(one["holds"] for one in windows.values())
    (buyers,) = record["features"]["buyers_count"]["inputs"]
    assert record["features"]["buyers_count"]["value"] == windows[buyers]["value"] == 5
    lines = [(one["file"], one["source_row"]) for one in windows[buyers]["rows"]]
    assert sorted(lines) == [("invoices.csv", number) for number in range(1, 6)]
    told = {one["name"]: one for one in record["facts"]}
    (filing,) = told["taxpayer_class"]["rows"]
    assert filing["key"]["filing_no"] == "t1" and filing["versions"][0]["file"] == "tax_filings.csv"
    assert [row["versions"][0]["source_row"] for row in told["enhancement"]["rows"]] == [2, 3]


def _facts(record: Mapping[str, Any]) -> dict[str, object]:
    return {one["name"]: one["value"] for one in record["facts"]}


def _import(shell: Shell, *names: str) -> None:
    for name in names:
        said = shell(["import", name, f"{name}.csv"])
        assert said.status == 0, said.err


def _grant(bank: Bank, shell: Shell, *, sources: Sequence[str]) -> None:
    wording = bank.places.documents / "wording.txt"
    wording.write_text("同意", "utf-8")
    words = ["consent", "grant", FIRM, "--id", "form-1", "--wording", str(wording), "--wording-version", "1"]
    words += ["--channel", "branch", "--evidence", "form/1", "--from", "2025-01-01"]
    said = shell([*words, *(word for source in sources for word in ("--source", source))])
    assert said.status == 0, said.err


@pytest.mark.outside
def test_firms_of_a_loaded_town_are_rated_as_the_study_rates_a_town(
    shell: Shell, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated: the bank's own plan, every source; a firm alone and its row among others give the same."""
    monkeypatch.setenv(URL, database_url)
    monkeypatch.setenv("CREDITLOOP_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CREDITLOOP_BANK", str(REPOSITORY))
    town = tmp_path / "town"
    assert (
        shell(["world", "--parties", "1000", "--seed", "11", "--workers", "1", "--out", str(town)]).status
        == 0
    )
    assert shell(["world", "load", str(town)]).status == 0
    parties = pl.read_parquet(town / "parties.parquet").filter(pl.col("kind") != "person")["party_no"]
    with open_bank(places=find_places()).work() as work:
        rules = date(2025, 12, 31)
        documents = open_rating(work, path="examples/sme_town/rating.yaml", rules_as_of=rules)
        rated = []
        for party in parties[:12]:
            asking = Asking(
                firm=f"customer/{party}",
                as_of=documents.policies[0].rules_as_of,
                reader="test",
                reason="test",
            )
            rated.append(rate_firm(documents, gather_firm(work, asking, documents=documents)))
    rows = pl.DataFrame([one.row for one in rated], infer_schema_length=None)
    bulk = decided_frame(documents, scored_frame(documents, rows.drop("score", *_withouts(rated))))
    assert bulk["score"].to_list() == [one.score for one in rated]
    assert bulk["outcome"].to_list() == [one.outcome for one in rated]
    assert len({one.outcome for one in rated}) > 1 and any(one.score is not None for one in rated)


def _withouts(rated: Sequence[Any]) -> list[str]:
    return [one.without for one in rated[0].documents.plan.learners]
