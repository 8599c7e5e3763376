"""`creditloop portrait …`: a firm's portrait of what was imported, with consent and without; documents."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.data.derived.derived_documents import SMALL as DERIVED
from tests.data.portraits.portrait_documents import SMALL as PORTRAIT
from tests.service.cli.said import Shell
from tests.service.firm_sources import DAY, FIRM, PERSON, write_firm_sources
from tests.service.small_bank import REPOSITORY

from creditloop.data import accesses
from creditloop.formula import Proof, prove
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.cli import portraits
from creditloop.service.features import publish_features


@pytest.fixture
def bank(in_new_bank: Bank, shell: Shell) -> Bank:
    """A bank with a portrait of firms, and one firm's invoices and filings."""
    write_firm_sources(in_new_bank.places.documents)
    _import(shell, "parties", "invoices", "source_checks")
    return in_new_bank


def _import(shell: Shell, *names: str) -> None:
    for name in names:
        said = shell(["import", name, f"{name}.csv"])
        assert said.status == 0, said.err


def test_a_firms_portrait_is_shown_with_its_parts_and_needs_consent(bank: Bank, shell: Shell) -> None:
    line = ["portrait", "show", FIRM, "--as-of", DAY]
    (without,) = shell([*line, "--json"]).record["portraits"]
    assert without["sources"] == {"invoices": "no_consent", "tax_filings": "no_consent", "parties": "fresh"}
    sales, standing = without["dimensions"]
    assert (sales["score"], sales["coverage_nano"]) == (None, 0)
    assert standing["parts"][1] == standing["parts"][1] | {"value": False, "points": 200, "missing": False}

    _grant(bank, shell, sources=("invoices", "tax_filings"))
    # filings were asked for and there are none; nothing of that source was ever imported
    (asked,) = shell([*line, "--json"]).record["portraits"]
    assert asked["features"] == {
        "invoiced_to_declared": 50_000_000_000,
        "filings_owed": 0,
        "is_new": False,
        "buyers_count": 5,
    }
    assert asked["dimensions"][0]["coverage_nano"] == 1_000_000_000

    _import(shell, "tax_filings")
    (portrait,) = shell([*line, "--json"]).record["portraits"]
    assert set(portrait["sources"].values()) == {"fresh"}
    assert {one["version_no"] for one in portrait["windows"]} == {None}, "all are drafts"
    sales, standing = portrait["dimensions"]
    # 5,000 yuan invoiced, 2,000 declared: 2.5; five buyers; nothing owed
    assert [part["value"] for part in sales["parts"]] == [2_500_000_000, 5, 0]
    assert [part["points"] for part in sales["parts"]] == [0, 120, 150]
    assert (sales["score"], standing["score"]) == (270, 200 + 200)
    assert portrait["classes"]["payer"]["class"] == "other"
    (check,) = portrait["checks"]
    assert (check["agreement"], check["refers"]) == ("above", True)
    assert {name: one["value"] for name, one in check["numbers"].items()} == {
        "invoiced": 500_000,
        "declared": 200_000,
    }
    said = shell(line).out
    for told in ("小画像 / small portrait", "270", "来源矛盾", "under-declared", "其他 / other"):
        assert told in said
    with bank.work() as work:
        publish_features(
            work, file=Path("features/derived_windows/invoices.yaml"), by="x", parties=5, simulated=True
        )
    (live,) = shell([*line, "--json"]).record["portraits"]
    assert {one["window_features"]: one["version_no"] for one in live["windows"]}["vat_invoice"] == 1
    assert live["dimensions"] == portrait["dimensions"]
    assert "1: 已上线 in production" in shell(line).out
    with connect(bank.url) as connection:
        read = {one.table for one in accesses(connection, party_id=FIRM) if one.purpose == "rule"}
    assert {"source.invoices_invoice", "source.tax_filings_filing", "source.parties_party"} <= read

    # earlier nothing of it was known; a person has no portrait here; nobody is refused by name
    (earlier,) = shell([*line[:-1], "2025-12-01", "--json"]).record["portraits"]
    assert earlier["sources"]["tax_filings"] == "never_asked"  # a check of a later day tells nothing
    assert [part["missing"] for part in earlier["dimensions"][0]["parts"]] == [True, True, True]
    assert "未知来源" in shell([*line[:-1], "2025-12-01"]).out
    assert shell(["portrait", "show", PERSON, "--as-of", DAY, "--json"]).record["portraits"] == []
    assert "no such party" in shell(["portrait", "show", "customer/x", "--as-of", DAY]).err


def _grant(bank: Bank, shell: Shell, *, sources: Sequence[str]) -> None:
    wording = bank.places.documents / "wording.txt"
    wording.write_text("同意", "utf-8")
    words = ["consent", "grant", FIRM, "--id", "form-1", "--wording", str(wording), "--wording-version", "1"]
    words += ["--channel", "branch", "--evidence", "form/1", "--from", "2025-01-01"]
    said = shell([*words, *(word for source in sources for word in ("--source", source))])
    assert said.status == 0, said.err


def test_documents_are_proven_and_a_difference_fails(
    tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "features/portraits").mkdir(parents=True)
    shutil.copytree(REPOSITORY / "features/derived_windows", tmp_path / "features/derived_windows")
    shutil.copytree(REPOSITORY / "contracts", tmp_path / "contracts")
    (tmp_path / "features/small.yaml").write_text(DERIVED, "utf-8")
    monkeypatch.setenv("CREDITLOOP_BANK", str(tmp_path))
    assert "no documents of portraits" in shell(["portrait", "check"]).err
    (tmp_path / "features/portraits/small.yaml").write_text(PORTRAIT, "utf-8")
    said = shell(["portrait", "check", "--rows", "20", "--json"])
    assert said.status == 0
    (checked,) = said.record["portraits"]
    assert checked["dimensions"] == {"sales": 3, "standing": 2}
    assert checked["proof"]["differences"] == 0

    def differing(*of: object, **how: object) -> Proof:
        return replace(_PROOF, differences=1)

    assert prove is not differing
    monkeypatch.setattr(portraits, "prove", differing)
    said = shell(["portrait", "check"])
    assert (said.status, "小画像" in said.out) == (portraits.DIFFERS, True)


_PROOF = Proof(
    program_hash="",
    seed=1,
    targets=("python", "polars"),
    boundary_rows=0,
    random_rows=0,
    differences=0,
    first=(),
    seen={},
)
