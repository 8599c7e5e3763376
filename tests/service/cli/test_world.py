"""`creditloop world`: builds a town, loads it into a bank, refuses what cannot be."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from tests.service.banks import URL
from tests.service.cli.said import Shell
from tests.service.small_bank import REPOSITORY

_SMALL = ["world", "--parties", "1000", "--seed", "5", "--years", "1", "--workers", "1"]


def test_a_town_is_built_and_told(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "town"
    said = shell([*_SMALL, "--out", str(out), "--json"])
    assert (said.status, said.err) == (0, "")
    record = said.record
    assert (record["simulated"], record["parties"], record["last_day"]) == (True, 1_000, "2024-12-31")
    written = json.loads((out / "town.json").read_text(encoding="utf-8"))
    assert record == {**written, "folder": str(out)}
    again = shell([*_SMALL, "--out", str(out)])
    assert again.status == 2
    assert "folder of its own" in again.err
    assert json.loads((out / "town.json").read_text(encoding="utf-8")) == written


def test_a_town_too_small_is_refused_before_anything_is_written(shell: Shell, tmp_path: Path) -> None:
    said = shell(["world", "--parties", "10", "--seed", "5", "--out", str(tmp_path / "town")])
    assert said.status == 2
    assert "--parties" in said.err and "1000 to 10000000" in said.err
    assert not list(tmp_path.iterdir())


def test_what_is_not_said_is_asked_for(shell: Shell, tmp_path: Path) -> None:
    said = shell(["world", "--parties", "1000"])
    assert (said.status, "no --seed, no --out" in said.err) == (2, True)
    said = shell(["world", "--seed", "5", "load", str(tmp_path)])
    assert (said.status, "not for loading one" in said.err) == (2, True)


@pytest.fixture
def in_towns_bank(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The process stands in the repository's own bank, with a database of its own; gives a folder."""
    monkeypatch.setenv(URL, database_url)
    monkeypatch.setenv("CREDITLOOP_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CREDITLOOP_BANK", str(REPOSITORY))
    return tmp_path


@pytest.mark.outside
def test_a_town_is_loaded_and_practised_in_and_loaded_again(shell: Shell, in_towns_bank: Path) -> None:
    town = in_towns_bank / "town"
    assert shell([*_SMALL, "--out", str(town)]).status == 0
    said = shell(["world", "load", str(town), "--json"])
    assert (said.status, said.err) == (0, "")
    record = said.record
    parts = {each["name"]: each for each in record["parts"]}
    files = json.loads((town / "town.json").read_text(encoding="utf-8"))["files"]
    told = {each["file"].removesuffix(".parquet"): each["rows"] for each in files if "/" not in each["file"]}
    assert {name: each["rows"] for name, each in parts.items() if name != "text_events"} == {
        name: rows for name, rows in told.items() if rows
    }
    assert (next(iter(parts)), next(reversed(parts))) == ("parties", "consents")
    assert record["simulated"] is True and all(each["simulated"] for each in parts.values())
    assert not any(each["repeated"] or each["rejected"] for each in parts.values())
    assert parts["text_events"]["rows"] > 0
    found = {code for each in parts.values() for code in each["findings"]}
    assert found == {"identifier_check_failed"}, "and none that a rule could not be evaluated"
    _check_read(shell, town)
    again = shell(["world", "load", str(town), "--json"]).record
    assert [{**each, "seconds": 0} for each in again["parts"]] == [
        {**each, "seconds": 0, "repeated": True} for each in record["parts"]
    ]
    for_people = shell(["world", "load", str(town)])
    assert "identifier_check_failed" in for_people.out and "simulated: 1,000 parties" in for_people.out


def _check_read(shell: Shell, town: Path) -> None:
    """Consents stand as the truth has them, and a portrait can be shown at once."""
    truth = pl.read_parquet(town / "truth" / "consents.parquet")
    holds = pl.col("ends_on").is_null() & pl.col("withdrawn_on").is_null()
    party = truth.filter(holds & (pl.col("gives") == "all"))["party_no"][17]
    shown = shell(f"portrait show customer/{party} --as-of 2024-12-31 --json").record
    (portrait,) = shown["portraits"]
    assert portrait["dimensions"]
    withheld = shell("consent withheld bureau_months --purpose display --json").record
    told = pl.read_parquet(town / "bureau_months.parquet")["party_no"].unique().implode()
    bureau = pl.col("sources").str.contains("bureau_months") & pl.col("ends_on").is_null()
    kept = ~pl.col("withdrawn_sources").str.contains("bureau_months").fill_null(value=False)
    out = truth.filter(pl.col("party_no").is_in(told) & ~(bureau & kept).fill_null(value=False))
    assert withheld["parties_withheld"] == out.height > 0
    assert shell("evidence verify").status == 0


def test_what_is_no_town_is_refused_before_a_bank_is_opened(shell: Shell, in_towns_bank: Path) -> None:
    said = shell(["world", "load", str(in_towns_bank)])
    assert (said.status, "this folder is no town" in said.err) == (2, True)
    town = in_towns_bank / "town"
    assert shell([*_SMALL, "--out", str(town)]).status == 0
    shutil.copy(town / "patents.parquet", town / "orders.parquet")
    said = shell(["world", "load", str(town)])
    assert (said.status, "orders.parquet: a file of the town is not the one" in said.err) == (2, True)
    assert not (in_towns_bank / "state").exists()
