"""Every source keeps its contract: columns, codes, keys, days; its late and corrected facts are as told."""

import re
from pathlib import Path

import polars as pl
import pytest

from creditloop.data import ColumnType, Contract, read_contract
from creditloop.formula import NullPolicy
from creditloop.world import SOURCES, Town
from creditloop.world.months import day_number
from creditloop.world.sources.catalogue import SOURCE_CHECKS

CONTRACTS = Path(__file__).parents[3] / "contracts"
NAMES = (*SOURCES, SOURCE_CHECKS)


def _contract(name: str) -> Contract:
    return read_contract(CONTRACTS / f"{name}.yaml", root=CONTRACTS)


def _read(town: Town, name: str) -> pl.DataFrame:
    return pl.read_parquet(town.folder / f"{name}.parquet")


@pytest.mark.parametrize("name", NAMES)
def test_a_source_keeps_its_contract(town: Town, name: str) -> None:
    contract, frame = _contract(name), _read(town, name)
    table = contract.tables[0]
    assert frame.height > 0
    assert frame.columns == list(contract.source_types())
    for column in table.columns:
        values = frame[column.source or ""]
        assert column.null_allowed or values.null_count() == 0, column.name
        assert values.null_count() < frame.height, column.name
        if column.type is ColumnType.CODE:
            assert set(values.drop_nulls().unique()) <= set(column.values), column.name
    key = [contract.party.source, *(table.column(part).source or "" for part in table.key[1:]), "known_on"]
    assert frame.select(key).n_unique() == frame.height
    happened = frame[table.occurred_at.column or ""]
    assert (frame["known_on"] >= happened).all()
    assert str(frame["known_on"].max()) <= town.last_day


@pytest.mark.parametrize("name", [name for name, source in SOURCES.items() if source.usual_days is not None])
def test_late_and_corrected_facts_are_the_ones_in_the_truth(town: Town, name: str) -> None:
    frame = _read(town, name).with_row_index("row")
    source, contract = SOURCES[name], _contract(name)
    late = _read(town, f"truth/late/{name}")
    day = contract.tables[0].column(source.day).source or ""
    told = frame.join(
        late, left_on=["party_no", day, "known_on"], right_on=["party_no", "happened_on", "known_on"]
    )
    assert told.height >= late.height
    if frame.height > 5_000:
        assert 0.012 < late.height / frame.height < 0.026
    if source.amount is not None:
        corrected = _read(town, f"truth/corrected/{name}")
        wrong = corrected.join(frame.with_columns(pl.col("row").cast(pl.Int64)), on="row")
        assert wrong.height == corrected.height
        assert (wrong["party_no"] == wrong["party_no_right"]).all()
        column = contract.tables[0].column(source.amount)
        scale = 100 if column.type is ColumnType.MONEY else 1
        amounts = wrong[column.source or ""]
        assert ((amounts * scale).cast(pl.Int64) == wrong["told"]).all()
        assert (wrong["told"] != wrong["right"]).all()


def test_who_is_missing_at_a_source_has_no_row_there(town: Town) -> None:
    gone = _read(town, "truth/missing_sources")
    for (name,), of_source in gone.group_by("source"):
        parties = set(_read(town, str(name))["party_no"])
        assert not parties & set(of_source["party_no"]), name


def test_no_source_tells_of_a_day_before_1970(town: Town) -> None:
    first = _read(town, "business_registry")["changed_on"].min()
    assert day_number(first) > 0  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(path.stem for path in CONTRACTS.glob("*.yaml")))
def test_a_null_that_a_rule_reads_is_no_finding(name: str) -> None:
    for table in _contract(name).tables:
        for column in table.columns:
            read = any(re.search(rf"\b{column.name}\b", rule.when) for rule in table.rules)
            if column.null_allowed and read:
                assert column.null_in_rules is NullPolicy.NO_MATCH, (table.name, column.name)
