"""Features written a second time, by hand, in plain SQL that knows nothing of ours: the same values, exactly.

The queries stand in `by_hand/`, a file being what an analyst would write for one sort of feature, from its
meaning. They read what the bank was told, every version of it: facts drawn to be awkward for `flows`; for
`town` the files of a small town (simulated) as they are, in yuan.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from tests.data.derived.derived_documents import ROOT, bank_derived, windows
from tests.data.windows.flows import Flow, days, features, flows, in_bulk

from creditloop.data import read_contract
from creditloop.data.derived import KNOWN, derived_frame, window_frame
from creditloop.data.events import prepare_events
from creditloop.data.windows import Aggregate, WindowFeature, window_batches
from creditloop.world import build_town, read_plan

BY_HAND = Path(__file__).parent / "by_hand"
FLOWS, TOWN = (sorted(path.name for path in (BY_HAND / name).glob("*.sql")) for name in ("flows", "town"))
COLUMNS = (
    "party_id",
    "booked",
    "known_on",
    "told_again",
    "direction",
    "channel",
    "amount_fen",
    "counterparty",
)
SOURCES = ("account_flows", "bureau_queries", "card_statements", "repayments")
"""The town's sources of which window features are asked; several lenders' are the derived document's own."""

ASKED = """CREATE TABLE asked AS
WITH heard (party_no, day) AS (
    SELECT party_no, due_on FROM repayments
    UNION SELECT party_no, statement_on FROM card_statements
    UNION SELECT party_no, queried_on FROM bureau_queries
), edge (days) AS (SELECT unnest([0, 29, 30, 89, 90, 91, 92, 183, 184, 359, 360, 365, 366, 719, 720]))
SELECT party_no, coalesce(min_by(day + days, md5(party_no || day || days)), DATE '2025-06-30') AS as_of
FROM (SELECT DISTINCT party_no FROM parties)
LEFT JOIN (SELECT * FROM heard, edge WHERE year(day + days) = 2025) USING (party_no)
GROUP BY party_no ORDER BY party_no"""
"""A party's day is one of 2025 on which something of its own is just inside a window, or just outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Our columns and the `party`; an engine with what the bank was told, and who is `asked` about when."""

    engine: duckdb.DuckDBPyConnection
    ours: pl.DataFrame


def query(file: str) -> str:
    """Return the text of a file."""
    return (BY_HAND / file).read_text("utf-8")


def of_sql(engine: duckdb.DuckDBPyConnection, file: str) -> dict[str, list[object]]:
    """Return what the file's query says, in the order of the parties, its first column."""
    table = engine.sql(f"SELECT * FROM ({query(file)}) ORDER BY 1").to_arrow_table()
    return {name: table[name].to_pylist() for name in table.column_names}


def whole(value: object) -> object:
    """Return a number of the engine's as ours: sums of it have more bits, and come as decimals."""
    return value if value is None or isinstance(value, str | bool) else int(str(value))


def differences(side: Side, file: str) -> dict[str, object]:
    """Return of each feature that differs for how many parties, and the first party, ours and by hand."""
    by_hand = of_sql(side.engine, file)
    parties, found = side.ours["party"].to_list(), dict[str, object]()
    assert by_hand.pop(next(iter(by_hand))) == parties, "one row a party"
    for name, values in by_hand.items():
        column = [whole(value) for value in values]
        assert len(set(column)) > 1, f"{name} is the same of everybody"
        cells = zip(parties, side.ours[name].to_list(), column, strict=True)
        if wrong := [cell for cell in cells if cell[1] != cell[2]]:
            found[name] = (len(wrong), wrong[0])
    return found


# flows, drawn


def versions(rows: list[Flow], *, seed: int) -> list[tuple[int, Flow]]:
    """Return facts as they were told, each with its number: one that was corrected is told again, or twice.

    What is told again may be of another day, a later one than the party's own among them, and another amount,
    direction, channel or counterparty.
    """
    random, told = Random(seed), list[tuple[int, Flow]]()
    for number, row in enumerate(rows):
        party, booked, known, until, *rest = row
        told.append((number, row))
        while until is not None:
            again = until + timedelta(random.randint(1, 20)) if random.random() < 0.3 else None
            known, until = until, again
            booked += timedelta(random.choice([0, 0, -1, 1, -90, 35]))
            rest = list(random.choice([rest, rest, random.choice(rows)[4:]]))
            told.append((number, (party, booked, known, until, *rest)))  # type: ignore[arg-type]  # four more
    return told


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    """400 parties, each with a day of its own, and flows corrected before, on and after it."""
    asked = dict(sorted(days(400, seed=5).items()))
    told = versions(flows(asked, seed=6), seed=7)
    rows = [row for _, row in told]
    ours = in_bulk(features(), rows, asked, tmp_path_factory.mktemp("flows"))
    table = pa.table(dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))).drop("told_again")
    with duckdb.connect() as engine:
        engine.register("told", table.append_column("flow_no", [[number for number, _ in told]]))
        engine.register("asked", pa.table({"party_id": list(asked), "as_of": list(asked.values())}))
        yield Side(engine=engine, ours=pl.DataFrame(ours).rename({"party_id": "party"}))


@pytest.mark.parametrize("file", FLOWS)
def test_features_of_flows_are_what_an_analyst_says(file: str, drawn: Side) -> None:
    assert differences(drawn, f"flows/{file}") == {}


# the bank's own documents, of a town


def asked_for(source: str) -> list[WindowFeature]:
    """Return the features of a source that its query names."""
    text = query(f"town/{source}.sql") + (
        query("town/repayment_months.sql") if source == "repayments" else ""
    )
    return [one for one in windows(f"features/{source}_windows.yaml").features if one.name in text]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    """4,000 parties of a town, each with a day of its own in its second year; ours from prepared files."""
    folder, plan = tmp_path_factory.mktemp("by_hand"), read_plan()
    files, contracts = folder / "town", ROOT / "contracts"
    build_town(folder=files, contracts=contracts, plan=plan, parties=4000, seed=11, years=2, workers=1)
    with duckdb.connect() as engine:
        for file in files.glob("*.parquet"):
            engine.execute(f"CREATE VIEW {file.stem} AS FROM read_parquet('{file}')")
        engine.execute(ASKED)
        yield Side(engine=engine, ours=_ours(folder, _asked_of_us(engine)))


def _asked_of_us(engine: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return the parties under our ids, and of which sources something is known: they answered, at last."""
    known = ", ".join(
        "coalesce((SELECT arg_max(answer, known_on) FROM source_checks WHERE known_on <= as_of"
        f" AND source_checks.party_no = asked.party_no AND source = '{name}') <> 'unavailable', false)"
        f" AS {KNOWN}{name}"
        for name in bank_derived("features/multi_lender.yaml").draft.sources
    )
    found = f"SELECT 'customer/' || party_no AS party_id, as_of, {known} FROM asked ORDER BY party_no"
    return engine.sql(found).to_arrow_table()


def _ours(folder: Path, parties: pa.Table) -> pl.DataFrame:
    """Return our columns: the window features that are asked for, and the analysis of several lenders."""
    derived, asked = bank_derived("features/multi_lender.yaml"), parties.select(["party_id", "as_of"])
    events = {name: _prepared(folder, name, parties) for name in {*SOURCES, *derived.draft.sources}}
    inputs = window_frame(derived.draft, events=events, parties=parties)
    columns = derived_frame(derived, inputs)
    for source in SOURCES:
        table = windows(f"features/{source}_windows.yaml").table
        batches = window_batches(
            table=table, features=asked_for(source), events=events[source], parties=asked
        )
        found = pl.DataFrame(pl.from_arrow(pa.concat_tables(batches)))
        columns = columns.hstack(found.drop(asked.column_names))
    return columns.with_columns(party=pl.col("party_id").str.strip_prefix("customer/"))


def _prepared(folder: Path, source: str, parties: pa.Table) -> str:
    contract = read_contract(ROOT / "contracts" / f"{source}.yaml", root=ROOT)
    (table,) = contract.tables
    return prepare_events(
        contract=contract,
        table=table.name,
        files=[folder / "town" / f"{source}.parquet"],
        target=folder / f"{source}.parquet",
        purpose="rule",
        consenting=parties["party_id"].to_pylist(),
    ).relation


@pytest.mark.parametrize("file", TOWN)
def test_features_of_a_town_are_what_an_analyst_says(file: str, town: Side) -> None:
    assert differences(town, f"town/{file}") == {}


def test_a_hundred_and_more_of_every_sort_are_written_by_hand(drawn: Side, town: Side) -> None:
    of_flows, of_town = (
        [name for file in files for name in side.engine.sql(query(f"{folder}/{file}")).columns[1:]]
        for folder, side, files in (("flows", drawn, FLOWS), ("town", town, TOWN))
    )
    assert len(set(of_flows)) == len(of_flows) == 65
    assert len(set(of_town)) == len(of_town) == 121
    own = {one.name: one for one in features().features}
    bank = {one.name: one for source in SOURCES for one in asked_for(source)}
    of_windows = [own[name] for name in of_flows] + [bank[name] for name in of_town if name in bank]
    assert {one.aggregate for feature in of_windows for one in feature.quantities} == set(Aggregate)
    derived = bank_derived("features/multi_lender.yaml").draft
    assert {*of_town} - {*bank} == {*(one.name for one in derived.features), derived.classifications[0].name}
