"""A fact counts from the day it is known on: for one party, in its portrait, in bulk, how fresh it is."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from tests.service.cli.said import Shell
from tests.service.firm_sources import FIRM, write_firm_sources

from creditloop.data.events import prepare_events
from creditloop.data.freshness import freshness
from creditloop.data.windows import contract_named, read_window_features, window_batches
from creditloop.service.bank import Bank

BEFORE, DAY, NEXT, LATER = "2025-12-14", "2025-12-15", "2025-12-16", "2025-12-17"
DOCUMENT = "features/derived_windows/invoices.yaml"
COUNT, SUM = "vat_invoice_count_180d", "vat_invoice_sum_amount_180d"
INVOICES = f"""party_no,invoice_no,issued_on,direction,state,amount,tax,counterparty,known_on
f1,first,2025-12-01,sale,normal,1.00,0.13,a,{DAY}
f1,second,2025-12-01,sale,normal,20.00,2.60,b,{NEXT}
f1,first,2025-12-01,sale,normal,300.00,39.00,c,{NEXT}
"""
EXPECTED = {BEFORE: (0, 0), DAY: (1, 100), NEXT: (2, 32_000)}
"""Count and sum: the day after, the second is known and the first was corrected."""


@pytest.fixture
def bank(in_new_bank: Bank, shell: Shell) -> Bank:
    """A bank with one firm's invoices, of which some became known a day later than others."""
    folder = in_new_bank.places.documents
    write_firm_sources(folder)
    (folder / "invoices.csv").write_text(INVOICES, "utf-8")
    for name in ("parties", "invoices"):
        assert shell(["import", name, f"{name}.csv"]).status == 0
    return in_new_bank


@pytest.mark.parametrize("day", EXPECTED)
def test_one_party_and_many_see_what_is_known_on_the_day_and_nothing_of_the_next(
    bank: Bank, shell: Shell, tmp_path: Path, day: str
) -> None:
    said = shell(["features", "of", FIRM, "--as-of", day, "--document", DOCUMENT, "--json"])
    values = {one["name"]: one["value"] for one in said.record["values"]}
    assert (values[COUNT], values[SUM]) == EXPECTED[day]
    assert bulk(bank, tmp_path, day) == EXPECTED[day]


def test_a_portrait_sees_the_same_and_how_old_it_is(bank: Bank, shell: Shell) -> None:
    (bank.places.documents / "wording.txt").write_text("同意", "utf-8")
    line = ["consent", "grant", FIRM, "--id", "form-1", "--wording", "wording.txt", "--wording-version", "1"]
    line += ["--channel", "branch", "--evidence", "form/1", "--from", "2025-01-01", "--source", "invoices"]
    assert shell(line).status == 0
    assert [age(bank, day) for day in (BEFORE, DAY, NEXT, LATER)] == [None, 0, 0, 1]
    buyers = {day: portrait(shell, day) for day in EXPECTED}
    # of the first invoice the correction names another buyer
    assert buyers == {BEFORE: ("never_asked", None), DAY: ("fresh", 1), NEXT: ("fresh", 2)}


def age(bank: Bank, day: str) -> int | None:
    """Return how many days old what is known of the invoices is."""
    with bank.work() as work:
        (state,) = freshness(
            work.connection,
            contracts=[work.contract(work.places.contract_file("invoices"))],
            party_ids=[FIRM],
            as_of=date.fromisoformat(day),
            purpose="rule",
            reader="li.ming",
            reason="test",
            now=work.now,
            record_denial=work.record_denial,
        )
    return state.age_days


def portrait(shell: Shell, day: str) -> tuple[str, object]:
    """Return how the invoices stand on a day, and how many buyers they name."""
    (one,) = shell(["portrait", "show", FIRM, "--as-of", day, "--json"]).record["portraits"]
    return one["sources"]["invoices"], one["features"]["buyers_count"]


def bulk(bank: Bank, folder: Path, day: str) -> tuple[object, object]:
    """Return the same two features as many parties have them computed."""
    with bank.work() as work:
        document = work.places.document(DOCUMENT)
        contract = work.contract(work.places.contract_file(contract_named(document)))
        features = read_window_features(document, contract=contract)
        prepared = prepare_events(
            contract=contract,
            table=features.table.name,
            files=[bank.places.documents / "invoices.csv"],
            target=folder / "invoices.parquet",
            purpose="audit",
        )
    asked = [one for one in features.features if one.name in (COUNT, SUM)]
    parties = pa.table({"party_id": [FIRM], "as_of": [date.fromisoformat(day)]})
    batches = window_batches(table=features.table, features=asked, events=prepared.relation, parties=parties)
    (row,) = pa.concat_tables(batches).select([COUNT, SUM]).to_pylist()
    return tuple(row.values())


def test_nothing_is_counted_where_a_source_found_something_that_is_not_loaded(
    bank: Bank, shell: Shell
) -> None:
    folder = bank.places.documents
    (folder / "source_checks.csv").write_text(
        "party_no,source,checked_on,answer,known_on\n"
        f"f1,tax_filings,{DAY},found,{DAY}\nother,tax_filings,{DAY},found,{DAY}\n",
        "utf-8",
    )
    filings = (folder / "tax_filings.csv").read_text("utf-8").replace("f1,t1", "other,t1")
    (folder / "tax_filings.csv").write_text(filings, "utf-8")
    for name in ("source_checks", "tax_filings"):
        assert shell(["import", name, f"{name}.csv"]).status == 0
    (one,) = shell(["portrait", "show", FIRM, "--as-of", DAY, "--purpose", "audit", "--json"]).record[
        "portraits"
    ]
    assert one["sources"]["tax_filings"] == "fresh"
    assert one["features"]["filings_owed"] is None
